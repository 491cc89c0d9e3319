with

versions as (

    select * from {{ versions_of('offer_menus', ['offer_id', 'min_basket'], is_entity=true) }} as every_version

)

select * from versions
