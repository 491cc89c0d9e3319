with

versions as (

    select * from {{ versions_of('stacking_rules', ['rule_id'], is_entity=true) }} as every_version

)

select * from versions
