"""What `Engine.view` returns: plain named tuples of integers, in the units their names say."""

from __future__ import annotations

from typing import NamedTuple


class Account(NamedTuple):
    """Cash in micro-pUSD, or a token in microshares.

    spendable = settled - outgoing - reserved - locked.
    """

    settled: int
    incoming: int
    outgoing: int
    reserved: int
    locked: int
    spendable: int


class MarketView(NamedTuple):
    """A condition: metadata, holds, breaker (BreakerState), money, feed (FeedState).

    `feed_ns`: its last data. `turn_ns`: its last accepted turn, -1 for none; the cooldown counts
    from it. `profit`: at the last valuation, 0 as long as no loss limit asks for one.
    """

    known: int
    tick_pips: int
    min_size: int
    fee_ppm: int
    flags: int
    cluster: int
    close_out_ns: int
    resolved: bool
    hold: bool
    loss_stop: bool
    unhedged: bool
    breaker: int
    rejects: int
    flow: int
    fees: int
    cost_yes: int
    cost_no: int
    reserved_cash: int
    exposure: int
    open_orders: int
    feed: int
    generation: int
    feed_ns: int
    turn_ns: int
    breaker_until_ns: int
    profit: int
    payout_pips: int
    conversion: int
    conversion_token: int
    conversion_size: int


class RiskView(NamedTuple):
    """What holds for all markets: the global breaker, the venue, profit at the last valuation.

    `no_marks`: positions that cannot be valued; `shortfalls`: accounts with less than nothing free.
    """

    breaker: int
    breaker_until_ns: int
    venue_until_ns: int
    beat_lost: bool
    no_marks: int
    shortfalls: int
    profit: int
    profit_day: int
    profit_session: int


class BookView(NamedTuple):
    """Best of both sides; an empty side has price 0 (bid) or 10,000 (ask) and size 0."""

    bid_pips: int
    bid_size: int
    ask_pips: int
    ask_size: int
    feed: int


class OrderView(NamedTuple):
    """An order: original to reserved are in its unit (pUSD for FAK and FOK buys, else shares)."""

    order_id: int
    state: int
    request: int
    token: int
    side: int
    tif: int
    flags: int
    origin: int
    price_pips: int
    original: int
    filled: int
    canceled: int
    reversed: int
    restored: int
    overfill: int
    leaves: int
    reserved: int
    cancel_wanted: bool
    done: bool
    presumed: bool
