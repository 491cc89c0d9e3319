select
    campaign_id,
    exposed_customers,
    redeeming_customers,
    redemption_count,
    redemption_rate,
    redemption_rate_low,
    redemption_rate_high,
    discount_cost::double as discount_cost,
    lift,
    lift_low,
    lift_high,
    return_on_spend,
    method,
    caveat
from ml.campaign_results
where day = $day
order by redemption_rate desc, campaign_id
