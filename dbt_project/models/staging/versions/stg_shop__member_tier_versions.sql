with

versions as (

    select * from {{ versions_of('member_tiers', ['tier'], is_entity=true) }} as every_version

)

select * from versions
