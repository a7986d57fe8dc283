"""Parts that the lines of events and effects share: numbers, names, times, tokens.

Each is total over the integers a record can hold.
"""

from __future__ import annotations

from enum import IntEnum

from clobstep.effects import Effect
from clobstep.enums import NO_TOKEN, PIPS, Flag, Side, Tif, Wake
from clobstep.events import Event
from clobstep.units import UnitError, format_price, format_size, format_time


def name(kind: type[IntEnum], value: int) -> str:
    return kind(value).name if value in kind.__members__.values() else f"{kind.__name__} {value}"


def time(ns: int) -> str:
    try:
        return format_time(ns)
    except UnitError:  # one value: the least of 64 bits
        return f"time {ns} ns"


def token(e: Event | Effect) -> str:
    if e.token == NO_TOKEN:
        return "no token"
    return f"token {e.token}" + (f" (generation {e.generation})" if e.generation else "")


def scope(e: Event, all_of: str) -> str:
    return all_of if e.token == NO_TOKEN else token(e)


def level(e: Event | Effect) -> str:
    side, size, price = name(Side, e.side), format_size(e.size), format_price(e.price_pips)
    return f"{side} {size} of {token(e)} at {price}"


def best(e: Event) -> str:
    bid = format_price(e.bid_pips) if e.bid_pips else "none"
    ask = format_price(e.ask_pips) if e.ask_pips != PIPS else "none"
    return f"{bid}/{ask}"


def join(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def when(condition: object, text: str) -> str:
    return text if condition else ""


def bits(kind: type[Wake], value: int) -> str:
    names = [bit.name or "" for bit in kind if value & bit]
    rest = value & ~sum(kind)
    return " ".join(names + [f"bits {rest}"] * bool(rest)) or "nothing"


def matched(e: Event) -> str:
    return when(e.flags & Flag.SIZE_KNOWN, f"matched {format_size(e.size)}")


def role(flags: int, taker: int, maker: int, who: str) -> str:
    said = [name for bit, name in ((taker, "TAKER"), (maker, "MAKER")) if flags & bit]
    return when(said, f"{' and '.join(said)} by {who}")


def by_cash(side: int, tif: int) -> bool:
    return side == Side.BUY and tif in (Tif.FOK, Tif.FAK)
