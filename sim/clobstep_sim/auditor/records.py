"""Events and effects, read and written with struct.

Owns: the layouts (docs/reference.md, "Event record" and "Effect record"). Touches nothing.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

EVENT_LAYOUT: Final = struct.Struct("<qqQQqqIhhhHBBBB")
EFFECT_LAYOUT: Final = struct.Struct("<QqQQqqqIhHBBBBI")
EVENT_BYTES: Final = 64
EFFECT_BYTES: Final = 72
UNPACK_EFFECT: Final = EFFECT_LAYOUT.unpack_from


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


class Record:
    """The event that is being served; an `Event` that is filled again and again (words.py)."""

    def __init__(self) -> None:
        self.time_ns = self.venue_time_ns = self.order_id = self.ref = self.size = self.amount = 0
        self.token = self.price_pips = self.bid_pips = self.ask_pips = self.generation = 0
        self.kind = self.side = self.code = self.flags = 0


class Effect:
    """One effect; the fields and units of docs/reference.md."""

    def __init__(self) -> None:
        self.seq = self.time_ns = self.order_id = self.ref = self.size = self.amount = 0
        self.deadline_ns = self.token = self.price_pips = self.generation = self.kind = 0
        self.side = self.code = self.flags = self.aux = 0
        self.phase = 0  # of the auditor's own: what fixes the order of effects (compare.py)

    def read(self, raw: bytes, at: int) -> None:
        """Take the 72 bytes at `at`."""
        (
            self.seq, self.time_ns, self.order_id, self.ref, self.size, self.amount,
            self.deadline_ns, self.token, self.price_pips, self.generation, self.kind, self.side,
            self.code, self.flags, self.aux,
        ) = UNPACK_EFFECT(raw, at)  # fmt: skip


def encode(event: Event) -> bytes:
    """The 64 bytes of an event. Raises struct.error when a field does not fit its type."""
    return EVENT_LAYOUT.pack(*event)


def decode(raw: bytes) -> Event:
    """An event of 64 bytes; any other length is a struct.error."""
    return Event(*EVENT_LAYOUT.unpack(raw))


def decode_effects(raw: bytes) -> list[Effect]:
    """The effects of one step, as the engine returns them: records of 72 bytes, one by one."""
    if len(raw) % EFFECT_BYTES:
        raise struct.error(f"{len(raw)} bytes are no whole effects of {EFFECT_BYTES}")
    effects = []
    for at in range(0, len(raw), EFFECT_BYTES):
        effect = Effect()
        effect.read(raw, at)
        effects.append(effect)
    return effects
