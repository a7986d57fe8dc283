"""Books against later snapshots and carried bests; and the plain books themselves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import recordings
from clobstep import Engine, EngineConfig, events
from clobstep.replay import books
from clobstep.replay._plain import PlainBooks
from clobstep.session.reader import Session
from imports.tables import imported
from replay.runs import CONFIG, START, S, array, trading, written


def checked(path: Path) -> books.Check:
    with Session.open(path) as session:
        return books.check(session)


def delta(k: int, price: str, size: str, best: tuple[str | None, str | None]) -> bytes:
    at = START + S + k * 1_000_000
    return events.delta(0, "BUY", price=price, size=size, at=at, venue_time=at, best=best, end=True)


def snapshot(k: int, bids: list[tuple[str, str]], token: int = 0) -> list[bytes]:
    at = START + S + k * 1_000_000
    asks = [("0.52", "100")]
    if token:
        bids, asks = [("0.48", "100")], [(f"{1 - float(p):.2f}", s) for p, s in bids]
    return events.snapshot(token, bids=bids, asks=asks, at=at, venue_time=at)


def test_a_later_snapshot_is_rebuilt(tmp_path: Path) -> None:
    records = [*trading(), delta(0, "0.49", "7", ("0.50", "0.52"))]
    records += snapshot(1, [("0.50", "100"), ("0.49", "7")])
    records += snapshot(1, [("0.50", "100"), ("0.49", "7")], token=1)
    found = checked(written(tmp_path / "S.clob", records))
    assert (found.snapshots, found.first, found.equal, found.n_different) == (3, 1, 2, 0)
    assert found.ok
    assert found.stale == 0


def test_a_snapshot_that_differs_is_shown_level_by_level(tmp_path: Path) -> None:
    records = [*trading(), delta(0, "0.49", "7", ("0.50", "0.52"))]
    records += snapshot(1, [("0.50", "100"), ("0.49", "8"), ("0.40", "1")])
    found = checked(written(tmp_path / "S.clob", records))
    assert found.ok is False
    (one,) = found.different
    assert one["event"] == len(records) - 1  # its first record: a side each
    assert one["levels"] == [
        "BUY at 0.40: rebuilt 0, snapshot 1",
        "BUY at 0.49: rebuilt 7, snapshot 8",
    ]


def test_what_has_nothing_to_compare_is_counted_apart(tmp_path: Path) -> None:
    records = trading() + snapshot(0, [("0.50", "99")])  # no change in between
    records += [delta(1, "0.49", "7", ("0.50", "0.52")), events.feed("LOST", at=START + 2 * S)]
    records += snapshot(2_000, [("0.10", "1")])
    found = checked(written(tmp_path / "S.clob", records))
    assert (found.first, found.uncompared, found.equal, found.n_different) == (2, 1, 0, 0)


def test_nothing_to_compare_is_no_success(tmp_path: Path) -> None:
    found = checked(written(tmp_path / "S.clob", trading() + snapshot(0, [("0.50", "99")])))
    assert found.ok is None
    assert found.as_dict()["ok"] is None


def test_repair_is_counted_and_its_need_shown(tmp_path: Path) -> None:
    records = [*trading(), delta(0, "0.51", "7", ("0.51", "0.52"))]  # its deletion is lost
    records += [delta(k, "0.40", str(k), ("0.50", "0.52")) for k in range(1, 5)]
    found = checked(written(tmp_path / "S.clob", records))
    assert (found.unrepaired.compared, found.unrepaired.differ, found.unrepaired.lacking) == (
        5, 4, 0,
    )  # fmt: skip
    assert (found.repaired.differ, found.repaired.pruned) == (0, 1)
    assert found.counters["levels_pruned"] == 1
    assert found.ok


def test_a_missing_best_cannot_be_repaired(tmp_path: Path) -> None:
    records = [*trading(), delta(0, "0.49", "7", ("0.51", "0.52"))]
    found = checked(written(tmp_path / "S.clob", records))
    assert (found.repaired.differ, found.repaired.lacking, found.stale) == (1, 1, 1)
    assert found.ok is False


def test_the_hockey_final(tmp_path: Path) -> None:
    """Real: after the warm-up every group-end best is the carried one, thanks to three levels."""
    result = imported(tmp_path, recordings.data("market_ws/nhl_2026-06-07_0130.parquet"))
    found = checked(result.out)
    assert found.ok
    assert (found.unrepaired.compared, found.unrepaired.differ) == (58_077, 10_765)
    assert f"{found.unrepaired.differ / found.unrepaired.compared:.3f}" == "0.185"
    assert (found.repaired.compared, found.repaired.differ) == (58_077, 0)
    assert 2 * found.repaired.pruned == 6  # in the books of both tokens
    assert found.feeds == {"SYNCED": 6}


# ---- The plain books against the core


@given(
    st.lists(
        st.tuples(
            st.integers(0, 1), st.sampled_from(["BUY", "SELL"]), st.integers(1, 99),
            st.integers(0, 3), st.booleans(),
        ),
        max_size=60,
    )
)  # fmt: skip
def test_plain_books_and_core_agree_on_every_best(
    drawn: list[tuple[int, str, int, int, bool]],
) -> None:
    """The best of each group is taken from the core, so no group of plain books may differ."""
    engine = Engine(EngineConfig(tokens=2, wide_books=0))
    plain = PlainBooks(2, repair=False)
    engine.step(events.feed("CONNECTED", at=START))
    for k, (token, side, cents, size, end) in enumerate(drawn):
        at = START + k
        record = events.delta(
            token, side, price=f"{cents / 100:.2f}", size=str(size), at=at, venue_time=at
        )
        engine.step(record)
        plain.apply(array([record]))
        if end:
            book = engine.view.book(0)
            best = events.raw(
                4, at=at, venue_time_ns=at, token=0, bid_pips=book.bid_pips, ask_pips=book.ask_pips,
                flags=1,
            )  # fmt: skip
            plain.apply(array([best]))
    plain.finish()
    groups, differ, _, _ = plain.count(0)
    assert differ == 0
    assert groups == sum(end for *_, end in drawn)


def test_plain_books_take_anything() -> None:
    plain = PlainBooks(4, repair=True)
    noise = np.random.default_rng(7).integers(0, 256, (4_096, 64), dtype=np.uint8)
    noise[:, 60] %= 8  # kinds of books
    noise[:, 48] %= 8
    noise[:, 49:52] = 0  # small tokens, some beyond the table
    noise[:, 61] %= 3
    plain.apply(noise.reshape(-1).view(array(trading()).dtype))
    plain.finish()
    assert plain.count(0)[0] >= 0


@pytest.mark.parametrize("tokens", [0, 1, 3, -2])
def test_plain_books_need_pairs(tokens: int) -> None:
    with pytest.raises(ValueError, match="no even number"):
        PlainBooks(tokens, repair=False)


def test_plain_books_name_a_market_that_is_not_there() -> None:
    with pytest.raises(IndexError, match="market 2 of 2"):
        PlainBooks(CONFIG.tokens, repair=False).count(2)
    with pytest.raises(ValueError, match="whole records"):
        PlainBooks(2, repair=False).apply(np.zeros(65, np.uint8))


def test_the_ladders_at_the_end(tmp_path: Path) -> None:
    with Session.open(written(tmp_path / "S.clob", trading())) as session:
        first, second = books.pictures(session, 5)
    assert first["bids"] == [["0.50", "100"]]
    assert (second["feed"], second["bids"]) == ("DOWN", [])
