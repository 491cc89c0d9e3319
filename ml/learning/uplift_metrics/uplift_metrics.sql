-- The metrics of ml/learning/uplift_metrics from a table: score, treated (boolean), outcome, probability; any number
-- of rows, none of them missing. Run once per connection, then: from uplift_metrics('my_table', 0.3)
create or replace temp macro uplift_metrics(rows_of, share) as table (
    with weighted as (
        select
            score,
            outcome,
            case when treated then 1 / probability else 0 end as treated,
            case when treated then 0 else 1 / (1 - probability) end as control
        from query_table(rows_of)
    ),

    -- ties stand in one block, so that the order of the rows cannot matter
    blocks as (
        select
            score,
            count(*)::double as row_count,
            sum(treated) as treated,
            sum(control) as control,
            sum(treated * outcome) as treated_outcome,
            sum(control * outcome) as control_outcome
        from weighted
        group by score
    ),

    running as (
        select
            score,
            row_count,
            treated as block_treated,
            control as block_control,
            treated_outcome as block_treated_outcome,
            control_outcome as block_control_outcome,
            sum(row_count) over best_first as rows_until,
            sum(treated) over best_first as treated,
            sum(control) over best_first as control,
            sum(treated_outcome) over best_first as treated_outcome,
            sum(control_outcome) over best_first as control_outcome,
            sum(row_count) over () as all_rows,
            sum(treated) over () as all_treated
        from blocks
        window best_first as (order by score desc rows unbounded preceding)
    ),

    points as (
        select
            score,
            rows_until / all_rows as share_until,
            coalesce(treated_outcome - control_outcome * coalesce(treated / nullif(control, 0), 0), 0) / all_treated
                as qini_gained,
            rows_until / all_rows
            * (
                coalesce(treated_outcome / nullif(treated, 0), 0)
                - coalesce(control_outcome / nullif(control, 0), 0)
            ) as uplift_gained
        from running
    ),

    steps as (
        select
            share_until,
            qini_gained,
            uplift_gained,
            share_until - lag(share_until, 1, 0::double) over best_first as width,
            (qini_gained + lag(qini_gained, 1, 0::double) over best_first) / 2 as qini_height,
            (uplift_gained + lag(uplift_gained, 1, 0::double) over best_first) / 2 as uplift_height
        from points
        window best_first as (order by score desc)
    ),

    areas as (
        select
            max_by(uplift_gained, share_until) as average_effect,
            sum(width * qini_height) - max_by(qini_gained, share_until) / 2 as qini_area,
            sum(width * uplift_height) - max_by(uplift_gained, share_until) / 2 as uplift_area
        from steps
    ),

    -- what a perfect ranking reaches: a quarter of Gini's mean difference of each arm
    outcomes as (
        select
            outcome,
            sum(treated) as treated,
            sum(control) as control
        from weighted
        group by outcome
    ),

    shares as (
        select
            outcome,
            treated / sum(treated) over () as treated,
            control / sum(control) over () as control
        from outcomes
    ),

    ranks as (
        select
            outcome,
            treated,
            control,
            sum(treated) over lowest_first - treated / 2 as treated_rank,
            sum(control) over lowest_first - control / 2 as control_rank
        from shares
        window lowest_first as (order by outcome rows unbounded preceding)
    ),

    perfect as (
        select
            sum(treated * outcome * (treated_rank - 0.5)) + sum(control * outcome * (control_rank - 0.5)) as area
        from ranks
    ),

    -- a block that the share cuts counts with the part that fits
    cut as (
        select
            *,
            least(greatest((share * all_rows - (rows_until - row_count)) / row_count, 0), 1) as part
        from running
    ),

    best as (
        select
            sum(part * block_treated_outcome) / nullif(sum(part * block_treated), 0)
            - sum(part * block_control_outcome) / nullif(sum(part * block_control), 0) as uplift_at_share
        from cut
    )

    select
        areas.qini_area / nullif(perfect.area, 0) as qini,
        areas.uplift_area / nullif(perfect.area, 0) as auuc,
        best.uplift_at_share,
        areas.average_effect
    from areas, perfect, best
);
