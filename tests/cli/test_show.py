"""`clobstep show`: files of event records, whole, cut off, and of anything at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from clobstep import events
from clobstep.cli import main
from clobstep.cli.show import _CHUNK, RECORD_BYTES

RECORDS = [
    events.market(0, tick="0.01", min_size="5", fee_rate="0.07", at="2026-11-23T12:00:00Z"),
    events.submit(1, 0, "BUY", price="0.52", size="100", at="2026-11-23T12:00:01Z"),
]


def run(*args: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["show", *args], input=stdin)


@pytest.fixture
def session(tmp_path: Path) -> Path:
    path = tmp_path / "session.bin"
    path.write_bytes(b"".join(RECORDS))
    return path


def test_a_line_a_record(session: Path) -> None:
    result = run(str(session))
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("2026-11-23T12:00:00.000000000Z MARKET token 0 tick 0.01")
    assert "INTENT_SUBMIT order 1 BUY 100 of token 0 at 0.52 GTC" in lines[1]


def test_standard_input(session: Path) -> None:
    result = run("-", stdin=session.read_bytes())
    assert result.stdout == run(str(session)).stdout


def test_json_has_every_field(session: Path) -> None:
    rows = [json.loads(line) for line in run("--json", str(session)).stdout.splitlines()]
    assert [row["number"] for row in rows] == [0, 1]
    assert rows[1]["line"].startswith("INTENT_SUBMIT order 1")
    assert {name: rows[1][name] for name in events.Event._fields} == events.unpack(
        RECORDS[1]
    )._asdict()


def test_an_empty_file_is_no_records(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    result = run(str(tmp_path / "empty"))
    assert (result.exit_code, result.stdout) == (0, "")


def test_any_bytes_give_lines(tmp_path: Path) -> None:
    path = tmp_path / "noise.bin"
    path.write_bytes(bytes(range(256)) * 4)
    result = run(str(path))
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 256 * 4 // RECORD_BYTES


@pytest.mark.parametrize("extra", [1, 63])
def test_a_cut_off_file_is_refused_before_its_first_line(session: Path, extra: int) -> None:
    session.write_bytes(session.read_bytes() + bytes(extra))
    result = run(str(session))
    assert result.exit_code == 2
    assert result.stdout == ""
    assert f"has {128 + extra} bytes: 2 records of 64 and {extra} bytes over" in result.stderr
    assert session.name in result.stderr


def test_cut_off_standard_input_is_refused_at_its_end() -> None:
    result = run("-", stdin=b"".join(RECORDS) + b"abc")
    assert result.exit_code == 2
    assert len(result.stdout.splitlines()) == 2
    assert "standard input has 131 bytes" in result.stderr


def test_records_across_chunks(tmp_path: Path) -> None:
    count = _CHUNK // RECORD_BYTES + 3
    path = tmp_path / "long.bin"
    path.write_bytes(RECORDS[0] * count)
    assert len(run(str(path)).stdout.splitlines()) == count


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    result = run(str(tmp_path / "nope.bin"))
    assert result.exit_code == 2
    assert "nope.bin" in result.stderr
    assert "does not exist" in result.stderr
