{# The hour on the shop's clock, on a day, of an hour given in UTC. #}
{% macro local_hour(day, hour) -%}
    {{ return(adapter.dispatch("local_hour")(day, hour)) }}
{%- endmacro %}

{% macro default__local_hour(day, hour) -%}
    hour(from_utc_timestamp(cast({{ day }} as timestamp) + make_interval(0, 0, 0, 0, {{ hour }}), '{{ var("time_zone") }}'))
{%- endmacro %}

{% macro duckdb__local_hour(day, hour) -%}
    cast(extract(hour from timezone(
        '{{ var("time_zone") }}', timezone('UTC', cast({{ day }} as timestamp) + to_hours({{ hour }}))
    )) as integer)
{%- endmacro %}

{# Names as a list for `in`. #}
{% macro listed(names) -%}
    (
    {%- for name in names or [""] -%}
        '{{ name | replace("'", "''") }}' {{- ", " if not loop.last }}
    {%- endfor -%}
    )
{%- endmacro %}
