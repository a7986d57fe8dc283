"""Engine and auditor side by side, and invariants 21 to 26 watched over the whole run.

`Beside(config).step(event)` gives one event to both and raises AssertionError with readable
differences and the last events when they part, or when an invariant of docs/invariants.md that
`Engine.check()` cannot see (21 to 26) is broken. The watch uses effects and `engine.view` only.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Final

from clobstep import Engine
from clobstep.config import EngineConfig
from clobstep.enums import (
    NO_TOKEN,
    EffectKind,
    EventKind,
    OrderState,
    RequestState,
    SessionState,
    Side,
    Tif,
    VenueState,
)
from clobstep_sim.auditor import (
    Auditor,
    Effect,
    Event,
    compare,
    compare_effects,
    decode_effects,
    encode,
)

FULL_EVERY: Final = 25  # events between comparisons of every order ever seen
AUDIT_EVERY: Final = 100  # events between rebuilds of the auditor's ledger from its facts
ENDED: Final = (OrderState.FILLED, OrderState.CANCELED, OrderState.REJECTED, OrderState.EXPIRED)
REQUESTS: Final = {
    EffectKind.SUBMIT: RequestState.SUBMIT,
    EffectKind.CANCEL: RequestState.CANCEL,
    EffectKind.QUERY: RequestState.QUERY,
}


class Beside:
    """One engine, one auditor, one watch."""

    def __init__(self, config: EngineConfig) -> None:
        self.engine = Engine(config)
        self.auditor = Auditor(config)
        self.watch = Watch(self.engine, config)
        self.events = 0
        self.last: deque[Event] = deque(maxlen=30)

    def step(self, event: Event) -> list[Effect]:
        """Give one event to both; the engine's effects."""
        raw = encode(event)
        self.last.append(event)
        self.watch.before()
        effects = decode_effects(self.engine.step(raw))
        self.auditor.step(raw)
        everything = self.events % FULL_EVERY == 0
        found = compare_effects(effects, self.auditor)
        found += compare(self.engine, self.auditor, everything=everything)
        found += self.watch.after(event, effects)
        broken = self.engine.check()
        if broken:
            found.append(f"Engine.check() = {broken}")
        if self.events % AUDIT_EVERY == 0:
            found += self.auditor.check()
        self.events += 1
        assert not found, self._story(found)
        return effects

    def finish(self) -> None:
        """At the end of a run: every order, and the auditor's ledger from its facts."""
        found = compare(self.engine, self.auditor) + self.auditor.check()
        assert not found, self._story(found)

    def _story(self, found: list[str]) -> str:
        lines = [f"after event {self.events}:", *found, "last events:"]
        return "\n".join([*lines, *(_said(event) for event in self.last)])


def _said(event: Event) -> str:
    known = event.kind in EventKind._value2member_map_
    name = EventKind(event.kind).name if known else str(event.kind)
    fields = {k: v for k, v in event._asdict().items() if v and k != "kind"}
    return f"  {name} {fields}"


class Watch:
    """Invariants 21 to 26, from effects and readings alone."""

    def __init__(self, engine: Any, config: EngineConfig) -> None:
        self.engine, self.config = engine, config
        self.seq, self.now = 0, 0
        self.filled: dict[tuple[int, int], tuple[int, int]] = {}
        self.sent_ns: dict[int, int] = {}  # order -> when its request went out
        self.requests: dict[int, int] = {}
        self.known: set[int] = set()

    def before(self) -> None:
        view = self.engine.view
        self.requests = {i: view.order(i).request for i in view.orders()}

    def after(self, event: Event, effects: list[Effect]) -> list[str]:
        """What of invariants 21 to 26 this event broke."""
        found = self._time(effects)
        for effect in effects:
            if effect.kind == EffectKind.SUBMIT:
                found += self._submit(event, effect)
            if effect.order_id:
                self.known.add(effect.order_id)
        found += self._fills(event)
        found += self._reservations()
        return found + self._requests(event, effects)

    def _time(self, effects: list[Effect]) -> list[str]:
        """26: sequence +1 an event; time never back, not within an event either."""
        found = []
        if self.engine.seq != self.seq + 1:
            found.append(f"26: seq {self.engine.seq} after {self.seq}")
        times = [self.now, *(e.time_ns for e in effects), self.engine.view.now_ns]
        if times != sorted(times):
            found.append(f"26: time goes back: {times}")
        self.seq, self.now = self.engine.seq, times[-1]
        return found

    def _submit(self, event: Event, sent: Effect) -> list[str]:
        """21: it is paid for. 24: it may go at all."""
        view, found = self.engine.view, []
        market = view.market(sent.token)
        account = view.cash if sent.side == Side.BUY else view.token(sent.token)
        asked = event.kind in (EventKind.INTENT_SUBMIT, EventKind.INTENT_REPLACE)
        if asked and account.spendable < 0:
            found.append(f"21: submit of {sent.order_id} leaves {account.spendable} spendable")
        if view.session not in (SessionState.TRADING, SessionState.DRAINING):
            found.append(f"24: submit of {sent.order_id} in session {view.session}")
        if view.venue not in (VenueState.NORMAL, VenueState.POST_ONLY):
            found.append(f"24: submit of {sent.order_id} with the venue in {view.venue}")
        if not market.known or market.hold:
            found.append(f"24: submit of {sent.order_id}: known {market.known}, hold {market.hold}")
        stopped = market.loss_stop or market.unhedged or view.session == SessionState.DRAINING
        if stopped and not self._lessens(sent):
            found.append(f"24: submit of {sent.order_id} adds risk after a stop")
        return found

    def _lessens(self, sent: Effect) -> bool:
        """Do all open orders of its direction together only close the gap of the two tokens?"""
        view = self.engine.view
        if sent.side == Side.BUY and sent.code in (Tif.FAK, Tif.FOK):
            return False
        longer = sent.token ^ sent.side
        same_way = [view.order(i) for i in view.orders()]
        same_way = [o for o in same_way if o.token ^ o.side == longer]
        gap = _total(view.token(longer ^ 1)) - _total(view.token(longer))
        return sum(o.leaves for o in same_way) <= gap

    def _fills(self, event: Event) -> list[str]:
        """23: filled is monotone, and so is what was reversed."""
        found = []
        for order_id in {event.order_id, event.ref} & self.known:
            order = self.engine.view.order(order_id)
            if order is None:
                continue
            # an id that a later market's foreign order has again is another order
            key = (order_id, self.engine.view.market(order.token).generation)
            filled, was_reversed = self.filled.get(key, (0, 0))
            if order.filled < filled or order.reversed < was_reversed:
                found.append(f"23: order {order_id}: filled {filled} -> {order.filled}")
            self.filled[key] = (order.filled, order.reversed)
            if order.state in ENDED and order.reserved:
                found.append(f"22: order {order_id} ended and holds {order.reserved}")
        return found

    def _reservations(self) -> list[str]:
        """22: what is reserved is what open orders hold, and what a conversion in flight holds."""
        view = self.engine.view
        held: dict[int, int] = {}
        for order_id in view.orders():
            order = view.order(order_id)
            account = NO_TOKEN if order.side == Side.BUY else order.token
            held[account] = held.get(account, 0) + order.reserved
        found = []
        accounts = [(NO_TOKEN, view.cash), *((t, view.token(t)) for t in range(self.config.tokens))]
        for token, account in accounts:
            more = account.reserved - held.get(token, 0)
            if more < 0:
                found.append(f"22: account {token} holds {-more} less than its orders")
        return found

    def _requests(self, event: Event, effects: list[Effect]) -> list[str]:
        """25: a request goes out only when none is in flight any more."""
        found = []
        for effect in effects:
            if effect.kind not in REQUESTS:
                continue
            order_id = effect.order_id
            flying = self.requests.get(order_id, RequestState.IDLE)
            late = self.sent_ns.get(order_id, 0) + self.config.request_timeout_ns <= effect.time_ns
            answered = event.order_id == order_id or event.kind == EventKind.RESTARTED
            if flying != RequestState.IDLE and not late and not answered:
                found.append(f"25: order {order_id}: {effect.kind} while {flying} is in flight")
            self.requests[order_id] = REQUESTS[EffectKind(effect.kind)]
            self.sent_ns[order_id] = effect.time_ns
        return found


def _total(account: Any) -> int:
    return int(account.settled + account.incoming - account.outgoing)
