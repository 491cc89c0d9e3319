with

offers as (

    select * from {{ ref('int_offers_as_of') }}

),

offer_products as (

    select * from {{ ref('int_offers_products') }}

),

offer_categories as (

    select * from {{ ref('int_offers_categories') }}

),

offer_orders as (

    select * from {{ ref('int_offers_orders') }}

),

contacts as (

    select * from {{ ref('int_offers_contacts') }}

),

count_products as (

    select
        day,
        offer_id,
        count(*) as scope_product_count
    from offer_products
    group by day, offer_id

),

count_categories as (

    select
        day,
        offer_id,
        count(*) as scope_category_count
    from offer_categories
    group by day, offer_id

),

average_orders as (

    select
        day,
        offer_id,
        count(distinct customer_id) as scope_buyer_count,
        {{ ratio("sum(net_amount)", "count(*)") }} as shop_mean_scope_amount
    from offer_orders
    group by day, offer_id

),

describe_offers as (

    select
        offers.*,
        count_products.scope_product_count,
        count_categories.scope_category_count,
        average_orders.scope_buyer_count,
        average_orders.shop_mean_scope_amount,
        case offers.discount_type
            when 'amount' then cast(offers.discount_value as double)
            when 'points' then cast(offers.discount_value as double) * {{ var("point_value") }}
            when 'percent'
                then least(
                    cast(offers.discount_value as double) / 100 * average_orders.shop_mean_scope_amount,
                    cast(coalesce(offers.max_discount, 1e12) as double)
                )
        end as face_value,
        contacts.exposure_count as kindred_exposure_count,
        contacts.redemption_count as kindred_redemption_count
    from offers
    left join count_products
        on offers.day = count_products.day and offers.offer_id = count_products.offer_id
    left join count_categories
        on offers.day = count_categories.day and offers.offer_id = count_categories.offer_id
    left join average_orders
        on offers.day = average_orders.day and offers.offer_id = average_orders.offer_id
    left join contacts
        on offers.day = contacts.day and offers.offer_id = contacts.offer_id

)

select * from describe_offers
