"""Random recordings and random traders, from a seed: everything a venue says, in every order.

The market behind a `Stream` is true to itself: it keeps the book that it displays. What is told of
it is not always: deletions are lost, prints come before or after their decrease, rounded or not,
times go back, feeds break, ticks change, markets close and resolve.
"""

from __future__ import annotations

import random
from typing import Any

from clobstep import events
from clobstep.core import EVENT_DTYPE
from clobstep.enums import PIPS, EventKind, Flag, Side, Tif, Wake
from clobstep.strategy.protocol import Turn
from paper.desk import MS, START, Tape

CENT_SHARE = 10_000


class Stream:
    """Makes `tape`, a recording of some hundred events of one or more conditions."""

    def __init__(self, seed: int, conditions: int = 2, length: int = 400) -> None:
        self.rng = random.Random(seed)
        self.tape = Tape(tokens=2 * conditions, lag_ms=self.rng.choice([0, 5, 40]))
        self.now = 10.0
        self.books: list[tuple[dict[int, int], dict[int, int]]] = []
        self.ticks = [100] * conditions
        self.dark = [False] * conditions
        self.later: list[tuple[float, Any]] = []
        for k in range(conditions):
            middle = self.rng.randrange(20, 80)
            bids = {100 * (middle - d): self.size() for d in range(1, 6)}
            asks = {PIPS - 100 * (middle + d): self.size() for d in range(1, 6)}
            self.books.append((bids, asks))
            self.snapshot(k)
        for _ in range(length):
            self.step()
        while self.later:
            self.now = max(self.now, self.later[0][0])
            self.later.pop(0)[1]()

    def size(self) -> int:
        return (
            self.rng.choice([1, 500, 730, 2_000, 10_000, 50_000])
            * CENT_SHARE
            * self.rng.randrange(1, 4)
        )

    def put(self, kind: EventKind, venue_ms: float | None = None, **fields: int) -> None:
        at = START + round((self.now if venue_ms is None else venue_ms) * MS)
        venue = 0 if venue_ms == 0 else at
        self.tape.put(
            events.raw(kind, at=max(at, START) + self.tape.lag * MS, venue_time_ns=venue, **fields)
        )

    # --- what happens -----------------------------------------------------------------------------

    def step(self) -> None:
        rng = self.rng
        self.now += rng.choice([0, 0, 1, 2, 7, 20, 21, 60]) if rng.random() < 0.98 else 900
        while self.later and self.later[0][0] <= self.now:
            self.later.pop(0)[1]()
        k = rng.randrange(len(self.books))
        kind = rng.choices(
            [self.change, self.trade, self.snapshot, self.best, self.odd],
            [70, 16, 5, 3, 3],
        )[0]
        kind(k)

    def level(self, k: int, which: int) -> int:
        """A price near the best of a ladder, in its coordinates."""
        mine, other = self.books[k][which], self.books[k][1 - which]
        best = max(mine, default=100)
        top = PIPS - max(other, default=100) - self.ticks[k]
        price = best + self.ticks[k] * self.rng.randrange(-4, 2)
        return min(max(price, self.ticks[k]), max(top, self.ticks[k]))

    def change(self, k: int) -> None:
        """Somebody places or cancels; one change, or a group of them."""
        n = self.rng.choice([1, 1, 1, 2, 3])
        for j in range(n):
            which = self.rng.randrange(2)
            price = self.level(k, which)
            book = self.books[k][which]
            new = self.rng.choice(
                [0, self.size(), book.get(price, 0) // 2 // CENT_SHARE * CENT_SHARE]
            )
            lost = new == 0 and self.rng.random() < 0.1
            self.set(k, which, price, new, last=j == n - 1, told=not lost)

    def set(
        self, k: int, which: int, price: int, new: int, last: bool = True, told: bool = True
    ) -> None:
        book = self.books[k][which]
        if new:
            book[price] = new
        else:
            book.pop(price, None)
        if not told or self.dark[k]:
            return
        token, side, at = self.twin(k, which, price)
        flags = Flag.BOOK_END if last and self.rng.random() < 0.8 else 0
        bid, ask = 0, 0
        if self.rng.random() < 0.7:
            flags |= Flag.BOOK_BEST
            bid, ask = self.bests(k, token)
        back = self.now - 3 if self.rng.random() < 0.02 else self.now
        self.put(
            EventKind.BOOK_DELTA, back, token=token, side=side, price_pips=at, size=new,
            bid_pips=bid, ask_pips=ask, flags=flags,
        )  # fmt: skip

    def twin(self, k: int, which: int, price: int) -> tuple[int, int, int]:
        """A bid of a ladder as (token, side, price) of either token."""
        if self.rng.random() < 0.5:
            return 2 * k + which, Side.BUY, price
        return 2 * k + 1 - which, Side.SELL, PIPS - price

    def bests(self, k: int, token: int) -> tuple[int, int]:
        odd = token & 1
        bid = max(self.books[k][odd], default=0)
        return bid, PIPS - max(self.books[k][1 - odd], default=0)

    def trade(self, k: int) -> None:
        """A taker meets a ladder: prints and decreases, in either order, of one or more levels."""
        rng = self.rng
        which = rng.randrange(2)
        book = self.books[k][which]
        for price in sorted(book, reverse=True)[: rng.choice([1, 1, 2])]:
            had = book[price]
            exact = rng.choice([had, had // 2, rng.randrange(1, had + 1)])
            shown = had - exact
            rounded = -(-shown // CENT_SHARE) * CENT_SHARE
            size = rng.choice([rounded, shown // CENT_SHARE * CENT_SHARE])
            token, side, at = self.twin(k, which, price)

            def tell(
                token: int = token, side: int = side, at: int = at, exact: int = exact
            ) -> None:
                if not self.dark[k]:
                    self.put(
                        EventKind.PRINT,
                        token=token,
                        side=1 - side,
                        price_pips=at,
                        size=max(exact, 1),
                    )

            late = rng.choice([0, 0, 15, 20, 21, 35, 249, 250, 251, 1_000])
            if rng.random() < 0.3:
                tell()
                self.later.append(
                    (self.now + late, lambda p=price, s=size: self.set(k, which, p, s))
                )
                book[price] = max(size, 1)
            else:
                self.set(k, which, price, size)
                self.later.append((self.now + late, tell))
            self.later.sort(key=lambda one: one[0])

    def snapshot(self, k: int) -> None:
        """The whole book, of either token; it ends a dark time."""
        self.dark[k] = False
        token = 2 * k + self.rng.randrange(2)
        odd = token & 1
        at = START + round(self.now * MS)
        bids = [(f"{p / PIPS:.4f}", f"{s / 1e6:.6f}") for p, s in self.books[k][odd].items()]
        asks = [
            (f"{(PIPS - p) / PIPS:.4f}", f"{s / 1e6:.6f}")
            for p, s in self.books[k][1 - odd].items()
        ]
        parts = events.snapshot(
            token, bids=bids, asks=asks, at=at + self.tape.lag * MS, venue_time=at
        )
        self.tape.put(*parts)

    def best(self, k: int) -> None:
        """The venue's bests without a change."""
        if self.dark[k]:
            return
        token = 2 * k + self.rng.randrange(2)
        bid, ask = self.bests(k, token)
        self.put(
            EventKind.BEST, token=token, bid_pips=bid, ask_pips=ask, flags=self.rng.randrange(2)
        )

    def odd(self, k: int) -> None:
        """What is rarer: gaps, ticks, closing and opening, a market thinned to a placeholder."""
        what = self.rng.randrange(6)
        if what == 0:
            sign, token = self.rng.choice([(1, 2 * k), (1, 0xFFFFFFFF), (6, 2 * k)])
            self.put(EventKind.FEED, token=token, code=sign)
            self.put(EventKind.FEED, token=token, code=0)
            for one in range(len(self.books)):
                if token == 0xFFFFFFFF or one == k:
                    self.dark[one] = True
                    self.later.append((self.now + 50, lambda one=one: self.snapshot(one)))
            self.later.sort(key=lambda one: one[0])
        elif what == 1:
            self.ticks[k] = self.rng.choice([100, 10])
            self.put(EventKind.TICK_CHANGE, token=2 * k, price_pips=self.ticks[k])
        elif what == 2:
            flags = self.rng.choice([0, 1, 1, 1])
            self.put(
                EventKind.MARKET, 0, token=2 * k, price_pips=self.ticks[k], size=5_000_000,
                amount=70_000, flags=flags,
            )  # fmt: skip
            self.later.append((self.now + 100, lambda: self.reopen(k)))
            self.later.sort(key=lambda one: one[0])
        elif what == 3 and self.rng.random() < 0.3:
            self.put(EventKind.RESOLVED, token=2 * k, price_pips=self.rng.choice([0, 5_000, PIPS]))
        elif what == 4:
            for which in (0, 1):
                for price in list(self.books[k][which]):
                    if price > 100:
                        self.set(k, which, price, 0)
                self.set(k, which, 100, self.size())
        else:
            for which in (0, 1):
                self.set(k, which, self.level(k, which), self.size())

    def reopen(self, k: int) -> None:
        self.put(
            EventKind.MARKET, 0, token=2 * k, price_pips=self.ticks[k], size=5_000_000,
            amount=70_000, flags=1,
        )  # fmt: skip


class Trader:
    """Asks for anything, now and then. Its draws follow from its seed and its turns alone."""

    wakes = Wake.BBO | Wake.ORDER | Wake.PRINT
    timer_ns = 0
    engine = {  # noqa: RUF012
        "cooldown_ns": 0, "market_rate": 10_000, "market_burst": 10_000, "signer_rate": 10_000,
        "signer_burst": 10_000, "gtd_min_ns": 0, "min_notional_micros": 0, "reject_limit": 1 << 20,
    }  # fmt: skip

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)

    def on_wake(self, turn: Turn) -> None:
        rng = self.rng
        if rng.random() < 0.5:
            return
        open_orders = turn.orders(turn.token)
        if open_orders and rng.random() < 0.3:
            turn.cancel(rng.choice(open_orders))
            return
        token = turn.token + rng.randrange(2)
        side = Side.SELL if turn.spendable(token) > 10_000_000 and rng.random() < 0.5 else Side.BUY
        bid, ask = turn.best(token)
        tick = max(turn.view.market(token).tick_pips, 1)
        around = rng.choice([bid, ask, bid - tick, bid + tick, ask - tick, ask + tick])
        price = min(max(around // tick * tick, tick), PIPS - tick)
        tif = rng.choice([Tif.GTC, Tif.GTC, Tif.GTC, Tif.GTD, Tif.FAK, Tif.FOK])
        size = rng.choice([500, 500, 731, 2_000, 12_345]) * CENT_SHARE
        if tif in (Tif.FAK, Tif.FOK) and side == Side.BUY:
            size = rng.choice([1, 100, 333, 1_000, 5_417, 20_003]) * 10_000  # an amount of pUSD
        expiry = turn.now_ns + rng.choice([179, 181, 182]) * 1_000 * MS if tif == Tif.GTD else 0
        post_only = tif in (Tif.GTC, Tif.GTD) and rng.random() < 0.7
        turn.submit(token, side, price, size, tif=tif, post_only=post_only, expiry_ns=expiry)


__all__ = ["EVENT_DTYPE", "Stream", "Trader"]
