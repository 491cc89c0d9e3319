with

proposals as (

    select * from {{ source('ml', 'offer_proposals') }}
    where day < {{ run_day() }}

),

verdict_versions as (

    select * from {{ ref('stg_shop__proposal_verdict_versions') }}

),

-- Equal terms have equal ids, so the first row of an offer says all there is.
find_first_days as (

    select
        offer_id,
        min(day) as proposed_on,
        min(case when is_entering then day end) as entering_on
    from proposals
    group by offer_id

),

find_first_verdicts as (

    select
        offer_id,
        min(day) as verdict_on
    from verdict_versions
    group by offer_id

),

collect_spans as (

    select
        find_first_days.offer_id,
        find_first_days.proposed_on,
        verdict_versions.campaign_id,
        greatest(find_first_days.proposed_on, verdict_versions.day) as day,
        verdict_versions.superseded_on
    from find_first_days
    inner join verdict_versions on find_first_days.offer_id = verdict_versions.offer_id
    where verdict_versions.verdict = 'accept'
    union all
    select
        find_first_days.offer_id,
        find_first_days.proposed_on,
        cast(null as varchar) as campaign_id,
        find_first_days.entering_on as day,
        find_first_verdicts.verdict_on as superseded_on
    from find_first_days
    left join find_first_verdicts on find_first_days.offer_id = find_first_verdicts.offer_id
    where
        find_first_days.entering_on is not null
        and (find_first_verdicts.verdict_on is null or find_first_days.entering_on < find_first_verdicts.verdict_on)

),

describe_offers as (

    select
        collect_spans.offer_id,
        collect_spans.campaign_id,
        proposals.offer_type,
        proposals.title,
        proposals.discount_type,
        cast(proposals.discount_value as decimal(18, 4)) as discount_value,
        'proposed' as discount_value_method,
        cast(proposals.min_basket as decimal(18, 4)) as min_basket,
        cast(null as decimal(18, 4)) as max_discount,
        proposals.scope_name,
        proposals.valid_from,
        proposals.valid_until,
        cast(null as varchar) as channel,
        cast(null as varchar) as audience,
        cast(null as bigint) as issue_limit,
        cast(null as bigint) as per_customer_limit,
        cast(null as double) as shop_funded_rate,
        cast(null as varchar) as partner,
        collect_spans.proposed_on,
        collect_spans.day,
        cast(null as varchar) as change,
        collect_spans.superseded_on
    from collect_spans
    inner join proposals
        on
            collect_spans.offer_id = proposals.offer_id
            and collect_spans.proposed_on = proposals.day

)

select * from describe_offers
