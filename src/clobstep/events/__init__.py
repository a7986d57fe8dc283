"""Builders of event records: a person writes decimals and names, and gets 64 bytes.

    events.market(0, tick="0.01", min_size="5", fee_rate="0.07", at="2026-11-23T12:00:00Z")
    events.submit(1, 0, "BUY", price="0.52", size="100", post_only=True, at=now_ns)
    events.submit(2, 0, "BUY", price="0.54", amount="25.00", tif="FAK", at=now_ns)

A builder is named by its kind in lower case; `delta` and `snapshot` are the BOOK_ kinds,
`public_trade` is PRINT, and `submit`, `replace`, `cancel`, `cancel_market` and `cancel_all` are the
INTENT_ kinds (split, merge and redeem are facts, so their wishes are `intent_split` and so on).
Every builder takes `at`, our time: an int of nanoseconds or UTC text. Enums are members or names.
Errors (UnitError, ValueError, TypeError) begin with the field's name. Prices and sizes are checked
for what the record can mean, not for what the engine will take: that is the engine's answer.
`snapshot` gives a list of records, all others one record. Needs the standard library only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from clobstep.enums import EventKind
from clobstep.events._fields import Event as Event
from clobstep.events._fields import raw as raw
from clobstep.events._fields import unpack as unpack
from clobstep.events.book import best as best
from clobstep.events.book import clock as clock
from clobstep.events.book import cluster as cluster
from clobstep.events.book import delta as delta
from clobstep.events.book import feed as feed
from clobstep.events.book import heartbeat as heartbeat
from clobstep.events.book import market as market
from clobstep.events.book import public_trade as public_trade
from clobstep.events.book import resolved as resolved
from clobstep.events.book import retire as retire
from clobstep.events.book import snapshot as snapshot
from clobstep.events.book import snapshot_levels as snapshot_levels
from clobstep.events.book import tick_change as tick_change
from clobstep.events.book import timer as timer
from clobstep.events.book import venue as venue
from clobstep.events.money import adjustment as adjustment
from clobstep.events.money import balance as balance
from clobstep.events.money import conversion_failed as conversion_failed
from clobstep.events.money import deposit as deposit
from clobstep.events.money import intent_merge as intent_merge
from clobstep.events.money import intent_redeem as intent_redeem
from clobstep.events.money import intent_split as intent_split
from clobstep.events.money import lock as lock
from clobstep.events.money import merge as merge
from clobstep.events.money import opening as opening
from clobstep.events.money import operator as operator
from clobstep.events.money import reconcile_begun as reconcile_begun
from clobstep.events.money import reconciled as reconciled
from clobstep.events.money import redeem as redeem
from clobstep.events.money import restarted as restarted
from clobstep.events.money import signal as signal
from clobstep.events.money import split as split
from clobstep.events.money import wake_on as wake_on
from clobstep.events.money import withdrawal as withdrawal
from clobstep.events.orders import accepted as accepted
from clobstep.events.orders import cancel as cancel
from clobstep.events.orders import cancel_accepted as cancel_accepted
from clobstep.events.orders import cancel_all as cancel_all
from clobstep.events.orders import cancel_market as cancel_market
from clobstep.events.orders import cancel_refused as cancel_refused
from clobstep.events.orders import cancel_unknown as cancel_unknown
from clobstep.events.orders import canceled as canceled
from clobstep.events.orders import found as found
from clobstep.events.orders import matched as matched
from clobstep.events.orders import not_found as not_found
from clobstep.events.orders import placed as placed
from clobstep.events.orders import rejected as rejected
from clobstep.events.orders import replace as replace
from clobstep.events.orders import submit as submit
from clobstep.events.orders import submit_unknown as submit_unknown
from clobstep.events.orders import trade as trade

KINDS: Final[dict[EventKind, Callable[..., bytes] | Callable[..., list[bytes]]]] = {
    EventKind.BOOK_DELTA: delta,
    EventKind.BOOK_SNAPSHOT: snapshot,
    EventKind.PRINT: public_trade,
    EventKind.BEST: best,
    EventKind.TICK_CHANGE: tick_change,
    EventKind.FEED: feed,
    EventKind.MARKET: market,
    EventKind.CLUSTER: cluster,
    EventKind.RESOLVED: resolved,
    EventKind.RETIRE: retire,
    EventKind.VENUE: venue,
    EventKind.HEARTBEAT: heartbeat,
    EventKind.CLOCK: clock,
    EventKind.TIMER: timer,
    EventKind.ACCEPTED: accepted,
    EventKind.REJECTED: rejected,
    EventKind.SUBMIT_UNKNOWN: submit_unknown,
    EventKind.CANCEL_ACCEPTED: cancel_accepted,
    EventKind.CANCEL_REFUSED: cancel_refused,
    EventKind.CANCEL_UNKNOWN: cancel_unknown,
    EventKind.PLACED: placed,
    EventKind.MATCHED: matched,
    EventKind.CANCELED: canceled,
    EventKind.FOUND: found,
    EventKind.NOT_FOUND: not_found,
    EventKind.TRADE: trade,
    EventKind.OPENING: opening,
    EventKind.DEPOSIT: deposit,
    EventKind.WITHDRAWAL: withdrawal,
    EventKind.SPLIT: split,
    EventKind.MERGE: merge,
    EventKind.REDEEM: redeem,
    EventKind.CONVERSION_FAILED: conversion_failed,
    EventKind.ADJUSTMENT: adjustment,
    EventKind.BALANCE: balance,
    EventKind.LOCK: lock,
    EventKind.RECONCILE_BEGUN: reconcile_begun,
    EventKind.RECONCILED: reconciled,
    EventKind.INTENT_SUBMIT: submit,
    EventKind.INTENT_REPLACE: replace,
    EventKind.INTENT_CANCEL: cancel,
    EventKind.INTENT_CANCEL_MARKET: cancel_market,
    EventKind.INTENT_CANCEL_ALL: cancel_all,
    EventKind.INTENT_MERGE: intent_merge,
    EventKind.INTENT_SPLIT: intent_split,
    EventKind.INTENT_REDEEM: intent_redeem,
    EventKind.SIGNAL: signal,
    EventKind.OPERATOR: operator,
    EventKind.RESTARTED: restarted,
    EventKind.WAKE_ON: wake_on,
}
"""The builder of every kind of event."""
