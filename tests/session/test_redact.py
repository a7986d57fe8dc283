"""A redacted copy: no id of an account in any byte of it, the same events, effects and chain."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import zstandard
from click.testing import CliRunner

from clobstep import Engine
from clobstep.cli import main
from clobstep.replay.verify import replay
from clobstep.session import Manifest, Recorder, Session, SessionError, SessionWriter
from clobstep.session import redact as module
from clobstep.session.redact import redacted_copy
from clobstep.session.seal import check
from clobstep.session.series import Roll, RollingRecorder, Series
from session.support import CONFIG, content, record, records

OURS = "9180014b-33c8-9240-a14b-bdca11c0a465"
THEIRS = "1ee7c0de-0000-4000-8000-00000000beef"
SIGNED = "0x" + "5a" * 65
TRADE = {
    "event_type": "trade", "id": "t-1", "owner": THEIRS, "trade_owner": THEIRS, "size": "5.10",
    "maker_orders": [{"order_id": "0xaa", "owner": OURS, "matched_amount": "5.10"}],
}  # fmt: skip
ESCAPED = b'{"event_type":"order","\\u006fwner":"91\\u00380014b-33c8-9240-a14b-bdca11c0a465"}'
CUT = json.dumps({"id": "0xab", "order_owner": OURS}).encode()[:-6]
RAWS = [
    ("user", json.dumps(TRADE).encode()),
    ("user", json.dumps({"type": "PLACEMENT", "owner": OURS, "id": "0xaa"}).encode()),
    ("user", ESCAPED),
    ("user", CUT),
    ("user", b"\xff\xfe " + OURS.encode()),
    ("rest submit 401", json.dumps({"error": "who is " + OURS, "apiKey": OURS}).encode()),
    ("rest submit 400", b'{"error":"bad","signature":"' + SIGNED.encode() + b'"}'),
    ("market", b'{"event_type":"book","owner":"a book has none"}'),
]
NOTES = [f"unknown: {json.dumps(TRADE)}", f"no row of {OURS} was found", "nothing of anybody"]


def write(writer: SessionWriter) -> None:
    for n, (source, payload) in enumerate(RAWS):
        writer.raw(n, source, payload)
    for text in NOTES:
        writer.note(0, "unknown", text)


def make(path: Path, *, seal: bool = True) -> None:
    engine = Engine(CONFIG)
    with SessionWriter.create(path, Manifest.of("live", CONFIG)) as writer:
        recorder = Recorder(engine, writer)
        write(writer)
        recorder.step(records())
        writer.commit()
        if seal:
            writer.seal()


def every_byte(path: Path) -> bytes:
    """The file, and what is packed in it."""
    with Session.open(path) as session:
        packed = [data for (data,) in session.db.execute("SELECT data FROM raw")]
    unpacked = [zstandard.ZstdDecompressor().decompress(data) for data in packed]
    return b"\n".join([path.read_bytes(), *unpacked])


@pytest.mark.parametrize("seal", [True, False])
def test_the_copy_names_nobody_and_is_otherwise_the_same(tmp_path: Path, seal: bool) -> None:
    path = tmp_path / "s.clob"
    make(path, seal=seal)
    before = every_byte(path)
    assert all(text.encode() in before for text in (OURS, THEIRS, SIGNED))
    (copy,) = redacted_copy(path, tmp_path / "shared")
    assert copy == tmp_path / "shared" / "s.clob"
    for text in (OURS, THEIRS, SIGNED, "bdca11c0a465", "\\u00380014b"):
        assert text.encode() not in every_byte(copy)
    assert every_byte(path) == before
    with Session.open(path) as one, Session.open(copy) as other:
        theirs, ours = content(other), content(one)
        for name in ("events", "effects", "checkpoints", "snapshots", "interning"):
            assert theirs[name] == ours[name]
        assert [raw[:3] for raw in theirs["raw"]] == [raw[:3] for raw in ours["raw"]]
        assert theirs["raw"][-1] == ours["raw"][-1]  # the market channel names nobody
        assert theirs["notes"][-1] == ours["notes"][-1]
        assert json.loads(theirs["raw"][0].payload) == TRADE | {
            "owner": "***", "trade_owner": "***",
            "maker_orders": [{"order_id": "0xaa", "owner": "***", "matched_amount": "5.10"}],
        }  # fmt: skip
        verdict = replay(other)
        assert (verdict.same, verdict.first) == (True, None)
        assert verdict.chain == replay(one).chain
    if seal:
        check(copy)


def test_parts_of_a_series_follow_each_other_in_the_copy_too(tmp_path: Path) -> None:
    engine = Engine(CONFIG)
    made = Manifest.of("live", CONFIG)
    recorder = RollingRecorder.create(tmp_path / "l.clob", engine, made, Roll(daily=False))
    for k, at in enumerate((0, 300, 600)):
        write(recorder.writer)
        recorder.step(records()[at : at + 300])
        if k < 2:
            recorder.roll()
    recorder.writer.seal()
    copies = redacted_copy(tmp_path / "l.clob", tmp_path / "shared")
    assert [copy.name for copy in copies] == ["l.0000.clob", "l.0001.clob", "l.0002.clob"]
    assert not [copy for copy in copies if OURS.encode() in every_byte(copy)]
    with Series.open(tmp_path / "shared" / "l.clob") as series:
        assert (series.sealed, series.last_seq) == (True, 900)


def test_a_copy_is_never_written_over_anything(tmp_path: Path) -> None:
    make(tmp_path / "s.clob")
    with pytest.raises(SessionError, match="is there already"):
        redacted_copy(tmp_path / "s.clob", tmp_path)
    assert OURS.encode() in every_byte(tmp_path / "s.clob")
    with pytest.raises(SessionError, match="no such file"):
        redacted_copy(tmp_path / "t.clob", tmp_path / "shared")


def test_a_copy_that_fails_halfway_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path / "s.clob")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "_redact", full)
    with pytest.raises(SessionError, match="No space left on device; name another folder"):
        redacted_copy(tmp_path / "s.clob", tmp_path / "shared")
    assert list((tmp_path / "shared").iterdir()) == []


def test_the_command_says_what_it_made_and_what_comes_next(tmp_path: Path) -> None:
    make(tmp_path / "s.clob")
    args = ["export", str(tmp_path / "s.clob"), "--redact", "-o"]
    done = CliRunner().invoke(main, [*args, str(tmp_path / "a")])
    assert done.exit_code == 0
    assert "without the ids of accounts" in done.output
    assert f"next: clobstep replay {tmp_path / 'a' / 's.clob'}" in done.output.replace("\n", "")
    done = CliRunner().invoke(main, [*args, str(tmp_path / "b"), "--json"])
    assert json.loads(done.output) == {"files": [str(tmp_path / "b" / "s.clob")]}
    done = CliRunner().invoke(main, [*args, str(tmp_path / "a")])
    assert done.exit_code == 2
    assert "is there already" in done.output
    record(tmp_path / "file")
    done = CliRunner().invoke(main, [*args, str(tmp_path / "file" / "x")])
    assert done.exit_code == 2
    assert "Traceback" not in done.output
