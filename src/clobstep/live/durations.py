"""How long things took: a count, a sum, and the last ones for quantiles.

Owns a ring of the last durations. Adding one costs a fraction of a microsecond; a quantile sorts
the ring, so only who looks pays for it.
"""

from __future__ import annotations

from collections import deque
from typing import Final

KEPT: Final = 1_024


class Durations:
    """`count` and `total_ns` since the start, and quantiles of the last 1,024."""

    __slots__ = ("_ring", "count", "total_ns")

    def __init__(self) -> None:
        self.count = 0
        self.total_ns = 0
        self._ring: deque[int] = deque(maxlen=KEPT)

    def add(self, duration_ns: int) -> None:
        """One more."""
        self._ring.append(duration_ns)
        self.count += 1
        self.total_ns += duration_ns

    @property
    def last_ns(self) -> int:
        """The last one, 0 when there was none."""
        return self._ring[-1] if self._ring else 0

    def quantiles(self, *percents: int) -> tuple[int, ...]:
        """Of the last ones, the durations that so many percent do not exceed; 0 when none is."""
        found = sorted(self._ring)
        if not found:
            return (0,) * len(percents)
        return tuple(found[max(0, -(-len(found) * p // 100) - 1)] for p in percents)
