with

exposures as (

    select * from {{ ref('int_exposures') }}

),

lots as (

    select * from {{ ref('int_lots') }}

),

orders as (

    select * from {{ ref('stg_shop__order_versions') }}

),

first_order as (

    select min(order_date) as order_date from orders

),

count_weeks_back as (

    select
        {{ days_before(run_day(), "7 * weeks.number") }} as day,
        weeks.number as weeks_back
    from {{ numbers(var("panel_weeks")) }} as weeks
    inner join first_order
        on first_order.order_date <= {{ days_before(run_day(), "7 * weeks.number + " ~ var("min_history_days")) }}

),

find_campaign_starts as (

    select
        campaign_id,
        min(exposure_date) as day
    from exposures
    group by campaign_id

),

-- The newest, because a shop that draws lots every day soon has more of them than are needed to learn.
find_lot_days as (

    select exposure_date as day
    from lots
    where exposure_date < {{ run_day() }}
    group by exposure_date
    qualify row_number() over (order by exposure_date desc) <= {{ var("lot_days") }}

),

collect_waves as (

    select day from find_campaign_starts
    union
    select day from find_lot_days

),

keep_waves_with_history as (

    select collect_waves.day
    from collect_waves
    inner join first_order
        on first_order.order_date <= {{ days_before("collect_waves.day", var("min_history_days")) }}

),

collect_days as (

    select
        {{ run_day() }} as day,
        false as is_weekly_day,
        false as is_wave_day,
        true as is_run_day,
        true as is_category_day,
        true as is_interaction_day
    {%- if env_var("RUN_PANEL") == "yes" %}
    union all
    select
        day,
        true as is_weekly_day,
        false as is_wave_day,
        false as is_run_day,
        -- Windows of neighbouring category days touch and do not overlap.
        (7 * weeks_back) % {{ var("category_horizon_days") }} = 0 as is_category_day,
        (7 * weeks_back) % {{ var("category_horizon_days") }} = 0
        and 7 * weeks_back <= 3 * {{ var("category_horizon_days") }} as is_interaction_day
    from count_weeks_back
    union all
    select
        day,
        false as is_weekly_day,
        true as is_wave_day,
        false as is_run_day,
        false as is_category_day,
        false as is_interaction_day
    from keep_waves_with_history
    {%- endif %}

),

merge_kinds as (

    select
        day,
        bool_or(is_weekly_day) as is_weekly_day,
        bool_or(is_wave_day) as is_wave_day,
        bool_or(is_run_day) as is_run_day,
        bool_or(is_category_day) as is_category_day,
        bool_or(is_interaction_day) as is_interaction_day
    from collect_days
    group by day

)

select * from merge_kinds
