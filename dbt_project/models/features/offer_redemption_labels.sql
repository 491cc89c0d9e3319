with

candidates as (

    select * from {{ ref('int_candidate_offers') }}

),

redemptions as (

    select * from {{ ref('stg_shop__redemptions') }}

),

label_candidates as (

    select
        candidates.day,
        candidates.customer_id,
        candidates.offer_id,
        count(redemptions.redemption_id) > 0 as has_redeemed,
        {{ days_after("candidates.day", var("redemption_horizon_days")) }} as label_closed_on
    from candidates
    left join redemptions
        on
            candidates.customer_id = redemptions.customer_id
            and candidates.offer_id = redemptions.offer_id
            and redemptions.redemption_date >= candidates.day
            and redemptions.redemption_date < {{ days_after("candidates.day", var("redemption_horizon_days")) }}
    where
        {{ days_after("candidates.day", var("redemption_horizon_days")) }} <= {{ run_day() }}
        and not candidates.is_withheld
    group by candidates.day, candidates.customer_id, candidates.offer_id

)

select * from label_candidates
