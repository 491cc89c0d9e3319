-- What other policies would have shown first to the customers over whom a lot was drawn, where offers were scored that day.
with scored as (
    select day as first_day, customer_id, max_by(subject_id, (score, subject_id)) as propensity_offer
    from ml.scores
    where family = 'redemption_offer' and day < $day and day >= $day - $oldest_days
    group by all
),

estimated as (
    select
        day as first_day,
        customer_id,
        max_by(offer_id, (effect_margin - expected_cost, offer_id)) as effect_offer,
        max(effect_margin - expected_cost) as effect_value
    from ml.effects
    where day < $day and day >= $day - $oldest_days
    group by all
)

select
    coalesce(scored.first_day, estimated.first_day) as first_day,
    coalesce(scored.customer_id, estimated.customer_id) as customer_id,
    scored.propensity_offer,
    case when estimated.effect_value > 0 then estimated.effect_offer else '' end as effect_offer
from scored
full join estimated using (first_day, customer_id)
order by all
