"""Requests on their way: a queue and workers for each lane, so that a cancel waits for no submit.

Owns: what waits to be sent. A submit that waited here for too long is never sent: the engine would
hold it for unknown by the time it arrives.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from math import inf
from typing import Final, NamedTuple

import trio

from clobstep.venue.rest.request import Lane, Reply, Request

WORKERS: Final = {Lane.SUBMIT: 8, Lane.CANCEL: 8, Lane.READ: 8}
LATE_S: Final = 2.0  # a submit that waited so long is not sent


class Mail(NamedTuple):
    """A request, what is done with its reply, and what if it is too late to be sent."""

    request: Request
    answer: Callable[[Reply], None]
    expire: Callable[[], None] | None = None


class Post:
    """Sends mail; `call` authenticates a request and brings its reply, and never raises."""

    def __init__(self, call: Callable[[Request], Awaitable[Reply]]) -> None:
        self._call = call
        self._into: dict[Lane, trio.MemorySendChannel[tuple[float, Mail]]] = {}
        self._from: dict[Lane, trio.MemoryReceiveChannel[tuple[float, Mail]]] = {}
        for lane in WORKERS:
            # The engine's tables bound what can wait: open orders, and one look of each.
            self._into[lane], self._from[lane] = trio.open_memory_channel[tuple[float, Mail]](inf)

    def send(self, mail: Mail) -> None:
        """Put it into its lane; waits for nothing."""
        self._into[mail.request.lane].send_nowait((trio.current_time(), mail))

    async def run(self) -> None:
        """Workers, until cancelled."""
        async with trio.open_nursery() as nursery:
            for lane, n in WORKERS.items():
                for _ in range(n):
                    nursery.start_soon(self._work, self._from[lane])

    async def _work(self, mails: trio.MemoryReceiveChannel[tuple[float, Mail]]) -> None:
        async for born, mail in mails:
            if mail.expire is not None and trio.current_time() - born > LATE_S:
                mail.expire()
                continue
            mail.answer(await self._call(mail.request))
