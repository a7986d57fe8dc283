"""Exact units: decimal text to integers and back, and the few rules that round.

Everything behind this module counts in whole units (the constants below); no float ever
becomes a price, a size or cash. Each parser returns exactly what was written or refuses it,
saying how to write it: `TypeError` for the wrong type, `UnitError` for the wrong value. For every
value a parser can return, `parse_x(format_x(v)) == v`. Rounding happens only in the four
functions at the end; each says who bears it.

Owns no state, reads no clock, imports nothing of ours.

Text is ASCII digits with at most one point, such as "0.52", "100" or ".48" (the venue's own
documentation writes prices so). Zeros at the end lose nothing and are read: "0.5000" is "0.5".
A `Decimal` is read exactly. An int is refused, save by `parse_time` and as a `tick` argument: 100
could be 100 shares or 100 microshares. JSON that carries numbers rather than text is read
exactly with `json.loads(raw, parse_float=Decimal, parse_int=Decimal)`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final, NamedTuple, NewType

PricePips = NewType("PricePips", int)  # 0.0001 pUSD a share, 0 to 10,000
SizeMicroshares = NewType("SizeMicroshares", int)  # 0.000001 share
CashMicros = NewType("CashMicros", int)  # 0.000001 pUSD
RatePpm = NewType("RatePpm", int)  # parts per million, 0 to 1,000,000
TimeNs = NewType("TimeNs", int)  # since the Unix epoch, UTC
DurationNs = NewType("DurationNs", int)
TokenIndex = NewType("TokenIndex", int)  # dense; the complement is `token ^ 1`
MarketIndex = NewType("MarketIndex", int)  # dense
OrderId = NewType("OrderId", int)  # ours, uint64

PIPS_PER_UNIT: Final = 10_000
MICROS: Final = 1_000_000
NS_PER_SECOND: Final = 1_000_000_000
INT64_MAX: Final = 2**63 - 1

# docs.polymarket.com/market-data/market-details: the only ticks there are; coarsest first.
TICKS_PIPS: Final = (1000, 100, 50, 25, 10, 1)
TICK_NAMES: Final = dict(
    zip(TICKS_PIPS, ("0.1", "0.01", "0.005", "0.0025", "0.001", "0.0001"), strict=True)
)

# docs.polymarket.com/trading/place-orders: how fine an order may be. Fills may be finer.
SIZE_GRAIN: Final = 10_000  # microshares: a limit order's size has 2 decimals
MARKET_BUY_CASH_GRAIN: Final = 10_000  # micros: a FAK or FOK BUY spends 2 decimals of pUSD
MARKET_BUY_SIZE_GRAIN: Final = 100  # microshares: and names 4 decimals of a share
# docs.polymarket.com/trading/fees: fees have 5 decimals.
FEE_GRAIN: Final = 10  # micros

_TEXT_LIMIT: Final = 40  # characters; the longest int64 needs 21
_NUMBER: Final = re.compile(r"(-?)([0-9]*)(?:\.([0-9]+))?")
_TIME: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}[T ](?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2})"
    r"(?:\.([0-9]{1,9}))?(?:Z|\+00(?::?00)?)"
)
_TIME_FORM: Final = 'write UTC such as "2026-11-23T12:00:00.123456789Z", or an int of nanoseconds'
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DURATION: Final = re.compile(r"([0-9]+)(?:\.([0-9]+))?(h|m|s|ms|us|ns)")
_DURATION_FORM: Final = 'write digits and one of h, m, s, ms, us, ns, such as "30s" or "250ms"'
_DURATION_UNITS: Final = (  # longest first
    ("h", 3600 * NS_PER_SECOND), ("m", 60 * NS_PER_SECOND), ("s", NS_PER_SECOND),
    ("ms", 1_000_000), ("us", 1_000), ("ns", 1),
)  # fmt: skip


class UnitError(ValueError):
    """A value that is not exactly representable, out of range, or not a plain decimal."""


class _Quantity(NamedTuple):
    """How one kind of number is written, for the parser and for its messages."""

    name: str
    decimals: int
    low: int
    high: int
    whole: str  # what one whole is called
    grains: str  # what the integers count
    example: str
    why_range: str


_PRICE: Final = _Quantity(
    "price", 4, 0, PIPS_PER_UNIT, "pUSD a share", "pips", "0.52", "a share costs 0 to 1 pUSD"
)
_SIZE: Final = _Quantity(
    "size", 6, 0, INT64_MAX, "shares", "microshares", "100", "it must fit 64 bits of microshares"
)
_CASH: Final = _Quantity(
    "cash", 6, -INT64_MAX, INT64_MAX, "pUSD", "micros", "52.00", "it must fit 64 bits of micros"
)
_RATE: Final = _Quantity(
    "rate", 6, 0, MICROS, "as a fraction", "parts per million", "0.07", '"0.07" is 7 percent'
)
_TICK: Final = _PRICE._replace(name="tick", example="0.01")


# ---- Parsing


def parse_price(value: str | Decimal, *, tick: str | Decimal | int | None = None) -> PricePips:
    """Read a price in pUSD a share, 0 to 1, as pips: "0.52" is 5200.

    With `tick` (text such as "0.01", or one of TICKS_PIPS) the price must lie on that grid. Whether
    an order may carry it (tick to 1 - tick) is not decided here: 0 and 1 are settlement prices.
    Raises UnitError, or TypeError for a float, bool or int. Source of the grid:
    docs.polymarket.com/market-data/market-details.
    """
    pips = _parse(value, _PRICE)
    if tick is not None:
        step = _tick_pips(tick)
        if pips % step:
            below, name = pips - pips % step, TICK_NAMES[step]
            near = f"{format_price(below, tick=step)} and {format_price(below + step, tick=step)}"
            raise UnitError(f"{value} is not on the {name} grid (nearest: {near})")
    return PricePips(pips)


def parse_size(value: str | Decimal) -> SizeMicroshares:
    """Read a size or position in shares, not negative, as microshares: "1.5" is 1_500_000.

    Six decimals, because fills carry them; an order's size has two, see SIZE_GRAIN. Errors as
    parse_price.
    """
    return SizeMicroshares(_parse(value, _SIZE))


def parse_cash(value: str | Decimal) -> CashMicros:
    """Read cash in pUSD, either sign, as micros: "-1.00" is -1_000_000. Errors as parse_price."""
    return CashMicros(_parse(value, _CASH))


def parse_rate(value: str | Decimal) -> RatePpm:
    """Read a fee rate, 0 to 1, as parts per million: "0.07" is 70_000. Errors as parse_price."""
    return RatePpm(_parse(value, _RATE))


def parse_tick(value: str | Decimal) -> PricePips:
    """Read a tick as pips, one of TICKS_PIPS: "0.01" is 100. Errors and source as parse_price."""
    pips = _parse(value, _TICK)
    if pips not in TICK_NAMES:
        raise UnitError(f"{value} is not a tick: the ticks are {', '.join(TICK_NAMES.values())}")
    return PricePips(pips)


def parse_time(value: str | int) -> TimeNs:
    """Read UTC text, or an int that already counts nanoseconds since the Unix epoch.

    Text is "2026-11-23T12:00:00.123456789Z": zero to nine decimals; a space for the T and +00 or
    +00:00 for the Z are read too, as Gamma writes them. Times run from 1970 to April 2262, where
    64 bits end. Raises UnitError, or TypeError for anything else; floats cannot hold nanoseconds.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        if 0 <= value <= INT64_MAX:
            return TimeNs(value)
        raise UnitError(f"time {_show(value)} ns is outside 0 to {INT64_MAX}, 1970 to 2262")
    if not isinstance(value, str):
        raise TypeError(f"{_show(value)} is not a time: {_TIME_FORM}")
    found = _TIME.fullmatch(value) if len(value) <= _TEXT_LIMIT else None
    if found is None:
        why = ""
        if value.isdecimal():
            why = "it may be seconds, milliseconds or nanoseconds; "
        elif re.search(r"T.*[+-]\d\d:?\d\d$", value[:_TEXT_LIMIT]):
            why = "only UTC is read; "
        raise UnitError(f"time {_show(value)}: {why}{_TIME_FORM}")
    try:
        since = datetime.fromisoformat(f"{found[1]}+00:00") - _EPOCH
    except ValueError as error:
        raise UnitError(f"time {_show(value)}: {error}") from None
    ns = (since.days * 86_400 + since.seconds) * NS_PER_SECOND
    ns += int((found[2] or "").ljust(9, "0"))
    if not 0 <= ns <= INT64_MAX:
        raise UnitError(f"time {_show(value)} is outside 1970 to 2262: it must fit 64 bits of ns")
    return TimeNs(ns)


def parse_duration(value: str) -> DurationNs:
    """Read a duration such as "30s", "250ms", "1.5s", "5m" or "1h" as nanoseconds.

    Units: h, m, s, ms, us, ns, exactly one of them. Raises UnitError, or TypeError for anything
    but text (an int does not say its unit).
    """
    if not isinstance(value, str):
        raise TypeError(f"{_show(value)} is not a duration: {_DURATION_FORM}")
    found = _DURATION.fullmatch(value) if len(value) <= _TEXT_LIMIT else None
    if found is None:
        raise UnitError(f"duration {_show(value)}: {_DURATION_FORM}")
    whole, fraction, unit = found.groups(default="")
    scale = dict(_DURATION_UNITS)[unit]
    ns, lost = divmod(int(whole + fraction) * scale, 10 ** len(fraction))
    if lost:
        raise UnitError(f"duration {_show(value)} is not whole nanoseconds, the smallest unit")
    if ns > INT64_MAX:
        raise UnitError(f"duration {_show(value)} is too long: at most {INT64_MAX}ns (292 years)")
    return DurationNs(ns)


# ---- Formatting. Total over the integers, signed if need be: a message about a value out of range
# must be able to print it.


def format_price(price_pips: int, *, tick: str | Decimal | int | None = None) -> str:
    """Write pips as pUSD a share with at least two decimals: 5200 is "0.52", 5000 is "0.50".

    With `tick` (as in parse_price) at least that tick's decimals instead; no digit is ever dropped.
    Raises TypeError unless given an int, UnitError for an unknown tick.
    """
    least = 2 if tick is None else len(TICK_NAMES[_tick_pips(tick)]) - len("0.")
    return _plain(_int(price_pips, "pips"), _PRICE.decimals, least)


def format_size(size_microshares: int) -> str:
    """Write microshares as shares, fewest digits: 100_000_000 is "100". TypeError if no int."""
    return _plain(_int(size_microshares, "microshares"), _SIZE.decimals, 0)


def format_cash(cash_micros: int) -> str:
    """Write micros as pUSD with 2 to 6 decimals: -52_000_000 is "-52.00". TypeError if no int."""
    return _plain(_int(cash_micros, "micros"), _CASH.decimals, 2)


def format_time(time_ns: int) -> str:
    """Write nanoseconds since the epoch as "2026-11-23T12:00:00.123456789Z", always nine decimals.

    Raises TypeError unless given an int, UnitError beyond 64 bits.
    """
    if not -INT64_MAX - 1 <= _int(time_ns, "nanoseconds") <= INT64_MAX:
        raise UnitError(f"time {_show(time_ns)} ns does not fit 64 bits")
    seconds, ns = divmod(time_ns, NS_PER_SECOND)
    return f"{_EPOCH + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S}.{ns:09d}Z"


def format_duration(duration_ns: int) -> str:
    """Write nanoseconds in the longest exact unit: "90s", "250ms", "0s". TypeError if no int."""
    if _int(duration_ns, "nanoseconds") == 0:
        return "0s"
    name, scale = next(unit for unit in _DURATION_UNITS if duration_ns % unit[1] == 0)
    return f"{duration_ns // scale}{name}"


# ---- Rounding. One function a direction. Sizes and amounts must not be negative, prices lie in
# 0 to 10,000: a sign would turn the direction round, so UnitError; anything but an int, TypeError.


def notional_up(size_microshares: int, price_pips: int) -> CashMicros:
    """Bound what a BUY of this size at this price costs: size x price in micros, ceiling.

    The buyer bears the rounding, less than one micro. Use it to reserve. All 21 recorded on-chain
    fee legs, of both sides, moved `notional_down`, so this is never too little and at most 1 over.
    """
    return CashMicros(-(-_notional(size_microshares, price_pips) // PIPS_PER_UNIT))


def notional_down(size_microshares: int, price_pips: int) -> CashMicros:
    """Say what a SELL of this size at this price receives: size x price in micros, floor.

    The seller bears the rounding, less than one micro. Equal to the cash that moved in 21 of 21
    recorded on-chain fee legs.
    """
    return CashMicros(_notional(size_microshares, price_pips) // PIPS_PER_UNIT)


def fee_micros(size_microshares: int, price_pips: int, rate_ppm: int) -> CashMicros:
    """Charge the taker, in micros: size x rate x p x (1 - p), floor to 5 decimals of pUSD.

    The venue bears the rounding; a fee below 0.00001 pUSD is 0. Always a multiple of FEE_GRAIN.
    The formula (exponent 1) is docs.polymarket.com/trading/fees; the floor is what 21 of 21
    recorded on-chain fee legs show.
    """
    _check("rate_ppm", rate_ppm, MICROS)
    spread = _notional(size_microshares, price_pips) * (PIPS_PER_UNIT - price_pips)
    grain = FEE_GRAIN * MICROS * PIPS_PER_UNIT * PIPS_PER_UNIT
    return CashMicros(spread * rate_ppm // grain * FEE_GRAIN)


def shares_for_amount(amount_micros: int, price_pips: int) -> SizeMicroshares:
    """Give the shares a FAK or FOK BUY names for its amount and limit price, floor to 4 decimals.

    The buyer bears the rounding: one share-grain more and the order's implied price, amount over
    shares, would fall below the ask and match nothing. The venue spends the amount, so a fill may
    bring more. Always a multiple of MARKET_BUY_SIZE_GRAIN. UnitError for a price of 0 and for a
    result beyond 64 bits. Source: docs.polymarket.com/trading/place-orders.
    """
    _check("amount_micros", amount_micros, INT64_MAX)
    _check("price_pips", price_pips, PIPS_PER_UNIT)
    if price_pips == 0:
        raise UnitError("price_pips is 0: no number of shares costs an amount at a price of 0")
    grains = amount_micros * PIPS_PER_UNIT // (price_pips * MARKET_BUY_SIZE_GRAIN)
    shares = grains * MARKET_BUY_SIZE_GRAIN
    _check("shares_for_amount", shares, INT64_MAX)
    return SizeMicroshares(shares)


# ---- Inside


def _notional(size_microshares: int, price_pips: int) -> int:
    _check("size_microshares", size_microshares, INT64_MAX)
    _check("price_pips", price_pips, PIPS_PER_UNIT)
    return size_microshares * price_pips


def _check(name: str, value: int, high: int) -> None:
    if not 0 <= _int(value, name) <= high:
        raise UnitError(f"{name} is {_show(value)}: it must be 0 to {high}")


def _int(value: object, unit: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{_show(value)} is not an int of {unit}: parse text first")
    return value


def _tick_pips(tick: str | Decimal | int) -> PricePips:
    if isinstance(tick, bool) or not isinstance(tick, int):
        return parse_tick(tick)  # type: ignore[arg-type]  # refuses the bool
    # An int is unambiguous here: no tick is a whole pUSD.
    if tick not in TICK_NAMES:
        raise UnitError(f"{_show(tick)} is not a tick in pips: those are {TICKS_PIPS}")
    return PricePips(tick)


def _plain(units: int, decimals: int, least: int) -> str:
    whole, rest = divmod(abs(units), 10**decimals)
    fraction = f"{rest:0{decimals}d}".rstrip("0").ljust(least, "0")
    return f"{'-' * (units < 0)}{whole}{'.' * bool(fraction)}{fraction}"


def _parse(value: object, kind: _Quantity) -> int:
    text = _text(value, kind)
    found = _NUMBER.fullmatch(text) if len(text) <= _TEXT_LIMIT else None
    if found is None or text in ("", "-") or (found[1] and kind.low == 0):
        raise UnitError(f"{kind.name} {_show(text)}: {_why(text, kind)}")
    fraction = (found[3] or "").rstrip("0")
    if len(fraction) > kind.decimals:
        least = f"{_plain(1, kind.decimals, 0)} {kind.whole}"
        raise UnitError(f"{kind.name} {text}: {len(fraction)} decimals; the smallest is {least}")
    units = int(found[2] + fraction.ljust(kind.decimals, "0"))
    units = -units if found[1] else units
    if not kind.low <= units <= kind.high:
        low, high = _plain(kind.low, kind.decimals, 0), _plain(kind.high, kind.decimals, 0)
        raise UnitError(f"{kind.name} {text} is outside {low} to {high}: {kind.why_range}")
    return units


def _text(value: object, kind: _Quantity) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        # Bounded first: Decimal("1E+999999") would be a megabyte of text.
        if value.is_finite() and abs(value.adjusted()) <= _TEXT_LIMIT:
            return f"{value:f}"
        return str(value)
    way = f'pass text such as "{kind.example}"'
    if isinstance(value, float):
        raise TypeError(_why_float(value, way))
    if isinstance(value, int) and not isinstance(value, bool) and kind.low <= value <= INT64_MAX:
        small = _plain(value, kind.decimals, 0)
        way = f'pass "{value}" for {value} {kind.whole} or "{small}" for {value} {kind.grains}'
        raise TypeError(f"{kind.name} {value} as an int could mean either: {way}")
    raise TypeError(f"{_show(value)} is not a {kind.name}: {way}")


def _why_float(value: float, way: str) -> str:
    exact = Decimal.from_float(value)
    if not exact.is_finite() or abs(exact.adjusted()) > 20:
        return f"{way}, not the float {float.__repr__(value)}: floats round"
    short = f"{Decimal(float.__repr__(value)):f}"
    if short == (text := f"{exact:f}") or exact == int(exact):
        return f'pass "{short}" as a string: this float is exact, but most are not'
    return f'pass "{short}" as a string: {short} as a float is {text}'


def _why(text: str, kind: _Quantity) -> str:
    """Say what is wrong with text that is no plain decimal, and how to write it."""
    way = f'write plain digits such as "{kind.example}"'
    checks = (
        (not text, "it is empty"),
        (len(text) > _TEXT_LIMIT, f"it is {len(text)} characters long, at most {_TEXT_LIMIT}"),
        (not text.isascii(), "only the digits 0 to 9 are read"),
        (any(c.isspace() for c in text), "it has spaces"),
        ("_" in text or "," in text, "digits are not grouped and the decimal mark is a point"),
        (text[:1] == "+", "it has a plus sign"),
        (text[:1] == "-" and kind.low == 0, f"a {kind.name} is not negative"),
        (text.lower().strip("+-s") in ("nan", "inf", "infinity"), "it is not a number"),
        (re.fullmatch(r"[-0-9.]+[eE][-+]?[0-9]+", text) is not None, "exponents are not read"),
    )
    return next((f"{reason}; {way}" for wrong, reason in checks if wrong), way)


def _show(value: object) -> str:
    """Any value, short and in ASCII, for a message."""
    if isinstance(value, int) and abs(value) > INT64_MAX:
        return f"an int of {value.bit_length()} bits"  # Python may refuse to print it
    text = ascii(value)
    return text if len(text) <= _TEXT_LIMIT + 2 else f"{text[:_TEXT_LIMIT]}..."
