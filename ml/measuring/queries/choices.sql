-- What other policies would have shown first to the customers over whom a lot was drawn, where offers were scored that day.
with scored as (
    select day as first_day, customer_id, max_by(subject_id, (score, subject_id)) as propensity_offer
    from ml.scores
    where family = 'redemption_offer' and day < $day and day >= $day - $oldest_days
    group by all
),

offers as (
    select * from staging.stg_shop__offers qualify row_number() over (partition by offer_id order by day desc) = 1
),

-- Valued as deciding values (value_effects and correct_costs of ml/deciding), with the factors and the share pulled forward of the day.
valued as (
    select
        effects.day,
        effects.customer_id,
        effects.offer_id,
        effects.effect_margin * (1 - coalesce(pulled.rate, $pull_forward_rate)) - $message_cost
        - effects.expected_cost * coalesce(of_kind.factor, of_all.factor, 1) as worth
    from ml.effects as effects
    left join offers on effects.offer_id = offers.offer_id
    left join ml.spend_factors as of_kind on effects.day = of_kind.day and offers.offer_type = of_kind.offer_type
    left join ml.pull_forward as pulled on effects.day = pulled.day
    left join ml.spend_factors as of_all on effects.day = of_all.day and of_all.offer_type = ''
    where effects.day < $day and effects.day >= $day - $oldest_days
),

estimated as (
    select
        day as first_day,
        customer_id,
        max_by(offer_id, (worth, offer_id)) as effect_offer,
        max(worth) as effect_value
    from valued
    where worth is not null
    group by all
)

select
    coalesce(scored.first_day, estimated.first_day) as first_day,
    coalesce(scored.customer_id, estimated.customer_id) as customer_id,
    scored.propensity_offer,
    case when estimated.effect_value >= $min_expected_margin then estimated.effect_offer else '' end as effect_offer
from scored
full join estimated using (first_day, customer_id)
order by all
