select rate, basis, measured_low, measured_high from ml.pull_forward where day = $day
