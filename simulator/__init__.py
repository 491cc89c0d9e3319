"""A shop whose truth is known: it acts, its customers answer, and what each offer changed can be looked up."""
