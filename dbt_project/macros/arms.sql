{# Arms whose offers were chosen and not sent, so that there is somebody to compare with. #}
{% macro withheld_arms() -%}
    ('holdout', 'control')
{%- endmacro %}
