{# The day of the run: it happens in the morning and knows the rows delivered before this day.
   From the environment, not a variable: another day's variables would have dbt read the whole project anew. #}
{% macro run_day() -%}
    cast('{{ env_var("RUN_DAY") }}' as date)
{%- endmacro %}

{#
    A fact or version is known from the day after it arrived until it is superseded:
    known_on < as-of day <= superseded_on, the latter empty while it is the newest.
#}
{% macro is_known(fact, as_of="as_of_days") -%}
    ({{ fact }}.known_on < {{ as_of }}.day
        and ({{ as_of }}.day <= {{ fact }}.superseded_on or {{ fact }}.superseded_on is null))
{%- endmacro %}

{# Whether a date lies within the given number of days before the as-of day. #}
{% macro is_within(date, days, as_of="as_of_days") -%}
    {{ date }} >= {{ days_before(as_of ~ ".day", days) }}
{%- endmacro %}

{# Windows that column names spell out. #}
{% macro purchase_windows() -%}
    {{ return([7, 28, 90, 365]) }}
{%- endmacro %}
