with

as_of_days as (

    select * from {{ ref('int_as_of_days') }}

),

promotion_days as (

    select * from {{ ref('int_customer_promotion_days') }}

),

count_contacts as (

    select
        as_of_days.day,
        promotion_days.customer_id,
        {% for contact in ["exposure", "redemption"] -%}
        {% for days in [28, 90, 365] -%}
        sum(promotion_days.{{ contact }}_count) filter (
            where {{ is_within("promotion_days.contact_date", days) }}
        ) as {{ contact }}s_last_{{ days }}_days,
        {% endfor -%}
        max(promotion_days.contact_date) filter (
            where promotion_days.{{ contact }}_count > 0
        ) as last_{{ contact }}_date
        {{- "," if not loop.last }}
        {% endfor %}
    from promotion_days
    inner join as_of_days
        on
            {{ is_known("promotion_days") }}
            and {{ is_within("promotion_days.contact_date", var("history_days")) }}
    group by as_of_days.day, promotion_days.customer_id

)

select * from count_contacts
