select * exclude (day, run_id)
from ml.measured_effects
where day = $day and level in ('all', 'offer_type')
order by origin, level, offer_type, arm, quantity
