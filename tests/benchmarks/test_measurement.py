"""Small, seeded versions of the measurement benchmark: quick, and able to fail."""

import numpy as np

from benchmarks import measurement
from benchmarks.measurement_worlds import Setting, draw_decisions, draw_experiment, true_value
from ml.measuring.off_policy import evaluate


def test_worlds_have_the_truth_they_state():
    for kind in ("orders", "purchase", "rare spend"):
        world = draw_experiment(Setting(kind, 400_000, 0.5, control_rate=0.5), [1])
        found = world.outcome[world.treated].mean() - world.outcome[~world.treated].mean()
        assert abs(found - world.truth) < 0.06 * world.truth


def test_little_is_found_where_nothing_is_but_much_by_students_interval():
    worlds = [draw_experiment(Setting("rare spend", 1000), [1, seed]) for seed in range(120)]
    rates = [
        np.mean([way(one).is_significant for one in worlds]) for way in (measurement.adjusted, measurement.students)
    ]
    assert rates[0] < 0.1
    assert rates[1] > 0.12


def test_an_effect_is_found_where_there_is_one():
    settings = [Setting("orders", 4000, 0.8, control_rate=0.3)] * 20
    worlds = [draw_experiment(setting, [2, seed]) for seed, setting in enumerate(settings)]
    assert np.mean([measurement.adjusted(world).is_significant for world in worlds]) > 0.9


def test_weights_are_needed_where_chances_differ():
    setting = Setting("normal", 2000, 0.2, active_control_rate=0.4)
    worlds = [draw_experiment(setting, [3, seed]) for seed in range(40)]
    covered = [
        np.mean([measurement.is_covered(way(world), world.truth) for world in worlds])
        for way in (measurement.weighted, measurement.plain)
    ]
    assert covered[0] > 0.88
    assert covered[1] < 0.5


def test_looking_daily_misleads_only_the_ordinary_interval(monkeypatch):
    monkeypatch.setattr(measurement, "DAYS", 20)
    wrong = np.array([measurement.look_daily("orders", 0.2, seed) for seed in range(12)])
    assert wrong[:, 0].mean() <= 0.05
    assert wrong[:, 1].mean() > 0.1


def test_logs_of_a_greedy_policy_that_explores_cover_the_value_of_another():
    truth = true_value("softer", rows=100_000)
    draws = [draw_decisions("greedy with a fifth at random", "softer", 3000, [4, seed]) for seed in range(20)]
    logs = [measurement.as_log(draw) for draw in draws]
    for estimator in ("snips", "dr", "switch_dr"):
        found = [evaluate(log, estimator) for log in logs]
        assert all(one.is_reported for one in found)
        assert np.mean([one.low <= truth <= one.high for one in found]) > 0.85
