select
    stage,
    seconds,
    rows,
    peak_memory_mib
from ml.run_stages
where day = $day
order by stage
