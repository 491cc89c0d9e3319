select
    part,
    method,
    count(*) as products,
    count(distinct customer_id) as customers,
    count(distinct product_id) as distinct_products
from ml.recommendations
where day = $day
group by all
order by method, part
