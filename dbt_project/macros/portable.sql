{# What engines spell differently, or mean differently by the same spelling, is behind these macros. #}

{% macro days_between(earlier, later) -%}
    {{ return(adapter.dispatch("days_between")(earlier, later)) }}
{%- endmacro %}

{% macro default__days_between(earlier, later) -%}
    {{ dbt.datediff(earlier, later, "day") }}
{%- endmacro %}

{% macro duckdb__days_between(earlier, later) -%}
    ({{ later }} - {{ earlier }})
{%- endmacro %}

{% macro days_after(date, days) -%}
    {{ return(adapter.dispatch("days_after")(date, days)) }}
{%- endmacro %}

{% macro default__days_after(date, days) -%}
    cast({{ dbt.dateadd("day", days, date) }} as date)
{%- endmacro %}

{% macro duckdb__days_after(date, days) -%}
    ({{ date }} + ({{ days }}))
{%- endmacro %}

{% macro days_before(date, days) -%}
    {{ return(adapter.dispatch("days_before")(date, days)) }}
{%- endmacro %}

{% macro default__days_before(date, days) -%}
    cast({{ dbt.dateadd("day", "-(" ~ days ~ ")", date) }} as date)
{%- endmacro %}

{% macro duckdb__days_before(date, days) -%}
    ({{ date }} - ({{ days }}))
{%- endmacro %}

{# Monday is 1, Sunday is 7. #}
{% macro weekday(date) -%}
    {{ return(adapter.dispatch("weekday")(date)) }}
{%- endmacro %}

{% macro default__weekday(date) -%}
    (weekday({{ date }}) + 1)
{%- endmacro %}

{% macro duckdb__weekday(date) -%}
    cast(extract(isodow from {{ date }}) as integer)
{%- endmacro %}

{# The numbers 1 to n as a relation with the column number. #}
{% macro numbers(n) -%}
    {{ return(adapter.dispatch("numbers")(n)) }}
{%- endmacro %}

{% macro default__numbers(n) -%}
    (select explode(sequence(1, {{ n }})) as number)
{%- endmacro %}

{% macro duckdb__numbers(n) -%}
    (select cast(unnest(range(1, {{ n }} + 1)) as integer) as number)
{%- endmacro %}

{# A share or mean; empty where there is nothing to divide by. #}
{% macro ratio(part, whole) -%}
    cast({{ part }} as double) / nullif(cast({{ whole }} as double), 0)
{%- endmacro %}

{# A share that late or missing parts of the whole cannot push above 1; least() would turn an empty one into 1. #}
{% macro as_share(value) -%}
    case when {{ value }} > 1 then 1 when {{ value }} < 0 then 0 else {{ value }} end
{%- endmacro %}

{% macro capped_ratio(part, whole) -%}
    case when {{ part }} > {{ whole }} then 1 else {{ ratio(part, whole) }} end
{%- endmacro %}
