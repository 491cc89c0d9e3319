"""Demand: how many units of each product, category and of all will be asked for, by day and week, with a range."""
