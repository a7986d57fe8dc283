"""Whether the arrays of a Run can be true. Reads them, changes nothing; `Run.check` calls it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from clobstep.enums import (
    MAX_SIZE,
    PIPS,
    Evidence,
    Liquidity,
    OrderState,
    Origin,
    Reject,
    Side,
    Tif,
)  # fmt: skip
from clobstep.report import run as formats

if TYPE_CHECKING:
    from clobstep.report.run import Rows, Run

Mask = NDArray[np.bool_]
FORMATS = {
    "fills": formats.FILL_DTYPE,
    "bbo": formats.BBO_DTYPE,
    "settlements": formats.SETTLEMENT_DTYPE,
    "orders": formats.ORDER_DTYPE,
    "conversions": formats.CONVERSION_DTYPE,
}


def check(run: Run) -> None:
    """Raise RunError naming array, row and what is wrong, for the first fault found."""
    for name, dtype in FORMATS.items():
        rows = getattr(run, name)
        if rows.dtype != dtype:
            raise formats.RunError(
                f"Run.{name} has the wrong record format: make it with "
                f"numpy.zeros(n, clobstep.report.run.{name.upper().rstrip('S')}_DTYPE)"
            )
    for name, faults in (
        ("fills", _fills(run.fills)),
        ("bbo", _bbo(run.bbo)),
        ("settlements", _settlements(run.settlements)),
        ("orders", _orders(run.orders)),
        ("conversions", _conversions(run)),
    ):
        for wrong, says in faults:
            if wrong.any():
                row = int(wrong.argmax())
                raise formats.RunError(f"Run.{name}, row {row}: {says}: {getattr(run, name)[row]}")
    _markets(run)


def _fills(f: Rows) -> Iterator[tuple[Mask, str]]:
    yield _falls(f["time_ns"]), "time_ns is before the row above"
    yield f["venue_time_ns"] < 0, "venue_time_ns is negative"
    yield f["side"] > max(Side), "side is neither BUY nor SELL"
    yield f["liquidity"] > max(Liquidity), "liquidity is outside its enum"
    yield f["evidence"] > max(Evidence), "evidence is outside its enum"
    yield f["origin"] > max(Origin), "origin is outside its enum"
    for name in ("price_pips", "bid_pips", "ask_pips"):
        yield _no_price(f[name]), f"{name} is outside 0..{PIPS}"
    yield (f["size"] <= 0) | (f["size"] > MAX_SIZE), f"size is outside 1..{MAX_SIZE}"
    notional = f["size"] * f["price_pips"].astype(np.int64) // PIPS  # at most 9e18: fits
    yield f["cash_micros"] != notional, "cash_micros is not floor(size * price_pips / 10000)"
    yield f["fee_micros"] < 0, "fee_micros is negative"
    makers = f["liquidity"] == Liquidity.MAKER
    yield makers & (f["fee_micros"] != 0), "a maker pays no fee"
    yield f["queued_ns"] < 0, "queued_ns is negative"
    yield _repeats(f, ["trade", "order_id"]), "this trade of this order is in a row above"


def _bbo(b: Rows) -> Iterator[tuple[Mask, str]]:
    yield _falls(b["venue_time_ns"]), "venue_time_ns is before the row above"
    yield (b["token"] & 1) != 0, "token is odd: the books of a condition stand under its YES"
    yield _no_price(b["bid_pips"]) | _no_price(b["ask_pips"]), f"a price is outside 0..{PIPS}"
    yield b["gap"] > 1, "gap is neither 0 nor 1"


def _settlements(s: Rows) -> Iterator[tuple[Mask, str]]:
    yield (s["token"] & 1) != 0, "token is odd: a condition settles under its YES"
    yield _no_price(s["payout_pips"]), f"payout_pips is outside 0..{PIPS}"
    yield _repeats(s, ["token"]), "this condition is settled in a row above"


def _orders(o: Rows) -> Iterator[tuple[Mask, str]]:
    yield o["side"] > max(Side), "side is neither BUY nor SELL"
    yield o["tif"] > max(Tif), "tif is outside its enum"
    yield o["origin"] > max(Origin), "origin is outside its enum"
    yield o["state"] > max(OrderState), "state is outside its enum"
    yield o["reject"] > max(Reject), "reject is outside its enum"
    yield _no_price(o["price_pips"]), f"price_pips is outside 0..{PIPS}"
    amounts = (o["original"], o["filled"], o["canceled"])
    yield np.minimum.reduce(amounts, initial=0) < 0, "an amount is negative"
    late = (o["ended_ns"] != 0) & (o["ended_ns"] < o["placed_ns"])
    yield late, "it ended before it was placed"
    yield _repeats(o, ["order_id"]), "this order is in a row above"


def _conversions(run: Run) -> Iterator[tuple[Mask, str]]:
    c = run.conversions
    kind = c["kind"]
    yield (kind < formats.MERGE) | (kind > formats.REDEEM), "kind is no MERGE, SPLIT or REDEEM"
    redeem = kind == formats.REDEEM
    yield ~redeem & ((c["token"] & 1) != 0), "a merge or split stands under the YES"
    yield c["size"] <= 0, "size is not positive"
    yield c["cost_micros"] < 0, "cost_micros is negative"
    yield (kind == formats.MERGE) & (c["cash_micros"] != c["size"]), "a pair merges into 1 pUSD"
    yield (kind == formats.SPLIT) & (c["cash_micros"] != -c["size"]), "a pair is split from 1 pUSD"
    known = np.isin(c["token"] & ~np.uint32(1), run.settlements["token"])
    yield redeem & ~known, "a token is redeemed that Run.settlements does not have"


def _markets(run: Run) -> None:
    for one in run.markets:
        token = one.get("token")
        if not isinstance(token, int) or token < 0 or token & 1:
            raise formats.RunError(f"Run.markets: token {token!r} is no even token index")
    known = [one["token"] for one in run.markets]
    if len(known) != len(set(known)):
        raise formats.RunError("Run.markets: two markets have the same token")
    for name in ("fills", "bbo", "settlements", "orders", "conversions"):
        tokens = np.unique(getattr(run, name)["token"] & ~np.uint32(1))
        missing = sorted(set(tokens.tolist()) - set(known))
        if missing:
            raise formats.RunError(f"Run.{name} has token {missing[0]}, Run.markets has not")


def _falls(times: NDArray[np.int64]) -> Mask:
    wrong = np.zeros(len(times), np.bool_)
    wrong[1:] = times[1:] < times[:-1]
    return wrong


def _no_price(pips: NDArray[np.int16]) -> Mask:
    return (pips < 0) | (pips > PIPS)


def _repeats(rows: Rows, names: list[str]) -> Mask:
    """Rows whose fields `names` stand in a row above."""
    again = np.ones(len(rows), np.bool_)
    keys = np.stack([rows[name].astype(np.uint64) for name in names], axis=1)
    again[np.unique(keys, axis=0, return_index=True)[1]] = False
    return again
