"""Small markets worked out by hand: what fills a resting order, and when. Numbers in the comments
were written before the run. Times are milliseconds; a request needs 10 ms, an answer another 10.
"""

from __future__ import annotations

import pytest

from paper.desk import MS, SHARE, START, Script, Tape, run

QUEUES = ("risk-averse", "power:1", "power:2", "power:3", "log")


def market() -> Tape:
    """0.50 for 100, 0.52 for 80."""
    return Tape().book(1, [("0.50", "100")], [("0.52", "80")])


def quote(size: str = "50", at: float = 10) -> Script:
    """BUY at 0.50, resting from 10 ms later."""
    return Script().order(at, "BUY", "0.50", size, name="a")


def fills(tape: Tape, script: Script, fill: str, **more: str) -> list[tuple[float, float]]:
    """(ms at the venue, shares) of each fill."""
    outcome = run(tape, script, fill=fill, **more)
    rows = outcome.got("venue_time_ns", "size")
    return [((at - START) / MS, size / SHARE) for at, size in rows]


# --- a print and its decrease are one trade ------------------------------------------------------


@pytest.mark.parametrize("fill", QUEUES)
def test_a_print_before_its_decrease_counts_once(fill: str) -> None:
    tape = market()
    tape.trade(1000, "SELL", "0.50", "60")  # front 100 - 60 = 40
    tape.delta(1021, "BUY", "0.50", "40")  # the same 60: no change
    tape.trade(3000, "SELL", "0.50", "45")  # 45 - 40 = 5 reach us
    assert fills(tape, quote(), fill) == [(3000, 5)]


@pytest.mark.parametrize("fill", QUEUES)
def test_a_print_after_its_decrease_counts_once(fill: str) -> None:
    tape = market()
    tape.delta(1000, "BUY", "0.50", "40")  # waits for its print
    tape.trade(1021, "SELL", "0.50", "60")  # front 100 - 60 = 40
    tape.trade(3000, "SELL", "0.50", "45")  # 45 - 40 = 5
    assert fills(tape, quote(), fill) == [(3000, 5)]


@pytest.mark.parametrize("fill", (*QUEUES, "front", "trade-through"))
def test_a_trade_of_before_we_came_is_no_volume_for_us(fill: str) -> None:
    """Its decrease was displayed at 1000, we came at 1010 behind what was left, its print is told
    at 1021."""
    tape = market()
    tape.delta(1000, "BUY", "0.50", "60")
    tape.trade(1021, "SELL", "0.50", "40")  # not ours: front stays 60
    tape.trade(2000, "SELL", "0.50", "70")  # 70 - 60 = 10 reach us
    expected = {"front": [(2000, 50)], "trade-through": []}.get(fill, [(2000, 10)])
    assert fills(tape, quote(at=1000), fill) == expected


@pytest.mark.parametrize("fill", ("front", "trade-through", *QUEUES))
def test_a_trade_of_before_we_came_does_not_go_through_us(fill: str) -> None:
    """The same one level below: the book had lost 40 at 0.49 before our 0.50 arrived."""
    tape = Tape().book(1, [("0.49", "100")], [("0.52", "80")])
    tape.delta(1000, "BUY", "0.49", "60")
    tape.trade(1021, "SELL", "0.49", "40")
    tape.trade(1100, "SELL", "0.49", "7")  # this one is new: strictly through 0.50
    assert fills(tape, quote(at=1000), fill) == [(1100, 7)]


def test_a_decrease_finds_the_print_of_its_own_size() -> None:
    """10 are cancelled at 900, before we come; 40 are traded at 1100. The print of 40 is that of
    the trade, though the cancel is older: else 10 of it would be of before our time."""
    tape = market()
    tape.delta(900, "BUY", "0.50", "90")
    # we come at 1010: front 90; 200 join behind us
    tape.delta(1050, "BUY", "0.50", "290")
    tape.delta(1100, "BUY", "0.50", "250")
    tape.trade(1121, "SELL", "0.50", "40")  # front 50, not 60
    tape.trade(3000, "SELL", "0.50", "53")  # 3 reach us
    assert fills(tape, quote(at=1000), "risk-averse") == [(3000, 3)]


def test_a_print_has_six_decimals_where_the_book_displays_two() -> None:
    """2.083332 were traded, 90 - 87.91 = 2.09 are missing: the same trade. We were there by then;
    the older cancel of 10 is of before our time, and would take the print from us."""
    tape = market()
    tape.delta(900, "BUY", "0.50", "90")
    # we come at 1010
    tape.delta(1100, "BUY", "0.50", "87.91")
    tape.trade(1121, "SELL", "0.50", "2.083332")
    assert fills(tape, quote(at=1000), "front") == [(1121, 2.083332)]


def test_what_was_printed_before_we_came_is_not_ahead_of_us_any_more() -> None:
    """The print is told at 1000, we come at 1010 while the 40 are still displayed, and they go at
    1021: our front was 100 and is 60."""
    tape = market()
    tape.trade(1000, "SELL", "0.50", "40")
    tape.delta(1021, "BUY", "0.50", "60")
    tape.delta(1500, "BUY", "0.50", "200")  # these are behind us
    tape.trade(3000, "SELL", "0.50", "70")  # 70 - 60 = 10
    assert fills(tape, quote(at=1000), "risk-averse") == [(3000, 10)]


def test_each_decrease_waits_its_own_time() -> None:
    """A cancel of 10 at 1000 is decided at 1250; the trade of 50 at 1240 still waits for its print
    then. Taking both for cancels would count the print at 1261 a second time."""
    tape = market()
    tape.delta(1000, "BUY", "0.50", "90")
    tape.delta(1240, "BUY", "0.50", "40")
    # 1250: the 10 were cancelled, behind us as long as that can be: front 90
    tape.trade(1261, "SELL", "0.50", "50")  # front 40
    tape.trade(3000, "SELL", "0.50", "45")  # 5 reach us
    assert fills(tape, quote(), "risk-averse") == [(3000, 5)]


@pytest.mark.parametrize("lag, got", [("800ms", [(3000, 5)]), ("799ms", [(1800, 20), (3000, 30)])])
def test_a_decrease_waits_no_longer_than_the_print_lag(lag: str, got: list[object]) -> None:
    """60 gone at 1000, printed at 1800. Within the lag it is one trade: front 40. Else the 60 were
    cancels, front 40 by what is displayed, and the print of 60 is another trade: 20 reach us."""
    tape = market()
    tape.delta(1000, "BUY", "0.50", "40")
    tape.trade(1800, "SELL", "0.50", "60")
    tape.trade(3000, "SELL", "0.50", "45")
    assert fills(tape, quote(), "risk-averse", print_lag=lag) == got
