"""Segments: customers alike in recency, frequency, money, baskets and offers, named in plain words."""
