{#
    Incremental strategy: the as-of days of this run are replaced as a whole, also where a day has become empty.
    A model built for some kinds of days only names their condition in its yml (meta: as_of) and leaves other days alone.
#}
{% macro get_incremental_replace_days_sql(arguments) %}
    {#- Not ref(): a strategy is rendered inside models that already depend on it through others. -#}
    {%- set as_of_days = graph.nodes["model." ~ project_name ~ ".int_as_of_days"].relation_name -%}
    {%- set columns = get_quoted_csv(arguments["dest_columns"] | map(attribute="name")) -%}

    delete from {{ arguments["target_relation"] }}
    where day in (select day from {{ as_of_days }} where {{ model.config.meta.get("as_of", "true") }});

    insert into {{ arguments["target_relation"] }} ({{ columns }})
    select {{ columns }}
    from {{ arguments["temp_relation"] }}
{% endmacro %}
