"""The order heartbeat: the venue cancels all when it stops, so it stops when we are not well.

It has a connection of its own and asks the engine's task for nothing: it looks at the last time
that task proved itself alive. On HALT or a failed journal with orders not proven dead it stops too.
Owns: the heartbeat's id and whether the venue hears us (HEARTBEAT events). PROTOCOL facts, 2.5.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

import msgspec
import trio

from clobstep import events
from clobstep.enums import Heartbeat
from clobstep.live.clock import SECOND, Clock
from clobstep.venue.rest.request import Auth, Lane, Reply, Request

EVERY_NS: Final = 5 * SECOND
LOST_NS: Final = 8 * SECOND  # without an accepted beat; the venue cancels after 10 to 15
AGAIN_NS: Final = SECOND // 2  # after a beat that was not accepted
LONGEST_ID: Final = 200  # it is sent back


class _Answer(msgspec.Struct):
    """`heartbeat_id`: the next one, or the one expected."""

    heartbeat_id: str = ""


class Beat:
    """Sends beats while `is_well`; `tell` hears HEARTBEAT events when that changes."""

    def __init__(
        self,
        call: Callable[[Request], Awaitable[Reply]],
        clock: Clock,
        *,
        is_well: Callable[[], bool],
        tell: Callable[[bytes], None],
    ) -> None:
        self.sent = 0
        self.withheld = 0
        self.is_lost = False
        self._call = call
        self._clock = clock
        self._is_well = is_well
        self._tell = tell
        self._id = ""
        self._heard_ns = clock.now_ns()

    async def run(self) -> None:
        """Until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._watch)
            while True:
                began_ns = self._clock.now_ns()
                good = await self.once()
                await self._clock.sleep_until(began_ns + (EVERY_NS if good else AGAIN_NS))

    async def once(self) -> bool:
        """One beat, and again at once with the id that the venue expects; whether it was taken."""
        if not self._is_well():
            self.withheld += 1
            return False
        for _ in range(2):
            sent_ns = self._clock.now_ns()
            reply = await self._call(beat_request(self._id))
            self.sent += 1
            wanted = next_id(reply)
            if reply.status == 200:
                self._id, self._heard_ns = wanted or "", sent_ns
                self._judge()
                return True
            if wanted is None or reply.status != 400:
                return False
            self._id = wanted
        return False

    async def _watch(self) -> None:
        """Say that it is lost, however long a request takes."""
        while True:
            await self._clock.sleep(SECOND)
            self._judge()

    def _judge(self) -> None:
        lost = self._clock.now_ns() - self._heard_ns > LOST_NS
        if lost != self.is_lost:
            self.is_lost = lost
            code = Heartbeat.LOST_BEAT if lost else Heartbeat.HEALTHY
            self._tell(events.heartbeat(code, at=self._clock.now_ns()))


def beat_request(beat_id: str) -> Request:
    """A beat with the id of the last answer, "" for the first."""
    body = msgspec.json.encode({"heartbeat_id": beat_id})
    return Request("POST", "/v1/heartbeats", body=body, auth=Auth.L2, lane=Lane.BEAT)


def next_id(reply: Reply) -> str | None:
    """The id that the venue names, None if it names none, or what cannot be one."""
    try:
        found = msgspec.json.decode(reply.body, type=_Answer).heartbeat_id
    except (ValueError, RecursionError):  # text that is no UTF-8, too
        return None
    return found if len(found) <= LONGEST_ID else None
