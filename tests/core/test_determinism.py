"""The same events give the same effects and the same chain, however they are stepped.

Holds invariant 27: for every batch size, for bytes and arrays, in release on each Python found
here, in debug and profiled on this one, under two hash seeds. And the pair to it: other events give
another chain.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Final

import numpy as np
import pytest

import builds
from clobstep import EFFECT_DTYPE, EVENT_DTYPE, events
from clobstep.effects import unpack_all
from clobstep.enums import EVENT_FIELDS, EffectKind, EventKind, OrderState
from core import support_replay, support_stream
from core.support import START_NS, Rig
from core.support_replay import Replay, by_batches, by_bytes, everything

SEED: Final = 20_261
LENGTH: Final = 24_000
PYTHONS: Final = [builds.this_python(), *builds.interpreters()]
NAMES: Final = sorted({python.name for python in PYTHONS})
# the other modes take minutes to build: of this Python only
BUILDS: Final = [(name, "release") for name in NAMES]
BUILDS += [(builds.this_python().name, mode) for mode in ("debug", builds.fastest())]


@pytest.fixture(scope="module")
def stream() -> bytes:
    return support_stream.make(SEED, LENGTH)


@pytest.fixture(scope="module")
def here(stream: bytes) -> Replay:
    return by_bytes(support_stream.engine(), stream)


def test_stream_has_every_kind_of_event_and_effect(stream: bytes) -> None:
    """What follows says little if the stream is dull."""
    assert len(stream) == 64 * LENGTH
    kinds = Counter(stream[60::64])
    assert {kind for kind in EventKind if not kinds[kind]} == set()
    engine = support_stream.engine()
    effects: Counter[int] = Counter()
    states: Counter[int] = Counter()
    for at in range(0, len(stream), 64):
        for effect in unpack_all(engine.step(stream[at : at + 64])):
            effects[effect.kind] += 1
            states[effect.code] += effect.kind == EffectKind.ORDER
    assert {kind for kind in EffectKind if not effects[kind]} == set()
    ends = {s for s in OrderState if s >= OrderState.SENT}
    assert {state for state in ends if states[state] < 5} == set()
    assert effects[EffectKind.SUBMIT] > 500
    assert effects[EffectKind.FILL] > 500
    assert engine.check() == 0
    counted = engine.view.counters()
    assert counted["taken"] + counted["ignored"] + counted["refused"] == engine.seq == LENGTH


def test_every_way_to_step_here(stream: bytes, here: Replay) -> None:
    found = everything(support_stream.engine, stream)
    assert set(map(tuple, found.values())) == {tuple(here)}
    assert len(found) == 1 + len(support_replay.BATCHES)


@pytest.mark.parametrize("hash_seed", [0, 1])
@pytest.mark.parametrize(("name", "mode"), BUILDS)
def test_every_build_and_python(
    name: str, hash_seed: int, mode: str, stream: bytes, here: Replay, tmp_path: Path
) -> None:
    """In a new process, all ways of stepping again."""
    mine = builds.this_python()
    python = mine if name == mine.name else next(p for p in builds.pythons() if p.name == name)
    file = tmp_path / "stream"
    file.write_bytes(stream)
    env = {
        "STREAM": str(file), "CONFIG": json.dumps(support_stream.CONFIG),
        "PYTHONHASHSEED": str(hash_seed),
    }  # fmt: skip
    program = Path(support_replay.__file__).read_text()
    built, found = json.loads(builds.run(program, mode, python.executable, env))
    assert built == mode
    assert found == dict.fromkeys(("bytes", *(f"arrays of {n}" for n in (1, 7, 64, 4096))), here)


def test_another_seed_gives_another_chain(here: Replay) -> None:
    other = support_stream.make(SEED + 1, LENGTH)
    assert by_bytes(support_stream.engine(), other)[0] != here[0]


def test_another_order_gives_another_chain(stream: bytes) -> None:
    """Two refused records change places: the state is the same, the chain is not."""
    one, two = bytes(60) + b"\xfa\0\0\0", bytes(60) + b"\xfb\0\0\0"
    first, second = support_stream.engine(), support_stream.engine()
    for record in (one, two):
        first.step(record)
    for record in (two, one):
        second.step(record)
    assert first.seq == second.seq
    assert first.chain != second.chain


@pytest.mark.parametrize("field", [name for name, _ in EVENT_FIELDS])
def test_a_changed_byte_changes_the_chain(field: str, stream: bytes) -> None:
    """Each byte of the field, in an event of each kind, also where the kind does not read it."""
    assert EVENT_DTYPE.fields is not None
    at_field, size = EVENT_DTYPE.fields[field][1], EVENT_DTYPE.fields[field][0].itemsize
    kinds = stream[60::64]
    for kind in EventKind:
        at = 64 * kinds.index(kind)
        before = support_stream.engine()
        before.step(stream[at : at + 64])
        for byte in range(at + at_field, at + at_field + size):
            record = bytearray(stream[at : at + 64])
            record[byte - at] ^= 1
            after = support_stream.engine()
            after.step(bytes(record))
            assert after.chain != before.chain, (kind.name, byte - at)


def test_effects_are_in_the_chain() -> None:
    """Two states that answer one event differently have different chains after it."""
    rig = Rig().trading()
    twin = rig.copy()
    assert rig.engine.chain == twin.engine.chain
    assert rig.say(events.timer) == twin.say(events.timer)
    assert rig.engine.chain == twin.engine.chain
    order = events.submit(1, 0, "BUY", price="0.40", size="100", at=rig.now)
    other = events.submit(1, 0, "BUY", price="0.41", size="100", at=rig.now)
    rig.step(order)
    twin.step(other)
    cancel = events.cancel_all(at=rig.now)
    assert rig.step(cancel) == twin.step(cancel)
    assert rig.engine.chain != twin.engine.chain


# ---- Batches: where they stop, and that they go on as if they had not


def smallest_room(stream: bytes) -> int:
    """The least room for effects with which the whole stream goes through, found by trying."""
    low, high = 1, support_stream.engine().effects_needed
    while low < high:
        middle = (low + high) // 2
        try:
            by_batches(support_stream.engine(), stream, 4096, middle)
            high = middle
        except ValueError:
            low = middle + 1
    return low


def test_smallest_room_gives_the_same(stream: bytes) -> None:
    part = stream[: 64 * 6_000]
    whole = by_bytes(support_stream.engine(), part)
    room = smallest_room(part)
    assert 48 <= room < support_stream.engine().effects_needed
    for most in (64, 4096):
        assert by_batches(support_stream.engine(), part, most, room) == whole
        assert by_batches(support_stream.engine(), part, most, room + 1) == whole


def test_a_batch_stops_before_what_may_not_fit() -> None:
    """Room for the worst case of ten plain events: an eleventh is not taken."""
    rig = Rig().trading()
    batch = np.frombuffer(b"".join([events.clock(1, at=rig.now)] * 100), EVENT_DTYPE)
    heavy = np.frombuffer(events.cancel_all(at=rig.now), EVENT_DTYPE)
    room = np.zeros(rig.engine.effects_needed, EFFECT_DTYPE)
    assert rig.engine.step_batch(batch, room[:48]) == (100, 0)
    for order in range(1, 11):
        rig.submit(size="5")
        rig.say(events.accepted, order)
    seq, chain = rig.engine.seq, rig.engine.chain
    with pytest.raises(ValueError, match=r"effects: room for 48, .*engine\.effects_needed = \d+"):
        rig.engine.step_batch(heavy, room[:48])
    assert (rig.engine.seq, rig.engine.chain) == (seq, chain)
    both = np.concatenate([batch[:3], heavy, batch[:3]])
    assert rig.engine.step_batch(both, room[:60]) == (3, 0)
    taken, written = rig.engine.step_batch(both[3:], room)
    assert taken == 4
    kinds = [EffectKind(kind) for kind in room["kind"][:written]]
    assert kinds.count(EffectKind.CANCEL) == 10


def test_a_batch_stops_after_a_wake() -> None:
    rig = Rig().trading()
    rig.say(events.wake_on, 0, "PRINT", "BBO")
    room = np.zeros(rig.engine.effects_needed, EFFECT_DTYPE)
    quiet = [events.clock(n, at=rig.now) for n in range(5)]
    print_ = events.public_trade(0, "BUY", price="0.52", size="1", at=rig.now)
    batch = np.frombuffer(b"".join([*quiet, print_, *quiet, print_, print_]), EVENT_DTYPE)
    found = []
    at = 0
    while at < len(batch):
        taken, written = rig.engine.step_batch(batch[at:], room)
        assert list(room["kind"][:written]) == [EffectKind.WAKE]
        at += taken
        found.append(taken)
    assert found == [6, 6, 1]


def test_a_batch_takes_at_most_a_chunk() -> None:
    rig = Rig()
    batch = np.frombuffer(events.clock(1, at=START_NS) * 5_000, EVENT_DTYPE)
    room = np.zeros(rig.engine.effects_needed, EFFECT_DTYPE)
    assert rig.engine.step_batch(batch, room)[0] == 4096
    assert rig.engine.step_batch(batch[4096:], room)[0] == 5_000 - 4096
    assert rig.engine.step_batch(batch[:0], room) == (0, 0)
    assert rig.engine.seq == 5_000
