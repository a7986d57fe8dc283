"""What is written is what is read: sealed, unsealed, from any event, in chunks of any size."""

from __future__ import annotations

import itertools
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from clobstep import Engine
from clobstep.core import EFFECT_DTYPE, EVENT_DTYPE
from clobstep.enums import EventKind
from clobstep.session import (
    Holds,
    Manifest,
    Recorder,
    Session,
    SessionError,
    SessionWriter,
    Source,
    writer,
)
from session.support import CONFIG, content, read, record, records, stepped


@pytest.fixture(params=[65_536, 700, 64], ids="chunks of {}".format)
def chunks(request, monkeypatch) -> int:
    """Chunk boundaries in the middle of everything."""
    monkeypatch.setattr(writer, "CHUNK_EVENTS", request.param)
    return request.param


@pytest.mark.parametrize("commit_every", [1, 100, 1_000_000])
@pytest.mark.parametrize("seal", [True, False], ids=["sealed", "left"])
def test_what_goes_in_comes_out(tmp_path, chunks, commit_every: int, seal: bool) -> None:
    stream = records()
    engine, effects = stepped(stream)
    made = record(tmp_path / "s", commit_every=commit_every, seal=seal)
    assert made.chain == engine.chain
    with Session.open(tmp_path / "s") as session:
        found = content(session)
        assert session.sealed is seal
        assert session.last_seq == len(stream)
    assert found["n_events"] == len(stream)
    assert found["events"] == stream.tobytes()
    assert found["effects"] == effects
    assert found["checkpoints"][-1] == (engine.seq, engine.chain)
    assert found["raw"][0].payload == b'{"n":0}'
    assert [note.kind for note in found["notes"]] == ["unknown", "end"]
    assert found["interning"] == [
        ("token", 0, "yes of A", "A"),
        ("order", (1 << 63) + 5, "0xab", ""),
    ]


def test_the_stream_of_these_tests_shows_everything() -> None:
    engine, effects = stepped(records())
    kinds = set(np.frombuffer(effects, EFFECT_DTYPE)["kind"].tolist())
    assert {1, 2, 5, 6, 7, 12} <= kinds  # REFUSED, SUBMIT, ORDER, FILL, SETTLED, WAKE
    assert engine.check() == 0


def test_checkpoints_follow_each_other_closely(tmp_path) -> None:
    """So that the first difference of two runs is found within so many events."""
    record(tmp_path / "s", commit_every=5000)
    marks = read(tmp_path / "s")["checkpoints"]
    gaps = np.diff([0, *(seq for seq, _ in marks)])
    assert gaps.min() > 0
    assert gaps.max() <= 2 * 256
    engine = Engine(CONFIG)
    chains = {}
    for event in records():
        engine.step(event.tobytes())
        chains[engine.seq] = engine.chain
    assert all(chains[seq] == chain for seq, chain in marks)


def test_snapshots_are_those_of_the_engine(tmp_path) -> None:
    record(tmp_path / "s", snapshot_events=400)
    with Session.open(tmp_path / "s") as session:
        found = list(session.snapshots())
        assert len(found) == len(records()) // 400
        for seq, chain, blob in found:
            engine, _ = stepped(records()[:seq])
            assert (engine.chain, engine.snapshot()) == (chain, blob)
        assert session.snapshot_before(found[0][0] - 1) is None
        assert session.snapshot_before(found[1][0]) == found[1]
        assert session.snapshot_before(found[1][0] - 1) == found[0]


@pytest.mark.parametrize("seal", [True, False], ids=["sealed", "left"])
def test_reading_begins_anywhere(tmp_path, chunks, seal: bool) -> None:
    stream = records()
    record(tmp_path / "s", seal=seal, commit_every=97)
    whole = np.frombuffer(read(tmp_path / "s")["effects"], EFFECT_DTYPE)
    with Session.open(tmp_path / "s") as session:
        for first in (0, 1, 63, 64, 65, 699, 700, 701, len(stream) - 1, len(stream), 1 << 40):
            rest = b"".join(part.tobytes() for part in session.events(first))
            assert rest == stream[first:].tobytes()
            since = b"".join(part.tobytes() for part in session.effects(first))
            assert since == whole[whole["seq"] >= first].tobytes()


def test_chunks_are_small_and_the_buffer_is_reused(tmp_path) -> None:
    stream = np.zeros(150_000, EVENT_DTYPE)
    stream["kind"] = EventKind.TIMER
    stream["time_ns"] = 1_760_000_000_000_000_000 + np.arange(len(stream))
    record(tmp_path / "s", stream, commit_every=65_537, snapshot_events=1 << 40)
    with Session.open(tmp_path / "s") as session:
        parts = [(len(part), part.__array_interface__["data"][0]) for part in session.events()]
    assert [n for n, _ in parts] == [65_536, 65_536, 150_000 - 2 * 65_536]
    assert len({where for _, where in parts}) == 1


def test_memory_of_a_replay_does_not_grow_with_the_session(tmp_path) -> None:
    peaks = []
    for n in (3, 9):
        stream = np.zeros(n * 65_536, EVENT_DTYPE)
        stream["kind"] = EventKind.TIMER
        stream["time_ns"] = 1_760_000_000_000_000_000 + np.arange(len(stream)) * 1000
        path = tmp_path / f"{n}"
        record(path, stream, commit_every=len(stream), snapshot_events=1 << 40)
        with Session.open(path) as session:
            tracemalloc.start()
            assert sum(len(part) for part in session.events()) == len(stream)
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.05


def test_a_session_without_an_event_can_be_read(tmp_path) -> None:
    record(tmp_path / "s", records()[:0])
    found = read(tmp_path / "s")
    assert found["events"] == found["effects"] == b""
    assert found["checkpoints"] == []
    assert found["notes"][0].text == "a message of a new kind"


def test_the_manifest_is_kept(tmp_path) -> None:
    told = {
        "sources": [Source(name="a.jsonl", sha256="ab", bytes=3, skipped={"no JSON": 1})],
        "holds": Holds(deltas=True, cadence_ns=50),
        "markets": [{"token": 0, "condition": "0x1", "payout_yes_pips": None}],
        "assumed": ["fee_ppm"],
        "settings": {"strategy": "maker", "latency": [20, 20], "seed": 7},
        "created_ns": 5,
    }
    record(tmp_path / "s", **told)
    head = read(tmp_path / "s")["manifest"]
    assert {name: getattr(head, name) for name in told} == told
    assert head.engine_config() == CONFIG
    assert head.notes == {"unknown": 1, "end": 1}
    assert head.sealed.events == len(records())


@pytest.mark.parametrize(
    "setting, every, kept", [("kept", 1, 10), ("sampled", 4, 3), ("dropped", 1, 0)]
)
def test_raw_messages_are_kept_as_set(tmp_path, setting: str, every: int, kept: int) -> None:
    head = Manifest.of("live", CONFIG, raw=setting, raw_every=every)
    with SessionWriter.create(tmp_path / "s", head) as out:
        for k in range(10):
            out.raw(k, "user", bytes([k]) * 10)
        out.seal()
    found = read(tmp_path / "s")
    assert [r.payload[0] for r in found["raw"]] == list(range(0, 10, every))[:kept]
    assert found["manifest"].raw == setting


def test_raw_messages_come_in_blocks_and_a_crash_loses_a_second_of_them(tmp_path) -> None:
    out = SessionWriter.create(tmp_path / "s", Manifest.of("live", CONFIG))
    for k in range(50):
        out.raw(k * 100_000_000, "market", b"%d" % k)
        out.commit()
    out.close()  # not sealed
    got = [int(raw.payload) for raw in read(tmp_path / "s")["raw"]]
    assert got == list(range(44))
    out = SessionWriter.create(tmp_path / "big", Manifest.of("live", CONFIG))
    out.raw(0, "market", b"x" * 300_000)
    out.commit()
    out.close()
    assert len(read(tmp_path / "big")["raw"]) == 1


# --- reading what is being written ----------------------------------------------------------------


def test_a_reader_sees_a_still_picture_while_the_writer_goes_on(tmp_path) -> None:
    stream = records()
    with SessionWriter.create(tmp_path / "s", Manifest.of("live", CONFIG)) as out:
        recorder = Recorder(Engine(CONFIG), out)
        for first, last in itertools.pairwise(range(0, 1001, 250)):
            recorder.step(stream[first : last - 1])
            with Session.open(tmp_path / "s") as session:
                assert session.n_events == first  # appended, not committed
                out.commit()
                recorder.step(stream[last - 1 : last])
                assert b"".join(p.tobytes() for p in session.events()) == stream[:first].tobytes()
            with Session.open(tmp_path / "s") as session:
                out.commit()
                assert session.n_events == last - 1
                assert session.checkpoints()[-1][0] == last - 1
        out.seal()


def test_a_reader_does_not_take_the_writers_locks_away(tmp_path) -> None:
    """POSIX locks are the process's: closing any other handle of the file would drop SQLite's."""
    path = tmp_path / "s"
    with SessionWriter.create(path, Manifest.of("live", CONFIG)) as out:
        held = _locks(path)
        assert held
        with Session.open(path):
            pass
        assert _locks(path) == held
        out.seal()


def _locks(path: Path) -> list[str]:
    """The kernel's word on record locks of this process on a file."""
    inode = f":{path.stat().st_ino}"
    try:
        lines = Path("/proc/locks").read_text().splitlines()
    except OSError:
        pytest.skip("the kernel's locks are shown in /proc/locks on Linux only")
    return [line.split(":", 1)[1] for line in lines if "POSIX" in line and inode in line]


# --- misuse ---------------------------------------------------------------------------------------


def test_events_must_follow_each_other(tmp_path) -> None:
    none = np.zeros(0, EFFECT_DTYPE)
    with SessionWriter.create(tmp_path / "s", Manifest.of("fuzz", CONFIG)) as out:
        with pytest.raises(ValueError, match="5 events up to 7 do not follow event 0"):
            out.append(records()[:5], none, 7, 0)
        with pytest.raises(ValueError, match="the last one appended is 0"):
            out.snapshot(3, 0, b"")
        with pytest.raises(ValueError, match="do not belong together"):
            Recorder(stepped(records()[:3])[0], out)


def test_a_closed_writer_takes_nothing(tmp_path) -> None:
    out = SessionWriter.create(tmp_path / "s", Manifest.of("fuzz", CONFIG))
    out.close()
    out.close()
    for call in (out.commit, out.seal, lambda: out.note(0, "a", "b"), lambda: out.raw(0, "", b"")):
        with pytest.raises(SessionError, match=r"nothing more is written: it is closed.*up to 0"):
            call()


def test_what_was_appended_is_committed_at_the_end_of_a_block(tmp_path) -> None:
    stream = records()[:10]
    with SessionWriter.create(tmp_path / "a", Manifest.of("fuzz", CONFIG)) as out:
        Recorder(Engine(CONFIG), out).step(stream)
    assert read(tmp_path / "a")["n_events"] == 10
    out = SessionWriter.create(tmp_path / "b", Manifest.of("fuzz", CONFIG))
    Recorder(Engine(CONFIG), out).step(stream)
    out.__exit__(RuntimeError, RuntimeError("of the caller"), None)
    assert read(tmp_path / "b")["n_events"] == 0


def test_a_snapshot_of_an_event_twice_is_kept_once(tmp_path) -> None:
    engine = Engine(CONFIG)
    with SessionWriter.create(tmp_path / "s", Manifest.of("fuzz", CONFIG)) as out:
        recorder = Recorder(engine, out)
        recorder.step(records()[:7])
        recorder.snapshot()
        recorder.snapshot()
        out.seal()
    assert [seq for seq, _, _ in read(tmp_path / "s")["snapshots"]] == [7]
