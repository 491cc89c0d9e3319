select
    status,
    count(*) as customers
from ml.decisions
where day = $day
group by all
order by customers desc, status
