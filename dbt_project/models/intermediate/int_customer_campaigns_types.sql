with

candidates as (

    select * from {{ ref('int_candidate_campaigns') }}

),

campaigns as (

    select * from {{ ref('int_campaigns_as_of') }}

),

customer_campaigns as (

    select * from {{ ref('int_customers_campaigns') }}

),

sum_types as (

    select
        day,
        customer_id,
        campaign_type,
        count(*) filter (where exposure_count > 0) as campaigns_exposed,
        count(*) filter (where redemption_count > 0) as campaigns_redeemed,
        sum(redemption_count) as redemption_count
    from customer_campaigns
    group by day, customer_id, campaign_type

),

join_types as (

    select
        candidates.day,
        candidates.customer_id,
        candidates.campaign_id,
        sum_types.campaigns_exposed,
        sum_types.campaigns_redeemed,
        sum_types.redemption_count
    from candidates
    inner join campaigns
        on
            candidates.day = campaigns.day
            and candidates.campaign_id = campaigns.campaign_id
    inner join sum_types
        on
            candidates.day = sum_types.day
            and candidates.customer_id = sum_types.customer_id
            and campaigns.campaign_type = sum_types.campaign_type

)

select * from join_types
