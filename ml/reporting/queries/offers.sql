with given as (
    select
        offer_id,
        count(*) as offers_given,
        avg(propensity::decimal(18, 12)) as propensity,
        sum(expected_cost)::double as cost,
        sum(expected_margin)::double as margin
    from ml.assignments
    where day = $day and arm not in ('holdout', 'control')
    group by all
)

select
    offers.offer_id,
    offers.campaign_id,
    offers.title,
    given.offers_given,
    given.propensity,
    given.cost,
    given.margin
from given
inner join marts.offers on given.offer_id = offers.offer_id and offers.day = $day
order by given.margin desc, offers.offer_id
