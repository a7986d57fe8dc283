"""What the auditor's state is made of: accounts, buckets, breakers, books.

Owns: the data of each and what can be said of it alone. The rules are in the other modules.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass, field
from typing import Final

from .codes import BreakerState, FeedState

UNIT: Final = 1_000_000_000  # one token of a bucket: buckets count in 1e-9 parts (rules.md, 7)


@dataclass(eq=False)
class Account:
    """Cash, or one token: micro-pUSD or microshares (rules.md, 4)."""

    settled: int = 0
    incoming: int = 0
    outgoing: int = 0
    reserved: int = 0
    locked: int = 0  # cash only

    @property
    def spendable(self) -> int:
        return self.settled - self.outgoing - self.reserved - self.locked

    @property
    def total(self) -> int:
        return self.settled + self.incoming - self.outgoing


@dataclass(eq=False)
class Bucket:
    """A token bucket in 1e-9 parts; full at the start, may go into debt (rules.md, 7)."""

    rate: int
    burst: int
    spent: int = 0  # what is missing from a full bucket at `at_ns`
    at_ns: int = 0

    def missing(self, now_ns: int) -> int:
        return max(0, self.spent - self.rate * (now_ns - self.at_ns))

    def has_one(self, now_ns: int) -> bool:
        return self.burst * UNIT - self.missing(now_ns) >= UNIT

    def take(self, now_ns: int) -> None:
        self.spent = self.missing(now_ns) + UNIT
        self.at_ns = now_ns

    def wait_ns(self, now_ns: int) -> int:
        """How long until one is there; 0 when one is."""
        lacks = UNIT - (self.burst * UNIT - self.missing(now_ns))
        return max(0, -(-lacks // self.rate))


@dataclass(eq=False)
class Breaker:
    """CLOSED, OPEN until a time, HALF_OPEN with at most one probe (rules.md, 8)."""

    pause_ns: int
    state: int = BreakerState.CLOSED
    rejects: int = 0
    until_ns: int = 0
    probe: int = 0
    epoch: int = 0
    last_batch: int = 0


class Ladder:
    """The bids of one token: sizes by price in pips, and the prices, the best last."""

    def __init__(self) -> None:
        self.sizes: dict[int, int] = {}
        self.prices: list[int] = []

    def put(self, price: int, size: int) -> None:
        """A level, new or of another size."""
        if price not in self.sizes:
            prices = self.prices  # a snapshot tells them one after another, up or down
            if not prices or price > prices[-1]:
                prices.append(price)
            elif price < prices[0]:
                prices.insert(0, price)
            else:
                insort(prices, price)
        self.sizes[price] = size

    def drop(self, price: int) -> None:
        """No level there any more, if there was one."""
        if price in self.sizes:
            del self.sizes[price]
            del self.prices[bisect_left(self.prices, price)]

    def drop_above(self, limit: int) -> int:
        """No level better than this one; how many there were."""
        prices = self.prices
        n = 0
        while prices and prices[-1] > limit:
            del self.sizes[prices.pop()]
            n += 1
        return n

    def clear(self) -> None:
        self.sizes.clear()
        self.prices.clear()

    def best(self) -> int:
        """The highest price; 0 when there is none."""
        return self.prices[-1] if self.prices else 0

    def levels(self) -> list[tuple[int, int]]:
        """(price, size), the best first."""
        return [(price, self.sizes[price]) for price in reversed(self.prices)]


@dataclass(eq=False)
class Book:
    """Bids of both tokens of a condition; the asks of one are the bids of the other."""

    even: Ladder = field(default_factory=Ladder)
    odd: Ladder = field(default_factory=Ladder)
    feed: int = FeedState.DOWN
    last_ns: int = 0  # last word of the feed, for SILENCE
    wants_snapshot: bool = False  # asked for; asked again until one begins
    asked_ns: int = 0
    resync_ns: int = 0  # when it was last asked for
    group_open: bool = False
    group_venue_ns: int = 0
    group_last_ns: int = 0
    carries: bool = False  # the group told the venue's best of the even token
    carried_bid: int = 0
    carried_ask: int = 0
    seen_bid: int = 0  # the best of the even token when last looked at for a wake
    seen_ask: int = 10_000
    first_delta_ns: int = 0
    agreed_row: int = 0

    def bids(self, token: int) -> Ladder:
        """The bids of a token; seen from its complement they are asks."""
        return self.odd if token & 1 else self.even

    def best_bid(self, token: int) -> tuple[int, int]:
        """(price, size); (0, 0) when the side is empty."""
        side = self.bids(token)
        price = side.best()
        return (price, side.sizes[price]) if side.prices else (0, 0)

    def best_ask(self, token: int) -> tuple[int, int]:
        """(price, size); (10000, 0) when the side is empty."""
        price, size = self.best_bid(token ^ 1)
        return (10_000 - price, size)

    @property
    def crossed(self) -> bool:
        """Is the best bid as high as the best ask?"""
        return self.two_sided and self.even.best() >= 10_000 - self.odd.best()

    @property
    def two_sided(self) -> bool:
        return bool(self.even.prices and self.odd.prices)
