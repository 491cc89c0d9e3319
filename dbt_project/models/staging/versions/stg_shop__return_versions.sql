with

versions as (

    select * from {{ versions_of('returns', ['return_id']) }} as every_version

)

select * from versions
