"""Likeness: figures known by hand, and the made market of `busy-market` beside a recorded one."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from clobstep import demo
from clobstep.core import EVENT_DTYPE
from clobstep.enums import EventKind, Flag, Side
from clobstep.imports.run import import_files
from clobstep.session import Session
from clobstep_sim.fuzz.likeness import HOW, compare, features
from clobstep_sim.fuzz.likeness_books import Array, books_of
from clobstep_sim.fuzz.profile import load
from clobstep_sim.fuzz.scene import START_NS, make

MS = 1_000_000
SECOND = 1000 * MS
SHARE = 1_000_000


def words(*rows: dict[str, int]) -> Array:
    made = np.zeros(len(rows), dtype=EVENT_DTYPE)
    for at, row in enumerate(rows):
        for name, value in row.items():
            made[at][name] = value
    return made


def change(ms: int, price: int, shares: int, side: Side = Side.BUY, **more: int) -> dict[str, int]:
    best = {"bid_pips": 4000, "ask_pips": 4100, "flags": Flag.BOOK_BEST}
    row = {"kind": EventKind.BOOK_DELTA, "venue_time_ns": ms * MS, "side": side}
    return row | {"price_pips": price, "size": shares * SHARE} | best | more


def trade(ms: int, price: int, shares: int, side: Side, token: int = 0) -> dict[str, int]:
    row = {"kind": EventKind.PRINT, "venue_time_ns": ms * MS, "side": side, "token": token}
    return row | {"price_pips": price, "size": shares * SHARE}


def book(ms: int, side: Side, flags: int, *levels: int) -> dict[str, int]:
    row = {"kind": EventKind.BOOK_SNAPSHOT, "venue_time_ns": ms * MS, "side": side, "flags": flags}
    row |= {"code": len(levels)}
    names = (("price_pips", "size"), ("bid_pips", "amount"), ("ask_pips", "order_id"))
    for (price, size), level in zip(names, levels, strict=False):
        row |= {price: level, size: level * SHARE}
    return row


def test_a_feed_is_like_itself() -> None:
    feed = words(*(change(10 * k * k, 4000 - 100 * (k % 3), k) for k in range(20)))
    found = compare(feed, feed)
    assert {d for d in found.as_dict().values() if d is not None} == {0.0}
    assert list(found.as_dict()) == list(HOW)
    assert len(found.text().splitlines()) == 1 + len(HOW)


def test_rates_and_gaps_by_hand() -> None:
    slow = words(*(change(100 * k, 4000, 1) for k in range(41)))
    fast = words(*(change(50 * k, 4000, 1) for k in range(81)))
    found = compare(fast, slow).as_dict()
    assert found["rate"] == pytest.approx(np.log(81 / 41))
    assert found["gap_ms"] == 1.0  # all are 50 in one, all 100 in the other
    assert features(slow)["fano_1s"] == 0.0  # ten in every second


def test_changes_by_hand() -> None:
    at_best = words(*(change(k, 4000, 5 + 5 * (k & 1)) for k in range(20)))
    half_behind = words(*(change(k, 4000 - 300 * (k & 1), 10 * (k & 1)) for k in range(20)))
    found = compare(at_best, half_behind)
    got = found.as_dict()
    assert got["change_ticks"] == pytest.approx(0.5)  # 0 ticks: all, and half of them
    assert got["removals"] == pytest.approx(0.5)
    assert set(features(at_best)["step_size"]) == {5.0}
    assert set(features(half_behind)["change_ticks"]) == {0.0, 3.0}


def test_no_is_the_mirror_of_yes() -> None:
    yes = words(*(change(k, 3900, 1 + k % 2) for k in range(9)))
    no = words(
        *(
            change(k, 6100, 1 + k % 2, Side.SELL, token=1, bid_pips=5900, ask_pips=6000)
            for k in range(9)
        )
    )
    assert {d for d in compare(yes, no).as_dict().values() if d is not None} == {0.0}


def test_trades_by_hand() -> None:
    """Bought at 0.41 while 0.41 is still offered; bought NO at 0.59, and the bid is below 0.41."""
    stays = words(change(0, 4000, 1), *(trade(k + 1, 4100, 4, Side.BUY) for k in range(10)))
    moves = words(change(0, 4000, 1), *(trade(k + 1, 5900, 8, Side.BUY, 1) for k in range(10)))
    mixed = words(change(0, 4000, 1), *(trade(k + 1, 4100, 4, Side(k & 1)) for k in range(10)))
    found = compare(stays, moves).as_dict()
    assert found["trade_moves"] == 1.0
    assert found["trade_size"] == 1.0
    assert found["trade_buys"] == 0.0
    assert found["sign_lag_1"] == 0.0
    assert features(mixed)["sign_lag_1"] == -1.0
    assert compare(stays, mixed).as_dict()["trade_buys"] == 0.5


def test_books_by_hand() -> None:
    first, last = Flag.SNAP_FIRST, Flag.SNAP_LAST
    feed = words(
        book(0, Side.BUY, first, 3700, 3800, 4000),
        book(0, Side.SELL, last, 4300, 4200),
        trade(21, 4200, 1, Side.BUY),
        book(1000, Side.SELL, first | last, 5000),
    )
    books = books_of(feed)
    assert books.counts().tolist() == [[3, 2], [0, 1]]
    assert [b.tolist() for b in books.best()] == [[4000, 0], [4200, 5000]]
    assert sorted(books.away()) == [0, 0, 0, 100, 200, 300]
    got = features(feed)
    assert got["one_sided"] == 0.5
    assert got["print_ms"] == 21
    assert got["share_book"] == pytest.approx(2 / 3)
    assert set(got["spread_ticks"]) == {2.0}  # the one-sided book has none


def test_what_only_one_has_is_not_compared() -> None:
    with_trades = words(change(0, 4000, 1), trade(5, 4100, 1, Side.BUY), change(9, 4000, 2))
    found = compare(with_trades, words(change(0, 4000, 1), change(9, 4000, 2))).as_dict()
    assert found["share_change"] == 0.0
    assert found["rate"] == 0.0
    assert found["trade_buys"] is None


@cache
def made_feed() -> Array:
    scene = make(3, load("busy-market"), checking=False)
    scene.world.run(1 << 62, START_NS + 900 * SECOND)
    return np.frombuffer(scene.world.log(), dtype=EVENT_DTYPE)


# The recording holds the best 20 levels a side about once a second and nothing else: no changes, no
# trades, no rhythm; and no more levels than these. Another recording of such a market is 0.45 from
# it in the sizes of its levels.
BOUNDS = {
    "spread_ticks": 0.1,
    "book_ticks": 0.1,
    "book_size": 0.45,
    "one_sided": 0.2,
    "mid_1s_ticks": 1.1,
    "mid_60s_ticks": 0.8,
}


def test_the_made_market_is_like_a_recorded_one(tmp_path: Path) -> None:
    import_files([demo.RECORDING], tmp_path / "S.clob", markets=[demo.MARKETS])
    with Session.open(tmp_path / "S.clob") as session:
        found = compare(made_feed(), np.concatenate([part.copy() for part in session.events()]))
    got = found.as_dict()
    assert not {name for name, most in BOUNDS.items() if (got[name] or 0.0) > most}, found.text()
    assert got["trade_size"] is None


def test_the_made_market_has_the_stated_mix() -> None:
    """Of a Bitcoin market, recorded for five seconds: not part of the project, so its figures."""
    got = {name: np.median(values) for name, values in features(made_feed()).items() if len(values)}
    assert 400 < got["rate"] < 650
    assert 0.9 < got["share_change"] < 0.98
    assert 0.005 < got["share_print"] < 0.02
    assert got["print_ms"] == 21
    assert got["removals"] < 0.02
    assert 2 < got["fano_1s"] < 8
    assert 150 < got["book_size"] < 600
    assert 4 < got["trade_size"] < 15
    assert 0.6 < features(made_feed())["trade_buys"].mean() < 0.9
