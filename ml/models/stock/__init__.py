"""Stock: when to order how much of each product, what a promotion needs on top, and what to clear."""
