"""Builders of what the market says: books, prints, metadata, the venue's state.

Owns no state. Each builder gives one 64-byte record (`snapshot` a list of them), with prices and
sizes as decimal text; `at` is our time, `venue_time` the venue's (0 if it gave none).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from clobstep.enums import (
    PIPS,
    EventKind,
    FeedSign,
    Flag,
    Heartbeat,
    Side,
    VenueState,
)
from clobstep.events import _fields as f
from clobstep.events._fields import Text, Time

Levels = Sequence[tuple[Text, Text]]
"""(price, size) pairs in any order."""
Best = tuple[Text | None, Text | None]
"""The venue's own best bid and ask of the event's token; None: that side is empty."""

_LEVELS_A_RECORD: Final = 3


def delta(
    token: int,
    side: Side | str,
    *,
    price: Text,
    size: Text,
    at: Time,
    best: Best | None = None,
    end: bool = False,
    venue_time: Time = 0,
    generation: int = 0,
) -> bytes:
    """BOOK_DELTA: the level at `price` now holds `size` ("0" removes it).

    `best` is the best the message carries; `end` marks the last change of its group.
    """
    bid, ask = (0, 0) if best is None else _best(best)
    flags = (Flag.BOOK_END if end else 0) | (Flag.BOOK_BEST if best is not None else 0)
    return f.record(
        EventKind.BOOK_DELTA,
        at,
        venue_time=venue_time,
        token=f.token("token", token),
        generation=f.generation(generation),
        side=f.member("side", Side, side),
        price_pips=f.price("price", price),
        size=f.size("size", size),
        bid_pips=bid,
        ask_pips=ask,
        flags=flags,
    )


def snapshot(
    token: int,
    *,
    bids: Levels,
    asks: Levels,
    at: Time,
    venue_time: Time = 0,
    generation: int = 0,
) -> list[bytes]:
    """BOOK_SNAPSHOT: the whole book of a token as one or more records, three levels in each."""
    parts = [
        (side, levels[i : i + _LEVELS_A_RECORD])
        for side, levels in ((Side.BUY, bids), (Side.SELL, asks))
        for i in range(0, len(levels), _LEVELS_A_RECORD)
    ] or [(Side.BUY, ())]
    last = len(parts) - 1
    return [
        snapshot_levels(
            token,
            side,
            levels=levels,
            first=i == 0,
            last=i == last,
            at=at,
            venue_time=venue_time,
            generation=generation,
        )
        for i, (side, levels) in enumerate(parts)
    ]


def snapshot_levels(
    token: int,
    side: Side | str,
    *,
    levels: Levels,
    at: Time,
    first: bool = False,
    last: bool = False,
    venue_time: Time = 0,
    generation: int = 0,
) -> bytes:
    """One BOOK_SNAPSHOT record: at most three levels of one side. ValueError for more."""
    if len(levels) > _LEVELS_A_RECORD:
        raise ValueError(f"levels: {len(levels)} of them, a record holds {_LEVELS_A_RECORD}")
    read = [(f.price("levels", p), f.size("levels", s)) for p, s in levels]
    one, two, three = read + [(0, 0)] * (_LEVELS_A_RECORD - len(read))
    return f.record(
        EventKind.BOOK_SNAPSHOT,
        at,
        venue_time=venue_time,
        token=f.token("token", token),
        generation=f.generation(generation),
        side=f.member("side", Side, side),
        code=len(read),
        price_pips=one[0],
        size=one[1],
        bid_pips=two[0],
        amount=two[1],
        ask_pips=three[0],
        order_id=three[1],
        flags=(Flag.SNAP_FIRST if first else 0) | (Flag.SNAP_LAST if last else 0),
    )


def public_trade(
    token: int,
    side: Side | str,
    *,
    price: Text,
    size: Text,
    at: Time,
    venue_time: Time = 0,
    generation: int = 0,
) -> bytes:
    """PRINT: a trade anybody may see; `side` is the taker's."""
    return f.record(
        EventKind.PRINT,
        at,
        venue_time=venue_time,
        token=f.token("token", token),
        generation=f.generation(generation),
        side=f.member("side", Side, side),
        price_pips=f.price("price", price),
        size=f.size("size", size),
    )


def best(
    token: int,
    *,
    bid: Text | None,
    ask: Text | None,
    at: Time,
    end: bool = False,
    venue_time: Time = 0,
    generation: int = 0,
) -> bytes:
    """BEST: the venue's best bid and ask, without a change; None: that side is empty."""
    bid_pips, ask_pips = _best((bid, ask))
    return f.record(
        EventKind.BEST,
        at,
        venue_time=venue_time,
        token=f.token("token", token),
        generation=f.generation(generation),
        bid_pips=bid_pips,
        ask_pips=ask_pips,
        flags=Flag.BOOK_END if end else 0,
    )


def tick_change(
    token: int, *, tick: Text, at: Time, venue_time: Time = 0, generation: int = 0
) -> bytes:
    """TICK_CHANGE: the market's new tick, one of units.TICKS_PIPS."""
    return f.record(
        EventKind.TICK_CHANGE,
        at,
        venue_time=venue_time,
        token=f.token("token", token),
        generation=f.generation(generation),
        price_pips=f.tick("tick", tick),
    )


def feed(sign: FeedSign | str, *, at: Time, token: int | None = None, generation: int = 0) -> bytes:
    """FEED: something happened to the feed of a token's condition, or (token None) of all."""
    return f.record(
        EventKind.FEED,
        at,
        token=f.token("token", token),
        generation=f.generation(generation),
        code=f.member("sign", FeedSign, sign),
    )


def market(
    token: int,
    *,
    tick: Text,
    min_size: Text,
    fee_rate: Text,
    at: Time,
    open: bool = True,  # noqa: A002  the venue's own word
    neg_risk: bool = False,
    augmented: bool = False,
    assumed: bool = False,
    cluster: int = 0,
    close_out: Time = 0,
    generation: int = 0,
) -> bytes:
    """MARKET: metadata of a token's condition. `fee_rate` "0.07" is 7 percent of p x (1 - p).

    `cluster` is the number of its event (0: none), `close_out` when only less risk is taken
    (0: never).
    """
    flags = (
        (Flag.META_OPEN if open else 0)
        | (Flag.META_NEG_RISK if neg_risk else 0)
        | (Flag.META_AUGMENTED if augmented else 0)
        | (Flag.META_ASSUMED if assumed else 0)
    )
    return f.record(
        EventKind.MARKET,
        at,
        token=f.token("token", token),
        generation=f.generation(generation),
        price_pips=f.tick("tick", tick),
        size=f.size("min_size", min_size),
        amount=f.rate("fee_rate", fee_rate),
        order_id=f.number("cluster", cluster),
        ref=f.time_ns("close_out", close_out),
        flags=flags,
    )


def cluster(cluster: int, *, at: Time, neg_risk: bool = False, augmented: bool = False) -> bytes:
    """CLUSTER: metadata of the event that several markets share."""
    flags = (Flag.META_NEG_RISK if neg_risk else 0) | (Flag.META_AUGMENTED if augmented else 0)
    return f.record(EventKind.CLUSTER, at, order_id=f.number("cluster", cluster), flags=flags)


def resolved(
    token: int, *, payout: Text, at: Time, venue_time: Time = 0, generation: int = 0
) -> bytes:
    """RESOLVED: a share of this token pays `payout`, of its complement the rest of 1."""
    return f.record(
        EventKind.RESOLVED,
        at,
        venue_time=venue_time,
        token=f.token("token", token),
        generation=f.generation(generation),
        price_pips=f.price("payout", payout),
    )


def retire(token: int, *, at: Time, generation: int = 0) -> bytes:
    """RETIRE: give the slot of this token's condition away; its generation goes up."""
    return f.record(
        EventKind.RETIRE,
        at,
        token=f.token("token", token),
        generation=f.generation(generation),
    )


def venue(state: VenueState | str, *, at: Time, lasts: int | str = 0) -> bytes:
    """VENUE: the state seen or announced; `lasts` such as "90s" (0: not said)."""
    return f.record(
        EventKind.VENUE,
        at,
        code=f.member("state", VenueState, state),
        amount=f.duration_ns("lasts", lasts),
    )


def heartbeat(state: Heartbeat | str, *, at: Time) -> bytes:
    """HEARTBEAT: whether the order heartbeat is healthy."""
    return f.record(EventKind.HEARTBEAT, at, code=f.member("state", Heartbeat, state))


def clock(offset_ns: int, *, at: Time) -> bytes:
    """CLOCK: wall clock less server clock, in nanoseconds, either sign."""
    limit = 2**63 - 1
    return f.record(EventKind.CLOCK, at, amount=f.whole("offset_ns", offset_ns, -limit, limit))


def timer(*, at: Time) -> bytes:
    """TIMER: time passes."""
    return f.record(EventKind.TIMER, at)


def _best(pair: Best) -> tuple[int, int]:
    bid, ask = pair
    return (
        0 if bid is None else f.price("bid", bid),
        PIPS if ask is None else f.price("ask", ask),
    )
