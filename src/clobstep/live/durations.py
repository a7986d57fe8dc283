"""How long things took: a count, a sum, and the last ones for quantiles.

Owns a ring of the last durations. Adding one costs a fraction of a microsecond; a quantile sorts
the ring, so only who looks pays for it.
"""

from __future__ import annotations

from typing import Final

KEPT: Final = 1_024


class Durations:
    """`count` and `total_ns` since the start, `last_ns`, and quantiles of the last 1,024."""

    __slots__ = ("_ring", "count", "last_ns", "total_ns")

    def __init__(self) -> None:
        self.count = 0
        self.total_ns = 0
        self.last_ns = 0
        self._ring: list[int] = []

    def add(self, duration_ns: int) -> None:
        """One more."""
        if self.count < KEPT:
            self._ring.append(duration_ns)
        else:
            self._ring[self.count % KEPT] = duration_ns
        self.count += 1
        self.total_ns += duration_ns
        self.last_ns = duration_ns

    def quantiles(self, *percents: int) -> tuple[int, ...]:
        """Of the last ones, the durations that so many percent do not exceed; 0 when none is."""
        found = sorted(self._ring)
        if not found:
            return (0,) * len(percents)
        return tuple(found[max(0, -(-len(found) * p // 100) - 1)] for p in percents)
