with

exposures as (

    select * from {{ ref('stg_shop__exposures') }}

),

shown_exposures as (

    select * from exposures
    where arm is null or arm not in {{ withheld_arms() }}

)

select * from shown_exposures
