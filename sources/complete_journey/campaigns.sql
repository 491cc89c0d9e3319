-- Assumption offer_lead_days: the shop knows a campaign that long before it starts.
select
    campaign_id,
    'Campaign ' || campaign_id || ' (' || campaign_type || ')' as name,
    campaign_type,
    null::varchar as objective,
    start_date::date as start_date,
    end_date::date as end_date,
    null::decimal(18, 4) as budget,
    greatest(start_date::date - $offer_lead_days, $data_first_day) as day
from read_parquet($folder || '/campaign_descriptions.parquet')
where greatest(start_date::date - $offer_lead_days, $data_first_day) between $first_day and $last_day
