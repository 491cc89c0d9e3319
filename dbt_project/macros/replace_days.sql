{# Incremental strategy: the as-of days of this run are replaced as a whole, also where a day has become empty. #}
{% macro get_incremental_replace_days_sql(arguments) %}
    {%- set columns = get_quoted_csv(arguments["dest_columns"] | map(attribute="name")) -%}

    delete from {{ arguments["target_relation"] }}
    where day in (select day from {{ ref('int_as_of_days') }});

    insert into {{ arguments["target_relation"] }} ({{ columns }})
    select {{ columns }}
    from {{ arguments["temp_relation"] }}
{% endmacro %}
