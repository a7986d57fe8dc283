"""The WebSocket client on memory streams: all messages of a read, and every way a peer can fail."""

from __future__ import annotations

import random
import re
import socket
import ssl

import pytest
import trio
import trio.testing
from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol, Side

from clobstep.live.wire_socket import WireError, WireSocket, cause, open_stream, parse_address
from live.wire_peer import URL, GoneError, Peer, Venue, answering

CLOCK = trio.testing.MockClock


def run(work, *, real: bool = False):
    return trio.run(work, clock=None if real else CLOCK(autojump_threshold=0))


async def pair(nursery: trio.Nursery, **settings) -> tuple[WireSocket, Peer]:
    ours, theirs = trio.testing.memory_stream_pair()
    peer = Peer(theirs)
    nursery.start_soon(peer.accept)
    return await WireSocket.connect(URL, stream=ours, **settings), peer


def test_all_messages_of_one_read_come_at_once() -> None:
    async def work() -> None:
        async with trio.open_nursery() as nursery:
            client, peer = await pair(nursery)
            await peer.say(b"1", b"22", b"")
            assert await client.receive() == [b"1", b"22", b""]
            await client.send_text(b"hello")
            assert await peer.next() == b"hello"
            await client.aclose()

    run(work)


def test_messages_that_come_with_the_handshake_are_kept() -> None:
    async def work() -> None:
        ours, theirs = trio.testing.memory_stream_pair()
        peer = Peer(theirs)

        async def serve() -> None:
            await peer._read()
            peer.protocol.send_response(peer.protocol.accept(peer.events[0]))
            peer.protocol.send_text(b"first")
            await peer.flush()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(serve)
            client = await WireSocket.connect(URL, stream=ours)
            assert await client.receive() == [b"first"]

    run(work)


def test_a_message_in_parts_and_over_many_reads_is_made_whole() -> None:
    async def work() -> None:
        async with trio.open_nursery() as nursery:
            client, peer = await pair(nursery)
            peer.protocol.send_text(b"one ", fin=False)
            peer.protocol.send_ping(b"between")
            peer.protocol.send_continuation(b"two ", fin=False)
            peer.protocol.send_continuation(b"three", fin=True)
            data = b"".join(peer.protocol.data_to_send())

            async def trickle() -> None:
                for k in range(len(data)):
                    await peer.stream.send_all(data[k : k + 1])
                    await trio.testing.wait_all_tasks_blocked()

            nursery.start_soon(trickle)
            assert await client.receive() == [b"one two three"]

    run(work)


def test_pings_are_answered_by_the_protocol() -> None:
    async def work() -> None:
        async with trio.open_nursery() as nursery:
            client, peer = await pair(nursery)
            peer.protocol.send_ping(b"are you there")
            await peer.say(b"x")
            assert await client.receive() == [b"x"]
            await client.ping()
            seen: list[Opcode] = []
            while len(seen) < 2:
                await peer._read()
                seen += [e.opcode for e in peer.events if isinstance(e, Frame)]
            assert seen == [Opcode.PONG, Opcode.PING]

    run(work)


def test_a_close_is_told_with_its_code_after_what_came_before_it() -> None:
    async def work() -> None:
        async with trio.open_nursery() as nursery:
            client, peer = await pair(nursery)
            peer.protocol.send_text(b"last")
            await peer.close(1008, "policy")
            assert await client.receive() == [b"last"]
            with pytest.raises(WireError, match=r"closed with code 1008, saying 'policy'") as told:
                await client.receive()
            assert (told.value.kind, told.value.code) == ("closed", 1008)
            with pytest.raises(WireError, match="code 1008"):
                await client.send_text(b"too late")
            await client.aclose()

    run(work)


def test_a_message_larger_than_allowed_ends_the_connection() -> None:
    async def work() -> None:
        async with trio.open_nursery() as nursery:
            client, peer = await pair(nursery, max_size=100)
            await peer.say(b"a" * 100)
            assert await client.receive() == [b"a" * 100]
            await peer.say(b"b" * 101)
            with pytest.raises(WireError, match="larger than we take") as told:
                await client.receive()
            assert told.value.kind == "too-large"

    run(work)


def test_parts_cannot_grow_past_the_limit_together() -> None:
    async def work() -> None:
        async with trio.open_nursery() as nursery:
            client, peer = await pair(nursery, max_size=100)
            peer.protocol.send_text(b"a" * 60, fin=False)
            peer.protocol.send_continuation(b"b" * 60, fin=True)
            await peer.flush()
            with pytest.raises(WireError, match="larger than we take"):
                await client.receive()

    run(work)


@pytest.mark.parametrize(
    "garbage",
    [
        b"\xff" * 20,  # reserved bits, no such opcode
        b"\x81\x85abcdefghi",  # masked, as only a client may
        b"\x80\x01x",  # the rest of a message that has no beginning
        b"\x09\x00",  # a ping in parts
        b"\x88\x01\x03",  # half of a close code
        b"HTTP/1.1 200 OK\r\n\r\n" * 9,
    ],
)
def test_garbage_ends_the_connection_in_words(garbage: bytes) -> None:
    async def work() -> None:
        async with trio.open_nursery() as nursery:
            client, peer = await pair(nursery)
            await peer.stream.send_all(garbage)
            with pytest.raises(WireError) as told:
                await client.receive()
            assert told.value.kind == "garbage"
            assert str(told.value)

    run(work)


async def gather(client: WireSocket, got: list[bytes]) -> None:
    while True:
        got += await client.receive()


def whole_session() -> bytes:
    """What a server sends after the handshake, until it says goodbye."""
    server = Protocol(Side.SERVER)
    for text in (b"one", b"2" * 200, b"3" * 70_000):
        server.send_text(text)
    server.send_close(1001, "away")
    return b"".join(server.data_to_send())


def test_a_peer_may_break_off_at_any_byte() -> None:
    """Whole messages before the cut are given; then an error, never anything else."""
    sent = whole_session()
    cuts = [*range(300), *range(300, len(sent), 9_973), len(sent) - 3, len(sent) - 1, len(sent)]

    async def work() -> None:
        for cut in cuts:
            async with trio.open_nursery() as nursery:
                client, peer = await pair(nursery)
                got: list[bytes] = []

                async def send(peer: Peer = peer, cut: int = cut) -> None:
                    await peer.stream.send_all(sent[:cut])
                    await peer.stream.aclose()

                nursery.start_soon(send)
                with pytest.raises(WireError) as told:
                    await gather(client, got)
                whole = [b"one", b"2" * 200, b"3" * 70_000]
                ends = [5, 5 + 204, 5 + 204 + 70_010]
                assert got == [text for text, end in zip(whole, ends, strict=True) if end <= cut]
                assert told.value.kind == ("closed" if cut == len(sent) else "broken")
                await client.aclose()

    run(work)


@pytest.mark.parametrize("seed", range(30))
def test_frames_are_the_same_however_they_are_cut(seed: int) -> None:
    """All lengths of headers, messages in parts, pings between, reads that end anywhere."""
    rng = random.Random(seed)
    server = Protocol(Side.SERVER)
    expected: list[bytes] = []
    for k in range(60):
        body = bytes([k]) * rng.choice([0, 1, 2, 124, 125, 126, 127, 128, 300, 65_535, 65_536])
        if rng.random() < 0.2:
            server.send_ping(b"p" * rng.randrange(126))
        if rng.random() < 0.2:
            cut = rng.randrange(len(body) + 1)
            server.send_text(body[:cut], fin=False)
            if rng.random() < 0.5:
                server.send_ping(b"between")
            server.send_continuation(body[cut:], fin=True)
        elif rng.random() < 0.2:
            server.send_binary(body)
        else:
            server.send_text(body)
        expected.append(body)
    sent = b"".join(server.data_to_send())
    longest = rng.choice([3, 40, 400, 40_000, 400_000])

    async def work() -> None:
        async with trio.open_nursery() as nursery:
            client, peer = await pair(nursery)

            async def send() -> None:
                at = 0
                while at < len(sent):
                    size = rng.randrange(1, longest) if at < 3_000 or longest > 40 else 5_000
                    await peer.stream.send_all(sent[at : at + size])
                    await trio.testing.wait_all_tasks_blocked()
                    at += size

            nursery.start_soon(send)
            got: list[bytes] = []
            while len(got) < len(expected):
                got += await client.receive()
            assert got == expected
            nursery.cancel_scope.cancel()

    run(work)


@pytest.mark.parametrize(
    "answer, words, code",
    [
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno", "HTTP 403 'Forbidden'", 403),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "HTTP 200", 200),
        (
            b"HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"  # noqa: ISC004
            b"Sec-WebSocket-Accept: wrong\r\n\r\n",
            "invalid Sec-WebSocket-Accept",
            0,
        ),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "the answer to the handshake is none", 0),
        (b"", "the answer to the handshake is none", 0),
        (b"HTTP/1.1 101 Swit", "the answer to the handshake is none", 0),
        (b"\x00" * 10_000, "the answer to the handshake is none", 0),
    ],
)
def test_a_wrong_handshake_is_told(answer: bytes, words: str, code: int) -> None:
    async def work() -> None:
        ours, theirs = trio.testing.memory_stream_pair()

        async def serve() -> None:
            await theirs.receive_some(65_536)
            await theirs.send_all(answer)
            await theirs.aclose()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(serve)
            with pytest.raises(WireError, match=re.escape(words)) as told:
                await WireSocket.connect(URL, stream=ours)
        assert (told.value.kind, told.value.code) == ("handshake", code)

    run(work)


def test_a_peer_that_never_answers_is_given_up_in_time() -> None:
    async def work() -> float:
        ours, _theirs = trio.testing.memory_stream_pair()
        with pytest.raises(WireError, match=r"no connection in 15 s") as told:
            await WireSocket.connect(URL, stream=ours)
        assert told.value.kind == "timeout"
        return trio.current_time()

    assert run(work) == pytest.approx(15.0)


def test_two_who_send_do_not_mix_their_messages() -> None:
    async def work() -> None:
        async with trio.open_nursery() as nursery:
            client, peer = await pair(nursery)

            async def send(mark: bytes) -> None:
                for _ in range(20):
                    await client.send_text(mark * 5_000)

            async with trio.open_nursery() as senders:
                senders.start_soon(send, b"a")
                senders.start_soon(send, b"b")
            got = [await peer.next() for _ in range(40)]
            assert sorted(got) == sorted([b"a" * 5_000] * 20 + [b"b" * 5_000] * 20)

    run(work)


def test_closing_says_goodbye_and_a_second_time_is_harmless() -> None:
    async def work() -> None:
        async with trio.open_nursery() as nursery:
            client, peer = await pair(nursery)
            await client.aclose()
            await client.aclose()
            with pytest.raises(GoneError):
                await peer.next()
            close = peer.protocol.close_rcvd
            assert close is not None
            assert close.code == 1000
            with pytest.raises(WireError, match="closed by us"):
                await client.receive()

    run(work)


def test_an_address_that_is_none_is_named() -> None:
    for url in ("https://example.org", "nonsense", "wss://"):
        with pytest.raises(WireError, match=re.escape(repr(url))) as told:
            parse_address(url)
        assert told.value.kind == "address"


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_port_that_nobody_listens_on_is_refused() -> None:
    async def work() -> None:
        with pytest.raises(WireError, match=r"127\.0\.0\.1: port \d+ does not answer") as told:
            await WireSocket.connect(f"ws://127.0.0.1:{free_port()}/")
        assert told.value.kind == "refused"

    run(work, real=True)


def test_a_name_without_an_address_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nobody(*args: object, **settings: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(trio, "open_tcp_stream", nobody)

    async def work() -> None:
        with pytest.raises(WireError, match="no-such-host: has no address") as told:
            await WireSocket.connect("wss://no-such-host/ws")
        assert told.value.kind == "name"

    run(work)


def test_a_peer_that_speaks_no_tls_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = trio.testing.memory_stream_pair()

    async def open_memory(*args: object, **settings: object) -> trio.abc.Stream:
        return ours

    monkeypatch.setattr(trio, "open_tcp_stream", open_memory)

    async def work() -> None:
        await theirs.send_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        with pytest.raises(WireError, match="no secure connection") as told:
            await open_stream(parse_address("wss://127.0.0.1/ws"), ssl.create_default_context())
        assert told.value.kind == "tls"

    run(work)


def test_over_a_real_socket() -> None:
    async def work() -> None:
        async with trio.open_nursery() as nursery:
            listeners = await nursery.start(
                trio.serve_tcp, lambda stream: answering(Peer(stream)), 0
            )
            port = listeners[0].socket.getsockname()[1]
            client = await WireSocket.connect(f"ws://127.0.0.1:{port}/ws/market")
            await client.send_text(b"PING")
            assert await client.receive() == [b"PONG"]
            assert client.n_bytes > 6
            await client.aclose()
            nursery.cancel_scope.cancel()

    run(work, real=True)


def test_the_cause_of_a_group_of_errors_is_named() -> None:
    inner = OSError("connection refused")
    outer = OSError("all attempts failed")
    outer.__cause__ = ExceptionGroup("attempts", [inner])
    assert cause(outer) == "connection refused"
    assert cause(OSError()) == "OSError"


def test_a_venue_in_memory_serves_one_script_after_another() -> None:
    async def work() -> None:
        async with trio.open_nursery() as nursery:
            venue = Venue(nursery, WireError("refused", "not now"), answering)
            with pytest.raises(WireError, match="not now"):
                await venue.connect()
            client = await venue.connect()
            await client.send_text(b"PING")
            assert await client.receive() == [b"PONG"]
            nursery.cancel_scope.cancel()

    run(work)
