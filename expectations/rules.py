"""Every rule of the gates: what it looks at, its limit, how bad a breach is, and why. Limits live only here."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf

from ml import parameters
from ml.measuring.balance import daily_threshold

CRITICAL, WARNING = "critical", "warning"
GATES = {"RAW": "raw", "FEA": "features", "SCO": "scores", "DEC": "decisions"}
DECIDE, PLAN, SHOP = (getattr(parameters.load(), section) for section in ("decide", "plan", "shop"))

TRAILING_DELIVERIES = 28  # deliveries a new one is compared with
FEWEST_TRAILING_DELIVERIES = 7  # fewer say nothing about what is usual
FEWEST_REFUSED_ROWS = 3  # one or two bad rows of a small table are nobody's alarm
CENT, MANY_PIECES = 0.01, 100  # so many pieces for less than a cent each are a volume or a weight
HARDLY_EVER_EMPTY = 0.1  # null rate of a column on any delivery of the weeks before
LARGE_LINE = 100  # times the median line
SHORTEST_COPY = 100  # lines from which two deliveries with the same sums are no coincidence
PREVIOUS_RUN_DAYS = 14  # an older run is no yardstick: seasons and campaigns change in between
# Four lotteries are looked at every day: a fair one is doubted once in ten years, and stops a run once in ten thousand.
DOUBTED, GROSS = (daily_threshold(alarms_per_year, checks_per_day=4) for alarms_per_year in (0.1, 0.0001))
MISSED_ISSUE = 0.5  # chance withholds and explores a part; half is more than that
NO_PREVIOUS = f"no previous run within {PREVIOUS_RUN_DAYS} days"


@dataclass(frozen=True)
class Rule:
    code: str
    table: str
    what: str
    unit: str
    severity: str
    reason: str
    at_least: float | None = None
    at_most: float | None = None

    @property
    def gate(self) -> str:
        return GATES[self.code[:3]]

    def holds(self, value: float | None) -> bool:
        """Whether a measured value is known and within the limits."""
        low, high = self.at_least, self.at_most
        return value is not None and (low is None or value >= low) and (high is None or value <= high)

    @property
    def limit_text(self) -> str:
        if self.at_most == 0:
            return "none"
        if self.at_least is None or self.at_most is None:
            edge = self.at_most if self.at_least is None else self.at_least
            return f"{'at most' if self.at_least is None else 'at least'} {in_words(edge or 0, self.unit)}"
        return f"between {in_number(self.at_least, self.unit)} and {in_words(self.at_most, self.unit)}"


def in_words(value: float, unit: str) -> str:
    """
    >>> in_words(0.0142, "share"), in_words(0.0000003, "share"), in_words(0.5, "times"), in_words(1234.4, "rows")
    ('1.42 %', 'below 0.001 %', '0.5 times', '1,234 rows')
    """
    if unit == "share":
        return "below 0.001 %" if 0 < value < 0.00001 else f"{in_number(value, unit)} %"
    return f"{in_number(value, unit)} {unit}"


def in_number(value: float, unit: str) -> str:
    shown = 100 * float(value) if unit == "share" else float(value)
    return f"{shown:,.0f}" if shown.is_integer() or 100 < abs(shown) < inf else f"{shown:.3g}"


# A rule reads as a few lines.
# fmt: off
RULES = (
    Rule("RAW-01", "every table", "columns of a delivered file that differ from the contract in name or type",
         "columns", CRITICAL, at_most=0,
         reason="Staging selects by name and type: a renamed column would turn into a silent NULL."),
    Rule("RAW-02", "orders", "days from the newest delivery to the day of the run",
         "days", CRITICAL, at_most=SHOP.longest_closure_days,
         reason="shop.longest_closure_days of ml/params.yml: a longer silence is a broken delivery."),
    Rule("RAW-03", "orders", "days from the newest delivery to the day of the run (1: yesterday's is there)",
         "days", WARNING, at_most=1,
         reason="Yesterday's delivery should be there; only a closed day explains its absence."),
    Rule("RAW-04", "order_items", "deliveries of only one of orders and order_items",
         "deliveries", CRITICAL, at_most=0,
         reason="Orders without lines, or lines without orders, are half a delivery."),
    Rule("RAW-05", "order_items", "rows of a delivery against the range of the deliveries before it (1: within it)",
         "times", CRITICAL, at_least=0.33, at_most=3,
         reason="Far outside what any trading day of the weeks before has shown: a truncated or doubled delivery."),
    Rule("RAW-06", "orders", "rows of a delivery against the median of the deliveries before it",
         "times", WARNING, at_least=0.5, at_most=2,
         reason="Holidays stay within; beyond it somebody should look."),
    Rule("RAW-07", "events", "rows of a delivery against the median of the deliveries before it",
         "times", WARNING, at_least=0.25, at_most=4,
         reason="Clicks swing more than baskets; a lost tracker shows as a fall."),
    Rule("RAW-08", "orders and order_items", "rise of the null rate of a column that was hardly ever empty before",
         "share", CRITICAL, at_most=0.1,
         reason="A column that suddenly comes empty is a lost field, not a new habit of customers."),
    Rule("RAW-09", "order_items", "lines of a product that the catalogue lacks",
         "share", CRITICAL, at_most=0.05,
         reason="Such lines count for the customer but for no category; many mean a stale catalogue."),
    Rule("RAW-10", "order_items", "lines for which the shop received nothing",
         "share", WARNING, at_most=0.05,
         reason="Fully discounted lines are rare; many mean a lost price."),
    Rule("RAW-11", "order_items", "lines of more than 100 pieces at less than a cent, volume and weight goods aside",
         "share", CRITICAL, at_most=0.001,
         reason="Volumes of fuel that are taken for pieces would drown every count of units; no piece is that cheap."),
    Rule("RAW-12", "order_items", "lines above 100 times the shop's median line",
         "share", CRITICAL, at_most=0.02,
         reason="The largest orders of a wholesaler are fewer; many mean that some came in a smaller unit of money."),
    Rule("RAW-13", "orders", "orders dated after the day on which they were delivered",
         "share", CRITICAL, at_most=0,
         reason="An order from the future would tell features what nobody could know."),
    Rule("RAW-14", "orders", "orders delivered more than 7 days after they were made",
         "share", WARNING, at_most=0.05,
         reason="Late rows are picked up, but many make yesterday's features poorer than they look."),
    Rule("RAW-15", "order_items", "delivered lines put into quarantine",
         "share", CRITICAL, at_most=0.03,
         reason="Known dirt is below; more means that the source changed."),
    Rule("RAW-16", "every other table", "delivered rows put into quarantine",
         "share", CRITICAL, at_most=0.01,
         reason="No known dirt; a hundredth, and what chance adds to it in few rows, leaves room for single ones."),
    Rule("RAW-17", "products", "products without department or category",
         "share", WARNING, at_most=0.05,
         reason="They can be sold but not targeted."),
    Rule("RAW-18", "offers and campaigns", "rows that end before they begin",
         "rows", CRITICAL, at_most=0,
         reason="Such an offer can never be used and would be planned for nobody."),
    Rule("RAW-19", "offers", "offers without a face value",
         "share", WARNING, at_most=0.2,
         reason="Without it neither cost nor margin can be expected and the offer is never given."),
    Rule("RAW-20", "offers", "percent offers above 100",
         "rows", CRITICAL, at_most=0,
         reason="An offer must not pay the customer for taking goods."),
    Rule("RAW-21", "customers", "values that look like an e-mail address",
         "rows", CRITICAL, at_most=0,
         reason="Personal data never enters the warehouse; a plain address is a lost hash."),
    Rule("RAW-22", "order_items", "deliveries with the number of lines, the amount and the units of an earlier one",
         "deliveries", CRITICAL, at_most=0,
         reason="The same day delivered twice under two dates would double what everybody bought."),
    Rule("RAW-23", "order_items", "median amount of a line against the range of the deliveries before (1: within it)",
         "times", CRITICAL, at_least=0.5, at_most=2,
         reason="Prices neither halve nor double overnight: another currency, unit or tax."),
    Rule("RAW-24", "orders and order_items", "known values lost by a column that was often empty before",
         "share", CRITICAL, at_most=0.5,
         reason="Baskets of nobody come and go; that half of those usually known are nobody's is a lost field."),

    Rule("FEA-01", "features.customers", "known customers without a row of the day, or rows of unknown customers",
         "customers", CRITICAL, at_most=0,
         reason="Every known customer gets a decision; who has no features gets none."),
    Rule("FEA-02", "features.products", "known products without a row of the day, or rows of unknown products",
         "products", CRITICAL, at_most=0,
         reason="A product without features can be neither recommended nor priced into an offer."),
    Rule("FEA-03", "features.customer_offers", "pairs of a known customer and an active offer that have no row",
         "pairs", CRITICAL, at_most=0,
         reason="A missing pair is an offer that the customer can never get, without anybody noticing."),
    Rule("FEA-04", "features.customer_campaigns", "pairs of a known customer and an active campaign that have no row",
         "pairs", CRITICAL, at_most=0,
         reason="A missing pair is a campaign that the customer can never be part of."),
    Rule("FEA-05", "features.customers", "missing values of orders and amounts over any window",
         "share", CRITICAL, at_most=0,
         reason="No order is zero orders; a NULL here is a broken join."),
    Rule("FEA-06", "features.customers", "customers without any order so far",
         "share", WARNING, at_most=0.3,
         reason="New customers are few; many mean that orders lost their customers."),
    Rule("FEA-07", "every feature table", "values of a share outside 0-1",
         "share", CRITICAL, at_most=0,
         reason="A share outside its range is a wrong denominator."),
    Rule("FEA-08", "every feature table", "negative counts, amounts over a window, or days since something",
         "share", CRITICAL, at_most=0,
         reason="What was paid back lowers an amount to nothing at most, and the past is never negative."),
    Rule("FEA-09", "features.customers", "customers with more orders in a window than in a longer one",
         "customers", CRITICAL, at_most=0,
         reason="Windows nest; when they do not, one of them ends on another day."),
    Rule("FEA-10", "every feature table", "rows that know of something on or after their own day",
         "share", CRITICAL, at_most=0,
         reason="The last thing known happened yesterday; a later one is a leak from the future."),
    Rule("FEA-11", "every feature table", "values that are infinite or not a number",
         "share", CRITICAL, at_most=0,
         reason="A learner either refuses them or learns nonsense."),
    Rule("FEA-12", "features.customers", "customers with an order in the last 28 days",
         "share", WARNING, at_least=0.2, at_most=1,
         reason="Most known customers of a grocer buy within a month."),
    Rule("FEA-13", "features.customers", "mean orders of a customer in the last 28 days",
         "orders", CRITICAL, at_least=0.2, at_most=28,
         reason="More than one a day or hardly any is a wrong join, not a habit."),
    Rule("FEA-14", "features.customers", "median over customers of the mean basket",
         "currency", CRITICAL, at_least=2, at_most=500,
         reason="Outside lies a wrong unit of money or a join that multiplies lines."),
    Rule("FEA-15", "customers, products, customer_categories, interactions",
         "rows against the previous run, growth in step with a young shop's history aside",
         "times", CRITICAL, at_least=0.8, at_most=1.25,
         reason="Customers and products come and go slowly; all else is a join that lost or multiplied rows."),
    Rule("FEA-16", "customers, products", "rise of a feature's null rate against the previous run",
         "share", CRITICAL, at_most=0.1,
         reason="A feature that loses its values between two runs has lost its source; one that gains has got one."),
    Rule("FEA-17", "customers, products", "population stability index of a feature against the previous run",
         "index", WARNING, at_most=0.25,
         reason="Above a quarter the scale's usual reading is a shifted population."),
    Rule("FEA-18", "customers, products", "population stability index of a feature against the previous run",
         "index", CRITICAL, at_most=2,
         reason="So much does not move within two weeks: a unit or a definition changed."),

    Rule("SCO-01", "ml.scores", "scores outside 0-1 or not a number",
         "share", CRITICAL, at_most=0,
         reason="A score is a probability; everything downstream multiplies it with money."),
    Rule("SCO-02", "ml.scores", "known customers without a purchase score",
         "customers", CRITICAL, at_most=0,
         reason="Every known customer can buy, so every one has a probability."),
    Rule("SCO-03", "ml.scores", "pairs of a known customer and an active offer without a redemption score",
         "pairs", CRITICAL, at_most=0,
         reason="An unscored offer is never given, without anybody noticing."),
    Rule("SCO-04", "ml.scores", "pairs of a known customer and an active campaign without a redemption score",
         "pairs", CRITICAL, at_most=0,
         reason="An unscored campaign reaches nobody, without anybody noticing."),
    Rule("SCO-05", "ml.scores", "customers with an unscored category among their features, or without any scored one",
         "customers", CRITICAL, at_most=0,
         reason="Categories are compared within a customer: an unscored one would never win."),
    Rule("SCO-06", "ml.scores", "scores of things that are not known on the day",
         "scores", CRITICAL, at_most=0,
         reason="A score without its customer, offer or campaign is a wrong join."),
    Rule("SCO-07", "ml.scores", "mean purchase score against the rate seen in validation",
         "times", CRITICAL, at_least=0.5, at_most=2,
         reason="Calibrated probabilities add up to what is usual; seasons move it by less."),
    Rule("SCO-08", "ml.scores", "mean redemption score of exposed customers against the rate seen in validation",
         "times", WARNING, at_least=0.2, at_most=5,
         reason="Campaigns differ widely, so only a wrong scale is caught."),
    Rule("SCO-09", "ml.scores", "spread of the scores of a family (standard deviation over mean)",
         "times", CRITICAL, at_least=0.05,
         reason="A model that gives everybody the same score has lost its features."),
    Rule("SCO-10", "ml.models", "days from a champion's data cut to the day",
         "days", WARNING, at_most=35,
         reason="Models are trained weekly to monthly; older ones miss a season."),
    Rule("SCO-11", "ml.models", "days from a champion's data cut to the day",
         "days", CRITICAL, at_most=120,
         reason="A season has passed; the habits it learned are gone."),
    Rule("SCO-12", "ml.models", "versions that scored but are no registered champion known on the day",
         "versions", CRITICAL, at_most=0,
         reason="An unregistered version cannot be traced, one of a later day knows the future."),
    Rule("SCO-13", "ml.recommendations", "known customers without any recommendation",
         "share", WARNING, at_most=0.05,
         reason="Popularity answers for a customer without history, so nobody should be left out."),
    Rule("SCO-14", "ml.recommendations", "recommended products that the catalogue of the day lacks",
         "products", CRITICAL, at_most=0,
         reason="What is not in the catalogue cannot be bought."),
    Rule("SCO-15", "ml.effects", "effects or costs that are no numbers, outside their interval, or costs below 0",
         "share", CRITICAL, at_most=0,
         reason="Effects are money: they are spent by."),
    Rule("SCO-16", "ml.effects", "pairs of a known customer and an active offer without an effect, where any has one",
         "pairs", CRITICAL, at_most=0,
         reason="An offer without an effect would be valued by its response beside others valued by their effect."),
    Rule("SCO-17", "ml.effects", "mean planned cost of showing an offer against the mean paid where chance showed one",
         "times", WARNING, at_least=0.2, at_most=5,
         reason="Offers differ from week to week, so only a wrong scale is caught."),

    Rule("DEC-01", "ml.decisions", "known customers without exactly one decision, or decisions for unknown customers",
         "customers", CRITICAL, at_most=0,
         reason="Everybody gets one answer, also when it is no."),
    Rule("DEC-02", "ml.assignments", "customers whose status and offer count disagree with their assignments",
         "customers", CRITICAL, at_most=0,
         reason="Two tables that tell different stories cannot both be published."),
    Rule("DEC-03", "ml.offer_plans", "expected cost plus what was spent before, against the campaign's budget",
         "share", CRITICAL, at_most=1,
         reason="A budget is a promise to whoever pays."),
    Rule("DEC-04", "ml.offer_plans", "offers whose planned reach or cost disagrees with the assignments",
         "offers", CRITICAL, at_most=0,
         reason="A budget can only be kept on the rows that are really sent."),
    Rule("DEC-05", "ml.assignments", "offers of one customer",
         "offers", CRITICAL, at_most=DECIDE.offers_per_customer,
         reason="decide.offers_per_customer of ml/params.yml: what fits one message."),
    Rule("DEC-06", "ml.assignments", "days with offers of one customer above the contact limit in force",
         "contacts", CRITICAL, at_most=0,
         reason="More messages annoy: the managers' contact_limits, else decide.contact_limit of ml/params.yml."),
    Rule("DEC-07", "ml.decisions", "chance of a holdout as far from its share in a fair draw, far out of the question",
         "probability", CRITICAL, at_least=GROSS,
         reason="Exact binomial or chi-square; a fair draw does so once in ten thousand years: the hash is broken."),
    Rule("DEC-08", "ml.decisions", "customers of the permanent holdout, today or earlier, who are offered something",
         "customers", CRITICAL, at_most=0,
         reason="One leak and nothing can be proved any more."),
    Rule("DEC-09", "ml.assignments", "assignment probabilities that are not above 0 and at most 1",
         "share", CRITICAL, at_most=0,
         reason="Every estimate from logged decisions divides by it."),
    Rule("DEC-10", "ml.assignments", "chance of as much exploration in a fair draw, far out of the question",
         "probability", CRITICAL, at_least=GROSS,
         reason="Chance does not explain it: the split is not the logged one. Fewer explore when money runs out."),
    Rule("DEC-11", "ml.decisions and ml.assignments", "columns that the contract marks as personal",
         "columns", CRITICAL, at_most=0,
         reason="Published tables hold nothing that names a person."),
    Rule("DEC-12", "ml.decisions and ml.assignments", "values that look like an e-mail address or a telephone number",
         "rows", CRITICAL, at_most=0,
         reason="Published tables hold nothing that names a person."),
    Rule("DEC-13", "ml.assignments", "offers given outside their validity, or to be sent on another day",
         "rows", CRITICAL, at_most=0,
         reason="An offer that cannot be used is a broken promise."),
    Rule("DEC-14", "ml.assignments", "least expected margin of an offer that is given on purpose",
         "currency", CRITICAL, at_least=DECIDE.min_expected_margin,
         reason="decide.min_expected_margin of ml/params.yml: below it an offer is not worth its place."),
    Rule("DEC-15", "ml.assignments", "customers whose ranks do not run from 1 without a gap",
         "customers", CRITICAL, at_most=0,
         reason="A gap is an offer that was lost on the way."),
    Rule("DEC-16", "ml.assignments", "offers given without the customer's consent to the channel",
         "rows", CRITICAL, at_most=0,
         reason="Consent is the law; a shop that delivers consents is held to them."),
    Rule("DEC-17", "ml.assignments", "copies of an offer above its limit of issue",
         "copies", CRITICAL, at_most=0,
         reason="A limit of issue is part of what the manager ordered."),
    Rule("DEC-18", "ml.assignments", "offers given without a reason",
         "rows", CRITICAL, at_most=0,
         reason="Every offer can be explained to the customer who got it."),
    Rule("DEC-19", "ml.decisions", "customers offered something against the previous run",
         "times", WARNING, at_least=0.2, at_most=5,
         reason="Contact limits make days uneven; a collapse or a flood is worth a look."),
    Rule("DEC-20", "ml.decisions", "customers offered something while offers are active",
         "share", WARNING, at_least=0.01,
         reason="Active offers that reach nobody point at a wrong limit."),
    Rule("DEC-21", "ml.assignments", "offers given on an assumed chance of use, because no model has learned it yet",
         "share", WARNING, at_most=0,
         reason="Until offers and their use are delivered nobody knows who responds: a start, not a forecast."),
    Rule("DEC-22", "ml.decisions", "chance of a holdout as far from its share in a fair draw",
         "probability", WARNING, at_least=DOUBTED,
         reason="Exact binomial or chi-square; a fair draw does so once in ten years. Then look at key and rate."),
    Rule("DEC-23", "ml.assignments", "chance of controls so far from their share, or of so much exploration, by lot",
         "probability", WARNING, at_least=DOUBTED,
         reason="Exact binomial or chi-square; a fair draw does so once in ten years. Then look at key and rates."),
    Rule("DEC-24", "ml.assignments", "chance of controls so far from their share by fair lots, far out of the question",
         "probability", CRITICAL, at_least=GROSS,
         reason="A fair draw does so once in ten thousand years: what was withheld is not what chance withheld."),
    Rule("DEC-25", "ml.assignments", "rows of a sample whose arm or probability is not what key, run and rates give",
         "rows", CRITICAL, at_most=0,
         reason="Whatever is learned or measured from the log divides by these probabilities."),
    Rule("DEC-26", "ml.assignments", "customers sent an offer of a campaign whose control they are or were",
         "customers", WARNING, at_most=0,
         reason="A control that gets the offer proves less; it happens when campaign_control_rate is lowered."),
    Rule("DEC-27", "ml.assignments", "chance of differences before the experiment as large between sent and withheld",
         "probability", WARNING, at_least=DOUBTED,
         reason="Orders, amounts, lines and recency together (Hansen and Bowers 2008): chance cannot see them."),
    Rule("DEC-28", "ml.assignments", "the same chance, far out of the question",
         "probability", CRITICAL, at_least=GROSS,
         reason="Sent and withheld are not alike: every effect measured between them would be wrong."),
    Rule("DEC-29", "ml.assignments", "least expected margin of an offer that is explored",
         "currency", CRITICAL, at_least=DECIDE.exploration_floor,
         reason="decide.exploration_floor of ml/params.yml: what one try may be expected to cost."),
    Rule("DEC-30", "ml.decisions", "customers who are not told why",
         "customers", CRITICAL, at_most=0,
         reason="Every answer can be explained to the customer who got it, also when it is no."),
    Rule("DEC-31", "ml.assignments", "what a new offer lacks of the copies that its minimum issue asked for by now",
         "share", WARNING, at_most=MISSED_ISSUE,
         reason="Budgets, scopes and copies come first; a manager has to know that the offer will not be learned."),
    Rule("DEC-32", "ml.assignments", "what a partner paid, has promised and is expected to pay, against its budget",
         "share", CRITICAL, at_most=1,
         reason="A partner's budget is a promise too, and no offer may be made that it will not pay."),
)
# fmt: on


def by_code(code: str) -> Rule:
    return next(rule for rule in RULES if rule.code == code)


def of_gate(gate: str) -> list[Rule]:
    return [rule for rule in RULES if rule.gate == gate]


def as_markdown() -> str:
    """The reference of all rules, one table per gate."""
    return "\n\n".join(f"## {gate}\n\n{gate_as_markdown(of_gate(gate))}" for gate in GATES.values())


def gate_as_markdown(rules: Iterable[Rule]) -> str:
    header = "| code | table | rule | limit | severity | reason |\n| --- | --- | --- | --- | --- | --- |"
    rows = (
        f"| {rule.code} | `{rule.table}` | {rule.what} | {rule.limit_text} | {rule.severity} | {rule.reason} |"
        for rule in rules
    )
    return "\n".join([header, *rows])
