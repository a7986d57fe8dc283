"""The order heartbeat: when it goes, when it must not, and what the engine is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio
import trio.testing

from clobstep import events
from clobstep.enums import EventKind, Heartbeat
from clobstep.live.clock import SECOND, Clock
from clobstep.live.inbox import Inbox
from clobstep.live.orders.beat import Beat
from clobstep.live.orders.relayer import read
from clobstep.live.task import EngineTask
from clobstep.venue.rest.request import Failure, Reply, Request
from live.desk import START_NS, make_core


class Venue:
    """Takes beats with the right id, as the venue does; `down`: nothing is answered."""

    def __init__(self) -> None:
        self.expected = ""
        self.taken: list[float] = []
        self.asked: list[str] = []
        self.down = False
        self.hangs = False

    async def call(self, request: Request) -> Reply:
        said = msgspec.json.decode(request.body)["heartbeat_id"]
        self.asked.append(said)
        if self.hangs:
            await trio.sleep_forever()
        if self.down:
            return Reply(0, failure=Failure.NO_ANSWER)
        if said != self.expected:
            return Reply(
                400,
                msgspec.json.encode(
                    {"error_msg": "Invalid Heartbeat ID", "heartbeat_id": self.expected}
                ),
            )
        self.taken.append(trio.current_time())
        self.expected = f"id-{len(self.taken)}"
        return Reply(200, msgspec.json.encode({"heartbeat_id": self.expected}))


def run(main: Callable[..., Any]) -> None:
    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


def states(told: list[bytes]) -> list[Heartbeat]:
    found = [events.unpack(record) for record in told]
    assert all(e.kind == EventKind.HEARTBEAT for e in found)
    return [Heartbeat(e.code) for e in found]


def test_every_five_seconds_each_with_the_id_of_the_last_answer() -> None:
    async def main() -> None:
        venue, told = Venue(), []
        beat = Beat(venue.call, Clock(start_ns=START_NS), is_well=lambda: True, tell=told.append)
        with trio.move_on_after(22):
            await beat.run()
        assert venue.taken == pytest.approx([0, 5, 10, 15, 20])
        assert venue.asked == ["", "id-1", "id-2", "id-3", "id-4"]
        assert told == []

    run(main)


def test_a_wrong_id_is_mended_at_once() -> None:
    async def main() -> None:
        venue = Venue()
        venue.expected = "of-an-older-process"
        beat = Beat(venue.call, Clock(start_ns=START_NS), is_well=lambda: True, tell=lambda _: None)
        assert await beat.once()
        assert venue.asked == ["", "of-an-older-process"]
        assert venue.taken == [0]

    run(main)


@pytest.mark.parametrize("status", [200, 400, 502])
@pytest.mark.parametrize("body", [b'{"heartbeat_id":"\xff"}', b"\xff", b"[" * 100_000, b"null"])
def test_an_answer_that_cannot_be_read_names_no_id_and_ends_nothing(
    status: int, body: bytes
) -> None:
    async def main() -> None:
        venue, garbled = Venue(), [Reply(status, body)]

        async def call(request: Request) -> Reply:
            return garbled.pop() if garbled else await venue.call(request)

        beat = Beat(call, Clock(start_ns=START_NS), is_well=lambda: True, tell=lambda _: None)
        with trio.move_on_after(7):
            await beat.run()
        assert len(venue.taken) in (1, 2)  # at 5 s, or at 0.5 s and 5 s later

    run(main)


@pytest.mark.parametrize("body", [b'{"transactionID":"\xff"}', b"\xff", b"[" * 100_000, b"null"])
def test_an_answer_of_a_relayer_that_cannot_be_read_says_nothing(body: bytes) -> None:
    assert read(Reply(200, body)) is None


def test_the_engine_is_told_when_the_venue_does_not_hear_us_and_when_it_does_again() -> None:
    async def main() -> None:
        venue, told = Venue(), []
        beat = Beat(venue.call, Clock(start_ns=START_NS), is_well=lambda: True, tell=told.append)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(beat.run)
            await trio.sleep(6)
            venue.down = True
            await trio.sleep(20)
            assert states(told) == [Heartbeat.LOST_BEAT]
            venue.down = False
            await trio.sleep(2)
            assert states(told) == [Heartbeat.LOST_BEAT, Heartbeat.HEALTHY]
            nursery.cancel_scope.cancel()

    run(main)


def test_a_request_that_hangs_is_told_too() -> None:
    async def main() -> None:
        venue, told = Venue(), []
        venue.hangs = True
        beat = Beat(venue.call, Clock(start_ns=START_NS), is_well=lambda: True, tell=told.append)
        with trio.move_on_after(12):
            await beat.run()
        assert states(told) == [Heartbeat.LOST_BEAT]
        assert events.unpack(told[0]).time_ns == START_NS + 9 * SECOND

    run(main)


def test_it_stops_when_the_engines_task_is_stuck(tmp_path: Path) -> None:
    """The venue's dead-man switch then cancels all: nobody else could."""

    async def main() -> None:
        core, _, _ = make_core(tmp_path / "s.clob")
        clock, inbox, venue = Clock(start_ns=START_NS), Inbox(), Venue()
        task = EngineTask(core, inbox, clock)
        beat = Beat(venue.call, clock, is_well=lambda: task.is_well, tell=lambda _: None)
        async with trio.open_nursery() as nursery:
            engine = trio.CancelScope()

            async def engine_task() -> None:
                with engine:
                    await task.run()
                await trio.sleep_forever()  # it hangs, with the process and its sockets alive

            nursery.start_soon(engine_task)
            nursery.start_soon(beat.run)
            await trio.sleep(21)
            engine.cancel()
            await trio.sleep(60)
            assert venue.taken == pytest.approx([0, 5, 10, 15, 20])
            assert beat.withheld > 0
            nursery.cancel_scope.cancel()

    run(main)
