with

exposures as (

    select * from {{ ref('stg_shop__exposures') }}

),

assignments as (

    select * from {{ source('ml', 'assignments') }}

),

-- What the shop showed of what the platform drew, as the platform wrote it down when it drew; the shop need not say the
-- arm again. Of a replayed shop nothing was sent: that it showed the same offer to the same customer is chance.
join_log as (

    select
        exposures.exposure_date,
        exposures.customer_id,
        exposures.offer_id,
        coalesce(exposures.campaign_id, assignments.campaign_id) as campaign_id,
        coalesce(assignments.arm, exposures.arm) as arm,
        coalesce(assignments.assignment_probability, exposures.probability) as probability,
        assignments.shown_probability as logged_probability,
        coalesce(assignments.arm not in {{ withheld_arms() }}, false) as is_sent
    from exposures
    left join assignments
        on
            exposures.exposure_date = assignments.day
            and exposures.customer_id = assignments.customer_id
            and exposures.offer_id = assignments.offer_id
            and assignments.day < {{ run_day() }}
            and not {{ var("is_replay") }}
            and (
                exposures.arm = assignments.arm
                or (exposures.arm is null and assignments.arm not in {{ withheld_arms() }})
            )

),

find_sent_days as (

    select distinct exposure_date as day from join_log
    where is_sent

),

-- What was withheld from customers nobody but the platform can tell; a shop need not report it.
collect_lots as (

    select
        exposure_date,
        customer_id,
        offer_id,
        campaign_id,
        arm,
        probability,
        logged_probability
    from join_log
    union all
    select
        assignments.day as exposure_date,
        assignments.customer_id,
        assignments.offer_id,
        assignments.campaign_id,
        assignments.arm,
        assignments.assignment_probability as probability,
        assignments.shown_probability as logged_probability
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
        max(probability) as probability,
        max(logged_probability) as logged_probability
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

-- A held-out row has the holdout's share times the chance of the offer, a sent one its logged chance times the same.
measure_holdouts as (

    select
        exposure_date,
        coalesce(
            avg(probability) filter (where arm = 'holdout')
            / avg(probability / logged_probability) filter (where is_shown),
            0
        ) as holdout_rate
    from count_offers
    where logged_probability > 0
    group by exposure_date

),

-- Only where nobody wrote the chance down: a shop's own lots, and what was logged before it was.
average_arms as (

    select
        exposure_date,
        offer_id,
        is_several,
        avg(probability) filter (where is_shown) as shown,
        coalesce(avg(probability) filter (where arm = 'holdout'), 0)
        + coalesce(avg(probability) filter (where arm = 'control'), 0) as withheld
    from drop_bundles
    where logged_probability is null
    group by exposure_date, offer_id, is_several

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
        case
            when drop_bundles.logged_probability is null
                then average_arms.shown / (average_arms.shown + average_arms.withheld)
            when drop_bundles.is_several
                then drop_bundles.logged_probability / (1 - measure_holdouts.holdout_rate)
            else drop_bundles.logged_probability
        end as shown_probability
    from drop_bundles
    left join measure_holdouts on drop_bundles.exposure_date = measure_holdouts.exposure_date
    left join average_arms
        on
            drop_bundles.exposure_date = average_arms.exposure_date
            and drop_bundles.offer_id = average_arms.offer_id
            and drop_bundles.is_several = average_arms.is_several

),

-- A chance of 0 or 1 has nothing to compare with.
keep_chances as (

    select * from derive_chances
    where
        shown_probability > 0
        and shown_probability < 1

)

select * from keep_chances
