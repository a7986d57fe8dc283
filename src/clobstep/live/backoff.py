"""How long to wait before the next try: longer with each failure, and never two alike.

Owns the number of failures in a row. The draws come from the generator that is given, so that a
seed says exactly when everything is tried again.
"""

from __future__ import annotations

import random

from clobstep.live.clock import SECOND


class Backoff:
    """Pauses that double from `first_ns` to `most_ns`, each shortened by up to a half by a draw."""

    def __init__(
        self, rng: random.Random, *, first_ns: int = SECOND // 4, most_ns: int = 15 * SECOND
    ) -> None:
        if not 0 < first_ns <= most_ns:
            raise ValueError(f"first_ns: {first_ns} is not in 1..{most_ns} (most_ns)")
        self._rng = rng
        self.first_ns = first_ns
        self.most_ns = most_ns
        self.failures = 0

    def next_ns(self) -> int:
        """The pause after one more failure."""
        whole = min(self.most_ns, self.first_ns << min(self.failures, 40))
        self.failures += 1
        return whole - int(self._rng.random() * (whole // 2))

    def worked(self) -> None:
        """The next pause is the first again."""
        self.failures = 0
