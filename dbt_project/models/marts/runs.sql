with

runs as (

    select * from {{ source('ml', 'runs') }}

),

run_stages as (

    select * from {{ source('ml', 'run_stages') }}

),

scores as (

    select * from {{ source('ml', 'scores') }}

),

recommendations as (

    select * from {{ source('ml', 'recommendations') }}

),

decisions as (

    select * from {{ source('ml', 'decisions') }}

),

sum_stages as (

    select
        day,
        sum(seconds) as seconds,
        max(peak_memory_mib) as peak_memory_mib
    from run_stages
    group by day

),

count_scores as (

    select
        day,
        count(*) as score_count
    from scores
    group by day

),

count_recommendations as (

    select
        day,
        count(*) as recommendation_count
    from recommendations
    group by day

),

count_decisions as (

    select
        day,
        count(*) as decision_count,
        sum(offer_count) as offer_count
    from decisions
    group by day

),

describe_runs as (

    select
        runs.day,
        runs.run_id,
        runs.source,
        runs.code_version,
        runs.parameters_fingerprint,
        runs.data_fingerprint,
        sum_stages.seconds,
        sum_stages.peak_memory_mib,
        coalesce(count_scores.score_count, 0) as score_count,
        coalesce(count_recommendations.recommendation_count, 0) as recommendation_count,
        coalesce(count_decisions.decision_count, 0) as decision_count,
        cast(coalesce(count_decisions.offer_count, 0) as bigint) as offer_count
    from runs
    left join sum_stages on runs.day = sum_stages.day
    left join count_scores on runs.day = count_scores.day
    left join count_recommendations on runs.day = count_recommendations.day
    left join count_decisions on runs.day = count_decisions.day
    where {{ is_kept("runs.day") }}

)

select * from describe_runs
