{#
    Purchases ready to be summed: the lines, and beside them each order once, over the whole span in which one of its lines
    is known. Counted with its lines, an order would count twice while they are known in different spans.
#}
{% macro counted_purchases(purchases, keys) -%}
    (
        select
            {{ keys | join(", ") }}, order_date, known_on, superseded_on, is_standing,
            0 as order_count, units, net_amount, shelf_discount_amount, coupon_discount_amount
        from {{ purchases }}
        union all
        select
            {{ keys | join(", ") }}, order_date,
            min(known_on) as known_on,
            case when not bool_or(superseded_on is null) then max(superseded_on) end as superseded_on,
            bool_or(is_standing) as is_standing,
            1 as order_count, 0 as units, 0 as net_amount, 0 as shelf_discount_amount, 0 as coupon_discount_amount
        from {{ purchases }}
        group by {{ keys | join(", ") }}, order_id, order_date
    )
{%- endmacro %}
