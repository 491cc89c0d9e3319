{#
    Incremental strategy of the marts: the run's day is replaced as a whole, other days stay as they were published, and days
    beyond the retention leave. What a mart says about a day is therefore never recomputed with another day's knowledge.
#}
{% macro get_incremental_replace_run_day_sql(arguments) %}
    {%- set columns = get_quoted_csv(arguments["dest_columns"] | map(attribute="name")) -%}

    delete from {{ arguments["target_relation"] }}
    where day = {{ run_day() }} or not {{ is_kept("day") }};

    insert into {{ arguments["target_relation"] }} ({{ columns }})
    select {{ columns }}
    from {{ arguments["temp_relation"] }}
{% endmacro %}

{# Whether a day is among the newest decided days that stay published; the run's own day always is. #}
{% macro is_kept(day) -%}
    ({{ day }} = {{ run_day() }} or {{ day }} in (
        select distinct decided.day
        from {{ source("ml", "decisions") }} as decided
        order by decided.day desc
        limit {{ var("retention_days") }}
    ))
{%- endmacro %}
