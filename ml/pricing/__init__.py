"""What the shop's prices were, and which ones to recommend."""
