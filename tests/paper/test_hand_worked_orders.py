"""Orders that arrive at the venue, worked out by hand: what they take, why they are turned away,
how they end. Times are milliseconds; a request needs 10 ms, an answer another 10.
"""

from __future__ import annotations

import pytest

from clobstep.enums import CancelReason, EventKind, OrderState, Reject
from paper.desk import MS, SHARE, START, Outcome, Script, Tape, run


def market() -> Tape:
    """0.50 for 100, 0.52 for 80, 0.53 for 40."""
    return Tape().book(1, [("0.50", "100")], [("0.52", "80"), ("0.53", "40")])


def taken(outcome: Outcome) -> list[tuple[float, float]]:
    """(price, shares) of each fill."""
    return [(p / 10_000, s / SHARE) for p, s in outcome.got("price_pips", "size")]


def last(outcome: Outcome, name: str) -> tuple[OrderState, Reject]:
    """How a named order ended. KILLED is a normal end: the engine says CANCELED."""
    row = next(row for row in outcome.orders if row["order_id"] == outcome.script.ids[name])
    return OrderState(int(row["state"])), Reject(int(row["reject"]))


# --- takers: shares -------------------------------------------------------------------------------


def test_a_taker_walks_the_book_at_the_makers_prices() -> None:
    """BUY 100 up to 0.53: 80 at 0.52, 20 at 0.53. The fee is 0.07 x p x (1-p) a share, floored to
    5 decimals: 80 x 0.07 x 0.2496 = 1.39776; 20 x 0.07 x 0.2491 = 0.34874."""
    script = Script().order(100, "BUY", "0.53", "100", post_only=False, name="a")
    outcome = run(market(), script, fill="crossing")
    assert taken(outcome) == [(0.52, 80), (0.53, 20)]
    assert outcome.got("cash_micros", "fee_micros", "liquidity") == [
        (41_600_000, 1_397_760, 1),
        (10_600_000, 348_740, 1),
    ]
    assert outcome.words("a") == ["ACCEPTED"] + 2 * ["TRADE"] + 4 * ["TRADE"]


def test_a_limit_order_takes_what_crosses_and_rests_with_the_others() -> None:
    """BUY 100 at 0.52: 80 taken, 20 rest at 0.52 with nothing ahead. The print SELL 5 at 0.52 then
    fills 5 of it, as maker, without a fee."""
    tape = market().trade(500, "SELL", "0.52", "5")
    script = Script().order(100, "BUY", "0.52", "100", post_only=False, name="a")
    outcome = run(tape, script, fill="risk-averse")
    assert taken(outcome) == [(0.52, 80), (0.52, 5)]
    assert [fee > 0 for (fee,) in outcome.got("fee_micros")] == [True, False]
    assert outcome.got("liquidity") == [(1,), (0,)]


def test_two_takers_share_one_displayed_size() -> None:
    """80 are displayed at 0.52. The first takes 50; to the second, FAK, 30 are left."""
    script = Script()
    script.order(100, "BUY", "0.52", "50", post_only=False, name="a")
    script.order(200, "BUY", "0.52", "50", post_only=False, name="b")
    outcome = run(market(), script, fill="crossing")
    assert taken(outcome) == [(0.52, 50), (0.52, 30)]


def test_what_was_taken_stays_taken_until_the_level_disappears() -> None:
    """80 at 0.52, all taken. It grows to 100: 20 are new. It goes and comes back with 15: new."""
    tape = market().delta(200, "SELL", "0.52", "100").delta(400, "SELL", "0.52", "0")
    tape.delta(450, "SELL", "0.52", "15")
    script = Script()
    for at, name in ((100, "a"), (300, "b"), (500, "c")):
        script.order(at, "BUY", "0.52", "80", post_only=False, name=name)
        script.cancel(at + 50, name)
    outcome = run(tape, script, fill="crossing")
    assert taken(outcome) == [(0.52, 80), (0.52, 20), (0.52, 15)]


def test_a_decrease_below_what_we_took_lowers_it() -> None:
    """80 at 0.52, 50 taken. It falls to 40, so at most 40 are ours; it grows to 60: 20 are free."""
    tape = market().delta(200, "SELL", "0.52", "40").delta(210, "SELL", "0.52", "60")
    script = Script()
    script.order(100, "BUY", "0.52", "50", post_only=False, name="a")
    script.order(300, "BUY", "0.52", "50", post_only=False, name="b")
    assert taken(run(tape, script, fill="crossing")) == [(0.52, 50), (0.52, 20)]


def test_a_fok_is_filled_whole_or_killed() -> None:
    """SELL FOK of 101 meets 100: nothing. Of 100: all."""
    script = Script().at(50, lambda turn: turn.split(0, 300 * SHARE))
    script.order(100, "SELL", "0.50", "101", tif="FOK", name="a")
    script.order(200, "SELL", "0.50", "100", tif="FOK", name="b")
    outcome = run(market(), script, fill="crossing", merge_delay="5ms")
    assert taken(outcome) == [(0.50, 100)]
    assert last(outcome, "a") == (OrderState.CANCELED, Reject.KILLED)


def test_a_fak_keeps_what_it_got_and_one_without_a_match_is_killed() -> None:
    script = Script().at(50, lambda turn: turn.split(0, 300 * SHARE))
    script.order(100, "SELL", "0.50", "130", tif="FAK", name="a")  # 100 of 130
    script.order(200, "SELL", "0.50", "30", tif="FAK", name="b")  # nothing is left
    outcome = run(market(), script, fill="crossing", merge_delay="5ms")
    assert taken(outcome) == [(0.50, 100)]
    assert last(outcome, "a")[0] == OrderState.CANCELED
    assert last(outcome, "b") == (OrderState.CANCELED, Reject.KILLED)


# --- takers: amounts of pUSD ----------------------------------------------------------------------


@pytest.mark.parametrize("tif", ("FAK", "FOK"))
def test_an_amount_that_is_no_whole_number_of_shares_is_spent_all_the_same(tif: str) -> None:
    """10.00 pUSD at 0.33: floor(10 / 0.33) = 30.303030 shares for floor(9.9999999) = 9.999999. What
    is left is less than a microshare's price: the order is whole, also a FOK, and there is no level
    behind it that it could take another microshare from."""
    tape = Tape().book(1, [("0.30", "100")], [("0.33", "100"), ("0.34", "100")])
    script = Script().order(100, "BUY", "0.34", "10", tif=tif, name="a")
    outcome = run(tape, script, fill="crossing")
    assert outcome.got("price_pips", "size", "cash_micros") == [(3_300, 30_303_030, 9_999_999)]


def test_a_fok_for_an_amount_needs_the_whole_amount() -> None:
    """100 x 0.33 = 33.00 and 10 x 0.34 = 3.40 are there: 36.40 are filled, 36.41 killed."""
    tape = Tape().book(1, [("0.30", "100")], [("0.33", "100"), ("0.34", "10")])
    script = Script().order(100, "BUY", "0.34", "36.41", tif="FOK", name="a")
    script.order(200, "BUY", "0.34", "36.40", tif="FOK", name="b")
    outcome = run(tape, script, fill="crossing")
    assert last(outcome, "a") == (OrderState.CANCELED, Reject.KILLED)
    assert outcome.got("price_pips", "size", "cash_micros") == [
        (3_300, 100_000_000, 33_000_000),
        (3_400, 10_000_000, 3_400_000),
    ]


def test_nothing_is_had_for_nothing() -> None:
    """At 0.33 a single microshare is displayed: floor(0.000001 x 0.33) is no pUSD, so a FAK passes
    it over and spends its 3.40 at 0.34."""
    tape = Tape().book(1, [("0.30", "100")], [("0.33", "0.000001"), ("0.34", "100")])
    script = Script().order(100, "BUY", "0.34", "3.40", tif="FAK", name="a")
    outcome = run(tape, script, fill="crossing")
    assert outcome.got("price_pips", "size", "cash_micros") == [(3_400, 10_000_000, 3_400_000)]


def test_a_better_price_gives_more_shares_for_the_same_amount() -> None:
    """5.00 pUSD, limit 0.99, at 0.98: 5.102040 shares for 4.999999, more than the 5.0505 signed."""
    tape = Tape().book(1, [("0.90", "100")], [("0.98", "100")])
    script = Script().order(100, "BUY", "0.99", "5", tif="FAK", name="a")
    outcome = run(tape, script, fill="crossing")
    assert outcome.got("price_pips", "size", "cash_micros") == [(9_800, 5_102_040, 4_999_999)]
    assert last(outcome, "a")[0] in (OrderState.FILLED, OrderState.CANCELED)


# --- turned away ----------------------------------------------------------------------------------


def test_post_only_is_rejected_when_the_book_moved_during_the_latency() -> None:
    """At 100 the ask is 0.52 and the guard lets a BUY at 0.51 go; at 105 an ask of 0.51 appears; at
    110 the order arrives."""
    tape = market().delta(105, "SELL", "0.51", "5")
    outcome = run(tape, Script().order(100, "BUY", "0.51", "20", name="a"), fill="crossing")
    assert last(outcome, "a") == (OrderState.REJECTED, Reject.POST_ONLY_CROSS)
    assert taken(outcome) == []


def test_an_order_off_the_new_tick_is_rejected() -> None:
    """The tick is 0.001 when a BUY at 0.505 leaves, and 0.01 when it arrives."""
    tape = Tape(tick="0.001").book(1, [("0.50", "100")], [("0.52", "80")]).tick(105, "0.01")
    script = Script().order(100, "BUY", "0.505", "20", name="a")
    script.order(200, "BUY", "0.51", "20", name="b")
    outcome = run(tape, script, fill="crossing")
    assert last(outcome, "a") == (OrderState.REJECTED, Reject.TICK)
    assert last(outcome, "b")[0] == OrderState.LIVE


def test_a_market_that_resolved_meanwhile_takes_no_order() -> None:
    tape = market().resolve(105, "1")
    outcome = run(tape, Script().order(100, "BUY", "0.50", "20", name="a"), fill="crossing")
    assert last(outcome, "a") == (OrderState.REJECTED, Reject.MARKET_CLOSED)


def test_a_market_that_closed_meanwhile_takes_no_order() -> None:
    from clobstep import events

    tape = market()
    closed = {"tick": "0.01", "min_size": "5", "fee_rate": "0.07", "open": False}
    tape.put(events.market(0, at=START + 101 * MS, **closed)).delta(109, "BUY", "0.49", "1")
    outcome = run(tape, Script().order(100, "BUY", "0.50", "20", name="a"), fill="crossing")
    assert last(outcome, "a") == (OrderState.REJECTED, Reject.MARKET_CLOSED)


def test_a_gtd_order_must_have_three_minutes_when_it_arrives() -> None:
    """Sent with exactly 180 s, it arrives with 179.99 s; 180.01 s are enough."""
    minutes = 180 * 1_000 * MS
    script = Script()
    for at, extra, name in ((100, 0, "a"), (200, 10, "b")):
        expiry = START + at * MS + minutes + extra * MS
        script.order(at, "BUY", "0.50", "20", tif="GTD", expiry_ns=expiry, name=name)
    outcome = run(market(), script, fill="crossing")
    assert last(outcome, "a") == (OrderState.REJECTED, Reject.EXPIRATION)
    assert last(outcome, "b")[0] == OrderState.LIVE


# --- how orders end -------------------------------------------------------------------------------


def test_a_gtd_order_ends_a_minute_before_its_expiry() -> None:
    """Expiry at 200,000 ms: it ends at 140,000 at the venue. A print through it at 140,000 comes
    first (data before timers at equal times), one at 140,001 is too late."""
    tape = market().trade(140_000, "SELL", "0.49", "5").trade(140_001, "SELL", "0.49", "5")
    expiry = START + 200_000 * MS
    script = Script().order(100, "BUY", "0.50", "20", tif="GTD", expiry_ns=expiry, name="a")
    outcome = run(tape, script, fill="trade-through")
    assert taken(outcome) == [(0.50, 5)]
    assert last(outcome, "a")[0] == OrderState.EXPIRED
    ended = outcome.events[outcome.events["kind"] == EventKind.CANCELED]
    assert [int(at) for at in ended["venue_time_ns"]] == [START + 140_000 * MS]
    assert [int(code) for code in ended["code"]] == [CancelReason.EXPIRED]


def test_a_cancel_loses_the_race_to_a_fill() -> None:
    """The cancel leaves at 500 and would arrive at 510; at 509 a print through 0.50 takes all."""
    tape = market().trade(509, "SELL", "0.49", "50")
    script = Script().order(100, "BUY", "0.50", "20", name="a").cancel(500, "a")
    outcome = run(tape, script, fill="trade-through")
    assert taken(outcome) == [(0.50, 20)]
    assert outcome.words("a")[:3] == ["ACCEPTED", "TRADE", "CANCEL_REFUSED"]
    assert last(outcome, "a")[0] == OrderState.FILLED


def test_what_was_cancelled_is_not_filled() -> None:
    """At the venue at 510; a print of 12 through it at 509 fills, one at 511 does not."""
    tape = market().trade(509, "SELL", "0.49", "12").trade(511, "SELL", "0.49", "50")
    script = Script().order(100, "BUY", "0.50", "20", name="a").cancel(500, "a")
    outcome = run(tape, script, fill="trade-through")
    assert taken(outcome) == [(0.50, 12)]
    assert outcome.words("a")[:3] == ["ACCEPTED", "TRADE", "CANCEL_ACCEPTED"]


def test_a_cancel_at_the_time_of_a_print_comes_after_it() -> None:
    """Both at 510: at equal times the venue's data comes first."""
    tape = market().trade(510, "SELL", "0.49", "12")
    script = Script().order(100, "BUY", "0.50", "20", name="a").cancel(500, "a")
    outcome = run(tape, script, fill="trade-through")
    assert taken(outcome) == [(0.50, 12)]
    row = outcome.orders[0]
    assert (row["filled"], row["canceled"]) == (12 * SHARE, 8 * SHARE)


def test_a_resolution_ends_what_rests() -> None:
    """The engine cancels by itself when it hears of it at 500; that comes too late at 510."""
    tape = market().resolve(500, "0")
    outcome = run(tape, Script().order(100, "BUY", "0.50", "20", name="a"), fill="crossing")
    assert outcome.words("a") == ["ACCEPTED", "CANCELED", "CANCEL_REFUSED"]
    assert last(outcome, "a")[0] == OrderState.CANCELED
