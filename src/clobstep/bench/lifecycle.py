"""Order lifecycles as events: submit, accept, partial fills, the last fill, settlement.

A round is one order: INTENT_SUBMIT, ACCEPTED, three TRADEs MATCHED, the same three CONFIRMED. BUYs
and SELLs alternate, so that the account turns over. A reconciliation moves the watermark now and
then, as it does in a real day: without it the fill window fills up and refuses.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from clobstep import EngineConfig, events
from clobstep.core import EVENT_DTYPE
from clobstep.enums import EventKind, Flag, TradeStatus

Array = npt.NDArray[Any]
START_NS = 1_760_000_000_000_000_000
STEP_NS = 30_000_000  # between events: 8 an order stay below the default submit budget of 40/s
ROUNDS_A_RECONCILIATION = 2_000

CONFIG = EngineConfig(cooldown_ns=0, stale_after_ns=1 << 60, metadata_cycle_ns=1 << 59)


def opening() -> list[bytes]:
    """Cash, tokens, metadata, a book, and a reconciliation that starts trading."""
    at = START_NS
    return [
        events.opening(cash="1000000", at=at),
        events.market(0, tick="0.01", min_size="5", fee_rate="0.07", at=at),
        *events.snapshot(0, bids=[("0.49", "1000")], asks=[("0.55", "1000")], at=at),
        events.reconcile_begun(at=at),
        events.reconciled(read_up_to=at, at=at),
    ]


def rounds(n: int) -> Array:
    """Events of `n` orders, with their reconciliations."""
    block = np.zeros((n, 8), EVENT_DTYPE)
    order = np.arange(1, n + 1, dtype=np.uint64)
    block["order_id"] = order[:, None]
    block["side"] = ((order - 1) % 2).astype(np.uint8)[:, None]
    block["price_pips"] = 5000
    block["kind"][:, 0] = EventKind.INTENT_SUBMIT
    block["flags"][:, 0] = Flag.ORDER_POST_ONLY
    block["size"][:, 0] = 100_000_000
    block["kind"][:, 1] = EventKind.ACCEPTED
    block["kind"][:, 2:] = EventKind.TRADE
    block["flags"][:, 2:] = Flag.ROLE_MAKER | Flag.WS_MAKER
    for k, size in enumerate((40_000_000, 35_000_000, 25_000_000)):
        block["ref"][:, 2 + k] = block["ref"][:, 5 + k] = 3 * order + np.uint64(k)
        block["size"][:, 2 + k] = block["size"][:, 5 + k] = size
    block["code"][:, 2:5] = TradeStatus.MATCHED
    block["code"][:, 5:] = TradeStatus.CONFIRMED
    flat = block.reshape(-1)
    flat["time_ns"] = START_NS + STEP_NS * np.arange(1, len(flat) + 1, dtype=np.int64)
    trades = flat["kind"] == EventKind.TRADE
    flat["venue_time_ns"][trades] = flat["time_ns"][trades]
    return _reconciled(flat)


def _reconciled(flat: Array) -> Array:
    parts = []
    size = 8 * ROUNDS_A_RECONCILIATION
    for start in range(0, len(flat), size):
        part = flat[start : start + size]
        word = np.zeros(2, EVENT_DTYPE)
        word["kind"] = (EventKind.RECONCILE_BEGUN, EventKind.RECONCILED)
        word["time_ns"] = word["venue_time_ns"] = part["time_ns"][-1]
        parts += [part, word]
    return np.concatenate(parts)
