"""The engine's effects beside the auditor's, event after event, in readable differences.

`follow` goes over a journal; `compare_effects` looks at one event. Both say nothing when all is
equal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Final

from clobstep.enums import NO_TOKEN, Alert, EffectKind

from . import deadlines
from .model import Auditor
from .records import EFFECT_BYTES, EVENT_BYTES, Effect, decode_effects
from .state import State
from .words import Words

# What docs/reference.md says of each effect; a field it does not mention is not compared.
EFFECT_MEANS: Final = {
    EffectKind.REFUSED: ("code", "ref"),
    EffectKind.SUBMIT: (
        "order_id", "ref", "size", "amount", "deadline_ns", "token", "price_pips", "generation",
        "side", "code", "flags", "aux",
    ),
    EffectKind.CANCEL: ("order_id", "token"),
    EffectKind.QUERY: ("order_id", "token"),
    EffectKind.ORDER: (
        "order_id", "ref", "size", "amount", "deadline_ns", "token", "generation", "side", "code",
        "flags", "aux",
    ),
    EffectKind.FILL: (
        "order_id", "ref", "size", "amount", "deadline_ns", "token", "price_pips", "generation",
        "side", "code", "flags", "aux",
    ),
    EffectKind.SETTLED: ("order_id", "ref", "size", "token", "code"),
    EffectKind.TIMER: ("deadline_ns",),
    EffectKind.RESYNC: ("token",),
    EffectKind.RECONCILE: (),
    EffectKind.ALERT: ("code",),
    EffectKind.WAKE: ("flags",),
    EffectKind.HALT: ("code",),
    EffectKind.MERGE: ("token", "size"),
    EffectKind.SPLIT: ("token", "size"),
    EffectKind.REDEEM: ("token", "size"),
    EffectKind.REFRESH: ("token",),
}  # fmt: skip
# Alerts are about the token's condition, unless they are about an order or about everything.
ABOUT_AN_ORDER: Final = ("order_id",)
ALERT_MEANS: Final = {
    Alert.ROLE_DISAGREES: ABOUT_AN_ORDER,
    Alert.FOREIGN_FILL: ABOUT_AN_ORDER,
    Alert.FOREIGN_ORDER: ABOUT_AN_ORDER,
    Alert.FILL_MISMATCH: ABOUT_AN_ORDER,
    Alert.OVERFILL: ABOUT_AN_ORDER,
    Alert.LATE_FILL: ABOUT_AN_ORDER,
    Alert.RISEN: ABOUT_AN_ORDER,
    Alert.TRADE_FAILED: ABOUT_AN_ORDER,
    Alert.TRADE_DISPUTED: ABOUT_AN_ORDER,
    Alert.STALE_FACT: ABOUT_AN_ORDER,
    Alert.ORDER_UNKNOWN: ABOUT_AN_ORDER,
    Alert.ORDER_MISSING: ABOUT_AN_ORDER,
    Alert.RESERVATION_REFUSED: ABOUT_AN_ORDER,
    Alert.BREAKER_OPEN: ("token", "deadline_ns"),
    Alert.GLOBAL_BREAKER_OPEN: ("deadline_ns",),
    Alert.SHORTFALL: (),
    Alert.SHORTFALL_ENDED: (),
    Alert.LOSS_STOP: ("aux",),
    Alert.VENUE_STATE: ("aux",),
    Alert.HEARTBEAT_LOST: (),
    Alert.FILL_WINDOW_FULL: (),
    Alert.ORDER_TABLE_FULL: (),
    Alert.DISK_OR_OPERATOR_HALT: (),
}
TIMER: Final = int(EffectKind.TIMER)
WAKE: Final = int(EffectKind.WAKE)
BY_CONDITION: Final = (
    EffectKind.RESYNC, EffectKind.ALERT, EffectKind.REFRESH, EffectKind.MERGE,
    EffectKind.SPLIT,
)  # fmt: skip


def follow(
    step: Callable[[bytes], bytes], auditor: Auditor, log: bytes, start: int, stop: int
) -> tuple[int, list[str]]:
    """The events of a journal from number `start` on, before `stop`: through the engine's `step`,
    which takes them all at once, and the auditor one by one. The number of the first after which
    their effects part, and how; or `stop`."""
    raw = step(log[EVENT_BYTES * start : EVENT_BYTES * stop])
    journal, theirs = Words(log), Words(raw)
    st = auditor.state
    n_effects = len(raw) // EFFECT_BYTES
    first = after = 0
    for at in range(start, stop):
        auditor.step_at(journal, at)
        while after < n_effects and theirs.seq_of(after) <= st.seq:
            after += 1
        if not _as_told(theirs, first, after, st):
            found = compare_effects(_between(raw, first, after), auditor)
            if found:
                return at, found
        first = after
    if first < n_effects:
        return stop - 1, [f"{n_effects - first} effects of events that did not come"]
    return stop, []


def _between(raw: bytes, first: int, after: int) -> list[Effect]:
    return decode_effects(raw[EFFECT_BYTES * first : EFFECT_BYTES * after])


def _as_told(theirs: Words, first: int, after: int, st: State) -> bool:
    """Are these effects the auditor's, one by one and in every field? So they are nearly always;
    else `compare_effects` says what differs, if it means something."""
    mine = st.effects
    at = n_timers = 0
    st.armed_ns = st.armed_before_ns
    for n in range(first, after):
        if theirs.seq_of(n) != st.seq:
            return False
        if theirs.kind_of(n) == TIMER:
            n_timers += 1
            st.armed_ns = theirs.deadline_of(n)
            continue
        at = _past_timers(mine, at)
        if at == len(mine) or not theirs.is_effect(n, mine[at]):
            return False
        at += 1
    if n_timers > 1 or (n_timers and st.armed_ns <= st.now):
        return False
    earliest = deadlines.earliest(st)
    if earliest and not 0 < st.armed_ns <= earliest:
        return False
    return _past_timers(mine, at) == len(mine)


def compare_effects(effects: list[Effect], auditor: Auditor) -> list[str]:
    """The effects of one event. Their order is compared as far as rules.md fixes it: what the
    passing of time did, in the order of section 9, before what the event did, TIMER last."""
    st = auditor.state
    found = _timers(effects, st)
    if not found and _same(effects, st):
        return found
    found += [
        f"{_say(effect)}: seq {effect.seq}, auditor says {st.seq}"
        for effect in effects
        if effect.seq != st.seq
    ]
    effects = [e for e in effects if e.kind != TIMER]
    start = 0
    for phase in sorted({e.phase for e in st.effects}):
        mine = [e for e in st.effects if e.phase == phase and e.kind != TIMER]
        theirs = effects[start : start + len(mine)]
        start += len(mine)
        found += _unequal(theirs, mine)
    found += [f"effect {_say(effect)}: the auditor has none" for effect in effects[start:]]
    return found


def _same(effects: list[Effect], st: State) -> bool:
    """Are they the same one by one? So they are nearly always; then there is nothing to sort."""
    mine = st.effects
    at = 0
    for effect in effects:
        if effect.seq != st.seq:
            return False
        if effect.kind == TIMER:
            continue
        at = _past_timers(mine, at)
        if at == len(mine) or not _means_the_same(effect, mine[at]):
            return False
        at += 1
    return _past_timers(mine, at) == len(mine)


def _past_timers(effects: list[Effect], at: int) -> int:
    while at < len(effects):
        effect = effects[at]
        if effect.kind != TIMER:
            break
        at += 1
    return at


def _means_the_same(theirs: Effect, mine: Effect) -> bool:
    if theirs.kind != mine.kind or theirs.time_ns != mine.time_ns:
        return False
    if theirs.kind == WAKE:
        return theirs.flags == mine.flags
    return _is_equal(theirs, mine) or _meaning(theirs) == _meaning(mine)


def _is_equal(a: Effect, b: Effect) -> bool:
    """Every field that can mean something is the same; so is their meaning."""
    return bool(
        a.code == b.code and a.token == b.token and a.order_id == b.order_id and a.ref == b.ref
        and a.size == b.size and a.amount == b.amount and a.deadline_ns == b.deadline_ns
        and a.price_pips == b.price_pips and a.generation == b.generation and a.side == b.side
        and a.flags == b.flags and a.aux == b.aux
    )  # fmt: skip


def _timers(effects: list[Effect], st: State) -> list[str]:
    """The engine arms a lower bound of its deadlines, so a TIMER may come early, never late: it
    is held against every deadline there is, and the auditor goes on with the engine's."""
    found = []
    n_timers = 0
    st.armed_ns = st.armed_before_ns
    for effect in effects:
        if effect.kind == TIMER:
            n_timers += 1
            st.armed_ns = effect.deadline_ns
    if n_timers > 1:
        found.append(f"{n_timers} TIMER effects in one event")
    if n_timers and st.armed_ns <= st.now:
        found.append(f"TIMER armed for {st.armed_ns}, it is {st.now} already")
    earliest = deadlines.earliest(st)
    if earliest and not 0 < st.armed_ns <= earliest:
        found.append(f"TIMER armed for {st.armed_ns}, the auditor's next deadline is {earliest}")
    return found


def _unequal(theirs: list[Effect], mine: list[Effect]) -> list[str]:
    left = Counter(_meaning(e) for e in theirs)
    right = Counter(_meaning(e) for e in mine)
    found = [f"effect {_words(m)}: the auditor has none" for m in (left - right).elements()]
    found += [f"effect {_words(m)}: the engine has none" for m in (right - left).elements()]
    return found


def _meaning(effect: Effect) -> tuple[tuple[str, int], ...]:
    kind = EffectKind(effect.kind)
    said = [("kind", effect.kind), ("time_ns", effect.time_ns)]
    names = EFFECT_MEANS[kind]
    if kind == EffectKind.ALERT:
        names += ALERT_MEANS.get(Alert(effect.code), ("token",))
    for name in names:
        value = getattr(effect, name)
        if name == "token" and kind in BY_CONDITION and value != NO_TOKEN:
            value &= ~1
        said.append((name, value))
    return tuple(said)


def _words(meaning: tuple[tuple[str, int], ...]) -> str:
    kind, *rest = meaning
    return EffectKind(kind[1]).name + "".join(f" {name}={value}" for name, value in rest)


def _say(effect: Effect) -> str:
    return _words(_meaning(effect))
