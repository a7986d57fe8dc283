"""The commands that read sessions: replay, books, inspect, seal."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from clobstep import Engine
from clobstep.cli import books, export, inspect, replay, seal
from clobstep.core import RULES_VERSION
from clobstep.replay.inspect import Inspector
from clobstep.session.manifest import Manifest
from clobstep.session.reader import Session
from clobstep.session.recorder import Recorder
from clobstep.session.series import Roll, RollingRecorder
from clobstep.session.writer import SessionWriter
from replay.runs import CONFIG, array, forged, minute, stepped, trading, written

COMMANDS = {
    "replay": replay.command, "books": books.command, "inspect": inspect.command,
    "seal": seal.command, "export": export.command,
}  # fmt: skip


def run(name: str, *args: object) -> Result:
    return CliRunner().invoke(COMMANDS[name], [str(arg) for arg in args])


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("s") / "S.clob", minute())


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session one effect of which is not what the engine gives."""
    given = stepped(minute())
    row = int((given["kind"] == 2).nonzero()[0][1])
    given["size"][row] += 10_000
    return forged(tmp_path_factory.mktemp("s") / "S.clob", minute(), minute(), given)


# ---- replay


def test_replay_verifies(path: Path) -> None:
    result = run("replay", path, "--verify")
    assert result.exit_code == 0
    first, second, third = result.stdout.splitlines()
    assert first.startswith(f"{len(minute()):,} events, ")
    assert second.startswith("same: ")
    assert second.endswith("that proves the engine, not the strategy")
    assert third == f"next: clobstep inspect {path} --at -1"


def test_replay_alone_claims_nothing(path: Path) -> None:
    result = run("replay", path)
    assert result.exit_code == 0
    assert f"nothing was compared; next: clobstep replay {path} --verify" in result.stdout


def test_replay_names_the_first_event_that_differs(other: Path) -> None:
    result = run("replay", other, "--verify")
    assert result.exit_code == 1
    text = result.stdout
    assert "DIFFERS: all is the same up to event" in text
    assert "INTENT_SUBMIT order 2 BUY 10 of token 0 at 0.50" in text
    assert "SUBMIT order 2 BUY 10.01 of token 0" in text  # recorded
    assert "SUBMIT order 2 BUY 10 of token 0" in text  # replayed
    assert "recorded state" in text
    assert "replayed state" in text
    assert "order 2 SENT BUY 10 of token 0 at 0.50" in text
    found = json.loads(run("replay", other, "--verify", "--json").stdout)
    assert found["same"] is False
    assert found["first_difference"]["exact"] is True


def test_replay_says_that_the_rules_are_others(tmp_path: Path) -> None:
    records = minute()
    path = forged(tmp_path / "S.clob", records, records, rules=RULES_VERSION + 1)
    result = run("replay", path, "--verify")
    assert result.exit_code == 0
    said = f"recorded under rules {RULES_VERSION + 1}, replayed under rules {RULES_VERSION}"
    assert said in result.stdout


# ---- books


def test_books_shows_ladders(path: Path) -> None:
    result = run("books", path, "--levels", 1)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "token 0: SYNCED"
    assert lines[1].split() == ["100", "0.50", "|", "0.52", "100"]
    assert lines[2].strip() == "and 1 bids, 0 asks further out"
    assert lines[-1] == f"next: clobstep books {path} --check"
    found = json.loads(run("books", path, "--json").stdout)
    assert found["books"][0]["bids"][0] == ["0.50", "100"]


def test_books_check(path: Path) -> None:
    result = run("books", path, "--check")
    assert result.exit_code == 0
    assert "300 groups of changes were compared" in result.stdout
    assert "before repair 0 differ (0.0 %)" in result.stdout
    assert "none were checked" in result.stdout
    assert f"every comparison is equal; next: clobstep replay {path} --verify" in result.stdout
    assert json.loads(run("books", path, "--check", "--json").stdout)["ok"] is True


def test_books_that_cannot_be_compared_are_no_success(tmp_path: Path) -> None:
    result = run("books", written(tmp_path / "S.clob", trading()), "--check")
    assert result.exit_code == 0
    assert "nothing could be compared: there are no changes between books" in result.stdout


def test_books_that_differ_are_exit_code_1(tmp_path: Path) -> None:
    records = minute(20) + [r for r in trading() if r[60] == 2]  # the first book again
    result = run("books", written(tmp_path / "S.clob", records), "--check")
    assert result.exit_code == 1
    assert "0 of 1 later snapshots are rebuilt exactly" in result.stdout
    assert "BUY at 0.49: rebuilt 105, snapshot 0" in result.stdout
    assert "NOT equal; next: clobstep inspect" in result.stdout


# ---- inspect


def test_inspect_shows_all_of_a_state(path: Path) -> None:
    at = next(k for k, record in enumerate(minute()) if record[60] == 50) + 1
    result = run("inspect", path, "--at", at)
    assert result.exit_code == 0
    text = result.stdout
    assert f"== after event {at} of {len(minute())} ==" in text
    assert "INTENT_SUBMIT order 1 BUY 10 of token 0" in text
    assert "SUBMIT order 1 BUY 10 of token 0 at 0.50 GTC post-only, 5.00 pUSD" in text
    assert "1 SENT BUY 10 of token 0 at 0.50 GTC" in text
    assert "cash              100.00" in text
    assert text.splitlines()[-1] == f"next: clobstep inspect {path} --at {at - 1}"
    found = json.loads(run("inspect", path, "--at", at, "--market", 0, "--json").stdout)
    assert (found["seq"], found["of"]) == (at, len(minute()))
    assert [book["token"] for book in found["books"]] == [0]


def test_inspect_counts_from_the_end(path: Path) -> None:
    assert json.loads(run("inspect", path, "--json").stdout)["seq"] == len(minute())
    assert json.loads(run("inspect", path, "--at=-2", "--json").stdout)["seq"] == len(minute()) - 1


@pytest.mark.parametrize("args", [["--at", "99999"], ["--at=-99999"], ["--market", "4"]])
def test_inspect_refuses_what_is_not_there(path: Path, args: list[str]) -> None:
    result = run("inspect", path, *args)
    assert result.exit_code == 2
    assert "Error: " in result.stderr


def test_keys_step_back_and_forth(path: Path) -> None:
    engine = Engine(CONFIG)
    chains = [engine.chain]
    for record in minute():
        engine.step(record)
        chains.append(engine.chain)
    with Session.open(path) as session:
        at = Inspector(session, 10)
        last = len(minute())
        for answer, seq in (("n", 11), ("", 12), ("p", 11), ("n 100", 111), ("p 50", 61),
                            ("200", 200), ("-1", last), ("0", 0), ("next 2", 2)):  # fmt: skip
            assert inspect.step(at, answer) == ""
            assert (at.seq, at.engine.chain) == (seq, chains[seq])
        for answer in ("p 50", "n 99999", "99999", "hello", "n x"):
            assert inspect.step(at, answer)
            assert at.seq == 2


def test_on_a_terminal_it_asks_where_to_go(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = iter(["n", "nonsense", "q"])
    monkeypatch.setattr("builtins.input", lambda _: next(answers))
    for stream in ("stdin", "stdout"):
        monkeypatch.setattr(f"sys.{stream}.isatty", lambda: True, raising=False)
    inspect.command([str(path), "--at", "10"], standalone_mode=False)
    text = capsys.readouterr().out
    assert "after event 10 of" in text
    assert "after event 11 of" in text
    assert "'nonsense' is none of" in text
    assert next(answers, None) is None


# ---- seal


def test_seal_ends_a_session_that_was_left(tmp_path: Path) -> None:
    path = tmp_path / "S.clob"
    writer = SessionWriter.create(path, Manifest.of("fuzz", CONFIG))
    recorder = Recorder(Engine(CONFIG), writer)
    recorder.step(array(minute()))
    writer.commit()
    writer.close()  # as after a kill: not sealed
    assert run("replay", path, "--verify").exit_code == 0
    result = run("seal", path)
    assert result.exit_code == 0
    assert f"is sealed: {len(minute()):,} events" in result.stdout
    assert f"next: clobstep replay {path} --verify" in result.stdout
    before = path.read_bytes()
    found = json.loads(run("seal", path, "--json").stdout)
    assert (found["sealed_before"], found["events"]) == (True, len(minute()))
    assert path.read_bytes() == before


def test_seal_refuses_a_session_that_is_being_written(tmp_path: Path) -> None:
    with SessionWriter.create(tmp_path / "S.clob", Manifest.of("fuzz", CONFIG)):
        result = run("seal", tmp_path / "S.clob")
    assert result.exit_code == 2
    assert "S.clob" in result.stderr


# ---- export


def test_export_writes_tables(path: Path, tmp_path: Path) -> None:
    result = run("export", path, "-o", tmp_path / "out")
    assert result.exit_code == 0
    assert f"events.parquet: {len(minute()):,} rows" in result.stdout
    assert "next: duckdb -c" in result.stdout
    table = pq.read_table(tmp_path / "out" / "events.parquet")
    assert table["kind_name"].to_pylist()[0] == "OPENING"
    again = run("export", path, "-o", tmp_path / "out")
    assert again.exit_code == 2
    assert "is there already" in again.stderr
    found = json.loads(run("export", path, "-o", tmp_path / "two", "--json").stdout)
    assert found["effects"] == len(stepped(minute()))


# ---- a session in parts


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same minute, rolled after every hundred events."""
    base = tmp_path_factory.mktemp("s") / "live.clob"
    engine = Engine(CONFIG)
    recorder = RollingRecorder.create(base, engine, Manifest.of("fuzz", CONFIG), Roll(daily=False))
    records = array(minute())
    for start in range(0, len(records), 100):
        recorder.step(records[start : start + 100])
        recorder.roll()
    recorder.writer.seal()
    return base


def test_parts_are_read_as_one(parts: Path, path: Path) -> None:
    assert not parts.exists()
    result = run("replay", parts, "--verify")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(f"{len(minute()):,} events, ")
    for name, *args in (("inspect", "--at", 250), ("books", "--check"), ("books",)):
        one, all_parts = (run(name, at, *args, "--json") for at in (path, parts))
        assert one.stdout.replace(str(path), "") == all_parts.stdout.replace(str(parts), "")


def test_a_part_alone_begins_with_its_snapshot(parts: Path) -> None:
    second = parts.with_name("live.0001.clob")
    result = run("replay", second, "--verify")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("100 events, ")
    found = json.loads(run("inspect", second, "--at", 150, "--json").stdout)
    assert (found["seq"], found["of"]) == (150, 200)
    assert run("inspect", second, "--at", 50).exit_code == 2


def test_a_missing_part_is_named(parts: Path, tmp_path: Path) -> None:
    for part in parts.parent.glob("live.*.clob"):
        if ".0002." not in part.name:
            (tmp_path / part.name).write_bytes(part.read_bytes())
    result = run("replay", tmp_path / "live.clob", "--verify")
    assert result.exit_code == 2
    assert "live.0002.clob, with events 201 to 300" in result.stderr


# ---- all of them


@pytest.mark.parametrize("name", COMMANDS)
def test_what_is_no_session_is_exit_code_2(tmp_path: Path, name: str) -> None:
    (tmp_path / "a").write_bytes(b"SQLite format 3\0" + bytes(2_000))
    (tmp_path / "b").write_bytes(b"")
    where = ["-o", tmp_path / "out"] if name == "export" else []
    for file in ("a", "b", "nope"):
        result = run(name, tmp_path / file, *where)
        assert result.exit_code == 2
        assert file in result.stderr
        assert "Traceback" not in result.output


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_examples_and_json(name: str) -> None:
    result = run(name, "--help")
    assert result.exit_code == 0
    for word in ("Examples:", f"clobstep {name} ", "--json"):
        assert word in result.output
    assert isinstance(COMMANDS[name], click.Command)
