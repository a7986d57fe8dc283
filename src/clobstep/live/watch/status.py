"""What a live process is doing, as one value of integers and text: the source of all displays.

Money is micro-pUSD, sizes microshares, prices pips, times and ages nanoseconds; an age of what has
not happened is -1. `watcher` reads it from a running process.

Owns the names of what a person and a monitor see.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from clobstep.core import Account
from clobstep.live.watch.board import Said

NEVER: Final = -1  # an age of what has not happened

Counts = tuple[tuple[str, int], ...]  # by name, in its order


class Quote(NamedTuple):
    """An open order. `size` is what is left of it; `ahead` -1: the book is not believed."""

    order_id: int
    token: int
    side: str
    price_pips: int
    size: int
    state: str
    is_leaving: bool  # its cancel is wanted, or under way
    age_ns: int
    ahead: int


class MarketStatus(NamedTuple):
    """A condition. Books and quotes of `token` are YES, those of `token + 1` NO."""

    token: int
    condition: str
    name: str
    quotes: tuple[Quote, ...]
    bid_pips: int  # of YES; 0 none
    bid_size: int
    ask_pips: int  # 10,000 none
    ask_size: int
    yes: int  # inventory with what is not settled yet
    no: int
    yes_free: int
    no_free: int
    reserved: int
    exposure: int
    profit: int
    fees: int
    cooldown_ns: int  # left
    breaker: str
    breaker_ns: int  # left
    rejects: int  # in a row
    holds: tuple[str, ...]
    feed: str
    data_age_ns: int
    closing: str
    closing_ns: int | None  # to the next date known to end it


class Lines(NamedTuple):
    """Connections of one kind: how many, how many are up, and what went over them."""

    wanted: int
    up: int
    connects: int
    reconnects: int
    failures: int
    messages: int


class Timing(NamedTuple):
    """Durations of one kind: all so far, the last, and quantiles of the last 1,024."""

    n: int
    total_ns: int
    last_ns: int
    p50_ns: int
    p99_ns: int


class Engines(NamedTuple):
    """The engine and its task. `oldest_ns`: age of what waits longest now."""

    events: int
    events_per_s: int
    turns: int
    waiting: int
    oldest_ns: int
    conflated: int
    idle_ns: int  # since the task proved itself alive
    lag: Timing
    work: Timing
    commit: Timing


class Journal(NamedTuple):
    """The file of this moment; events of the whole session."""

    path: str
    events: int
    durable: int
    size_bytes: int


class Venue(NamedTuple):
    """What the account and the venue say. Zero or empty where a process has no account."""

    beat: str  # "healthy", "lost", "none"
    beats: int
    beats_withheld: int
    reads: int
    reads_failed: int
    clock_ahead_ns: int  # the venue's clock less ours
    requests: Counts  # by lane and answer
    rejects: Counts  # by reason


class Status(NamedTuple):
    """All of it, at `time_ns`."""

    kind: str  # live, dry run, paper, record
    time_ns: int
    uptime_ns: int
    session: str
    fault: str
    venue_state: str
    venue_ns: int  # until it is tried again
    breaker: str  # the global one
    breaker_ns: int
    cash: Account
    exposure: int
    profit: int
    profit_day: int
    profit_session: int
    fees: int
    no_marks: int
    shortfalls: int
    orders: int
    unknown: int
    submits: int
    cancels: int
    fills: int
    refusals: Counts
    messages_per_s: int
    wall_drift_ns: int
    market_lines: Lines
    user_lines: Lines
    engine: Engines
    venue: Venue
    journal: Journal
    markets: tuple[MarketStatus, ...]
    notes: tuple[Said, ...]
    note_kinds: Counts
