"""What the venue makes of the recorded feed, worked out by hand: times, groups, gaps, placeholders.
Times are milliseconds; a request needs 10 ms, an answer another 10.
"""

from __future__ import annotations

import pytest

from clobstep import events
from clobstep.enums import EventKind, OrderState, Reject
from paper.desk import MS, SHARE, START, Outcome, Script, Tape, run


def market(lag_ms: int = 0) -> Tape:
    """0.50 for 100, 0.52 for 80."""
    return Tape(lag_ms=lag_ms).book(1, [("0.50", "100")], [("0.52", "80")])


def take(at: float, name: str = "a", price: str = "0.52", size: str = "30") -> Script:
    """A BUY that takes: what it does not get is cancelled 5 ms after its answer."""
    return also(Script(), at, name, price, size)


def also(script: Script, at: float, name: str, price: str = "0.52", size: str = "30") -> Script:
    script.order(at, "BUY", price, size, post_only=False, name=name)
    return script.cancel(at + 25, name)


def taken(outcome: Outcome) -> list[tuple[float, float]]:
    return [(p / 10_000, s / SHARE) for p, s in outcome.got("price_pips", "size")]


# --- times ----------------------------------------------------------------------------------------


def test_a_recorded_event_acts_at_the_venue_before_we_hear_of_it() -> None:
    """The ask goes at 1005, we hear of it at 1055. An order that arrives at 1004 gets it, one that
    arrives at 1006 does not, though we still saw it when both left."""
    for sent, got in ((994, [(0.52, 30)]), (996, [])):
        tape = market(lag_ms=50).delta(1005, "SELL", "0.52", "0")
        assert taken(run(tape, take(sent), fill="crossing")) == got


def test_we_hear_of_nothing_before_the_venue_has_it() -> None:
    """A recorder whose clock is 5 ms behind: what it dates 995 is of 1000 at the venue, and ours
    then, or with a delay of 20 ms for the feed at 1020."""
    for delay, heard in (("0s", 1000), ("20ms", 1020)):
        tape = market(lag_ms=-5).delta(1000, "BUY", "0.49", "7")
        outcome = run(tape, Script(), fill="crossing", feed_latency=delay)
        assert int(outcome.events["time_ns"][-1]) == START + heard * MS


def test_the_venue_has_its_data_before_a_request_of_the_same_time() -> None:
    tape = market().delta(1005, "SELL", "0.52", "0")
    assert taken(run(tape, take(995), fill="crossing")) == []


def test_what_is_ours_alone_does_not_move_the_venues_clock() -> None:
    """A signal at our 1054 stands in the recording before the change at the venue's 1005, which is
    with us at 1055. It must not hold that change up until 1054: the order at 1006 finds no ask."""
    tape = market(lag_ms=50).delta(1005, "SELL", "0.52", "0")
    script = take(996).at(1054, lambda turn: None)
    assert taken(run(tape, script, fill="crossing")) == []


def test_an_event_with_an_earlier_time_acts_after_the_one_before_it() -> None:
    """The recording says 1005, then 1000: the second change acts at 1005 too, before an order that
    arrives at 1005."""
    tape = market().delta(1005, "SELL", "0.53", "9").delta(1000, "SELL", "0.52", "0")
    assert taken(run(tape, take(995), fill="crossing")) == []


# --- groups ---------------------------------------------------------------------------------------


def ghost(end: bool) -> Tape:
    """The deletion of the ask at 0.51 is lost; the change at 500 carries 0.52 as the best ask."""
    tape = Tape().book(1, [("0.50", "100")], [("0.51", "10"), ("0.52", "80")])
    return tape.delta(500, "BUY", "0.49", "1", best=("0.50", "0.52"), end=end)


def test_a_level_better_than_the_carried_best_is_gone_when_the_group_ends() -> None:
    assert taken(run(ghost(end=True), take(490), fill="crossing")) == [(0.52, 30)]


def test_or_when_the_venues_time_moves_on() -> None:
    """No end is told. An order at 500 still sees it, one at 501 does not."""
    assert taken(run(ghost(end=False), take(490), fill="crossing")) == [(0.51, 10), (0.52, 20)]
    assert taken(run(ghost(end=False), take(491), fill="crossing")) == [(0.52, 30)]


def test_a_best_without_a_change_is_believed_too() -> None:
    tape = Tape().book(1, [("0.50", "100")], [("0.51", "10"), ("0.52", "80")])
    tape.put(events.best(0, bid="0.50", ask="0.52", end=True, **tape.times(500)))
    assert taken(run(tape, take(500), fill="crossing")) == [(0.52, 30)]


def test_a_best_of_an_earlier_time_deletes_nothing() -> None:
    """At 500 an ask of 0.51 appears and is carried; a late message of 400 still carries 0.52."""
    tape = market().delta(500, "SELL", "0.51", "10", best=("0.50", "0.51"))
    tape.delta(400, "BUY", "0.48", "1", best=("0.50", "0.52"))
    assert taken(run(tape, take(600), fill="crossing")) == [(0.51, 10), (0.52, 20)]


# --- gaps and snapshots ---------------------------------------------------------------------------


def test_a_place_in_the_queue_survives_a_snapshot() -> None:
    """Front 100, a print takes 60: 40. The snapshot shows 500 there: the new ones are behind us. A
    print of 45 brings us 5; a book that put us at the end or the front would give 0 or 45."""
    tape = market().trade(500, "SELL", "0.50", "60")
    tape.book(520, [("0.50", "500")], [("0.52", "80")]).trade(2000, "SELL", "0.50", "45")
    script = Script().order(100, "BUY", "0.50", "50", name="a")
    for fill in ("risk-averse", "power:3", "log"):
        assert taken(run(tape, script, fill=fill)) == [(0.50, 5)]


def test_a_snapshot_that_shows_less_is_a_cancel_behind_us_as_far_as_can_be() -> None:
    """Front 100 of 100; 150 join: 250. A snapshot shows 60: 190 went, 150 of them were behind us,
    the others ahead: front 60."""
    tape = market().delta(300, "BUY", "0.50", "250").book(500, [("0.50", "60")], [("0.52", "80")])
    tape.trade(2000, "SELL", "0.50", "65")
    script = Script().order(100, "BUY", "0.50", "50", name="a")
    assert taken(run(tape, script, fill="risk-averse")) == [(0.50, 5)]


@pytest.mark.parametrize(("changes", "brings"), [(4_000, []), (4_200, [(0.50, 10)])])
def test_more_than_4096_decreases_that_wait_decide_the_oldest_early(
    changes: int, brings: list[tuple[float, int]]
) -> None:
    """Front 100; at 300 the level shows 60: 40 went, and wait for their print. At 600 a print of 70
    has those 40 in it: front 30. When they were too many to wait, they are a cancel: front 60, and
    the print brings 10. All within a print_lag of 800 ms; the flood is where nothing of ours rests.
    """
    bids = [("0.50", "100"), ("0.40", "9000")]
    tape = Tape().book(1, bids, [("0.52", "80")]).delta(300, "BUY", "0.50", "60")
    for k in range(changes):
        tape.delta(400 + k // 50, "BUY", "0.40", str(8_999 - k))
    tape.trade(600, "SELL", "0.50", "70")
    script = Script().order(100, "BUY", "0.50", "20", name="a")
    assert taken(run(tape, script, fill="risk-averse", print_lag="800ms")) == brings


def test_after_a_gap_one_change_does_not_make_a_book() -> None:
    """Gap at 300, a change elsewhere at 302, our order at 305: what is ahead is not known, so the
    print at 400 is not ours. The book at 500 shows 100: a print of 120 brings 20."""
    tape = market().feed(300, "GAP").delta(302, "BUY", "0.49", "1")
    tape.trade(400, "SELL", "0.50", "30").book(500, [("0.50", "100")], [("0.52", "80")])
    tape.trade(2000, "SELL", "0.50", "120")
    script = Script().order(295, "BUY", "0.50", "50", name="a")
    assert taken(run(tape, script, fill="risk-averse")) == [(0.50, 20)]


def test_a_book_that_is_not_known_fills_no_taker() -> None:
    tape = market().feed(300, "LOST").delta(302, "SELL", "0.52", "80")
    assert taken(run(tape, take(295), fill="crossing")) == []


def test_after_a_gap_no_more_is_ahead_than_is_displayed() -> None:
    """Front 100 before the gap, the new book shows 30: front 30. A print of 40 brings 10."""
    tape = market().feed(300, "GAP").book(400, [("0.50", "30")], [("0.52", "80")])
    tape.trade(2000, "SELL", "0.50", "40")
    script = Script().order(100, "BUY", "0.50", "50", name="a")
    assert taken(run(tape, script, fill="risk-averse")) == [(0.50, 10)]


def test_what_we_took_stays_taken_through_a_gap() -> None:
    """80 taken at 0.52; a new book shows 100 there: 20 are free. Nobody saw our 80 come back."""
    tape = market().feed(300, "LOST").feed(310, "CONNECTED")
    tape.book(400, [("0.50", "100")], [("0.52", "100")])
    script = also(take(100, "a", size="80"), 500, "b", size="80")
    assert taken(run(tape, script, fill="crossing")) == [(0.52, 80), (0.52, 20)]


def test_a_gap_in_a_quiet_market_does_not_reach_back_in_time() -> None:
    """Nothing is heard from 1 to 300, when the feed is lost: an order at 110 finds the book."""
    tape = market().feed(300, "LOST").delta(400, "SELL", "0.52", "80")
    assert taken(run(tape, take(100), fill="crossing")) == [(0.52, 30)]


# --- placeholders and what is no price ------------------------------------------------------------


def test_a_placeholder_book_fills_nothing() -> None:
    """0.01 and 0.99 is nobody's market: no taker, no resting order, and no print. With an ask of
    0.55 it is one: 7 meet our 0.60."""
    tape = Tape().book(1, [("0.01", "1000")], [("0.99", "1000")]).trade(300, "SELL", "0.30", "5")
    tape.delta(400, "SELL", "0.55", "7")
    script = Script().order(100, "BUY", "0.60", "50", name="a")
    script.order(150, "BUY", "0.99", "20", tif="FAK", token=0, name="b")
    outcome = run(tape, script, fill="front", engine={"cap_orders_total": 0})
    assert taken(outcome) == [(0.60, 7)]
    row = next(row for row in outcome.orders if row["order_id"] == script.ids["b"])
    assert (row["state"], row["reject"]) == (OrderState.CANCELED, Reject.KILLED)


def test_nobody_trades_at_0_or_1() -> None:
    """A recording displays an ask at 0 and a bid at 1, as no venue does: they are no prices."""
    tape = market().delta(300, "SELL", "0", "1000", end=False).delta(300, "BUY", "1", "1000")
    script = Script().order(295, "BUY", "0.52", "5.2", tif="FAK", name="a")
    outcome = run(tape, script, fill="crossing")
    assert taken(outcome) == [(0.52, 10)]
    assert [kind for kind in outcome.words("a") if kind == "REJECTED"] == []
    assert EventKind.BOOK_DELTA in outcome.events["kind"]
