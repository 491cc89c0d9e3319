"""The shop's own customer ids beside the pseudonyms of the published tables, for whoever sends the offers."""

import csv
import os
from collections.abc import Iterable
from typing import TextIO

from warehouse import pii, redelivery, settings
from warehouse.errors import NotAvailable


def write_pseudonyms(lines: Iterable[str], out: TextIO) -> None:
    """One row `id,customer_id` for every id, in the order in which they are given; empty lines are left out."""
    check_key()
    secret = pii.key()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["id", "customer_id"])
    writer.writerows((shop_id, pii.pseudonym(shop_id, secret)) for line in lines if (shop_id := line.rstrip("\r\n")))


def check_key() -> None:
    """Refuse to name customers by another key than the data folder was filled with."""
    known = redelivery.known_state()
    if not known and not os.environ.get("PROMOLIFT_PII_KEY"):
        raise NotAvailable(f"{settings.load().data} holds nothing yet: nobody has a pseudonym before the first ingest")
    redelivery.check_key(known)
