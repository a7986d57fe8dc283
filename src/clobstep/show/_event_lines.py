"""What stands in the line of each kind of event."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Final

from clobstep.enums import (
    NO_TOKEN,
    AcceptStatus,
    CancelReason,
    EventKind,
    FeedSign,
    Flag,
    FoundStatus,
    Heartbeat,
    OperatorCode,
    Origin,
    Reject,
    Side,
    Tif,
    TradeStatus,
    VenueState,
    Wake,
)
from clobstep.events import Event
from clobstep.show import _parts as p
from clobstep.units import format_cash, format_duration, format_price, format_size


def _snapshot(e: Event) -> str:
    pairs = ((e.price_pips, e.size), (e.bid_pips, e.amount), (e.ask_pips, e.order_id))
    levels = [f"{format_size(size)} at {format_price(price)}" for price, size in pairs[: e.code]]
    count = p.when(e.code > len(pairs), f"{e.code} levels in one record")
    ends = p.join(
        p.when(e.flags & Flag.SNAP_FIRST, "first"), p.when(e.flags & Flag.SNAP_LAST, "last")
    )
    return p.join(f"{p.token(e)} {p.name(Side, e.side)}", *levels, count, ends)


def _delta(e: Event) -> str:
    return p.join(
        p.level(e),
        p.when(e.flags & Flag.BOOK_BEST, f"best {p.best(e)}"),
        p.when(e.flags & Flag.BOOK_END, "end of group"),
    )


def _flags(e: Event) -> list[str]:
    return [
        p.when(e.flags & Flag.META_NEG_RISK, "negRisk"),
        p.when(e.flags & Flag.META_AUGMENTED, "augmented"),
        p.when(e.flags & Flag.META_ASSUMED, "assumed"),
    ]


def _market(e: Event) -> str:
    return p.join(
        f"{p.token(e)} tick {format_price(e.price_pips)}",
        f"minimum {format_size(e.size)}",
        f"fee rate {format_size(e.amount)}",
        "open" if e.flags & Flag.META_OPEN else "not open",
        *_flags(e),
        p.when(e.order_id, f"cluster {e.order_id}"),
        p.when(e.ref, f"close-out at {p.time(min(e.ref, 2**63 - 1))}"),
    )


def _balance(e: Event) -> str:
    if e.token == NO_TOKEN:
        return f"{format_cash(e.amount)} pUSD"
    return f"{format_size(e.size)} of {p.token(e)}"


def _with_cost(e: Event) -> str:
    cost = p.when(e.token != NO_TOKEN and e.amount, f"cost {format_cash(e.amount)} pUSD")
    return p.join(_balance(e), cost)


def _shown(e: Event, status: str) -> str:
    original = f"original {format_size(e.amount)}"
    where = f"{p.name(Side, e.side)} of {p.token(e)} at {format_price(e.price_pips)}"
    return p.join(f"order {e.order_id} {where} {status}".rstrip(), original, p.matched(e))


def _trade(e: Event) -> str:
    return p.join(
        f"{e.ref} of order {e.order_id} {p.level(e)} {p.name(TradeStatus, e.code)}",
        p.role(e.flags, Flag.ROLE_TAKER, Flag.ROLE_MAKER, "its order id"),
        p.role(e.flags, Flag.WS_TAKER, Flag.WS_MAKER, "the user channel"),
        p.when(e.venue_time_ns, f"matched at {p.time(e.venue_time_ns)}"),
    )


def _intent(e: Event) -> str:
    what = f"{p.name(Side, e.side)} {format_size(e.size)} of {p.token(e)}"
    if p.by_cash(e.side, e.code):
        what = f"BUY {p.token(e)} for {format_cash(e.size)} pUSD"
    origin = (e.flags & Flag.ORDER_ORIGIN) >> 2
    return p.join(
        f"order {e.order_id} {what} at {format_price(e.price_pips)} {p.name(Tif, e.code)}"
        + p.when(e.flags & Flag.ORDER_POST_ONLY, " post-only"),
        p.when(e.venue_time_ns, f"expiry {p.time(e.venue_time_ns)}"),
        p.when(e.amount, f"turn {e.amount}"),
        p.when(origin, p.name(Origin, origin)),
    )


def _replace(e: Event) -> str:
    overlap = p.when(e.flags & Flag.ORDER_OVERLAP, "overlapping")
    return p.join(_intent(e), f"replaces order {e.ref}", overlap)


def _answer(kind: type[IntEnum]) -> Callable[[Event], str]:
    return lambda e: p.join(f"order {e.order_id} {p.name(kind, e.code)}", p.matched(e))


def _order(e: Event) -> str:
    return f"order {e.order_id}"


def _pairs(e: Event) -> str:
    return f"{format_size(e.size)} pairs of {p.token(e)}"


def _nothing(_: Event) -> str:
    return ""


EVENTS: Final[dict[EventKind, Callable[[Event], str]]] = {
    EventKind.BOOK_DELTA: _delta,
    EventKind.BOOK_SNAPSHOT: _snapshot,
    EventKind.PRINT: p.level,
    EventKind.BEST: lambda e: p.join(
        f"{p.token(e)} {p.best(e)}", p.when(e.flags & Flag.BOOK_END, "end of group")
    ),
    EventKind.TICK_CHANGE: lambda e: f"{p.token(e)} to {format_price(e.price_pips)}",
    EventKind.FEED: lambda e: f"{p.name(FeedSign, e.code)} {p.scope(e, 'all markets')}",
    EventKind.MARKET: _market,
    EventKind.CLUSTER: lambda e: p.join(f"cluster {e.order_id}", *_flags(e)[:2]),
    EventKind.RESOLVED: lambda e: f"{p.token(e)} pays {format_price(e.price_pips)}",
    EventKind.RETIRE: p.token,
    EventKind.VENUE: lambda e: p.join(
        p.name(VenueState, e.code), p.when(e.amount, f"for {format_duration(e.amount)}")
    ),
    EventKind.HEARTBEAT: lambda e: p.name(Heartbeat, e.code),
    EventKind.CLOCK: lambda e: f"{format_duration(e.amount)} ahead of the server",
    EventKind.TIMER: _nothing,
    EventKind.ACCEPTED: _answer(AcceptStatus),
    EventKind.REJECTED: lambda e: p.join(
        f"order {e.order_id} {p.name(Reject, e.code)}", p.when(e.amount, f"batch {e.amount}")
    ),
    EventKind.SUBMIT_UNKNOWN: _order,
    EventKind.CANCEL_ACCEPTED: lambda e: p.join(_order(e), p.matched(e)),
    EventKind.CANCEL_REFUSED: lambda e: p.join(
        f"order {e.order_id} {p.name(CancelReason, e.code)}",
        p.when(e.amount, f"retry after {format_duration(e.amount)}"),
    ),
    EventKind.CANCEL_UNKNOWN: _order,
    EventKind.PLACED: lambda e: _shown(e, p.name(Tif, e.code)),
    EventKind.MATCHED: lambda e: _shown(e, p.name(Tif, e.code)),
    EventKind.CANCELED: _answer(CancelReason),
    EventKind.FOUND: lambda e: _shown(e, p.name(FoundStatus, e.code)),
    EventKind.NOT_FOUND: _order,
    EventKind.TRADE: _trade,
    EventKind.OPENING: _with_cost,
    EventKind.DEPOSIT: _with_cost,
    EventKind.WITHDRAWAL: _balance,
    EventKind.SPLIT: _pairs,
    EventKind.MERGE: _pairs,
    EventKind.REDEEM: lambda e: (
        f"{format_size(e.size)} of {p.token(e)} at {format_price(e.price_pips)}"
    ),
    EventKind.CONVERSION_FAILED: p.token,
    EventKind.ADJUSTMENT: _balance,
    EventKind.BALANCE: _balance,
    EventKind.LOCK: lambda e: f"{format_cash(e.amount)} pUSD",
    EventKind.RECONCILE_BEGUN: _nothing,
    EventKind.RECONCILED: lambda e: f"trades up to {p.time(e.venue_time_ns)}",
    EventKind.INTENT_SUBMIT: _intent,
    EventKind.INTENT_REPLACE: _replace,
    EventKind.INTENT_CANCEL: _order,
    EventKind.INTENT_CANCEL_MARKET: p.token,
    EventKind.INTENT_CANCEL_ALL: _nothing,
    EventKind.INTENT_MERGE: _pairs,
    EventKind.INTENT_SPLIT: _pairs,
    EventKind.INTENT_REDEEM: lambda e: f"{format_size(e.size)} of {p.token(e)}",
    EventKind.SIGNAL: lambda e: (
        f"source {e.order_id} key {e.ref}: {e.size}, {e.amount} about {p.scope(e, 'everything')}"
    ),
    EventKind.OPERATOR: lambda e: f"{p.name(OperatorCode, e.code)} {p.scope(e, 'everything')}",
    EventKind.RESTARTED: _nothing,
    EventKind.WAKE_ON: lambda e: f"{p.token(e)} {p.bits(Wake, e.flags)}",
}
