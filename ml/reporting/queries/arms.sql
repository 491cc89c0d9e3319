select
    arm,
    count(*) as offers,
    count(distinct customer_id) as customers
from ml.assignments
where day = $day
group by all
order by arm
