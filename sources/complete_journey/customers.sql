-- A household is delivered on the day it is first seen: in a basket or on the mailing list of a campaign.
with first_baskets as (
    select
        household_id,
        ((min(transaction_timestamp) at time zone 'UTC') at time zone $time_zone)::date as seen_on
    from read_parquet($folder || '/transactions.parquet')
    group by household_id
),

first_mailings as (
    select mailed.household_id, min(greatest(campaign.start_date::date, $data_first_day)) as seen_on
    from read_parquet($folder || '/campaigns.parquet') as mailed
    inner join read_parquet($folder || '/campaign_descriptions.parquet') as campaign using (campaign_id)
    group by mailed.household_id
),

households as (
    select household_id, min(seen_on) as day
    from (from first_baskets union all by name from first_mailings)
    group by household_id
)

select
    household.household_id as customer_id,
    null::timestamp as registered_at,
    demographics.age as age_band,
    demographics.income as income_band,
    demographics.household_size,
    demographics.household_comp as household_composition,
    demographics.marital_status,
    demographics.home_ownership,
    demographics.kids_count as children_count,
    null::varchar as region,
    null::varchar as acquisition_channel,
    null::varchar as name,
    null::varchar as email,
    null::varchar as phone,
    null::varchar as address,
    household.day
from households as household
left join read_parquet($folder || '/demographics.parquet') as demographics using (household_id)
where household.day between $first_day and $last_day
