"""A whole exchange in memory: books, matching, money, settlement and the venue's own states.

What the simulated world and its tests ask of Polymarket's CLOB, by the venue's documented rules;
where those leave a choice docs/simulation.md says which was made.
"""

from clobstep_sim.exchange._exchange import Exchange, ExchangeError

__all__ = ["Exchange", "ExchangeError"]
