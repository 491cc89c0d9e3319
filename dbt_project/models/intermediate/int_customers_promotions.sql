with

known_customers as (

    select * from {{ ref('int_known_customers') }}

),

promotion_days as (

    select * from {{ ref('int_customer_promotion_days') }}

),

count_contacts as (

    select
        known_customers.day,
        promotion_days.customer_id,
        {% for contact in ["exposure", "redemption"] -%}
        {% for days in [28, 90, 365] -%}
        sum(promotion_days.{{ contact }}_count) filter (
            where {{ is_within("promotion_days.contact_date", days, "known_customers") }}
        ) as {{ contact }}s_last_{{ days }}_days,
        {% endfor -%}
        {% endfor -%}
        max(promotion_days.contact_date) filter (
            where promotion_days.exposure_count > 0
        ) as last_exposure_date,
        max(promotion_days.contact_date) filter (
            where promotion_days.redemption_count > 0
        ) as last_redemption_date
    from promotion_days
    inner join known_customers
        on
            promotion_days.customer_id = known_customers.customer_id
            and {{ is_known("promotion_days", "known_customers") }}
            and {{ is_within("promotion_days.contact_date", var("history_days"), "known_customers") }}
    group by known_customers.day, promotion_days.customer_id

)

select * from count_contacts
