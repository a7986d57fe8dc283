"""Rows of the compiled venue as the arrays of a report's Run.

Owns: the layouts of `types.pxi` as numpy records; a test holds the sizes together.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clobstep.enums import EventKind
from clobstep.report.run import (
    BBO_DTYPE,
    CONVERSION_DTYPE,
    FILL_DTYPE,
    MERGE,
    ORDER_DTYPE,
    REDEEM,
    SPLIT,
)

Array = NDArray[np.void]

FILL_ROW = np.dtype(
    [
        ("time_ns", "<i8"), ("venue_time_ns", "<i8"), ("order_id", "<u8"), ("trade", "<u8"),
        ("size", "<i8"), ("cash_micros", "<i8"), ("fee_micros", "<i8"), ("queued_ns", "<i8"),
        ("token", "<u4"), ("price_pips", "<i2"), ("bid_pips", "<i2"), ("ask_pips", "<i2"),
        ("quote_width_pips", "<i2"), ("side", "u1"), ("liquidity", "u1"), ("evidence", "u1"),
        ("origin", "u1"),
    ]
)  # fmt: skip
BEST_ROW = np.dtype(
    [
        ("venue_time_ns", "<i8"), ("token", "<u4"), ("bid_pips", "<i2"), ("ask_pips", "<i2"),
        ("gap", "u1"), ("spare", "V7"),
    ]
)  # fmt: skip
CONVERSION_ROW = np.dtype(
    [
        ("time_ns", "<i8"), ("size", "<i8"), ("cash_micros", "<i8"), ("cost_micros", "<i8"),
        ("token", "<u4"), ("kind", "u1"), ("spare", "V3"),
    ]
)  # fmt: skip
ORDER_ROW = np.dtype(
    [
        ("order_id", "<u8"), ("placed_ns", "<i8"), ("accepted_ns", "<i8"), ("ended_ns", "<i8"),
        ("original", "<i8"), ("matched", "<i8"), ("filled", "<i8"), ("canceled", "<i8"),
        ("token", "<u4"), ("price_pips", "<i2"), ("side", "u1"), ("tif", "u1"),
        ("post_only", "u1"), ("venue_state", "u1"), ("reject", "u1"), ("origin", "u1"),
        ("state", "u1"), ("spare", "V11"),
    ]
)  # fmt: skip


def _as(raw: bytes, row: np.dtype[np.void], wanted: np.dtype[np.void]) -> Array:
    found = np.frombuffer(raw, row)
    out = np.zeros(len(found), wanted)
    for name in wanted.names or ():
        out[name] = found[name]
    return out


def fills(raw: bytes) -> Array:
    """Fills that were booked, in the order of our time. A match whose word never came is none."""
    out = _as(raw, FILL_ROW, FILL_DTYPE)
    return out[np.argsort(out["time_ns"], kind="stable")]


def bests(raw: bytes) -> Array:
    """The venue's best prices."""
    return _as(raw, BEST_ROW, BBO_DTYPE)


def orders(raw: bytes) -> Array:
    """One row an order that was sent."""
    return _as(raw, ORDER_ROW, ORDER_DTYPE)


def conversions(raw: bytes) -> Array:
    """Merges, splits and redeems."""
    out = _as(raw, CONVERSION_ROW, CONVERSION_DTYPE)
    named = {EventKind.MERGE: MERGE, EventKind.SPLIT: SPLIT, EventKind.REDEEM: REDEEM}
    out["kind"] = [named[EventKind(int(kind))] for kind in out["kind"]]
    return out


def gap_ns(bbo: Array) -> int:
    """How long the feed was not to be believed, over all conditions."""
    total = 0
    for token in np.unique(bbo["token"]):
        mine = bbo[bbo["token"] == token]
        ends = np.append(mine["venue_time_ns"][1:], mine["venue_time_ns"][-1:])
        total += int(np.sum((ends - mine["venue_time_ns"])[mine["gap"] == 1]))
    return total
