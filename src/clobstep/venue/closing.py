"""How far a market is from its close, from all that its metadata says, and never from one date.

The end date is when the venue may resolve: markets trade past it, games end hours before it, and
a market whose outcome was proposed still takes orders. What is missing makes the answer UNKNOWN,
not OPEN. Owns the states and their words; no clock: the time is given.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Final, NamedTuple

from clobstep import units
from clobstep.venue.market_info import MarketInfo


class State(Enum):
    """Where a market stands."""

    OPEN = "open"
    PAST_END = "past end"  # its end date has passed, and it trades on
    CLOSING = "closing"  # it may close at any moment
    CLOSED = "closed"
    UNKNOWN = "unknown"


class Closing(NamedTuple):
    """A state, why in words, and the time to the next date known to end it, where one is ahead."""

    state: State
    why: str
    left_ns: int | None = None


_OPINIONS: Final = {  # of the oracle, while the venue has not closed the market
    "requested": "an outcome was asked for",
    "proposed": "an outcome was proposed",
    "disputed": "the proposed outcome is disputed",
    "resolved": "the outcome is resolved",
    "settled": "the outcome is settled",
}


def time_to_close(info: MarketInfo, at_ns: int) -> Closing:
    """The state at that time. `info` should be about as old as `at_ns`: flags are of its moment."""
    accepting = info.accepting if info.accepting_orders is None else info.accepting_orders
    if info.closed or info.archived:
        word = "closed" if info.closed else "archived"
        also = ", though it says that it accepts orders" if accepting else ""
        return Closing(State.CLOSED, f"it is {word}{also}")
    if info.closed_ns is not None and info.closed_ns <= at_ns:
        moment = when(info.closed_ns)
        if info.closed is False and accepting:
            return Closing(State.CLOSING, f"closed at {moment} by its date, open by its flags")
        return Closing(State.CLOSED, f"it was closed at {moment}")
    stopped = [
        word
        for value, word in (
            (accepting, "it does not accept orders"),
            (info.active, "it is not active"),
            (info.order_book, "it has no order book"),
        )
        if value is False
    ]
    ending = _ending(info, at_ns)
    if stopped:
        return _stopped(info, at_ns, " and ".join(stopped), ending)
    if ending:
        return Closing(State.CLOSING, ending)
    if accepting is None:
        return Closing(State.UNKNOWN, "nothing says whether it accepts orders")
    if info.end_ns is not None and info.end_ns <= at_ns:
        moment = when(info.end_ns)
        return Closing(State.PAST_END, f"its end date {moment} has passed and it accepts orders")
    return _open(info, at_ns)


def _ending(info: MarketInfo, at_ns: int) -> str:
    """Why it may close at any moment, "" if nothing says so."""
    status = info.uma_status.lower()
    if status:
        return _OPINIONS.get(status, f"its resolution is {status!r}, a word that we do not know")
    if is_pinned(info):
        return f"its prices are pinned at {' and '.join(info.outcome_prices)}"
    if info.game_start_ns is not None and info.game_start_ns <= at_ns:
        return f"the game began at {when(info.game_start_ns)} and may end"
    return ""


def _stopped(info: MarketInfo, at_ns: int, why: str, ending: str) -> Closing:
    """It takes no orders now: because it ends, or nobody knows why."""
    if info.uma_status.lower() in ("resolved", "settled") or info.payout_yes_pips is not None:
        return Closing(State.CLOSED, f"{why}, and {ending or 'its payout is known'}")
    if ending:
        return Closing(State.CLOSING, f"{why}, and {ending}")
    if info.end_ns is not None and info.end_ns <= at_ns:
        return Closing(State.CLOSING, f"{why}, and its end date has passed")
    return Closing(State.UNKNOWN, f"{why}, and nothing says whether it will again")


def _open(info: MarketInfo, at_ns: int) -> Closing:
    dates = [
        (date, word)
        for date, word in ((info.game_start_ns, "game start"), (info.end_ns, "end date"))
        if date is not None
    ]
    missing = [
        word
        for value, word in ((info.closed, "closed"), (info.active, "active"))
        if value is None and info.market_id
    ]
    if missing:
        return Closing(State.UNKNOWN, f"it accepts orders, but {' and '.join(missing)} is not said")
    if not dates:
        return Closing(State.UNKNOWN, "it accepts orders, but no date says how long")
    date, word = min(dates)
    left = about(date - at_ns)
    return Closing(State.OPEN, f"it accepts orders, {word} in {left}", date - at_ns)


def when(time_ns: int) -> str:
    """A time for words: without the nanoseconds where they are 0."""
    return units.format_time(time_ns).replace(".000000000Z", "Z")


def about(span_ns: int) -> str:
    """A span for words, by its two longest units: "3 d 4 h", "12 min"."""
    seconds = max(span_ns // 1_000_000_000, 0)
    parts = []
    for name, unit in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, seconds = divmod(seconds, unit)
        if count:
            parts.append(f"{count} {name}")
    return " ".join(parts[:2]) or "less than 1 s"


def is_pinned(info: MarketInfo) -> bool:
    """Whether the prices say who won: exactly 1 and 0. Half and half is also that of a new one."""
    try:
        found = sorted(Decimal(price) for price in info.outcome_prices)
    except (InvalidOperation, ValueError):
        return False
    return found == [0, 1]
