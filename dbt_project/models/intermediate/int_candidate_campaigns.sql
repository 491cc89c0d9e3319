with

as_of_days as (

    select * from {{ ref('int_as_of_days') }}

),

known_customers as (

    select * from {{ ref('int_known_customers') }}

),

campaigns as (

    select * from {{ ref('int_campaigns_as_of') }}

),

candidate_offers as (

    select * from {{ ref('int_candidate_offers') }}

),

collect_pairs as (

    select distinct
        candidate_offers.day,
        candidate_offers.customer_id,
        candidate_offers.campaign_id
    from candidate_offers
    inner join as_of_days on candidate_offers.day = as_of_days.day
    where not as_of_days.is_run_day and not candidate_offers.is_withheld
    union all
    select
        known_customers.day,
        known_customers.customer_id,
        campaigns.campaign_id
    from known_customers
    inner join as_of_days on known_customers.day = as_of_days.day
    inner join campaigns on known_customers.day = campaigns.day
    where as_of_days.is_run_day

),

keep_known_campaigns as (

    select collect_pairs.*
    from collect_pairs
    inner join campaigns
        on
            collect_pairs.day = campaigns.day
            and collect_pairs.campaign_id = campaigns.campaign_id

)

select * from keep_known_campaigns
