"""Snapshot at any event, and the rest, is the whole: chain, effects and snapshot bytes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Final

import numpy as np
import pytest

import builds
from clobstep import EFFECT_DTYPE, EVENT_DTYPE, Engine, EngineConfig, events
from clobstep.enums import FeedState
from core import support_stream
from core.support import SMALL, Rig, S
from core.support_replay import by_batches, by_bytes

SEED: Final = 77
LENGTH: Final = 12_000
EVERY: Final = 1_200  # of the first events, each is a place to cut
STRIDE: Final = 53  # and then every so many


@pytest.fixture(scope="module")
def stream() -> bytes:
    return support_stream.make(SEED, LENGTH)


def test_cut_at_any_event(stream: bytes) -> None:
    """At each cut a restored engine steps the next 40 events as the first one did."""
    straight = support_stream.engine()
    effects, chains = [], [straight.chain]
    for at in range(0, len(stream), 64):
        effects.append(straight.step(stream[at : at + 64]))
        chains.append(straight.chain)
    going = support_stream.engine()
    done = 0
    for cut in [*range(EVERY), *range(EVERY, LENGTH - 40, STRIDE)]:
        by_batches(going, stream[64 * done : 64 * cut], 64)
        done = cut
        snapshot = going.snapshot()
        again = Engine.restore(snapshot)
        assert again.snapshot() == snapshot, cut
        assert (again.seq, again.chain, again.config) == (cut, chains[cut], going.config)
        assert again.check() == 0
        seen = hashlib.sha256(b"".join(effects[cut : cut + 40])).hexdigest()
        assert by_bytes(again, stream[64 * cut : 64 * (cut + 40)]) == [chains[cut + 40], seen]
        if cut % 16 == 0:  # and a restored one takes over from here
            going = Engine.restore(snapshot)
    by_batches(going, stream[64 * done :], 4096)
    assert going.snapshot() == straight.snapshot()


@pytest.mark.parametrize("part", range(6))
def test_snapshot_and_the_rest_is_the_whole(part: int, stream: bytes) -> None:
    """The rest to the very end: effects of both halves, chain and snapshot bytes."""
    whole = support_stream.engine()
    effects = [whole.step(stream[at : at + 64]) for at in range(0, len(stream), 64)]
    for cut in range(part * 31 + 1, LENGTH, LENGTH // 6 - 7):
        first = support_stream.engine()
        by_batches(first, stream[: 64 * cut], 64)
        rest = Engine.restore(first.snapshot())
        seen = hashlib.sha256(b"".join(effects[cut:])).hexdigest()
        assert by_bytes(rest, stream[64 * cut :]) == [whole.chain, seen]
        assert rest.snapshot() == whole.snapshot()
        assert rest.view.counters() == whole.view.counters()
        assert rest.view.refusals() == whole.view.refusals()


def test_counters_are_right_whoever_looks_and_when(stream: bytes) -> None:
    """Most deltas are not counted one by one; a look works out what they stand for."""
    watched, alone = support_stream.engine(), support_stream.engine()
    for at in range(0, 64 * 3_000, 64):
        watched.step(stream[at : at + 64])
        alone.step(stream[at : at + 64])
        counted = watched.view.counters()
        assert counted["taken"] + counted["ignored"] + counted["refused"] == watched.seq
    assert counted["deltas"] > 300
    assert alone.view.counters() == counted
    assert alone.snapshot() == watched.snapshot()


def test_equal_runs_have_equal_snapshots(stream: bytes) -> None:
    """By bytes and by arrays; another run has another."""
    part = stream[: 64 * 3_000]
    engines = [support_stream.engine() for _ in range(3)]
    by_bytes(engines[0], part)
    by_batches(engines[1], part, 7)
    by_batches(engines[2], part, 4096)
    assert len({engine.snapshot() for engine in engines}) == 1
    engines[0].step(events.timer(at=engines[0].view.now_ns))
    assert engines[0].snapshot() != engines[1].snapshot()


PROGRAM: Final = """
import hashlib, os
from clobstep import Engine
from pathlib import Path
stream = Path(os.environ["STREAM"]).read_bytes()
engine = Engine.restore(Path(os.environ["SNAPSHOT"]).read_bytes())
for at in range(0, len(stream), 64):
    engine.step(stream[at : at + 64])
print(hashlib.sha256(engine.snapshot()).hexdigest(), engine.chain)
"""


def test_debug_goes_on_from_a_release_snapshot(stream: bytes, tmp_path: Path) -> None:
    """A snapshot is of the rules and the layout, not of the build that took it."""
    folder = tmp_path
    engine = support_stream.engine()
    by_batches(engine, stream[: 64 * 2_000], 4096)
    (folder / "snapshot").write_bytes(engine.snapshot())
    (folder / "stream").write_bytes(stream[64 * 2_000 : 64 * 4_000])
    by_batches(engine, stream[64 * 2_000 : 64 * 4_000], 4096)
    env = {"STREAM": str(folder / "stream"), "SNAPSHOT": str(folder / "snapshot")}
    found = builds.run(PROGRAM, "debug", env=env).split()
    assert found == [hashlib.sha256(engine.snapshot()).hexdigest(), str(engine.chain)]


def test_a_view_reads_the_same_before_and_after() -> None:
    """A state with something in every table: wide and narrow books, orders, tombstones, fills."""
    rig = Rig(wide_books=2).trading()
    for token in (0, 2):
        rig.say(events.delta, token, "BUY", price="0.1234", size="3", end=True)
    for kind in ("SENT", "LIVE", "UNKNOWN", "FILLED"):
        order = rig.submit()
        if kind == "LIVE":
            rig.say(events.accepted, order)
        elif kind == "UNKNOWN":
            rig.say(events.submit_unknown, order)
        elif kind == "FILLED":
            rig.trade(order, "100")
    twin = rig.copy()
    for token in range(8):
        assert twin.view.token(token) == rig.view.token(token)
        assert twin.view.market(token) == rig.view.market(token)
        assert twin.view.book(token) == rig.view.book(token)
        for side in (0, 1):
            assert twin.view.levels(token, side) == rig.view.levels(token, side)
    assert twin.view.levels(0, 0) == [(4800, 10**9), (1234, 3_000_000)]
    assert twin.view.cash == rig.view.cash
    assert twin.view.orders() == rig.view.orders() == [1, 2, 3]
    assert [twin.view.order(k) for k in range(6)] == [rig.view.order(k) for k in range(6)]
    assert twin.view.deadline_ns == rig.view.deadline_ns
    assert (twin.view.session, twin.view.venue) == (rig.view.session, rig.view.venue)
    assert twin.later(60 * S) == rig.later(60 * S)


def test_an_emptied_wide_book_stays_wide() -> None:
    """Its place in the pool is part of the state, with and without levels."""
    rig = Rig(wide_books=1)
    for size in ("1", "0"):
        rig.say(events.delta, 0, "BUY", price="0.1234", size=size)
        rig.say(events.delta, 1, "BUY", price="0.1234", size=size)
    twin = rig.copy()
    for each in (rig, twin):
        each.say(events.delta, 2, "BUY", price="0.1234", size="1")
        assert each.view.market(2).feed == FeedState.STALE  # no wide ladder was left
    assert twin.engine.snapshot() == rig.engine.snapshot()


@pytest.mark.parametrize(
    "config",
    [{}, SMALL, {"tokens": 2, "orders": 4, "fills": 16, "tombstones": 4, "wide_books": 0}],
    ids=["default", "small", "smallest"],
)
def test_a_new_engine_has_a_snapshot(config: dict[str, int]) -> None:
    engine = Engine(EngineConfig(**config))
    again = Engine.restore(engine.snapshot())
    assert again.snapshot() == engine.snapshot()
    assert again.config == EngineConfig(**config)
    assert (again.seq, again.view.now_ns, again.view.orders()) == (0, 0, [])


def test_a_snapshot_is_taken_between_batches_only_of_what_was_stepped(stream: bytes) -> None:
    """Taking one changes nothing, and an engine does not change with its snapshot's copy."""
    first, second = support_stream.engine(), support_stream.engine()
    room = np.zeros(first.effects_needed, EFFECT_DTYPE)
    batch = np.frombuffer(stream, EVENT_DTYPE)[:2_000]
    at = 0
    while at < len(batch):
        copy = Engine.restore(first.snapshot())
        taken = first.step_batch(batch[at : at + 100], room)
        assert second.step_batch(batch[at : at + 100], room) == taken
        assert copy.seq == at
        at += taken[0]
    assert first.snapshot() == second.snapshot()
    assert json.dumps(first.view.counters()) == json.dumps(second.view.counters())
