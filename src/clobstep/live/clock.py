"""Time for what is live: the wall clock at the start, and what passed since, never stepped.

Owns the two offsets that are only told (CLOCK events): how far the wall clock went away from ours,
and the venue's clock. `trio.current_time` is the one source, so a test with trio's MockClock
decides what time it is.
"""

from __future__ import annotations

import time
from typing import Final

import trio

SECOND: Final = 1_000_000_000


class Clock:
    """Our time in UTC nanoseconds. `speed`: so many of its seconds pass in one of the wall's."""

    def __init__(self, *, start_ns: int | None = None, speed: float = 1.0) -> None:
        if not 0 < speed <= 10_000:
            raise ValueError(f"speed: {speed} is not in 0..10000")
        self.start_ns = time.time_ns() if start_ns is None else start_ns
        self.speed = speed
        self._began = trio.current_time()

    def now_ns(self) -> int:
        """Rises; two looks in a moment may be equal. At `trio_time(x)` it is x, not 1 ns before."""
        return self.start_ns + round((trio.current_time() - self._began) * self.speed * SECOND)

    def trio_time(self, at_ns: int) -> float:
        """When trio's clock shows what ours calls `at_ns`; not a moment before, by rounding."""
        return self._began + (at_ns - self.start_ns + 0.5) / (self.speed * SECOND)

    async def sleep_until(self, at_ns: int) -> None:
        """Until then; at least one checkpoint."""
        await trio.sleep_until(self.trio_time(at_ns))

    async def sleep(self, duration_ns: int) -> None:
        """For so much of our time."""
        await trio.sleep(max(0.0, duration_ns / (self.speed * SECOND)))

    def wall_drift_ns(self) -> int:
        """The wall clock less ours; at another speed than 1 it says nothing and is 0."""
        return time.time_ns() - self.now_ns() if self.speed == 1.0 else 0
