with

versions as (

    select * from {{ ref('stg_shop__stacking_rule_versions') }}

),

newest_rows as (

    select
        rule_id,
        first_group,
        second_group,
        rule,
        max_discount,
        max_discount_rate,
        day
    from versions
    where superseded_on is null

)

select * from newest_rows
