with

exposures as (

    select * from {{ ref('stg_shop__exposures') }}

),

-- Held out: assigned to be shown nothing, so that there is somebody to compare with.
shown_exposures as (

    select * from exposures
    where arm is null or arm <> 'holdout'

)

select * from shown_exposures
