"""Effect records read: 72 bytes to named integer fields.

Owns the effect layout on the Python side. numpy users read the same bytes with
`numpy.frombuffer(effects, EFFECT_DTYPE)`; this needs the standard library only.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from clobstep.enums import EFFECT_FIELDS

_CODES: Final = {"<i8": "q", "<u8": "Q", "<u4": "I", "<i2": "h", "<u2": "H", "u1": "B"}
_LAYOUT: Final = struct.Struct("<" + "".join(_CODES[kind] for _, kind in EFFECT_FIELDS))
RECORD_BYTES: Final = _LAYOUT.size
_BEFORE_REF: Final = [name for name, _ in EFFECT_FIELDS].index("ref")
REF_AT: Final = struct.calcsize("<" + "".join(_CODES[k] for _, k in EFFECT_FIELDS[:_BEFORE_REF]))
"""The byte of a record at which `ref` begins: in a REFUSED, the kind of what was refused."""


class Effect(NamedTuple):
    """The fields of one effect record, as integers; reference.md says what a kind fills."""

    seq: int
    time_ns: int
    order_id: int
    ref: int
    size: int
    amount: int
    deadline_ns: int
    token: int
    price_pips: int
    generation: int
    kind: int
    side: int
    code: int
    flags: int
    aux: int


def unpack(record: bytes) -> Effect:
    """Read one record of 72 bytes; any bytes have a reading. ValueError for another length."""
    if len(record) != RECORD_BYTES:
        raise ValueError(f"an effect record has {RECORD_BYTES} bytes, not {len(record)}")
    return Effect(*_LAYOUT.unpack(record))


def unpack_all(records: bytes) -> list[Effect]:
    """Read what a step gave: whole records one after the other. ValueError for a rest."""
    if len(records) % RECORD_BYTES:
        raise ValueError(f"{len(records)} bytes are no whole number of {RECORD_BYTES}")
    return [Effect(*fields) for fields in _LAYOUT.iter_unpack(records)]
