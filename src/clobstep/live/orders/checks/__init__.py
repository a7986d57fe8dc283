"""Checks that need the account: its key file, its credentials, its money, one order.

`doctor` and `live_check` are the two lists that a person runs.
"""
