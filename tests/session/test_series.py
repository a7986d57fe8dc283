"""A session in parts: rolled by day or size, gone on with, read as one; a missing part is named."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from clobstep import Engine, EngineConfig, events
from clobstep.core import EVENT_DTYPE
from clobstep.enums import EventKind
from clobstep.session import Manifest, Session, SessionError, writer
from clobstep.session.recover import engine_at
from clobstep.session.seal import check
from clobstep.session.series import DAY_NS, Roll, RollingRecorder, Series, parts_of
from session.support import CONFIG, Array, content, read, record, records, stepped

NEVER = Roll(daily=False)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def roll_at(base: Path, stream: Array, cuts: list[int]) -> Engine:
    """A series that rolls before the given events, sealed at its end."""
    engine = Engine(CONFIG)
    recorder = RollingRecorder.create(base, engine, Manifest.of("live", CONFIG), NEVER)
    recorder.writer.intern([("token", 0, "yes", "A")])
    for first, last in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        recorder.writer.note(engine.seq, "part", f"from {first}")
        recorder.step(stream[first:last])
        if last != len(stream):
            recorder.roll()
    recorder.writer.seal()
    return engine


@pytest.fixture
def made(tmp_path: Path) -> Path:
    roll_at(tmp_path / "live.clob", records(), [300, 301, 900])
    return tmp_path / "live.clob"


def test_a_series_is_read_as_one(tmp_path: Path, made: Path) -> None:
    record(tmp_path / "whole")
    whole = read(tmp_path / "whole")
    _, effects = stepped(records())
    for path in (made, tmp_path / "live.0002.clob"):
        with Series.open(path) as series:
            found = content(series)
            assert (series.begins_at, series.last_seq, series.sealed) == (0, len(records()), True)
            assert len(series.parts) == 4
            assert series.missing_before == 0
    assert found["events"] == whole["events"]
    assert found["effects"] == effects
    assert found["checkpoints"][-1] == whole["checkpoints"][-1]
    assert found["interning"] == [("token", 0, "yes", "A")]
    assert [note.text for note in found["notes"]] == [f"from {n}" for n in (0, 300, 301, 900)]


def test_reading_a_series_begins_anywhere(made: Path) -> None:
    stream = records()
    with Series.open(made) as series:
        whole = b"".join(part.tobytes() for part in series.effects())
        for first in (0, 1, 299, 300, 301, 302, 899, 900, len(stream)):
            assert b"".join(p.tobytes() for p in series.events(first)) == stream[first:].tobytes()
            since = b"".join(p.tobytes() for p in series.effects(first))
            assert whole.endswith(since)
            engine = engine_at(series, first)
            assert engine.snapshot() == stepped(stream[:first])[0].snapshot()
            assert series.checkpoint_before(first) is not None or first < 256


def test_every_part_stands_alone(tmp_path: Path, made: Path) -> None:
    """Its first snapshot is where the one before it ended."""
    for number, path in parts_of(made):
        assert check(path).last_seq == [300, 301, 900, len(records())][number]
        with Session.open(path) as part:
            assert part.manifest.part == number
            engine = engine_at(part, from_start=True)
            assert engine.snapshot() == stepped(records()[: part.last_seq])[0].snapshot()
            if number:
                assert part.snapshot_before(part.begins_at)[0] == part.begins_at


def test_a_missing_part_is_named(tmp_path: Path, made: Path) -> None:
    (tmp_path / "live.0001.clob").unlink()
    (tmp_path / "live.0002.clob").unlink()
    with pytest.raises(SessionError) as caught:
        Series.open(made)
    text = str(caught.value)
    assert "live.0003.clob: missing before it: live.0001.clob, live.0002.clob" in text
    assert "with events 301 to 900" in text


def test_the_first_parts_may_be_gone(tmp_path: Path, made: Path) -> None:
    (tmp_path / "live.0000.clob").unlink()
    with Series.open(made) as series:
        assert (series.missing_before, series.begins_at) == (1, 300)
        engine = engine_at(series)
        assert engine.chain == series.parts[-1].manifest.sealed.chain


def test_a_part_of_another_series_is_named(tmp_path: Path, made: Path) -> None:
    other = records().copy()
    other["size"][5] += 10_000
    (tmp_path / "o").mkdir()
    roll_at(tmp_path / "o" / "live.clob", other, [300, 301, 900])
    shutil.copy(tmp_path / "o" / "live.0001.clob", tmp_path / "live.0001.clob")
    with pytest.raises(SessionError, match=r"live\.0001\.clob: does not follow live\.0000\.clob"):
        Series.open(made)
    shutil.copy(tmp_path / "live.0003.clob", tmp_path / "live.0001.clob")
    with pytest.raises(SessionError, match=r"live\.0001\.clob: is part 3; give it its own name"):
        Series.open(made)


def test_no_part_at_all(tmp_path: Path) -> None:
    for call in (Series.open, lambda base: RollingRecorder.resume(base, NEVER)):
        with pytest.raises(SessionError, match="no part of such a series is there"):
            call(tmp_path / "live.clob")
        with pytest.raises(SessionError, match="no part of such a series is there"):
            call(tmp_path / "nowhere" / "live.clob")


def test_a_series_is_not_begun_twice(made: Path) -> None:
    with pytest.raises(SessionError, match=r"live\.0000\.clob: is there already"):
        RollingRecorder.create(made, Engine(CONFIG), Manifest.of("live", CONFIG), NEVER)


def timers(*times_ns: int) -> Array:
    return np.frombuffer(b"".join(events.timer(at=at) for at in times_ns), EVENT_DTYPE)


def test_it_rolls_at_utc_midnight(tmp_path: Path) -> None:
    midnight = 20_000 * DAY_NS
    stream = timers(
        *(midnight - DAY_NS + k for k in range(3)),
        *(midnight + k for k in (-2, -1, 0, 1)),
        midnight - 1,  # late: it does not go back
        midnight + DAY_NS,
        midnight + 3 * DAY_NS,
    )
    engine = Engine(EngineConfig(max_time_step_ns=10 * DAY_NS))
    recorder = RollingRecorder.create(
        tmp_path / "live.clob", engine, Manifest.of("live", engine.config), Roll()
    )
    recorder.step(stream[:4])
    recorder.step(stream[4:])
    recorder.writer.seal()
    with Series.open(tmp_path / "live.clob") as series:
        assert [part.n_events for part in series.parts] == [5, 3, 1, 1]
        assert b"".join(p.tobytes() for p in series.events()) == stream.tobytes()


def test_an_event_of_a_far_day_is_refused_and_begins_no_part(tmp_path: Path) -> None:
    """Its time is wrong: the engine refuses it, and the next events are of today."""
    midnight = 20_000 * DAY_NS
    stream = timers(midnight, midnight + 1, midnight + 500 * DAY_NS, midnight + 2, midnight + 3)
    engine = Engine(CONFIG)
    recorder = RollingRecorder.create(
        tmp_path / "live.clob", engine, Manifest.of("live", CONFIG), Roll()
    )
    recorder.step(stream)
    recorder.writer.seal()
    assert engine.view.refusals() == {"TIME_JUMP": 1}
    assert names(tmp_path) == ["live.0000.clob"]


def test_it_rolls_by_size(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(writer, "CHUNK_EVENTS", 200)
    recorder = RollingRecorder.create(
        tmp_path / "live.clob",
        Engine(CONFIG),
        Manifest.of("live", CONFIG),
        Roll(daily=False, most_bytes=150_000),
    )
    for at in range(0, len(records()), 100):
        recorder.step(records()[at : at + 100])
        recorder.writer.commit()
    recorder.writer.seal()
    with Series.open(tmp_path / "live.clob") as series:
        assert len(series.parts) > 2
        assert series.n_events == len(records())
        assert engine_at(series).snapshot() == recorder.engine.snapshot()


@pytest.mark.parametrize("sealed", [False, True], ids=["left", "between two parts"])
def test_a_series_that_was_left_is_gone_on_with(tmp_path: Path, sealed: bool) -> None:
    stream = records()
    base = tmp_path / "live.clob"
    recorder = RollingRecorder.create(base, Engine(CONFIG), Manifest.of("live", CONFIG), NEVER)
    recorder.step(stream[:400])
    recorder.roll()
    recorder.step(stream[400:700])
    recorder.writer.commit()
    if sealed:
        recorder.snapshot()
        recorder.writer.seal()
    else:
        recorder.writer.close()
    again = RollingRecorder.resume(base, NEVER)
    assert again.engine.seq == 700
    assert again.writer.manifest.part == (2 if sealed else 1)
    again.step(stream[700:])
    again.writer.seal()
    with Series.open(base) as series:
        assert b"".join(p.tobytes() for p in series.events()) == stream.tobytes()
        assert engine_at(series, from_start=True).snapshot() == stepped(stream)[0].snapshot()


def test_rolling_without_an_event_does_nothing(tmp_path: Path) -> None:
    base = tmp_path / "live.clob"
    recorder = RollingRecorder.create(base, Engine(CONFIG), Manifest.of("live", CONFIG), NEVER)
    recorder.roll()
    recorder.step(records()[:3])
    recorder.roll()
    recorder.roll()
    recorder.writer.seal()
    assert names(tmp_path) == ["live.0000.clob", "live.0001.clob"]
    with Series.open(base) as series:
        assert series.n_events == 3
        assert EventKind(int(next(series.events())["kind"][0])) is EventKind.OPENING
