"""A small rig around an engine, for tests that say events one by one.

`Rig()` keeps the clock: `rig.say(events.accepted, 1)` builds the event at `rig.now`, steps it and
returns its effects; `rig.later(S)` lets time pass. `Rig().trading()` has a book, metadata, cash and
shares in every condition, and the session is TRADING. Prices and sizes are those of `trading`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, Final

from clobstep import Engine, EngineConfig, events
from clobstep.effects import Effect, unpack_all
from clobstep.enums import COUNTERS, Alert, EffectKind, Refusal

S: Final = 1_000_000_000
START_NS: Final = 1_790_000_000 * S
SHARE: Final = 1_000_000
SMALL: Final = {
    "tokens": 8, "orders": 32, "fills": 64, "tombstones": 64, "cooldown_ns": 0,
    "request_timeout_ns": 10 * S, "stale_after_ns": 1 << 50,
}  # fmt: skip
"""A small engine whose feeds never fall silent and whose turns need no pause."""


class Rig:
    """An engine, its clock, and the next free order and trade ids."""

    def __init__(self, **config: int) -> None:
        self.engine = Engine(EngineConfig(**(SMALL | config)))
        self.now = START_NS
        self.last_order = 0
        self.last_trade = 0

    @property
    def view(self) -> Any:
        return self.engine.view

    def step(self, *records: bytes) -> list[Effect]:
        """Step the records; the effects of all of them."""
        return [e for record in records for e in unpack_all(self.engine.step(record))]

    def say(self, build: Callable[..., Any], *args: Any, **fields: Any) -> list[Effect]:
        """Step what a builder makes at the rig's time (or at `at`)."""
        fields.setdefault("at", self.now)
        built = build(*args, **fields)
        return self.step(*([built] if isinstance(built, bytes) else built))

    def later(self, span_ns: int) -> list[Effect]:
        """Let time pass, and say so with a TIMER."""
        self.now += span_ns
        return self.say(events.timer)

    def copy(self) -> Rig:
        """A rig in the same state, by way of a snapshot."""
        twin = object.__new__(Rig)
        twin.engine = Engine.restore(self.engine.snapshot())
        twin.now, twin.last_order, twin.last_trade = self.now, self.last_order, self.last_trade
        return twin

    # ---- what most tests begin with

    def metadata(self, token: int, **fields: Any) -> list[Effect]:
        given = {"tick": "0.01", "min_size": "5", "fee_rate": "0.07"} | fields
        return self.say(events.market, token, **given)

    def book(self, token: int, bid: str = "0.48", ask: str = "0.52") -> list[Effect]:
        return self.say(events.snapshot, token, bids=[(bid, "1000")], asks=[(ask, "1000")])

    def reconcile(self) -> list[Effect]:
        begun = self.say(events.reconcile_begun)
        return begun + self.say(events.reconciled, read_up_to=self.now - 10 * S)

    def trading(self) -> Rig:
        """Cash 10,000, 500 of each token, metadata and a 0.48/0.52 book in every condition."""
        self.say(events.opening, cash="10000")
        for token in range(self.engine.config.tokens):
            self.say(events.opening, token=token, size="500", cost="200")
        for token in range(0, self.engine.config.tokens, 2):
            self.metadata(token)
            self.book(token)
        self.reconcile()
        return self

    def submit(self, token: int = 0, side: str = "BUY", **fields: Any) -> int:
        """Send an order (100 at 0.40 unless said otherwise); its id. It must not be refused."""
        self.last_order += 1
        given = {"price": "0.40"} | fields
        if "amount" not in given:
            given = {"size": "100"} | given
        effects = self.say(events.submit, self.last_order, token, side, **given)
        assert refused(effects) is Refusal.NONE, refused(effects).name
        return self.last_order

    def trade(self, order: int, size: str, **fields: Any) -> int:
        """A trade of 0.40 of token 0, BUY, with a new id unless `trade` says which; the id."""
        if "trade" not in fields:
            self.last_trade += 1
        given: dict[str, Any] = {"price": "0.40", "trade": self.last_trade} | fields
        self.say(events.trade, order, 0, "BUY", size=size, **given)
        return int(given["trade"])


# ---- Readers of effects


def refused(effects: Iterable[Effect]) -> Refusal:
    """The refusal among the effects, or NONE."""
    codes = [e.code for e in effects if e.kind == EffectKind.REFUSED]
    assert len(codes) <= 1
    return Refusal(codes[0]) if codes else Refusal.NONE


def of_kind(effects: Iterable[Effect], kind: EffectKind) -> list[Effect]:
    return [e for e in effects if e.kind == kind]


def alerts(effects: Iterable[Effect]) -> list[Alert]:
    return [Alert(e.code) for e in effects if e.kind == EffectKind.ALERT]


# ---- Snapshots with what every event changes left out

HEAD: Final = 24  # magic, format, layout hash; then the configuration, then the engine's scalars
VARS: Final = HEAD + 8 * len(EngineConfig.__dataclass_fields__)
"""Where the scalars begin: seq and chain are the first two words."""
MOST_COUNTERS: Final = 64  # words in the table of counters; that of refusals follows it


@cache
def counted_words() -> tuple[int, int]:
    """Offsets of the tables of counters and of refusals in a snapshot.

    Found by trying: an unknown kind changes seq, chain, two counts and the snapshot's digest only.
    """
    engine = Engine(EngineConfig(**SMALL))
    engine.step(events.raw(200, at=START_NS))
    before = engine.snapshot()
    engine.step(events.raw(200, at=START_NS))
    after = engine.snapshot()
    words = [k for k in range(0, len(before), 8) if before[k : k + 8] != after[k : k + 8]]
    assert len(words) == 5
    assert words[:2] == [VARS, VARS + 8]
    assert words[4] == len(before) - 8
    counters = words[2] - 8 * COUNTERS.index("refused")
    refusals = words[3] - 8 * Refusal.UNKNOWN_KIND
    assert refusals == counters + 8 * MOST_COUNTERS
    return counters, refusals


def masked(snapshot: bytes) -> bytes:
    """The snapshot without seq, chain, counters, counts of refusals and digest."""
    counters, _ = counted_words()
    return snapshot[:VARS] + snapshot[VARS + 16 : counters] + tables(snapshot)


def tables(snapshot: bytes) -> bytes:
    """Markets, accounts, orders, fills, clusters and books; nothing of the engine's scalars."""
    _, refusals = counted_words()
    return snapshot[refusals + 8 * (max(Refusal) + 1) : -8]
