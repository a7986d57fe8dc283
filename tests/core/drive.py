"""A seeded driver: plausible events, one at a time, chosen with an eye on the auditor's state.

`Driver(random.Random(seed), auditor).next()` is the next event. The same seed gives the same
events for the same auditor. It works in moods (calm, a reject storm, a silent venue, ...) that
last some dozens of events, so that states are reached which need many events in a row. About one
event in thirty is nonsense: wrong ids, wrong ranges, words out of order.
"""

from __future__ import annotations

import random
from typing import Final

from clobstep.config import EngineConfig
from clobstep.enums import (
    MAX_SIZE,
    NO_TOKEN,
    EffectKind,
    EventKind,
    FoundStatus,
    OperatorCode,
    SessionState,
    VenueState,
)
from clobstep_sim.auditor import Auditor, Effect, Event, encode
from clobstep_sim.auditor.state import Condition
from core.drive_market import SHARE, S
from core.drive_orders import REPLACEABLE, OrderWords

K = EventKind
START_NS: Final = 1_790_000_000 * S
BASE: Final = {"tokens": 8, "orders": 64, "fills": 256, "tombstones": 256}
CONFIGS: Final = (
    EngineConfig(**BASE, cooldown_ns=0),
    EngineConfig(**BASE, cooldown_ns=2 * S, reject_limit=2, global_markets=2, cancel_foreign=1),
    EngineConfig(
        **BASE, cooldown_ns=0, cap_market_micros=60_000_000, cap_cluster_micros=50_000_000,
        cap_total_micros=120_000_000, cap_orders_market=3, cap_orders_total=4,
    ),
    EngineConfig(
        **BASE, cooldown_ns=0, loss_market_micros=3_000_000, loss_day_micros=6_000_000,
        loss_session_micros=9_000_000,
    ),
    EngineConfig(
        tokens=8, orders=6, fills=16, tombstones=4, cooldown_ns=0, fallback_metadata=1,
        unknown_looks=2, unknown_span_ns=20 * S, cash_low_pips=2_000, wide_books=1,
    ),
    EngineConfig(
        **BASE, cooldown_ns=1, market_rate=1, market_burst=2, signer_rate=1, signer_burst=3,
        cancel_rate=1, cancel_burst=1, dust=0, warm_time_ns=2 * S, warm_groups=2,
        breaker_base_ns=20 * S, breaker_max_ns=70 * S, reject_limit=1, wide_books=0,
    ),
)  # fmt: skip
WEIGHTS: Final = {  # as Driver.makers: book, intent, answer, fill, settle, dead, money, ...
    "calm": (30, 30, 30, 8, 5, 3, 1, 1, 2, 5, 0.3),
    "fills": (15, 25, 20, 25, 15, 6, 1, 1, 1, 2, 0.3),
    "storm": (10, 50, 50, 2, 1, 1, 0, 1, 1, 1, 0),
    "silent": (10, 15, 12, 1, 1, 2, 0, 1, 1, 6, 0),
    "cancels": (10, 25, 30, 8, 2, 12, 0, 1, 1, 20, 0),
    "money": (10, 10, 10, 5, 10, 2, 25, 3, 3, 2, 0),
    "session": (20, 15, 15, 5, 3, 3, 3, 20, 15, 3, 0.3),
    "ghosts": (10, 15, 15, 10, 25, 12, 1, 1, 1, 3, 5),
}
MOODS: Final = ("calm", *WEIGHTS)


class Driver(OrderWords):
    """Makes events for an auditor, and for the engine beside it."""

    def __init__(self, rng: random.Random, auditor: Auditor) -> None:
        super().__init__(rng, auditor)
        self.auditor = auditor
        self.mood_left = 40
        self.makers = (
            self.book, self.intent, self.answer, self.fill, self.settle, self.dead, self.money,
            self.session_word, self.market_word, self.cancel, self.ghost,
        )  # fmt: skip
        self.queue += self.opening()

    @classmethod
    def alone(cls, seed: int) -> Driver:
        """A driver with an auditor of its own, and no engine."""
        auditor = Auditor(CONFIGS[seed % len(CONFIGS)])
        return cls(random.Random(seed), auditor)

    def step_alone(self) -> list[Effect]:
        """One event through the auditor of one's own."""
        return self.auditor.step(encode(self.next()))

    def next(self) -> Event:
        """The next event, with its time."""
        if not self.queue:
            self.mood_left -= 1
            if self.mood_left <= 0:
                self.mood, self.mood_left = self.rng.choice(MOODS), self.rng.randint(15, 60)
            event = self.choose()
        else:
            event = self.queue.pop(0)
        return event._replace(time_ns=self.time())

    def time(self) -> int:
        """Mostly a little later; at times at a deadline, long after, before, or far too late."""
        rng, st = self.rng, self.st
        now = st.now if st.started else START_NS
        draw = rng.random()
        if st.started and self.chance(0.002):
            return rng.choice((-1, now + st.config.max_time_step_ns + 1))
        if draw < 0.04 and st.armed_ns > now:
            return st.armed_ns + rng.choice((-1, 0, 1))
        if self.mood == "silent" and draw < 0.35:
            return now + rng.choice((2, 10, 11, 21, 60)) * S
        if draw < 0.06:
            return now - rng.choice((1, 1000, S))
        if draw < 0.07:
            return now + rng.choice((S, 5 * S, 10 * S, 31 * S))
        if draw < 0.073:
            return now + rng.choice((300 * S, 1800 * S, 3599 * S, 3601 * S))
        return now if draw < 0.3 else now + rng.randint(1, 400_000_000)

    def choose(self) -> Event:
        st = self.st
        if self.chance(0.03):
            return self.nonsense()
        if st.session == SessionState.DRAINING and self.chance(0.1):
            return self.make(K.OPERATOR, code=OperatorCode.RESUME)
        if st.session not in (SessionState.TRADING, SessionState.DRAINING) and self.chance(0.25):
            return self.recover()
        if st.shortfall and self.chance(0.1):
            return self.deposit()
        if not st.heartbeat_ok and self.chance(0.1):
            return self.make(K.HEARTBEAT)
        if st.venue != VenueState.NORMAL and self.chance(0.05):
            return self.make(K.VENUE)
        stopped = [c for c in st.conditions if c.hold or c.loss_stop or c.unhedged]
        if stopped and self.chance(0.03):
            code = self.rng.choice((4, 5, 7))
            return self.make(K.OPERATOR, 2 * self.rng.choice(stopped).index, code=code)
        over = [c for c in st.conditions if c.resolved]
        if over and self.chance(0.05):
            return self.wind_up(self.rng.choice(over))
        return self.rng.choices(self.makers, WEIGHTS[self.mood])[0]()

    # ---- the start, and starting again

    def opening(self) -> list[Event]:
        """Balances, metadata, books and a first reconciliation; in most runs in a good order."""
        make = self.make
        events = [make(K.OPENING, amount=500_000_000), make(K.HEARTBEAT)]
        events += [make(K.CLUSTER, order_id=7), make(K.RECONCILE_BEGUN)]
        for condition in self.st.conditions:
            token = 2 * condition.index
            events.append(make(K.WAKE_ON, token, flags=self.rng.randrange(64)))
            if self.chance(0.5):
                size = self.rng.randint(1, 60) * SHARE
                events.append(make(K.OPENING, token, size=size, amount=size // 2))
            if self.chance(0.5 if self.st.config.fallback_metadata else 0.9):
                events.append(self.metadata(condition))
            events += self.snapshot(condition)
        if self.chance(0.3):
            events.insert(self.rng.randrange(4), self.intent())
        if self.chance(0.2):
            self.rng.shuffle(events)
        return [*events, make(K.RECONCILED, venue_time_ns=START_NS)]

    def recover(self) -> Event:
        st = self.st
        if st.session == SessionState.HALTED:
            return self.make(K.RESTARTED)
        if not st.epoch_open or self.chance(0.05):
            return self.make(K.RECONCILE_BEGUN)
        silent = [o for o in st.in_turn() if o.word_epoch < st.epoch and o.state in REPLACEABLE]
        if silent and self.chance(0.8):
            return self.found(silent[0], FoundStatus.OPEN)
        return self.make(K.RECONCILED, venue_time_ns=st.now - self.rng.randint(0, 9) * S)

    # ---- money, session, nonsense

    def deposit(self) -> Event:
        short = [t for t, account in enumerate(self.st.tokens) if account.spendable < 0]
        if short and self.chance(0.8):
            token = self.rng.choice(short)
            size = -self.st.tokens[token].spendable + self.rng.randint(0, 1) * SHARE
            return self.make(K.DEPOSIT, token, size=size, amount=size // 3)
        return self.make(K.DEPOSIT, amount=self.rng.randint(1, 50_000_000))

    def money(self) -> Event:
        rng, st = self.rng, self.st
        token = rng.randrange(st.config.tokens)
        flying = [c for c in st.conditions if c.conversion is not None]
        if flying and self.chance(0.4):
            conversion = rng.choice(flying).conversion
            assert conversion is not None
            kind = EventKind[EffectKind(conversion.kind).name]
            if self.chance(0.2):
                kind = rng.choice((K.CONVERSION_FAILED, K.SPLIT, K.MERGE))
            return self.make(kind, conversion.token, size=conversion.size, price_pips=10_000)
        draw, size = rng.random(), rng.randint(1, 9) * SHARE // rng.choice((1, 3))
        if draw < 0.35:
            kind = rng.choice((K.INTENT_SPLIT, K.INTENT_MERGE, K.INTENT_REDEEM))
            return self.make(kind, token, size=size)
        if draw < 0.5:
            kind = rng.choice((K.SPLIT, K.MERGE, K.REDEEM))
            return self.make(kind, token, size=size, price_pips=rng.choice((0, 5_001, 10_000)))
        if draw < 0.6:
            return self.deposit()
        if draw < 0.65:
            return self.make(K.WITHDRAWAL, amount=rng.randint(1, 9_000_000))
        if draw < 0.72:
            held = max(0, st.tokens[token].settled)
            return self.make(K.WITHDRAWAL, token, size=held // rng.choice((1, 2)))
        if draw < 0.8:
            off = rng.randint(-3_000_000, 3_000_000)
            if self.chance(0.5):
                return self.make(K.ADJUSTMENT, amount=off)
            return self.make(K.ADJUSTMENT, token, size=off)
        if draw < 0.86:
            return self.make(K.LOCK, amount=rng.choice((0, 0, 5_000_000, 900_000_000)))
        if draw < 0.88:
            return self.make(K.OPENING, amount=1)
        return self.balance(NO_TOKEN if self.chance(0.5) else token)

    def wind_up(self, condition: Condition) -> Event:
        """A resolved market: redeem what is left, then give the slot to another."""
        for token in (2 * condition.index, 2 * condition.index + 1):
            if self.st.tokens[token].settled > 0:
                size = self.st.tokens[token].settled
                if self.chance(0.4):
                    return self.make(K.INTENT_REDEEM, token, size=size)
                return self.make(K.REDEEM, token, size=size, price_pips=10_000 * (token & 1))
            if self.st.tokens[token].settled < 0:
                return self.make(K.ADJUSTMENT, token, size=-self.st.tokens[token].settled)
        return self.make(K.RETIRE, 2 * condition.index)

    def balance(self, token: int) -> Event:
        rng, account = self.rng, self.st.account(token)
        said = account.settled + rng.choice((0, account.incoming, -account.outgoing))
        if self.chance(0.2):
            said += rng.choice((1, -1, 777_777))
        said = max(0, said)
        if token == NO_TOKEN:
            return self.make(K.BALANCE, amount=said)
        return self.make(K.BALANCE, token, size=said)

    def session_word(self) -> Event:
        rng, make = self.rng, self.make
        draw = rng.random()
        if draw < 0.2:
            return self.venue()
        if draw < 0.27:
            return make(K.HEARTBEAT, code=rng.randrange(2))
        if draw < 0.5:
            return self.recover() if self.chance(0.5) else self.balance(NO_TOKEN)
        if draw < 0.55:
            return make(K.RESTARTED)
        if draw < 0.65:
            return make(K.TIMER)
        if draw < 0.7:
            return make(K.SIGNAL, rng.choice((NO_TOKEN, 3)), order_id=1, ref=2, size=-3)
        if draw < 0.73:
            return make(K.CLOCK, amount=-5)
        target = NO_TOKEN if self.chance(0.5) else 2 * self.one().index
        code = rng.choices(list(OperatorCode), (2, 6, 1, 2, 4, 4, 4, 4))[0]
        return make(K.OPERATOR, target, code=code)

    def nonsense(self) -> Event:
        """Something of the right shape with one thing wrong, or an order nobody knows."""
        rng = self.rng
        event = rng.choice((self.intent, self.book, self.answer, self.settle, self.money))()
        draw = rng.randrange(10)
        if draw == 0:
            return event._replace(kind=rng.choice((0, 15, 33, 49, 64, 255)))
        if draw == 1:
            return event._replace(token=rng.choice((8, 9, 1 << 31)))
        if draw == 2:
            return event._replace(generation=event.generation + 1)
        if draw == 3:
            return event._replace(side=rng.choice((2, 255)))
        if draw == 4:
            return event._replace(price_pips=rng.choice((-1, 10_001, 32_767)))
        if draw == 5:
            return event._replace(size=rng.choice((-1, MAX_SIZE + 1)))
        if draw == 6:
            return event._replace(code=rng.choice((9, 200)))
        if draw == 7:
            return event._replace(flags=rng.choice((16, 64, 255, 3, 12)))
        if draw == 8:
            return event._replace(order_id=0)
        return event._replace(order_id=rng.randrange(1, 1 << 50))
