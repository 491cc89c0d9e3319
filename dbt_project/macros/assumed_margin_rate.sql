{# The margin of a department where no cost is known: an assumption set in ml/params.yml. #}
{% macro assumed_margin_rate(department) -%}
    {%- set rates = var("department_margin_rates") -%}
    {%- if rates -%}
    case {{ department }}
        {% for name in rates -%}
        when '{{ name }}' then cast({{ rates[name] }} as double)
        {% endfor -%}
        else cast({{ var("default_margin_rate") }} as double)
    end
    {%- else -%}
    cast({{ var("default_margin_rate") }} as double)
    {%- endif -%}
{%- endmacro %}
