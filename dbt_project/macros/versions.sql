{#
    Every version of the rows of a landed table whose rows may be corrected or deleted, as known on the run's day, with the
    delivery day of the row that took its place (superseded_on, empty while it holds). A deletion ends a row and is none itself.
    Of one delivery a correction comes after an ordinary row, a deletion after both.
#}
{% macro versions_of(table, key, is_entity=false) -%}
    (
        select *
        from {% if is_entity %}{{ numbered_versions(known_rows(table), key) }}
        {%- else %}{{ declared_versions(table, key) }}{% endif %} as versions
        where change is null or change <> 'deletion'
    )
{%- endmacro %}

{#
    Of an event only the few keys of declared changes are put in order: a window over all of its rows would cost more than they.
    Joins, not exists: DuckDB answers that by a second pass over all keys, five times as slow where nothing has changed.
#}
{% macro declared_versions(table, key) -%}
    {%- set changed = "(select distinct " ~ key | join(", ") ~ " from " ~ known_rows(table) ~ " as changes where change <> '')" -%}
    (
        select rows_of.*, cast(null as date) as superseded_on
        from {{ known_rows(table) }} as rows_of
        left join {{ changed }} as changed on {{ same_key("changed", "rows_of", key) }}
        where changed.{{ key[0] }} is null
        union all
        select changed_rows.*
        from {{ numbered_versions(
            "(select rows_of.* from " ~ known_rows(table) ~ " as rows_of inner join " ~ changed ~ " as changed on "
            ~ same_key("changed", "rows_of", key) ~ ")", key
        ) }} as changed_rows
    )
{%- endmacro %}

{% macro numbered_versions(rows, key) -%}
    (
        select
            known.*,
            lead(day) over (
                partition by {{ key | join(", ") }}
                order by day, case change when 'deletion' then 2 when 'correction' then 1 else 0 end
            ) as superseded_on
        from {{ rows }} as known
    )
{%- endmacro %}

{# Keys of an event whose newest declared change is a deletion. #}
{% macro deleted_keys(table, key) -%}
    (
        select {{ key | join(", ") }}
        from {{ numbered_versions("(select * from " ~ known_rows(table) ~ " as changes where change <> '')", key) }} as changes
        where change = 'deletion' and superseded_on is null
    )
{%- endmacro %}

{% macro known_rows(table) -%}
    (select * from {{ source('landing', table) }} where day < {{ run_day() }})
{%- endmacro %}

{% macro same_key(left, right, key) -%}
    {%- for name in key -%}
        {{ left }}.{{ name }} = {{ right }}.{{ name }}{{ " and " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
