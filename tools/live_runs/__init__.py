"""Runs of the live trader against the exchange on loopback, over time: what tools/live_runs does."""
