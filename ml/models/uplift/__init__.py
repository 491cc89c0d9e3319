"""Learners of the effect of a treatment: what an offer changes, not who buys anyway."""
