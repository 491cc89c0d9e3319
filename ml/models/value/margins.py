"""Which part of what customers spend is margin."""

import pandas as pd


def margin_rates(purchases: pd.DataFrame, prior_orders: float) -> pd.Series:
    """Margin over amount (share of net sales) by customer_id, pulled to the shop's as if `prior_orders` mean purchases
    of the shop had been the customer's. Not a number where the shop sold nothing.

    >>> raw = pd.DataFrame({"customer_id": ["a", "b"], "amount": [10.0, 10.0], "margin": [4.0, 0.0]})
    >>> margin_rates(raw, prior_orders=1).tolist()
    [0.3, 0.1]
    """
    totals = purchases[["amount", "margin"]].sum()
    own = purchases.groupby("customer_id", observed=True)[["amount", "margin"]].sum()
    if not totals["amount"] > 0:
        return pd.Series(float("nan"), index=own.index)
    prior = prior_orders * totals["amount"] / len(purchases)
    rate = totals["margin"] / totals["amount"]
    return (own["margin"] + prior * rate) / (own["amount"] + prior)
