with

as_of_days as (

    select * from {{ ref('int_as_of_days') }}

),

ratings as (

    select * from {{ ref('stg_shop__rating_versions') }}

),

average_ratings as (

    select
        as_of_days.day,
        ratings.product_id,
        count(*) as rating_count,
        {{ ratio("sum(cast(ratings.rating as decimal(18, 4)))", "count(*)") }} as mean_rating
    from ratings
    inner join as_of_days
        on
            ratings.day < as_of_days.day
            and ratings.rating_date < as_of_days.day
            and (ratings.superseded_on is null or as_of_days.day <= ratings.superseded_on)
    where as_of_days.is_interaction_day
    group by as_of_days.day, ratings.product_id

)

select * from average_ratings
