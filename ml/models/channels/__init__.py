"""Through which channel and at which hour customers answer messages."""
