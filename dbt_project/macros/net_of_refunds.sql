{# What a customer spent on purchases of a window and was not paid back; refunds of a window that earlier days paid for leave nothing. #}
{% macro net_of_refunds(window) -%}
    cast(greatest(
        coalesce(amounts.net_amount_{{ window }}, 0) - coalesce(returns.refund_amount_{{ window }}, 0), 0
    ) as decimal(18, 4))
{%- endmacro %}

{# The share of an amount that was not paid back, 0-1; empty where nothing was. #}
{% macro kept_rate(refund, amount) -%}
    case when {{ refund }} >= {{ amount }} then 0 else 1 - {{ ratio(refund, amount) }} end
{%- endmacro %}
