"""Learning and deciding: pure functions under one module per stage."""
