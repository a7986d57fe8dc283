"""Parquet: every field of every record, exact, with the names of its numbers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from clobstep import enums, schema
from clobstep.core import EFFECT_DTYPE, EVENT_DTYPE
from clobstep.enums import EffectKind, EventKind
from clobstep.session import Session, SessionError, export
from clobstep.session.series import Series
from session.support import read, record, records
from session.test_series import roll_at

pq = pytest.importorskip("pyarrow.parquet")


@pytest.fixture
def tables(tmp_path: Path):
    record(tmp_path / "s")
    with Session.open(tmp_path / "s") as session:
        done = export.to_parquet(session, tmp_path / "out" / "of")
    assert [path.name for path in done.files] == ["events.parquet", "effects.parquet"]
    assert sorted(p.name for p in (tmp_path / "out" / "of").iterdir()) == [
        "effects.parquet", "events.parquet",
    ]  # fmt: skip
    return done, *(pq.read_table(path) for path in done.files)


def test_every_field_is_a_column_and_exact(tmp_path: Path, tables) -> None:
    done, events, effects = tables
    found = read(tmp_path / "s")
    for table, dtype, data, n in (
        (events, EVENT_DTYPE, found["events"], done.events),
        (effects, EFFECT_DTYPE, found["effects"], done.effects),
    ):
        records_of = np.frombuffer(data, dtype)
        assert table.num_rows == len(records_of) == n
        for name in dtype.names:
            assert np.array_equal(table[name].to_numpy(), records_of[name]), name
    assert events["seq"].to_pylist() == list(range(1, len(records()) + 1))


def test_numbers_have_their_names_beside_them(tables) -> None:
    _, events, effects = tables
    rows = events.slice(6, 1).to_pylist() + events.slice(len(records()) - 1, 1).to_pylist()
    assert [row["kind_name"] for row in rows] == ["INTENT_SUBMIT", "BOOK_DELTA"]
    assert rows[0]["side_name"] == "BUY"
    assert rows[0]["code_name"] == "GTC"
    assert rows[1]["code_name"] is None
    names = set(effects["code_name"].to_pylist())
    assert {"SENT", "LIVE", "FILLED", "MAKER", "CONFIRMED", None} <= names
    assert str(events.schema.field("kind_name").type).startswith("dictionary<values=string")
    kinds = set(events["kind_name"].to_pylist())
    assert None in kinds, "the damaged record has a kind that there is not"


def test_the_tables_of_codes_are_the_schemas() -> None:
    for kinds, codes, rows in (
        (EventKind, export.EVENT_CODES, [(name, code) for name, _, _, code, _, _ in schema.EVENTS]),
        (EffectKind, export.EFFECT_CODES, _codes_of_effects()),
    ):
        stated = {kinds[name]: getattr(enums, code) for name, code in rows if code}
        assert codes == stated


def _codes_of_effects() -> list[tuple[str, str]]:
    """`code Tif; ...` in the meaning of an effect, where it is an enum."""
    found = []
    for name, _, meaning in schema.EFFECTS:
        words = meaning.partition("code ")[2].replace(";", " ").split()
        if words and hasattr(enums, words[0]):
            found.append((name, words[0]))
    return found


def test_a_series_is_one_table(tmp_path: Path) -> None:
    roll_at(tmp_path / "live.clob", records(), [300, 900])
    with Series.open(tmp_path / "live.clob") as series:
        done = export.to_parquet(series, tmp_path / "out")
    table = pq.read_table(done.files[0])
    assert table["seq"].to_pylist() == list(range(1, len(records()) + 1))


def test_a_session_without_effects_has_an_empty_table(tmp_path: Path) -> None:
    record(tmp_path / "s", records()[:0])
    with Session.open(tmp_path / "s") as session:
        done = export.to_parquet(session, tmp_path / "out")
    assert (done.events, done.effects) == (0, 0)
    assert pq.read_table(done.files[1]).column_names[:2] == ["seq", "time_ns"]


def test_nothing_is_written_over(tmp_path: Path, tables) -> None:
    with (
        Session.open(tmp_path / "s") as session,
        pytest.raises(SessionError, match=r"events\.parquet: is there already"),
    ):
        export.to_parquet(session, tmp_path / "out" / "of")


def test_a_failed_export_leaves_nothing(tmp_path: Path, monkeypatch) -> None:
    record(tmp_path / "s")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pq.ParquetWriter, "write_table", full)
    with (
        Session.open(tmp_path / "s") as session,
        pytest.raises(SessionError, match=r"events\.parquet: .*No space left.*; free some room"),
    ):
        export.to_parquet(session, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_without_pyarrow_it_says_what_to_install(tmp_path: Path) -> None:
    record(tmp_path / "s")
    code = f"""
import sys
sys.path[:] = {sys.path!r}
sys.modules["pyarrow"] = None
from clobstep.session import Session, SessionError, export
try:
    with Session.open({str(tmp_path / "s")!r}) as session:
        export.to_parquet(session, {str(tmp_path / "out")!r})
except SessionError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'clobstep[parquet]'" in done.stdout
    assert not (tmp_path / "out").exists()


def test_pyarrow_is_loaded_only_for_it() -> None:
    code = f"""
import sys
sys.path[:] = {sys.path!r}
import clobstep.session.export
print("pyarrow" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
