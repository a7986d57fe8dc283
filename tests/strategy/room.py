"""A room for a strategy: the core's rig, the strategy beside it, and a venue that answers by hand.

`room.say(events.delta, ...)` steps the event; when it wakes the strategy its intents are stepped
too, as every runner does, and kept in `room.asked`. `room.answer()` accepts what was sent and
confirms what was cancelled; `room.fill(order_id, "5")` trades. Prices and sizes are decimals.
"""

from __future__ import annotations

from typing import Any

from clobstep import events
from clobstep.effects import Effect, unpack_all
from clobstep.enums import EffectKind, EventKind, OrderState, RequestState, Side, Wake
from clobstep.events import Event
from clobstep.strategy.protocol import Turn, run_turn
from clobstep.units import format_price, format_size
from core.support import START_NS, Rig, S

__all__ = ["START_NS", "Room", "S", "told"]


class Room(Rig):
    """An engine in TRADING with one market or more, and a strategy that is woken by it."""

    def __init__(self, strategy: Any, *, tokens: int = 2, **config: int) -> None:
        super().__init__(tokens=tokens, **config)
        self.strategy = strategy
        self.turn = Turn()
        self.asked: list[Event] = []  # by the last event that was said
        self.raw: list[bytes] = []  # by all of them
        self.turns = 0
        self.refused: list[Effect] = []

    def step(self, *records: bytes) -> list[Effect]:
        self.asked = []
        out: list[Effect] = []
        for record in records:
            effects = unpack_all(self.engine.step(record))
            out += effects
            if not effects or effects[-1].kind != EffectKind.WAKE:
                continue
            self.turns += 1
            raw = run_turn(self.engine, record, self.strategy, self.turn)
            for k in range(0, len(raw), 64):
                intent = raw[k : k + 64]
                self.asked.append(events.unpack(intent))
                self.raw.append(intent)
                out += unpack_all(self.engine.step(intent))
        self.refused += [effect for effect in out if effect.kind == EffectKind.REFUSED]
        return out

    def open(self, cash: str = "1000", **metadata: Any) -> Room:
        """Cash, a clean read, metadata, and what wakes the strategy; no book yet."""
        self.say(events.opening, cash=cash)
        self.reconcile()
        for token in range(0, self.engine.config.tokens, 2):
            self.metadata(token, **metadata)
            wakes = [wake for wake in Wake if int(self.strategy.wakes) & wake]
            self.say(events.wake_on, token, *wakes)
        return self

    def holds(self, **sizes: str) -> Room:
        """`yes="20", no="5"` of the first market, settled, each share at 0.50."""
        for name, size in sizes.items():
            token = ("yes", "no").index(name)
            cost = str(float(size) / 2)
            self.say(events.deposit, token=token, size=size, cost=cost)
        return self

    def quotes(self, bid: str, ask: str, token: int = 0, size: str = "1000") -> list[Effect]:
        """A new book of one level a side."""
        return self.say(events.snapshot, token, bids=[(bid, size)], asks=[(ask, size)])

    def answer(self) -> None:
        """The venue takes what was sent and confirms what was cancelled, the oldest first."""
        for order_id in self.view.orders():
            order = self.view.order(order_id)
            if order is None:
                continue
            if order.request == RequestState.SUBMIT:
                self.say(events.accepted, order_id)
                order = self.view.order(order_id)
            if order is not None and order.request == RequestState.CANCEL:
                self.say(events.cancel_accepted, order_id)

    def fill(self, order_id: int, size: str, *, price: str = "", confirm: bool = True) -> None:
        """A trade of an order at its limit, or at `price`; confirmed, unless said otherwise."""
        order = self.view.order(order_id)
        self.last_trade += 1
        maker = order.tif < 2
        given: dict[str, Any] = {
            "trade": self.last_trade, "price": price or format_price(order.price_pips),
            "size": size, "role": "MAKER" if maker else "TAKER",
        }  # fmt: skip
        self.say(events.trade, order_id, order.token, Side(order.side), **given)
        if confirm:
            given["status"] = "CONFIRMED"
            self.say(events.trade, order_id, order.token, Side(order.side), **given)

    def live(self) -> dict[int, Any]:
        """Open orders that stand, by id."""
        found = {order_id: self.view.order(order_id) for order_id in self.view.orders()}
        return {k: o for k, o in found.items() if o.state == OrderState.LIVE}


def told(intents: list[Event]) -> list[str]:
    """Intents in short: `BUY YES 0.52 10`, `replace 1: SELL NO 0.48 10`, `cancel 1`, `merge 5`."""
    out = []
    for one in intents:
        kind = EventKind(one.kind)
        if kind in (EventKind.INTENT_SUBMIT, EventKind.INTENT_REPLACE):
            what = f"{Side(one.side).name} {('YES', 'NO')[one.token & 1]}"
            text = f"{what} {format_price(one.price_pips)} {format_size(one.size)}"
            out.append(f"replace {one.ref}: {text}" if one.ref else text)
        elif kind == EventKind.INTENT_CANCEL:
            out.append(f"cancel {one.order_id}")
        else:
            word = kind.name.removeprefix("INTENT_").lower()
            out.append(f"{word} {format_size(one.size)}" if one.size else word)
    return out
