"""What the plots of the hand-worked run draw."""

from __future__ import annotations

import pytest

from clobstep.report import _plots
from clobstep.report.analysis import Analysis, analyse
from report.make_run import Maker, at, hand


@pytest.fixture(scope="module")
def found() -> Analysis:
    return analyse(hand().run())


def ms(seconds: float) -> int:
    return at(seconds) // 10**6


def test_the_equity_steps(found: Analysis) -> None:
    plot = _plots.equity(found)
    assert plot is not None
    profit, first, second = plot.data
    assert dict(zip(profit["x"], profit["y"], strict=True)) == {
        ms(5): 0.0, ms(10): 0.4, ms(10.5): 0.0, ms(12): 0.8, ms(30): 1.6, ms(95): 1.32675,
        ms(300): 1.52675, ms(320): 1.32675, ms(720): 24.32675,
    }  # fmt: skip
    assert list(zip(first["x"], first["y"], strict=True)) == [
        (ms(5), 0), (ms(10), 40), (ms(95), 50), (ms(720), 50)
    ]  # fmt: skip
    assert list(zip(second["x"], second["y"], strict=True)) == [(ms(300), 20), (ms(720), 20)]


def test_the_band_has_holes_where_a_side_or_the_feed_was_gone() -> None:
    """0.50/0.52 from 0, no bid from 2 to 3, 0.49/0.51 from 3, a gap from 5 to 6, last word at 9."""
    make = Maker()
    make.market(0, event="one")
    make.best(0, 0, "0.50", "0.52")
    make.best(2, 0, "0", "0.52")
    make.best(3, 0, "0.49", "0.51")
    make.best(5, 0, "0.49", "0.51", gap=1)
    make.best(6, 0, "0.50", "0.51")
    make.best(9, 0, "0.50", "0.51")
    make.fill(1, 1, "BUY", "0.48", "10", bid="0.48", ask="0.50", taker=True)
    (plot,) = _plots.prices(analyse(make.run()))
    band, bid, ask, marks = plot.data
    points = list(zip(band["x"], band["y"], strict=True))
    holes = [i for i, (x, _) in enumerate(points) if x is None]
    parts = [points[: holes[0]], points[holes[0] + 1 : holes[1]], points[holes[1] + 1 : holes[2]]]
    for part, (start, end, low, high) in zip(
        parts, [(0, 2, 0.50, 0.52), (3, 5, 0.49, 0.51), (6, 9, 0.50, 0.51)], strict=True
    ):
        assert {x for x, _ in part} == {ms(start), ms(end)}
        assert {y for _, y in part} == {low, high}
        assert [y for _, y in part] == [high] * (len(part) // 2) + [low] * (len(part) // 2)
    assert bid["y"] == [0.50, None, 0.49, None, 0.50, 0.50]
    assert ask["y"] == [0.52, 0.52, 0.51, None, 0.51, 0.51]
    # A bought NO at 0.48 is a sold YES at 0.52; it took, so its mark is hollow.
    assert (marks["name"], marks["y"]) == ("shorter in YES, took", [0.52])
    assert marks["marker"]["symbol"] == "triangle-down-open"
    assert marks["text"] == ["BUY 10.00 NO at 0.48"]


def test_horizons_of_few_fills_are_named_and_not_drawn() -> None:
    make = Maker(end_ns=at(700))
    make.market(0, event="one")
    make.book(0, [(0, "0.50", "0.52")], until=700)
    make.fill(10, 0, "BUY", "0.50", "1", bid="0.50", ask="0.52")
    for _ in range(10):
        make.fill(650, 0, "BUY", "0.50", "1", bid="0.50", ask="0.52")
    plot = _plots.markouts(analyse(make.run()))
    assert plot is not None
    assert plot.data[-1]["x"] == ["100 ms", "1 s", "5 s", "10 s", "30 s"]
    assert "Known for less than a tenth of the fills, and not drawn: 2 m (1), 10 m (1)." in (
        plot.caption
    )


def test_nothing_to_draw() -> None:
    empty = analyse(Maker().run())
    assert _plots.equity(empty) is None
    assert _plots.markouts(empty) is None
    assert _plots.prices(empty) == []
