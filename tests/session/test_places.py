"""Where a session may lie: read-only storage, odd names, beside a writer, copied while written."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from clobstep import Engine
from clobstep.session import Manifest, Recorder, Session, SessionError, SessionWriter, reader
from clobstep.session.recover import recover
from clobstep.session.seal import check, live_copy, seal
from session.support import CONFIG, read, record, records

NOBODY = 65_534


def as_nobody(look: Callable[[], object]) -> str:
    """What `look` returns or raises in a child process that may write nothing here."""
    hear, say = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.getuid() == 0:
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            text = str(look())
        except BaseException as error:
            text = f"{type(error).__name__}: {error}"
        os.write(say, text.encode()[:4000])
        os._exit(0)
    os.close(say)
    with os.fdopen(hear, "rb") as told:
        text = told.read().decode()
    os.waitpid(child, 0)
    return text


@pytest.fixture
def read_only(tmp_path: Path) -> Callable[[], Path]:
    """Makes the folder and all in it read-only; the folder is made writable again at the end."""

    def lock() -> Path:
        for path in tmp_path.iterdir():
            path.chmod(0o444)
        tmp_path.chmod(0o555)
        return tmp_path

    yield lock
    tmp_path.chmod(0o755)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
class TestReadOnly:
    def test_a_sealed_session_opens(self, tmp_path: Path, read_only) -> None:
        record(tmp_path / "s")
        wanted = read(tmp_path / "s")
        folder = read_only()

        def look() -> object:
            with pytest.raises(OSError, match="denied"):
                (folder / "x").write_bytes(b"")
            return read(folder / "s") == wanted

        assert as_nobody(look) == "True"
        assert as_nobody(lambda: check(folder / "s").events) == str(len(records()))

    def test_it_is_opened_as_immutable(self, tmp_path: Path, monkeypatch) -> None:
        record(tmp_path / "s")
        asked = []
        real = reader.connect
        monkeypatch.setattr(reader, "connect", lambda p, mode: asked.append(mode) or real(p, mode))
        read(tmp_path / "s")
        assert asked == ["immutable"]
        assert [path.name for path in tmp_path.iterdir()] == ["s"]

    def test_one_left_unsealed_opens_when_its_log_is_empty(self, tmp_path: Path, read_only) -> None:
        record(tmp_path / "s", seal=False)
        folder = read_only()
        assert as_nobody(lambda: Session.open(folder / "s").n_events) == str(len(records()))

    def test_one_whose_log_cannot_be_read_says_what_to_do(self, tmp_path: Path, read_only) -> None:
        record(tmp_path / "s", seal=False)
        other = tmp_path / "t"
        with Session.open(tmp_path / "s") as session:
            _, out = recover(tmp_path / "s")
            out.note(1, "test", "in the log")
            out.commit()
            shutil.copy(tmp_path / "s", other)
            shutil.copy(tmp_path / "s-wal", tmp_path / "t-wal")
            out.close()
            assert session.n_events
        folder = read_only()
        text = as_nobody(lambda: Session.open(folder / "t"))
        assert "is not sealed, and its log cannot be read where nothing can be written" in text
        assert "copy it and t-wal to a folder of yours" in text

    def test_nothing_is_written_there(self, tmp_path: Path, read_only) -> None:
        record(tmp_path / "s", seal=False)
        folder = read_only()
        text = as_nobody(lambda: SessionWriter.create(folder / "n", Manifest.of("live", CONFIG)))
        assert "cannot be written here (Permission denied); name a file in a folder you" in text
        assert "cannot be written here" in as_nobody(lambda: recover(folder / "s"))


# --- one writer -----------------------------------------------------------------------------------

SECOND = """
import sys
from clobstep.session import Manifest, SessionError, SessionWriter
from clobstep.session.recover import recover
from clobstep.session.seal import seal
from session.support import CONFIG
from pathlib import Path
path = Path(sys.argv[1])
for call in (recover, seal, lambda p: SessionWriter.create(p, Manifest.of("live", CONFIG))):
    try:
        call(path)
    except SessionError as error:
        print(error)
"""


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s"
    record(path, seal=False)
    _, out = recover(path)
    for call in (recover, seal, lambda p: SessionWriter.create(p, Manifest.of("live", CONFIG))):
        with pytest.raises(SessionError, match=rf"another writer has it \(process {os.getpid()}\)"):
            call(path)
    done = subprocess.run(
        [sys.executable, "-c", SECOND, str(path)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    lines = done.stdout.splitlines()
    assert len(lines) == 3
    assert all(f"another writer has it (process {os.getpid()}); end that one" in x for x in lines)
    out.close()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["s"]  # no log and no lock are left
    _, out = recover(path)
    out.seal()


def test_a_lock_file_without_its_writer_is_no_lock(tmp_path: Path) -> None:
    (tmp_path / "s-lock").write_text("12345\n")
    record(tmp_path / "s")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["s"]


def test_another_program_that_writes_is_named(tmp_path: Path) -> None:
    """SQLite's own lock, for those that do not know ours."""
    path = tmp_path / "s"
    out = SessionWriter.create(path, Manifest.of("live", CONFIG))
    out._db.execute("PRAGMA busy_timeout = 0")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    Recorder(Engine(CONFIG), out).step(records()[:5])
    with pytest.raises(SessionError, match="after event 0: database is locked"):
        out.commit()
    other.close()


def test_a_session_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    record(tmp_path / "s")
    before = (tmp_path / "s").read_bytes()
    with pytest.raises(SessionError, match="is there already"):
        record(tmp_path / "s")
    assert (tmp_path / "s").read_bytes() == before


def test_the_log_of_a_removed_session_is_not_taken_for_ours(tmp_path: Path) -> None:
    (tmp_path / "s-wal").write_bytes(b"x" * 100)
    with pytest.raises(SessionError, match="s-wal, the log of a session that was removed"):
        record(tmp_path / "s")


def test_what_a_broken_off_creation_left_is_cleared_away(tmp_path: Path) -> None:
    (tmp_path / "s-new").write_bytes(b"half of a file")
    (tmp_path / "s-new-journal").write_bytes(b"half of a journal")
    record(tmp_path / "s")
    assert check(tmp_path / "s").events == len(records())
    assert [p.name for p in tmp_path.iterdir()] == ["s"]


@pytest.mark.parametrize(
    "name", ["a b", "100%", "a?mode=rw", "a#b", "ü.clob", "a&immutable=1", "x%20y"]
)
def test_any_name_will_do(tmp_path: Path, name: str) -> None:
    record(tmp_path / name)
    assert read(tmp_path / name)["n_events"] == len(records())
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_a_relative_name_will_do(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    record(Path("s"))
    assert read(Path("s"))["n_events"] == len(records())


# --- sealed while somebody reads, and copied while somebody writes --------------------------------


def test_sealing_waits_for_no_reader_but_says_so(tmp_path: Path) -> None:
    path = tmp_path / "s"
    record(path, seal=False)
    _, out = recover(path)
    out._db.execute("PRAGMA busy_timeout = 0")
    with (
        Session.open(path),
        pytest.raises(SessionError, match=r"all is written, but another program has the file open"),
    ):
        out.seal()
    with Session.open(path) as session:
        assert session.sealed
    assert seal(path).events == len(records())
    assert [p.name for p in tmp_path.iterdir()] == ["s"]
    assert seal(path) == check(path)


def test_a_live_copy_is_the_session_of_that_moment(tmp_path: Path) -> None:
    stream = records()
    path = tmp_path / "s"
    with SessionWriter.create(path, Manifest.of("live", CONFIG)) as out:
        recorder = Recorder(Engine(CONFIG), out, snapshot_events=300)
        recorder.step(stream[:700])
        out.commit()
        live_copy(path, tmp_path / "copy")
        recorder.step(stream[700:])
        out.commit()
        with Session.open(tmp_path / "copy") as copy:
            assert not copy.sealed
            assert b"".join(p.tobytes() for p in copy.events()) == stream[:700].tobytes()
        out.seal()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["copy", "s"]
    engine, again = recover(tmp_path / "copy")  # and it can be gone on with
    Recorder(engine, again).step(stream[700:])
    again.seal()
    assert check(tmp_path / "copy").chain == check(path).chain
    with pytest.raises(SessionError, match="is there already"):
        live_copy(path, tmp_path / "copy")


def test_a_copy_of_a_sealed_session_is_sealed(tmp_path: Path) -> None:
    record(tmp_path / "s")
    live_copy(tmp_path / "s", tmp_path / "t")
    assert check(tmp_path / "s") == check(tmp_path / "t")
