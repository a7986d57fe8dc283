"""Small recordings made for the tests: tables of changes and of books, and how to import them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from clobstep.imports.recording import Options
from clobstep.imports.run import ImportResult, import_files
from clobstep.session.reader import Session

MS = 1_780_000_000_000  # a time in milliseconds
YES, NO, OTHER = "111", "222", "333"

Change = tuple[int, str, str, float, float, float, float]
"""(ms after MS, asset, BID or ASK, price, size, best bid, best ask)."""


def changes(path: Path, rows: list[Change], kind: str | list[str] = "PRICE_CHANGE") -> Path:
    """A Parquet file of changes and trades, as the recorder of the hockey final wrote them."""
    kinds = [kind] * len(rows) if isinstance(kind, str) else kind
    columns: dict[str, Any] = {
        "timestamp": pa.array([MS + row[0] for row in rows], pa.timestamp("ms", "UTC")),
        "price": [row[3] for row in rows],
        "size": [row[4] for row in rows],
        "best_bid": [row[5] for row in rows],
        "best_ask": [row[6] for row in rows],
        "side": pa.array([row[2] for row in rows]).dictionary_encode(),
        "event_type": pa.array(kinds).dictionary_encode(),
        "asset_id": pa.array([row[1] for row in rows], pa.large_string()),
    }
    pq.write_table(pa.table(columns), path)
    return path


def both(ms: int, side: str, price: float, size: float, bid: float, ask: float) -> list[Change]:
    """A change of YES and its mirror image of NO."""
    other = "ASK" if side == "BID" else "BID"
    return [
        (ms, YES, side, price, size, bid, ask),
        (ms, NO, other, round(1 - price, 4), size, round(1 - ask, 4), round(1 - bid, 4)),
    ]


def some_changes() -> list[Change]:
    """A book of 0.50 / 0.52 that is built up, and then moves once a second for ten minutes."""
    rows = both(0, "BID", 0.5, 100, 0.5, 1) + both(1, "ASK", 0.52, 100, 0.5, 0.52)
    for second in range(1, 600):
        rows += both(1_000 * second, "BID", 0.49, 10 + second, 0.5, 0.52)
    return rows


Book = tuple[int, str, str, list[float], list[float], list[float], list[float]]
"""(ms after MS, market, UP or DOWN, bid prices, bid sizes, ask prices, ask sizes)."""


def books(path: Path, rows: list[Book]) -> Path:
    """A Parquet file of book snapshots."""
    lists = pa.list_(pa.float64())
    columns = {
        "market_id": [row[1] for row in rows],
        "ts": [MS + row[0] for row in rows],
        "side": [row[2] for row in rows],
        "bid_px": pa.array([row[3] for row in rows], lists),
        "bid_sz": pa.array([row[4] for row in rows], lists),
        "ask_px": pa.array([row[5] for row in rows], lists),
        "ask_sz": pa.array([row[6] for row in rows], lists),
    }
    pq.write_table(pa.table(columns), path)
    return path


def markets(path: Path, rows: list[tuple[str, str, int, float | None]]) -> Path:
    """A Parquet file of markets: (id, slug, end in ms after MS, payout of UP)."""
    columns = {
        "market_id": [row[0] for row in rows],
        "slug": [row[1] for row in rows],
        "question": [f"Is it {row[1]}?" for row in rows],
        "start_ts": [MS for _ in rows],
        "end_ts": [MS + row[2] for row in rows],
        "payout_up": pa.array([row[3] for row in rows], pa.float64()),
        "payout_down": pa.array([None if r[3] is None else 1 - r[3] for r in rows], pa.float64()),
    }
    pq.write_table(pa.table(columns), path)
    return path


def imported(tmp_path: Path, *files: Path, **wanted: Any) -> ImportResult:
    """Import into tmp_path / S.clob; `wanted` are fields of Options, or `markets`."""
    known = wanted.pop("markets", ())
    out = tmp_path / "S.clob"
    return import_files(files, out, markets=known, options=Options(**wanted))


def events(result: ImportResult) -> NDArray[np.void]:
    """All events of the session that was made."""
    with Session.open(result.out) as session:
        return np.concatenate([chunk.copy() for chunk in session.events()])
