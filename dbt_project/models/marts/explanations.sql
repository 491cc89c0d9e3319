with

explanations as (

    select * from {{ source('ml', 'explanations') }}

),

todays_explanations as (

    select
        day,
        family,
        model_version,
        influence_rank,
        feature_group,
        kindred_features,
        mean_contribution,
        mean_contribution_low,
        mean_contribution_high,
        direction,
        unit,
        pair_count,
        is_observational,
        run_id
    from explanations
    where day = {{ run_day() }}

)

select * from todays_explanations
