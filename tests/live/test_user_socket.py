"""The user channel's task: the key is shown once a line, and no word is lost or overtaken."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import trio
import trio.testing

from clobstep import events
from clobstep.enums import EventKind
from clobstep.events import Event
from clobstep.live.backoff import Backoff
from clobstep.live.clock import SECOND, Clock
from clobstep.live.inbox import Inbox
from clobstep.live.user_socket import UserSocket
from clobstep.live.wire_socket import WireError
from clobstep.venue.interning import Interning
from clobstep.venue.notes import Note
from clobstep.venue.user import UserCodec
from live.wire_peer import Peer, Venue
from venue.user_messages import FUNDER, NOW, OWNER, order, trade

AUTH = b'{"auth":{"apiKey":"k","secret":"hush","passphrase":"p"},"type":"user"}'
SEED = 11


class Desk:
    """A user socket with its surroundings."""

    def __init__(self, venue: Venue) -> None:
        self.inbox = Inbox()
        self.notes: list[Note] = []
        self.connected_at: list[float] = []
        self.socket = UserSocket(
            url="ws://127.0.0.1:9/ws/user",
            auth=lambda: AUTH,
            codec=UserCodec(Interning(), owner=OWNER, funder=FUNDER),
            inbox=self.inbox,
            clock=Clock(start_ns=NOW),
            rng=random.Random(SEED),
            on_connect=self.on_connect,
            redact=lambda raw: raw.replace(OWNER.encode(), b"(ours)"),
            on_note=self.notes.append,
            keep_raw=True,
            open_line=venue.open,
        )

    def on_connect(self) -> None:
        self.connected_at.append(trio.current_time())

    def take(self) -> tuple[list[Event], list[bytes]]:
        batches = self.inbox.take()
        found = [events.unpack(e.tobytes()) for batch in batches for e in batch.events]
        return found, [raw for batch in batches for _, _, raw in batch.raws]

    def trades(self) -> list[int]:
        """Sizes in shares of the fills that came in."""
        return [e.size // 1_000_000 for e in self.take()[0] if e.kind == EventKind.TRADE]

    @property
    def reasons(self) -> list[str]:
        return [note.text for note in self.notes if note.kind == "user_lost"]


def play(work: Callable[[Desk, Venue], Awaitable[None]], *scripts: Any) -> tuple[Desk, Venue]:
    async def main() -> tuple[Desk, Venue]:
        async with trio.open_nursery() as nursery:
            venue = Venue(nursery, *scripts)
            desk = Desk(venue)
            nursery.start_soon(desk.socket.run)
            await work(desk, venue)
            nursery.cancel_scope.cancel()
        return desk, venue

    return trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


def pauses(n: int) -> list[float]:
    backoff = Backoff(random.Random(SEED), most_ns=60 * SECOND)
    return [backoff.next_ns() / SECOND for _ in range(n)]


def fill(number: int, ms: int) -> bytes:
    """A trade of `number` shares, said at `ms` past 1,790,000,001 s; its match was long before."""
    stamp = str(1_790_000_001_000 + ms)
    return trade(id=f"t-{number}", size=str(number), timestamp=stamp, maker_orders=[])


def saying(*texts: bytes) -> Callable[[Peer], Awaitable[None]]:
    async def script(peer: Peer) -> None:
        await peer.accept()
        await peer.next()
        for text in texts:
            await peer.say(text)
        await peer.pong()

    return script


def test_the_key_is_shown_first_and_words_become_private_events() -> None:
    said: list[bytes] = []

    async def listen(peer: Peer) -> None:
        await peer.accept()
        said.append(await peer.next())
        await peer.say(order(), b"[" + fill(3, 0) + b"," + fill(4, 1) + b"]")
        await peer.pong()

    async def work(desk: Desk, venue: Venue) -> None:
        await trio.sleep(100)
        found, raws = desk.take()
        assert [e.kind for e in found] == [EventKind.PLACED, EventKind.TRADE, EventKind.TRADE]
        assert {e.time_ns for e in found} == {NOW}
        assert len(raws) == 3
        assert all(b"(ours)" in raw and OWNER.encode() not in raw for raw in raws)
        assert desk.socket.counters["pongs"] == 9
        assert desk.socket.is_connected

    desk, venue = play(work, listen)
    assert said == [AUTH]
    assert desk.connected_at == [0]
    assert len(venue.at) == 1


def test_the_secret_is_in_no_field_of_the_socket() -> None:
    async def work(desk: Desk, venue: Venue) -> None:
        await trio.sleep(1)
        assert "hush" not in repr(vars(desk.socket))

    play(work, saying())


def test_after_each_connect_the_account_is_read_again() -> None:
    async def breaks(peer: Peer) -> None:
        await peer.accept()
        await peer.next()
        await peer.say(order())
        await trio.sleep(20)
        await peer.close(1001)

    async def work(desk: Desk, venue: Venue) -> None:
        await trio.sleep(60)
        assert desk.connected_at == pytest.approx([0, 20 + pauses(1)[0]])
        assert desk.reasons[0].startswith("the connection was closed (code 1001); again in 0.")

    play(work, breaks, saying())


def test_a_key_that_is_not_taken_is_told_and_tried_ever_more_rarely() -> None:
    async def refuses(peer: Peer) -> None:
        await peer.accept()
        await peer.next()
        await peer.close(1008, "auth")

    async def work(desk: Desk, venue: Venue) -> None:
        await trio.sleep(600)
        expected, at = [0.0], 0.0
        for pause in pauses(len(venue.at) - 1):
            at += pause
            expected.append(at)
        assert venue.at == pytest.approx(expected)
        assert 30 <= venue.at[-1] - venue.at[-2] <= 60

    desk, _ = play(work, refuses)
    assert "closed right after the key was shown" in desk.reasons[0]
    assert "(code 1008, saying 'auth')" in desk.reasons[0]
    assert desk.socket.counters["refused_key"] == len(desk.reasons)


def test_a_line_cut_right_after_the_key_is_told_so_too() -> None:
    async def cuts(peer: Peer) -> None:
        await peer.accept()
        await peer.next()
        await peer.stream.aclose()

    async def work(desk: Desk, venue: Venue) -> None:
        await trio.sleep(0.1)
        assert "does not take the API key" in desk.reasons[0]

    play(work, cuts)


def test_without_pongs_the_line_is_given_up() -> None:
    async def silent(peer: Peer) -> None:
        await peer.accept()
        while True:
            await peer.next()

    async def work(desk: Desk, venue: Venue) -> None:
        await trio.sleep(32)
        assert desk.reasons[0].startswith("no PONG for 30 s")
        assert len(desk.connected_at) == 2

    play(work, silent, saying())


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"SSH-2.0\r\n\r\n",
        b"\x00" * 5_000,
        b"",
        b"HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    ],
)
def test_a_wrong_handshake_is_a_reconnect(answer: bytes) -> None:
    async def wrong(peer: Peer) -> None:
        await peer.stream.receive_some(65_536)
        await peer.stream.send_all(answer)
        await peer.stream.aclose()

    async def work(desk: Desk, venue: Venue) -> None:
        await trio.sleep(20)
        assert len(desk.reasons) == 1
        assert desk.connected_at[0] > 0
        assert desk.trades() == [1]

    play(work, wrong, saying(fill(1, 0)))


@pytest.mark.parametrize(
    "garbage",
    [b"\xff" * 40, b"\x81\xfe" + b"x" * 40, b"\x88\x02\x00\x01", b"\x81\x02\xff\xfe", b"\x09\x00",
     b"\x81\x7f" + b"\x7f" * 8 + b"x" * 99, b"\x80\x01x", b"\x88\x01\x03"],
)  # fmt: skip
def test_garbage_on_the_line_is_a_reconnect(garbage: bytes) -> None:
    async def babbles(peer: Peer) -> None:
        await peer.accept()
        await peer.next()
        await peer.stream.send_all(garbage)
        await trio.sleep(100)
        await peer.stream.aclose()

    async def work(desk: Desk, venue: Venue) -> None:
        await trio.sleep(60)
        assert len(desk.reasons) == 1
        assert desk.trades() == [1]

    play(work, babbles, saying(fill(1, 0)))


@pytest.mark.parametrize("n", [*range(8), 100, 500, 900])
def test_a_line_that_breaks_at_any_byte_loses_no_whole_word(n: int) -> None:
    async def breaks(peer: Peer) -> None:
        await peer.accept()
        await peer.next()
        peer.protocol.send_text(fill(1, 0))
        first = b"".join(peer.protocol.data_to_send())
        peer.protocol.send_text(fill(2, 0))
        second = b"".join(peer.protocol.data_to_send())
        await peer.stream.send_all(first + second[:n])
        await peer.stream.aclose()

    async def work(desk: Desk, venue: Venue) -> None:
        await trio.sleep(3)
        sizes = desk.trades()
        assert sizes == ([1, 2, 3] if n == 900 else [1, 3])

    play(work, breaks, saying(fill(3, 0)))


def test_garbage_in_words_is_noted_without_the_owner() -> None:
    async def work(desk: Desk, venue: Venue) -> None:
        await trio.sleep(1)
        assert desk.trades() == [5]
        kinds = [note.kind for note in desk.notes]
        assert kinds == ["malformed", "unknown"]
        assert "(ours)" in desk.notes[1].text
        assert OWNER not in desk.notes[1].text
        assert len(venue.at) == 1

    play(work, saying(b"{", order(type="POEM"), fill(5, 0)))


def test_a_name_that_is_not_found_is_told() -> None:
    async def work(desk: Desk, venue: Venue) -> None:
        await trio.sleep(1)
        assert desk.reasons[0].startswith("nowhere: has no address; again in")
        assert desk.socket.counters["failed_name"] == 1

    play(work, WireError("name", "nowhere: has no address"), saying())
