"""A long mixed stream of events, made once from a seed and then only replayed.

`make(seed, n)` drives an engine of its own to see what would be plausible next: answers to orders
that are out, trades of orders that are open, words of a venue in trouble, resolutions, restarts;
every kind of event occurs, and some records are nonsense. The result is plain bytes.
"""

from __future__ import annotations

import random
from functools import cache
from typing import Any, Final

from clobstep import Engine, EngineConfig
from clobstep.effects import unpack_all
from clobstep.enums import (
    MAX_SIZE,
    NO_TOKEN,
    EffectKind,
    EventKind,
    FeedState,
    OperatorCode,
    OrderState,
    SessionState,
    TradeStatus,
    VenueState,
)
from clobstep.events import Event
from core.support import SHARE, START_NS, S

K = EventKind
CONFIG: Final = {
    "tokens": 8, "orders": 64, "fills": 256, "tombstones": 64, "wide_books": 1,
    "cooldown_ns": 1 * S, "reject_limit": 3, "breaker_base_ns": 5 * S, "breaker_max_ns": 20 * S,
    "global_markets": 2, "unknown_span_ns": 20 * S, "warm_time_ns": 1 * S,
    "loss_market_micros": 40 * SHARE, "loss_day_micros": 90 * SHARE, "market_rate": 4,
    "market_burst": 20, "cancel_rate": 4, "cancel_burst": 8, "stale_after_ns": 20 * S,
    "post_only_ns": 1 * S,
}  # fmt: skip
SIZED: Final = (K.ACCEPTED, K.CANCEL_ACCEPTED, K.CANCELED, K.PLACED, K.MATCHED, K.FOUND)
CLOSED: Final = (FeedState.DOWN, FeedState.STALE, FeedState.SYNCING)


@cache
def make(seed: int, n: int) -> bytes:
    """`n` event records for an engine of CONFIG; the same for the same seed and engine."""
    stream = Stream(seed)
    while len(stream.records) < n:
        stream.say(stream.choose())
    return b"".join(stream.records[:n])


def engine() -> Engine:
    return Engine(EngineConfig(**CONFIG))


class Stream:
    """Chooses events with an eye on an engine that has stepped all before."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.engine = engine()
        self.now = START_NS
        self.orders = 0
        self.trades: list[Event] = []
        self.records: list[bytes] = []
        self.opening()

    def say(self, event: Event) -> None:
        draw = self.rng.random()
        if draw < 0.004:
            self.now += self.rng.choice((5, 11, 25)) * S
        elif draw < 0.02 and self.engine.view.deadline_ns:
            self.now = max(self.now, self.engine.view.deadline_ns + self.rng.choice((-1, 0, 1)))
        else:
            self.now += self.rng.randint(0, 3_000_000)
        late = self.rng.choice((1, S)) if self.rng.random() < 0.01 else 0
        record = event._replace(time_ns=self.now - late).pack()
        self.records.append(record)
        for effect in unpack_all(self.engine.step(record)):
            if effect.kind == EffectKind.FILL:
                self.trades.append(event)

    def make(self, kind: EventKind, token: int = NO_TOKEN, **fields: int) -> Event:
        generation = 0 if token == NO_TOKEN else self.engine.view.market(token).generation
        return Event(kind=kind, token=token, generation=generation, **fields)

    def opening(self) -> None:
        self.say(self.make(K.OPENING, amount=2_000 * SHARE))
        for token in range(8):
            self.say(self.make(K.OPENING, token, size=300 * SHARE, amount=140 * SHARE))
        for token in range(0, 8, 2):
            self.say(self.make(K.WAKE_ON, token, flags=self.rng.randrange(64)))
            self.say(self.metadata(token))
            self.snapshot(token)
        self.recover()

    def choose(self) -> Event:
        rng, view = self.rng, self.engine.view
        if view.session not in (SessionState.TRADING, SessionState.DRAINING) and rng.random() < 0.2:
            self.recover()
        if view.session == SessionState.DRAINING and rng.random() < 0.1:
            return self.make(K.OPERATOR, code=OperatorCode.RESUME)
        if view.cash.spendable < 100 * SHARE and rng.random() < 0.05:
            return self.make(K.DEPOSIT, amount=500 * SHARE)
        makers = (
            self.book, self.intent, self.answer, self.fill, self.settle, self.other, self.heal,
        )  # fmt: skip
        event = rng.choices(makers, (22, 16, 32, 8, 8, 5, 18))[0]()
        return self.spoil(event) if rng.random() < 0.015 else event

    def spoil(self, event: Event) -> Event:
        """One field is something else."""
        wrong = {
            "token": (8, 1 << 31), "generation": (9,), "side": (2, 255), "price_pips": (-1, 10_001),
            "size": (-1, MAX_SIZE + 1, 1), "amount": (-1, MAX_SIZE + 1), "code": (9, 255),
            "flags": (16, 255), "order_id": (0, 1), "ref": (0,), "kind": (0, 77),
        }  # fmt: skip
        field = self.rng.choice(list(wrong))
        return event._replace(**{field: self.rng.choice(wrong[field])})

    def heal(self) -> Event:
        """What keeps a market from being traded is taken away."""
        rng, view = self.rng, self.engine.view
        token = rng.randrange(8)
        seen = view.market(token)
        words = [
            (not seen.known or not seen.flags & 1, self.metadata(token)),
            (seen.hold, self.make(K.OPERATOR, token, code=OperatorCode.LIFT_HOLD)),
            (seen.loss_stop, self.make(K.OPERATOR, token, code=OperatorCode.LIFT_LOSS_STOP)),
            (seen.unhedged, self.make(K.OPERATOR, token, code=OperatorCode.CLEAR_UNHEDGED)),
            (view.venue != VenueState.NORMAL, self.make(K.VENUE)),
            (True, self.make(K.HEARTBEAT)),
        ]
        for token_side in (token & ~1, token | 1):
            short = view.token(token_side).spendable
            fresh = self.make(K.DEPOSIT, token_side, size=max(0, 150 * SHARE - short), amount=SHARE)
            words.insert(0, (short < 60 * SHARE, fresh))
        if rng.random() < 0.03:
            self.recover()
        book = view.book(token)
        if book.feed in CLOSED or book.bid_pips >= book.ask_pips:
            self.snapshot(token)
        return self.retire(token) if seen.resolved else next(w for needed, w in words if needed)

    # ---- markets

    def metadata(self, token: int, **fields: int) -> Event:
        given = {"price_pips": 100, "size": 5 * SHARE, "amount": 70_000, "flags": 1} | fields
        return self.make(K.MARKET, token, **given)

    def snapshot(self, token: int) -> None:
        middle = self.rng.randrange(30, 70) * 100
        for side, first in ((0, 1), (1, 2)):
            way = 2 * side - 1
            self.say(
                self.make(
                    K.BOOK_SNAPSHOT, token, side=side, code=2, flags=first,
                    price_pips=middle + way * 100, size=50 * SHARE,
                    bid_pips=middle + way * 300, amount=70 * SHARE,
                )
            )  # fmt: skip

    def book(self) -> Event:
        rng = self.rng
        token = rng.randrange(8)
        seen = self.engine.view.book(token)
        bid, ask = seen.bid_pips or 4700, seen.ask_pips % 10_000 or 5300
        draw = rng.random()
        if draw < 0.1:
            return self.make(K.PRINT, token, price_pips=bid, size=SHARE, side=1)
        if draw < 0.2:
            return self.make(K.BEST, token, bid_pips=bid, ask_pips=ask, flags=rng.randrange(2))
        side = rng.randrange(2)
        price = (ask if side else bid) + rng.choice((-200, -100, 0, 0, 100, 200))
        price = min(9_900, max(100, price)) + (rng.random() < 0.01)
        return self.make(
            K.BOOK_DELTA, token, side=side, price_pips=price, flags=rng.choice((0, 1, 1, 1, 3)),
            size=rng.choice((0, 10, 30)) * SHARE, bid_pips=bid, ask_pips=ask,
            venue_time_ns=self.now - rng.randrange(2) * S,
        )  # fmt: skip

    # ---- orders

    def intent(self) -> Event:
        rng = self.rng
        token, side, tif = rng.randrange(8), rng.randrange(2), rng.choice((0, 0, 0, 1, 2, 3))
        seen = self.engine.view.book(token)
        bid, ask = seen.bid_pips or 4000, seen.ask_pips % 10_000 or 6000
        post = rng.random() < 0.4 and tif < 2
        safe = ask + 100 if side else bid - 100
        price = safe if post else rng.choice((bid, ask, safe, safe)) // 100 * 100
        self.orders += 1
        fields = {
            "order_id": self.orders, "side": side, "code": tif, "price_pips": price,
            "size": rng.randrange(5, 40) * SHARE, "amount": self.now // S,
            "venue_time_ns": self.now + 600 * S if tif == 1 else 0,
            "flags": int(post) | rng.randrange(4) << 2,
        }  # fmt: skip
        draw, open_ones = rng.random(), self.engine.view.orders()
        if draw < 0.25 and open_ones:
            target = rng.choice(open_ones)
            twin: Any = self.engine.view.order(target)
            fields |= {
                "ref": target,
                "flags": fields["flags"] | rng.choice((0, 2)),
                "side": twin.side,
            }
            return self.make(K.INTENT_REPLACE, twin.token, **fields)
        if draw < 0.35 and open_ones:
            return self.make(K.INTENT_CANCEL, order_id=rng.choice(open_ones))
        if draw > 0.99:
            return self.make(K.INTENT_CANCEL_MARKET, token)
        return self.make(K.INTENT_SUBMIT, token, **fields)

    def some_order(self) -> Any:
        """An open order, or one that ended lately."""
        open_ones = self.engine.view.orders()
        if open_ones and self.rng.random() < 0.9:
            return self.engine.view.order(self.rng.choice(open_ones))
        return self.engine.view.order(self.rng.randint(max(1, self.orders - 30), self.orders + 1))

    def answer(self) -> Event:
        rng, order = self.rng, self.some_order()
        if order is None:
            return self.intent()
        matched = rng.choice((0, order.original // 2, order.original))
        kinds = {
            OrderState.SENT: (K.ACCEPTED,) * 5 + (K.REJECTED, K.SUBMIT_UNKNOWN, K.PLACED),
            OrderState.UNKNOWN: (K.FOUND, K.NOT_FOUND, K.NOT_FOUND, K.CANCEL_ACCEPTED),
        }.get(
            order.state,
            (K.MATCHED, K.CANCELED, K.CANCEL_ACCEPTED, K.CANCEL_REFUSED, K.CANCEL_UNKNOWN, K.FOUND),
        )
        kind = rng.choice(kinds if rng.random() < 0.95 else tuple(K)[14:25])
        codes = {K.ACCEPTED: 4, K.REJECTED: 22, K.CANCEL_REFUSED: 9, K.CANCELED: 9, K.FOUND: 4}
        return self.make(
            kind, order.token, order_id=order.order_id, side=order.side,
            price_pips=order.price_pips, amount=order.original, size=matched,
            flags=rng.randrange(2) * (kind in SIZED),
            code=rng.choice((0, rng.randrange(codes.get(kind, 1)))),
        )._replace(token=order.token)  # fmt: skip

    def fill(self) -> Event:
        rng, order = self.rng, self.some_order()
        if order is None:
            return self.intent()
        size = rng.choice((order.original, order.leaves or SHARE, SHARE, 2 * SHARE + 17))
        return self.make(
            K.TRADE, order.token, order_id=order.order_id, side=order.side,
            code=rng.choice((1, 1, 2, 5)), ref=len(self.records) + 1, size=size,
            price_pips=order.price_pips, flags=rng.choice((0, 1, 2, 8)),
            venue_time_ns=self.now - rng.choice((0, S)),
        )  # fmt: skip

    def settle(self) -> Event:
        if not self.trades:
            return self.fill()
        trade = self.rng.choice(self.trades)
        code = self.rng.choice((2, 3, 3, 3, 3, 4, 5))
        if code in (TradeStatus.CONFIRMED, TradeStatus.FAILED) and self.rng.random() < 0.8:
            self.trades.remove(trade)
        return trade._replace(code=code)

    # ---- everything else

    def recover(self) -> None:
        """A restart if halted, and a read of everything."""
        view = self.engine.view
        if view.session == SessionState.HALTED:
            self.say(self.make(K.RESTARTED))
        self.say(self.make(K.RECONCILE_BEGUN))
        for order_id in view.orders():
            order: Any = view.order(order_id)
            self.say(
                self.make(
                    K.FOUND, order.token, order_id=order_id, side=order.side,
                    price_pips=order.price_pips, amount=order.original,
                )
            )  # fmt: skip
        self.say(self.make(K.RECONCILED, venue_time_ns=self.now - 5 * S))

    def other(self) -> Event:
        """Words that come seldom; those that stop everything come seldom among them, too."""
        rng = self.rng
        draw = rng.random()
        if draw < 0.04:
            return self.retire(rng.randrange(8))
        if draw < 0.07:
            stops = (
                self.make(K.OPERATOR, code=OperatorCode.HALT), self.make(K.RESTARTED),
                self.make(K.RESOLVED, 6, price_pips=10_000), self.make(K.INTENT_CANCEL_ALL),
            )  # fmt: skip
            return rng.choice(stops)
        words = (self.market_words, self.account_words, self.session_words)
        return rng.choice(rng.choice(words)(rng.randrange(8)))

    def market_words(self, token: int) -> tuple[Event, ...]:
        rng, make = self.rng, self.make
        tick, where = rng.choice((100, 100, 10, 1)), rng.choice((token, NO_TOKEN))
        stranger = {"order_id": rng.randrange(1 << 40, 1 << 41), "price_pips": 5_000}
        return (
            make(K.MARKET, token, price_pips=tick, size=5 * SHARE, flags=1),
            self.metadata(token, order_id=7, amount=rng.choice((0, 70_000))),
            make(K.CLUSTER, order_id=7, flags=rng.choice((0, 0, 0, 2))),
            make(K.TICK_CHANGE, token, price_pips=100),
            make(K.WAKE_ON, token, flags=rng.randrange(64)),
            make(K.FEED, where, code=rng.randrange(7)),
            make(K.TRADE, token, ref=len(self.records) + 1, size=SHARE, code=1, **stranger),
            make(K.PLACED, token, amount=SHARE, **stranger),
            Event(kind=rng.randrange(256), token=token, price_pips=rng.randrange(-5, 10_005)),
        )

    def account_words(self, token: int) -> tuple[Event, ...]:
        rng, make = self.rng, self.make
        share = {"size": rng.randrange(1, 5) * SHARE}
        said = max(0, self.engine.view.cash.settled - rng.choice((0, 0, 0, 1)))
        return (
            make(K.DEPOSIT, token, amount=SHARE, **share), make(K.WITHDRAWAL, amount=SHARE),
            make(K.ADJUSTMENT, amount=-SHARE), make(K.BALANCE, amount=said),
            make(K.LOCK, amount=rng.choice((0, 0, 5 * SHARE))), make(K.OPENING, amount=1),
            make(K.INTENT_SPLIT, token, **share), make(K.INTENT_MERGE, token, **share),
            make(K.SPLIT, token, **share), make(K.MERGE, token, **share),
            make(K.CONVERSION_FAILED, token), make(K.INTENT_REDEEM, token, **share),
            make(K.REDEEM, token, price_pips=10_000, **share),
        )  # fmt: skip

    def session_words(self, token: int) -> tuple[Event, ...]:
        rng, make = self.rng, self.make
        where, code = rng.choice((token, NO_TOKEN)), rng.choice((3, 4, 5, 6, 7, rng.randrange(8)))
        return (
            make(K.VENUE, code=rng.randrange(5), amount=S), make(K.VENUE), make(K.TIMER),
            make(K.HEARTBEAT, code=rng.choice((0, 0, 1))), make(K.HEARTBEAT),
            make(K.CLOCK, amount=-3), make(K.SIGNAL, where, order_id=1, ref=2),
            make(K.OPERATOR, where, code=code),
        )  # fmt: skip

    def finish(self, order_id: int) -> None:
        """The venue ends an order; what it owes comes as one trade."""
        self.say(self.make(K.CANCELED, order_id=order_id))
        left: Any = self.engine.view.order(order_id)
        if left is not None and left.state < OrderState.FILLED and left.leaves:
            owed = left.leaves if left.side or left.tif < 2 else left.leaves * 10_000 // 5_000
            fields = {"price_pips": 5_000, "size": owed, "side": left.side, "order_id": order_id}
            fields |= {"ref": len(self.records) + 1, "code": TradeStatus.CONFIRMED}
            self.say(self.make(K.TRADE, left.token, **fields))

    def retire(self, token: int) -> Event:
        """Empty a resolved condition, so that its slot can be given away."""
        if self.engine.view.market(token).resolved:
            self.say(self.make(K.INTENT_REDEEM, token, size=SHARE))
            for order_id in self.engine.view.orders():
                order: Any = self.engine.view.order(order_id)
                if order.token >> 1 == token >> 1:
                    self.finish(order_id)
            for trade in [t for t in self.trades if t.token >> 1 == token >> 1]:
                self.say(trade._replace(code=TradeStatus.CONFIRMED))
                self.trades.remove(trade)
            self.say(self.make(K.CONVERSION_FAILED, token))
            for side in (token & ~1, token | 1):
                held = self.engine.view.token(side).settled
                kind = K.WITHDRAWAL if held > 0 else K.DEPOSIT
                self.say(self.make(kind, side, size=abs(held)))
        return self.make(K.RETIRE, token)
