"""Private requests: a Request becomes a Reply, with the headers that prove who asks.

The venue refuses a request whose time is far from its own. So its clock is asked for now and then,
and headers carry its time, however wrong ours is; the engine is told of the offset (CLOCK).
Owns: that offset, and counts of what came back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from math import inf
from typing import Final

import trio

from clobstep import events
from clobstep.live.clock import SECOND, Clock
from clobstep.live.http import HttpLanes
from clobstep.venue.notes import Note
from clobstep.venue.rest import requests
from clobstep.venue.rest.reads import Failed, server_time
from clobstep.venue.rest.request import Auth, Reply, Request
from clobstep.venue.signing.auth import Credentials, l2_headers

EVERY_NS: Final = 60 * SECOND
SOON_NS: Final = 2 * SECOND  # at least between two looks at the clock
UNAUTHORIZED: Final = 401
AGAIN_S: Final = 1.0  # a read without an answer for so long is asked once more
MOST_ASKED: Final = 5  # so often at most
MOST_ERRORS: Final = 2  # of a read, and it has failed
WRONG_NS: Final = 5 * SECOND  # an offset that a person should mend


def _ignore(_: object) -> None:
    """Nobody listens."""


class Calls:
    """Asks the venue as one account. `address` is that of the key."""

    def __init__(
        self,
        http: HttpLanes,
        clock: Clock,
        credentials: Credentials,
        address: str,
        *,
        tell: Callable[[bytes], None] = _ignore,
        note: Callable[[Note], None] = _ignore,
    ) -> None:
        self.ahead_ns = 0  # the venue's clock less ours
        self.counters: Counter[str] = Counter()
        self._look = trio.Event()
        self._http = http
        self._clock = clock
        self._credentials = credentials
        self._address = address
        self._tell = tell
        self._note = note

    def venue_now_ns(self) -> int:
        """The venue's clock, as far as we know it."""
        return self._clock.now_ns() + self.ahead_ns

    async def call(self, request: Request) -> Reply:
        """The reply, or why there is none; raises nothing for what venue or network do."""
        headers: dict[str, str] = {}
        if request.auth is Auth.L2:
            headers = l2_headers(
                self._credentials,
                self._address,
                self.venue_now_ns() // SECOND,
                request.method,
                request.path,
                request.body,
            )
        if request.body:
            headers["content-type"] = "application/json"
        reply = await self._http.call(request, headers)
        if reply.status == UNAUTHORIZED:
            self._look.set()  # our time may be wrong: a machine that slept wakes up behind
        kind = str(reply.status) if reply.status else reply.failure.value
        self.counters[f"{request.lane.value} {kind}"] += 1
        return reply

    async def read(self, request: Request) -> Reply:
        """As `call`, of what changes nothing: the first good answer of several asks.

        One more is asked where none came for a while, or where the venue erred. A look at the
        account has as many requests as there are tokens, and one lost answer would spoil it all.
        """
        into, replies = trio.open_memory_channel[Reply](MOST_ASKED)

        async def ask() -> None:
            into.send_nowait(await self.call(request))

        asked = errors = 0
        async with trio.open_nursery() as nursery:
            while True:
                if asked < MOST_ASKED:
                    nursery.start_soon(ask)
                    asked += 1
                with trio.move_on_after(AGAIN_S if asked < MOST_ASKED else inf) as silence:
                    reply = await replies.receive()
                if silence.cancelled_caught:
                    continue
                is_good = reply.status and reply.status < 500
                errors += not is_good
                if is_good or errors == MOST_ERRORS:
                    nursery.cancel_scope.cancel()
                    return reply

    async def keep_time(self) -> None:
        """Until cancelled: the venue's clock, every minute, and soon where it refused our time."""
        while True:
            self._look = trio.Event()
            await self.look_at_clock()
            await self._clock.sleep(SOON_NS)
            with trio.move_on_after((EVERY_NS - SOON_NS) / (self._clock.speed * SECOND)):
                await self._look.wait()

    async def look_at_clock(self) -> bool:
        """Ask for the venue's time; whether it said it."""
        began_ns = self._clock.now_ns()
        found = server_time(await self.call(requests.time_request()))
        ended_ns = self._clock.now_ns()
        if isinstance(found, Failed):
            self._note(found.note)
            return False
        # It says whole seconds: on the mean it is half of one further.
        before, self.ahead_ns = self.ahead_ns, found + SECOND // 2 - (began_ns + ended_ns) // 2
        if abs(self.ahead_ns) <= SECOND:
            self.ahead_ns = 0  # no more than what whole seconds can tell
        if abs(self.ahead_ns) > WRONG_NS and abs(self.ahead_ns - before) > SECOND:
            text = f"our clock is {-self.ahead_ns / SECOND:+.1f} s off the venue's: set it by NTP"
            self._note(Note("clock", text))
        self._tell(events.clock(-self.ahead_ns, at=ended_ns))
        return True
