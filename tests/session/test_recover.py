"""A session that was left: the last snapshot and the events after it equal a replay of all."""

from __future__ import annotations

from pathlib import Path

import pytest

from clobstep import Engine
from clobstep.session import Recorder, Session, SessionError, writer
from clobstep.session.format import connect, tail_crc
from clobstep.session.recover import engine_at, recover
from clobstep.session.seal import check, seal
from session.support import CONFIG, read, record, records, stepped


@pytest.mark.parametrize("n", [0, 1, 99, 100, 101, 499, 500, 501, 1000, None])
@pytest.mark.parametrize("chunk", [65_536, 100])
def test_it_equals_a_replay_from_the_first_event(
    tmp_path: Path, monkeypatch, n: int | None, chunk: int
) -> None:
    monkeypatch.setattr(writer, "CHUNK_EVENTS", chunk)
    stream = records()[:n]
    path = tmp_path / "s"
    record(path, stream, seal=False)
    replayed, _ = stepped(stream)
    for from_start in (False, True):
        engine, out = recover(path, from_start=from_start)
        assert (engine.seq, engine.chain) == (len(stream), replayed.chain)
        assert engine.snapshot() == replayed.snapshot()
        assert (out.seq, out.chain, out.durable_seq) == (engine.seq, engine.chain, engine.seq)
        out.close()


@pytest.mark.parametrize("chunk", [65_536, 100])
def test_what_follows_is_the_same_as_without_a_stop(
    tmp_path: Path, monkeypatch, chunk: int
) -> None:
    monkeypatch.setattr(writer, "CHUNK_EVENTS", chunk)
    stream = records()
    record(tmp_path / "whole")
    record(tmp_path / "s", stream[:350], seal=False)
    for n in (351, 800, 801, len(stream)):
        engine, out = recover(tmp_path / "s")
        with out:
            Recorder(engine, out, snapshot_events=500).step(stream[engine.seq : n])
    sealed = seal(tmp_path / "s")
    whole, found = read(tmp_path / "whole"), read(tmp_path / "s")
    assert found["events"] == whole["events"]
    assert found["effects"] == whole["effects"]
    assert sealed.chain == whole["manifest"].sealed.chain
    assert check(tmp_path / "s") == sealed
    assert found["manifest"].notes == {"unknown": 1, "end": 1}


def test_the_engine_at_any_event(tmp_path: Path) -> None:
    path = tmp_path / "s"
    record(path)
    reference = Engine(CONFIG)
    with Session.open(path) as session:
        for seq in range(len(records()) + 1):
            if seq % 61 == 0 or seq in (499, 500, 501, len(records())):
                engine = engine_at(session, seq)
                assert engine.seq == seq
                assert engine.snapshot() == reference.snapshot()
            if seq < len(records()):
                reference.step(records()[seq].tobytes())
        for seq in (-1, len(records()) + 1):
            with pytest.raises(ValueError, match=f"event {seq}: .* has events 1 to"):
                engine_at(session, seq)


def test_a_sealed_session_is_not_gone_on_with(tmp_path: Path) -> None:
    record(tmp_path / "s")
    with pytest.raises(SessionError, match="is sealed; a new session may begin where it ended"):
        recover(tmp_path / "s")
    assert [p.name for p in tmp_path.iterdir()] == ["s"]


def test_a_session_under_other_rules_is_not_gone_on_with(tmp_path: Path) -> None:
    """As if another core had made it: its chains are not those that this one comes to."""
    path = tmp_path / "s"
    record(path, seal=False, snapshot_events=1 << 40)
    db = connect(path, "rw")
    for last, n, chain, crc, out, effects in db.execute("SELECT * FROM tail").fetchall():
        assert crc == tail_crc(last, n, chain, out, effects)
        row = (chain ^ 1, tail_crc(last, n, chain ^ 1, out, effects), last)
        db.execute("UPDATE tail SET chain = ?, crc = ? WHERE last_seq = ?", row)
    db.close()
    wanted = r"the chain is .*, the file says .*--verify"
    for look in (recover, seal):
        with pytest.raises(SessionError, match=wanted):
            look(path)
    with Session.open(path) as session:
        with pytest.raises(SessionError, match=wanted):
            engine_at(session, 500)
        assert engine_at(session, 99).seq == 99  # before the first checkpoint
