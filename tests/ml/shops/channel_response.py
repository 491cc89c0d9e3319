"""Customers half of whom answer in the app, half by mail, and most in the evening."""

import numpy as np
import pandas as pd

from ml.models.channels.catalogue import CATALOGUE as CATALOGUE
from ml.models.channels.messages import Messages, read_messages


def data(seed: int, customers: int = 80, messages: int = 30) -> Messages:
    chance = np.random.default_rng(seed)
    place = np.repeat(np.arange(customers), messages)
    channel, hour = chance.choice(["app", "mail"], len(place)), chance.choice([9, 18], len(place))
    likes = np.where(place % 2 == 0, "app", "mail") == channel
    rate = 0.05 + 0.4 * likes + 0.1 * (hour == 18)
    frame = pd.DataFrame({"customer_id": [f"c{one:02}" for one in place], "channel": channel, "hour": hour})
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.tile(np.arange(messages), customers), unit="D")
    return read_messages(frame.assign(answered=chance.random(len(place)) < rate, ds=days))
