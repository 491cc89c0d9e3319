select
    family,
    version,
    data_cut,
    role,
    candidate,
    metric,
    metric_value,
    floor_value,
    validation_from,
    validation_until,
    train_rows,
    card
from ml.models
where data_cut <= $day
order by family, data_cut, version
