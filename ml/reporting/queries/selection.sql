select * from ml.feature_selection
where day <= $day
qualify rank() over (partition by family order by day desc) = 1
order by family, place
