-- Where each campaign is: planned today (offers are given), running, followed up or evaluated.
select stage, count(*) as campaigns, string_agg(campaign_id, ', ' order by campaign_id desc) as names
from (
    select campaign_id, 'execute' as stage from ml.offer_plans where day = $day and reach_planned > 0
    union
    select campaign_id, case stage when 'running' then 'monitor' else 'evaluate: ' || coalesce(stage, 'evaluated') end
    from ml.campaign_results
    where day = $day
)
group by stage
order by stage
