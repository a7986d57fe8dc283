"""Where we are in the queue while decreases wait for their prints, worked out by hand. Times are
milliseconds; a request needs 10 ms, a decrease waits 250 ms.
"""

from __future__ import annotations

import pytest

from paper.desk import MS, SHARE, START, Script, Tape, run

CHANCE = ("power:1", "power:2", "power:3", "log")
QUEUES = ("risk-averse", *CHANCE)


def market() -> Tape:
    """0.50 for 100, 0.52 for 80."""
    return Tape().book(1, [("0.50", "100")], [("0.52", "80")])


def fills(tape: Tape, fill: str, at: float = 10) -> list[tuple[float, float]]:
    """(ms at the venue, shares) of each fill of a BUY of 50 at 0.50 that rests 10 ms after `at`."""
    outcome = run(tape, Script().order(at, "BUY", "0.50", "50", name="a"), fill=fill)
    rows = outcome.got("venue_time_ns", "size")
    return [((at_ns - START) / MS, size / SHARE) for at_ns, size in rows]


# --- what is displayed after a decrease bounds the front ------------------------------------------


@pytest.mark.parametrize("fill", QUEUES)
def test_a_level_that_was_pulled_and_quoted_anew_is_behind_us(fill: str) -> None:
    """100 ahead are pulled at 1000: nothing is ahead. The 100 of 1002 are behind us, and of the
    trade of 40 at 1050 all 40 reach us. What waits bounds nothing away: the 100 may be a trade."""
    tape = market().delta(1000, "BUY", "0.50", "0").delta(1002, "BUY", "0.50", "100")
    tape.delta(1050, "BUY", "0.50", "60").trade(1071, "SELL", "0.50", "40")
    assert fills(tape, fill) == [(1071, 40)]


@pytest.mark.parametrize("fill", QUEUES)
def test_a_trade_that_ate_all_that_was_ahead_does_not_reach_us(fill: str) -> None:
    """All 100 ahead are traded: the cut to 0 is that trade, and its print must not find the front
    at 0. The 30 that come then are behind us, and traded at 1079."""
    tape = market().delta(1000, "BUY", "0.50", "0").trade(1021, "SELL", "0.50", "100")
    tape.delta(1030, "BUY", "0.50", "30").delta(1079, "BUY", "0.50", "0")
    tape.trade(1100, "SELL", "0.50", "30")
    assert fills(tape, fill) == [(1100, 30)]


@pytest.mark.parametrize("fill", QUEUES)
def test_what_a_trade_took_behind_us_reaches_us(fill: str) -> None:
    """100 ahead, 20 behind; 120 are traded at once: 20 of them past us."""
    tape = market().delta(500, "BUY", "0.50", "120")
    tape.delta(1000, "BUY", "0.50", "0").trade(1021, "SELL", "0.50", "120")
    assert fills(tape, fill) == [(1021, 20)]


@pytest.mark.parametrize("fill", QUEUES)
def test_a_cancel_ahead_and_a_trade_before_it_is_decided(fill: str) -> None:
    """60 are cancelled at 1000: at most 40 ahead. These are traded at 1100: front 0, and none of
    them reached us. 25 come, 5 of them are traded: ours."""
    tape = market().delta(1000, "BUY", "0.50", "40")
    tape.delta(1100, "BUY", "0.50", "0").trade(1121, "SELL", "0.50", "40")
    tape.delta(1130, "BUY", "0.50", "25")
    tape.delta(1140, "BUY", "0.50", "20").trade(1161, "SELL", "0.50", "5")
    assert fills(tape, fill) == [(1161, 5)]


@pytest.mark.parametrize("fill", QUEUES)
def test_snapshots_that_show_less_and_more(fill: str) -> None:
    """A book shows 60 of the 100, the next one 200: 60 ahead, 140 behind. Of 70 10 reach us."""
    tape = market().book(500, [("0.50", "60")], [("0.52", "80")])
    tape.book(520, [("0.50", "200")], [("0.52", "80")])
    tape.delta(579, "BUY", "0.50", "130").trade(600, "SELL", "0.50", "70")
    assert fills(tape, fill) == [(600, 10)]


# --- prints and decreases, one for many and many for one ------------------------------------------


@pytest.mark.parametrize("fill", QUEUES)
def test_two_decreases_and_one_print(fill: str) -> None:
    """30 and 30 go, 60 are printed: front 100, 70, 40. At 3000 5 of 45 reach us."""
    tape = market().delta(1000, "BUY", "0.50", "70").delta(1005, "BUY", "0.50", "40")
    tape.trade(1025, "SELL", "0.50", "60").trade(3000, "SELL", "0.50", "45")
    assert fills(tape, fill) == [(3000, 5)]


@pytest.mark.parametrize("fill", QUEUES)
def test_one_decrease_and_two_prints(fill: str) -> None:
    """100 ahead, 20 behind, all 120 go. 90 are printed: 10 of those ahead remained at that moment,
    though nothing is displayed any more. Then 30: 20 of them past us."""
    tape = market().delta(500, "BUY", "0.50", "120").delta(1000, "BUY", "0.50", "0")
    tape.trade(1021, "SELL", "0.50", "90").trade(1025, "SELL", "0.50", "30")
    assert fills(tape, fill) == [(1025, 20)]


@pytest.mark.parametrize("fill", QUEUES)
def test_a_print_before_its_decrease_and_a_cancel_in_it(fill: str) -> None:
    """60 are printed: front 40. The level falls by 90: the 60, and 30 more: at most 10 are ahead.
    Of 12 at 1500 2 reach us, also when the 30 are decided by chance: all were ahead."""
    tape = market().trade(1000, "SELL", "0.50", "60").delta(1021, "BUY", "0.50", "10")
    tape.trade(1500, "SELL", "0.50", "12")
    assert fills(tape, fill) == [(1500, 2)]


@pytest.mark.parametrize("fill", QUEUES)
def test_an_order_between_a_print_and_its_decrease(fill: str) -> None:
    """40 are printed, we come at 1010 behind 100 displayed, 70 go at 1021: the 40, and 30 that were
    cancelled. 30 are ahead. Of 33 at 1500 3 reach us."""
    tape = market().trade(1000, "SELL", "0.50", "40").delta(1021, "BUY", "0.50", "30")
    tape.trade(1500, "SELL", "0.50", "33")
    assert fills(tape, fill, at=1000) == [(1500, 3)]


@pytest.mark.parametrize("fill", QUEUES)
def test_an_order_between_a_decrease_and_its_print(fill: str) -> None:
    """60 go at 1000, we come at 1010 behind 40; the print of the 60 at 1021 was before our time. 40
    more go at 1030 and are printed at 1051: none reach us, then nothing is ahead."""
    tape = market().delta(1000, "BUY", "0.50", "40").trade(1021, "SELL", "0.50", "60")
    tape.delta(1030, "BUY", "0.50", "0").trade(1051, "SELL", "0.50", "40")
    tape.delta(1060, "BUY", "0.50", "9").delta(1070, "BUY", "0.50", "2")
    tape.trade(1091, "SELL", "0.50", "7")
    assert fills(tape, fill, at=1000) == [(1091, 7)]


@pytest.mark.parametrize("fill", QUEUES)
def test_what_joined_within_the_same_moment_was_behind_us(fill: str) -> None:
    """8 join as all is traded: the level falls by 100, the print says 108. The 8 are past us, also
    as part of the 20 that were cancelled at 1000, while those wait: front 100, 92, 0."""
    tape = market().delta(600, "BUY", "0.50", "120").delta(1000, "BUY", "0.50", "100")
    tape.delta(1200, "BUY", "0.50", "0").trade(1221, "SELL", "0.50", "108")
    assert fills(tape, fill) == [(1221, 8)]


# --- what is decided, and by which queue ----------------------------------------------------------


@pytest.mark.parametrize("fill", QUEUES)
def test_a_cancel_is_decided_by_the_queue_of_its_moment(fill: str) -> None:
    """100 ahead, 100 behind, 60 go at 1000: by chance half of them were ahead, front 70. The 1,000
    that come at 1100, before it is decided, do not count. Of 75 at 3000 5 reach us; by risk-averse
    all were behind."""
    tape = market().delta(500, "BUY", "0.50", "200").delta(1000, "BUY", "0.50", "140")
    tape.delta(1100, "BUY", "0.50", "1140").trade(3000, "SELL", "0.50", "75")
    assert fills(tape, fill) == ([(3000, 5)] if fill in CHANCE else [])


@pytest.mark.parametrize(("gap", "got"), [(False, []), (True, [(1200, 5)])])
def test_a_gap_decides_what_waits(gap: bool, got: list[object]) -> None:
    """The same 60 of 200, half of them ahead. While it waits 100 are ahead of us; when the feed was
    lost no print will come, and of 75 at 1200 5 reach us."""
    tape = market().delta(500, "BUY", "0.50", "200").delta(1000, "BUY", "0.50", "140")
    if gap:
        tape.feed(1010, "GAP")
    tape.book(1100, [("0.50", "140")], [("0.52", "80")]).trade(1200, "SELL", "0.50", "75")
    # the print of 75 finds the 60 where they wait: a trade of 60 before 140 were left, then 15
    assert fills(tape, "power:1") == got


@pytest.mark.parametrize("fill", QUEUES)
def test_a_gap_alone_moves_nobody(fill: str) -> None:
    """Front 100. After the gap 60 are printed: 40; 30 more: 10. The book shows 100 again; of 15 5
    reach us."""
    tape = market().feed(300, "GAP").trade(400, "SELL", "0.50", "60")
    tape.trade(450, "SELL", "0.50", "30").book(800, [("0.50", "100")], [("0.52", "80")])
    tape.trade(1500, "SELL", "0.50", "15")
    assert fills(tape, fill) == [(1500, 5)]


@pytest.mark.parametrize("fill", QUEUES)
def test_the_decrease_that_tells_of_a_level_is_of_before(fill: str) -> None:
    """We come to an unknown book at 305. At 310 the level is told: 60, 30 less than before we came.
    Their print at 331 is not ours. Of 65 at 1000 5 are past the 60."""
    tape = market().feed(300, "GAP").delta(302, "BUY", "0.50", "90")
    tape.delta(310, "BUY", "0.50", "60").trade(331, "SELL", "0.50", "30")
    tape.book(340, [("0.50", "60")], [("0.52", "80")]).trade(1000, "SELL", "0.50", "65")
    assert fills(tape, fill, at=295) == [(1000, 5)]


@pytest.mark.parametrize(("n", "got"), [(100, 5), (4_000, 5), (4_200, 50)])
def test_more_than_4096_decreases_at_our_own_price(n: int, got: float) -> None:
    """9,000 ahead, n go one by one in 100 ms, and 9,005 are printed: those n, and 5 past the rest.
    Of 4,200 the oldest 104 are decided early, cancels behind us: 104 more reach our 50."""
    tape = Tape().book(1, [("0.50", "9000")], [("0.52", "80")])
    for k in range(n):
        tape.delta(400 + k // 50, "BUY", "0.50", str(8_999 - k))
    tape.trade(600, "SELL", "0.50", "9005")
    assert fills(tape, "risk-averse") == [(600, got)]


# --- which decrease is whose print ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "comes", "got"),
    [
        ((1000, 1100), 1050, [(1121, 40)]),  # of 121 and 21 ms the newer one: we were there
        ((1100, 1110), 1105, []),  # of 21 and 11 ms the one that is old enough: we were not
        ((1110, 1116), 1113, []),  # of 11 and 5 ms the older one
        ((1100, 1106), 1103, [(1121, 40)]),  # of 21 and 15 ms the newer one: 15 are enough
        ((1100, 1107), 1103, []),  # and 14 are not
        ((1106, 1110), 1104, [(1121, 40)]),  # we were there before both
    ],
)
def test_the_newest_decrease_that_is_old_enough_is_the_trade(
    when: tuple[int, int], comes: int, got: list[object]
) -> None:
    """Two decreases of 40, one print of 40 at 1121; with `front` nothing is ahead of us."""
    tape = market().delta(when[0], "BUY", "0.50", "60").delta(when[1], "BUY", "0.50", "20")
    tape.trade(1121, "SELL", "0.50", "40")
    assert fills(tape, "front", at=comes - 10) == got


def test_without_one_of_its_size_the_newest_that_is_old_enough_comes_first() -> None:
    """Decreases of 30 at 1000 and 20 at 1100, a print of 10 at 1121: part of the 20. We came at
    1050. The print of 30 then is all of the older one, of before we came."""
    tape = market().delta(1000, "BUY", "0.50", "70").delta(1100, "BUY", "0.50", "50")
    tape.trade(1121, "SELL", "0.50", "10").trade(1122, "SELL", "0.50", "30")
    assert fills(tape, "front", at=1040) == [(1121, 10)]
