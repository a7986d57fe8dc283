"""The event record and the fields a builder writes into it.

Owns the 64-byte layout on the Python side and the readers that turn what a person writes into one
integer field, naming that field in every error. Reads no clock, knows no kind's meaning.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from decimal import Decimal
from enum import IntEnum
from typing import Final, NamedTuple, TypeVar

from clobstep import units
from clobstep.enums import EVENT_FIELDS, NO_TOKEN, EventKind

Text = str | Decimal
"""A decimal number as text, such as "0.52", or a Decimal; never a float."""
Time = int | str
"""Nanoseconds since the Unix epoch, or UTC text such as "2026-11-23T12:00:00Z"."""

E = TypeVar("E", bound=IntEnum)
R = TypeVar("R")

_CODES: Final = {"<i8": "q", "<u8": "Q", "<u4": "I", "<i2": "h", "<u2": "H", "u1": "B"}
_LAYOUT: Final = struct.Struct("<" + "".join(_CODES[kind] for _, kind in EVENT_FIELDS))
_BITS: Final = {"<i8": 63, "<u8": 64, "<u4": 32, "<i2": 15, "<u2": 16, "u1": 8}
_RANGES: Final = {
    name: (-(1 << _BITS[kind]) if "i" in kind else 0, (1 << _BITS[kind]) - 1)
    for name, kind in EVENT_FIELDS
}


class Event(NamedTuple):
    """The fields of one event record, as integers; reference.md says what a kind reads."""

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

    def pack(self) -> bytes:
        """Give the record. ValueError names a field whose value its bytes cannot hold."""
        for name, value in self._asdict().items():
            low, high = _RANGES[name]
            if not low <= value <= high:
                raise ValueError(f"{name}: {value} is outside {low} to {high}")
        return _LAYOUT.pack(*self)


def unpack(record: bytes) -> Event:
    """Read one record of 64 bytes; any bytes have a reading. ValueError for another length."""
    if len(record) != _LAYOUT.size:
        raise ValueError(f"an event record has {_LAYOUT.size} bytes, not {len(record)}")
    return Event(*_LAYOUT.unpack(record))


def raw(kind: int, *, at: Time, **fields: int) -> bytes:
    """Write a record field by field, unchecked but for what its bytes can hold.

    For tests and tools that need records no venue would send; `fields` are those of `Event`.
    """
    unknown = sorted(set(fields) - set(Event._fields))
    if unknown:
        raise TypeError(f"{unknown[0]}: an event record has no such field")
    return Event(time_ns=time_ns("at", at), kind=int(kind))._replace(**fields).pack()


def record(kind: EventKind, at: Time, *, venue_time: Time = 0, **fields: int) -> bytes:
    """Write the record of a kind at our time `at`; the other fields are integers already."""
    return (
        Event(time_ns=time_ns("at", at), venue_time_ns=time_ns("venue_time", venue_time), kind=kind)
        ._replace(**fields)
        .pack()
    )


# ---- Readers: field name and value in, integer out. UnitError and TypeError name the field.


def _named(read: Callable[[], R], field: str) -> R:
    try:
        return read()
    except units.UnitError as error:
        raise units.UnitError(f"{field}: {error}") from None
    except TypeError as error:
        raise TypeError(f"{field}: {error}") from None


def time_ns(field: str, value: Time) -> int:
    return _named(lambda: units.parse_time(value), field)


def duration_ns(field: str, value: int | str) -> int:
    """A length of time: an int of nanoseconds, or text such as "30s"."""
    if isinstance(value, int):
        return whole(field, value, 0, units.INT64_MAX)
    return _named(lambda: units.parse_duration(value), field)


def price(field: str, value: Text) -> int:
    return _named(lambda: units.parse_price(value), field)


def tick(field: str, value: Text) -> int:
    return _named(lambda: units.parse_tick(value), field)


def size(field: str, value: Text) -> int:
    return _named(lambda: units.parse_size(value), field)


def cash(field: str, value: Text) -> int:
    """Cash that is not negative."""
    micros = signed_cash(field, value)
    if micros < 0:
        raise units.UnitError(f"{field}: cash {value} is negative here")
    return micros


def signed_cash(field: str, value: Text) -> int:
    return _named(lambda: units.parse_cash(value), field)


def signed_size(field: str, value: Text) -> int:
    """A size of either sign: shares are counted in the same millionths as cash."""
    return signed_cash(field, value)


def rate(field: str, value: Text) -> int:
    return _named(lambda: units.parse_rate(value), field)


def whole(field: str, value: int, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{field}: {value!r} is no int")
    if not low <= value <= high:
        raise ValueError(f"{field}: {value} is outside {low} to {high}")
    return value


def order_id(field: str, value: int) -> int:
    return whole(field, value, 1, 2**64 - 1)


def number(field: str, value: int) -> int:
    """An unsigned 64-bit integer, 0 allowed."""
    return whole(field, value, 0, 2**64 - 1)


def token(field: str, value: int | None) -> int:
    """A token index; None is NO_TOKEN: cash, or everything."""
    return NO_TOKEN if value is None else whole(field, value, 0, NO_TOKEN - 1)


def generation(value: int) -> int:
    return whole("generation", value, 0, 2**16 - 1)


def member(field: str, kind: type[E], value: E | str) -> E:
    """An enum's member, or its name. ValueError lists the names."""
    if isinstance(value, kind):
        return value
    if isinstance(value, str) and value in kind.__members__:
        return kind[value]
    raise ValueError(f"{field}: {value!r} is none of {', '.join(kind.__members__)}")


def known_size(value: Text | None) -> tuple[int, int]:
    """The matched size and its flag: None means that the venue did not say."""
    return (0, 0) if value is None else (size("matched", value), 1)
