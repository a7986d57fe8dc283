"""What the auditor's state is made of: settings, accounts, buckets, breakers, books, fills.

Owns: the data of each and what can be said of it alone. The rules are in the other modules.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from dataclasses import dataclass, field, fields
from typing import Final

from clobstep.config import EngineConfig

from .codes import BreakerState, EffectKind, FeedState

PIPS: Final = 10_000  # the price 1
LAST_NS: Final = (1 << 63) - 1  # no time lies beyond
UNIT: Final = 1_000_000_000  # one token of a bucket: buckets count in 1e-9 parts (rules.md, 7)


def after(time_ns: int, wait_ns: int) -> int:
    """So long after a time that an event told, which may be any number."""
    return min(time_ns, LAST_NS - wait_ns) + wait_ns


class Settings:
    """What the engine was made with, number by number."""

    def __init__(self, config: EngineConfig) -> None:
        for one in fields(config):
            setattr(self, one.name, getattr(config, one.name))


@dataclass(eq=False)
class Account:
    """Cash, or one token: micro-pUSD or microshares (rules.md, 4)."""

    settled: int = 0
    incoming: int = 0
    outgoing: int = 0
    reserved: int = 0
    locked: int = 0  # cash only

    def free(self) -> int:
        return self.settled - self.outgoing - self.reserved - self.locked

    def whole(self) -> int:
        return self.settled + self.incoming - self.outgoing

    @property
    def spendable(self) -> int:
        return self.free()

    @property
    def total(self) -> int:
        return self.whole()


@dataclass(eq=False)
class Bucket:
    """A token bucket in 1e-9 parts; full at the start, may go into debt (rules.md, 7)."""

    rate: int
    burst: int
    spent: int = 0  # what is missing from a full bucket at `at_ns`
    at_ns: int = 0

    def missing(self, now_ns: int) -> int:
        passed = now_ns - self.at_ns
        if passed > self.spent // self.rate:
            return 0
        return max(0, self.spent - self.rate * passed)

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
    """The bids of one token: a size for each price in pips, 0 for none, and the prices there are,
    the best last."""

    def __init__(self) -> None:
        self.sizes = array("q", bytes(8 * (PIPS + 1)))
        self.prices: list[int] = []

    def put(self, price: int, size: int) -> None:
        """A level, new or of another size."""
        if not self.sizes[price]:
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
        if self.sizes[price]:
            self.sizes[price] = 0
            del self.prices[bisect_left(self.prices, price)]

    def drop_above(self, limit: int) -> int:
        """No level better than this one; how many there were."""
        prices = self.prices
        n = 0
        while prices and prices[-1] > limit:
            self.sizes[prices.pop()] = 0
            n += 1
        return n

    def clear(self) -> None:
        for price in self.prices:
            self.sizes[price] = 0
        self.prices.clear()

    def best(self) -> int:
        """The highest price; 0 when there is none."""
        return self.prices[-1] if self.prices else 0

    def looked_up(self) -> list[int]:
        """`prices`, found by looking at every size."""
        found, sizes = [], self.sizes
        for price in range(PIPS + 1):
            if sizes[price]:
                found.append(price)  # noqa: PERF401 - a comprehension is slow where it is compiled
        return found

    def levels(self) -> list[tuple[int, int]]:
        """(price, size), the best first."""
        return [(price, self.sizes[price]) for price in reversed(self.prices)]

    def asks(self) -> list[tuple[int, int]]:
        """(price, size) as the complement sees them, its best first."""
        return [(PIPS - price, self.sizes[price]) for price in reversed(self.prices)]


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
        return price, side.sizes[price]

    def best_ask(self, token: int) -> tuple[int, int]:
        """(price, size); (10000, 0) when the side is empty."""
        price, size = self.best_bid(token ^ 1)
        return (10_000 - price, size)

    def two_sided(self) -> bool:
        return bool(self.even.prices and self.odd.prices)

    def is_crossed(self) -> bool:
        """Is the best bid as high as the best ask?"""
        return self.two_sided() and self.even.best() >= 10_000 - self.odd.best()

    @property
    def crossed(self) -> bool:
        return self.is_crossed()


@dataclass(slots=True)
class Conversion:
    """A split, merge or redeem in flight and what it holds reserved."""

    kind: EffectKind
    token: int
    size: int


@dataclass(eq=False)
class Fill:
    """A booked fill: what was posted, so that it can be settled or taken back."""

    trade: int
    order_id: int
    token: int
    side: int
    size: int
    price: int
    cash: int  # moved, without the fee
    fee: int
    cost_delta: int
    match_ns: int
    state: int
    posted: bool = True
    foreign: bool = False  # no order of ours was changed by it
    counted: int = 0  # u, less what an adopted order counts already
