"""A WebSocket client on a trio stream: all messages of one socket read at once.

The protocol is that of the `websockets` package without its I/O. What nearly all frames are, a
whole text that lies whole in what was read, is cut out here, because the package takes 7 us a frame
for it; any other frame, and all that is wrong, goes to the package, which always sees whole frames.
Owns one connection: its stream, the protocol's state, the parts of a message that is not whole yet.
Whatever the peer does is either messages or a WireError with a text for people.
"""

from __future__ import annotations

import logging
import socket
import ssl
from typing import Final, Self, TypeVar

import trio
from websockets.client import ClientProtocol
from websockets.exceptions import InvalidStatus, InvalidURI, PayloadTooBig, ProtocolError
from websockets.frames import Close, Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.uri import WebSocketURI, parse_uri

E = TypeVar("E", bound=BaseException)

MAX_SIZE: Final = 16 << 20  # bytes of one message
READ_SIZE: Final = 65_536  # bytes of one socket read at most
CONNECT_S: Final = 15.0  # for name, TCP, TLS and handshake together
_WHOLE_TEXT: Final = 0x81  # first byte of a text frame that is a message, without any extension
_DATA: Final = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT)
# The protocol would log each frame where a process logs everything: what is said here is our own.
_QUIET: Final = logging.Logger("clobstep.live.wire_socket", logging.CRITICAL + 1)


class WireError(Exception):
    """The connection cannot be made or is over; the text says why.

    `kind` is one word to count by: address, name, refused, tls, handshake, timeout, closed, broken,
    garbage, too-large. `code` is the close code that the peer gave or the status of its handshake.
    """

    def __init__(self, kind: str, text: str, code: int = 0) -> None:
        super().__init__(text)
        self.kind = kind
        self.code = code


class WireSocket:
    """One open connection; made by `connect`. One task receives, any task may send."""

    def __init__(
        self, stream: trio.abc.Stream, protocol: ClientProtocol, max_size: int = MAX_SIZE
    ) -> None:
        self._stream = stream
        self._protocol = protocol
        self._max_size = max_size
        self._owed = 0  # bytes that the protocol's frame still lacks
        self._head = b""  # a frame's first bytes, too few to tell its length
        self._sending = trio.Lock()
        self._parts: list[bytes] = []
        self._ready: list[bytes] = []  # messages that came with the handshake
        self._over: WireError | None = None
        self.n_bytes = 0

    @classmethod
    async def connect(
        cls,
        url: str,
        *,
        stream: trio.abc.Stream | None = None,
        max_size: int = MAX_SIZE,
        timeout_s: float = CONNECT_S,
        tls: ssl.SSLContext | None = None,
    ) -> Self:
        """Open a connection; over `stream` if one is given. Errors: WireError."""
        uri = parse_address(url)
        try:
            with trio.fail_after(timeout_s):
                if stream is None:
                    stream = await open_stream(uri, tls)
                protocol = ClientProtocol(uri, max_size=max_size, logger=_QUIET)
                made = cls(stream, protocol, max_size)
                await made._shake_hands()
        except trio.TooSlowError:
            await _drop(stream)
            raise WireError("timeout", f"{uri.host}: no connection in {timeout_s:g} s") from None
        except BaseException:
            await _drop(stream)
            raise
        return made

    async def receive(self) -> list[bytes]:
        """The messages that the next socket read makes whole, one at least.

        Errors: WireError when the connection is over; what came before its end is given first.
        """
        while True:
            if self._ready:
                ready, self._ready = self._ready, []
                return ready
            if self._over is not None:
                raise self._over
            await self._read()

    async def send_text(self, data: bytes) -> None:
        """Send one text message. Errors: WireError."""
        self._check_open()
        self._protocol.send_text(data)
        await self._flush()

    async def ping(self) -> None:
        """A ping of the protocol; its pong is taken in silence, a ping of the peer is answered."""
        self._check_open()
        self._protocol.send_ping(b"")
        await self._flush()

    async def aclose(self, code: int = 1000) -> None:
        """Say goodbye if the peer takes it at once, and close."""
        with trio.move_on_after(0.2) as scope:
            scope.shield = True
            if self._protocol.state is State.OPEN and self._over is None:
                self._protocol.send_close(code)
                try:
                    await self._flush()
                except WireError as error:
                    self._over = error
        if self._over is None:
            self._over = WireError("closed", "closed by us")
        await _drop(self._stream)

    # ---- inside

    async def _shake_hands(self) -> None:
        protocol = self._protocol
        protocol.send_request(protocol.connect())
        await self._flush()
        while protocol.state is State.CONNECTING and protocol.handshake_exc is None:
            await self._read()
        if protocol.handshake_exc is not None:
            raise handshake_error(protocol.handshake_exc)

    async def _read(self) -> None:
        try:
            data = await self._stream.receive_some(READ_SIZE)
        except (trio.BrokenResourceError, trio.ClosedResourceError, OSError) as error:
            raise self._broken(error) from None
        self.n_bytes += len(data)
        protocol = self._protocol
        if data:
            self._divide(bytes(data))
        else:
            protocol.receive_eof()
            self._collect()
        if self._over is None and (not data or protocol.state > State.OPEN):
            self._over = self._end()
        if not data:
            return
        try:
            await self._flush()
        except WireError:
            if self._over is None or not self._ready:
                raise

    def _divide(self, data: bytes) -> None:
        """What was read, cut into frames; see the module's text for who takes which."""
        at = 0
        if self._protocol.state is State.CONNECTING:
            at = self._answer(data)
        elif self._owed:
            at = min(self._owed, len(data))
            self._owed -= at
            self._give(data[:at])
        elif self._head:
            data, self._head = self._head + data, b""
        size = len(data)
        while at < size and self._protocol.state is State.OPEN:
            begin = at + 2
            length = data[at + 1] if begin <= size else 0
            if length in (126, 127):
                begin += 2 if length == 126 else 8
                length = int.from_bytes(data[at + 2 : begin], "big")
            if begin > size:
                self._head = data[at:]
                return
            if (begin == at + 2 and length > 127) or length > self._max_size:
                break  # masked, or larger than we take: the protocol says so
            end = begin + length
            if data[at] == _WHOLE_TEXT and end <= size and not self._parts:
                self._ready.append(data[begin:end])
            else:
                self._give(data[at:end])
                self._owed = max(0, end - size)
            at = end
        if at < size:
            self._give(data[at:])

    def _answer(self, data: bytes) -> int:
        """Give the protocol the answer to the handshake; where in the data its last byte is."""
        for at in range(len(data)):
            self._give(data[at : at + 1])
            if self._protocol.state is not State.CONNECTING:
                return at + 1
        return len(data)

    def _give(self, data: bytes) -> None:
        self._protocol.receive_data(data)
        self._collect()

    def _collect(self) -> None:
        for event in self._protocol.events_received():
            if isinstance(event, Frame) and event.opcode in _DATA:
                self._take(event)

    def _take(self, frame: Frame) -> None:
        data = bytes(frame.data)
        if frame.fin and not self._parts:
            self._ready.append(data)
            return
        self._parts.append(data)
        if frame.fin:
            self._ready.append(b"".join(self._parts))
            self._parts.clear()

    async def _flush(self) -> None:
        """Send what the protocol has to say; turns are taken, so a ping cannot split a message."""
        if not (chunks := self._protocol.data_to_send()):
            return
        data = b"".join(chunks)
        if not data:
            return  # the protocol's word for closing our side: the stream is closed as a whole
        try:
            async with self._sending:
                await self._stream.send_all(data)
        except (trio.BrokenResourceError, trio.ClosedResourceError, OSError) as error:
            raise self._broken(error) from None

    def _check_open(self) -> None:
        if self._over is not None:
            raise self._over
        if self._protocol.state is not State.OPEN:
            raise WireError("closed", "the connection is closing")

    def _broken(self, error: BaseException) -> WireError:
        if self._over is None:
            self._over = WireError("broken", f"the connection broke: {cause(error)}")
        return self._over

    def _end(self) -> WireError:
        """Why there will be no more."""
        protocol = self._protocol
        wrong = protocol.parser_exc
        if isinstance(wrong, PayloadTooBig):
            return WireError("too-large", f"a message is larger than we take: {wrong}", 1009)
        if isinstance(wrong, ProtocolError | UnicodeDecodeError):
            return WireError("garbage", f"what came is no WebSocket frame: {wrong}")
        if protocol.close_rcvd is not None:
            return closed_by_peer(protocol.close_rcvd)
        return WireError("broken", "the peer ended the connection without a word")


def parse_address(url: str) -> WebSocketURI:
    """Host, port and path. Errors: WireError."""
    try:
        return parse_uri(url)
    except (InvalidURI, ValueError):
        raise WireError("address", f"{url!r} is no address: write wss://...") from None


def closed_by_peer(close: Close) -> WireError:
    """The peer said goodbye."""
    said = f", saying {close.reason!r}" if close.reason else ""
    return WireError("closed", f"the peer closed with code {int(close.code)}{said}", close.code)


def handshake_error(wrong: Exception) -> WireError:
    """The peer answered the handshake with something else than yes."""
    if isinstance(wrong, InvalidStatus):
        status = wrong.response.status_code
        return WireError("handshake", f"the peer refused the WebSocket: {_shown(wrong)}", status)
    return WireError("handshake", f"the answer to the handshake is none: {cause(wrong)}")


def _shown(wrong: InvalidStatus) -> str:
    response: Response = wrong.response
    return f"HTTP {response.status_code} {response.reason_phrase[:100]!r}"


async def open_stream(uri: WebSocketURI, tls: ssl.SSLContext | None = None) -> trio.abc.Stream:
    """TCP, and TLS if the address says so. Errors: WireError."""
    try:
        tcp = await trio.open_tcp_stream(uri.host, uri.port)
    except OSError as error:
        kind = "name" if isinstance(error, socket.gaierror) else "refused"
        what = "has no address" if kind == "name" else f"port {uri.port} does not answer"
        raise WireError(kind, f"{uri.host}: {what}: {cause(error)}") from None
    if not uri.secure:
        return tcp
    context = ssl.create_default_context() if tls is None else tls
    stream = trio.SSLStream(tcp, context, server_hostname=uri.host, https_compatible=True)
    try:
        await stream.do_handshake()
    except (trio.BrokenResourceError, OSError) as error:
        await trio.aclose_forcefully(stream)
        raise WireError("tls", f"{uri.host}: no secure connection: {cause(error)}") from None
    except BaseException:
        await trio.aclose_forcefully(stream)
        raise
    return stream


def cause(error: BaseException) -> str:
    """What lies beneath an error, in one line."""
    seen = 0
    while seen < 8:
        seen += 1
        if isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        elif error.__cause__ is not None:
            error = error.__cause__
        else:
            break
    return (str(error) or type(error).__name__)[:300]


def first_of(errors: BaseExceptionGroup[E]) -> E:
    """Of errors that ended a line together, the first; the others follow from it."""
    one: E | BaseExceptionGroup[E] = errors
    while isinstance(one, BaseExceptionGroup):
        one = one.exceptions[0]
    return one


def ignore(_: object) -> None:
    """For who does not want to be told."""


async def _drop(stream: trio.abc.Stream | None) -> None:
    if stream is not None:
        await trio.aclose_forcefully(stream)
