"""Parquet files with bytes changed or missing: a clear message, counted rows, or all of them."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from clobstep.imports.run import import_files
from clobstep.imports.tally import RecordingError
from imports.tables import Book, books, changes, markets, some_changes

BOOK: Book = (0, "0xa", "UP", [0.5, 0.49], [10, 20], [0.52, 0.53], [1, 2])


def made(folder: Path) -> dict[str, Path]:
    return {
        "changes": changes(folder / "changes.parquet", some_changes()[:100]),
        "books": books(folder / "books.parquet", [(k, *BOOK[1:]) for k in range(50)]),
        "markets": markets(folder / "markets.parquet", [("0xa", "a", 5_000, 1.0)]),
    }


@pytest.mark.parametrize("name", ["changes", "books", "markets"])
def test_damage_is_told_and_never_a_crash(tmp_path: Path, name: str) -> None:
    files = made(tmp_path)
    whole = files[name].read_bytes()
    dice = random.Random(name)
    told, taken = [], 0
    for turn in range(60):
        data = bytearray(whole)
        for _ in range(dice.randint(1, 3)):
            data[dice.randrange(4, len(data) - 4)] = dice.randrange(256)
        if dice.random() < 0.1:
            del data[dice.randrange(len(data)) :]
        files[name].write_bytes(data)
        given = [files[name]] if name != "markets" else [files["books"], files["markets"]]
        try:
            result = import_files(given, tmp_path / f"{turn}.clob")
        except RecordingError as error:
            told.append(str(error))
        else:
            taken += result.events > 0  # else every row was counted, and none taken
            (tally,) = result.recording.tallies
            assert tally.read == tally.taken + sum(r.count for r in tally.skipped.values())
    assert told
    assert all(files[name].name in text for text in told)
    assert len(list(tmp_path.glob("*.clob"))) == taken > 0
