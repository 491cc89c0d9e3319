select
    method,
    point,
    name,
    profit::double as profit,
    benefit::double as benefit,
    stock::double as stock,
    cost::double as cost,
    offer_count,
    is_best,
    is_decided_by,
    hypervolume,
    customer_count,
    sample_rate
from ml.frontier
where day = $day
order by method desc, point
