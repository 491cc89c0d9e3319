with

exposures as (

    select * from {{ ref('stg_shop__exposures') }}

),

assignments as (

    select * from {{ source('ml', 'assignments') }}

),

-- Days whose decisions were sent: a replayed shop decides for days that went another way.
find_sent_days as (

    select distinct assignments.day
    from assignments
    inner join exposures
        on
            assignments.day = exposures.exposure_date
            and assignments.customer_id = exposures.customer_id
            and assignments.offer_id = exposures.offer_id
            and assignments.arm = exposures.arm
    where
        assignments.day < {{ run_day() }}
        and assignments.arm not in {{ withheld_arms() }}

),

-- What was withheld from customers nobody but the platform can tell; a shop need not report it.
collect_lots as (

    select
        exposure_date,
        customer_id,
        offer_id,
        campaign_id,
        arm,
        probability
    from exposures
    union all
    select
        assignments.day as exposure_date,
        assignments.customer_id,
        assignments.offer_id,
        assignments.campaign_id,
        assignments.arm,
        assignments.assignment_probability as probability
    from assignments
    inner join find_sent_days on assignments.day = find_sent_days.day
    left join exposures
        on
            assignments.day = exposures.exposure_date
            and assignments.customer_id = exposures.customer_id
            and assignments.offer_id = exposures.offer_id
    where
        assignments.arm in {{ withheld_arms() }}
        and exposures.offer_id is null

),

-- An offer that also came without a lot, or twice in different arms, proves nothing.
keep_single_lots as (

    select
        exposure_date,
        customer_id,
        offer_id,
        max(campaign_id) as campaign_id,
        max(arm) as arm,
        max(probability) as probability
    from collect_lots
    group by exposure_date, customer_id, offer_id
    having
        count(*) = count(arm)
        and count(*) = count(probability)
        and max(arm) = min(arm)
        and min(probability) > 0

),

count_offers as (

    select
        *,
        arm not in {{ withheld_arms() }} as is_shown,
        count(*) over (partition by exposure_date, customer_id) > 1 as is_several,
        count(*) over (partition by exposure_date, customer_id, campaign_id) as offer_count
    from keep_single_lots

),

-- The holdout is shown none of several offers: what one of them changes is told by the control of its campaign alone.
drop_bundles as (

    select * from count_offers
    where not is_several or arm <> 'holdout'

),

average_arms as (

    select
        exposure_date,
        is_several,
        avg(probability) filter (where is_shown) as shown,
        coalesce(avg(probability) filter (where arm = 'holdout'), 0)
        + coalesce(avg(probability) filter (where arm = 'control'), 0) as withheld
    from drop_bundles
    group by exposure_date, is_several

),

derive_chances as (

    select
        drop_bundles.exposure_date,
        drop_bundles.customer_id,
        drop_bundles.offer_id,
        drop_bundles.campaign_id,
        drop_bundles.arm,
        drop_bundles.is_shown,
        cast(drop_bundles.offer_count as bigint) as offer_count,
        drop_bundles.probability,
        average_arms.shown / (average_arms.shown + average_arms.withheld) as shown_probability
    from drop_bundles
    inner join average_arms
        on
            drop_bundles.exposure_date = average_arms.exposure_date
            and drop_bundles.is_several = average_arms.is_several
    where
        average_arms.shown > 0
        and average_arms.withheld > 0

)

select * from derive_chances
