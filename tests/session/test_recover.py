"""A session that was left: the last snapshot and the events after it equal a replay of all."""

from __future__ import annotations

from pathlib import Path

import pytest

from clobstep import Engine
from clobstep.session import Recorder, Session, SessionError, writer
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
    """What the engine makes of the events has changed: the file's chain says so."""
    path = tmp_path / "s"
    record(path, seal=False)
    with pytest.raises(SessionError, match=r"the chain is .*, the file says .*--verify"):
        _other_rules(path)


def _other_rules(path: Path) -> None:
    """As if this core were another one: the file says another chain at a checkpoint."""
    from clobstep.session.format import connect

    db = connect(path, "rw")
    db.execute("DELETE FROM tail WHERE 0")
    last = "(SELECT max(seq) FROM checkpoints)"
    db.execute(f"UPDATE checkpoints SET chain = chain + 1 WHERE seq = {last}")
    (seq,) = db.execute(f"SELECT {last}").fetchone()
    db.close()
    with Session.open(path) as session:
        engine_at(session, seq)
