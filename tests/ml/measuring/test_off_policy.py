import json

import numpy as np
import pytest

from ml.measuring.decision_log import make_log
from ml.measuring.off_policy import Limits, compare_policies, evaluate, score
from tests.ml.measuring import obp_peer

RECORDED = json.loads(obp_peer.RECORDED.read_text())
VARIANTS = {
    "ips_clipped": ("ips", Limits(clip=obp_peer.CLIP)),
    "dr_clipped": ("dr", Limits(clip=obp_peer.CLIP)),
    "switch_dr": ("switch_dr", Limits(switch=obp_peer.SWITCH)),
}
NO_LIMITS = Limits(effective_count=0, weight_share=1)


def log_of(arrays):
    return make_log(*(arrays[name] for name in ("reward", "logged", "target", "action", "predicted")))


@pytest.mark.parametrize("name", RECORDED["values"])
def test_agrees_with_what_obp_said(name):
    found = score(log_of(RECORDED["log"]), *VARIANTS.get(name, (name, Limits())))
    assert found.scores.mean() == pytest.approx(found.value)
    assert found.value == pytest.approx(RECORDED["values"][name], rel=1e-12)


@pytest.mark.skipif(not obp_peer.IS_AVAILABLE, reason="obp is not on the path; tests/ml/measuring/obp_peer.py says how")
def test_obp_still_says_so():
    assert obp_peer.estimate_all(RECORDED["log"]) == pytest.approx(RECORDED["values"], rel=1e-12)


def test_by_hand():
    """Two customers, each with two actions by a coin: the target always takes action 0."""
    log = make_log([3.0, 1.0], [0.5, 0.25], [[1.0, 0.0], [0.0, 1.0]], [0, 1], [[2.0, 0.0], [0.0, 2.0]])
    values = {name: score(log, name, Limits(switch=2.5)).value for name in ("ips", "snips", "dm", "dr", "switch_dr")}
    assert pytest.approx(values) == {
        "ips": (2 * 3 + 4 * 1) / 2,
        "snips": (2 * 3 + 4 * 1) / (2 + 4),
        "dm": 2.0,
        "dr": ((2 + 2 * (3 - 2)) + (2 + 4 * (1 - 2))) / 2,
        "switch_dr": ((2 + 2 * (3 - 2)) + 2) / 2,
    }


def test_the_logging_policy_itself_is_worth_what_it_earned():
    random = np.random.default_rng(1)
    reward, chance = random.normal(5, 1, 500), random.uniform(0.1, 0.9, 500)
    for name in ("ips", "snips"):
        assert evaluate(make_log(reward, chance, chance), name).value == pytest.approx(reward.mean())


def test_a_target_the_log_never_follows_is_refused():
    log = make_log(np.ones(1000), np.full(1000, 0.5), np.where(np.arange(1000) % 5 == 0, 1.0, 0.0))
    found = evaluate(log, "ips")
    assert np.isnan([found.value, found.low, found.high]).all()
    assert "never takes" in found.refusal


def test_few_effective_units_are_refused():
    reward, chance = np.ones(60), np.full(60, 0.5)
    assert "fewer than 100" in evaluate(make_log(reward, chance, chance), "snips").refusal


def test_one_unit_that_decides_all_is_refused():
    chance = np.full(400, 0.5)
    unit = np.minimum(np.arange(400), 330)
    found = evaluate(make_log(np.ones(400), chance, chance, unit=unit), "ips", Limits(effective_count=10))
    assert "one unit carries" in found.refusal


def test_copies_of_a_customers_rows_tell_nothing_new():
    random = np.random.default_rng(2)
    reward, chance = random.normal(1, 1, 500), random.choice([0.4, 0.6], 500)
    target = np.where(random.random(500) < chance, 1.0, 0.0)
    once = evaluate(make_log(reward, chance, target), "snips", NO_LIMITS)
    copied = make_log(np.tile(reward, 3), np.tile(chance, 3), np.tile(target, 3), unit=np.tile(np.arange(500), 3))
    thrice = evaluate(copied, "snips", NO_LIMITS)
    assert (thrice.low, thrice.high) == pytest.approx((once.low, once.high))


def test_cut_weights_are_told():
    log = make_log(np.ones(500), np.tile([0.1, 1.0, 1.0, 1.0, 1.0], 100), np.tile([0.5, 0.0, 0.0, 0.0, 0.0], 100))
    assert "cut" in evaluate(log, "ips", Limits(clip=3)).caveat


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"logged": [0.0, 0.5]}, "had a chance"),
        ({"target": [1.5, 0.5]}, "within"),
        ({"reward": [np.nan, 1.0]}, "not a number"),
        ({"reward": [1.0]}, "one length"),
        ({"target": [[0.5, 0.4], [0.5, 0.5]], "action": [0, 1]}, "sum to 1"),
        ({"predicted": [1.0, 2.0]}, "every action"),
    ],
)
def test_a_log_that_cannot_be_is_refused(change, why):
    given = {"reward": [1.0, 2.0], "logged": [0.5, 0.5], "target": [0.5, 0.5]} | change
    with pytest.raises(ValueError, match=why):
        make_log(**given)


def test_a_model_is_needed_for_what_rests_on_it():
    with pytest.raises(ValueError, match="reward model"):
        evaluate(make_log([1.0], [0.5], [0.5]), "dr")


def test_policies_that_mostly_agree_are_told_apart_by_pairs():
    random = np.random.default_rng(6)
    reward, chance = random.normal(10, 5, 2000), np.full(2000, 0.5)
    one = np.where(random.random(2000) < 0.5, 1.0, 0.0)
    other = np.where(np.arange(2000) < 20, 1 - one, one)
    logs = [make_log(reward + 3 * (np.arange(2000) < 20) * one, chance, target) for target in (one, other)]
    apart = [evaluate(log, "snips") for log in logs]
    paired = compare_policies(*logs, "snips")
    assert paired.value == pytest.approx(apart[0].value - apart[1].value)
    assert paired.high - paired.low < 0.5 * (apart[0].high - apart[0].low)


def test_a_refused_policy_is_not_compared():
    good = make_log(np.ones(1000), np.full(1000, 0.5), np.full(1000, 0.5))
    bad = make_log(np.ones(1000), np.full(1000, 0.5), np.full(1000, 0.05))
    assert not compare_policies(good, bad, "ips").is_reported
