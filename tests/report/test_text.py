"""The terminal's report: it fits 100 columns, says what it must, and takes no markup of files."""

from __future__ import annotations

from clobstep.report import text
from clobstep.report.analysis import analyse
from clobstep.report.band import band
from clobstep.report.run import Run
from report.make_run import Maker, hand, many


def told(run: Run) -> str:
    return text.plain(text.report(analyse(run)))


def test_the_hand_worked_run() -> None:
    shown = told(hand().run())
    for line in (
        "fill model risk-averse\n",
        "code version                0.1.0\n",
        "replay                      same chain: OK\n",
        "3   30.50  0.1732  +24.5000  0.0000  +24.3268",
        "2 fills made, 1 took; 70.00 shares; deepest fall 0.4000.",
        "The ledger's cash is what the fills explain, to the micro.",
        "Orders: 6 placed, 2 filled, 2 cancelled, 0 expired, 1 rejected, 1 open at the end.",
        "Cancels: 0.67 a fill, 0.33 a placement. Of posted shares filled: 46.2 %.",
        "Of 3 resting orders that ended, 33.3 % had lived under 1 s.",
        "Rejected: POST_ONLY_CROSS 1.",
        "Refused by our guard: COOLDOWN 3, OFF_TICK 1.",
        "1 s     3     0    0.000   [-0.500, +1.000]   +0.143    0.000  33.3 %  +0.333   -0.333",
        "10 s    2     1   +0.500  ~[-1.000, +2.000]   +1.400   +0.500  50.0 %   0.000   +0.500",
        "10 m    0     3        -                  -        -        -       -       -        -",
        "settle  2     1  +47.500                  ?  +49.000  +47.500   0.0 %   0.000  +47.500",
        "INSUFFICIENT",
        "Toxic (A < 0 at 10 s): 50.0 % (1 of 2; 1 not known)",
        "Picked off (a tick against us within 1 s): 33.3 % (1 of 3)",
        "What this cannot show",
    ):
        assert line in shown, line


def test_it_fits_a_terminal_of_100_columns() -> None:
    make = many(8, markets=30, fills=600)
    for one in make.markets:
        one["question"] = "Will a very long question be asked about this market and its twin? " * 3
    shown = told(make.run())
    assert max(map(len, shown.splitlines())) <= 100
    assert "10 more" in shown
    assert "volu…" not in shown
    assert "reali…" not in shown


def test_an_empty_run_says_so() -> None:
    shown = told(Run())
    assert "fill model not stated" in shown
    assert shown.count("not stated") > 10
    assert "95 % intervals: no fills." in shown
    assert "Orders: not listed by this run." in shown
    assert "Held inventory is valued at: none is held." in shown


def test_text_of_files_is_no_markup_and_no_escape() -> None:
    make = hand()
    make.markets[0]["question"] = "[bold]Up[/bold] \x1b[31mor\x07 down"
    make.markets[0]["event"] = "[red]x"
    make.markets[1]["assumed"] = ["[link=x]tick_pips[/link]"]
    make.header["label"] = "[blink]crossing fills only"
    shown = told(make.run())
    assert "[bold]Up[/bold]  [31m…" in shown
    assert "[link=x]tick_pips[/link]" in shown
    assert "[blink]crossing fills only (fill model risk-averse)" in shown
    assert "\x1b" not in shown
    assert "\x07" not in shown


def test_assumed_metadata_is_listed() -> None:
    make = hand()
    make.markets[1]["assumed"] = ["tick_pips", "min_size"]
    assert "ASSUMED                     market-2: tick_pips, min_size\n" in told(make.run())


def test_missing_fills_are_told() -> None:
    make = hand()
    make.totals["cash_end_micros"] -= 7
    assert "what the fills explain by -0.000007: fills are missing." in told(make.run())


def test_the_band_is_printed() -> None:
    shown = text.plain(*text.band_table(band([model("trade-through", 2), model("front", 10)])))
    assert "band over fill models: P&L +0.4000 to +2.0000 pUSD" in shown
    assert "1.6000" in shown


def model(name: str, shares: int, **header: object) -> Run:
    """A run that bought `shares` at 0.50 of what settles at 0.70."""
    make = Maker(fill_model=name, **header)
    make.market(0, event="one")
    make.book(0, [(0, "0.50", "0.52")], until=60)
    make.fill(10, 0, "BUY", "0.50", str(shares), bid="0.50", ask="0.52")
    make.settle(60, 0, "0.7")
    return make.run()
