"""Bundles: which products are bought together more often than their popularity tells."""
