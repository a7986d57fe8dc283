"""Runs of the live trader against the exchange on loopback, over time."""
