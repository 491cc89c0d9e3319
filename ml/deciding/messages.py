"""What customers were sent before and how they answered, as deciding reads it."""

from datetime import date

import pandas as pd

from warehouse import tables
from warehouse.arms import is_shown

# What was decided and sent earlier and may still be used: a promise until its last day.
OPEN_ASSIGNMENTS = f"""
    select * from ml.assignments as assignments
    where
        assignments.day < $day and assignments.valid_until >= $day and {is_shown()}
        and not exists (
            from staging.stg_shop__redemptions as redemptions
            where
                redemptions.customer_id = assignments.customer_id
                and redemptions.offer_id = assignments.offer_id
                and redemptions.redemption_date >= assignments.day
        )
"""
# A message on a channel: as the shop reports it, or as it was decided here; withheld ones count as for all channels.
CHANNEL_CONTACTS = f"""
    select customer_id, channel, exposure_date as contact_date, '' as offer_id from staging.stg_shop__exposures
    where {is_shown()} and exposure_date > $day - $window_days
    union
    select customer_id, channel, day as contact_date, '' as offer_id from ml.assignments
    where day < $day and day > $day - $window_days
    order by all
"""
# Offers shown at the same moment through the same channel are one message. Its answer is an order within a day, or the
# use of one of its offers on its day or the next; only messages are counted for which that is over and delivered.
ANSWERED = f"""
    with shown as (
        select * from staging.stg_shop__exposures
        where
            {is_shown()} and channel is not null
            and exposure_date > $day - $history_days and exposure_date < $day - 1
    ),

    used as (
        select distinct shown.customer_id, shown.channel, shown.exposed_at
        from shown
        inner join staging.stg_shop__redemptions as redemptions
            on
                shown.customer_id = redemptions.customer_id and shown.offer_id = redemptions.offer_id
                and redemptions.redemption_date between shown.exposure_date and shown.exposure_date + 1
    ),

    messages as (
        select distinct customer_id, channel, exposed_at from shown
    ),

    ordered as (
        select messages.customer_id, messages.channel, messages.exposed_at
        from messages
        semi join staging.stg_shop__orders as orders
            on
                messages.customer_id = orders.customer_id
                and orders.ordered_at > messages.exposed_at
                and orders.ordered_at <= messages.exposed_at + interval 1 day
    ),

    answers as (
        from used
        union
        from ordered
    )
"""
HOUR = "extract(hour from (messages.exposed_at at time zone 'UTC') at time zone $time_zone)::bigint"
RESPONSES = f"""
    {ANSWERED}
    select
        messages.customer_id,
        messages.channel,
        {HOUR} as hour,
        count(*) as messages,
        count(answers.customer_id) as answers
    from messages
    left join answers using (customer_id, channel, exposed_at)
    group by all
    order by all
"""
MESSAGES = f"""
    {ANSWERED}
    select
        messages.customer_id,
        messages.channel,
        {HOUR} as hour,
        messages.exposed_at::date::timestamp as ds,
        answers.customer_id is not null as answered
    from messages
    left join answers using (customer_id, channel, exposed_at)
    order by all
"""


def read_channel_contacts(day: date, window_days: int) -> pd.DataFrame:
    """Days on which each customer was contacted through each channel within the window that ends with the day."""
    return tables.read(CHANNEL_CONTACTS, {"day": day, "window_days": window_days}).to_pandas(date_as_object=False)


def read_responses(day: date, history_days: int, time_zone: str) -> pd.DataFrame:
    """Messages and answers of each customer by channel and hour of the shop's day."""
    terms = {"day": day, "history_days": history_days, "time_zone": time_zone}
    return tables.read(RESPONSES, terms).to_pandas()


def read_messages(day: date, history_days: int, time_zone: str) -> pd.DataFrame:
    """Every message of the window: customer_id, channel, hour of the shop's day, ds (day), answered."""
    terms = {"day": day, "history_days": history_days, "time_zone": time_zone}
    return tables.read(MESSAGES, terms).to_pandas()
