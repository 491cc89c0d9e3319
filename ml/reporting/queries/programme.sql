select * exclude (day, run_id)
from ml.programme_results
where day = $day
order by period, first_day, quantity
