"""Intervals: seeded draws, clusters and not fills, and saying so when there are too few."""

from __future__ import annotations

import random

import numpy as np
import pytest

from clobstep.report import bootstrap
from clobstep.report.bootstrap import Ratio, percentiles
from clobstep.report.markouts import markouts
from clobstep.report.means import Averages, Interval
from report.make_run import Maker, at


def test_fewer_than_two_blocks_have_no_interval() -> None:
    assert percentiles(Ratio([], [])) is None
    assert percentiles(Ratio([5], [1])) is None


def test_two_blocks_draw_one_the_other_or_both() -> None:
    """Means can be 1, 2 or 3 only, a quarter of the draws each end: the middle 95 % is all."""
    assert percentiles(Ratio([10, 30], [10, 10])) == (1.0, 3.0)


def test_equal_blocks_leave_no_doubt() -> None:
    assert percentiles(Ratio([6] * 9, [3] * 9)) == (2.0, 2.0)


def test_big_blocks_weigh_more() -> None:
    """The mean of sums, not of means: a block of 1 fill moves 1,000 fills little."""
    found = percentiles(Ratio([0] * 20 + [100], [1000] * 20 + [1]))
    assert found is not None
    assert 0 <= found[0] <= found[1] < 0.03


def test_the_seed_decides() -> None:
    draw = random.Random(5)
    ratio = Ratio([draw.randrange(-900, 900) for _ in range(30)], [7] * 30)
    assert percentiles(ratio, 1) == percentiles(ratio, 1)
    assert percentiles(ratio, 1) != percentiles(ratio, 2)


def test_draws_are_pcg64_itself() -> None:
    """Which blocks are drawn is pinned: raw output modulo blocks, in order, replicate by row."""
    raw = np.random.PCG64(9).random_raw(2 * 3)
    counts = bootstrap._cached(3, 9)
    assert counts.shape == (bootstrap.REPLICATES, 3)
    for row in range(2):
        drawn = [int(one) % 3 for one in raw[3 * row : 3 * row + 3]]
        assert counts[row].tolist() == [drawn.count(block) for block in range(3)]


def test_slices_draw_what_one_piece_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = np.concatenate(list(bootstrap._draw(7, 3)))
    monkeypatch.setattr(bootstrap, "_SLICE", 50)
    pieces = list(bootstrap._draw(7, 3))
    assert len(pieces) > 100
    assert (np.concatenate(pieces) == whole).all()


def test_sums_beyond_64_bits_keep_their_ratio() -> None:
    size = 900_000_000_000_000
    ratio = Ratio([20_000 * size, 10_000 * size, 0], [size, size, size])
    found = percentiles(ratio)
    assert found is not None
    assert found[0] == pytest.approx(0, abs=1e-6)
    assert found[1] == pytest.approx(20_000, rel=1e-9)


def test_it_covers_about_what_it_says() -> None:
    """Clusters whose fills share a shock: the true mean 0 lies in 95 % of the intervals, as far as
    30 clusters allow (the percentile interval is a little narrow). By fills it would be far off."""
    draw = random.Random(11)
    inside = by_fill = 0
    for _ in range(200):
        tops, fills = [], []
        for _ in range(30):
            shock = draw.gauss(0, 100)
            values = [round(shock + draw.gauss(0, 30)) for _ in range(10)]
            tops.append(sum(values))
            fills += values
        found = percentiles(Ratio(tops, [10] * 30))
        naive = percentiles(Ratio(fills, [1] * 300))
        assert found is not None
        assert naive is not None
        inside += found[0] <= 0 <= found[1]
        by_fill += naive[0] <= 0 <= naive[1]
    assert 180 <= inside <= 199
    assert by_fill < 140


def fills_in(events: list[str], minutes: int = 5) -> Maker:
    make = Maker()
    for number, event in enumerate(events):
        make.market(2 * number, event=event)
        make.book(2 * number, [(0, "0.50", "0.52")], until=60 * minutes + 20)
        for minute in range(minutes):
            make.fill(60 * minute + 5, 2 * number, "BUY", "0.50", str(10 + minute), bid="0.50",
                      ask="0.52")  # fmt: skip
        make.settle(at_end := 60 * minutes + 30, 2 * number, "1")
        assert at(at_end) > make.fills[-1][0]
    return make


def interval(make: Maker, name: str) -> Interval:
    run = make.run()
    found = markouts(run)
    cell = Averages(run, found).cell(found.row(name), np.ones(len(run.fills), np.bool_))
    assert cell.interval is not None
    return cell.interval


def test_clusters_are_events_and_not_markets() -> None:
    found = interval(fills_in(["a", "a", "b"]), "1 s")
    assert (found.clusters, found.blocks, found.insufficient) == (2, 2, False)
    assert found.equal == (1.0, 1.0)
    assert found.weighted == (1.0, 1.0)
    assert found.label() == "2 clusters"


def test_one_cluster_is_insufficient_and_says_what_it_did() -> None:
    found = interval(fills_in(["a"]), "1 s")
    assert found.insufficient
    assert (found.blocks, found.equal) == (5, (1.0, 1.0))
    assert found.label() == "5 blocks of 60 s (1 cluster, INSUFFICIENT)"


def test_blocks_of_time_are_no_shorter_than_the_horizon() -> None:
    found = interval(fills_in(["a"], minutes=9), "2 m")
    assert found.block_ns == 120 * 10**9
    assert 2 <= found.blocks <= 5


def test_one_outcome_has_no_interval_at_settle() -> None:
    found = interval(fills_in(["a"]), "settle")
    assert (found.equal, found.weighted) == (None, None)
    assert found.label() == "1 cluster, INSUFFICIENT"


def test_no_fills_no_cluster() -> None:
    found = interval(fills_in([]), "1 s")
    assert found.label() == "0 clusters, INSUFFICIENT"
