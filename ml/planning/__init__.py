"""What could be decided instead: the frontier of profit, customers' benefit and stock cleared."""
