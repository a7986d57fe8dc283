"""Words about orders that the seeded driver can say: intents, answers, facts, fills."""

from __future__ import annotations

from typing import Final

from clobstep.enums import (
    AcceptStatus,
    CancelReason,
    EventKind,
    FeedState,
    FoundStatus,
    OrderState,
    Reject,
    RequestState,
    Side,
    Tif,
    TradeState,
    VenueState,
)
from clobstep_sim.auditor import Event
from clobstep_sim.auditor.state import Condition, Order
from core.drive_market import SHARE, MarketWords, S

K = EventKind
FOREIGN_IDS: Final = 1 << 40
REPLACEABLE: Final = (OrderState.SENT, OrderState.DELAYED, OrderState.LIVE, OrderState.UNKNOWN)


class OrderWords(MarketWords):
    """`mood` colours the answers; `turn` and `trades` only count up."""

    mood = "calm"
    turn = 1
    trades = 0

    # ---- intents

    def intent(self) -> Event:
        rng, st = self.rng, self.st
        condition = self.tradable()
        token, side = 2 * condition.index + rng.randrange(2), rng.randrange(2)
        if side == Side.SELL and st.tokens[token].spendable < SHARE and self.chance(0.9):
            side = Side.BUY
        tif = rng.choices(list(Tif), (60, 15, 10, 15))[0]
        post_only = tif in (Tif.GTC, Tif.GTD) and self.chance(0.4)
        price = self.near(condition, token, side, -1 if post_only or self.chance(0.6) else 1)
        size = rng.choice((1, 5, 5, 10, 20, 33)) * SHARE
        if side == Side.SELL and self.chance(0.6):
            size = max(size, st.tokens[token].spendable // 10_000 * 10_000)
        if self.chance(0.1):
            size += rng.choice((10_000, 370_000, 1))
        if self.chance(0.5):
            self.turn += 1
        event = self.make(
            K.INTENT_SUBMIT, token, order_id=st.last_intent_id + rng.choice((1, 1, 1, 2)),
            side=side, code=tif, price_pips=price, size=size,
            amount=self.turn if self.chance(0.8) else 0,
            venue_time_ns=st.now + rng.randint(170, 500) * S if tif == Tif.GTD else 0,
            flags=post_only | rng.randrange(4) << 2,
        )  # fmt: skip
        if self.chance(0.05):
            event = self.badly_asked(event)
        targets = [o for o in st.orders_of(condition) if o.state in REPLACEABLE]
        if not targets or self.chance(0.65):
            return event
        target = rng.choice(targets)
        if self.chance(0.7):  # the usual replace: same token and side, another price or size
            price = max(1, min(9_999, target.price + rng.randint(-2, 2) * (condition.tick or 1)))
            event = event._replace(token=target.token, side=target.side, price_pips=price)
        overlap = 2 if self.chance(0.3) else 0
        return event._replace(
            kind=K.INTENT_REPLACE, ref=target.order_id, flags=event.flags | overlap
        )

    def badly_asked(self, event: Event) -> Event:
        """The same intent with something that the guard refuses by its form."""
        draw = self.rng.randrange(4)
        if draw == 0:
            return event._replace(order_id=self.st.last_intent_id)
        if draw == 1:
            return event._replace(price_pips=self.rng.choice((0, 10_000)))
        if draw == 2:
            return event._replace(flags=event.flags | 1, code=Tif.FAK)
        return event._replace(venue_time_ns=0 if event.venue_time_ns else event.time_ns + S)

    def tradable(self) -> Condition:
        """Mostly a market that takes orders, or will once the session does."""
        good = [
            c
            for c in self.st.conditions
            if c.book.feed in (FeedState.SYNCED, FeedState.SUSPECT)
            and (c.flags & 1 if c.known else self.st.config.fallback_metadata)
            and not c.resolved and not c.hold
        ]  # fmt: skip
        return self.rng.choice(good) if good and self.chance(0.93) else self.one()

    def cancel(self) -> Event:
        rng, st = self.rng, self.st
        draw = rng.random()
        if draw < 0.8 and st.orders:
            return self.make(K.INTENT_CANCEL, order_id=rng.choice(st.in_turn()).order_id)
        if draw < 0.85 and st.tombs:
            return self.make(K.INTENT_CANCEL, order_id=rng.choice(list(st.tombs)))
        if draw < 0.97:
            return self.make(K.INTENT_CANCEL_MARKET, 2 * self.one().index + rng.randrange(2))
        return self.make(K.INTENT_CANCEL_ALL)

    # ---- answers

    def answer(self) -> Event:
        """An answer that some request of ours waits for; now and then of the wrong kind."""
        waiting = [o for o in self.st.in_turn() if o.request != RequestState.IDLE]
        waiting += [o for o in self.st.in_turn() if o.state == OrderState.DELAYED]
        if not waiting:
            return self.book() if self.chance(0.5) else self.intent()
        order = self.rng.choice(waiting)
        request = order.request
        if self.chance(0.05):
            request = self.rng.choice(list(RequestState))
        if request == RequestState.CANCEL:
            return self.cancel_answer(order)
        if request == RequestState.QUERY:
            return self.look_answer(order)
        return self.submit_answer(order)

    def submit_answer(self, order: Order) -> Event:
        rng, make = self.rng, self.make
        if self.mood == "storm" or self.chance(0.12):
            reason = rng.choice(list(Reject)) if self.chance(0.4) else Reject.PAYLOAD
            batch = rng.choice((0, 0, 0, 11, 12))
            return make(K.REJECTED, order_id=order.order_id, code=reason, amount=batch)
        draw = rng.random()
        if draw < 0.5:
            matched = self.matched(order) if order.tif in (Tif.FOK, Tif.FAK) else 0
            status = AcceptStatus.MATCHED if matched else AcceptStatus.RESTING
            return self.fact(K.ACCEPTED, order, matched, code=status)
        if draw < 0.62:
            status = rng.choice(list(AcceptStatus))
            return self.fact(K.ACCEPTED, order, self.matched(order), code=status)
        if draw < 0.68:
            return make(K.SUBMIT_UNKNOWN, order_id=order.order_id)
        if draw < 0.80:
            return self.seen(K.PLACED, order, 0)
        if draw < 0.86:
            return self.seen(K.MATCHED, order, self.matched(order))
        if draw < 0.96:
            return self.fill_of(order)
        return self.fact(K.CANCELED, order, self.matched(order), code=CancelReason.KILLED)

    def cancel_answer(self, order: Order) -> Event:
        rng, draw = self.rng, self.rng.random()
        if draw < 0.45:
            owed = self.matched(order) if self.chance(0.3) else order.filled
            return self.fact(K.CANCEL_ACCEPTED, order, owed)
        if draw < 0.6:
            owed = self.matched(order) if self.chance(0.3) else order.filled
            return self.fact(K.CANCELED, order, owed, code=rng.randrange(6))
        if draw < 0.75:
            wait = rng.choice((0, 0, 3 * S))
            return self.make(
                K.CANCEL_REFUSED, order_id=order.order_id, code=CancelReason.LATER, amount=wait
            )
        if draw < 0.88:
            reason = rng.choice((CancelReason.MATCHED_OR_GONE, CancelReason.OTHER))
            return self.make(K.CANCEL_REFUSED, order_id=order.order_id, code=reason)
        if draw < 0.94:
            return self.make(K.CANCEL_UNKNOWN, order_id=order.order_id)
        return self.fill_of(order)

    def look_answer(self, order: Order) -> Event:
        if self.chance(0.6):
            return self.make(K.NOT_FOUND, order_id=order.order_id)
        return self.found(order, self.rng.choice(list(FoundStatus)))

    def found(self, order: Order, status: FoundStatus) -> Event:
        matched = order.filled if self.chance(0.6) else self.matched(order)
        return self.seen(K.FOUND, order, matched)._replace(code=status)

    def matched(self, order: Order) -> int:
        """A matched size the venue might say: nothing, part, all, or what we know."""
        part = order.original * self.rng.randint(1, 9) // 10
        return self.rng.choice((0, order.filled, part, order.original, order.original))

    def fact(self, kind: EventKind, order: Order, matched: int, code: int = 0) -> Event:
        known = self.chance(0.8)
        size = matched if known else 0
        return self.make(kind, order_id=order.order_id, size=size, flags=int(known), code=code)

    def seen(self, kind: EventKind, order: Order, matched: int) -> Event:
        """A word that names the whole order."""
        event = self.fact(kind, order, matched, code=order.tif)
        generation = self.st.condition(order.token).generation
        return event._replace(
            token=order.token, generation=generation, side=order.side, price_pips=order.price,
            amount=order.original,
        )  # fmt: skip

    # ---- fills

    def fill(self) -> Event:
        live = [o for o in self.st.in_turn() if o.state in REPLACEABLE]
        if not live:
            return self.intent()
        return self.fill_of(self.rng.choice(live))

    def fill_of(self, order: Order) -> Event:
        """A fill of part of it, all of it, or a little more than that."""
        rng = self.rng
        price = order.price
        if self.chance(0.3):
            better = rng.randint(1, 300)
            price += -better if order.side == Side.BUY else better
            price = max(1, min(9_999, price))
        left = order.leaves or order.original
        if order.cash_order:
            left = left * 10_000 // price
        size = rng.choice((left, left, left // 2, left // 3 + 1, SHARE, left + 3, left + 50_000))
        self.trades += 1
        if self.chance(0.05):
            self.trades = max(1, self.trades - 3)  # an id of before, perhaps of another order
        event = self.make(
            K.TRADE, order.token, order_id=order.order_id, ref=self.trades, side=order.side,
            price_pips=price, size=max(1, size), code=rng.choices(range(6), (2, 10, 3, 2, 1, 1))[0],
            flags=rng.choice((0, 1, 2, 4, 8, 6, 9, 10, 5)), venue_time_ns=self.match_time(),
        )  # fmt: skip
        if self.chance(0.03):
            event = event._replace(side=1 - event.side)
        if self.chance(0.02):
            event = event._replace(token=event.token ^ 1, price_pips=10_000 - price)
        return event

    def match_time(self) -> int:
        if self.chance(0.02):
            return max(1, self.st.watermark_ns - self.rng.randint(-1, 2))
        return 0 if self.chance(0.2) else self.st.now - self.rng.randint(0, S)

    def settle(self) -> Event:
        """A later word about a fill we hold."""
        rng, st = self.rng, self.st
        if not st.fills:
            return self.fill()
        fills = list(st.fills.values())
        open_ones = [f for f in fills if f.state not in (TradeState.CONFIRMED, TradeState.FAILED)]
        fill = rng.choice(open_ones if open_ones and self.chance(0.85) else fills)
        word = self.make(
            K.TRADE, fill.token, order_id=fill.order_id, ref=fill.trade, side=fill.side,
            price_pips=fill.price, size=fill.size, venue_time_ns=fill.match_ns,
            code=rng.choices(range(6), (1, 3, 6, 12, 3, 4))[0],
        )  # fmt: skip
        return word._replace(size=word.size + 1) if self.chance(0.03) else word

    # ---- the dead, and strangers

    def dead(self) -> Event:
        """Words about orders that ended, most of all of the youngest of them."""
        rng, tombs = self.rng, list(self.st.tombs.values())
        if not tombs:
            return self.fill()
        held_dead = [o for o in tombs if o.presumed or o.state == OrderState.REJECTED]
        order = rng.choice(tombs[-5:] if self.chance(0.6) else tombs)
        if held_dead and self.chance(0.3):
            order = rng.choice(held_dead)
        draw = rng.random()
        if draw < 0.35:
            return self.fill_of(order)
        if draw < 0.5:
            return self.fact(K.CANCELED, order, self.matched(order))
        if draw < 0.6:
            return self.found(order, FoundStatus.OPEN)
        if draw < 0.65:
            return self.seen(K.PLACED, order, order.filled)
        if draw < 0.8:
            return self.submit_answer(order)
        return self.cancel_answer(order) if draw < 0.9 else self.look_answer(order)

    def ghost(self) -> Event:
        """Orders and fills that we never asked for."""
        rng, condition = self.rng, self.one()
        token = 2 * condition.index + rng.randrange(2)
        order = Order(
            FOREIGN_IDS + rng.randrange(30), token, rng.randrange(2), rng.choice((0, 0, 0, 1, 3)),
            rng.randint(20, 80) * 100, rng.randint(1, 20) * SHARE, 0,
        )  # fmt: skip
        draw = rng.random()
        if draw < 0.3:
            return self.fill_of(order)
        if draw < 0.75:
            kind = rng.choice((K.PLACED, K.MATCHED, K.FOUND))
            matched = rng.choice((0, 0, order.original // 2))
            event = self.seen(kind, order, matched)
            return event._replace(code=FoundStatus.OPEN) if kind == K.FOUND else event
        return self.submit_answer(order) if draw < 0.9 else self.cancel_answer(order)

    def venue(self) -> Event:
        rng = self.rng
        state = VenueState.NORMAL if self.chance(0.5) else rng.choice(list(VenueState))
        return self.make(K.VENUE, code=state, amount=rng.choice((0, 0, 7 * S)))
