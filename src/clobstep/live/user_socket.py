"""The user channel: what the venue says of our own orders and trades.

Owns one connection. Nothing is replayed by the venue, so after each connect the account is read
again (`on_connect`); words that come while it is read wait at the gate. The secret passes through
here once a connect and is not kept.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias, cast

import h11
import trio
import trio_websocket as ws
import wsproto.utilities
from websockets.uri import WebSocketURI

from clobstep.live.backoff import Backoff
from clobstep.live.clock import SECOND, Clock
from clobstep.live.inbox import Ear, Raw
from clobstep.live.wire_socket import WireError, cause, first_of, ignore, open_stream, parse_address
from clobstep.venue import wire
from clobstep.venue.notes import Note
from clobstep.venue.user import UserCodec

PING_NS: Final = 10 * SECOND
PONG_NS: Final = 30 * SECOND
EARLY_NS: Final = 5 * SECOND  # a connection that ends sooner was refused, as a rule for its key
LASTED_NS: Final = 60 * SECOND
CONNECT_S: Final = 15.0
MAX_SIZE: Final = 4 << 20
SOURCE: Final = "user"  # of raw messages
RECORD: Final = 64
NOT_TAKEN: Final = "the venue closed right after the key was shown: it does not take the API key"

Open: TypeAlias = Callable[[], Awaitable[trio.abc.Stream]]


GARBAGE: Final = (wsproto.utilities.ProtocolError, h11.ProtocolError)
# How a line ends by what the peer or the network does.
BROKEN: Final = (
    *GARBAGE,
    WireError,
    ws.HandshakeError,
    ws.ConnectionClosed,
    trio.BrokenResourceError,
    trio.ClosedResourceError,
    OSError,
)


class UserSocket:
    """The task of the user connection: `run` it in a nursery.

    `auth` gives the whole first frame, called once a connect. `redact` takes the ids of owners and
    keys out of a message that is kept. `on_connect` is called when the line is up and subscribed:
    it should start an account read.
    """

    def __init__(
        self,
        *,
        url: str,
        auth: Callable[[], bytes],
        codec: UserCodec,
        inbox: Ear,
        clock: Clock,
        rng: random.Random,
        on_connect: Callable[[], None],
        redact: Callable[[bytes], bytes],
        on_note: Callable[[Note], None] = ignore,
        keep_raw: bool = False,
        open_line: Open | None = None,
    ) -> None:
        self._uri = parse_address(url)
        self._auth = auth
        self._codec = codec
        self._inbox = inbox
        self._clock = clock
        self._backoff = Backoff(rng, most_ns=60 * SECOND)
        self._on_connect = on_connect
        self._redact = redact
        self._on_note = on_note
        self._keep_raw = keep_raw
        self._open: Open = open_line or (lambda: open_stream(self._uri))
        self._line: trio.CancelScope | None = None
        self._given_up = ""
        self._subscribed_ns = 0  # of this line, 0 before
        self._n_heard = 0  # messages of this line, without PONGs
        self.counters: Counter[str] = Counter()

    @property
    def is_connected(self) -> bool:
        """Whether the line is up and subscribed."""
        return self._line is not None

    def reconnect(self, reason: str) -> None:
        """Give the line up. Harmless when there is none."""
        if self._line is not None:
            self._given_up = reason
            self._line.cancel()

    async def run(self) -> None:
        """Until cancelled. Errors: InboxFullError, when the engine stands still."""
        while True:
            began_ns = self._clock.now_ns()
            reason = await self._one_line()
            if self._clock.now_ns() - began_ns >= LASTED_NS:
                self._backoff.worked()
            pause_ns = self._backoff.next_ns()
            self._note(Note("user_lost", f"{reason}; again in {pause_ns / SECOND:.2f} s"))
            await self._clock.sleep(pause_ns)

    # ---- one connection

    async def _one_line(self) -> str:
        """From connecting to the end; why it ended."""
        try:
            stream = await self._opened()
        except WireError as error:
            self.counters[f"failed_{error.kind}"] += 1
            return str(error)
        self._subscribed_ns = self._n_heard = 0
        reason = self._given_up = ""
        try:
            with trio.CancelScope() as line:
                line.deadline = self._deadline(int(CONNECT_S * SECOND))
                async with trio.open_nursery() as nursery:
                    socket = await ws.wrap_client_stream(
                        nursery,
                        cast(trio.SocketStream, stream),  # it takes any stream
                        host_header(self._uri),
                        self._uri.resource_name,
                        max_message_size=MAX_SIZE,
                    )
                    await self._shown(socket, line)
                    nursery.start_soon(self._ping, socket)
                    await self._listen(socket)
            reason = self._given_up or self._silent()
        except* BROKEN as errors:
            reason = self._reason(first_of(errors))
        finally:
            self._line = None
            await trio.aclose_forcefully(stream)
        self.counters["lost"] += self._subscribed_ns > 0
        return reason

    async def _opened(self) -> trio.abc.Stream:
        try:
            with trio.fail_after(CONNECT_S):
                return await self._open()
        except trio.TooSlowError:
            raise WireError("timeout", f"no connection in {CONNECT_S:g} s") from None

    async def _shown(self, socket: ws.WebSocketConnection, line: trio.CancelScope) -> None:
        """Show the key and let the account be read again."""
        await socket.send_message(self._auth().decode())
        self._subscribed_ns = self._clock.now_ns()
        self._line = line
        self._ponged()
        self.counters["connects"] += 1
        self._on_connect()

    def _deadline(self, within_ns: int) -> float:
        return self._clock.trio_time(self._clock.now_ns() + within_ns)

    def _ponged(self) -> None:
        if self._line is not None:
            self._line.deadline = self._deadline(PONG_NS)

    def _silent(self) -> str:
        if not self._subscribed_ns:
            return f"no answer to the handshake in {CONNECT_S:g} s"
        return f"no PONG for {PONG_NS // SECOND} s"

    def _reason(self, error: BaseException) -> str:
        """Why the line is lost, in words. A peer that closes at once means the key."""
        if isinstance(error, ws.ConnectionRejected):
            return f"the peer refused the WebSocket: HTTP {error.status_code}"
        if isinstance(error, GARBAGE):
            return "what came is no WebSocket"
        if not isinstance(error, ws.ConnectionClosed):
            return f"the connection broke: {cause(error)}"
        said = ""
        if error.reason is not None:
            said = f"code {error.reason.code}"
            said += f", saying {error.reason.reason!r}" if error.reason.reason else ""
        early = self._clock.now_ns() - self._subscribed_ns < EARLY_NS and not self._n_heard
        if self._subscribed_ns and early:
            self.counters["refused_key"] += 1
            return f"{NOT_TAKEN} ({said})"
        return f"the connection was closed ({said})"

    async def _ping(self, socket: ws.WebSocketConnection) -> None:
        while True:
            await self._clock.sleep(PING_NS)
            await socket.send_message("PING")

    async def _listen(self, socket: ws.WebSocketConnection) -> None:
        while True:
            said = await socket.get_message()
            frame = said.encode(errors="replace") if isinstance(said, str) else said
            self.counters["messages"] += 1
            if frame == b"PONG":
                self.counters["pongs"] += 1
                self._ponged()
                continue
            self._n_heard += 1
            self._take(frame, self._clock.now_ns())

    def _take(self, frame: bytes, at_ns: int) -> None:
        """Decode a frame's messages, each a word, and pass them on."""
        for message in messages_of(frame):
            records = self._codec.decode(message, at_ns)
            for note in self._codec.take_notes():
                self._note(note)
            raws: tuple[Raw, ...] = ()
            if self._keep_raw:
                raws = ((at_ns, SOURCE, self._redact(message)),)
            self.counters["events"] += len(records) // RECORD
            self._inbox.private(records, raws)

    def _note(self, note: Note) -> None:
        """Tell it without the ids of owners and keys."""
        self.counters[f"notes_{note.kind}"] += 1
        self._on_note(Note(note.kind, self._redact(note.text.encode()).decode(errors="replace")))


def host_header(uri: WebSocketURI) -> str:
    """Host, with the port where it is not the scheme's own."""
    usual = 443 if uri.secure else 80
    return uri.host if uri.port == usual else f"{uri.host}:{uri.port}"


def messages_of(frame: bytes) -> list[bytes]:
    """The messages of a frame, or the frame itself where it is no JSON: the codec says so."""
    try:
        return [bytes(message) for message in wire.messages(frame)]
    except wire.WireError:
        return [frame]
