select
    * exclude (day, run_id, discount_cost),
    discount_cost::double as discount_cost
from ml.campaign_results
where day = $day
order by redemption_rate desc, campaign_id
