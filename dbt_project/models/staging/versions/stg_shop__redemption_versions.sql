with

versions as (

    select * from {{ versions_of('redemptions', ['redemption_id']) }} as every_version

)

select * from versions
