"""`Run.check` takes what can be, and names array, row and fault of what cannot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from clobstep.report.run import MERGE, REDEEM, Run, RunError
from report.make_run import hand, many


def set_at(array: str, row: int, name: str, value: Any) -> Callable[[Run], None]:
    def change(run: Run) -> None:
        getattr(run, array)[name][row] = value

    return change


def twice(array: str) -> Callable[[Run], None]:
    def change(run: Run) -> None:
        rows = getattr(run, array)
        setattr(run, array, np.concatenate([rows, rows[-1:]]))

    return change


def converted(**values: Any) -> Callable[[Run], None]:
    def change(run: Run) -> None:
        for name, value in values.items():
            run.conversions[name][0] = value

    return change


def forget_market(run: Run) -> None:
    del run.markets[1]


def same_market(run: Run) -> None:
    run.markets[1]["token"] = 0


def odd_market(run: Run) -> None:
    run.markets[0]["token"] = 1


def other_format(run: Run) -> None:
    run.bbo = np.zeros(3, [("venue_time_ns", "<i8")])


@pytest.mark.parametrize("make", [Run, lambda: hand().run(), lambda: many(1).run()])
def test_what_can_be_passes(make: Callable[[], Run]) -> None:
    make().check()


@pytest.mark.parametrize(
    "change, says",
    [
        (other_format, "Run.bbo has the wrong record format.*BBO_DTYPE"),
        (set_at("fills", 1, "time_ns", 5), "fills, row 1: time_ns is before the row above"),
        (set_at("fills", 0, "venue_time_ns", -1), "fills, row 0: venue_time_ns is negative"),
        (set_at("fills", 2, "side", 2), "fills, row 2: side is neither"),
        (set_at("fills", 2, "liquidity", 3), "fills, row 2: liquidity"),
        (set_at("fills", 2, "evidence", 9), "fills, row 2: evidence"),
        (set_at("fills", 2, "origin", 9), "fills, row 2: origin"),
        (set_at("fills", 0, "price_pips", 10_001), "fills, row 0: price_pips is outside"),
        (set_at("fills", 0, "bid_pips", -1), "fills, row 0: bid_pips is outside"),
        (set_at("fills", 0, "size", 0), "fills, row 0: size is outside"),
        (set_at("fills", 0, "size", 2**60), "fills, row 0: size is outside"),
        (set_at("fills", 1, "cash_micros", 4_499_999), "fills, row 1: cash_micros is not floor"),
        (set_at("fills", 1, "fee_micros", -10), "fills, row 1: fee_micros is negative"),
        (set_at("fills", 0, "fee_micros", 10), "fills, row 0: a maker pays no fee"),
        (set_at("fills", 0, "queued_ns", -1), "fills, row 0: queued_ns"),
        (twice("fills"), "fills, row 3: this trade of this order is in a row above"),
        (set_at("fills", 0, "token", 5), "Run.fills has token 4, Run.markets has not"),
        (set_at("bbo", 7, "venue_time_ns", 0), "bbo, row 7: venue_time_ns is before"),
        (set_at("bbo", 7, "token", 1), "bbo, row 7: token is odd"),
        (set_at("bbo", 7, "ask_pips", 10_001), "bbo, row 7: a price is outside"),
        (set_at("bbo", 7, "gap", 2), "bbo, row 7: gap is neither"),
        (set_at("settlements", 0, "payout_pips", -1), "settlements, row 0: payout_pips"),
        (set_at("settlements", 0, "token", 1), "settlements, row 0: token is odd"),
        (twice("settlements"), "settlements, row 1: this condition is settled"),
        (set_at("orders", 1, "state", 99), "orders, row 1: state"),
        (set_at("orders", 1, "reject", 99), "orders, row 1: reject"),
        (set_at("orders", 1, "side", 2), "orders, row 1: side"),
        (set_at("orders", 1, "tif", 4), "orders, row 1: tif"),
        (set_at("orders", 1, "origin", 5), "orders, row 1: origin"),
        (set_at("orders", 1, "price_pips", -1), "orders, row 1: price_pips"),
        (set_at("orders", 1, "filled", -1), "orders, row 1: an amount is negative"),
        (set_at("orders", 1, "ended_ns", 1), "orders, row 1: it ended before it was placed"),
        (twice("orders"), "orders, row 6: this order is in a row above"),
        (converted(kind=9), "conversions, row 0: kind"),
        (converted(token=1), "conversions, row 0: a merge or split stands under the YES"),
        (converted(size=0), "conversions, row 0: size"),
        (converted(cost_micros=-1), "conversions, row 0: cost_micros"),
        (converted(cash_micros=1), "conversions, row 0: a pair is split from 1 pUSD"),
        (converted(kind=MERGE), "conversions, row 0: a pair merges into 1 pUSD"),
        (converted(kind=REDEEM, token=3), "conversions, row 0: a token is redeemed that"),
        (forget_market, "Run.fills has token 2, Run.markets has not"),
        (same_market, "two markets have the same token"),
        (odd_market, "token 1 is no even token index"),
    ],
)
def test_what_cannot_be_is_named(change: Callable[[Run], None], says: str) -> None:
    run = hand().run()
    change(run)
    with pytest.raises(RunError, match=says):
        run.check()


def test_an_unknown_token_is_said() -> None:
    with pytest.raises(LookupError, match="no market of token 8"):
        hand().run().market(8)


def test_a_market_without_an_event_is_its_own_cluster() -> None:
    run = hand().run()
    run.markets[0]["event"] = ""
    assert run.cluster(1) == "0x00"
    assert run.cluster(2) == "second"
