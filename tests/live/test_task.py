"""The engine's task on a clock that the test moves: commits, timers, ticks, and standing still."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing

from clobstep import events
from clobstep.enums import EventKind, Wake
from clobstep.live.clock import SECOND, Clock
from clobstep.live.inbox import Inbox
from clobstep.live.task import COMMIT_S, EngineTask
from clobstep.session import Session
from clobstep.session.format import SessionError
from live.desk import START_NS, as_array, make_core, opening


def made(path: Path, **given: Any) -> tuple[EngineTask, Inbox, Clock, Any]:
    core, listener, _ = make_core(path)
    inbox, clock = Inbox(), Clock(start_ns=START_NS)
    return EngineTask(core, inbox, clock, **given), inbox, clock, listener


async def in_background(task: EngineTask, nursery: trio.Nursery) -> None:
    nursery.start_soon(task.run)
    await trio.testing.wait_all_tasks_blocked()


def run(main: Any, *args: Any) -> None:
    trio.run(main, *args, clock=trio.testing.MockClock(autojump_threshold=0))


def test_what_is_not_about_money_is_durable_within_50_ms(tmp_path: Path) -> None:
    async def main() -> None:
        task, inbox, _, _ = made(tmp_path / "s.clob")
        async with trio.open_nursery() as nursery:
            inbox.private(b"".join(opening()))
            await in_background(task, nursery)
            assert task.core.uncommitted == len(opening())
            await trio.sleep(COMMIT_S + 0.001)
            assert task.core.uncommitted == 0
            task.stop()

    run(main)


def test_private_words_go_before_the_market(tmp_path: Path) -> None:
    async def main() -> None:
        task, inbox, _, _ = made(tmp_path / "s.clob")
        book = events.best(0, bid="0.4", ask="0.6", at=START_NS)
        inbox.market(as_array(book))
        inbox.private(b"".join(opening()))
        task.once()
        task.core.commit()
        with Session.open(tmp_path / "s.clob") as session:
            kinds = [int(k) for part in session.events() for k in part["kind"]]
        assert kinds[0] == EventKind.OPENING
        assert kinds[-1] == EventKind.BEST

    run(main)


def test_the_engines_deadline_is_a_timer_event(tmp_path: Path) -> None:
    async def main() -> None:
        task, inbox, clock, _ = made(tmp_path / "s.clob")
        async with trio.open_nursery() as nursery:
            inbox.private(b"".join(opening()))
            await in_background(task, nursery)
            due_ns = task.core.engine.view.deadline_ns
            assert due_ns is not None
            before = task.core.engine.view.counters()["timers"]
            await clock.sleep_until(due_ns + SECOND // 100)
            assert task.core.engine.view.counters()["timers"] > before
            after = task.core.engine.view.deadline_ns
            assert after is None or after > due_ns
            task.stop()

    run(main)


def test_a_strategys_own_timer(tmp_path: Path) -> None:
    woken: list[int] = []

    class Ticks:
        wakes = Wake.TIMER
        timer_ns = 2 * SECOND

        def on_wake(self, turn: Any) -> None:
            woken.append(turn.now_ns)

    async def main() -> None:
        task, inbox, clock, _ = made(tmp_path / "s.clob", timer_ns=Ticks.timer_ns)
        task.core.strategy = Ticks()
        async with trio.open_nursery() as nursery:
            inbox.private(b"".join(opening()))
            nursery.start_soon(task.run)
            await clock.sleep(9 * SECOND)
            task.stop()

    run(main)
    own = [at for at in woken if (at - START_NS) % (2 * SECOND) == 0]
    assert own == [START_NS + 2 * k * SECOND for k in range(1, 5)]


def test_it_is_well_while_idle_and_not_when_it_is_stuck(tmp_path: Path) -> None:
    async def main() -> None:
        task, _, _, _ = made(tmp_path / "s.clob")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(task.run)
            await trio.sleep(60)  # nothing comes; idle ticks go on
            assert task.is_well
            nursery.cancel_scope.cancel()  # it stands still from here
        await trio.sleep(2.1)
        assert not task.is_well

    run(main)


def test_a_failed_commit_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise SessionError("the disk is full")

    async def main() -> None:
        task, inbox, _, listener = made(tmp_path / "s.clob")
        monkeypatch.setattr(task.core.recorder.writer, "commit", fails)
        inbox.private(b"".join(opening()))
        with pytest.raises(SessionError, match="disk is full"):
            await task.run()
        assert len(listener.errors) == 1
        assert not task.is_well

    run(main)


def test_who_waits_is_told_when_what_waits_was_stepped(tmp_path: Path) -> None:
    async def main() -> None:
        task, inbox, _, _ = made(tmp_path / "s.clob")
        async with trio.open_nursery() as nursery:
            inbox.private(b"".join(opening()))
            with trio.move_on_after(5) as waiting:  # nobody steps it yet
                await task.stepped()
            assert waiting.cancelled_caught
            nursery.start_soon(task.run)
            await task.stepped()
            assert task.core.engine.seq == len(opening())
            task.stop()

    run(main)
