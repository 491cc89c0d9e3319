select * exclude (day, run_id) from ml.explanations where day = $day order by influence_rank
