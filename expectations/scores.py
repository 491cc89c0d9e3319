"""The gate of the scores: probabilities for everybody and everything, on the right scale, of a known champion."""

from expectations import known
from expectations.checks import Check, count, measure, share, skip
from expectations.known import pairs_without
from expectations.run import Run

ENTITIES = ("offer", "campaign")
NOBODY_EXPOSED = "no customer who is exposed to an active offer or campaign, or no label to compare with"
NO_LABELS = "the labels of the champion's validation are not at hand"
NO_SCORES = "no scores"
NO_EFFECTS = "no effects: nobody drew lots over who is shown an offer"
NOT_LEARNED = "not looked at: no redemption model could be learned yet"
# Only days of the champion's own panel: weekly ones before its data cut, waves on the first day of a campaign.
LABELS = {
    "purchase": ("purchase_labels", "has_purchased", "and (model.data_cut - label.day) % 7 = 0"),
    "redemption_offer": ("offer_redemption_labels", "has_redeemed", ""),
    "redemption_campaign": ("campaign_redemption_labels", "has_redeemed", ""),
}


def suite(run: Run) -> list[Check]:
    return [*score_checks(run), *model_checks(run), *recommendation_checks(run), *effect_checks(run)]


def score_checks(run: Run) -> list[Check]:
    redemptions = " union all ".join(
        calibration(f"redemption_{entity}", exposed_scores(entity, run)) for entity in ENTITIES
    )
    return [
        share("SCO-01", f"select * from ml.scores where {run.is_day}", "score not between 0 and 1"),
        count("SCO-02", f"{known.CUSTOMERS} except select customer_id from ({scores('purchase', run)})"),
        unscored("SCO-03", "offer", run),
        unscored("SCO-04", "campaign", run),
        count("SCO-05", without_category_scores(run)),
        count("SCO-06", unknown_subjects(run)),
        measure("SCO-07", calibration("purchase", scores("purchase", run)), NO_LABELS),
        measure("SCO-08", redemptions, NOBODY_EXPOSED),
        measure("SCO-09", spread(run)),
    ]


def model_checks(run: Run) -> list[Check]:
    ages = f"""
        select family as what, date '{run.day}' - data_cut as value
        from ({champions(run)}) semi join ({used(run)}) using (version)
    """
    strangers = f"select * from ({used(run)}) anti join ({champions(run)}) using (version)"
    return [measure("SCO-10", ages, NO_SCORES), measure("SCO-11", ages, NO_SCORES), count("SCO-12", strangers)]


def recommendation_checks(run: Run) -> list[Check]:
    served = f"select customer_id from ml.recommendations where {run.is_day}"
    strange = f"select product_id from ml.recommendations where {run.is_day} except {known.PRODUCTS}"
    return [share("SCO-13", known.CUSTOMERS, f"customer_id not in ({served})"), count("SCO-14", strange)]


def effect_checks(run: Run) -> list[Check]:
    """Where nobody drew lots there are no effects, and nothing is broken."""
    effects = f"select * from ml.effects where {run.is_day}"
    unlike = """
        not isfinite(effect_margin) or not isfinite(effect_orders) or not isfinite(expected_cost) or expected_cost < 0
        or effect_margin not between effect_margin_low and effect_margin_high
    """
    unlearned = f"select * from ({pairs_without(effects, 'offer', run.day)}) where exists ({effects})"
    paid = f"""
        select 'planned' as what, avg(expected_cost) / nullif(any_value(paid), 0) as value
        from ({effects})
        cross join (select avg(discount_cost) as paid from features.offer_effect_labels where is_shown)
        having count(*) > 0
    """
    return [share("SCO-15", effects, unlike), count("SCO-16", unlearned), measure("SCO-17", paid, NO_EFFECTS)]


def unscored(code: str, entity: str, run: Run) -> Check:
    if f"redemption_{entity}" not in run.learned:
        return skip(code, NOT_LEARNED)
    return count(code, pairs_without(subjects(entity, run), entity, run.day))


def scores(family: str, run: Run) -> str:
    return f"select * from ml.scores where {run.is_day} and family = '{family}'"


def subjects(entity: str, run: Run) -> str:
    return f"select customer_id, subject_id as {entity}_id from ({scores(f'redemption_{entity}', run)})"


def exposed_scores(entity: str, run: Run) -> str:
    return f"""
        select * from ({scores(f"redemption_{entity}", run)}) semi join (
            select customer_id, {entity}_id as subject_id
            from features.customer_{entity}s
            where {run.is_day} and is_exposed
        ) using (customer_id, subject_id)
    """


def calibration(family: str, rows: str) -> str:
    """Mean score over the rate of the labels in the champion's validation window."""
    labels, outcome, own_days = LABELS[family]
    return f"""
        select '{family}' as what, avg(score) / any_value(rate) as value
        from ({rows})
        cross join (
            select avg({outcome}::integer) as rate
            from features.{labels} as label
            inner join ml.models as model
                on label.day between model.validation_from and model.validation_until {own_days}
            where model.family = '{family}' and model.version in (select model_version from ({rows}))
        )
        where rate > 0
        having count(*) > 0
    """


def without_category_scores(run: Run) -> str:
    """Known customers with a category among their features that is not scored, or with no category scored at all."""
    scored = f"select customer_id, subject_id as category from ({scores('category_purchase', run)})"
    described = f"select customer_id, category from features.customer_categories where {run.is_day}"
    return f"""
        select customer_id from ({described}) anti join ({scored}) using (customer_id, category)
        union
        select customer_id from ({known.CUSTOMERS}) anti join ({scored}) using (customer_id)
    """


def unknown_subjects(run: Run) -> str:
    offers = f"select offer_id from ({known.newest('offer')})"
    campaigns = f"select campaign_id from ({known.newest('campaign')})"
    return f"""
        select * from ml.scores
        where {run.is_day} and (
            customer_id not in ({known.CUSTOMERS})
            or (family = 'redemption_offer' and subject_id not in ({offers}))
            or (family = 'redemption_campaign' and subject_id not in ({campaigns}))
        )
    """


def spread(run: Run) -> str:
    return f"""
        select family as what, stddev_samp(score) / nullif(avg(score), 0) as value
        from ml.scores where {run.is_day} and isfinite(score) group by family
    """


def used(run: Run) -> str:
    """Versions that scored or recommended on the day."""
    return " union ".join(
        f"select model_version as version from ml.{table} where {run.is_day}"
        for table in ("scores", "effects", "recommendations")
    )


def champions(run: Run) -> str:
    return f"select * from ml.models where role = 'champion' and data_cut <= date '{run.day}'"
