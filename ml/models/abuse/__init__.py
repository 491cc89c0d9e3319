"""Abuse of offers: accounts that live on offers, and many that are one.

`flagging.flag_abuse` says of plain frames who should be reviewed and why; candidates by name are in `catalogue`.
"""
