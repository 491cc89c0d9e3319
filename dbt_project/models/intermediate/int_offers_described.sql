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

average_orders as (

    select
        day,
        offer_id,
        count(distinct customer_id) as scope_buyer_count,
        {{ ratio("sum(net_amount)", "count(*)") }} as shop_mean_scope_amount
    from offer_orders
    group by day, offer_id

),

value_offers as (

    select
        offers.*,
        count_products.scope_product_count,
        offer_categories.category as main_category,
        offer_categories.category_count as scope_category_count,
        average_orders.scope_buyer_count,
        average_orders.shop_mean_scope_amount,
        case offers.discount_type
            when 'amount' then cast(offers.discount_value as double)
            when 'points' then cast(offers.discount_value as double) * {{ var("point_value") }}
            when 'percent' then cast(offers.discount_value as double) / 100 * average_orders.shop_mean_scope_amount
        end as uncapped_face_value,
        contacts.exposure_count as kindred_exposure_count,
        contacts.redemption_count as kindred_redemption_count
    from offers
    left join count_products
        on offers.day = count_products.day and offers.offer_id = count_products.offer_id
    left join offer_categories
        on offers.day = offer_categories.day and offers.offer_id = offer_categories.offer_id
    left join average_orders
        on offers.day = average_orders.day and offers.offer_id = average_orders.offer_id
    left join contacts
        on offers.day = contacts.day and offers.offer_id = contacts.offer_id

),

describe_offers as (

    select
        *,
        case
            when uncapped_face_value > max_discount then cast(max_discount as double)
            else uncapped_face_value
        end as face_value
    from value_offers

)

select * from describe_offers
