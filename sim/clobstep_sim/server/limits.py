"""The venue's limits a signer: a bucket of orders and one of cancels, as its headers tell them.

Owns the levels. Whole requests are charged: a batch all or none; a cancel-all may leave its bucket
below nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SECOND: Final = 1_000_000_000
TIER: Final = "Standard"


@dataclass
class Bucket:
    """So many a second, and so many at once."""

    rate: int
    burst: int
    level: int = 0  # in billionths
    at_ns: int = 0

    def fill(self, now_ns: int) -> None:
        most = self.burst * SECOND
        self.level = min(most, self.level + max(0, now_ns - self.at_ns) * self.rate)
        self.at_ns = now_ns

    def take(self, cost: int) -> bool:
        if self.level < cost * SECOND:
            return False
        self.level -= cost * SECOND
        return True

    def wait_ns(self, cost: int) -> int:
        """Until it holds so much."""
        return max(0, -((self.level - cost * SECOND) // self.rate))


class Limits:
    """Two buckets an account, made full when it is first seen."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[int, str], Bucket] = {}

    def bucket(self, account: int, kind: str, now_ns: int) -> Bucket:
        """`kind`: order or cancel."""
        found = self._buckets.get((account, kind))
        if found is None:
            found = Bucket(40, 60) if kind == "order" else Bucket(80, 120)
            found.level, found.at_ns = found.burst * SECOND, now_ns
            self._buckets[account, kind] = found
        found.fill(now_ns)
        return found

    def headers(self, account: int, kind: str, now_ns: int) -> dict[str, str]:
        """What every answer to an order or a cancel carries."""
        bucket = self.bucket(account, kind, now_ns)
        full_ns = now_ns + bucket.wait_ns(bucket.burst)
        found = {
            "Poly-RateLimit-Remaining": str(max(0, bucket.level // SECOND)),
            "Poly-RateLimit-Reset": str(-(-full_ns // SECOND)),
            "Poly-RateLimit-Tier": TIER,
        }
        if bucket.level < bucket.burst * SECOND // 5:
            found["Poly-RateLimit-Warning"] = "true"
        return found
