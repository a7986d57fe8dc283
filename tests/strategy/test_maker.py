"""The maker's quotes, worked out by hand; each case for the Python one and for the compiled one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from clobstep import events
from clobstep.enums import Flag, OrderState, Origin, RequestState, Tif, Wake
from clobstep.strategy._maker import CompiledMaker
from clobstep.strategy.maker import Maker, MakerSettings
from strategy.room import START_NS, Room, S, told

Make = Callable[..., Room]
CENT = 100
SHARE = 1_000_000


@pytest.fixture(params=[Maker, CompiledMaker], ids=["python", "compiled"])
def make(request: pytest.FixtureRequest) -> Make:
    """`make(width_pips=100)`: a room with that maker; `metadata` of its market."""

    def made(tokens: int = 2, metadata: dict[str, Any] | None = None, **settings: Any) -> Room:
        strategy = request.param(MakerSettings(**settings))
        return Room(strategy, tokens=tokens).open(**(metadata or {}))

    return made


def asked(room: Room, bid: str, ask: str) -> list[str]:
    room.quotes(bid, ask)
    return told(room.asked)


# ---- prices


@pytest.mark.parametrize(
    "bid, ask, tick, settings, quotes",
    [
        # joins the best bid 0.48 and the best ask 0.52, which is a BUY of NO at 0.48
        ("0.48", "0.52", "0.01", {}, ["BUY YES 0.48 10", "BUY NO 0.48 10"]),
        # mid 0.50, a cent each way
        ("0.48", "0.52", "0.01", {"width_pips": 100}, ["BUY YES 0.49 10", "BUY NO 0.49 10"]),
        # mid 0.50, half a cent each way: 0.495 down to 0.49, 0.505 up to 0.51
        ("0.48", "0.52", "0.01", {"width_pips": 50}, ["BUY YES 0.49 10", "BUY NO 0.49 10"]),
        # mid 0.495: 0.485 down to 0.48, 0.505 up to 0.51
        ("0.48", "0.51", "0.01", {"width_pips": 100}, ["BUY YES 0.48 10", "BUY NO 0.49 10"]),
        # mid 0.485 with a width of 1 pip: 0.4849 down to 0.48, 0.4851 up to 0.49
        ("0.48", "0.49", "0.01", {"width_pips": 1}, ["BUY YES 0.48 10", "BUY NO 0.51 10"]),
        # tick 0.001, mid 0.4825: 0.4815 down to 0.481, 0.4835 up to 0.484
        ("0.481", "0.484", "0.001", {"width_pips": 10}, ["BUY YES 0.481 10", "BUY NO 0.516 10"]),
        # tick 0.0025, mid 0.48375: 0.47375 down to 0.4725, 0.49375 up to 0.495
        ("0.48", "0.4875", "0.0025", {"width_pips": 100},
         ["BUY YES 0.4725 10", "BUY NO 0.505 10"]),
        # tick 0.0001, mid 0.48005: 0.47995 down to 0.4799, 0.48015 up to 0.4802
        ("0.48", "0.4801", "0.0001", {"width_pips": 1},
         ["BUY YES 0.4799 10", "BUY NO 0.5198 10"]),
        # mid 0.015: the bid would be 0.005, below a tick: none. The ask is 0.025, up to 0.03
        ("0.01", "0.02", "0.01", {"width_pips": 100}, ["BUY NO 0.97 10"]),
        # mid 0.985: the ask would be 0.995, up to 1: none. The bid is 0.975 down to 0.97
        ("0.98", "0.99", "0.01", {"width_pips": 100}, ["BUY YES 0.97 10"]),
        # 0.01 and 0.99 themselves can be joined
        ("0.01", "0.02", "0.01", {}, ["BUY YES 0.01 10", "BUY NO 0.98 10"]),
        ("0.98", "0.99", "0.01", {}, ["BUY YES 0.98 10", "BUY NO 0.01 10"]),
        # wider than the spread on both sides: nothing near the other side is left
        ("0.01", "0.20", "0.01", {"width_pips": 10_000}, []),
        # wider than 0.20: not quoted
        ("0.39", "0.60", "0.01", {}, []),
        ("0.40", "0.60", "0.01", {}, ["BUY YES 0.40 10", "BUY NO 0.40 10"]),
        ("0.30", "0.70", "0.01", {"max_spread_pips": 4_000}, ["BUY YES 0.30 10", "BUY NO 0.30 10"]),
        # 10.006 shares are 10.01: orders have two decimals
        ("0.48", "0.52", "0.01", {"size": 10_006_000},
         ["BUY YES 0.48 10.01", "BUY NO 0.48 10.01"]),
    ],
)  # fmt: skip
def test_prices(
    make: Make, bid: str, ask: str, tick: str, settings: dict[str, int], quotes: list[str]
) -> None:
    room = make(metadata={"tick": tick}, **settings)
    assert asked(room, bid, ask) == quotes
    assert all(one.flags == Flag.ORDER_POST_ONLY for one in room.asked)
    assert not room.refused


@pytest.mark.parametrize(
    "held, settings, quotes",
    [
        # 20 YES are two sizes: both quotes two skews lower, and the ask sells what is held
        ({"yes": "20"}, {"skew_pips": 100}, ["BUY YES 0.46 10", "SELL YES 0.50 10"]),
        # 19 YES are one whole size
        ({"yes": "19"}, {"skew_pips": 100}, ["BUY YES 0.47 10", "SELL YES 0.51 10"]),
        # 25 NO are -25 YES: floor(-2.5) = -3; the bid is a SELL of NO at 1 - 0.51
        ({"no": "25"}, {"skew_pips": 100}, ["SELL NO 0.49 10", "BUY NO 0.45 10"]),
        # pairs have no weight, and both quotes sell
        ({"yes": "30", "no": "30"}, {"skew_pips": 100}, ["SELL NO 0.52 10", "SELL YES 0.52 10"]),
        # about the mid 0.50: 0.49 and 0.51, less two skews
        ({"yes": "20"}, {"skew_pips": 100, "width_pips": 100},
         ["BUY YES 0.47 10", "SELL YES 0.49 10"]),
        # the skew would cross: an ask of 0.52 - 0.10 is held back to one tick above the bid, 0.49
        ({"yes": "100"}, {"skew_pips": 100}, ["BUY YES 0.38 10", "SELL YES 0.49 10"]),
        # 9 YES are too few to sell 10
        ({"yes": "9"}, {}, ["BUY YES 0.48 10", "BUY NO 0.48 10"]),
        ({"yes": "20"}, {"sell_inventory": False}, ["BUY YES 0.48 10", "BUY NO 0.48 10"]),
        # 25 and one more size is 35: too many at 30, just right at 35
        ({"yes": "25"}, {"max_position": 30 * SHARE}, ["SELL YES 0.52 10"]),
        ({"yes": "25"}, {"max_position": 35 * SHARE}, ["BUY YES 0.48 10", "SELL YES 0.52 10"]),
        ({"no": "25"}, {"max_position": 30 * SHARE}, ["SELL NO 0.52 10"]),
        ({}, {"max_position": 0}, []),
    ],
)  # fmt: skip
def test_inventory(
    make: Make, held: dict[str, str], settings: dict[str, Any], quotes: list[str]
) -> None:
    room = make(**settings).holds(**held)
    assert asked(room, "0.48", "0.52") == quotes
    assert not room.refused


def test_a_markets_minimum_is_quoted_at_least(make: Make) -> None:
    room = make(metadata={"min_size": "15"})
    assert asked(room, "0.48", "0.52") == ["BUY YES 0.48 15", "BUY NO 0.48 15"]
    room = make(metadata={"min_size": "15.001"})
    assert asked(room, "0.48", "0.52") == ["BUY YES 0.48 15.01", "BUY NO 0.48 15.01"]
    assert not room.refused


# ---- from one turn to the next


def test_a_quote_moves_when_it_is_off_by_the_threshold(make: Make) -> None:
    room = make(requote_pips=200)
    asked(room, "0.48", "0.52")
    room.answer()
    assert asked(room, "0.49", "0.53") == []
    assert asked(room, "0.50", "0.53") == ["replace 1: BUY YES 0.50 10"]
    room.answer()
    assert {(o.token, o.price_pips) for o in room.live().values()} == {(0, 5_000), (1, 4_800)}


def test_with_a_threshold_of_0_every_change_of_the_best_replaces_both(make: Make) -> None:
    """And nothing else does: the answers to a replace wake it too."""
    room = make(requote_pips=0, overlap=True)
    asked(room, "0.48", "0.52")
    room.answer()
    assert asked(room, "0.47", "0.52") == [
        "replace 1: BUY YES 0.47 10",
        "replace 2: BUY NO 0.48 10",
    ]
    room.answer()
    assert len(room.raw) == 4


def test_a_quote_that_waits_is_left_alone(make: Make) -> None:
    room = make()
    asked(room, "0.48", "0.52")
    room.answer()
    assert asked(room, "0.47", "0.52") == ["replace 1: BUY YES 0.47 10"]
    assert asked(room, "0.46", "0.52") == []  # order 3 is QUEUED until order 1 is proven dead
    room.say(events.cancel_accepted, 1)  # now it is SENT, and known to the venue or soon to be
    assert told(room.asked) == ["replace 3: BUY YES 0.46 10"]


def test_overlapping_both_are_out_until_the_old_one_is_dead(make: Make) -> None:
    room = make(overlap=True)
    asked(room, "0.48", "0.52")
    room.answer()
    room.quotes("0.47", "0.52")
    assert told(room.asked) == ["replace 1: BUY YES 0.47 10"]
    assert room.asked[0].flags == Flag.ORDER_POST_ONLY | Flag.ORDER_OVERLAP
    assert room.view.order(1).request == RequestState.CANCEL
    assert room.view.order(3).state == OrderState.SENT


def test_a_sell_is_replaced_by_a_sell(make: Make) -> None:
    """All 10 YES are reserved by the old ask, which hands them on to the new one."""
    room = make().holds(yes="10")
    assert asked(room, "0.48", "0.52") == ["BUY YES 0.48 10", "SELL YES 0.52 10"]
    room.answer()
    assert asked(room, "0.48", "0.53") == ["replace 2: SELL YES 0.53 10"]
    room.answer()
    assert not room.refused


def test_an_overlapping_sell_needs_shares_of_its_own(make: Make) -> None:
    room = make(overlap=True).holds(yes="10")
    asked(room, "0.48", "0.52")
    room.answer()
    assert asked(room, "0.48", "0.53") == ["replace 2: BUY NO 0.47 10"]
    assert not room.refused


def test_after_a_fill_the_side_is_quoted_again(make: Make) -> None:
    room = make(skew_pips=100)
    asked(room, "0.48", "0.52")
    room.answer()
    room.fill(1, "10", confirm=False)
    # net 10: both a cent lower. The YES are not settled yet, so the ask is a BUY of NO still
    assert told(room.asked) == ["BUY YES 0.47 10", "replace 2: BUY NO 0.49 10"]


def test_two_bids_are_one_too_many(make: Make) -> None:
    """Somebody else's order on the account: the newest is kept, and put right."""
    room = make()
    asked(room, "0.48", "0.52")
    room.answer()
    room.last_order = 2
    room.submit(price="0.47", post_only=True, size="10")
    assert told(room.asked) == ["cancel 1", "replace 3: BUY YES 0.48 10"]


def test_nothing_goes_out_beside_an_order_that_is_unknown(make: Make) -> None:
    """It may be open, and the engine is after it; the other side is quoted meanwhile."""
    room = make()
    asked(room, "0.48", "0.52")
    room.say(events.submit_unknown, 1)
    room.say(events.accepted, 2)
    assert asked(room, "0.47", "0.53") == ["replace 2: BUY NO 0.47 10"]
    for _ in range(40):  # looked for and cancelled by its hash, until it is proven dead
        order = room.view.order(1)
        if order.presumed:
            break
        assert not [one for one in room.asked if one.token == 0]
        if order.request == RequestState.CANCEL:
            room.say(events.cancel_refused, 1, "MATCHED_OR_GONE")
        elif order.request == RequestState.QUERY:
            room.say(events.not_found, 1)
        else:
            room.later(5 * S)
    assert told(room.asked) == ["BUY YES 0.47 10"]


@pytest.mark.parametrize(
    "book",
    [
        ([("0.30", "1")], [("0.60", "1")]),  # wide
        ([("0.48", "1")], []),
        ([], [("0.52", "1")]),
    ],
)
def test_what_cannot_be_quoted_is_withdrawn(make: Make, book: Any) -> None:
    room = make()
    asked(room, "0.48", "0.52")
    room.answer()
    room.say(events.snapshot, 0, bids=book[0], asks=book[1])
    assert told(room.asked) == ["cancel 1", "cancel 2"]


def test_a_feed_that_is_not_believed_is_not_quoted_on(make: Make) -> None:
    room = make()
    asked(room, "0.48", "0.52")
    room.answer()
    room.say(events.feed, "GAP", token=0)
    assert told(room.asked) == ["cancel 1", "cancel 2"]


def test_a_connection_lost_takes_all_markets_away_in_one_turn(make: Make) -> None:
    room = make(tokens=6)
    for token in (0, 2, 4):
        room.quotes("0.48", "0.52", token=token)
        room.answer()
    room.say(events.feed, "LOST")
    assert sorted(told(room.asked)) == [f"cancel {k}" for k in range(1, 7)]


def test_a_resolved_market_is_left_alone(make: Make) -> None:
    room = make()
    asked(room, "0.48", "0.52")
    room.answer()
    room.say(events.resolved, 0, payout="1")
    assert room.asked == []


# ---- merging


def test_pairs_are_merged_and_not_sold_as_well(make: Make) -> None:
    room = make(merge_size=15 * SHARE).holds(yes="22", no="15")
    # 15 pairs go, 7 YES are left: too few to sell 10
    assert asked(room, "0.48", "0.52") == ["merge 15", "BUY YES 0.48 10", "BUY NO 0.48 10"]
    assert not room.refused
    room.answer()
    assert asked(room, "0.47", "0.52") == ["replace 1: BUY YES 0.47 10"]  # one is in flight


def test_too_few_pairs_are_kept(make: Make) -> None:
    room = make(merge_size=15 * SHARE).holds(yes="22", no="14.99")
    assert asked(room, "0.48", "0.52") == ["SELL NO 0.52 10", "SELL YES 0.52 10"]


# ---- signals


def signal(room: Room, value: int, token: int | None = 0) -> list[str]:
    room.say(events.signal, source=1, key=1, first=value, token=token)
    return told(room.asked)


def test_a_signal_is_the_fair_value(make: Make) -> None:
    room = make(width_pips=100)
    asked(room, "0.48", "0.52")
    room.answer()
    # 0.545, held back to 0.51, and 0.565 up to 0.57. Our own ask at 0.51 must be gone first
    assert signal(room, 5_550) == ["replace 2: BUY NO 0.43 10"]
    room.say(events.cancel_accepted, 2)
    assert told(room.asked) == ["replace 1: BUY YES 0.51 10"]
    assert not room.refused
    room.answer()
    # it stays when the book moves: 0.545 and 0.565, the bid held back to 0.52
    room.quotes("0.48", "0.53")
    assert told(room.asked) == ["replace 4: BUY YES 0.52 10"]


def test_a_signal_of_no_is_turned_round(make: Make) -> None:
    room = make(width_pips=100)
    asked(room, "0.48", "0.52")
    room.answer()
    assert signal(room, 4_800, token=1) == ["replace 2: BUY NO 0.47 10"]
    room.say(events.cancel_accepted, 2)
    assert told(room.asked) == ["replace 1: BUY YES 0.51 10"]  # fmt: skip


@pytest.mark.parametrize("value, token", [(10_001, 0), (-1, 0), (5_550, None)])
def test_a_signal_that_is_no_price_of_a_market_is_none(
    make: Make, value: int, token: int | None
) -> None:
    room = make(width_pips=100)
    asked(room, "0.48", "0.52")
    room.answer()
    assert signal(room, value, token) == []


def test_a_signal_with_width_0_quotes_at_it_and_a_tick_below(make: Make) -> None:
    """Both at 0.50 would meet each other."""
    room = make()
    asked(room, "0.48", "0.52")
    room.answer()
    assert signal(room, 5_000) == ["replace 1: BUY YES 0.49 10", "replace 2: BUY NO 0.50 10"]
    assert signal(room, 5_050) == []  # 0.50 and 0.51: the bid waits in the queue
    room.answer()
    room.answer()
    assert {o.price_pips for o in room.live().values()} == {5_000, 4_900}
    assert not room.refused


# ---- the end of a market

END = START_NS + 900 * S


def test_quotes_go_before_the_close_out(make: Make) -> None:
    room = make(metadata={"close_out": END}, stop_before_ns=60 * S)
    asked(room, "0.48", "0.52")
    room.answer()
    room.now = END - 60 * S - 1
    assert asked(room, "0.47", "0.52") == ["replace 1: BUY YES 0.47 10"]
    room.answer()
    room.now = END - 60 * S
    assert sorted(asked(room, "0.48", "0.52")) == ["cancel 2", "cancel 3"]
    room.answer()
    assert asked(room, "0.49", "0.52") == []


def test_they_go_in_a_silent_book_too(make: Make) -> None:
    """A timer looks; it wakes for one market and concerns them all."""
    room = make(tokens=4, metadata={"close_out": END}, stop_before_ns=60 * S)
    assert room.strategy.wakes & Wake.TIMER
    assert room.strategy.timer_ns == S
    for token in (0, 2):
        room.quotes("0.48", "0.52", token=token)
        room.answer()
    room.later(840 * S)
    assert sorted(told(room.asked)) == ["cancel 1", "cancel 2", "cancel 3", "cancel 4"]


def test_without_an_end_to_see_to_there_is_no_timer(make: Make) -> None:
    room = make()
    assert not room.strategy.wakes & Wake.TIMER
    assert room.strategy.timer_ns == 0


def test_flatten_sells_the_surplus_once_the_quotes_are_gone(make: Make) -> None:
    room = make(metadata={"close_out": END}, stop_before_ns=60 * S, flatten=True)
    room.holds(yes="25", no="5")
    asked(room, "0.48", "0.52")
    room.answer()
    room.now = END - 60 * S
    assert told(room.later(0) and room.asked) == ["cancel 1", "cancel 2"]
    for order_id in (1, 2):
        room.say(events.cancel_accepted, order_id)
    assert told(room.asked) == ["SELL YES 0.48 20"]
    (order,) = room.asked
    assert (order.code, order.flags) == (Tif.FAK, Origin.OTHER << 2)
    assert not room.refused


def test_flatten_does_not_ask_again_for_what_it_did_not_get(make: Make) -> None:
    """Killed at 0.48: not again until the bid or the size is another."""
    room = make(metadata={"close_out": END}, stop_before_ns=60 * S, flatten=True).holds(no="20")
    room.now = END - 60 * S
    assert asked(room, "0.48", "0.52") == ["SELL NO 0.48 20"]
    turns = room.turns
    room.say(events.rejected, 1, "KILLED")
    assert room.turns == turns + 1
    assert room.asked == []
    room.later(S)
    assert room.asked == []
    assert asked(room, "0.48", "0.53") == ["SELL NO 0.47 20"]
    room.say(events.accepted, 2, "MATCHED", matched="12")
    room.fill(2, "12", price="0.47", confirm=False)
    assert told(room.asked) == ["SELL NO 0.47 8"]  # another size
    room.say(events.rejected, 3, "KILLED")
    assert room.asked == []
    assert not room.refused  # nor was it asked for while a snapshot came in


def test_flatten_keeps_what_is_too_small_to_be_sold(make: Make) -> None:
    room = make(
        metadata={"close_out": END, "min_size": "5"}, stop_before_ns=60 * S, flatten=True
    ).holds(yes="4.99")  # fmt: skip
    room.now = END - 60 * S
    assert asked(room, "0.48", "0.52") == []


def test_nothing_is_done_about_a_market_that_is_not_known(make: Make) -> None:
    room = make(tokens=4)
    room.say(events.retire, 2)
    room.say(events.wake_on, 2, Wake.BBO, generation=1)
    room.say(
        events.snapshot, 2, bids=[("0.48", "1")], asks=[("0.52", "1")], generation=1
    )  # fmt: skip
    assert room.turns == 1
    assert room.asked == []


def test_compiled_wants_its_own_settings() -> None:
    with pytest.raises(TypeError, match="settings: a dict, not MakerSettings"):
        CompiledMaker({"size": 1})  # type: ignore[arg-type]
