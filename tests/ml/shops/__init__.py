"""One module per family of learners: its `CATALOGUE`, and `data(seed)` that every candidate learns from in a second.

Optional: `SETTINGS`, settings by candidate that keep the fit small.
"""
