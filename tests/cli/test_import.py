"""`clobstep import`: what it prints, its exit codes, and what a wrong call is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from clobstep.cli.import_ import command
from imports.lines import CONDITION, NO, YES, session, written
from imports.tables import changes, some_changes


def run(*args: object) -> Result:
    return CliRunner().invoke(command, [str(arg) for arg in args])


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return written(tmp_path / "a.jsonl", [*session(), "half a li"])


def test_it_says_what_it_did_and_what_comes_next(tmp_path: Path, recording: Path) -> None:
    out = tmp_path / "S.clob"
    result = run(recording, "-o", out)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "JSON lines of the market channel"
    assert "a.jsonl: 9 lines read, 8 taken" in result.stdout
    assert "1 x no JSON (line 9; such as half a li)" in result.stdout
    assert "ASSUMED    tick 0.01 (1 of 1 markets)" in result.stdout
    assert "pair known from the messages" in result.stdout
    assert lines[-1] == f"next: clobstep books {out} --check"
    assert out.exists()


def test_json_is_one_document(tmp_path: Path, recording: Path) -> None:
    result = run(recording, "-o", tmp_path / "S.clob", "--json")
    found = json.loads(result.stdout)
    assert found["files"]["a.jsonl"]["skipped"]["no JSON"] == {
        "count": 1, "first": [9], "example": "half a li",
    }  # fmt: skip
    assert found["events"] > 0
    assert found["markets"][0]["assumed"]
    assert found["chain"]


def test_nothing_taken_is_exit_code_1(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", ["hello", "world"])
    result = run(path, "-o", tmp_path / "S.clob")
    assert result.exit_code == 1
    assert "nothing was taken; no session was made" in result.stdout
    assert not (tmp_path / "S.clob").exists()
    assert json.loads(run(path, "-o", tmp_path / "S.clob", "--json").stdout)["session"] is None


def test_options_reach_the_session(tmp_path: Path, recording: Path) -> None:
    known = tmp_path / "m.json"
    known.write_text(
        json.dumps({"conditionId": CONDITION, "slug": "s", "upTokenId": YES, "downTokenId": NO})
    )
    result = run(
        recording, "-o", tmp_path / "S.clob", "--sort", "--markets", known, "--hashes", "never",
        "--tick", "0.001", "--min-size", "15", "--fee-rate", "0.05", "--json",
    )  # fmt: skip
    found = json.loads(result.stdout)
    (market,) = found["markets"]
    assert (market["slug"], market["tick_pips"], market["min_size"], market["fee_ppm"]) == (
        "s", 10, 15_000_000, 50_000,
    )  # fmt: skip
    assert found["assumed"] == ["taking orders (1 of 1 markets)", "not negRisk (1 of 1 markets)"]
    assert "hash_groups" not in found["counters"]


@pytest.mark.parametrize(
    "args, says",
    [
        (["--hashes", "some"], "--hashes some: always, never, or a number"),
        (["--hashes", "0"], "--hashes 0: always, never, or a number"),
        (["--tick", "0.003"], "--tick:"),
        (["--min-size", "-5"], "--min-size:"),
        (["--fee-rate", "7%"], "--fee-rate:"),
    ],
)
def test_a_wrong_option_is_named(
    tmp_path: Path, recording: Path, args: list[str], says: str
) -> None:
    result = run(recording, "-o", tmp_path / "S.clob", *args)
    assert result.exit_code == 2
    assert says in result.stderr
    assert not (tmp_path / "S.clob").exists()


def test_what_cannot_be_read_is_exit_code_2(tmp_path: Path, recording: Path) -> None:
    cut = changes(tmp_path / "cut.parquet", some_changes())
    cut.write_bytes(cut.read_bytes()[:-30])
    strange = tmp_path / "strange.parquet"
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"timestamp": [1], "price": [0.5], "x": [1]}), strange)
    for args, says in (
        ([tmp_path / "nope", "-o", "S"], "does not exist"),
        ([recording], "Missing option '-o'"),
        ([], "Missing argument"),
        ([cut, "-o", tmp_path / "S.clob"], "cut.parquet: its columns cannot be read"),
        ([strange, "-o", tmp_path / "S.clob"], "lacks the column(s) size, best_bid, best_ask"),
        ([recording, cut.parent / "strange.parquet", "-o", "S"], "lacks the column(s)"),
    ):
        result = run(*args)
        assert result.exit_code == 2, args
        assert says in result.stderr
        assert "Traceback" not in result.output
    assert not (tmp_path / "S.clob").exists()


def test_two_shapes_are_imported_apart(tmp_path: Path, recording: Path) -> None:
    table = changes(tmp_path / "b.parquet", some_changes())
    result = run(recording, table, "-o", tmp_path / "S.clob")
    assert result.exit_code == 2
    assert "the files have different shapes" in result.stderr


def test_a_session_that_is_there_is_left_alone(tmp_path: Path, recording: Path) -> None:
    out = tmp_path / "S.clob"
    assert run(recording, "-o", out).exit_code == 0
    before = out.read_bytes()
    result = run(recording, "-o", out)
    assert result.exit_code == 2
    assert "is there already" in result.stderr
    assert out.read_bytes() == before
    result = run(out, "-o", tmp_path / "T.clob")
    assert result.exit_code == 2
    assert "needs no import" in result.stderr


def test_what_cannot_be_done_is_told_before_anything_is_read(
    tmp_path: Path, recording: Path
) -> None:
    result = run(recording, "-o", tmp_path / "nowhere" / "S.clob")
    assert result.exit_code == 2
    assert "its folder is not there" in result.stderr
    result = run(recording, "-o", tmp_path / "S.clob", "--market", "s")
    assert result.exit_code == 2
    assert "--market s: only for Parquet book snapshots" in result.stderr


def test_help_has_examples() -> None:
    result = run("--help")
    assert result.exit_code == 0
    for word in ("Examples:", "clobstep import", "--json", "--sort", "Parquet book snapshots"):
        assert word in result.output


def test_out_of_order_lines_are_told(tmp_path: Path) -> None:
    made = session()
    made.insert(1, made.pop())
    result = run(written(tmp_path / "a", made), "-o", tmp_path / "S.clob")
    assert "6 are earlier by exchange time than one before them, 5 of them changes" in result.stdout
    result = run(written(tmp_path / "a", made), "-o", tmp_path / "T.clob", "--sort")
    assert "than one before them: sorted" in result.stdout
