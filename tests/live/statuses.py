"""Status values made by hand, for what shows them."""

from __future__ import annotations

from typing import Any

from clobstep.core import Account
from clobstep.live.watch.board import Said
from clobstep.live.watch.status import (
    Engines,
    Journal,
    Lines,
    MarketStatus,
    Quote,
    Status,
    Timing,
    Venue,
)

SECOND = 1_000_000_000
SHARE = 1_000_000
START_NS = 1_780_012_800 * SECOND


def quote(**given: Any) -> Quote:
    """100 YES wanted at 0.48, live for 12 s, 250 ahead."""
    told = {
        "order_id": 1, "token": 0, "side": "BUY", "price_pips": 4_800, "size": 100 * SHARE,
        "state": "LIVE", "is_leaving": False, "age_ns": 12 * SECOND, "ahead": 250 * SHARE,
    }  # fmt: skip
    return Quote(**(told | given))


def market(**given: Any) -> MarketStatus:
    """0.47 to 0.53, 10 YES held, nothing amiss."""
    told = {
        "token": 0, "condition": "0xc0", "name": "btc-updown-5m", "quotes": (), "bid_pips": 4_700,
        "bid_size": 5 * SHARE, "ask_pips": 5_300, "ask_size": 7 * SHARE, "yes": 10 * SHARE, "no": 0,
        "yes_free": 10 * SHARE, "no_free": 0, "reserved": 48_000_000, "exposure": 52_500_000,
        "profit": 1_250_000, "fees": 30_000, "cooldown_ns": 0, "breaker": "CLOSED",
        "breaker_ns": 0, "rejects": 0, "holds": (), "feed": "SYNCED", "data_age_ns": 400_000_000,
        "closing": "open", "closing_ns": 3_600 * SECOND,
    }  # fmt: skip
    return MarketStatus(**(told | given))


TIMING = Timing(10, 20_000_000, 2_000_000, 1_500_000, 3_500_000)


def status(**given: Any) -> Status:
    """A trader that is well."""
    told = {
        "kind": "live", "time_ns": START_NS, "uptime_ns": 90 * SECOND, "session": "TRADING",
        "fault": "NONE", "venue_state": "NORMAL", "venue_ns": 0, "breaker": "CLOSED",
        "breaker_ns": 0, "cash": Account(1_000_000_000, 1_000_000, 2_000_000, 48_000_000, 0,
                                         950_000_000),
        "exposure": 52_500_000, "profit": 2_340_000, "profit_day": -1_110_000,
        "profit_session": 500_000, "fees": 30_000, "no_marks": 0, "shortfalls": 0, "orders": 1,
        "unknown": 0, "submits": 20, "cancels": 18, "fills": 3, "refusals": (("COOLDOWN", 4),),
        "messages_per_s": 120, "wall_drift_ns": 0,
        "market_lines": Lines(1, 1, 3, 2, 1, 5_000), "user_lines": Lines(1, 1, 1, 0, 0, 7),
        "engine": Engines(12_345, 240, 9, 0, 0, 0, 10_000_000, TIMING, TIMING, TIMING),
        "venue": Venue("healthy", 30, 1, 5, 0, 0, (("submit 200", 20),),
                       (("POST_ONLY_CROSS", 2),)),
        "journal": Journal("live.0.clob", 12_345, 12_340, 2_500_000),
        "markets": (market(quotes=(quote(),)),), "notes": (), "note_kinds": (("alert", 1),),
    }  # fmt: skip
    return Status(**(told | given))


def said(k: int, kind: str = "metadata", text: str = "") -> Said:
    return Said(START_NS + k * SECOND, kind, text or f"note {k}")
