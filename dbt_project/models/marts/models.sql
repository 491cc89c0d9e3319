with

models as (

    select * from {{ source('ml', 'models') }}

),

decisions as (

    select * from {{ source('ml', 'decisions') }}

),

known_models as (

    select
        family,
        version,
        data_cut,
        role,
        candidate,
        parameters,
        metric,
        metric_value,
        floor_value,
        validation_from,
        validation_until,
        train_rows,
        card
    from models
    where models.data_cut <= (select max(decisions.day) from decisions)

)

select * from known_models
