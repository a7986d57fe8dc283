"""The cells of the feed and breaker machines, said in events. See support_cells.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from clobstep import events
from clobstep.effects import Effect
from clobstep.enums import Alert, BreakerState, EffectKind, FeedState, Refusal
from clobstep.machines import FEED
from core.support import Rig, S, alerts, of_kind, refused
from core.support_cells import Cellname, Outcome, Plan, watch

Say = Callable[[Rig], list[Effect]]

# ---- Feed


def bring_feed(rig: Rig, state: str) -> None:
    rig.metadata(0)
    if state == "WARMING":
        rig.say(events.delta, 0, "BUY", price="0.48", size="10")
    elif state == "SYNCING":
        rig.say(events.snapshot_levels, 0, "BUY", levels=[("0.48", "10")], first=True)
    elif state != "DOWN":
        rig.book(0)
        if state != "SYNCED":
            rig.say(events.feed, {"SUSPECT": "HASH_BAD", "STALE": "GAP"}[state], token=0)


def our_best(rig: Rig) -> dict[str, str | None]:
    book = rig.view.book(0)
    return {
        "bid": f"0.{book.bid_pips:04d}" if book.bid_size else None,
        "ask": f"0.{book.ask_pips:04d}" if book.ask_size else None,
    }


def cross(rig: Rig) -> list[Effect]:
    """The last change of a group leaves the bid of 0.48 met by an ask."""
    return rig.say(events.delta, 0, "SELL", price="0.48", size="10", end=True)


def asks(rig: Rig, price: str, **marks: bool) -> list[Effect]:
    return rig.say(events.snapshot_levels, 0, "SELL", levels=[(price, "10")], **marks)


FEED_INPUTS: Final[dict[str, Say]] = {
    **{
        name: lambda r, sign=name: r.say(events.feed, sign, token=0)  # type: ignore[misc]
        for name in (
            "CONNECTED", "LOST", "HASH_GOOD", "HASH_BAD", "HASH_LASTING", "MIRROR_MISMATCH", "GAP",
        )
    },
    "DELTA": lambda r: r.say(events.delta, 0, "BUY", price="0.47", size="5"),
    "SNAPSHOT_FIRST": lambda r: r.say(
        events.snapshot_levels, 0, "BUY", levels=[("0.30", "1")], first=True
    ),
    "SNAPSHOT_LEVELS": lambda r: asks(r, "0.52"),
    "SNAPSHOT_LAST": lambda r: asks(r, "0.52", last=True),
    "SNAPSHOT_CROSSED": lambda r: asks(r, "0.48", last=True),
    "AGREED": lambda r: r.say(events.best, 0, end=True, **our_best(r)),
    "MISSING_BEST": lambda r: r.say(events.best, 0, bid="0.49", ask="0.52", end=True),
    "CROSSED": cross,
    "TICK": lambda r: r.say(events.tick_change, 0, tick="0.001"),
    "SILENCE": lambda r: r.later(31 * S),
    "RESTARTED": lambda r: r.say(events.restarted),
}  # fmt: skip


def nearly_warm(rig: Rig) -> None:
    """WARMING for longer than warm_time_ns, with no agreeing group yet."""
    bring_feed(rig, "WARMING")
    rig.later(2 * S)


def feed_signs(name: str, action: str, rig: Rig, effects: list[Effect]) -> bool:
    """What each action must leave behind."""
    levels = rig.view.levels(0, 0)
    fresh = len(of_kind(effects, EffectKind.RESYNC)) == 1 and Alert.FEED_STALE in alerts(effects)
    signs: dict[str, Callable[[], bool]] = {
        "drop": lambda: not levels and not rig.view.levels(0, 1),
        "spoil": lambda: not levels and fresh,
        "resync": lambda: fresh,
        "apply": lambda: (4700, 5_000_000) in levels,
        "clear": lambda: levels == [(3000, 1_000_000)] and not rig.view.levels(0, 1),
        "levels": lambda: rig.view.levels(0, 1) == [(5200, 10_000_000)],
        "ready": lambda: len(levels) == 1 and len(rig.view.levels(0, 1)) == 1,
        "grid": lambda: (
            rig.view.market(0).tick_pips == 10 and Alert.TICK_CHANGED in alerts(effects)
        ),
    }  # fmt: skip
    silent = name == "SILENCE"  # asked for again, as long as no snapshot begins
    quiet = silent or action in ("resync", "spoil") or not of_kind(effects, EffectKind.RESYNC)
    return quiet and signs.get(action, lambda: True)()


def feed_cell(name: str, state: str) -> Outcome:
    warm = {"warm_time_ns": S} if name == "WARMED" else {}
    rig = Rig(stale_after_ns=30 * S, **warm)
    if name == "WARMED":
        nearly_warm(rig)
    else:
        bring_feed(rig, state)

    def look() -> tuple[str, Any]:
        feed = rig.view.book(0).feed
        return FeedState(feed).name, (feed, rig.view.levels(0, 0), rig.view.levels(0, 1))

    assert look()[0] == state
    say = FEED_INPUTS["AGREED" if name == "WARMED" else name]
    if name == "CROSSED" and state == "SYNCING":
        out = watch(rig, lambda: (look()[0], None), lambda: say(rig))  # the levels are new
    else:
        out = watch(rig, look, lambda: say(rig))
    sign = feed_signs(name, FEED.cells[name][state].action, rig, out.effects)
    return out._replace(sign=sign and rig.engine.check() == 0)


FEED_PLAN: Final = Plan(
    feed_cell,
    {
        **{
            ("WARMED", s): "asked in WARMING only, when a group has agreed"
            for s in ("DOWN", "SYNCING", "SYNCED", "SUSPECT", "STALE")
        },
        ("CROSSED", "DOWN"): "the book of a DOWN feed is empty; a level makes it WARMING",
    },
    uncounted=frozenset(
        (name, state)
        for name in ("AGREED", "MISSING_BEST", "CROSSED", "SILENCE")
        for state in ("DOWN", "SYNCING")
    ),
)

# ---- Breaker: a limit of two rejects, pauses of 300 s; the first orders carry the first epoch

BREAKER: Final = {
    "reject_limit": 2, "global_markets": 2, "request_timeout_ns": 1 << 50, "orders": 64,
    "metadata_cycle_ns": 1 << 50,
}  # fmt: skip


def reject(rig: Rig, order: int, reason: str = "OTHER") -> list[Effect]:
    return rig.say(events.rejected, order, reason)


def bring_breaker(rig: Rig, state: str, token: int = 0) -> list[int]:
    """Six orders sent in the breaker's first epoch, less those that opened it."""
    orders = [rig.submit(token, post_only=True) for _ in range(6)]
    if state != "CLOSED":
        for order in (orders.pop(), orders.pop()):
            reject(rig, order)
    if state == "HALF_OPEN":
        rig.later(300 * S)
    assert BreakerState(rig.view.market(token).breaker).name == state
    return orders


def half_open_probe(rig: Rig) -> int:
    bring_breaker(rig, "HALF_OPEN")
    return rig.submit(0)


def breaker_cell(name: str, state: str) -> Outcome:
    if name == "TRIP":
        return trip_cell(state)
    rig = Rig(**BREAKER).trading()
    probe = name in ("PROBE_ACCEPTED", "PROBE_REJECTED", "PROBE_UNCOUNTED")
    orders = [half_open_probe(rig)] if probe else bring_breaker(rig, state)
    if name in ("LIMIT", "ACCEPTED"):
        reject(rig, orders.pop())  # one short of the limit, or one to forget
    acts: dict[str, Say] = {
        "COUNTED": lambda r: reject(r, orders[0]),
        "LIMIT": lambda r: reject(r, orders[0]),
        "ACCEPTED": lambda r: r.say(events.accepted, orders[0]),
        "COOLED": lambda r: r.later(300 * S),
        "PROBE_SENT": lambda r: r.say(events.submit, 50, 0, "BUY", price="0.40", size="100"),
        "PROBE_ACCEPTED": lambda r: r.say(events.accepted, orders[0]),
        "PROBE_REJECTED": lambda r: reject(r, orders[0]),
        "PROBE_UNCOUNTED": lambda r: reject(r, orders[0], "POST_ONLY_CROSS"),
        "OPERATOR_RESET": lambda r: r.say(events.operator, "RESET_BREAKER", token=0),
    }
    before = rig.view.market(0).rejects

    def look() -> tuple[str, Any]:
        seen = rig.view.market(0)
        return BreakerState(seen.breaker).name, (seen.breaker, seen.rejects)

    out = watch(rig, look, lambda: acts[name](rig))
    return out._replace(sign=breaker_sign(rig, name, state, before, out.effects))


def breaker_sign(rig: Rig, name: str, state: str, before: int, effects: list[Effect]) -> bool:
    rejects = rig.view.market(0).rejects
    until = [e.deadline_ns - rig.now for e in effects if e.kind == EffectKind.ALERT and e.code == 3]
    if state == "CLOSED":
        counts = {"COUNTED": before + 1, "LIMIT": 0, "ACCEPTED": 0, "OPERATOR_RESET": before}
        return rejects == counts[name] and until == [300 * S] * (name == "LIMIT")
    if name in ("PROBE_SENT", "PROBE_UNCOUNTED"):  # one probe at a time, and then another
        probing = Refusal.BREAKER_PROBING if name == "PROBE_SENT" else Refusal.NONE
        return refused(rig.say(events.submit, 51, 0, "BUY", price="0.40", size="100")) is probing
    closed = Alert.BREAKER_CLOSED in alerts(effects)
    if closed != (name in ("PROBE_ACCEPTED", "OPERATOR_RESET")):
        return False
    return rejects == 0 and until == [600 * S] * (name == "PROBE_REJECTED")


def global_state(rig: Rig) -> str:
    """The global breaker is not in the view: it shows in what a quiet market's orders get."""
    twin = rig.copy()
    say = {"price": "0.40", "size": "100"}
    first = refused(twin.say(events.submit, 90, 6, "BUY", **say))
    second = refused(twin.say(events.submit, 91, 6, "BUY", **say))
    names = {
        (Refusal.NONE, Refusal.NONE): "CLOSED",
        (Refusal.GLOBAL_BREAKER, Refusal.GLOBAL_BREAKER): "OPEN",
        (Refusal.NONE, Refusal.GLOBAL_BREAKER): "HALF_OPEN",
    }
    return names[first, second]


def trip_cell(state: str) -> Outcome:
    """Markets 0 and 1 trip the global breaker; then markets 2 and 4 open, too."""
    rig = Rig(**(BREAKER | {"tokens": 10})).trading()
    orders = {token: [rig.submit(token) for _ in range(2)] for token in (0, 2, 4, 8)}
    opening = [e for o in orders[0] + orders[2][:1] for e in reject(rig, o)]
    assert refused(opening) is Refusal.NONE
    assert global_state(rig) == "CLOSED"
    rest = orders[2][1:]
    if state != "CLOSED":
        reject(rig, rest[0])
        rest = orders[4] + orders[8]
    if state == "HALF_OPEN":
        rig.later(300 * S)

    def look() -> tuple[str, Any]:
        return global_state(rig), global_state(rig)

    assert look()[0] == state
    out = watch(rig, look, lambda: [e for o in rest for e in reject(rig, o)])
    told = alerts(out.effects).count(Alert.GLOBAL_BREAKER_OPEN)
    return out._replace(sign=told == (state == "CLOSED"))


_PROBE: Final = "a probe goes out in HALF_OPEN only, and leaving HALF_OPEN forgets it"
_UNREACHABLE: Final[dict[Cellname, str]] = {
    ("COOLED", "CLOSED"): "the end of a pause is looked at in OPEN only",
    ("COOLED", "HALF_OPEN"): "the end of a pause is looked at in OPEN only",
    **{
        (name, s): _PROBE
        for name in ("PROBE_SENT", "PROBE_ACCEPTED", "PROBE_REJECTED", "PROBE_UNCOUNTED")
        for s in ("CLOSED", "OPEN")
    },
}  # fmt: skip
BREAKER_PLAN: Final = Plan(breaker_cell, _UNREACHABLE)
