"""Who gets what of one print or one displayed size, what it costs, how it settles and resolves; worked
out by hand. Times are milliseconds; a request needs 10 ms, an answer another 10.
"""

from __future__ import annotations

import pytest

from clobstep import events
from clobstep.enums import EventKind, OrderState, TradeStatus
from clobstep.report.run import MERGE, REDEEM, SPLIT
from paper.desk import MS, SHARE, START, Outcome, Script, Tape, run

CASH = 1_000_000_000  # 1,000 pUSD, what a run begins with


def market() -> Tape:
    """0.50 for 100, 0.52 for 80."""
    return Tape().book(1, [("0.50", "100")], [("0.52", "80")])


def got(outcome: Outcome) -> list[tuple[int, float]]:
    """(order, shares) of each fill."""
    return [(order, size / SHARE) for order, size in outcome.got("order_id", "size")]


def cash(outcome: Outcome) -> int:
    return int(outcome.engine.view.cash.settled)


# --- one book a condition -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "side, price, token, expected",
    [
        ("SELL", "0.50", 0, 7),  # YES sold at 0.50: the bids at 0.50
        ("BUY", "0.50", 1, 7),  # NO bought at 0.50: who gives it takes YES at 0.50, the same bids
        ("BUY", "0.50", 0, 0),  # YES bought: the asks
        ("SELL", "0.50", 1, 0),  # NO sold: the bids of NO, which are the asks of YES
        ("BUY", "0.51", 1, 50),  # NO bought at 0.51: YES sold at 0.49, strictly through us
        ("BUY", "0.49", 1, 0),  # NO bought at 0.49: YES sold at 0.51, better bids than ours
    ],
)
def test_a_print_of_either_token_meets_our_bid(
    side: str, price: str, token: int, expected: int
) -> None:
    """Our BUY YES at 0.50 has 100 ahead; the print has 107."""
    tape = market().trade(500, side, price, "107", token=token)
    script = Script().order(100, "BUY", "0.50", "50", name="a")
    assert sum(size for _, size in got(run(tape, script, fill="risk-averse"))) == expected


@pytest.mark.parametrize("token, side, price", [(0, "BUY", "0.50"), (1, "SELL", "0.50")])
def test_an_order_of_either_token_stands_in_the_one_book(token: int, side: str, price: str) -> None:
    """BUY YES at 0.50 and SELL NO at 0.50 are the same bid: 100 ahead of both."""
    tape = market().trade(35_000, "SELL", "0.50", "107")
    script = Script().at(20, lambda turn: turn.split(0, 100 * SHARE))
    script.order(34_000, side, price, "50", token=token, name="a")
    outcome = run(tape, script, fill="risk-averse")
    assert got(outcome) == [(script.ids["a"], 7)]
    assert outcome.got("token", "side", "price_pips", "bid_pips", "ask_pips") == [
        (0, 0, 5_000, 5_000, 5_200) if token == 0 else (1, 1, 5_000, 4_800, 5_000)
    ]


# --- own liquidity once ---------------------------------------------------------------------------


def test_one_displayed_size_fills_our_orders_by_price_and_once() -> None:
    """0.51 for 30 and 0.50 for 30 rest. An ask of 0.50 for 40 gives 30 to the better price and 10 to
    the other; told again it gives nothing; at 60 it gives the 20 that are new."""
    tape = market().delta(500, "SELL", "0.50", "40").delta(600, "SELL", "0.50", "40")
    tape.delta(700, "SELL", "0.50", "60")
    script = Script().order(100, "BUY", "0.50", "30", name="low")
    script.order(150, "BUY", "0.51", "30", name="high")
    outcome = run(tape, script, fill="crossing")
    assert got(outcome) == [(2, 30), (1, 10), (1, 20)]
    assert outcome.got("price_pips", "venue_time_ns") == [
        (5_100, START + 500 * MS),
        (5_000, START + 500 * MS),
        (5_000, START + 700 * MS),
    ]


def test_a_maker_and_then_a_taker_share_one_displayed_size() -> None:
    """An ask of 0.51 for 40 meets our bid of 0.51 for 30; a taker of 40 then finds 10."""
    tape = market().delta(500, "SELL", "0.51", "40")
    script = Script().order(100, "BUY", "0.51", "30", name="a")
    script.order(600, "BUY", "0.51", "40", tif="GTC", post_only=False, name="b").cancel(650, "b")
    assert got(run(tape, script, fill="crossing")) == [(1, 30), (2, 10)]


def test_one_print_is_shared_by_price_then_time() -> None:
    """SELL 40 at 0.49 goes through 0.51 (30) and 0.50 (30): 30 and 10."""
    tape = market().trade(500, "SELL", "0.49", "40")
    script = Script().order(100, "BUY", "0.50", "30", name="low")
    script.order(150, "BUY", "0.51", "30", name="high")
    assert got(run(tape, script, fill="trade-through")) == [(2, 30), (1, 10)]


def test_at_one_price_the_first_comes_first() -> None:
    """100 are ahead of both. A print of 115: 15 come past them, 10 to the first, 5 to the second."""
    tape = market().trade(500, "SELL", "0.50", "115")
    script = Script().order(100, "BUY", "0.50", "10", name="a").order(150, "BUY", "0.50", "20", name="b")
    assert got(run(tape, script, fill="risk-averse")) == [(1, 10), (2, 5)]


def test_an_order_fills_in_parts() -> None:
    """Nothing ahead at 0.51: prints of 5, 20 and 100 at 0.51 bring 5, 20 and the last 25."""
    tape = market()
    for k, size in enumerate(("5", "20", "100")):
        tape.trade(500 + k, "SELL", "0.51", size)
    script = Script().order(100, "BUY", "0.51", "50", name="a")
    outcome = run(tape, script, fill="risk-averse")
    assert got(outcome) == [(1, 5), (1, 20), (1, 25)]
    assert outcome.orders[0]["state"] == OrderState.FILLED


# --- fill models: where cancels were --------------------------------------------------------------


@pytest.mark.parametrize(
    "fill, expected",
    [
        ("crossing", 0),
        ("trade-through", 0),
        # We come with 100 ahead; 300 join behind us: 400 displayed. 200 are cancelled: 200 displayed.
        ("risk-averse", 20),  # all behind: front 100; a print of 120 brings 20
        ("power:1", 70),  # 300 / 400 behind = 150, ahead 50: front 50; 70
        ("power:2", 40),  # 90,000 / 100,000 behind = 180, ahead 20: front 80; 40
        # 27,000,000 / 28,000,000 behind: floor(200,000,000 x 27 / 28) = 192,857,142; ahead 7,142,858
        ("power:3", 27.142858),
        # in hundredths: log2(30,001) = 14.87272 and log2(10,001) = 13.28785 in steps of 2^-16:
        # 974,698 and 870,832; behind floor(2e8 x 974,698 / 1,845,530) = 105,627,976; front 5.627976
        ("log", 114.372024),
        ("front", 120),
    ],
)
def test_where_a_cancel_was(fill: str, expected: float) -> None:
    tape = market().delta(300, "BUY", "0.50", "400").delta(500, "BUY", "0.50", "200")
    tape.trade(2000, "SELL", "0.50", "120")
    script = Script().order(100, "BUY", "0.50", "200", name="a")
    outcome = run(tape, script, fill=fill)
    assert sum(size for _, size in got(outcome)) == pytest.approx(expected, abs=2e-6)


@pytest.mark.parametrize("shares", (5_000, 50_000, 500_000))
def test_large_levels_are_weighed_like_small_ones(shares: int) -> None:
    """f(x) = x^3 has no largest x: 1 ahead to 3 behind is 27 / 28 behind at every scale."""
    tape = Tape().book(1, [("0.50", f"{shares}")], [("0.52", "80")])
    tape.delta(300, "BUY", "0.50", f"{4 * shares}").delta(500, "BUY", "0.50", f"{2 * shares}")
    tape.trade(2000, "SELL", "0.50", f"{shares}")
    script = Script().order(100, "BUY", "0.50", "1000", name="a")
    micros = shares * SHARE
    past = 2 * micros - 2 * micros * 27 // 28  # went ahead of us, and as much of the print reaches
    outcome = run(tape, script, fill="power:3")
    assert sum(size for (size,) in outcome.got("size")) == min(1_000 * SHARE, past)


# --- fees and settlement --------------------------------------------------------------------------


def test_a_taker_pays_a_fee_floored_to_five_decimals_and_a_maker_none() -> None:
    """7.77 at 0.37, rate 0.07: 7.77 x 0.07 x 0.37 x 0.63 = 0.12678309, so 0.12678. Cash moved:
    floor(7.77 x 0.37) = 2.8749. The maker's 5 at 0.36 cost 1.80 and no fee."""
    tape = Tape().book(1, [("0.36", "9")], [("0.37", "80")]).trade(500, "SELL", "0.35", "5")
    script = Script().order(100, "BUY", "0.37", "7.77", post_only=False, name="a")
    script.order(200, "BUY", "0.36", "5", name="b")
    outcome = run(tape, script, fill="trade-through")
    assert outcome.got("cash_micros", "fee_micros", "liquidity") == [
        (2_874_900, 126_780, 1),
        (1_800_000, 0, 0),
    ]
    assert cash(outcome) == CASH - 2_874_900 - 126_780 - 1_800_000


def test_a_fill_is_matched_then_mined_then_confirmed() -> None:
    """Matched at the venue at 110, told at 120; with 4 s to settle: mined 2,120, confirmed 4,120."""
    script = Script().order(100, "BUY", "0.52", "10", post_only=False, name="a")
    outcome = run(market(), script, fill="crossing", settle="4s")
    rows = outcome.events[outcome.events["kind"] == EventKind.TRADE]
    said = [(TradeStatus(int(r["code"])).name, (int(r["time_ns"]) - START) // MS) for r in rows]
    assert said == [("MATCHED", 120), ("MINED", 2_120), ("CONFIRMED", 4_120)]
    assert outcome.engine.view.token(0).settled == 10 * SHARE
    assert outcome.engine.view.token(0).incoming == 0


@pytest.mark.parametrize("payout, paid", [("1", 50), ("0", 0), ("0.5", 25)])
def test_a_resolution_pays_and_is_redeemed(payout: str, paid: int) -> None:
    """50 YES bought at 0.50 by a print through it; resolved at 60,000; redeemed 120 s later."""
    tape = market().trade(500, "SELL", "0.49", "50").resolve(60_000, payout)
    script = Script().order(100, "BUY", "0.50", "50", name="a")
    outcome = run(tape, script, fill="trade-through")
    assert cash(outcome) == CASH - 25_000_000 + paid * SHARE
    assert outcome.engine.view.token(0).settled == 0
    rows = [tuple(int(r[n]) for n in ("kind", "token", "size", "cash_micros")) for r in outcome.conversions]
    assert rows == [(REDEEM, 0, 50 * SHARE, paid * SHARE)]
    assert outcome.conversions[0]["time_ns"] == START + 180_000 * MS


def test_a_market_is_resolved_once_however_often_it_is_said() -> None:
    """Told of both tokens, and once more with another payout: the first word counts."""
    tape = market().trade(500, "SELL", "0.49", "50").resolve(60_000, "1")
    tape.resolve(60_000, "0", token=1).resolve(61_000, "0")
    script = Script().order(100, "BUY", "0.50", "50", name="a")
    outcome = run(tape, script, fill="trade-through")
    assert cash(outcome) == CASH - 25_000_000 + 50_000_000
    assert len(outcome.conversions) == 1


def test_the_other_token_gets_the_rest() -> None:
    """20 NO at 0.40 (a BUY of NO at 0.40 is an ask of YES at 0.60); YES pays 0.5, so does NO."""
    tape = market().trade(500, "BUY", "0.61", "20").resolve(60_000, "0.5")
    script = Script().order(100, "BUY", "0.40", "20", token=1, name="a")
    outcome = run(tape, script, fill="trade-through")
    assert outcome.got("token", "side", "price_pips", "bid_pips", "ask_pips") == [
        (1, 0, 4_000, 4_800, 5_000)
    ]
    assert cash(outcome) == CASH - 8_000_000 + 10_000_000


def test_pairs_are_merged_after_the_delay_at_its_cost() -> None:
    """30 pairs split: asked at 50, at the venue at 60, done 30 s later; 10 merged: asked at 40,000,
    done at 70,010. Each costs 0.02."""
    script = Script().at(50, lambda turn: turn.split(0, 30 * SHARE))
    script.at(40_000, lambda turn: turn.merge(0, 10 * SHARE))
    outcome = run(market(), script, fill="crossing", merge_cost="0.02")
    names = ("kind", "token", "size", "cash_micros", "cost_micros")
    rows = [tuple(int(row[n]) for n in names) for row in outcome.conversions]
    assert rows == [
        (SPLIT, 0, 30 * SHARE, -30 * SHARE, 20_000),
        (MERGE, 0, 10 * SHARE, 10 * SHARE, 20_000),
    ]
    times = [(int(row["time_ns"]) - START) // MS for row in outcome.conversions]
    assert times == [30_060, 70_010]
    assert cash(outcome) == CASH - 20 * SHARE - 40_000
    assert outcome.engine.view.token(0).settled == 20 * SHARE


# --- metadata over hours --------------------------------------------------------------------------


def test_metadata_is_read_again_with_the_cluster_and_the_tick_of_today() -> None:
    """Two markets of two events, hours long: both still take orders after 2.5 hours (metadata older
    than two cycles of an hour is refused), the first on the tick of 0.001 it got at 1,000."""
    tape = Tape(tokens=4)
    given = {"tick": "0.01", "min_size": "5", "fee_rate": "0.07", "at": START}
    for token, number in ((0, 7), (2, 8)):
        tape.put(events.cluster(number, at=START), events.market(token, cluster=number, **given))
        tape.book(1, [("0.50", "100")], [("0.52", "80")], token=token)
    tape.tick(1_000, "0.001")
    late = 9_000_000
    script = Script().order(late, "BUY", "0.505", "20", token=0, name="a")
    script.order(late + 50, "BUY", "0.50", "20", token=2, name="b")
    tape.delta(late + 100, "BUY", "0.49", "1", token=2)
    outcome = run(tape, script, fill="crossing")
    assert outcome.engine.view.refusals().get("METADATA_STALE", 0) == 0
    assert [OrderState(int(row["state"])) for row in outcome.orders] == [OrderState.LIVE] * 2


# --- best prices ----------------------------------------------------------------------------------


def test_the_best_prices_are_told_with_their_gaps() -> None:
    tape = market().delta(300, "BUY", "0.51", "1").feed(500, "LOST")
    tape.book(900, [("0.49", "5")], [("0.52", "80")])
    outcome = run(tape, Script(), fill="crossing")
    rows = [tuple(int(r[n]) for n in ("bid_pips", "ask_pips", "gap")) for r in outcome.bests]
    assert rows == [(5_000, 5_200, 0), (5_100, 5_200, 0), (0, 10_000, 1), (4_900, 5_200, 0)]
    times = [(int(row["venue_time_ns"]) - START) // MS for row in outcome.bests]
    assert times == [1, 300, 500, 900]
