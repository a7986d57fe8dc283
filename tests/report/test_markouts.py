"""The rules of markouts at their edges, and against a slow reading of the same rules."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from clobstep.report.markouts import HORIZONS, Markouts, markouts
from clobstep.report.means import Averages, products
from clobstep.report.mids import MAX_AGE_NS, Null
from clobstep.report.run import Run
from report.make_run import Maker, at, many

SECOND = "1 s"


def one(books: list[tuple[float, str, str, int]], end: float = 100, **fill: Any) -> Maker:
    """A BUY of YES at 0.50 at t=10, before it 0.50/0.52, and these rows of (t, bid, ask, gap)."""
    make = Maker(end_ns=at(end))
    make.market(0, event="one")
    for seconds, bid, ask, gap in books:
        make.best(seconds, 0, bid, ask, gap)
    make.fill(10, 0, "BUY", "0.50", "10", **{"bid": "0.50", "ask": "0.52"} | fill)
    return make


def at_one_second(make: Maker) -> tuple[str, int, int]:
    """(why null, A, B) one second after the fill."""
    found = markouts(make.run())
    row = found.row(SECOND)
    null = found.a_null[row][0] or found.b_null[row][0]
    return Null(null).name, int(found.a[row][0]), int(found.b[row][0])


BEFORE = (9.0, "0.50", "0.52", 0)


@pytest.mark.parametrize(
    "books, expected",
    [
        # The book at t + tau counts; one a nanosecond later does not.
        ([BEFORE, (11, "0.51", "0.53", 0)], ("OK", 400, 200)),
        ([BEFORE, (11.000000001, "0.51", "0.53", 0)], ("OK", 200, 0)),
        # Of two rows with one time the last.
        ([BEFORE, (10.5, "0.40", "0.42", 0), (10.5, "0.51", "0.53", 0)], ("OK", 400, 200)),
        # Age: 5 s is not too old, a nanosecond more is.
        ([(6, "0.50", "0.52", 0)], ("OK", 200, 0)),
        ([(5.999999999, "0.50", "0.52", 0)], ("OLD", 0, 0)),
        # Not two-sided, in each way.
        ([BEFORE, (10.5, "0", "0.52", 0)], ("NO_BOOK", 0, 0)),
        ([BEFORE, (10.5, "0.50", "1", 0)], ("NO_BOOK", 0, 0)),
        ([BEFORE, (10.5, "0.52", "0.52", 0)], ("NO_BOOK", 0, 0)),
        ([BEFORE, (10.5, "0.53", "0.52", 0)], ("NO_BOOK", 0, 0)),
        ([BEFORE, (10.5, "0.01", "0.99", 0)], ("NO_BOOK", 0, 0)),
        ([BEFORE, (10.5, "0.02", "0.99", 0)], ("OK", 100, -100)),
        # A gap anywhere in (t, t + tau], however short, also one that began before.
        ([BEFORE, (10.2, "0.50", "0.52", 1), (10.3, "0.50", "0.52", 0)], ("GAP", 0, 0)),
        ([BEFORE, (11, "0.50", "0.52", 1)], ("GAP", 0, 0)),
        ([BEFORE, (9.5, "0.50", "0.52", 1), (10.5, "0.50", "0.52", 0)], ("GAP", 0, 0)),
        ([BEFORE, (11.1, "0.50", "0.52", 1)], ("OK", 200, 0)),
        # One that ended at the fill is not in (t, t + tau]; but the mid before the fill is in it.
        ([BEFORE, (9.5, "0.50", "0.52", 1), (10, "0.50", "0.52", 0)], ("GAP", 200, 0)),
        # No book at all before the fill: A is known, B is not.
        ([(10, "0.50", "0.52", 0)], ("NO_BOOK", 200, 0)),
        ([], ("NO_BOOK", 0, 0)),
    ],
)  # fmt: skip
def test_edges(books: list[tuple[float, str, str, int]], expected: tuple[str, int, int]) -> None:
    assert at_one_second(one(books)) == expected


def test_the_mid_before_is_the_fills_own() -> None:
    """m(t) is strictly before the fill: the row at its time, which it made, does not count."""
    make = one([BEFORE, (10, "0.49", "0.51", 0)])
    assert at_one_second(make) == ("OK", 0, -200)
    # A fill into an empty side: no mid before it, so no B; A is known.
    assert at_one_second(one([BEFORE], ask="1")) == ("NO_BOOK", 200, 0)


@pytest.mark.parametrize("when, name", [(11, "RESOLVED"), (11.000000001, "OK")])
def test_a_resolution_by_the_horizon(when: float, name: str) -> None:
    make = one([BEFORE])
    make.settle(when, 0, "1")
    assert at_one_second(make)[0] == name


@pytest.mark.parametrize("end, name", [(10.999999999, "ENDED"), (11, "OK")])
def test_the_end_of_the_run(end: float, name: str) -> None:
    assert at_one_second(one([BEFORE], end=end))[0] == name


def test_the_last_row_is_the_end_when_nothing_says_it() -> None:
    make = one([BEFORE, (10.9, "0.50", "0.52", 0)])
    del make.header["end_ns"]
    assert at_one_second(make)[0] == "ENDED"


@pytest.mark.parametrize("payout, a", [("1", 9_000), ("0", -11_000), ("0.5", -1_000)])
def test_settle_of_a_sale_of_no(payout: str, a: int) -> None:
    """NO was sold at 0.45. It pays 1 less what YES pays: 0, 1 and 0.5."""
    make = one([BEFORE])
    make.fill(12, 1, "SELL", "0.45", "10", bid="0.45", ask="0.47")
    make.settle(50, 0, payout)
    found = markouts(make.run())
    assert found.a[found.row("settle")].tolist()[1] == a


def reference(run: Run, number: int, tau: int) -> tuple[int, int | None]:
    """(Null, later mid in half-pips) of a fill, reading the rows one by one."""
    fill = run.fills[number]
    token, start = int(fill["token"]), int(fill["venue_time_ns"])
    end = start + tau
    for row in run.settlements:
        if row["token"] == token & ~1 and end >= row["time_ns"]:
            return Null.RESOLVED, None
    if end > run.end_ns():
        return Null.ENDED, None
    rows = [row for row in run.bbo if row["token"] == token & ~1]
    last = None
    for row, after in zip(rows, [*rows[1:], None], strict=True):
        begins = int(row["venue_time_ns"])
        ends = int(after["venue_time_ns"]) if after is not None else end + 1
        if row["gap"] and begins <= end and ends > start:
            return Null.GAP, None
        if begins <= end:
            last = row
    if last is None:
        return Null.NO_BOOK, None
    if end - int(last["venue_time_ns"]) > MAX_AGE_NS:
        return Null.OLD, None
    bid, ask = int(last["bid_pips"]), int(last["ask_pips"])
    if token & 1:
        bid, ask = 10_000 - ask, 10_000 - bid
    if bid == 0 or ask == 10_000 or bid >= ask or ask - bid >= 9_800:
        return Null.NO_BOOK, None
    return Null.OK, bid + ask


@pytest.mark.parametrize("seed", [1, 2])
def test_the_rules_read_slowly_say_the_same(seed: int) -> None:
    run = many(seed, markets=4, fills=40, minutes=3).run()
    found = markouts(run)
    seen = set()
    for row, (_, tau) in enumerate(HORIZONS):
        for number, fill in enumerate(run.fills):
            null, later = reference(run, number, tau)
            seen.add(null)
            assert found.a_null[row][number] == null
            sign = -1 if fill["side"] else 1
            a = sign * (later - 2 * int(fill["price_pips"])) if later is not None else 0
            assert found.a[row][number] == a
    assert {Null.OK, Null.GAP, Null.ENDED, Null.NO_BOOK} <= seen


@pytest.fixture(scope="module")
def big() -> tuple[Run, Markouts]:
    run = many(3, markets=6, fills=240).run()
    return run, markouts(run)


def test_a_is_edge_plus_b_in_every_fill(big: tuple[Run, Markouts]) -> None:
    found = big[1]
    known = 0
    for row in range(len(found.names)):
        both = found.b_null[row] == Null.OK
        known += int(both.sum())
        assert (found.a[row][both] == found.edge[both] + found.b[row][both]).all()
    assert known > 800


def test_a_is_edge_plus_b_in_every_mean(big: tuple[Run, Markouts]) -> None:
    run, found = big
    every = np.ones(len(run.fills), np.bool_)
    curve = Averages(run, found).curve(every, sure=False)
    assert len(curve) == len(HORIZONS) + 1
    for cell in curve:
        assert cell.a_beside.total == cell.edge.total + cell.b.total
        assert cell.a_beside.weighted == cell.edge.weighted + cell.b.weighted
        assert cell.a_beside.n == cell.edge.n == cell.b.n <= cell.a.n
        assert cell.a.n + cell.n_null == len(run.fills)


def test_means_are_exact_beyond_64_bits() -> None:
    """Sizes at the field's limit times a whole pUSD do not fit 64 bits; the sums are exact."""
    values = np.array([-20_000, 19_999, 7], np.int64)
    sizes = np.array([900_000_000_000_000, 899_999_999_999_999, 1], np.int64)
    member = np.array([0, 1, 1])
    assert products(values, sizes, member, 2) == [
        -20_000 * 900_000_000_000_000, 19_999 * 899_999_999_999_999 + 7
    ]  # fmt: skip
