"""Strategies: pure functions of a view and the event that woke them; no clock, no randomness.

Owns: the protocol, and the strategies that ship. The same strategy runs in replay, paper, fuzz and
live, because all it can do is to look at the engine and to answer with intents.
"""
