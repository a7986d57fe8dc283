"""One readable line for any event or effect record.

    INTENT_SUBMIT order 1 BUY 100 of token 0 at 0.52 GTC post-only
    REFUSED INTENT_SUBMIT order 1: OFF_TICK - price is not on the market's tick grid

Only the fields that the kind uses are shown, in decimals and enum names. Total: any 64 or 72 bytes
give a line, what no enum names is shown as its number, so a damaged record can be looked at too.
"""

from __future__ import annotations

from clobstep import effects as _effects
from clobstep import events as _events
from clobstep.effects import Effect
from clobstep.enums import EffectKind, EventKind
from clobstep.show._effect_lines import EFFECTS as _EFFECTS
from clobstep.show._event_lines import EVENTS as _EVENTS
from clobstep.show._parts import time as _time


def event(record: bytes, *, time: bool = False) -> str:
    """Show one event record, after its time if asked. ValueError unless it has 64 bytes."""
    e = _events.unpack(record)
    line = f"event kind {e.kind}: there is none"
    if e.kind in _EVENTS:
        kind = EventKind(e.kind)
        line = f"{kind.name} {_EVENTS[kind](e)}".rstrip()
    return f"{_time(e.time_ns)} {line}" if time else line


def effect(record: bytes, *, time: bool = False) -> str:
    """Show one effect record, after its time if asked. ValueError unless it has 72 bytes."""
    return _effect(_effects.unpack(record), time)


def effects(records: bytes, *, time: bool = False) -> list[str]:
    """Show the effects of a step, a line each. ValueError unless they are whole records."""
    return [_effect(e, time) for e in _effects.unpack_all(records)]


def _effect(e: Effect, time: bool) -> str:
    line = f"effect kind {e.kind}: there is none"
    if e.kind in _EFFECTS:
        kind = EffectKind(e.kind)
        line = f"{kind.name} {_EFFECTS[kind](e)}".rstrip()
    return f"{_time(e.time_ns)} {line}" if time else line
