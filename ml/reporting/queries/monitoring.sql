select * exclude (day, run_id)
from ml.campaign_monitoring
where day = $day
order by is_alert desc, campaign_id, indicator
