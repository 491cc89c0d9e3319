{# Change from one window to the one after it, from -1 (stopped) over 0 (as before) to 1 (began); empty without either. #}
{% macro trend(current, previous) -%}
    {{ ratio(
        "coalesce(" ~ current ~ ", 0) - coalesce(" ~ previous ~ ", 0)",
        "coalesce(" ~ current ~ ", 0) + coalesce(" ~ previous ~ ", 0)"
    ) }}
{%- endmacro %}
