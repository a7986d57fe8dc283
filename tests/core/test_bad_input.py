"""Bad input: records, arguments, snapshots, full tables. Refused as a value or by a clear error
that names the field; nothing is lost, nothing hangs, and a refused event changes nothing but
sequence, chain and counters (invariant 28).
"""

from __future__ import annotations

import json
import random
from typing import Any, Final

import numpy as np
import pytest

import builds
from clobstep import EFFECT_DTYPE, EVENT_DTYPE, Engine, EngineConfig, events
from clobstep.effects import unpack_all
from clobstep.enums import MAX_TIME_NS, EffectKind, EventKind, Refusal
from core import support_fuzz, support_stream
from core.support import START_NS, Rig, masked, refused, tables

KNOWN: Final = {int(kind) for kind in EventKind}


# ---- Records


@pytest.mark.parametrize("started", [False, True], ids=["new", "trading"])
def test_all_256_kinds(started: bool) -> None:
    """With nothing else said, with everything at its least and at its most."""
    for kind in range(256):
        for rest in (bytes(60), b"\xff" * 60, bytes(range(60))):
            rig = Rig().trading() if started else Rig()
            before = masked(rig.engine.snapshot())
            record = rest + bytes([kind]) + rest[:3]
            answer = refused(unpack_all(rig.engine.step(record)))
            assert (answer is Refusal.UNKNOWN_KIND) == (kind not in KNOWN)
            if answer is not Refusal.NONE:
                assert masked(rig.engine.snapshot()) == before
            assert rig.engine.check() == 0


def reached(report: dict[str, Any]) -> list[str]:
    """Of all records the share that reached each check, in order, and what it refused there."""
    left = total = report["events"]
    lines = [f"{report['mode']}: {total} records, faults {report['faults']}"]
    for refusal in Refusal:
        number = report["refusals"].get(refusal.name, 0)
        if number:
            lines.append(f"  {refusal.name:20} reached by {left / total:7.2%}, refused {number}")
        left -= number
    counters = report["counters"]
    words = ("taken", "ignored", "submits", "fills", "reversals", "adopted", "risen", "cancels")
    lines.append(f"  taken or ignored: {left / total:7.2%}; { ({w: counters[w] for w in words}) }")
    assert left == counters["taken"] + counters["ignored"]
    return lines


def judge(report: dict[str, Any], least: int) -> None:
    """Enough records, and enough of them that got past the first checks."""
    print(*reached(report), sep="\n")
    assert report["events"] >= least
    refusals, counters = report["refusals"], report["counters"]
    early = sum(refusals.get(r.name, 0) for r in Refusal if r <= Refusal.BAD_ID)
    assert early < 0.6 * report["events"]
    assert len(refusals) >= 30
    for name in ("submits", "fills", "reversals", "cancels", "queries", "risen", "snapshots"):
        assert counters[name] >= 10, name


@pytest.mark.parametrize("seed", range(4))
def test_random_records(seed: int) -> None:
    """Half a million each; the report is in the captured output, or seen with -s."""
    judge(support_fuzz.run(500_000, seed), 500_000)


@pytest.mark.parametrize("mode", ["debug", "ubsan"])
def test_random_records_in_other_builds(mode: str) -> None:
    """Debug checks every invariant after every event; ubsan stops at undefined behaviour."""
    program = f"import runpy; runpy.run_path({support_fuzz.__file__!r}, run_name='__main__')"
    report = json.loads(builds.run(program, mode, env={"EVENTS": "300000", "SEED": "5"}))
    assert report["mode"] == mode
    judge(report, 300_000)


def test_purely_random_bytes() -> None:
    rng = random.Random(3)
    engine = Engine(EngineConfig(tokens=4, orders=8, fills=16, tombstones=4))
    for _ in range(50_000):
        engine.step(rng.randbytes(64))
    counted = engine.view.counters()
    assert engine.seq == 50_000 == counted["refused"] + counted["taken"] + counted["ignored"]
    assert counted["refused"] > 45_000
    assert engine.check() == 0


def no_deadline_is_due(engine: Engine, record: bytes) -> bool:
    due = engine.view.deadline_ns
    return due is None or int.from_bytes(record[:8], "little", signed=True) < due


LOSES_A_FACT: Final = {
    Refusal.OLD_GENERATION, Refusal.STALE_FACT, Refusal.FILL_WINDOW_FULL, Refusal.ORDER_TABLE_FULL,
}  # fmt: skip
FACTS: Final = {EventKind.TRADE, EventKind.PLACED, EventKind.MATCHED, EventKind.FOUND}


def unchanged(engine: Engine, before: bytes, record: bytes, answer: Refusal) -> bool:
    """Nothing but the counts; a fact about money that is refused asks for a reconciliation, too
    (and halts, for want of room): then at least every table and account is as it was."""
    after = engine.snapshot()
    if record[60] in FACTS and answer in LOSES_A_FACT:
        return tables(after) == tables(before)
    return masked(after) == masked(before)


def test_a_refused_event_changes_nothing() -> None:
    """Over a long stream and over random records: everything but the counts is as it was."""
    stream = support_stream.make(5, 6_000)
    engine = support_stream.engine()
    seen: set[str] = set()
    checked = 0
    for at in range(0, len(stream), 64):
        record = stream[at : at + 64]
        quiet = no_deadline_is_due(engine, record)
        before = engine.snapshot() if quiet else b""
        answer = refused(unpack_all(engine.step(record)))
        if quiet and answer is not Refusal.NONE:
            assert unchanged(engine, before, record, answer), answer.name
            seen.add(answer.name)
            checked += 1
    assert checked > 500
    assert len(seen) >= 25


def test_a_refused_random_record_changes_nothing() -> None:
    rng = np.random.default_rng(8)
    engine = Engine(EngineConfig(**(support_fuzz.CONFIG | {"orders": 32, "fills": 64})))
    engine.step(events.timer(at=START_NS))
    checked, last = 0, 100
    for _ in range(12):
        for record in (*support_fuzz.heal(engine), *support_fuzz.read_orders(engine)):
            engine.step(record)
        batch = support_fuzz.records(rng, engine, 500, last)
        last += 500
        for k in range(len(batch)):
            record = batch[k].tobytes()
            quiet = no_deadline_is_due(engine, record)
            before = engine.snapshot() if quiet else b""
            answer = refused(unpack_all(engine.step(record)))
            if quiet and answer is not Refusal.NONE:
                assert unchanged(engine, before, record, answer), (answer.name, batch[k])
                checked += 1
    assert checked > 1_000


def test_time_at_its_limits() -> None:
    """The last time there is, deadlines behind it included, and back again."""
    rig = Rig(max_time_step_ns=1 << 60).trading()
    rig.submit()
    for _ in range(4):
        rig.now = min(rig.now + (1 << 60), MAX_TIME_NS - 1)
        rig.say(events.timer)
    assert rig.view.now_ns == MAX_TIME_NS - 1
    assert refused(rig.say(events.timer, at=MAX_TIME_NS)) is Refusal.BAD_TIME
    assert refused(rig.say(events.timer, at=0)) is Refusal.NONE
    assert rig.view.now_ns == MAX_TIME_NS - 1
    rig.say(events.cancel_all)
    assert rig.engine.check() == 0


# ---- Arguments


def engine_state(engine: Engine) -> tuple[int, int, bytes]:
    return engine.seq, engine.chain, engine.snapshot()


@pytest.mark.parametrize(
    "event, error, words",
    [
        (None, TypeError, "event: NoneType given, bytes needed"),
        ("x" * 64, TypeError, "event: str given, bytes needed"),
        (bytearray(64), TypeError, "event: bytearray given, bytes needed"),
        (memoryview(bytes(64)), TypeError, "event: memoryview given, bytes needed"),
        (np.zeros(1, EVENT_DTYPE), TypeError, "event: ndarray given, bytes needed"),
        (b"", ValueError, "event: 0 bytes, 64 needed"),
        (bytes(63), ValueError, "event: 63 bytes, 64 needed"),
        (bytes(128), ValueError, "event: 128 bytes, 64 needed"),
    ],
)
def test_step_argument(event: Any, error: type[Exception], words: str) -> None:
    engine = Rig().trading().engine
    before = engine_state(engine)
    with pytest.raises(error, match=words):
        engine.step(event)
    assert engine_state(engine) == before


def renamed(dtype: np.dtype[np.void], old: str, new: str) -> np.dtype[Any]:
    return np.dtype([(new if n == old else n, dtype[n]) for n in dtype.names or ()])


def wrong_arrays(dtype: np.dtype[np.void]) -> dict[str, tuple[Any, type[Exception], str]]:
    """name -> (argument, error, words after the argument's name)."""
    assert dtype.names
    swapped = np.dtype([(n, dtype[n]) for n in (dtype.names[1], dtype.names[0], *dtype.names[2:])])
    wide = np.dtype([(n, dtype[n]) for n in dtype.names] + [("more", "<i8")])
    big = dtype.newbyteorder(">")
    first = dtype.names[0]
    zeros = np.zeros(8, dtype)
    return {
        "bytes": (bytes(dtype.itemsize), TypeError, "a numpy array of clobstep.E.*, not bytes"),
        "list": ([1], TypeError, "not list"),
        "none": (None, TypeError, "not NoneType"),
        "plain": (np.zeros(64, "u1"), TypeError, "dtype uint8 is no record"),
        "renamed": (np.zeros(8, renamed(dtype, first, "when")), TypeError, f"lacks .*'{first}'"),
        "swapped": (np.zeros(8, swapped), TypeError, f"field '{first}' is .* at 8, not .* at 0"),
        "wider": (np.zeros(8, wide), TypeError, r"dtype has \d+ bytes a record, not \d+"),
        "big-endian": (np.zeros(8, big), TypeError, f"field '{first}' is >.8 at 0, not .* at 0"),
        "two dimensions": (zeros.reshape(2, 4), ValueError, "2 dimensions, 1 needed"),
        "no dimension": (zeros[0:1].reshape(()), ValueError, "0 dimensions, 1 needed"),
        "strided": (zeros[::2], ValueError, "not contiguous; .*ascontiguousarray"),
        "reversed": (zeros[::-1], ValueError, "not contiguous"),
    }


@pytest.mark.parametrize("which", ["events", "effects"])
@pytest.mark.parametrize("name", list(wrong_arrays(EVENT_DTYPE)))
def test_step_batch_arguments(which: str, name: str) -> None:
    engine = Rig().trading().engine
    good = {
        "events": np.frombuffer(events.timer(at=START_NS), EVENT_DTYPE),
        "effects": np.zeros(engine.effects_needed, EFFECT_DTYPE),
    }
    wrong, error, words = wrong_arrays(EVENT_DTYPE if which == "events" else EFFECT_DTYPE)[name]
    before = engine_state(engine)
    with pytest.raises(error, match=f"^{which}: .*{words}"):
        engine.step_batch(**(good | {which: wrong}))
    assert engine_state(engine) == before
    assert engine.step_batch(good["events"], good["effects"])[0] == 1


def test_effects_must_be_writable_and_events_need_not() -> None:
    engine = Rig().trading().engine
    batch = np.frombuffer(events.timer(at=START_NS), EVENT_DTYPE)
    assert not batch.flags.writeable
    room = np.zeros(engine.effects_needed, EFFECT_DTYPE)
    room.flags.writeable = False
    before = engine_state(engine)
    with pytest.raises(ValueError, match=r"^effects: read-only"):
        engine.step_batch(batch, room)
    with pytest.raises(ValueError, match=r"^effects: room for 0, "):
        engine.step_batch(batch, np.zeros(0, EFFECT_DTYPE))
    with pytest.raises(ValueError, match=r"^effects: room for 47, the first event may have 48"):
        engine.step_batch(batch, np.zeros(47, EFFECT_DTYPE))
    assert engine_state(engine) == before


def test_what_did_not_fit_is_taken_later() -> None:
    """No event and no effect is lost when room runs out in the middle."""
    rig = Rig().trading()
    twin = rig.copy()
    asked = [events.submit(k, 0, "BUY", price="0.40", size="5", at=START_NS) for k in range(1, 21)]
    batch = np.frombuffer(b"".join(asked), EVENT_DTYPE)
    effects, at = [], 0
    while at < len(batch):
        room = np.zeros(60, EFFECT_DTYPE)
        taken, written = rig.engine.step_batch(batch[at:], room)
        effects.append(room[:written].tobytes())
        at += taken
    assert b"".join(effects) == b"".join(twin.engine.step(record) for record in asked)
    assert rig.engine.snapshot() == twin.engine.snapshot()
    kinds = [e.kind for e in unpack_all(b"".join(effects))]
    assert kinds.count(EffectKind.SUBMIT) == 20
    assert len(effects) > 1
