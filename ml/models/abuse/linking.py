"""Accounts that have a device, an address or a means of payment in common: connected components."""

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ml.models.abuse.activity import Activity, IntArray


def link_accounts(activity: Activity, most_sharing: int) -> tuple[IntArray, pd.DataFrame]:
    """The component of each customer, (n,), and the links that hold it together: place, kind, value.

    A value that more than `most_sharing` customers have is a till, an office or a library and links nobody. Customers
    with nothing in common are components of one.

    >>> links = pd.DataFrame({"customer": list("abbc"), "kind": "device", "value": ["x", "x", "y", "y"]})
    >>> nobody = pd.DataFrame({"customer": [], "time": [], "units": [], "is_for_newcomers": []})
    >>> activity = Activity(("a", "b", "c", "d"), pd.Timestamp("2026-03-01").date(), nobody, nobody, links)
    >>> link_accounts(activity, 20)[0].tolist()
    [0, 0, 0, 1]
    """
    count = len(activity.customers)
    rows = activity.links.assign(place=activity.places(activity.links)).dropna(subset=["value"])
    rows = rows.loc[rows["place"] >= 0, ["place", "kind", "value"]].drop_duplicates()
    sharing = rows.groupby(["kind", "value"])["place"].transform("size")
    shared = rows[(sharing > 1) & (sharing <= most_sharing)].sort_values(["kind", "value", "place"])
    node = count + shared.groupby(["kind", "value"]).ngroup().to_numpy(dtype=np.int64)
    size = int(node.max()) + 1 if len(node) else count
    graph = coo_array((np.ones(len(shared)), (shared["place"].to_numpy(), node)), shape=(size, size))
    _, labels = connected_components(graph, directed=False)
    _, component = np.unique(labels[:count], return_inverse=True)
    return component.astype(np.int64), shared.reset_index(drop=True)
