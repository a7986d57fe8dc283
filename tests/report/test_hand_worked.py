"""Markouts of three fills, worked out by hand. The run is `make_run.hand`; times are seconds.

Books (YES): market 0: 0.50/0.52; at 10.5 0.49/0.51; 12 0.51/0.53; 30 0.53/0.55; 100 no bid; 101
0.53/0.55; a gap from 200 to 205; last word 699. Market 2: 0.30/0.32 until its last word at 304,
0.29/0.31 from 320, last word 700. Market 0 pays YES 1 at 720. The run ends at 700.

In half-pips (200 a cent):
1. t=10 BUY 40 YES at 0.50. Mid before 0.51: edge +200. Later mids: 0.51 (10.1), 0.50 (11), 0.52
   (15, 20), 0.54 (40, 130); (10, 610] has the gap; payout 1.
2. t=95 SELL 10 NO at 0.45. NO is 0.45/0.47, mid 0.46: edge -(0.46 - 0.45) = -200. Mids of NO: 0.46
   at 95.1, 96; at 100 no ask of NO; 0.46 at 105, 125; (95, 215] has the gap; payout of NO 0.
3. t=300 BUY 20 of token 2 at 0.30. Mid before 0.31: edge +200. 0.31 at 300.1, 301 and 305 (age
   1 s); at 310 the last word is 6 s old; 0.30 at 330, 420; 900 is beyond the end; not settled.
"""

from __future__ import annotations

import numpy as np
import pytest

from clobstep.report.markouts import Markouts, markouts
from clobstep.report.means import Averages, Cell
from clobstep.report.mids import Null
from report.make_run import hand

OK, GAP, NO_BOOK, OLD, ENDED = Null.OK, Null.GAP, Null.NO_BOOK, Null.OLD, Null.ENDED
#           A of the three fills, B of them, and why A is null
EXPECTED = {
    "100 ms": ((200, -200, 200), (0, 0, 0), (OK, OK, OK)),
    "1 s": ((0, -200, 200), (-200, 0, 0), (OK, OK, OK)),
    "5 s": ((400, 0, 200), (200, 0, 0), (OK, NO_BOOK, OK)),
    "10 s": ((400, -200, 0), (200, 0, 0), (OK, OK, OLD)),
    "30 s": ((800, -200, 0), (600, 0, -200), (OK, OK, OK)),
    "2 m": ((800, 0, 0), (600, 0, -200), (OK, GAP, OK)),
    "10 m": ((0, 0, 0), (0, 0, 0), (GAP, GAP, ENDED)),
    "settle": ((10_000, 9_000, 0), (9_800, 9_200, 0), (OK, OK, Null.NOT_SETTLED)),
}


@pytest.fixture(scope="module")
def found() -> Markouts:
    return markouts(hand().run())


def test_edge(found: Markouts) -> None:
    assert found.edge.tolist() == [200, -200, 200]
    assert found.edge_null.tolist() == [OK, OK, OK]


@pytest.mark.parametrize("name", EXPECTED)
def test_each_horizon(found: Markouts, name: str) -> None:
    a, b, null = EXPECTED[name]
    row = found.row(name)
    assert found.a_null[row].tolist() == list(null)
    assert found.b_null[row].tolist() == list(null)
    assert found.a[row].tolist() == list(a)
    assert found.b[row].tolist() == list(b)


def test_no_horizon_is_left_out(found: Markouts) -> None:
    assert found.names == tuple(EXPECTED)


def cell(found: Markouts, name: str) -> Cell:
    return Averages(hand().run(), found).cell(found.row(name), np.ones(3, np.bool_))


def test_means_of_one_second(found: Markouts) -> None:
    """A: 0, -200, 200 over sizes 40, 10, 20."""
    one = cell(found, "1 s")
    assert (one.a.n, one.a.total, one.a.negative, one.a.median_quarter_pips) == (3, 0, 1, 0)
    assert one.a.weight == 70_000_000
    assert one.a.weighted == (-200 * 10 + 200 * 20) * 1_000_000
    assert one.a.weighted_cents == pytest.approx(2000 / 70 / 200)
    assert (one.b.total, one.edge.total, one.n_null) == (-200, 200, 0)


def test_means_of_ten_seconds(found: Markouts) -> None:
    """A: 400 and -200, sizes 40 and 10; the third is null. Median 100 half-pips."""
    one = cell(found, "10 s")
    assert (one.a.n, one.a.total, one.a.negative, one.a.median_quarter_pips) == (2, 200, 1, 200)
    assert one.a.cents == 0.5
    assert one.a.weighted_cents == (400 * 40 - 200 * 10) / 50 / 200
    assert one.a.median_cents == 0.5
    assert one.a.negative_share == 0.5
    assert one.nulls == {"OLD": 1}
    assert one.b.micros == (200 * 40) * 1_000_000 // 20_000  # 0.40 pUSD


def test_settle_is_what_the_fills_earned(found: Markouts) -> None:
    """40 shares bought at 0.50 pay 1: +20; 10 NO sold at 0.45 pay 0: +4.50."""
    assert cell(found, "settle").a.micros == 24_500_000
    assert cell(found, "settle").nulls == {"NOT_SETTLED": 1}


def test_all_null_is_no_zero(found: Markouts) -> None:
    one = cell(found, "10 m")
    assert one.a.n == 0
    assert one.a.cents is None
    assert one.a.weighted_cents is None
    assert one.a.median_cents is None
    assert one.a.negative_share is None
    assert one.nulls == {"GAP": 2, "ENDED": 1}
