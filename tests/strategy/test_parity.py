"""parity: what it pays for a pair, by hand; half a pair; and where the profit is booked."""

from __future__ import annotations

from typing import Any

import pytest

from clobstep import events
from clobstep.enums import Flag, Origin, Tif
from clobstep.report.analysis import Analysis, analyse
from clobstep.strategy.parity import Parity, ParitySettings
from clobstep_sim.replayed.paper import PaperResult, paper
from paper.desk import MS, START, Tape
from strategy.room import START_NS, Room, S, told

SHARE = 1_000_000


def room(tokens: int = 2, metadata: dict[str, Any] | None = None, **settings: Any) -> Room:
    return Room(Parity(ParitySettings(**settings)), tokens=tokens).open(**(metadata or {}))


def asked(desk: Room, bid: str, ask: str) -> list[str]:
    desk.quotes(bid, ask)
    return told(desk.asked)


# ---- both legs


@pytest.mark.parametrize(
    "bid, ask, settings, legs",
    [
        # YES at 0.48, NO at 1 - 0.52 = 0.48: 0.96 a pair, 0.04 to be had
        ("0.48", "0.52", {}, ["BUY YES 0.48 20", "BUY NO 0.48 20"]),
        # a cent: 0.48 + 0.51 = 0.99, and 0.0100 is asked for, no more
        ("0.48", "0.49", {"edge_micros": 10_000}, ["BUY YES 0.48 20", "BUY NO 0.51 20"]),
        ("0.48", "0.49", {"edge_micros": 10_001}, []),
        # a merge of 0.10 pUSD for at least 20 pairs is 0.005 a pair: 0.99 + 0.005 + 0.005
        ("0.48", "0.49", {"merge_cost_micros": 100_000, "merge_size": 20 * SHARE},
         ["BUY YES 0.48 20", "BUY NO 0.51 20"]),
        # for at least 19 it is 0.005264: too much
        ("0.48", "0.49", {"merge_cost_micros": 100_000, "merge_size": 19 * SHARE}, []),
        ("0.48", "0.52", {"max_pairs": 19_990_000}, []),
        ("0.48", "0.52", {"size": 7_777_777}, ["BUY YES 0.48 7.78", "BUY NO 0.48 7.78"]),
        ("0.48", "0.52", {"size": 10_000}, ["BUY YES 0.48 5", "BUY NO 0.48 5"]),
    ],
)  # fmt: skip
def test_both_legs_go_out_when_the_pair_pays(
    bid: str, ask: str, settings: dict[str, int], legs: list[str]
) -> None:
    desk = room(**settings)
    assert asked(desk, bid, ask) == legs
    assert {leg.flags for leg in desk.asked} <= {Flag.ORDER_POST_ONLY | Origin.TAKER_ARB << 2}
    assert not desk.refused


def test_a_best_bid_between_ticks_is_rounded_down() -> None:
    """Before a tick change is told, prices on the finer grid may come."""
    desk = room()
    desk.say(events.snapshot, 0, bids=[("0.485", "9")], asks=[("0.517", "9")])
    assert told(desk.asked) == ["BUY YES 0.48 20", "BUY NO 0.48 20"]


def test_legs_follow_the_book_and_go_when_they_pay_no_more() -> None:
    desk = room()
    asked(desk, "0.48", "0.52")
    desk.answer()
    assert asked(desk, "0.49", "0.52") == ["replace 1: BUY YES 0.49 20"]
    desk.answer()
    assert asked(desk, "0.49", "0.52") == []
    desk.strategy.settings = ParitySettings(edge_micros=40_000)
    assert sorted(asked(desk, "0.48", "0.51")) == ["cancel 2", "cancel 3"]
    assert not desk.refused


def test_a_leg_waits_for_the_other_one_that_it_would_meet() -> None:
    """The book jumps: YES at 0.60 would meet our NO at 0.48, until that is proven dead."""
    desk = room()
    asked(desk, "0.48", "0.52")
    desk.answer()
    assert asked(desk, "0.60", "0.64") == ["replace 2: BUY NO 0.36 20"]
    desk.say(events.cancel_accepted, 2)
    assert told(desk.asked) == ["replace 1: BUY YES 0.60 20"]
    assert not desk.refused


def test_one_sided_books_and_doubtful_feeds_take_them_away() -> None:
    desk = room()
    asked(desk, "0.48", "0.52")
    desk.answer()
    desk.say(events.snapshot, 0, bids=[], asks=[("0.52", "9")])
    assert sorted(told(desk.asked)) == ["cancel 1", "cancel 2"]
    desk = room(tokens=4)
    for token in (0, 2):
        desk.quotes("0.48", "0.52", token=token)
        desk.answer()
    desk.say(events.feed, "LOST")
    assert sorted(told(desk.asked)) == ["cancel 1", "cancel 2", "cancel 3", "cancel 4"]


def test_nothing_after_the_close_out() -> None:
    desk = room(metadata={"close_out": START_NS + 60 * S})
    asked(desk, "0.48", "0.52")
    desk.answer()
    desk.later(60 * S)
    assert sorted(told(desk.asked)) == ["cancel 1", "cancel 2"]


# ---- half a pair


def half(**settings: Any) -> Room:
    """20 YES bought at 0.48, both legs out before it; the missing one rests at 0.48."""
    desk = room(**settings)
    asked(desk, "0.48", "0.52")
    desk.answer()
    desk.fill(1, "20")
    return desk


def test_the_missing_leg_stays_where_it_is() -> None:
    desk = half()
    assert desk.asked == []
    assert [o.token for o in desk.live().values()] == [1]


def test_the_missing_leg_follows_as_long_as_it_pays() -> None:
    """Limit: 1 - 0.005 - 0.48 = 0.515, so 0.51 on the grid."""
    desk = half()
    assert asked(desk, "0.46", "0.50") == ["replace 2: BUY NO 0.50 20"]
    desk.answer()
    # the best bid of NO is 0.53, and 0.51 is the most it may cost
    assert asked(desk, "0.44", "0.47") == ["replace 3: BUY NO 0.51 20"]
    desk.answer()
    assert asked(desk, "0.42", "0.45") == []


def test_a_leg_that_fills_in_part_is_stopped_there() -> None:
    """8 of 20 YES: the rest is cancelled, and 8 NO are wanted instead of 20."""
    desk = room()
    asked(desk, "0.48", "0.52")
    desk.answer()
    desk.fill(1, "8", confirm=False)
    assert told(desk.asked) == ["cancel 1"]
    desk.say(events.cancel_accepted, 1, matched="8")
    assert told(desk.asked) == ["replace 2: BUY NO 0.48 8"]


def test_a_part_below_the_minimum_is_made_up_in_the_next_pair() -> None:
    """3 YES too many cannot be bought back: the venue takes no order below 5."""
    desk = room()
    asked(desk, "0.48", "0.52")
    desk.answer()
    desk.fill(1, "3")
    assert desk.asked == []
    desk.fill(1, "17")
    desk.fill(2, "17", confirm=False)
    assert told(desk.asked) == ["replace 2: BUY NO 0.48 23", "BUY YES 0.48 20"]


def test_the_missing_leg_is_taken_when_that_pays_fee_included() -> None:
    """20 NO at the ask, at most 0.515 each. At 0.50 they cost 10 + 20 x 0.07 x 0.50 x 0.50 = 10.35,
    0.5175 each. At 0.49: 9.80 + 0.34986, 0.50749 each, which pays."""
    desk = half()
    assert asked(desk, "0.50", "0.53") == ["replace 2: BUY NO 0.47 20"]
    desk.answer()
    assert asked(desk, "0.51", "0.53") == [
        "cancel 3"
    ]  # what rests goes first: it would be too much
    desk.say(events.cancel_accepted, 3)
    (take,) = desk.asked
    assert told(desk.asked) == ["BUY NO 0.49 9.8"]  # for 9.80 pUSD
    assert (take.code, take.flags) == (Tif.FAK, Origin.TAKER_ARB << 2)
    assert not desk.refused


def test_a_leg_that_is_killed_is_not_asked_for_again_and_again() -> None:
    """Only when the ask or what is missing has changed."""
    desk = half()
    asked(desk, "0.51", "0.53")
    desk.say(events.cancel_accepted, 2)
    assert told(desk.asked) == ["BUY NO 0.49 9.8"]
    sent = len(desk.raw)
    desk.say(events.rejected, 3, "KILLED")
    for k in range(5):
        desk.later(S)
        asked(desk, "0.51", f"0.5{4 + k % 2}")
    assert len(desk.raw) == sent
    assert asked(desk, "0.52", "0.54") == ["BUY NO 0.48 9.6"]


def test_a_leg_that_fills_in_part_is_asked_for_once_more() -> None:
    desk = half()
    asked(desk, "0.51", "0.53")
    desk.say(events.cancel_accepted, 2)
    desk.say(events.accepted, 3, "MATCHED", matched="4.9")
    desk.fill(3, "10", price="0.49", confirm=False)
    assert told(desk.asked) == ["BUY NO 0.49 4.9"]


def test_below_a_dollar_nothing_is_taken() -> None:
    """5 NO at 0.02 are 0.10 pUSD; the venue wants 1.00 of what crosses."""
    desk = room(size=5 * SHARE)
    asked(desk, "0.90", "0.95")
    desk.answer()
    desk.fill(1, "5")
    asked(desk, "0.98", "0.99")
    desk.answer()
    assert all(one.code == Tif.GTC for one in map(events.unpack, desk.raw))


def test_nothing_is_decided_beside_an_order_that_is_on_its_way() -> None:
    desk = half()
    assert asked(desk, "0.46", "0.50") == ["replace 2: BUY NO 0.50 20"]
    assert asked(desk, "0.45", "0.49") == []  # the old one is not dead, the new one waits
    desk.say(events.cancel_accepted, 2)
    desk.say(events.submit_unknown, 3)
    assert asked(desk, "0.45", "0.50") == []


def test_it_does_not_add_to_half_a_pair() -> None:
    desk = half()
    for bid in ("0.40", "0.30", "0.20"):
        assert not [leg for leg in asked(desk, bid, "0.52") if "YES" in leg]


# ---- the merge


def test_pairs_are_merged_when_they_are_settled_and_one_merge_at_a_time() -> None:
    desk = half()
    desk.fill(2, "20", confirm=False)
    assert told(desk.asked) == ["BUY YES 0.48 20", "BUY NO 0.48 20"]  # the next pair
    desk.say(
        events.trade, 2, 1, "BUY", trade=2, price="0.48", size="20", role="MAKER",
        status="CONFIRMED",
    )  # fmt: skip
    assert desk.asked == []  # CONFIRMED wakes nobody
    desk.later(S)
    assert told(desk.asked) == ["merge 20"]
    desk.later(S)
    assert desk.asked == []
    assert not desk.refused


def test_too_few_pairs_wait_for_more() -> None:
    desk = room(merge_size=25 * SHARE).holds(yes="20", no="20")
    assert "merge 20" not in asked(desk, "0.48", "0.52")
    desk.holds(yes="5", no="5")
    desk.later(S)
    assert told(desk.asked) == ["merge 25"]


# ---- selling


def test_pairs_are_offered_where_that_brings_more() -> None:
    desk = room(sell=True).holds(yes="20", no="20")
    assert asked(desk, "0.48", "0.52") == ["SELL YES 0.52 20", "SELL NO 0.52 20"]
    desk.answer()
    desk.fill(1, "20", confirm=False)
    # bought at 0.50 and sold at 0.52; 20 NO are left, that cost 0.50: YES is wanted below 0.495
    assert told(desk.asked) == ["cancel 2"]
    desk.say(events.cancel_accepted, 2)
    assert told(desk.asked) == ["BUY YES 0.48 20"]


def test_pairs_are_merged_where_it_does_not() -> None:
    desk = room(sell=True, edge_micros=10_001).holds(yes="20", no="20")
    assert asked(desk, "0.48", "0.49") == ["merge 20"]
    desk = room(sell=True).holds(yes="19", no="19")
    assert asked(desk, "0.48", "0.52")[0] == "merge 19"


# ---- on paper: where the profit is booked


def traded(merge_size: int, **given: Any) -> tuple[PaperResult, Analysis]:
    """20 YES and 20 NO bought at 0.48 by prints through both bids; merged 30 s later, or not."""
    tape = Tape()
    tape.book(0, [("0.48", "5")], [("0.52", "5")])
    tape.trade(2_000, "SELL", "0.47", "20")
    tape.trade(3_000, "BUY", "0.53", "20")
    for at in range(4_000, 60_000, 500):
        tape.delta(at, "BUY", "0.40", str(at))
    settings = {"latency": "50ms", "merge_delay": "30s", "settle": "5s"} | given
    strategy = Parity(ParitySettings(max_pairs=20 * SHARE, merge_size=merge_size))
    result = paper(tape.recording(), strategy, fill="trade-through", **settings)
    return result, analyse(result)


def test_before_the_merge_it_is_inventory() -> None:
    """40 shares bought for 0.48: 0.96 a pair that is worth 1: 0.80 open, nothing realised."""
    _, analysis = traded(21 * SHARE)
    total = analysis.summary.total
    assert (total.realised, total.unrealised, total.profit) == (0, 800_000, 800_000)
    assert [(m.yes, m.no) for m in analysis.summary.markets] == [(20 * SHARE, 20 * SHARE)]


def test_after_the_merge_it_is_profit() -> None:
    """19.20 out, 20.00 back less the cost of the merge."""
    result, analysis = traded(20 * SHARE, merge_cost="0.25")
    (merge,) = result.conversions
    confirmed = START + 3_000 * MS + 50 * MS + 5 * S
    assert merge["time_ns"] >= confirmed + 30 * S
    assert (merge["size"], merge["cash_micros"], merge["cost_micros"]) == (
        20 * SHARE, 20 * SHARE, 250_000
    )  # fmt: skip
    total = analysis.summary.total
    assert (total.realised, total.costs, total.profit) == (800_000, 250_000, 550_000)
    assert result.totals["cash_end_micros"] == 1_000_550_000
    assert analysis.summary.cash_unexplained == 0
    assert [(m.yes, m.no) for m in analysis.summary.markets] == [(0, 0)]


def test_the_engines_ledger_agrees() -> None:
    """rules.md, 4: realised = flow + costs - fees, and the cash is there when the merge is."""
    before, after = traded(21 * SHARE)[0].engine.view, traded(20 * SHARE)[0].engine.view
    market = before.market(0)
    assert market.flow + market.cost_yes + market.cost_no - market.fees == 0
    assert before.cash.settled == 1_000_000_000 - 19_200_000
    market = after.market(0)
    assert market.flow + market.cost_yes + market.cost_no - market.fees == 800_000
    assert after.cash.settled == 1_000_800_000


def test_half_a_pair_is_told_as_inventory() -> None:
    tape = Tape()
    tape.book(0, [("0.48", "5")], [("0.52", "5")])
    tape.trade(2_000, "SELL", "0.47", "20")
    for at in range(3_000, 60_000, 500):
        tape.delta(at, "BUY", "0.40", str(at))
    result = paper(tape.recording(), "parity", fill="trade-through", latency="50ms")
    summary = analyse(result).summary
    assert [(m.yes, m.no) for m in summary.markets] == [(20 * SHARE, 0)]
    assert summary.total.realised == 0
    assert len(result.conversions) == 0
    assert len(result.orders) == 2
