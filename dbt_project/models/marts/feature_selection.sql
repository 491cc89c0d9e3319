with

feature_selection as (

    select * from {{ source('ml', 'feature_selection') }}

),

keep_newest as (

    select
        {{ run_day() }} as day,
        day as trained_on,
        family,
        feature,
        place,
        lasso_weight,
        forest_share,
        permutation_loss,
        stability,
        survives,
        folds,
        candidate,
        score_all,
        score_third,
        score_random_third,
        loss_low,
        loss_high,
        run_id
    from feature_selection
    where day <= {{ run_day() }}
    qualify rank() over (partition by family order by day desc) = 1

)

select * from keep_newest
