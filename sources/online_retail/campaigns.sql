-- What the campaign managers set: campaigns.csv. Assumption offer_lead_days: the shop knows a campaign that long before.
select
    campaign_id,
    name,
    campaign_type,
    objective,
    start_date,
    end_date,
    budget::decimal(18, 4) as budget,
    greatest(start_date - $offer_lead_days, $data_first_day) as day
from read_csv($mapping || '/campaigns.csv')
where greatest(start_date - $offer_lead_days, $data_first_day) between $first_day and $last_day
