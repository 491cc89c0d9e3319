"""A made-up day of a shop in the shapes of the warehouse, for everything that reads a finished run."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from warehouse import tables
from warehouse.connection import writing

DAY = date(2017, 11, 27)
RUN = "complete_journey-2017-11-27"
HOSTILE_TITLE = "Save $1.00 on <script>alert('cheese')</script> & more"
CAMPAIGNS = {"15": (1000.0, 212.5), "18": (1000.0, 640.0), "19": (1000.0, 55.25), "20": (1000.0, 0.0)}
TITLES = [
    "Save $1.00 on frozen pizza",
    "Save $0.75 on yoghurt, any brand and size, in all stores that take part",
    "Save $2.50 on coffee",
    HOSTILE_TITLE,
    "Save $1.50 on cereal",
    "Save $0.60 on soup",
]
REASONS = "bought frozen pizza 6 times in the last 90 days; uses coupons in 12 % of baskets; last bought 9 days ago"
STATUSES = {"offered": 300, "holdout": 26, "no_profitable_offer": 118, "contact_limit": 41, "budget_exhausted": 15}


def build(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A warehouse under `data` that holds this day, marts included."""
    monkeypatch.setenv("PROMOLIFT_DATA", str(data))
    for name, frame in ml_tables().items():
        write(name, frame)
    with writing() as connection:
        for name, frame in {"offers": offer_catalogue(), "user_promotions": user_promotions()}.items():
            connection.register("rows", frame)
            connection.execute(f"create table marts.{name} as from rows")
        connection.execute("create table staging.stg_shop__orders as select 1 as order_id")
        connection.execute("create table staging.stg_shop__stock as select 1 as product_id where false")
        connection.execute("create table staging.stg_shop__competitor_prices as select 1 as product_id where false")


def build_quiet(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A warehouse under `data` on whose day nothing ran but deciding, and nobody got anything."""
    monkeypatch.setenv("PROMOLIFT_DATA", str(data))
    quiet = decisions().assign(day=DAY, run_id=RUN, status="not_eligible", offer_count=0)
    write("ml.decisions", quiet)
    write("ml.models", pd.DataFrame([unjudged_model()]))
    with writing() as connection:
        for name, frame in {"offers": offer_catalogue(), "user_promotions": user_promotions()}.items():
            connection.register("rows", frame)
            connection.execute(f"create table marts.{name} as from rows where false")


def learn_effects() -> None:
    """Effects decide: each offer is expected to bring 1 more, between 0.50 and 2, of which 0.20 are left as extra."""
    with writing() as connection:
        for table in ("ml.assignments", "marts.user_promotions"):
            connection.execute(f"update {table} set expected_incremental_margin = 0.2")
        connection.execute("""
            insert into ml.effects (day, customer_id, offer_id, effect_margin, effect_margin_low, effect_margin_high)
            select distinct day, customer_id, offer_id, 1, 0.5, 2 from ml.assignments
        """)
        card = {
            "metrics": {"policy_value": {"value": 0.02, "low": -0.01, "high": 0.05}},
            "standing": {"treated_rate": 0.2},
        }
        connection.execute(
            "insert into ml.models (family, version, data_cut, role, candidate, metric, metric_value, card) values "
            "('offer_effect', 'v1', $day, 'champion', 't_learner', 'policy_value', 0.02, $card)",
            {"day": DAY, "card": json.dumps(card)},
        )


def write(name: str, frame: pd.DataFrame) -> None:
    declared = tables.TABLES[name]
    whole = frame.assign(**{column: None for column in declared.columns if column not in frame.columns})
    for partition, rows in whole.groupby(declared.partition):
        tables.replace_day(name, partition, rows[list(declared.columns)])


def ml_tables() -> dict[str, pd.DataFrame]:
    made = {
        "ml.decisions": decisions(),
        "ml.assignments": assignments(),
        "ml.offer_plans": offer_plans(),
        "ml.frontier": frontier(),
        "ml.models": models(),
        "ml.feature_selection": selection(),
        "ml.explanations": explanations(),
        "ml.prediction_outcomes": outcomes(),
        "ml.recommendations": recommendations(),
        "ml.campaign_results": results(),
        "ml.measured_effects": effects(),
        "ml.programme_results": programme(),
        "ml.policy_values": policies(),
        "ml.campaign_monitoring": monitoring(),
        "gates.gate_results": gates(),
        "ml.drift": drift(),
        "ml.run_stages": stages(),
        "ml.runs": runs(),
    }
    dated = {name: frame if "data_cut" in frame else frame.assign(day=DAY) for name, frame in made.items()}
    return {name: frame if "data_cut" in frame else frame.assign(run_id=RUN) for name, frame in dated.items()}


def frontier() -> pd.DataFrame:
    points = [("exact", "profit", 100.0, 40.0), ("exact", "generous", 80.0, 60.0), ("evolved", "", 90.0, 45.0)]
    rows = pd.DataFrame(points, columns=["method", "name", "profit", "benefit"])
    return rows.assign(
        point=[1, 2, 1],
        stock=rows["benefit"] / 10,
        cost=rows["benefit"],
        offer_count=120,
        is_best=True,
        is_decided_by=rows["name"] == "profit",
        hypervolume=[0.75, 0.75, 0.4],
        customer_count=100,
        sample_rate=0.2,
    )


def decisions() -> pd.DataFrame:
    status = [status for status, customers in STATUSES.items() for _ in range(customers)]
    frame = pd.DataFrame({"customer_id": [f"{number:04d}" for number in range(len(status))], "status": status})
    return frame.assign(offer_count=np.where(frame["status"] == "offered", 2, 0))


def assignments() -> pd.DataFrame:
    """Two offers for each customer offered something; one for a held-out customer is in the log too."""
    random = np.random.default_rng(1)
    given = {"offered": 2, "holdout": 1}
    return pd.DataFrame(
        [
            assignment(row.customer_id, rank, "holdout" if row.status == "holdout" else "", random)
            for row in decisions().itertuples()
            for rank in range(1, given.get(row.status, 0) + 1)
        ]
    )


def assignment(customer: str, rank: int, arm: str, random: np.random.Generator) -> dict[str, Any]:
    offer = int(random.integers(len(TITLES)))
    propensity = round(float(random.beta(1.2, 14)) + 0.002, 4)
    return {
        "customer_id": customer,
        "rank": rank,
        "offer_id": f"o{offer}",
        "campaign_id": list(CAMPAIGNS)[offer % len(CAMPAIGNS)],
        "channel": "app",
        "send_at": datetime(2017, 11, 27, 17),
        "valid_from": date(2017, 11, 15),
        "valid_until": date(2017, 12, 24),
        "propensity": propensity,
        "expected_margin": round(propensity * (2 + 3 * random.random()), 4),
        "expected_cost": round(propensity * 1.1, 4),
        "affinity": 0.4,
        "reasons": REASONS,
        "arm": arm or ("exploration" if random.random() < 0.05 else "treatment"),
        "assignment_probability": 0.95,
        "model_versions": json.dumps({"redemption_offer": "2017-11-27-0a1b2c3d"}),
    }


def offer_plans() -> pd.DataFrame:
    """The catalogue; of campaign 15's budget 40.00 are kept for offers of earlier days."""
    given = assignments()
    planned = given[given["arm"] != "holdout"].groupby("campaign_id")["expected_cost"].sum()
    rows = []
    for offer in range(len(TITLES)):
        campaign = list(CAMPAIGNS)[offer % len(CAMPAIGNS)]
        budget, used = CAMPAIGNS[campaign]
        rows.append(
            {
                "offer_id": f"o{offer}",
                "campaign_id": campaign,
                "eligible_count": 460,
                "candidate_count": 300,
                "reach_planned": 90,
                "budget": budget,
                "budget_used_before": used,
                "budget_remaining": budget - used - planned[campaign] - (40 if campaign == "15" else 0),
            }
        )
    return pd.DataFrame(rows)


def offer_catalogue() -> pd.DataFrame:
    plans = offer_plans()
    return plans.assign(day=DAY, title=TITLES, offer_type="coupon", discount_type="amount", discount_value=1.0)


def user_promotions() -> pd.DataFrame:
    frame = assignments().query("arm != 'holdout'")
    titles = [TITLES[int(offer[1:])] for offer in frame["offer_id"]]
    return frame.assign(day=DAY, title=titles, expected_incremental_margin=float("nan"))


def models() -> pd.DataFrame:
    contests = {
        "redemption_campaign": (
            "auc",
            {"blend": 0.823, "logistic_regression": 0.818, "lightgbm": 0.803, "base_rate": 0.61},
        ),
        "redemption_offer": ("auc", {"lightgbm": 0.871, "blend": 0.869, "base_rate": 0.7}),
        "purchase": ("auc", {"blend": 0.82, "lightgbm": 0.816, "rate_by_rule": 0.771}),
        "category_purchase": ("auc", {"lightgbm": 0.873, "logistic_regression": 0.861, "rate_by_rule": 0.84}),
    }
    judged = pd.DataFrame(
        [
            model(family, metric, candidate, value, list(scores.values()))
            for family, (metric, scores) in contests.items()
            for candidate, value in scores.items()
        ]
    )
    return pd.concat([judged, recommenders()], ignore_index=True)


def unjudged_model() -> dict[str, Any]:
    """A floor that serves because there are too few days to judge anything."""
    return {
        "family": "purchase",
        "version": f"{DAY}-00000001",
        "data_cut": DAY,
        "role": "champion",
        "candidate": "rate_by_rule",
        "parameters": "{}",
        "metric": "auc",
        "metric_value": float("nan"),
        "train_rows": 41,
        "card": json.dumps({"metrics": {}, "decision": "Too few closed days to judge anything."}),
    }


def recommenders() -> pd.DataFrame:
    """A champion that serves each part of the lists with another method, and the floor."""
    parts = {"repeat": "decayed_neighbours", "lapsed": "own_frequency", "novel": "ease"}
    recalls = {"repeat": (0.41, 0.19), "lapsed": (0.12, 0.06), "novel": (0.055, 0.031)}
    metrics = {
        f"recall_{part}": {
            "value": value, "low": value - 0.006, "high": value + 0.006, "floor": floor, "candidate": parts[part]
        }
        for part, (value, floor) in recalls.items()
    }  # fmt: skip
    mean = {"recall": {"value": 0.195, "low": 0.191, "high": 0.199}}
    whole = {"parts": parts, "metrics": metrics | mean, "caveat": "Chosen on the 28 days before the data cut."}
    shared = {
        "family": "recommendation", "data_cut": DAY, "parameters": "{}", "metric": "recall", "floor_value": 0.094,
        "validation_from": date(2017, 10, 30), "validation_until": date(2017, 10, 30), "train_rows": 1_100_000,
    }  # fmt: skip
    winners = " and ".join(parts.values())
    rows = [("champion", winners, 0.195, whole), ("challenger", "ease", 0.102, {}), ("floor", "popularity", 0.094, {})]
    return pd.DataFrame(
        [
            shared | {"version": f"{DAY}-{place:08x}", "role": role, "candidate": candidate, "metric_value": value}
            | {"card": json.dumps(written)}
            for place, (role, candidate, value, written) in enumerate(rows)
        ]
    )  # fmt: skip


def model(family: str, metric: str, candidate: str, value: float, scores: list[float]) -> dict[str, Any]:
    role = {max(scores): "champion", min(scores): "floor"}.get(value, "challenger")
    return {
        "family": family,
        "version": f"{DAY}-{abs(hash_of(candidate)):08x}",
        "data_cut": DAY,
        "role": role,
        "candidate": candidate,
        "parameters": "{}",
        "metric": metric,
        "metric_value": value,
        "floor_value": min(scores),
        "validation_from": date(2017, 8, 8),
        "validation_until": date(2017, 10, 30),
        "train_rows": 41234,
        "card": json.dumps(card(metric, value)),
    }


def hash_of(word: str) -> int:
    return sum(31**place * ord(letter) for place, letter in enumerate(word)) % 2**31


def card(metric: str, value: float) -> dict[str, Any]:
    predicted = np.array([0.01, 0.02, 0.035, 0.05, 0.08, 0.11, 0.16, 0.24, 0.35, 0.52])
    actual = predicted * np.linspace(0.9, 1.08, 10)
    contacted = np.linspace(0, 1, 11)
    return {
        "metrics": {
            metric: {"value": value, "low": value - 0.02, "high": value + 0.018},
            "average_precision": {"value": 0.523},
            "calibration_error": {"value": 0.006},
        },
        "decision": "The blend is best.",
        "calibration": [
            {"predicted": p, "actual": a, "low": a * 0.8, "high": a * 1.2, "rows": 300}
            for p, a in zip(predicted, actual, strict=True)
        ],
        "gain": [{"contacted": c, "found": float(c ** (1 - value))} for c in contacted],
        "caveat": "Learned from offers the shop chose to send; not a randomised test.",
    }


def explanations() -> pd.DataFrame:
    """Fourteen groups of features: the first speaks for an offer, the second against it, the last hardly at all."""
    amounts = 1 / np.arange(1, 15)
    names = [f"Habit number {number} in the last 90 days" for number in range(1, 15)]
    return pd.DataFrame(
        {"family": "redemption_offer", "model_version": f"{DAY}-0a1b2c3d", "influence_rank": range(1, 15),
         "feature_group": names, "kindred_features": "", "mean_contribution": amounts,
         "mean_contribution_low": amounts * 0.9, "mean_contribution_high": amounts * 1.1,
         "direction": ["for", "against", *["mixed"] * 12], "unit": "percentage points of the chance of use",
         "pair_count": 5000, "is_observational": True}
    )  # fmt: skip


def selection() -> pd.DataFrame:
    """Four features of one family: three survive, one is noise."""
    features = pd.DataFrame(
        {"feature": ["days_since_last_order", "orders_last_28_days", "tenure_days", "region = north"]}
    )
    scores = {"score_all": 0.82, "score_third": 0.81, "score_random_third": 0.7, "loss_low": 0.004, "loss_high": 0.016}
    return features.assign(
        family="purchase",
        place=[1, 2, 3, 4],
        lasso_weight=[0.8, 0.5, 0.1, 0.0],
        forest_share=[0.5, 0.3, 0.15, 0.05],
        permutation_loss=[0.09, 0.04, 0.01, -0.001],
        stability=[1.0, 1.0, 1.0, 0.0],
        survives=[True, True, True, False],
        folds=3,
        candidate="lightgbm",
        **scores,
    )


def outcomes() -> pd.DataFrame:
    rows = []
    for family, auc, window in [("redemption_offer", 0.85, 28), ("purchase", 0.81, 7), ("category_purchase", 0.87, 28)]:
        for place in range(1, 11):
            predicted = 0.004 * 1.6**place
            actual = predicted * (0.85 + 0.03 * place)
            rows.append(
                {
                    "family": family,
                    "bin": place,
                    "prediction_count": 247,
                    "predicted_rate": predicted,
                    "actual_rate": actual,
                    "actual_low": actual * 0.7,
                    "actual_high": actual * 1.35,
                    "auc": auc,
                    "window_days": window,
                }
            )
    return pd.DataFrame(rows)


def recommendations() -> pd.DataFrame:
    parts = {
        1: ("decayed_neighbours", "repeat"),
        2: ("decayed_neighbours", "lapsed"),
        3: ("ease", "novel"),
        4: ("ease", "novel"),
    }
    rows = []
    for customer in range(200):
        for rank, (method, part) in parts.items():
            product = f"p{(customer * rank) % 37}"
            rows.append(
                {"customer_id": f"{customer:04d}", "rank": rank, "product_id": product, "method": method, "part": part}
            )
    return pd.DataFrame(rows).assign(score=0.5, model_version=f"{DAY}-0a1b2c3d")


def results() -> pd.DataFrame:
    rows = []
    for campaign, exposed, redeeming in [
        ("8", 1076, 261),
        ("13", 1077, 258),
        ("14", 224, 12),
        ("18", 1133, 164),
        ("19", 130, 5),
    ]:
        rate, spread = redeeming / exposed, 0.02 + 2 / exposed
        rows.append(
            {
                "campaign_id": campaign,
                "exposed_customers": exposed,
                "redeeming_customers": redeeming,
                "redemption_count": redeeming * 2,
                "redemption_rate": rate,
                "redemption_rate_low": max(0.0, rate - spread),
                "redemption_rate_high": rate + spread,
                "stage": "running" if campaign == "18" else "evaluated",
                **measured(campaign),
                "discount_cost": redeeming * 2.1,
                "method": "observational",
                "caveat": "Who got a coupon was not drawn by lot, so no effect can be read from this.",
            }
        )
    return pd.DataFrame(rows)


def measured(campaign: str) -> dict[str, Any]:
    """Campaign 18 was drawn by lot and earned; in 19 the days after are not over."""
    if campaign not in ("18", "19"):
        return {}
    ends = {"": 300.0, "_low": 120.0, "_high": 480.0}
    names = ["incremental_margin", "incremental_margin_in_scope", "incremental_margin_of_substitutes"]
    names += ["incremental_margin_elsewhere", "cost", "earned", "lift", "return_on_spend"]
    names += ["brought_forward", "earned_after_all"] if campaign == "18" else []
    return {f"{name}{end}": value for name in names for end, value in ends.items()} | {
        "is_observational": False,
        "shown_customers": 900,
        "withheld_customers": 90,
    }


def effects() -> pd.DataFrame:
    kinds = [
        {"origin": "shop", "level": "offer_type", "campaign_id": "", "offer_type": kind, "offer_id": "", "arm": "all",
         "quantity": "earned", "unit": "currency per customer", "value": value, "low": value - 0.3,
         "high": value + 0.3, "sequential_low": value - 0.6, "sequential_high": None, "total": 900 * value,
         "total_low": 900 * (value - 0.3), "total_high": 900 * (value + 0.3), "shown_customers": 900,
         "withheld_customers": 880, "is_final": True, "is_observational": False, "method": "by hand", "caveat": ""}
        for kind, value in (("coupon", 0.5), ("flash_sale", -0.7))
    ]  # fmt: skip
    return pd.DataFrame(kinds)


def programme() -> pd.DataFrame:
    rows = [
        {"period": period, "first_day": first, "last_day": DAY, "quantity": "earned", "unit": "currency per customer",
         "value": total / 2000, "low": (total - 700) / 2000, "high": (total + 700) / 2000,
         "sequential_low": (total - 1500) / 2000, "sequential_high": (total + 1500) / 2000, "total": total,
         "total_low": total - 700, "total_high": total + 700, "customers": 2000, "held_out_customers": 105,
         "method": "by hand"}
        for period, first, total in (
            ("since start", date(2017, 11, 13), 1900.0), ("week", date(2017, 11, 13), 700.0),
            ("week", date(2017, 11, 20), -300.0),
        )
    ]  # fmt: skip
    return pd.DataFrame(rows)


def policies() -> pd.DataFrame:
    known = {"origin": "shop", "estimator": "dr", "effective_count": 640.0, "decision_count": 5100, "customers": 900}
    return pd.DataFrame(
        [
            known | {"policy": "uniform", "value": 2.1, "low": 1.9, "high": 2.3, "gain": 0.1, "gain_low": -0.1,
                     "gain_high": 0.3, "refusal": "", "caveat": ""},
            known | {"policy": "propensity", "refusal": "31 effective units are fewer than 100", "caveat": ""},
        ]
    )  # fmt: skip


def monitoring() -> pd.DataFrame:
    known = {"campaign_id": "18", "unit": "currency", "planned": 500.0, "low": 420.0, "high": 580.0}
    return pd.DataFrame(
        [
            known | {"indicator": "spend", "actual": 700.0, "is_alert": True, "message": "Uses cost more."},
            known | {"indicator": "redemptions", "unit": "redemptions", "actual": 510.0, "is_alert": False,
                     "message": ""},
        ]
    )  # fmt: skip


def gates() -> pd.DataFrame:
    rows = []
    for gate, letter in [("raw", "R"), ("features", "F"), ("scores", "S"), ("decisions", "D")]:
        for number in range(1, 13):
            fails = (gate, number) == ("features", 7)
            rows.append(
                {
                    "gate": gate,
                    "code": f"{letter}{number:02d}",
                    "table_name": "order_items",
                    "rule": "Share of missing values stays below the limit",
                    "severity": "warning" if number > 6 else "critical",
                    "observed": 0.012,
                    "observed_text": "12.1 %" if fails else "1.2 %",
                    "limit_text": "at most 5 %",
                    "is_passed": not fails,
                    "reason": "A delivery with more holes than this was broken every time so far.",
                }
            )
    return pd.DataFrame(rows)


def drift() -> pd.DataFrame:
    random = np.random.default_rng(3)
    columns = [
        "orders_last_28_days",
        "net_amount_last_90_days",
        "days_since_last_order",
        "coupon_share_rate",
        "mean_basket_amount",
    ]
    rows = []
    for place, column in enumerate(columns):
        for statistic, scale in [("population_stability_index", 0.06), ("mean", 3.0), ("null_rate", 0.1)]:
            now = round(float(random.random()) * scale * (3 if place == 1 else 1), 4)
            previous = None if statistic == "population_stability_index" else round(now * 0.97, 4)
            rows.append(
                {
                    "table_name": "features.customers",
                    "column_name": column,
                    "statistic": statistic,
                    "current": now,
                    "previous": previous,
                }
            )
    return pd.DataFrame(rows)


def stages() -> pd.DataFrame:
    seconds = {
        "ingest": 41.2, "validate_raw": 6.1, "stage": 22.4, "features": 64.8, "validate_features": 5.9, "train": 98.3,
        "score": 9.4, "validate_scores": 5.1, "decide": 4.3, "validate_decisions": 4.9, "measure": 7.7, "marts": 8.8,
        "publish": 3.8, "report": 4.4,
    }  # fmt: skip
    return pd.DataFrame(
        {"stage": list(seconds), "seconds": list(seconds.values()), "rows": 1_469_307, "peak_memory_mib": 1480.5}
    )


def runs() -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "source": "complete_journey",
                "code_version": "1f0c2d3e4b5a",
                "parameters_fingerprint": "9a8b7c6d5e4f",
                "data_fingerprint": "00112233aabb",
            }
        ]
    )
