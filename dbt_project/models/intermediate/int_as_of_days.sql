with

exposures as (

    select * from {{ ref('stg_shop__exposures') }}

),

orders as (

    select * from {{ ref('stg_shop__orders') }}

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

collect_days as (

    {% if var("panel") -%}
    select
        day,
        true as is_weekly_day,
        weeks_back % 4 = 0 as is_category_day,
        false as is_wave_day,
        false as is_run_day
    from count_weeks_back
    union all
    select distinct
        day,
        false as is_weekly_day,
        false as is_category_day,
        true as is_wave_day,
        false as is_run_day
    from find_campaign_starts
    {%- else -%}
    select
        {{ run_day() }} as day,
        false as is_weekly_day,
        true as is_category_day,
        false as is_wave_day,
        true as is_run_day
    {%- endif %}

),

merge_kinds as (

    select
        day,
        bool_or(is_weekly_day) as is_weekly_day,
        bool_or(is_category_day) as is_category_day,
        bool_or(is_wave_day) as is_wave_day,
        bool_or(is_run_day) as is_run_day,
        {{ days_after("day", var("category_horizon_days")) }} = {{ run_day() }} as is_hold_out_day
    from collect_days
    group by day

)

select * from merge_kinds
