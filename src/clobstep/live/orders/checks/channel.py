"""The user channel as a check sees it: that it takes the key, and what it says of one order.

Owns one connection and what was heard of each order.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import trio

from clobstep.live.checks.feed import opened
from clobstep.live.checks.result import FailError, Result, passed
from clobstep.live.orders.checks.site import AccountSite
from clobstep.live.user_socket import messages_of
from clobstep.live.wire_socket import WireError, WireSocket
from clobstep.venue import wire
from clobstep.venue.signing.auth import user_subscription

GRACE_S: Final = 1.0  # a key that is not taken is told by a close, which may come after the PONG
REFUSED: Final = "the API key was revoked or is another venue's: clobstep keys derive makes it anew"


class Channel:
    """`heard` of (order hash, kind of message); `problem` once the line is over."""

    def __init__(self) -> None:
        self.pong = trio.Event()
        self.over = trio.Event()
        self.heard: set[tuple[str, str]] = set()
        self.problem = ""
        self._more = trio.Event()

    async def listen(self, socket: WireSocket) -> None:
        """Until the line is over."""
        try:
            while True:
                for frame in await socket.receive():
                    if frame == b"PONG":
                        self.pong.set()
                        continue
                    for message in messages_of(frame):
                        self._take(message)
                self._wake()
        except WireError as error:
            self.problem = str(error)
            self.over.set()
            self.pong.set()
            self._wake()

    async def begin(self, socket: WireSocket, frame: bytes, wait_s: float) -> None:
        """Show the key, and wait for a PONG. Errors: FailError."""
        try:
            await socket.send_text(frame)
            await socket.send_text(b"PING")
        except WireError as error:
            self.problem = self.problem or str(error)
        with trio.move_on_after(0 if self.problem else wait_s):
            await self.pong.wait()
        if self.problem:
            raise FailError(f"the key was shown, then: {self.problem}", REFUSED)
        if not self.pong.is_set():
            raise FailError(
                f"the key was shown, and no PONG came in {wait_s:g} s: the line is half open",
                "ask again; does a proxy between cut WebSockets?",
            )

    async def told(self, order_hash: str, kind: str, seconds: float) -> bool:
        """Whether it said this of an order, within so long."""
        wanted = (order_hash.lower(), kind)
        with trio.move_on_after(seconds):
            while wanted not in self.heard and not self.problem:
                await self._more.wait()
        return wanted in self.heard

    def _take(self, message: bytes) -> None:
        try:
            said = wire.decode(message)
        except wire.WireError:
            return
        if isinstance(said, dict):
            self.heard.add((str(said.get("id")).lower(), str(said.get("type")).upper()))

    def _wake(self) -> None:
        self._more.set()
        self._more = trio.Event()


@asynccontextmanager
async def channel(site: AccountSite) -> AsyncIterator[Channel]:
    """Open, with the key shown and a PONG back. Errors: FailError, SkipError without a key."""
    frame, made = user_subscription(site.shown), Channel()
    try:
        async with opened(site, "user_ws") as socket, trio.open_nursery() as nursery:
            nursery.start_soon(made.listen, socket)
            await made.begin(socket, frame, site.wait_s)
            yield made
            nursery.cancel_scope.cancel()
    except BaseExceptionGroup as group:  # a nursery wraps what leaves its block
        raise _inner(group) from None


async def user_socket(site: AccountSite) -> Result:
    """It takes the key and answers. Without an order of ours it has nothing else to say."""
    began_ns = site.clock.now_ns()
    async with channel(site) as made:
        took_ms = site.since_ms(began_ns)
        with trio.move_on_after(GRACE_S):
            await made.over.wait()
        if made.problem:
            raise FailError(f"the key was shown, then: {made.problem}", REFUSED)
    return passed(
        f"open, the key is taken, PONG after {took_ms} ms; only an order of ours would show more",
        figures={"open_ms": took_ms},
    )


def _inner(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error
