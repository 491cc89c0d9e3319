select
    table_name,
    column_name,
    statistic,
    current as now,
    previous
from ml.drift
where day = $day
order by table_name, column_name, statistic
