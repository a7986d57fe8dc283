"""Buckets of fills: their edges, and that every fill is in exactly one of each kind."""

from __future__ import annotations

import numpy as np
import pytest

from clobstep.report.run import Run
from clobstep.report.segments import MOST_CLUSTERS, SEGMENTS, segment
from report.make_run import Maker, hand, many


def names(run: Run, by: str) -> list[str]:
    """The bucket of each fill."""
    found = segment(run, by)
    return [next(name for name, some in found.items() if some[i]) for i in range(len(run.fills))]


def test_by_hand() -> None:
    """Ends: market 0 at 720, 710 and 625 s after the fills; market 2 at 3600."""
    run = hand().run()
    assert names(run, "side") == ["BUY", "SELL", "BUY"]
    assert names(run, "price") == ["0.3 to 0.7", "0.3 to 0.7", "0.3 to 0.7"]
    assert names(run, "time to close") == ["10 m to 1 h", "10 m to 1 h", "10 m to 1 h"]
    assert names(run, "liquidity") == ["MAKER", "TAKER", "MAKER"]
    assert names(run, "origin") == ["MAKER_QUOTE"] * 3
    assert names(run, "queue age") == ["1 to 10 s", "took", "1 to 10 m"]
    assert names(run, "quote width") == ["1 to 2 cents", "not known", "not known"]
    assert names(run, "cluster") == ["first", "first", "second"]


@pytest.mark.parametrize(
    "price, name",
    [("0.0999", "0 to 0.1"), ("0.1", "0.1 to 0.3"), ("0.2999", "0.1 to 0.3"), ("0.3", "0.3 to 0.7"),
     ("0.7", "0.7 to 0.9"), ("0.8999", "0.7 to 0.9"), ("0.9", "0.9 to 1"), ("1", "0.9 to 1")],
)  # fmt: skip
def test_a_price_on_an_edge_is_in_the_upper_bucket(price: str, name: str) -> None:
    make = Maker()
    make.market(0, event="one")
    make.fill(10, 0, "BUY", price, "10", bid="0", ask="1")
    assert names(make.run(), "price") == [name]


@pytest.mark.parametrize(
    "end, name",
    [(9, "past its end"), (10, "past its end"), (10.000000001, "under 10 m"),
     (609.999999999, "under 10 m"), (610, "10 m to 1 h"), (3_610, "1 to 6 h"),
     (21_610, "6 to 24 h"), (86_410, "1 to 7 d"), (604_810, "over 7 d")],
)  # fmt: skip
def test_time_to_close(end: float, name: str) -> None:
    make = Maker()
    make.market(0, event="one", end=end)
    make.fill(10, 0, "BUY", "0.5", "10", bid="0", ask="1")
    assert names(make.run(), "time to close") == [name]


def test_a_market_without_an_end_is_not_known() -> None:
    make = Maker()
    make.market(0, event="one", end_ns=None)
    make.fill(10, 0, "BUY", "0.5", "10", bid="0", ask="1")
    assert names(make.run(), "time to close") == ["not known"]


@pytest.mark.parametrize("by", SEGMENTS)
def test_every_fill_is_in_one_bucket(by: str) -> None:
    run = many(5).run()
    found = np.array(list(segment(run, by).values()))
    assert (found.sum(axis=0) == 1).all()
    assert found.any(axis=1).all()


def test_small_clusters_are_put_together() -> None:
    make = Maker()
    for number in range(MOST_CLUSTERS + 5):
        make.market(2 * number, event=f"event-{number:02d}")
        for _ in range(2 if number == 24 else 1):
            make.fill(10, 2 * number, "BUY", "0.5", "10", bid="0", ask="1")
    found = segment(make.run(), "cluster")
    assert len(found) == MOST_CLUSTERS + 1
    assert found["5 others"].sum() == 5
    assert found["event-24"].sum() == 2
