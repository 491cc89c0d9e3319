select
    source,
    run_id,
    code_version,
    parameters_fingerprint,
    data_fingerprint
from ml.runs
where day = $day
