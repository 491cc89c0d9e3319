select
    family,
    bin,
    prediction_count,
    predicted_rate,
    actual_rate,
    actual_low,
    actual_high,
    auc,
    window_days
from ml.prediction_outcomes
where day = $day
order by family, bin
