"""Events and effects as plain tuples, read and written with struct.

Owns: the layouts (docs/reference.md, "Event record" and "Effect record"). Touches nothing.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

EVENT_LAYOUT: Final = struct.Struct("<qqQQqqIhhhHBBBB")
EFFECT_LAYOUT: Final = struct.Struct("<QqQQqqqIhHBBBBI")
EVENT_BYTES: Final = 64
EFFECT_BYTES: Final = 72


class Event(NamedTuple):
    """One event; the fields and units of docs/reference.md."""

    time_ns: int = 0
    venue_time_ns: int = 0
    order_id: int = 0
    ref: int = 0
    size: int = 0
    amount: int = 0
    token: int = 0
    price_pips: int = 0
    bid_pips: int = 0
    ask_pips: int = 0
    generation: int = 0
    kind: int = 0
    side: int = 0
    code: int = 0
    flags: int = 0


class Effect(NamedTuple):
    """One effect; the fields and units of docs/reference.md."""

    seq: int = 0
    time_ns: int = 0
    order_id: int = 0
    ref: int = 0
    size: int = 0
    amount: int = 0
    deadline_ns: int = 0
    token: int = 0
    price_pips: int = 0
    generation: int = 0
    kind: int = 0
    side: int = 0
    code: int = 0
    flags: int = 0
    aux: int = 0


def encode(event: Event) -> bytes:
    """The 64 bytes of an event. Raises struct.error when a field does not fit its type."""
    return EVENT_LAYOUT.pack(*event)


def decode(raw: bytes) -> Event:
    """An event of 64 bytes; any other length is a struct.error."""
    return Event(*EVENT_LAYOUT.unpack(raw))


def decode_effects(raw: bytes) -> list[Effect]:
    """The effects of one step, as the engine returns them: records of 72 bytes, one by one."""
    return [Effect(*fields) for fields in EFFECT_LAYOUT.iter_unpack(raw)]
