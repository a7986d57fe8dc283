"""The other end of a WebSocket in memory, by the sans-IO server of `websockets`, and a set of them.

What it is told to do, it does: answer PING or not, say things, break off at any byte, or say what
is no WebSocket at all.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import trio
import trio.testing
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

from clobstep.live.wire_socket import WireError, WireSocket

URL = "ws://127.0.0.1:9/ws/market"


class GoneError(Exception):
    """The client has left."""


class Peer:
    """One accepted connection."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self.stream = stream
        self.protocol = ServerProtocol()
        self.texts: list[bytes] = []  # received and not taken yet

    async def accept(self) -> None:
        while True:
            await self._read()
            for event in self.events:
                if isinstance(event, Request):
                    self.protocol.send_response(self.protocol.accept(event))
                    await self.flush()
                    return

    async def next(self) -> bytes:
        """The next text of the client. GoneError when there is none."""
        while not self.texts:
            await self._read()
            self._sort()
            await self.flush()
        return self.texts.pop(0)

    async def say(self, *texts: bytes) -> None:
        """Texts, in one write."""
        for text in texts:
            self.protocol.send_text(text)
        await self.flush()

    async def close(self, code: int = 1000, reason: str = "") -> None:
        self.protocol.send_close(code, reason)
        await self.flush()
        await self.stream.aclose()

    async def flush(self) -> None:
        data = b"".join(self.protocol.data_to_send())
        try:
            if data:
                await self.stream.send_all(data)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            raise GoneError from None

    async def pong(self) -> None:
        """Answer PINGs until the client leaves."""
        while True:
            if await self.next() == b"PING":
                await self.say(b"PONG")

    def _sort(self) -> None:
        for event in self.events:
            if isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                self.texts.append(bytes(event.data))

    async def _read(self) -> None:
        try:
            data = await self.stream.receive_some(65_536)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            data = b""
        if not data:
            raise GoneError
        self.protocol.receive_data(bytes(data))
        self.events: list[Any] = self.protocol.events_received()


Serve = Callable[[Peer], Awaitable[None]]


class Venue:
    """Streams to new peers, each served by the next of `scripts`; the last one stays."""

    def __init__(self, nursery: trio.Nursery, *scripts: Serve | WireError) -> None:
        self._nursery = nursery
        self._scripts = list(scripts)
        self.at: list[float] = []  # when each connection was asked for
        self.peers: list[Peer] = []

    async def open(self) -> trio.abc.Stream:
        self.at.append(trio.current_time())
        script = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
        if isinstance(script, WireError):
            raise script
        ours, theirs = trio.testing.memory_stream_pair()
        peer = Peer(theirs)
        self.peers.append(peer)
        self._nursery.start_soon(self._serve, script, peer)
        return ours

    async def connect(self) -> WireSocket:
        return await WireSocket.connect(URL, stream=await self.open())

    async def _serve(self, script: Serve, peer: Peer) -> None:
        try:
            await script(peer)
        except GoneError:
            await peer.stream.aclose()


async def silent(peer: Peer) -> None:
    """Accepts and says nothing ever."""
    await peer.accept()
    while True:
        await peer.next()


async def answering(peer: Peer) -> None:
    """Accepts, answers PINGs and says nothing else."""
    await peer.accept()
    await peer.pong()


def raw(**said: Any) -> bytes:
    return json.dumps(said, separators=(",", ":")).encode()
