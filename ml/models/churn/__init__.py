"""When customers order next, and whether they do at all: hazards over the time since the last purchase."""
