"""Checks of the machine, the network and the venue that need no key: for a person, before money.

What needs the account is in `clobstep.live.orders.checks`. A check says PASS, FAIL or SKIPPED, and
why, and what to do; it never ends the others.
"""
