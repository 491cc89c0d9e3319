"""For every rule the one thing that breaks it in the small shop and nothing else."""

from ml.deciding.cold_start import ASSUMED
from tests.expectations.small_shop import DAY, PREVIOUS, REPLAN

NEWEST = f"day = date '{DAY}' - 1"
NEW = f"day >= date '{PREVIOUS}'"
TODAY = f"day = date '{DAY}'"

RAW = {
    "RAW-01": "",  # a file, see test_rules.py
    "RAW-02": f"""
        delete from landing.orders where day >= date '{DAY}' - 5;
        delete from landing.order_items where day >= date '{DAY}' - 5
    """,
    "RAW-03": f"delete from landing.orders where {NEWEST}; delete from landing.order_items where {NEWEST}",
    "RAW-04": f"delete from landing.order_items where {NEWEST}",
    "RAW-05": f"""
        insert into landing.order_items select l.* replace (line_number + 10 * copy as line_number)
        from landing.order_items as l cross join range(1, 5) as copies(copy) where {NEWEST}
    """,
    "RAW-06": f"delete from landing.orders where {NEWEST} and customer_id not in ('c1', 'c2')",
    "RAW-07": f"delete from landing.events where {NEWEST} and event_id not like '%-1'",
    "RAW-08": f"update landing.orders set store_id = null where {NEWEST} and customer_id < 'c2'",
    "RAW-09": f"""
        update landing.order_items set product_id = 'unheard of'
        where {NEW} and line_number = 1 and quantity = 1
    """,
    "RAW-10": f"update landing.order_items set net_amount = 0 where {NEW} and line_number < 3 and order_id like '%1'",
    "RAW-11": f"update landing.order_items set quantity = 50000 where {NEWEST} and order_id like '%-11'",
    "RAW-12": f"update landing.order_items set net_amount = 5000 where {NEWEST} and order_id like '%-1_'",
    "RAW-13": f"update landing.orders set order_date = day + 1 where {NEWEST} and customer_id = 'c1'",
    "RAW-14": f"update landing.orders set order_date = day - 30 where {NEW} and customer_id < 'c2'",
    "RAW-15": f"""
        insert into quarantine.order_items (reason, day) select 'quantity is not above 0', date '{DAY}' - 1
        from range(100)
    """,
    "RAW-16": f"insert into quarantine.offers (reason, day) select 'title is missing', date '{DAY}' - 1 from range(3)",
    "RAW-17": "update landing.products set category = null where product_id in ('p1', 'p2')",
    "RAW-18": "update landing.campaigns set end_date = start_date - 1",
    "RAW-19": "update landing.offers set discount_value = null where offer_id = 'offer a'",
    "RAW-20": "update landing.offers set discount_type = 'percent', discount_value = 150 where offer_id = 'offer a'",
    "RAW-21": "update landing.customers set address = 'anna@example.org' where customer_id = 'c1'",
    "RAW-22": f"""
        delete from landing.order_items where {NEWEST};
        insert into landing.order_items select * replace (date '{DAY}' - 1 as day) from landing.order_items
        where day = date '{DAY}' - 5
    """,
    "RAW-23": f"update landing.order_items set net_amount = net_amount * 3 where {NEWEST}",
    "RAW-24": f"update landing.orders set device_id = 'phone' where not ({NEWEST}) and customer_id < 'c3'",
}

FEATURES = {
    "FEA-01": f"delete from features.customers where {TODAY} and customer_id = 'c11'",
    "FEA-02": f"delete from features.products where {TODAY} and product_id = 'p11'",
    "FEA-03": f"delete from features.customer_offers where {TODAY} and customer_id = 'c1' and offer_id = 'offer a'",
    "FEA-04": f"delete from features.customer_campaigns where {TODAY} and customer_id = 'c1'",
    "FEA-05": f"update features.customers set orders_last_7_days = null where {TODAY} and customer_id = 'c1'",
    "FEA-06": f"update features.customers set days_since_last_order = null where {TODAY} and customer_id < 'c3'",
    "FEA-07": f"update features.customers set coupon_share_rate = 1.5 where {TODAY} and customer_id = 'c1'",
    "FEA-08": f"update features.products set units_last_28_days = -1 where {TODAY} and product_id = 'p1'",
    "FEA-09": f"update features.customers set orders_last_28_days = 50 where {TODAY} and customer_id = 'c4'",
    "FEA-10": f"update features.customer_offers set days_since_last_exposure = 0 where {TODAY} and customer_id = 'c1'",
    "FEA-11": f"update features.customers set trend = 'infinity' where {TODAY} and customer_id = 'c1'",
    "FEA-12": """
        update features.customers
        set orders_last_7_days = 0, orders_last_28_days = if(customer_id < 'c13', 5, 0)
    """,
    "FEA-13": """
        update features.customers
        set orders_last_28_days = 100, orders_last_90_days = 200, orders_last_365_days = 300
    """,
    "FEA-14": "update features.customers set mean_basket_amount = 1000",
    "FEA-15": f"delete from features.interactions where {TODAY} and customer_id < 'c2'",
    "FEA-16": f"update features.customers set preferred_part_of_day = null where {TODAY} and customer_id < 'c2'",
    "FEA-17": f"update features.customers set mean_basket_amount = 58 where {TODAY} and mean_basket_amount < 28",
    "FEA-18": f"update features.customers set net_amount_last_28_days = 13900 where {TODAY}",
}

SCORES = {
    "SCO-01": f"""
        update ml.scores set score = 'nan'
        where {TODAY} and family = 'category_purchase' and customer_id = 'c1' and subject_id = 'category 1'
    """,
    "SCO-02": "delete from ml.scores where family = 'purchase' and customer_id = 'c1'",
    "SCO-03": """
        delete from ml.scores
        where family = 'redemption_offer' and customer_id = 'c1' and subject_id = 'offer a'
    """,
    "SCO-04": "delete from ml.scores where family = 'redemption_campaign' and customer_id = 'c1'",
    "SCO-05": """
        delete from ml.scores
        where family = 'category_purchase' and customer_id = 'c1' and subject_id = 'category 1'
    """,
    "SCO-06": """
        insert into ml.scores select * replace ('offer of nobody' as subject_id) from ml.scores
        where family = 'redemption_offer' and customer_id = 'c1' and subject_id = 'offer a'
    """,
    "SCO-07": "update ml.scores set score = score / 3 where family = 'purchase'",
    "SCO-08": "update ml.scores set score = score * 8 where family = 'redemption_campaign'",
    "SCO-09": "update ml.scores set score = 0.2 where family = 'category_purchase'",
    "SCO-10": f"update ml.models set data_cut = date '{DAY}' - 42 where family = 'purchase'",
    "SCO-11": f"update ml.models set data_cut = date '{DAY}' - 126 where family = 'purchase'",
    "SCO-12": f"update ml.models set data_cut = date '{DAY}' + 7 where family = 'category_purchase'",
    "SCO-13": "delete from ml.recommendations where customer_id < 'c12'",
    "SCO-14": "update ml.recommendations set product_id = 'unheard of' where customer_id = 'c1'",
    "SCO-15": "update ml.effects set effect_margin = 0.4 where customer_id = 'c1' and offer_id = 'offer a'",
    "SCO-16": "delete from ml.effects where customer_id = 'c1' and offer_id = 'offer a'",
    "SCO-17": "update ml.effects set expected_cost = 9",
}


def withhold(customers: str) -> str:
    """Customers become their campaign's control, though the key says otherwise."""
    return f"""
        update ml.assignments set arm = 'control', assignment_probability = 0.04
        where {TODAY} and arm = 'treatment' and customer_id like '{customers}';
        update ml.decisions set status = 'holdout' where {TODAY} and customer_id in (
            select customer_id from ml.assignments where {TODAY} and arm = 'control'
        );
        {REPLAN}
    """


def strangers(many: int) -> str:
    """400 customers of earlier days; of the 20 held out so many bought for weeks before, and of the others ten."""
    return f"""
        insert into ml.decisions by name
        select date '{PREVIOUS}' - 10 as day, 's' || number as customer_id, 'no_profitable_offer' as status,
            0 as offer_count, number < 20 as is_held_out, false as has_plan
        from range(400) as strangers(number);
        insert into landing.orders by name
        select concat('s', number, '-', back) as order_id, 's' || number as customer_id,
            date '{PREVIOUS}' - 11 - back::integer as order_date, date '{PREVIOUS}' as day
        from range(400) as strangers(number) cross join range(20) as days(back)
        where number < {many} or number >= 390;
        insert into landing.order_items by name
        select order_id, 1 as line_number, 'p1' as product_id, 1 as quantity, 2.5 as net_amount, day
        from landing.orders where customer_id like 's%'
    """


DECISIONS = {
    "DEC-01": f"delete from ml.decisions where {TODAY} and customer_id = 'c39'",
    "DEC-02": f"update ml.decisions set status = 'not_eligible' where {TODAY} and customer_id = 'c1'",
    "DEC-03": "update ml.offer_plans set budget_used_before = 1000",
    "DEC-04": "update ml.offer_plans set reach_planned = reach_planned + 1 where offer_id = 'offer a'",
    "DEC-05": f"""
        insert into ml.assignments select a.* replace (extra + 1 as rank) from ml.assignments as a
        cross join range(1, 4) as more(extra) where {TODAY} and customer_id = 'c1';
        {REPLAN}
    """,
    "DEC-06": f"""
        insert into ml.assignments select a.* replace (day - back::integer as day) from ml.assignments as a
        cross join range(1, 3) as earlier(back) where {TODAY} and customer_id = 'c1';
        {REPLAN}
    """,
    "DEC-07": f"update ml.decisions set is_held_out = true where {TODAY} and status = 'no_profitable_offer'",
    "DEC-08": f"update ml.decisions set is_held_out = true where day = date '{PREVIOUS}' and customer_id = 'c1'",
    "DEC-09": f"update ml.assignments set assignment_probability = 0 where {TODAY} and customer_id = 'c1'",
    "DEC-10": f"""
        update ml.assignments set arm = 'exploration'
        where {TODAY} and arm = 'treatment' and customer_id < 'c2'
    """,
    "DEC-11": "alter table ml.decisions add column email varchar",
    "DEC-12": f"update ml.assignments set reasons = 'rang from 555-123-4567' where {TODAY} and customer_id = 'c1'",
    "DEC-13": f"update ml.assignments set send_at = send_at - interval 1 day where {TODAY} and customer_id = 'c1'",
    "DEC-14": f"update ml.assignments set expected_margin = 0.001 where {TODAY} and customer_id = 'c1'; {REPLAN}",
    "DEC-15": f"update ml.assignments set rank = 2 where {TODAY} and customer_id = 'c1'",
    "DEC-16": "update landing.consents set is_granted = false where customer_id = 'c1'",
    "DEC-17": "update landing.offers set issue_limit = 3 where offer_id = 'offer a'",
    "DEC-18": f"update ml.assignments set reasons = ' ' where {TODAY} and customer_id = 'c1'",
    "DEC-19": f"""
        update ml.decisions set status = 'contact_limit'
        where day = date '{PREVIOUS}' and status = 'offered' and customer_id <> 'c1'
    """,
    "DEC-20": f"""
        delete from ml.assignments;
        update ml.decisions set status = 'contact_limit' where status = 'offered';
        {REPLAN}
    """,
    "DEC-22": f"update ml.decisions set is_held_out = true where {TODAY} and customer_id ~ 'c(2[89]|3[0-5])'",
    "DEC-23": withhold("c_"),
    "DEC-24": withhold("c1%"),
    "DEC-25": f"update ml.assignments set assignment_probability = 0.5 where {TODAY} and customer_id = 'c1'",
    "DEC-26": f"""
        insert into ml.assignments select * replace (day - 30 as day, 'control' as arm) from ml.assignments
        where {TODAY} and customer_id = 'c1'
    """,
    "DEC-27": strangers(many=5),
    "DEC-28": strangers(many=20),
    "DEC-29": f"""
        update ml.assignments set expected_margin = -0.3 where {TODAY} and arm = 'exploration';
        {REPLAN}
    """,
    "DEC-30": f"update ml.decisions set reason = '' where {TODAY} and customer_id = 'c39'",
    "DEC-31": f"""
        insert into landing.offer_terms (offer_id, minimum_issue, day) values ('offer a', 10000, date '{DAY}' - 3)
    """,
    "DEC-32": f"""
        insert into landing.partners (partner_id, budget, day) values ('p', 5, date '{DAY}' - 3);
        insert into landing.offer_terms (offer_id, partner_id, day) values ('offer a', 'p', date '{DAY}' - 3);
        update ml.assignments set expected_partner_cost = 1 where {TODAY} and offer_id = 'offer a'
    """,
    "DEC-21": f'update ml.assignments set model_versions = \'{{"redemption_offer": "{ASSUMED}"}}\' where {TODAY}',
}

BREAKS = RAW | FEATURES | SCORES | DECISIONS
# A critical limit lies beyond the warning on the same measure; arms in other shares are not the key's.
IMPLIED = {
    "RAW-02": {"RAW-03"},
    "FEA-18": {"FEA-17"},
    "SCO-11": {"SCO-10"},
    "DEC-07": {"DEC-22"},
    "DEC-10": {"DEC-23", "DEC-25"},
    "DEC-23": {"DEC-25"},
    "DEC-24": {"DEC-23", "DEC-25"},
    "DEC-28": {"DEC-27"},
}
