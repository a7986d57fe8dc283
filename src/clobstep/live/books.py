"""Books by REST: the answer to RESYNC, and the probe of a token that has been silent.

Tokens that are wanted in one moment are asked for together. What comes is put into the inbox as
any book of the market channel, so it is decoded by that channel's codec.
Owns: which tokens are wanted.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Final

import trio

from clobstep.live.clock import Clock
from clobstep.live.inbox import Inbox
from clobstep.venue.market import MarketCodec
from clobstep.venue.notes import Note
from clobstep.venue.rest.reads import Failed, book_events
from clobstep.venue.rest.request import Reply, Request
from clobstep.venue.rest.requests import books_request

MOST: Final = 500  # in a request
TOGETHER_S: Final = 0.05  # wishes of so long go together
PAUSE_S: Final = 1.0  # after an answer that was none


class Books:
    """`want` tokens; `run` in a nursery asks for them."""

    def __init__(
        self,
        call: Callable[[Request], Awaitable[Reply]],
        codec: MarketCodec,
        inbox: Inbox,
        clock: Clock,
        *,
        note: Callable[[Note], None],
    ) -> None:
        self.asked = 0
        self.failures = 0
        self._call = call
        self._codec = codec
        self._inbox = inbox
        self._clock = clock
        self._note = note
        self._wanted: dict[int, None] = {}
        self._more = trio.Event()

    def want(self, tokens: Iterable[int]) -> None:
        """The books of these, soon. A token without an asset is none that has one."""
        self._wanted |= dict.fromkeys(tokens)
        self._more.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._more.wait()
            await trio.sleep(TOGETHER_S)
            self._more = trio.Event()
            wanted, self._wanted = list(self._wanted), {}
            for at in range(0, len(wanted), MOST):
                if not await self.read(wanted[at : at + MOST]):
                    await trio.sleep(PAUSE_S)

    async def read(self, tokens: Iterable[int]) -> bool:
        """Ask for these now; whether there was an answer."""
        names = [self._codec.interning.asset(token) for token in tokens]
        assets = [asset for asset in names if asset is not None]
        if not assets:
            return True
        self.asked += len(assets)
        reply = await self._call(books_request(assets))
        now_ns = self._clock.now_ns()
        found = book_events(self._codec, reply, now_ns)
        if isinstance(found, Failed):
            self.failures += 1
            self._note(found.note)
            return False
        self._inbox.market(found, ((now_ns, "rest books", reply.body),))
        for note in self._codec.take_notes():
            self._note(note)
        return True
