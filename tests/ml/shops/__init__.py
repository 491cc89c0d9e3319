"""One module per family of learners: its `CATALOGUE`, and `data(seed)` that every candidate can learn and score in a second.

Optional: `SETTINGS`, settings by candidate that keep the fit small.
"""
