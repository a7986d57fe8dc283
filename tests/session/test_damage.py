"""A file that is no session, or no longer a whole one, is named; never read as if it were."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from pathlib import Path

import msgspec
import pytest

from clobstep import Engine
from clobstep.session import Session, SessionError
from clobstep.session.format import connect, digest
from clobstep.session.manifest import Manifest, decode, encode
from clobstep.session.recover import engine_at, recover
from clobstep.session.seal import check
from session.support import content, read, record, records

FLIPS = int(os.environ.get("CLOBSTEP_FLIPS", "1500"))


def error_of(path: Path) -> str:
    with pytest.raises(SessionError) as caught:
        read(path)
    text = str(caught.value)
    assert str(path) in text
    return text


@pytest.fixture
def made(tmp_path: Path) -> Path:
    record(tmp_path / "s.clob")
    return tmp_path / "s.clob"


def test_a_missing_file(tmp_path: Path) -> None:
    assert "cannot be read (No such file" in error_of(tmp_path / "none")
    assert "Is a directory" in error_of(tmp_path)


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "s").write_bytes(b"")
    assert "empty, not a session" in error_of(tmp_path / "s")


@pytest.mark.parametrize("data", [b"{}\n" * 50, b"SQLite format 4\0" + bytes(200), b"\0" * 500])
def test_a_foreign_file(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "s").write_bytes(data)
    assert "clobstep import" in error_of(tmp_path / "s")


def test_a_foreign_database(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "s")
    db.execute("CREATE TABLE manifest (id, digest, body)")
    db.close()
    assert "an SQLite file, but not a session" in error_of(tmp_path / "s")


def test_a_truncated_file_at_every_length(made: Path) -> None:
    """Every page boundary, and lengths between them."""
    whole = made.read_bytes()
    lengths = {*range(1, 120), *range(4096, len(whole), 4096), *range(150, len(whole), 1711)}
    for n in sorted(lengths):
        made.write_bytes(whole[:n])
        assert "truncated" in error_of(made)
    made.write_bytes(whole)
    read(made)


def test_a_newer_format(made: Path) -> None:
    db = sqlite3.connect(made)
    db.execute("PRAGMA user_version = 2")
    db.close()
    assert "format 2, this clobstep reads up to 1; upgrade clobstep" in error_of(made)
    with pytest.raises(SessionError, match="upgrade"):
        recover(made)


def rewritten(path: Path, **fields: object) -> None:
    """Another manifest, with its right digest."""
    db = sqlite3.connect(path)
    (body,) = db.execute("SELECT body FROM manifest").fetchone()
    text = encode(msgspec.structs.replace(decode(body, path), **fields))
    db.execute("UPDATE manifest SET body = ?, digest = ?", (text, digest((), text.encode())))
    db.commit()
    db.close()


def test_records_of_another_layout(made: Path) -> None:
    rewritten(made, layout_hash=0xABC)
    text = error_of(made)
    assert "its records have layout 0000000000000abc" in text
    assert "the version that made it" in text


def test_a_setting_this_version_does_not_know(made: Path) -> None:
    with Session.open(made) as session:
        config = session.manifest.config
    rewritten(made, config=config | {"novel": 3})
    with (
        Session.open(made) as session,
        pytest.raises(SessionError, match=r"config: .*novel.*the version that made it"),
    ):
        session.manifest.engine_config()


def test_a_manifest_that_is_none(made: Path) -> None:
    db = sqlite3.connect(made)
    text = '{"kind": "dream", "config": {}}'
    db.execute("UPDATE manifest SET body = ?, digest = ?", (text, digest((), text.encode())))
    db.commit()
    db.close()
    assert "manifest: Invalid enum value 'dream'" in error_of(made)


@pytest.mark.parametrize(
    "sql, message",
    [
        ("DELETE FROM chunks WHERE first_seq > 1", "table chunks"),
        ("DELETE FROM effects", "effects"),
        ("DELETE FROM checkpoints WHERE first_seq <= 300", "table checkpoints"),
        ("UPDATE checkpoints SET n = 1", "table checkpoints"),
        ("UPDATE chunks SET n = n - 1", "table chunks"),
        ("UPDATE chunks SET codec = 2", "table chunks"),
        ("UPDATE chunks SET data = zeroblob(50)", "digest does not fit"),
        ("UPDATE chunks SET data = NULL", "holds something else"),
        ("UPDATE effects SET data = zeroblob(50)", "digest does not fit"),
        ("UPDATE snapshots SET data = zeroblob(50)", "digest does not fit"),
        ("UPDATE raw SET data = zeroblob(50)", "digest does not fit"),
        ("UPDATE snapshots SET chain = 7", "table snapshots"),
        ("DELETE FROM snapshots", "snapshots"),
        ("UPDATE raw SET n = 5", "table raw"),
        ("DELETE FROM raw WHERE id = 1", "raw"),
        ("UPDATE notes SET text = 'other'", "notes"),
        ("UPDATE interning SET number = 9", "interning"),
        ("UPDATE manifest SET body = replace(body, '\"fuzz\"', '\"live\"')", "manifest"),
        ("DELETE FROM manifest", "manifest"),
        ("DROP TABLE notes", "no such table: notes"),
    ],
)  # fmt: skip
def test_rows_that_were_changed(tmp_path: Path, monkeypatch, sql: str, message: str) -> None:
    monkeypatch.setattr("clobstep.session.writer.CHUNK_EVENTS", 300)
    path = tmp_path / "s"
    record(path, seal=True)
    db = sqlite3.connect(path)
    db.execute(sql)
    db.commit()
    db.close()
    with pytest.raises(SessionError, match=message):
        check(path)


def test_columns_of_a_newer_version_are_named(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("clobstep.session.writer.CHUNK_EVENTS", 300)
    path = tmp_path / "s"
    record(path, seal=False)
    db = sqlite3.connect(path)
    for first, n, data in db.execute("SELECT first_seq, n, data FROM chunks").fetchall():
        row = (digest((first, n, 2), data), first)
        db.execute("UPDATE chunks SET codec = 2, digest = ? WHERE first_seq = ?", row)
    db.commit()
    db.close()
    assert "columns of version 2, this clobstep reads 1; upgrade" in error_of(path)


def test_any_flipped_byte_is_harmless_or_named(tmp_path: Path) -> None:
    """Of a sealed file: the head, and many of the bytes that are not 0."""
    source = tmp_path / "s"
    record(source, records(10, 120), snapshot_events=100)
    whole = source.read_bytes()
    with Session.open(source) as session:
        wanted = content(session)
    rng = random.Random(11)
    written = [at for at, byte in enumerate(whole) if byte]
    places = [*range(120), *rng.sample(written, min(FLIPS, len(written)))]
    if len(whole) < FLIPS:
        places = list(range(len(whole)))
    path = tmp_path / "flipped"
    named = harmless = 0
    for number, at in enumerate(places, 1):
        flipped = bytearray(whole)
        flipped[at] ^= 1 << rng.randrange(8)
        path.write_bytes(flipped)
        try:
            with Session.open(path) as session:
                found = content(session)
                engine_at(session)
        except SessionError as error:
            named += str(path) in str(error)
        else:
            assert found == wanted, f"byte {at} of {len(whole)} changed what is read"
            harmless += 1
        assert named + harmless == number, "an error does not name the file"
        for end in ("-wal", "-shm", "-journal"):
            path.with_name(path.name + end).unlink(missing_ok=True)
    assert named > len(places) // 6
    assert harmless > len(places) // 50


# --- not sealed -----------------------------------------------------------------------------------


def test_a_log_that_was_cut_loses_its_end_and_nothing_else(tmp_path: Path) -> None:
    """As after a power failure: SQLite's checksums say where the log ends."""
    record(tmp_path / "s", seal=False, commit_every=50)
    crashed = tmp_path / "c"
    with Session.open(tmp_path / "s") as session:  # keeps the log from being removed
        engine, out = recover(tmp_path / "s")
        out.note(1, "test", "x" * 5000)
        out.commit()
        shutil.copy(tmp_path / "s", crashed)
        log = (tmp_path / "s-wal").read_bytes()
        out.close()
        assert session.n_events == engine.seq
    for n in (0, 31, len(log) // 2, len(log) - 1, len(log)):
        crashed.with_name("c-wal").write_bytes(log[:n])
        with Session.open(crashed) as session:
            assert session.n_events == len(records())
            assert ("x" * 5000 in [note.text for note in session.notes()]) is (n == len(log))
        for end in ("-wal", "-shm"):
            crashed.with_name("c" + end).unlink(missing_ok=True)


@pytest.mark.parametrize(
    "sql, message",
    [
        ("DELETE FROM tail WHERE last_seq = 300", "events 201 to 300 are missing"),
        ("UPDATE tail SET events = substr(events, 65) WHERE last_seq = 300", "CRC does not"),
        ("UPDATE tail SET effects = substr(effects, 2) WHERE last_seq = 300", "CRC does not"),
        ("UPDATE tail SET events = zeroblob(6400) WHERE last_seq = 300", "events 201 to 300: "),
        ("UPDATE tail SET chain = 5 WHERE last_seq = 300", "events 201 to 300: "),
        ("UPDATE snapshots SET data = zeroblob(9)", "its digest does not fit"),
    ],
)  # fmt: skip
def test_a_tail_that_was_changed(tmp_path: Path, sql: str, message: str) -> None:
    path = tmp_path / "s"
    record(path, seal=False, snapshot_events=200)
    db = connect(path, "rw")
    db.execute(sql)
    db.close()
    with pytest.raises(SessionError, match=message):
        read(path)
    with pytest.raises(SessionError, match=message):
        recover(path, from_start="tail" in sql)
    assert not path.with_name("s-lock").exists()


def test_a_damaged_snapshot_is_gone_around_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "s"
    engine = record(path, seal=False)
    db = connect(path, "rw")
    db.execute("UPDATE snapshots SET data = zeroblob(9)")
    db.close()
    with pytest.raises(SessionError, match="digest does not fit"):
        recover(path)
    again, out = recover(path, from_start=True)
    out.close()
    assert again.snapshot() == engine.snapshot()


def test_a_snapshot_of_another_moment_is_named(tmp_path: Path) -> None:
    path = tmp_path / "s"
    engine = record(path, seal=False)
    db = connect(path, "rw")
    (data,) = db.execute("SELECT data FROM snapshots ORDER BY seq").fetchone()
    last, chain = db.execute("SELECT seq, chain FROM snapshots ORDER BY seq DESC").fetchone()
    db.execute(
        "UPDATE snapshots SET data = ?, digest = ? WHERE seq = ?",
        (data, digest((last, chain), data), last),
    )
    db.close()
    with pytest.raises(SessionError, match=f"snapshot at event {last} is of event 5"):
        recover(path)
    assert isinstance(engine, Engine)


def test_a_manifest_names_the_field_that_is_wrong() -> None:
    path = Path("s.clob")
    with pytest.raises(SessionError, match=r"s\.clob: manifest: .*\$\.begins_at"):
        decode('{"kind": "live", "config": {}, "begins_at": "x"}', path)
    assert decode(encode(Manifest(kind="live", config={})), path).kind == "live"
