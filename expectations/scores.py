"""The gate of the scores: probabilities for everybody and everything, on the right scale, from a champion of the day."""

from expectations import known
from expectations.checks import Check, count, measure, share_outside
from expectations.known import pairs_without
from expectations.run import Run

ENTITIES = ("offer", "campaign")
NOBODY_EXPOSED = "no customer is exposed to an active offer or campaign"
LABELS = {
    "purchase": ("purchase_labels", "has_purchased"),
    "redemption_offer": ("offer_redemption_labels", "has_redeemed"),
    "redemption_campaign": ("campaign_redemption_labels", "has_redeemed"),
}


def suite(run: Run) -> list[Check]:
    return [*score_checks(run), *model_checks(run), *recommendation_checks(run)]


def score_checks(run: Run) -> list[Check]:
    exposed = " union all ".join(calibration(f"redemption_{entity}", exposed_scores(entity, run), run) for entity in ENTITIES)
    return [
        share_outside("SCO-01", f"select * from ml.scores where {run.is_day}", "score", 0, 1),
        count("SCO-02", f"{known.CUSTOMERS} except select customer_id from ({scores('purchase', run)})"),
        count("SCO-03", pairs_without(subjects("offer", run), "offer", run.day)),
        count("SCO-04", pairs_without(subjects("campaign", run), "campaign", run.day)),
        count("SCO-05", unequal_categories(run)),
        count("SCO-06", unknown_subjects(run)),
        measure("SCO-07", calibration("purchase", scores("purchase", run), run)),
        measure("SCO-08", exposed, NOBODY_EXPOSED),
        measure("SCO-09", spread(run)),
    ]


def model_checks(run: Run) -> list[Check]:
    ages = f"select family as what, date '{run.day}' - data_cut as value from ({champions(run)}) semi join ({used(run)}) using (version)"
    strangers = f"from ({used(run)}) anti join ({champions(run)}) using (version)"
    return [measure("SCO-10", ages), measure("SCO-11", ages), count("SCO-12", strangers)]


def recommendation_checks(run: Run) -> list[Check]:
    served = f"select customer_id from ml.recommendations where {run.is_day}"
    unserved = f"select '' as what, avg((customer_id not in ({served}))::integer) as value from ({known.CUSTOMERS})"
    strange = f"select product_id from ml.recommendations where {run.is_day} except {known.PRODUCTS}"
    return [measure("SCO-13", unserved), count("SCO-14", strange)]


def scores(family: str, run: Run) -> str:
    return f"select * from ml.scores where {run.is_day} and family = '{family}'"


def subjects(entity: str, run: Run) -> str:
    return f"select customer_id, subject_id as {entity}_id from ({scores(f'redemption_{entity}', run)})"


def exposed_scores(entity: str, run: Run) -> str:
    exposed = f"select customer_id, {entity}_id as subject_id from features.customer_{entity}s where {run.is_day} and is_exposed"
    return f"from ({scores(f'redemption_{entity}', run)}) semi join ({exposed}) using (customer_id, subject_id)"


def calibration(family: str, rows: str, run: Run) -> str:
    """Mean score over the rate of the labels in the champion's validation window."""
    labels, outcome = LABELS[family]
    window = f"select validation_from, validation_until from ml.models where family = '{family}' and version in (select model_version from ({rows}))"
    seen = f"select avg({outcome}::integer) as rate from features.{labels} as label inner join ({window}) as model on label.day between model.validation_from and model.validation_until"
    return f"select '{family}' as what, avg(score) / nullif(any_value(rate), 0) as value from ({rows}) cross join ({seen}) having count(*) > 0"


def unequal_categories(run: Run) -> str:
    """Known customers with another number of category scores than the best-scored customer, or none."""
    counted = f"select customer_id, count(*) as categories from ({scores('category_purchase', run)}) group by customer_id"
    most = f"select max(categories) from ({counted})"
    return f"from ({known.CUSTOMERS}) left join ({counted}) using (customer_id) where categories is distinct from ({most}) or categories is null"


def unknown_subjects(run: Run) -> str:
    offers = f"select offer_id from ({known.newest('offer')})"
    campaigns = f"select campaign_id from ({known.newest('campaign')})"
    return f"""select * from ml.scores where {run.is_day} and (
        customer_id not in ({known.CUSTOMERS})
        or (family = 'redemption_offer' and subject_id not in ({offers}))
        or (family = 'redemption_campaign' and subject_id not in ({campaigns})))"""


def spread(run: Run) -> str:
    return f"select family as what, stddev_samp(score) / nullif(avg(score), 0) as value from ml.scores where {run.is_day} group by family"


def used(run: Run) -> str:
    """Versions that scored or recommended on the day."""
    versions = (f"select distinct model_version as version from ml.{table} where {run.is_day}" for table in ("scores", "recommendations"))
    return " union ".join(versions)


def champions(run: Run) -> str:
    return f"select * from ml.models where role = 'champion' and data_cut <= date '{run.day}'"
