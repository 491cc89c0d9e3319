select
    floor(propensity * 100)::integer as percent,
    count(*) as offers
from ml.assignments
where day = $day and arm <> 'holdout'
group by all
order by percent
