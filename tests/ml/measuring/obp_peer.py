"""What obp says of the same log; `PYTHONPATH=obp-0.5.7 python -m tests.ml.measuring.obp_peer` records it.

obp declares dependencies that do not install together with ours (an old scikit-learn, and torch, which its estimators
do not use), so it is no part of the lock. Its source comes by
`pip download --no-deps --ignore-requires-python --no-binary obp obp==0.5.7` and `tar xzf obp-0.5.7.tar.gz`; with the
folder on PYTHONPATH test_off_policy.py compares with obp itself.
"""

import json
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import numpy as np

RECORDED = Path(__file__).with_name("obp_recorded.json")
IS_AVAILABLE = find_spec("obp") is not None
UNUSED = ["torch", "torch.nn", "torch.nn.functional", "torch.optim", "torch.utils", "torch.utils.data", "seaborn"]
CLIP, SWITCH = 1.5, 1.2


class StandIn(ModuleType):
    """A module whose every name is an empty class: obp imports it and what is measured here never calls it."""

    def __init__(self, name):
        super().__init__(name)
        self.__path__ = []

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        made = type(name, (), {"Adam": object, "Optimizer": object})
        setattr(self, name, made)
        return made


def import_obp():
    for name in UNUSED:
        sys.modules.setdefault(name, StandIn(name))
        above, _, own = name.rpartition(".")
        if above:
            setattr(sys.modules[above], own, sys.modules[name])
    from obp import ope

    return ope


def make_arrays(rows=120, actions=4):
    """Rounded, so that the file holds exactly what was estimated from."""
    random = np.random.default_rng(8)
    logged, target = (random.dirichlet(np.ones(actions) * 2, rows).round(3) + 0.01 for _ in range(2))
    logged, target = (table / table.sum(axis=1, keepdims=True) for table in (logged, target))
    action = (logged.cumsum(axis=1) > random.random((rows, 1))).argmax(axis=1)
    reward = (random.random(rows) < 0.3) * random.lognormal(1, 1, rows)
    predicted = random.random((rows, actions))
    chance = logged[np.arange(rows), action]
    return {"reward": reward, "logged": chance, "target": target, "action": action, "predicted": predicted}


def estimate_all(log):
    ope = import_obp()
    given = {name: np.asarray(log[name]) for name in log}
    weights = {"reward": given["reward"], "action": given["action"], "pscore": given["logged"]}
    policy = {"action_dist": given["target"][:, :, None]}
    model = {"estimated_rewards_by_reg_model": given["predicted"][:, :, None]}
    return {
        "ips": ope.InverseProbabilityWeighting().estimate_policy_value(**weights, **policy),
        "ips_clipped": ope.InverseProbabilityWeighting(lambda_=CLIP).estimate_policy_value(**weights, **policy),
        "snips": ope.SelfNormalizedInverseProbabilityWeighting().estimate_policy_value(**weights, **policy),
        "dm": ope.DirectMethod().estimate_policy_value(**policy, **model),
        "dr": ope.DoublyRobust().estimate_policy_value(**weights, **policy, **model),
        "dr_clipped": ope.DoublyRobust(lambda_=CLIP).estimate_policy_value(**weights, **policy, **model),
        "switch_dr": ope.SwitchDoublyRobust(lambda_=SWITCH).estimate_policy_value(**weights, **policy, **model),
    }


if __name__ == "__main__":
    arrays = {name: values.tolist() for name, values in make_arrays().items()}
    values = {name: float(value) for name, value in estimate_all(arrays).items()}
    command = "PYTHONPATH=obp-0.5.7 python -m tests.ml.measuring.obp_peer"
    RECORDED.write_text(json.dumps({"obp": "0.5.7", "command": command, "values": values, "log": arrays}) + "\n")
