select
    floor(propensity * 100)::integer as percent,
    count(*) as offers
from ml.assignments
where day = $day and arm not in ('holdout', 'control')
group by all
order by percent
