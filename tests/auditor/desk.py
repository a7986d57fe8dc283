"""A small desk for cases worked out by hand: the auditor, a clock, and short ways to say things."""

from __future__ import annotations

from typing import Final

from clobstep.config import EngineConfig
from clobstep.enums import NO_TOKEN, AcceptStatus, EffectKind, Side, Tif, TradeStatus
from clobstep.enums import EventKind as K
from clobstep_sim.auditor import Auditor, Effect, Event, encode
from clobstep_sim.auditor.state import Order

START: Final = 1_790_000_000_000_000_000
S: Final = 1_000_000_000
SHARE: Final = 1_000_000
BUY, SELL = Side.BUY, Side.SELL


class Desk:
    """An auditor with 500 pUSD, 100 shares of token 0 that cost 40, and market 0 at 0.40/0.42."""

    def __init__(self, **settings: int) -> None:
        sizes = {"tokens": 4, "orders": 16, "fills": 64, "tombstones": 16, "cooldown_ns": 0}
        self.auditor = Auditor(EngineConfig(**{**sizes, **settings}))
        self.st = self.auditor.state
        self.now = START
        self.say(K.OPENING, NO_TOKEN, amount=500_000_000)
        self.say(K.OPENING, 0, size=100 * SHARE, amount=40_000_000)
        self.say(K.HEARTBEAT, NO_TOKEN)
        self.say(K.RECONCILE_BEGUN, NO_TOKEN)
        self.say(K.RECONCILED, NO_TOKEN, venue_time_ns=START)
        self.say(K.MARKET, 0, price_pips=100, size=5 * SHARE, amount=70_000, flags=1)
        self.book(4_000, 4_200)

    def say(
        self, kind: K, token: int = NO_TOKEN, wait_ns: int = 1_000, **fields: int
    ) -> list[Effect]:
        self.now += wait_ns
        event = Event(time_ns=self.now, kind=kind, token=token, **fields)
        effects = self.auditor.step(encode(event))
        assert self.auditor.check() == []
        return effects

    def book(self, bid: int, ask: int) -> None:
        level = {"code": 1, "size": 10 * SHARE}
        self.say(K.BOOK_SNAPSHOT, 0, side=BUY, price_pips=bid, flags=1, **level)
        self.say(K.BOOK_SNAPSHOT, 0, side=SELL, price_pips=ask, flags=2, **level)

    def submit(self, order_id: int, side: int, price: int, size: int, **more: int) -> list[Effect]:
        fields = {"code": Tif.GTC, **more}
        return self.say(
            K.INTENT_SUBMIT, 0, order_id=order_id, side=side, price_pips=price, size=size, **fields
        )

    def live(self, order_id: int, side: int, price: int, size: int, **more: int) -> Order:
        self.submit(order_id, side, price, size, **more)
        self.say(K.ACCEPTED, order_id=order_id, code=AcceptStatus.RESTING)
        return self.order(order_id)

    def trade(
        self, order_id: int, ref: int, side: int, price: int, size: int, **more: int
    ) -> list[Effect]:
        fields = {"code": TradeStatus.MATCHED, "flags": 2, **more}
        return self.say(
            K.TRADE, 0, order_id=order_id, ref=ref, side=side, price_pips=price, size=size, **fields
        )

    def order(self, order_id: int) -> Order:
        order = self.st.find(order_id)
        assert order is not None
        return order


def refusal(effects: list[Effect]) -> int:
    return next(e.code for e in effects if e.kind == EffectKind.REFUSED)


def alerts(effects: list[Effect]) -> list[int]:
    return [e.code for e in effects if e.kind == EffectKind.ALERT]


def kinds(effects: list[Effect]) -> list[int]:
    return [e.kind for e in effects if e.kind not in (EffectKind.TIMER, EffectKind.WAKE)]
