"""Words of a market that the seeded driver can say: books, prints, metadata, feed signs."""

from __future__ import annotations

import random
from typing import Final

from clobstep.enums import NO_TOKEN, EventKind, FeedSign, FeedState, Side
from clobstep_sim.auditor import Auditor, Event
from clobstep_sim.auditor.state import Condition

K = EventKind
S: Final = 1_000_000_000
SHARE: Final = 1_000_000


class Words:
    """What every part of the driver needs: the draws, the auditor's state, a maker of events."""

    def __init__(self, rng: random.Random, auditor: Auditor) -> None:
        self.rng, self.st = rng, auditor.state
        self.queue: list[Event] = []  # said next, before anything is chosen

    def make(self, kind: EventKind, token: int = NO_TOKEN, **fields: int) -> Event:
        """An event of the right generation; its time is set when it is said."""
        known = token < 2 * len(self.st.conditions)
        generation = self.st.condition(token).generation if known else 0
        return Event(kind=kind, token=token, generation=generation, **fields)

    def one(self) -> Condition:
        return self.rng.choice(self.st.conditions)

    def chance(self, share: float) -> bool:
        return self.rng.random() < share


class MarketWords(Words):
    def metadata(self, condition: Condition) -> Event:
        rng = self.rng
        flags = 1 if self.chance(0.98) else rng.randrange(16)
        tick = rng.choice((100, 100, 100, 10, 50, 25, 1)) if self.chance(0.2) else 100
        if condition.known and self.chance(0.9):
            tick = condition.tick
        return self.make(
            K.MARKET,
            2 * condition.index + rng.randrange(2),
            price_pips=tick,
            size=rng.choice((5, 5, 1)) * SHARE,
            amount=rng.choice((0, 40_000, 70_000)),
            order_id=self.cluster_of(condition),
            ref=self.st.now + rng.randint(-5, 900) * S if self.chance(0.03) else 0,
            flags=flags,
        )

    def cluster_of(self, condition: Condition) -> int:
        """The first two markets are of one question; at times of one nobody has read."""
        if self.chance(0.04):
            return 9
        return 7 if condition.index < 2 and self.chance(0.9) else 0

    def snapshot(self, condition: Condition) -> list[Event]:
        rng, token = self.rng, 2 * condition.index
        tick = condition.tick or 100
        middle = rng.randrange(2000, 8000) // 100 * 100
        events = []
        for side, sign in ((Side.BUY, -1), (Side.SELL, 1)):
            levels = [
                (middle + sign * tick * k, rng.randint(1, 400) * SHARE)
                for k in range(1, rng.choice((1, 2, 3, 3, 4, 4, 4)))
            ]
            flat = [x for level in levels for x in level] + [0] * 6
            events.append(
                self.make(
                    K.BOOK_SNAPSHOT, token, side=side, code=len(levels), price_pips=flat[0],
                    size=flat[1], bid_pips=flat[2], amount=flat[3], ask_pips=flat[4],
                    order_id=flat[5], venue_time_ns=self.st.now,
                )
            )  # fmt: skip
        if self.chance(0.3):  # from the other token's point of view
            events = [
                e._replace(
                    token=e.token ^ 1, side=1 - e.side, price_pips=10_000 - e.price_pips,
                    bid_pips=10_000 - e.bid_pips, ask_pips=10_000 - e.ask_pips,
                )
                for e in events
            ]  # fmt: skip
        if self.chance(0.04):
            events[1] = events[1]._replace(price_pips=events[0].price_pips, code=1)
        return [events[0]._replace(flags=1), events[1]._replace(flags=2)]

    def book(self) -> Event:
        rng, st = self.rng, self.st
        condition = self.one()
        dark = [c for c in st.conditions if c.book.feed in (FeedState.DOWN, FeedState.STALE)]
        if dark and self.chance(0.5):
            condition = rng.choice(dark)
        feed = condition.book.feed
        lost = feed in (FeedState.DOWN, FeedState.STALE, FeedState.SYNCING)
        if (lost and self.chance(0.8)) or self.chance(0.02):
            self.queue += self.snapshot(condition)
            return self.queue.pop(0)
        token = 2 * condition.index + rng.randrange(2)
        if self.chance(0.05):
            return self.make(
                K.PRINT, token, price_pips=rng.randint(1, 99) * 100, size=SHARE, side=Side.SELL
            )
        side, size = rng.randrange(2), rng.choice((0, rng.randint(1, 300) * SHARE))
        price = self.near(condition, token, side, -1)
        bid, ask = self.top_after(condition, token, side, price, size)
        flags = rng.choice((0, 1, 2, 3, 3, 3, 3))
        if flags & 2 and self.chance(0.06):
            bid = max(0, min(10_000, bid + rng.choice((-100, 100, 10))))
        venue = st.now if self.chance(0.7) else st.now - rng.randint(-1, 2) * 100_000_000
        if self.chance(0.1):
            bid, ask = condition.book.best_bid(token)[0], condition.book.best_ask(token)[0]
            return self.make(
                K.BEST, token, bid_pips=bid, ask_pips=ask, flags=flags & 1, venue_time_ns=venue
            )
        return self.make(
            K.BOOK_DELTA, token, side=side, price_pips=price, size=size, flags=flags,
            bid_pips=bid if flags & 2 else 0, ask_pips=ask if flags & 2 else 0,
            venue_time_ns=venue,
        )  # fmt: skip

    def near(self, condition: Condition, token: int, side: int, aggression: int) -> int:
        """A price near the best of its side; above 0 it reaches into the other side."""
        rng, tick = self.rng, condition.tick or 100
        bid, ask = condition.book.best_bid(token)[0], condition.book.best_ask(token)[0]
        if bid == 0 or ask == 10_000:
            bid, ask = 4_900, 5_100
        reach = rng.randint(-3, 1) if aggression < 0 else rng.randint(-1, 2) + 2 * aggression
        price = bid + tick * reach if side == Side.BUY else ask - tick * reach
        if self.chance(0.02):
            price += rng.choice((1, 5, 37))
        return max(tick, min(10_000 - tick, price))

    def top_after(
        self, condition: Condition, token: int, side: int, price: int, size: int
    ) -> tuple[int, int]:
        """The best bid and ask as the venue would carry them with this change."""
        book = condition.book
        bids = set(book.bids(token).prices)
        asks = {10_000 - p for p in book.bids(token ^ 1).prices}
        mine, theirs = (bids, asks) if side == Side.BUY else (asks, bids)
        mine.discard(price)
        if size:
            mine.add(price)
            crossing = {p for p in theirs if (p <= price if side == Side.BUY else p >= price)}
            theirs -= crossing
        return max(bids, default=0), min(asks, default=10_000)

    def market_word(self) -> Event:
        rng, condition = self.rng, self.one()
        token = 2 * condition.index + rng.randrange(2)
        draw = rng.random()
        if draw < 0.45:
            return self.metadata(condition)
        if draw < 0.55:
            return self.make(K.CLUSTER, order_id=7, flags=rng.choice((0, 0, 0, 2, 4)))
        if draw < 0.65:
            return self.make(K.TICK_CHANGE, token, price_pips=rng.choice((100, 10, 50, 25)))
        if draw < 0.9:
            target = rng.choice((token, token, NO_TOKEN))
            return self.make(K.FEED, target, code=rng.randrange(len(FeedSign)))
        if draw < 0.93:
            return self.make(K.RESOLVED, token, price_pips=rng.choice((0, 10_000, 5_000)))
        return self.make(K.RETIRE, token)
