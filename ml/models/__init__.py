"""Learners behind one contract each: `catalogue.py` names those of probabilities."""
