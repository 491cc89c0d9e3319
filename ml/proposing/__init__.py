"""Offers that are proposed: flash sales, bundles, buy-x-get-y and spend thresholds, each with what it should bring."""
