"""The core under its journal: what leaves when, and what a failed write stops."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clobstep import Engine, events
from clobstep.enums import EffectKind, Side, Wake
from clobstep.live.core import Core
from clobstep.replay.strategy import replay_strategy
from clobstep.replay.verify import replay
from clobstep.session import Manifest, Session
from clobstep.session.format import SessionError
from clobstep.session.series import Roll, RollingRecorder, Series
from clobstep.venue.interning import Interning
from live.desk import CONFIG, START_NS, Listener, as_array, make_core, opening


class Buys:
    """One post-only BUY whenever it is woken by the book and has none."""

    wakes = Wake.BBO

    def on_wake(self, turn: Any) -> None:
        if not turn.orders(0):
            turn.submit(0, Side.BUY, 4700, 10_000_000, post_only=True)


def test_a_submit_leaves_only_after_what_caused_it_is_durable(tmp_path: Path) -> None:
    core, listener, _ = make_core(tmp_path / "s.clob")
    core.hear(as_array(*opening()))
    assert core.uncommitted == len(opening())  # nothing was about money
    core.hear_one(events.submit(1, 0, "BUY", price="0.47", size="10", post_only=True, at=START_NS))
    assert listener.log == ["submit 1, 0 not durable"]


def test_a_cancel_waits_for_no_disk(tmp_path: Path) -> None:
    core, listener, _ = make_core(tmp_path / "s.clob")
    core.hear(as_array(*opening()))
    core.hear_one(events.submit(1, 0, "BUY", price="0.47", size="10", post_only=True, at=START_NS))
    core.hear(as_array(events.accepted(1, "RESTING", matched="0", at=START_NS + 1)))
    core.hear_one(events.cancel(1, at=START_NS + 2))
    assert listener.log == ["submit 1, 0 not durable", "cancel 1, 2 not durable"]


def test_names_are_durable_with_the_events_that_use_them(tmp_path: Path) -> None:
    path = tmp_path / "s.clob"
    core, _, interning = make_core(path)
    core.hear(as_array(*opening()))
    interning.bind_order("0xabc", 1)
    core.hear_one(events.submit(1, 0, "BUY", price="0.47", size="10", post_only=True, at=START_NS))
    with Session.open(path) as left:  # as a crash would leave it
        assert ("order", 1, "0xabc", "") in left.interning_rows()
        assert left.last_seq == len(opening()) + 1


def test_a_turn_follows_the_event_that_woke_it_and_replays(tmp_path: Path) -> None:
    path = tmp_path / "s.clob"
    core, listener, _ = make_core(path, Buys())
    move = events.delta(
        0, "BUY", price="0.49", size="5", at=START_NS + 1, venue_time=START_NS + 1, end=True
    )
    later = events.delta(
        0, "BUY", price="0.50", size="5", at=START_NS + 2, venue_time=START_NS + 2, end=True
    )
    core.hear(as_array(*opening(), move, later))
    assert core.turns >= 2
    assert listener.kinds().count(EffectKind.SUBMIT) == 1
    core.seal()
    with Session.open(path) as session:
        assert replay(session, verify=True).same
    with Session.open(path) as session:
        verdict = replay_strategy(session, Buys())
        assert verdict.same
        assert verdict.intents == 1


class Three:
    """Three orders in one turn; each of them would wake it."""

    wakes = Wake.BBO | Wake.ORDER

    def on_wake(self, turn: Any) -> None:
        if not turn.orders(0):
            for k in range(3):
                turn.submit(0, Side.BUY, 4700 - 100 * k, 10_000_000, post_only=True)


def test_a_turn_is_stepped_to_its_end_before_another_begins(tmp_path: Path) -> None:
    path = tmp_path / "s.clob"
    core, listener, _ = make_core(path, Three())
    core.hear(as_array(*opening()))
    core.hear_one(events.best(0, bid="0.48", ask="0.52", at=START_NS + 1))
    core.hear_one(
        events.delta(
            0, "BUY", price="0.49", size="5", at=START_NS + 2, venue_time=START_NS + 2, end=True
        )
    )
    assert [e.order_id for e in listener.seen if e.kind == EffectKind.SUBMIT] == [1, 2, 3]
    assert not any(core.engine.view.refusals().values())
    core.seal()
    with Session.open(path) as session:
        assert replay_strategy(session, Three()).same


def test_after_a_failed_write_nothing_is_stepped_or_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    core, listener, _ = make_core(tmp_path / "s.clob")
    core.hear(as_array(*opening()))

    def fails() -> None:
        raise SessionError("the disk is full")

    monkeypatch.setattr(core.recorder.writer, "commit", fails)
    core.hear_one(events.submit(1, 0, "BUY", price="0.47", size="10", post_only=True, at=START_NS))
    assert listener.log == []  # the submit never left
    assert [str(error) for error in listener.errors] == ["the disk is full"]
    before = core.engine.seq
    core.hear_one(events.timer(at=START_NS + 5))
    assert core.engine.seq == before
    assert core.error is listener.errors[0]
    assert len(listener.errors) == 1


def test_a_part_that_is_sealed_on_the_way_has_the_names_of_its_events(tmp_path: Path) -> None:
    """It is durable from then on: a crash before the next commit must not leave it without."""
    base, engine, interning = tmp_path / "s.clob", Engine(CONFIG), Interning()
    manifest = Manifest.of("live", CONFIG)
    recorder = RollingRecorder.create(base, engine, manifest, Roll(daily=False, most_bytes=1))
    core = Core(recorder, interning, Listener())
    core.hear(as_array(*opening()))
    interning.trade("0xabc-1")
    core.hear(as_array(events.timer(at=START_NS + 1)))
    with Series.open(base) as left:  # as a crash would leave it
        assert left.last_seq == engine.seq
        assert ("trade", 1, "0xabc-1", "") in left.interning_rows()
