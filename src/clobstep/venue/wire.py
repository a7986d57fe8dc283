"""How the venue writes JSON, numbers and times, for everything but the hot market channel.

Numbers come as text ("0.52"), as JSON numbers (0.001) or as whole numbers (5); none of them ever
becomes a float. Times come as seconds, milliseconds or ISO text, without a word which: they are
told apart by magnitude.
Owns no state; touches no file, clock or socket.
"""

from __future__ import annotations

from decimal import Decimal, DecimalException
from typing import Any, Final

import msgspec

from clobstep import units
from clobstep.enums import MAX_SIZE, MAX_TIME_NS, PIPS

DIGITS_LIMIT: Final = 100  # an asset id has at most 78; longer runs of digits are no number of ours
# (below this, nanoseconds in one): seconds end in the year 5138, milliseconds begin in 1973
_TIME_UNITS: Final = (
    (10**11, 1_000_000_000),
    (10**14, 1_000_000),
    (10**17, 1_000),
    (10**20, 1),
)


class WireError(ValueError):
    """Bytes that are no JSON, or a value that is not what its field can hold."""


def _number(text: str) -> Decimal | str:
    """A JSON number with a point or an exponent, exactly; text if Decimal cannot hold it."""
    try:
        return Decimal(text)
    except DecimalException:
        return text


_DECODER: Final = msgspec.json.Decoder(float_hook=_number)
_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])


def decode(raw: bytes | str) -> Any:
    """One JSON value; numbers are ints and Decimals, exactly. WireError for anything else."""
    try:
        return _DECODER.decode(raw)
    except RecursionError:
        raise WireError("it is nested too deeply") from None
    except ValueError as error:  # msgspec's own errors, and text that is no UTF-8
        raise WireError(str(error)) from None


def messages(raw: bytes) -> list[bytes]:
    """The messages of a frame: what stands in its list, each as it was written, or itself.

    WireError for a list that is no JSON; what is in it is not looked at.
    """
    if not raw.lstrip().startswith(b"["):
        return [raw]
    try:
        return [bytes(item) for item in _LIST.decode(raw)]
    except RecursionError:
        raise WireError("it is nested too deeply") from None
    except ValueError as error:
        raise WireError(str(error)) from None


def decimal_text(value: object) -> str | Decimal:
    """What a parser of `units` takes: text and Decimals as they are, whole numbers as text."""
    if isinstance(value, str | Decimal):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**DIGITS_LIMIT:
        return str(value)
    raise WireError(f"{show(value)} is no decimal number")


def price_pips(value: object) -> int:
    """A price in pips. WireError when it is none, or is not on the grid of 0.0001."""
    return _read(units.parse_price, value)


def price_near(value: object, *, up: bool) -> tuple[int, bool]:
    """A price in pips, and whether it was on the grid; off the grid it is the next one up or down.

    The venue writes averages as prices. WireError when it is no price at all.
    """
    try:
        return price_pips(value), True
    except WireError:
        text = decimal_text(value)
        number = text if isinstance(text, Decimal) else _number(text[:DIGITS_LIMIT])
        if isinstance(number, str) or not number.is_finite() or not 0 <= number <= 1:
            raise
        over, under = _ratio(number)
    pips, rest = divmod(over * PIPS, under)
    return pips + (1 if up and rest else 0), False


def size(value: object) -> int:
    """A size in microshares, or cash not below 0 in micros. WireError when it is none."""
    found = _read(units.parse_size, value)
    if found > MAX_SIZE:
        raise WireError(f"size {show(value)} is larger than the engine takes")
    return found


def whole(value: object) -> int | None:
    """A whole number not below 0, as a number or as text; None for everything else."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value) if len(value) <= DIGITS_LIMIT else None
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**DIGITS_LIMIT:
        return value
    return None


def time_ns(value: object) -> int:
    """A time in nanoseconds: seconds, ms, us or ns by magnitude, as number or text, or ISO text.

    "", None, 0 and the year 1 (Go's zero) are 0: not said. What is finer than a nanosecond is
    dropped. WireError for anything else, and for times the engine does not take.
    """
    if value is None or value == "" or (isinstance(value, str) and value.startswith("0001-")):
        return 0
    if isinstance(value, str) and not value.replace(".", "", 1).isdigit():
        found = int(_read(units.parse_time, value))
    else:
        found = _by_magnitude(value)
    if found >= MAX_TIME_NS:
        raise WireError(f"time {show(value)} is too far ahead")
    return found


def show(value: object) -> str:
    """Any value, short and in ASCII, for a message."""
    if isinstance(value, int) and abs(value) >= 10**DIGITS_LIMIT:
        return "a number of more than 100 digits"
    text = ascii(value) if not isinstance(value, Decimal) else str(value)
    return text if len(text) <= 80 else f"{text[:80]}..."


def _read(parse: Any, value: object) -> int:
    try:
        return int(parse(decimal_text(value)))
    except (units.UnitError, TypeError) as error:
        raise WireError(str(error)) from None


def _by_magnitude(value: object) -> int:
    text = decimal_text(value)
    number = text if isinstance(text, Decimal) else _number(text[:DIGITS_LIMIT])
    if isinstance(number, str) or not number.is_finite() or not 0 <= number < 10**20:
        raise WireError(f"{show(value)} is no time")
    scale = next(ns for below, ns in _TIME_UNITS if number < below)
    over, under = _ratio(number)
    return over * scale // under


def _ratio(number: Decimal) -> tuple[int, int]:
    """A number below 10^20 as two whole numbers; what is too small to count is 0."""
    if number.adjusted() < -DIGITS_LIMIT:  # the ratio would be a megabyte of digits
        return 0, 1
    return number.as_integer_ratio()
