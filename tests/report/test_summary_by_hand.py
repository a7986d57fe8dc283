"""Money, inventory, orders, equity and spread of `make_run.hand`, worked out by hand.

Market 0: split 10 pairs at t=5 (mid 0.51: YES costs 5.10, NO 4.90); buy 40 YES for 20.00 at t=10;
sell 10 NO for 4.50 at t=95, fee 0.17325: realised 4.50 - 4.90 = -0.40. 50 YES that cost 25.10 pay
50.00: realised +24.90. Profit 24.50 - 0.17325. Market 2: 20 bought for 6.00, last mid 0.30: 0.
"""

from __future__ import annotations

import numpy as np
import pytest

from clobstep.report.equity import Equity, equity
from clobstep.report.ledger import Pool, ledgers
from clobstep.report.markouts import markouts
from clobstep.report.mids import Mids
from clobstep.report.run import MERGE, REDEEM, Run
from clobstep.report.spread import Share, makers, picked_off, share, spreads, toxic
from clobstep.report.summary import Summary, summarise
from report.make_run import at, hand


def summary(run: Run) -> Summary:
    return summarise(run, ledgers(run, Mids(run)))


@pytest.fixture(scope="module")
def run() -> Run:
    return hand().run()


def test_the_markets(run: Run) -> None:
    first, second = summary(run).markets
    money = first.money
    assert (first.token, first.name, first.cluster) == (0, "Will 0 happen?", "first")
    assert (money.fills, money.makers, money.takers) == (2, 1, 1)
    assert (money.shares, money.volume) == (50_000_000, 24_500_000)
    assert (money.cash, money.converted, money.fees) == (-15_500_000, -10_000_000, 173_250)
    assert (money.value, first.mark, first.mark_source) == (50_000_000, 20_000, "payout")
    assert (money.realised, money.unrealised) == (24_500_000, 0)
    assert money.profit == 24_326_750
    assert (first.yes, first.no, first.most) == (50_000_000, 0, 50_000_000)
    money = second.money
    assert (money.cash, money.value, money.profit, money.unrealised) == (
        -6 * 10**6,
        6 * 10**6,
        0,
        0,
    )
    assert (second.mark, second.mark_source, second.mark_age_ns) == (6_000, "mid", 0)
    assert (second.yes, second.most) == (20_000_000, 20_000_000)


def test_the_total(run: Run) -> None:
    found = summary(run)
    assert found.total.profit == 24_326_750
    assert found.total.fills == 3
    assert found.total.volume == 30_500_000
    assert found.most_net == 50_000_000
    (origin,) = found.origins
    assert (origin.origin, origin.profit, origin.fees) == ("MAKER_QUOTE", 24_326_750, 173_250)
    assert found.not_by_origin == 0
    assert found.cash_unexplained == 0


def test_cash_that_no_fill_explains_is_said() -> None:
    make = hand()
    make.totals["cash_end_micros"] += 5
    assert summary(make.run()).cash_unexplained == 5
    del make.totals["cash_end_micros"]
    assert summary(make.run()).cash_unexplained is None


def test_a_redeemed_token_counts_once() -> None:
    make = hand()
    make.convert(730, 0, REDEEM, "50", cash="50")
    make.totals["cash_end_micros"] += 50_000_000
    found = summary(make.run())
    assert (found.total.profit, found.cash_unexplained) == (24_326_750, 0)


def test_a_merge_moves_no_profit_but_its_cost() -> None:
    """10 NO bought back at 0.47 (t=110, 0.02 above what they sold for: mid 0.46, payout 0): 4.70
    lost. Merging them with 10 YES at t=111 brings 10 and takes 10 YES that would have paid 10."""
    make = hand()
    make.fill(110, 1, "BUY", "0.47", "10", bid="0.45", ask="0.47")
    before = summary(make.run()).total
    assert before.profit == 24_326_750 - 4_700_000
    make.convert(111, 0, MERGE, "10", cost="0.003")
    after = summary(make.run())
    assert after.total.profit == before.profit - 3_000
    assert (after.total.costs, after.total.converted) == (3_000, 0)
    assert (after.markets[0].yes, after.markets[0].no) == (40_000_000, 0)
    assert after.total.realised == before.realised
    assert after.not_by_origin == -3_000


def test_the_orders(run: Run) -> None:
    orders = summary(run).orders
    assert orders is not None
    assert (orders.placed, orders.accepted, orders.filled, orders.canceled) == (6, 5, 2, 2)
    assert (orders.rejected, orders.open, orders.expired) == (1, 1, 0)
    assert orders.rejects == {"POST_ONLY_CROSS": 1}
    assert orders.refused == {"COOLDOWN": 3, "OFF_TICK": 1}
    assert (orders.lived, orders.lived_short) == (3, 1)  # the FAK is no resting order
    assert (orders.posted_shares, orders.filled_shares) == (130_000_000, 60_000_000)


EQUITY = {
    5: 0, 10: 400_000, 10.5: 0, 12: 800_000, 30: 1_600_000, 95: 1_326_750, 300: 1_526_750,
    320: 1_326_750, 720: 24_326_750,
}  # fmt: skip


def test_the_equity_curve(run: Run) -> None:
    """Split 0; 40 at 0.50 with mid 0.51; then the mids; the sale at 0.45 of NO at 0.46, and its
    fee; 20 at 0.30 with mid 0.31, later 0.30; the payout."""
    curve = equity(ledgers(run, Mids(run)))
    row = np.searchsorted(curve.times_ns, [at(t) for t in EQUITY], "right") - 1
    assert curve.micros[row].tolist() == list(EQUITY.values())
    # And nothing between: it changes at these times only.
    changes = curve.times_ns[1:][np.diff(curve.micros) != 0]
    assert changes.tolist() == [at(t) for t in EQUITY][1:]
    assert curve.fall() == (400_000, curve.times_ns[row[2] - 1], at(10.5))
    assert curve.micros[-1] == summary(run).total.profit


def test_the_curve_on_a_grid(run: Run) -> None:
    curve = equity(ledgers(run, Mids(run))).on_grid(10 * 10**9)
    assert curve.times_ns[:3].tolist() == [at(5), at(15), at(25)]
    assert curve.micros[:4].tolist() == [0, 800_000, 800_000, 1_600_000]
    assert (curve.times_ns[-1], curve.micros[-1]) == (at(720), 24_326_750)


def test_no_fills_no_curve() -> None:
    curve = equity([])
    assert len(curve.times_ns) == 0
    assert curve.fall() == (0, 0, 0)
    assert curve.on_grid(10) is curve


def test_a_fall_from_the_start() -> None:
    curve = Equity(np.array([1, 2, 3]), np.array([-5, -9, 4]))
    assert curve.fall() == (9, 1, 2)


def test_a_pool_keeps_every_micro() -> None:
    """3 shares for 10 micros; one at a time: floor(10/3) = 3, floor(7/2) = 3, the rest 4."""
    pool = Pool()
    pool.move(3, 10)
    costs = []
    for _ in range(3):
        before = pool.cost
        pool.move(-1, -5)
        costs.append(before - pool.cost)
    assert costs == [3, 3, 4]
    assert (pool.shares, pool.cost, pool.realised) == (0, 0, 5)


def test_a_pool_passes_through_zero() -> None:
    """2 bought for 8, 5 sold for 30: two of them (12) close, realised 4; 3 are short for 18.
    Bought back for 15: realised 3 more."""
    pool = Pool()
    pool.move(2, 8)
    pool.move(-5, -30)
    assert (pool.shares, pool.cost, pool.realised) == (-3, -18, 4)
    pool.move(3, 15)
    assert (pool.shares, pool.cost, pool.realised) == (0, 0, 7)


def test_the_spread(run: Run) -> None:
    """All three books are 0.02 wide: quoted half 200 half-pips. Fills 1, 3 made, 2 took.

    Makers at 1 s: edges 200, 200; B -200, 0: impact +200, 0; realised 0, 200.
    Taker at 1 s: paid 200 from the mid, the mid stayed: the maker kept 200, we lost it.
    """
    found, made = markouts(run), makers(run)
    assert made.tolist() == [True, False, True]
    second = spreads(run, found, made, maker=True)[1]
    assert second.name == "1 s"
    assert [one.total for one in (second.quoted, second.effective)] == [400, 400]
    assert [one.total for one in (second.impact, second.realised)] == [200, 200]
    second = spreads(run, found, ~made, maker=False)[1]
    assert [one.total for one in (second.quoted, second.effective)] == [200, 200]
    assert [one.total for one in (second.impact, second.realised)] == [0, 200]


def test_toxic_and_picked_off(run: Run) -> None:
    """At 10 s A is 400, -200 and null. Only the first book moves a tick against us in a second."""
    found, every = markouts(run), np.ones(3, np.bool_)
    assert toxic(found, every) == Share(1, 2, 1)
    hit, judged = picked_off(run, found, Mids(run))
    assert hit.tolist() == [True, False, False]
    assert judged.all()
    assert share(hit, judged, every) == Share(1, 3, 0)
