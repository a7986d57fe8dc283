"""Conditions under which the guard refuses, one a refusal, made to be combined.

A condition sets the rig up, or changes what is asked for, or both. Conditions are run in `RANK`
order: what needs orders to go out comes first, what stops them last. Nothing lets a second pass,
so that a spent budget stays spent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from clobstep import events
from clobstep.effects import Effect
from clobstep.enums import Refusal
from core.support import Rig, S, refused

R = Refusal
MS: Final = 1_000_000
GUARDED: Final = {
    "tokens": 8, "orders": 256, "fills": 256, "cooldown_ns": 60 * S, "reject_limit": 2,
    "global_markets": 2, "breaker_base_ns": 500 * MS, "request_timeout_ns": 1 << 50,
    "metadata_cycle_ns": 50 * MS, "mark_age_ns": 1 * MS, "loss_check_ns": 1 * MS,
    "loss_persist_ns": 0, "loss_market_micros": 500_000_000, "market_rate": 1, "market_burst": 40,
    "signer_rate": 1, "signer_burst": 60,
}  # fmt: skip
BARE: Final = 6
"""A token without metadata and book."""
NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class Guarded(Rig):
    """A rig whose orders are all SELLs of 5 at 0.90 in turn 1; two are out in each of 0, 2, 4."""

    def __init__(self, started: bool, **config: int) -> None:
        super().__init__(**(GUARDED | config))
        self.meta: dict[str, Any] = {}
        self.sent: dict[int, list[int]] = {0: [], 2: [], 4: []}
        self.say(events.opening, cash="10000")
        for token in (0, 2, 4):  # and none of 1, 3, 5: selling lessens risk
            self.say(events.opening, token=token, size="500", cost="200")
        self.say(events.cluster, 7)
        for token in (0, 2, 4):
            self.metadata(token, cluster=7)
            self.book(token)
        if started:
            self.reconcile()
            self.sent = {t: [self.send(t), self.send(t)] for t in (0, 2, 4)}

    def send(self, token: int) -> int:
        return self.submit(token, "SELL", price="0.90", size="5", turn=1)

    def send_all(self, token: int, until: Refusal, most: int) -> None:
        """Send until the guard says `until`, or `most` orders."""
        for _ in range(most):
            say = {"price": "0.90", "size": "5", "turn": 1}
            effects = self.say(events.submit, self.last_order + 1, token, "SELL", **say)
            if refused(effects) is until:
                return
            assert refused(effects) is R.NONE
            self.last_order += 1

    def describe(self, **fields: Any) -> None:
        """Metadata of market 0, on top of what was said of it before."""
        self.meta |= fields
        self.metadata(0, **({"cluster": 7} | self.meta))

    def pass_fresh(self, span_ns: int) -> None:
        """Let time pass and read all metadata again."""
        self.later(span_ns)
        self.say(events.cluster, 7)
        self.describe()
        for token in (2, 4):
            self.metadata(token, cluster=7)

    def ask(self, **changes: Any) -> list[Effect]:
        """INTENT_SUBMIT of a BUY of 100 of token 0 at 0.40, or as changed; `replaces` replaces."""
        given: dict[str, Any] = {
            "order": self.last_order + 1, "token": 0, "side": "BUY", "price": "0.40",
            "size": "100", "turn": 1,
        } | changes  # fmt: skip
        build = events.replace if "replaces" in given else events.submit
        return self.say(build, **given)


class Condition(NamedTuple):
    """One reason to refuse an order."""

    refusal: Refusal
    setup: Callable[[Guarded], object] = lambda rig: None
    ask: Mapping[str, Any] = NOTHING
    config: Mapping[str, int] = NOTHING
    orders: bool = False  # needs orders to have gone out: not with STARTING


# ---- Setups of more than one word


def self_trade(rig: Guarded) -> None:
    rig.submit(0, "SELL", price="0.50", size="5", turn=1)


def open_breaker(rig: Guarded, token: int) -> None:
    for order in rig.sent[token]:
        rig.say(events.rejected, order, "OTHER")


def probing(rig: Guarded) -> None:
    open_breaker(rig, 0)
    rig.pass_fresh(500 * MS)
    rig.send(0)


def global_breaker(rig: Guarded) -> None:
    open_breaker(rig, 2)
    open_breaker(rig, 4)


def spend_signer(rig: Guarded) -> None:
    rig.send_all(2, R.MARKET_BUDGET, 60)
    rig.send_all(4, R.SIGNER_BUDGET, 60)


def loss_stop(rig: Guarded) -> None:
    rig.say(events.deposit, token=0, size="10", cost="2000")
    rig.later(2 * MS)
    assert rig.view.market(0).loss_stop


def no_mark(rig: Guarded) -> None:
    rig.say(events.feed, "LOST", token=2)
    rig.later(5 * MS)


def unhedged(rig: Guarded) -> None:
    rig.trade(700, "5", status="FAILED")
    assert rig.view.market(0).unhedged


def reconciling(rig: Guarded) -> None:
    rig.say(events.reconcile_begun)
    rig.say(events.balance, cash="1")
    rig.say(events.reconciled, read_up_to=rig.now)


def many_fills(rig: Guarded) -> None:
    for _ in range(12):
        rig.trade(700, "0.01")


def stale(rig: Guarded) -> None:
    rig.later(101 * MS)


def say(build: Callable[..., Any], *args: Any, **fields: Any) -> Callable[[Guarded], object]:
    return lambda rig: rig.say(build, *args, **fields)


def meta(**fields: Any) -> Callable[[Guarded], object]:
    return lambda rig: rig.describe(**fields)


def close_out(rig: Guarded) -> None:
    rig.describe(close_out=rig.now - 1)


CONDITIONS: Final = (
    Condition(R.HALTED, say(events.operator, "HALT")),
    Condition(R.STARTING),
    Condition(R.RECONCILING, reconciling),
    Condition(R.DRAINING, say(events.operator, "DRAIN")),
    Condition(R.VENUE_RESTARTING, say(events.venue, "RESTARTING")),
    Condition(R.VENUE_DISABLED, say(events.venue, "DISABLED")),
    Condition(R.VENUE_CANCEL_ONLY, say(events.venue, "CANCEL_ONLY")),
    Condition(R.VENUE_POST_ONLY, say(events.venue, "POST_ONLY")),
    Condition(R.HEARTBEAT_LOST, say(events.heartbeat, "LOST_BEAT")),
    Condition(R.MARKET_UNKNOWN, ask={"token": BARE}),
    Condition(R.MARKET_CLOSED, meta(open=False)),
    Condition(R.CLUSTER_UNKNOWN, meta(cluster=77)),
    Condition(R.METADATA_STALE, stale),
    Condition(R.NEG_RISK_HOLD, meta(neg_risk=True)),
    Condition(R.CLOSE_OUT, close_out),
    Condition(R.ORDER_ID_USED, ask={"order": 1}, orders=True),
    Condition(R.BAD_TIF, ask={"expiry": 2_000_000_000 * S}),
    Condition(R.EXPIRY_TOO_SOON, ask={"tif": "GTD", "expiry": 1_790_000_001 * S}),
    Condition(R.OFF_TICK, ask={"price": "0.405"}),
    Condition(R.PRICE_RANGE, ask={"price": "0"}),
    Condition(R.SIZE_GRAIN, ask={"size": "100.001"}),
    Condition(R.BELOW_MIN_SIZE, ask={"size": "1"}),
    Condition(R.BELOW_MIN_NOTIONAL, meta(min_size="1"), {"size": "1.5", "price": "0.52"}),
    Condition(R.REPLACE_TARGET, ask={"replaces": 600}),
    Condition(R.FEED_NOT_SYNCED, say(events.feed, "GAP", token=0)),
    Condition(R.BOOK_CROSSED, say(events.delta, 0, "SELL", price="0.48", size="1", end=True)),
    Condition(R.POST_ONLY_CROSS, ask={"post_only": True, "price": "0.52"}),
    Condition(R.SELF_TRADE, self_trade, {"price": "0.50"}, orders=True),
    Condition(R.LOSS_STOP, loss_stop),
    Condition(R.NO_MARK, no_mark),
    Condition(R.SHORTFALL, say(events.withdrawal, token=4, size="600")),
    Condition(R.UNHEDGED, unhedged),
    Condition(R.BREAKER_OPEN, lambda rig: open_breaker(rig, 0), orders=True),
    Condition(R.BREAKER_PROBING, probing, orders=True),
    Condition(R.GLOBAL_BREAKER, global_breaker, orders=True),
    Condition(R.COOLDOWN, ask={"turn": 2}, orders=True),
    Condition(R.MARKET_BUDGET, lambda rig: rig.send_all(0, R.MARKET_BUDGET, 60), orders=True),
    Condition(R.SIGNER_BUDGET, spend_signer, orders=True),
    Condition(R.CAP_ORDERS_MARKET, config={"cap_orders_market": 2}, orders=True),
    Condition(R.CAP_ORDERS_TOTAL, config={"cap_orders_total": 6}, orders=True),
    Condition(R.CAP_MARKET, config={"cap_market_micros": 1}),
    Condition(R.CAP_CLUSTER, config={"cap_cluster_micros": 1}),
    Condition(R.CAP_TOTAL, config={"cap_total_micros": 1}),
    Condition(R.INSUFFICIENT_CASH, say(events.withdrawal, cash="9970")),
    Condition(R.INSUFFICIENT_TOKENS, ask={"side": "SELL", "price": "0.60", "size": "600"}),
    Condition(
        R.ORDER_TABLE_FULL,
        lambda rig: rig.send_all(4, R.ORDER_TABLE_FULL, 60),
        config={"orders": 9},
        orders=True,
    ),
    Condition(R.FILL_WINDOW_FULL, many_fills, config={"fills": 16}),
)
RANK: Final = (  # the order in which setups run; those not named here have none, or come last
    R.SELF_TRADE, R.ORDER_TABLE_FULL, R.MARKET_BUDGET, R.SIGNER_BUDGET, R.BREAKER_PROBING,
    R.BREAKER_OPEN, R.GLOBAL_BREAKER, R.LOSS_STOP, R.NO_MARK, R.SHORTFALL, R.UNHEDGED,
    R.FILL_WINDOW_FULL, R.INSUFFICIENT_CASH, R.FEED_NOT_SYNCED, R.BOOK_CROSSED,
    R.BELOW_MIN_NOTIONAL, R.MARKET_CLOSED, R.CLUSTER_UNKNOWN, R.NEG_RISK_HOLD, R.CLOSE_OUT,
    R.METADATA_STALE, R.HEARTBEAT_LOST,
)  # fmt: skip
JOINT: Final[dict[frozenset[Refusal], dict[str, Any]]] = {
    frozenset({R.OFF_TICK, R.PRICE_RANGE}): {"price": "0.005"},
    frozenset({R.SIZE_GRAIN, R.BELOW_MIN_SIZE}): {"size": "1.001"},
    frozenset({R.BELOW_MIN_SIZE, R.BELOW_MIN_NOTIONAL}): {"size": "0.5", "price": "0.52"},
    frozenset({R.SIZE_GRAIN, R.BELOW_MIN_NOTIONAL}): {"size": "1.501", "price": "0.52"},
    frozenset({R.OFF_TICK, R.BELOW_MIN_NOTIONAL}): {"size": "1.5", "price": "0.525"},
    frozenset({R.OFF_TICK, R.POST_ONLY_CROSS}): {"post_only": True, "price": "0.525"},
    frozenset({R.OFF_TICK, R.SELF_TRADE}): {"price": "0.505"},
    frozenset({R.POST_ONLY_CROSS, R.SELF_TRADE}): {"post_only": True, "price": "0.52"},
    frozenset({R.OFF_TICK, R.INSUFFICIENT_TOKENS}): {
        "side": "SELL", "price": "0.605", "size": "600",
    },
    frozenset({R.SIZE_GRAIN, R.INSUFFICIENT_TOKENS}): {
        "side": "SELL", "price": "0.60", "size": "600.001",
    },
}  # fmt: skip
"""What to ask for when two conditions want different values of one field."""
SESSIONS: Final = {R.HALTED, R.STARTING, R.RECONCILING, R.DRAINING}
VENUES: Final = {R.VENUE_RESTARTING, R.VENUE_DISABLED, R.VENUE_CANCEL_ONLY, R.VENUE_POST_ONLY}
BUYS_ONLY: Final = {
    R.CAP_MARKET, R.CAP_CLUSTER, R.CAP_TOTAL, R.INSUFFICIENT_CASH, R.BELOW_MIN_NOTIONAL,
    R.SELF_TRADE, R.POST_ONLY_CROSS,
}  # fmt: skip
"""What does not refuse the SELL of INSUFFICIENT_TOKENS."""
APART: Final = [  # (why, pairs that cannot hold together)
    (SESSIONS, SESSIONS),
    (VENUES, VENUES),
    ({R.VENUE_POST_ONLY}, {R.POST_ONLY_CROSS}),  # it asks for post-only orders
    ({R.INSUFFICIENT_TOKENS}, BUYS_ONLY),
    ({R.BAD_TIF}, {R.EXPIRY_TOO_SOON}),  # the second needs a GTD order that is right
    ({R.PRICE_RANGE}, {R.BELOW_MIN_NOTIONAL, R.POST_ONLY_CROSS, R.SELF_TRADE}),  # one price
    ({R.BELOW_MIN_NOTIONAL}, {R.POST_ONLY_CROSS, R.SELF_TRADE}),
    ({R.BELOW_MIN_SIZE}, {R.INSUFFICIENT_TOKENS}),
    ({R.PRICE_RANGE}, {R.INSUFFICIENT_TOKENS}),
    ({R.BREAKER_OPEN}, {R.BREAKER_PROBING}),
    ({R.METADATA_STALE, R.BREAKER_PROBING}, {R.MARKET_BUDGET, R.SIGNER_BUDGET}),
    ({R.BREAKER_PROBING}, {R.ORDER_TABLE_FULL}),
    ({R.BOOK_CROSSED}, {R.LOSS_STOP, R.POST_ONLY_CROSS}),
    ({R.MARKET_BUDGET}, {R.SIGNER_BUDGET, R.ORDER_TABLE_FULL}),
    ({R.SIGNER_BUDGET}, {R.ORDER_TABLE_FULL}),
    ({R.SELF_TRADE}, {R.CAP_ORDERS_MARKET}),
    ({R.MARKET_UNKNOWN}, {
        R.MARKET_CLOSED, R.CLUSTER_UNKNOWN, R.METADATA_STALE, R.NEG_RISK_HOLD, R.CLOSE_OUT,
        R.BELOW_MIN_NOTIONAL, R.BOOK_CROSSED, R.POST_ONLY_CROSS, R.SELF_TRADE, R.LOSS_STOP,
        R.UNHEDGED, R.BREAKER_OPEN, R.BREAKER_PROBING, R.COOLDOWN, R.MARKET_BUDGET,
        R.CAP_ORDERS_MARKET, R.CAP_MARKET, R.CAP_CLUSTER,
    }),  # those are about market 0
]  # fmt: skip


def compatible(a: Condition, b: Condition) -> bool:
    """Whether both can hold at once."""
    pair = {a.refusal, b.refusal}
    if R.STARTING in pair and (a.orders or b.orders):
        return False
    for one, two in APART:
        if (a.refusal in one and b.refusal in two) or (b.refusal in one and a.refusal in two):
            return False
    clash = {k for k in a.ask.keys() & b.ask.keys() if a.ask[k] != b.ask[k]}
    return not clash or frozenset(pair) in JOINT


def refusal_under(*conditions: Condition) -> Refusal:
    """Set all of them up, ask, and give the answer."""
    names = {c.refusal for c in conditions}
    config: dict[str, int] = {}
    ask: dict[str, Any] = {}
    for condition in conditions:
        config |= condition.config
        ask |= condition.ask
    rig = Guarded(R.STARTING not in names, **config)
    last = len(RANK)
    for condition in sorted(
        conditions, key=lambda c: RANK.index(c.refusal) if c.refusal in RANK else last
    ):
        condition.setup(rig)
    before = rig.view.orders()
    answer = refused(rig.ask(**(JOINT.get(frozenset(names), ask))))
    assert rig.view.orders() == before or answer is R.NONE
    return answer
