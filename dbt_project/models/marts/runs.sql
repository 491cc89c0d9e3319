with

runs as (

    select * from {{ source('ml', 'runs') }}

),

run_stages as (

    select * from {{ source('ml', 'run_stages') }}

),

sum_stages as (

    select
        day,
        sum(seconds) as seconds,
        count(*) as stage_count,
        max(peak_memory_mib) as peak_memory_mib,
        max(rows) filter (where stage = 'ingest') as ingested_rows,
        max(rows) filter (where stage = 'decide') as decided_customers
    from run_stages
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
        sum_stages.stage_count,
        sum_stages.peak_memory_mib,
        sum_stages.ingested_rows,
        sum_stages.decided_customers
    from runs
    left join sum_stages on runs.day = sum_stages.day
    where {{ is_kept("runs.day") }}

)

select * from describe_runs
