"""What checks look at: a configuration, the ways to the venue, and what earlier checks found.

Owns nothing but these; it is made for one run and thrown away.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from clobstep.live.checks.result import SkipError
from clobstep.live.clock import Clock
from clobstep.live.config import Config
from clobstep.live.gamma import GammaFetcher
from clobstep.live.http import HttpLanes
from clobstep.venue.hosts import Hosts
from clobstep.venue.interning import Interning
from clobstep.venue.market_info import MarketInfo


@dataclass
class Site:
    """`wait_s`: how long a socket may be silent before that is a failure."""

    config: Config
    clock: Clock
    http: HttpLanes
    fetcher: GammaFetcher
    wait_s: float = 10.0
    infos: list[MarketInfo] = field(default_factory=list)  # of the markets that are followed
    rows: list[dict[str, Any]] = field(default_factory=list)  # the same as Gamma wrote them

    @property
    def hosts(self) -> Hosts:
        return self.config.hosts

    def names(self) -> Interning:
        """The tokens of the markets that were found. Errors: SkipError for none."""
        made = Interning()
        for info in self.infos:
            if info.yes is not None and info.no is not None:
                made.pair(info.condition, info.yes, info.no)
        if not made.n_tokens:
            raise SkipError("no market with tokens was found", "see the check of the markets")
        return made

    def since_ms(self, began_ns: int) -> float:
        """Milliseconds since then."""
        return round((self.clock.now_ns() - began_ns) / 1e6, 1)
