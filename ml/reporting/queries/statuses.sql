select
    status,
    count(*) as customers
from ml.decisions
where day = $day
group by status
order by status <> 'offered', customers desc, status
