"""How a day is decided: what is known, who may get what, what it is worth, what chance adds, and the words for it."""
