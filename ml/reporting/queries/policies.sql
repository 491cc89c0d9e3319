select * exclude (day, run_id)
from ml.policy_values
where day = $day
order by origin, policy, estimator
