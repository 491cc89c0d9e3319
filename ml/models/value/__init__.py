"""Customer value: how often customers will buy, and for how much, from their transactions alone."""
