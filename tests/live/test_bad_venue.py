"""A hostile venue and network against a whole Trader, which ends in order whatever comes.

No order is sent twice, none is given up unproven, and nothing of the key is kept.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio
import zstandard

from clobstep.enums import OrderState
from clobstep.live.config import ConfigError
from clobstep.live.http import MAX_BODY, HttpLanes
from clobstep.live.orders.start import open_session
from clobstep.live.orders.trader import NotProvenError
from clobstep.session import Session, SessionError
from clobstep.session.series import parts_of
from clobstep.venue.rest.request import Failure, Request
from live import bad_venue
from live.bad_venue import HOSTS, OWNER, Bad, Desk, One, answer, never, play, until
from live.room import KEY, config_of
from live.wire_peer import Peer, answering, silent

Patch = pytest.MonkeyPatch
RESERVED = 3_000_000  # micro-pUSD of the one order
DEEP = b'{"data":[' + b"[" * 100_000
HTML = b"<html><head><title>502 Bad Gateway</title></head><body>cloudflare</body></html>"
OTHER = "0x" + "ee" * 32


def error(text: Any, status: int, **headers: str) -> httpx.Response:
    return answer({"error": text}, status, **headers)


def leg(**fields: Any) -> httpx.Response:
    return answer({"success": True, "errorMsg": "", "orderID": OTHER, "status": "live"} | fields)


# ---- an order's answer

REFUSED: dict[str, Callable[[], Any]] = {
    "payload": lambda: error("Invalid order payload", 400),
    "owner": lambda: error("the order owner has to be the owner of the API KEY", 400),
    "wallet": lambda: error("the order signer address has to be the address of the API KEY", 400),
    "banned": lambda: error("'0xaa' address banned", 400),
    "closed-only": lambda: error("'0xaa' address in closed only mode", 400),
    "many": lambda: error("Too many orders in payload: 16, max allowed: 15", 400),
    "tick": lambda: error(
        "order 0x1 is invalid. Price (0.3) breaks minimum tick size rule: 1", 400
    ),
    "size": lambda: error("order 0x1 is invalid. Size (10) lower than the minimum: 15", 400),
    "crosses": lambda: error("invalid post-only order: order crosses book", 400),
    "balance": lambda: error("not enough balance / allowance: the balance is not enough", 400),
    "expiration": lambda: error("invalid expiration", 400),
    "contract": lambda: error("order canceled in the CTF exchange contract", 400),
    "delayed": lambda: error("order match delayed due to market conditions", 400),
    "not-ready": lambda: error("the market is not yet ready to process new orders", 400),
    "fok": lambda: error(
        "order couldn't be fully filled. FOK orders are fully filled or killed.", 400
    ),
    "fak": lambda: error("no orders found to match with FAK order.", 400),
    "amounts": lambda: error("invalid amounts, the market buy orders maker amount", 400),
    "key": lambda: error("Unauthorized/Invalid api key", 401),
    "blocked": lambda: answer(HTML, 403),
    "restart": lambda: error("service not ready", 425),
    "limit": lambda: error("Too Many Requests", 429, **{"retry-after": "3"}),
    "timed-out": lambda: error("order timed out", 500),
    "disabled": lambda: error("Trading is currently disabled. Please try again later.", 503),
    "cancel-only": lambda: error("Trading is currently cancel-only.", 503),
    "post-only": lambda: answer(
        {"error": "x", "code": "post_only_mode", "retry_after_seconds": 5}, 503
    ),
    "not-sent": lambda: httpx.ConnectError("[Errno -2] Name or service not known"),
    "words-new": lambda: error("the moon is not in its house", 400),
}
UNKNOWN: dict[str, Callable[[], Any]] = {
    "duplicated": lambda: error("order 0x1 is invalid. Duplicated.", 400),
    "insert": lambda: error("could not insert order", 500),
    "rounding": lambda: error("the trade contains rounding issues", 500),
    "internal": lambda: error("Internal server error", 500),
    "proxy": lambda: answer(HTML, 502),
    "proxy-says-ok": lambda: answer(HTML, 200),
    "gateway": lambda: answer(b"", 504),
    "moved": lambda: answer(b"", 302, location="http://evil.example/order"),
    "moved-nowhere": lambda: answer(b"", 307, location="http://[::bad"),
    "conflict": lambda: answer(b"{}", 409),
    "empty": lambda: answer(b""),
    "null": lambda: answer(b"null"),
    "truncated": lambda: answer(b'{"success":true,"errorMsg":"","orderID":"0x'),
    "deep": lambda: answer(DEEP),
    "binary": lambda: answer(b"\xff\xfe\x00\x01" * 10),
    "types": lambda: answer({"success": "yes", "errorMsg": 5, "orderID": [], "status": {}}),
    "no-fields": lambda: answer({}),
    "list": lambda: answer([]),
    "another-order": leg,
    "status-new": lambda: leg(status="quantum"),
    "unproven-400": lambda: answer(b"", 400),
    "large": lambda: answer(b" " * (MAX_BODY + 1)),
    "packed": lambda: packed(gzip.compress(b"{}"), "gzip"),
    "lost": lambda: httpx.ReadError("the connection was reset"),
    "hung-up": lambda: httpx.RemoteProtocolError("Server disconnected"),
    "silence": lambda: never,
}  # fmt: skip


def packed(body: bytes, how: str) -> httpx.Response:
    """As it comes from the network, not as httpx makes one: still packed."""
    stream = httpx.ByteStream(body)
    return httpx.Response(200, headers={"content-encoding": how}, stream=Late(stream))


class Late(httpx.AsyncByteStream):
    """A body that is read when it is asked for."""

    def __init__(self, inner: httpx.ByteStream) -> None:
        self._inner = inner

    async def __aiter__(self) -> Any:
        for part in self._inner:
            yield part


def clean(desk: Desk) -> None:
    """No secret and nothing signed is kept, anywhere in the session or its notes."""
    wanted = [KEY[2:], bad_venue.API_SECRET, bad_venue.PASSPHRASE, *desk.venue.signatures]
    kept = [desk.said().encode()]
    for _, path in parts_of(desk.path / "live.clob"):
        kept.append(path.read_bytes())
        with Session.open(path) as session:
            kept += [raw.payload for raw in session.raw()]
    assert desk.venue.signatures
    assert not [text for text in wanted for data in kept if text.encode() in data]


def in_order(desk: Desk) -> None:
    """It ended with nothing open, and sent nothing twice."""
    assert desk.trader.proven
    assert desk.venue.orders == {}
    assert set(desk.venue.submits.values()) == {1}
    clean(desk)


LIES = ("payload", "balance", "key", "restart", "not-sent")  # refused, and taken all the same
CASES = [(case, False) for case in (*REFUSED, *UNKNOWN)]
CASES += [(case, True) for case in (*LIES, *UNKNOWN)]


@pytest.mark.parametrize("case, executes", CASES)
def test_a_submit_is_sent_once_whatever_is_answered(
    tmp_path: Path, monkeypatch: Patch, case: str, executes: bool
) -> None:
    told = (REFUSED | UNKNOWN)[case]()
    venue = Bad(script={"POST /order": [told]}, executes=executes)
    states: list[OrderState] = []

    async def work(desk: Desk) -> None:
        await until(lambda: venue.submits)
        await trio.sleep(11 if case == "silence" else 0.6)
        if case in UNKNOWN:
            is_open = bool(venue.orders) or not executes  # if it was taken, the proof is here
            assert desk.view.cash.reserved == (RESERVED if is_open else 0)
        elif not executes:
            assert desk.view.cash.reserved == 0
            assert desk.view.orders() == []
        await trio.sleep(120 if case in UNKNOWN or executes else 8)
        assert len(venue.submits) == 1
        found = desk.view.order(1)
        states.append(OrderState(found.state) if found else OrderState.REJECTED)
        if not executes:  # proven: the venue has no such order
            assert desk.view.cash.reserved == 0
            assert desk.view.orders() == []
        elif case in UNKNOWN:  # proven: there it was, and the cancel of its look-up took it away
            assert states[0] in (OrderState.LIVE, OrderState.CANCELED)
            assert desk.view.cash.reserved == (RESERVED if venue.orders else 0)

    desk = play(tmp_path, venue, monkeypatch, work)
    in_order(desk)


@pytest.mark.parametrize("case", ["wallet", "key", "words-new", "proxy", "types"])
def test_what_a_person_can_mend_is_said(tmp_path: Path, monkeypatch: Patch, case: str) -> None:
    venue = Bad(script={"POST /order": [(REFUSED | UNKNOWN)[case]()]})

    async def work(desk: Desk) -> None:
        await until(lambda: venue.submits)
        await trio.sleep(1)
        assert desk.said("alert") or desk.said("unknown") or desk.said("malformed")

    in_order(play(tmp_path, venue, monkeypatch, work))


# ---- every other answer

GARBAGE: dict[str, Callable[[], Any]] = {
    "html": lambda: answer(HTML),
    "proxy": lambda: answer(HTML, 502),
    "truncated": lambda: answer(b'{"data":[{"id":"0x1"'),
    "deep": lambda: answer(DEEP),
    "deep-object": lambda: answer(b'{"a":' * 50_000),
    "types": lambda: answer({"data": 5, "next_cursor": [], "balance": {}, "heartbeat_id": 7}),
    "endless": lambda: answer({"data": [], "next_cursor": "MTAw", "balance": "9" * 5000}),
    "numbers": lambda: answer({"balance": 1e308, "data": [{"id": -1}], "next_cursor": "LTE="}),
    "surrogate": lambda: answer(b'{"error":"\\ud800","heartbeat_id":"\\ud800"}', 400),
    "empty": lambda: answer(b""),
    "unauthorized": lambda: error("Unauthorized/Invalid api key", 401),
    "throttled": lambda: error("slow", 429, **{"retry-after": "999999999999"}),
    "broken": lambda: error("Internal server error", 500),
    "redirect": lambda: answer(b"", 301, location="http://evil.example/"),
    "cookie": lambda: httpx.Response(200, content=b"{}", headers=[
        (b"set-cookie", b"a=b; expires=\xff; domain=..;;="), (b"x", b"\x7f"), (b"date", b"never"),
    ]),
    "large": lambda: answer(b"[" * (MAX_BODY + 1)),
    "packed": lambda: packed(gzip.compress(b"{}"), "gzip"),
    "dns": lambda: httpx.ConnectError("[Errno -2] Name or service not known"),
    "tls": lambda: httpx.ConnectError("certificate verify failed: self-signed certificate"),
    "reset": lambda: httpx.ReadError(""),
    "silence": lambda: never,
}  # fmt: skip
PATHS = (
    "GET /time", "GET /data/orders", "GET /data/trades", "GET /balance-allowance",
    "POST /v1/heartbeats", "POST /books", "GET /markets/keyset", "GET /data/order/",
    "DELETE /order", "DELETE /cancel-all",
)  # fmt: skip


def survives(tmp_path: Path, patch: Patch, paths: tuple[str, ...], make: Callable[[], Any]) -> Desk:
    """Bad for a minute from the first order on, then honest again."""
    venue = Bad(executes=True)

    async def work(desk: Desk) -> None:
        await until(lambda: venue.orders)
        venue.script = {"POST /order": [httpx.ReadError("")]} | {path: [make()] for path in paths}
        venue.stays = True
        desk.strategy.most = 2
        desk.trader.account.want()
        desk.trader.feed.resync(0)
        venue.orders.clear()  # it forgets, too
        await trio.sleep(45)
        assert all(n == 1 for n in venue.submits.values())
        venue.script = {}
        await trio.sleep(40)
        assert desk.view.cash.settled == 1_000_000_000

    desk = play(tmp_path, venue, patch, work)
    in_order(desk)
    return desk


@pytest.mark.parametrize("case", GARBAGE)
def test_a_minute_of_nonsense_on_every_path(tmp_path: Path, monkeypatch: Patch, case: str) -> None:
    desk = survives(tmp_path, monkeypatch, PATHS, GARBAGE[case])
    assert desk.notes


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("case", ["types", "surrogate"])
def test_a_minute_of_nonsense_on_one_path(
    tmp_path: Path, monkeypatch: Patch, case: str, path: str
) -> None:
    survives(tmp_path, monkeypatch, (path,), GARBAGE[case])


def test_a_venue_that_says_our_headers_back_is_not_quoted(
    tmp_path: Path, monkeypatch: Patch
) -> None:
    async def echo(request: httpx.Request) -> httpx.Response:
        said = "; ".join(f"{k}: {v}" for k, v in request.headers.items())
        text = f"{said} {bad_venue.API_SECRET} {request.content.decode()}"
        return httpx.Response(418, content=json.dumps({"error": text}).encode())

    paths = ("POST /order", "GET /data/orders", "DELETE /order", "POST /v1/heartbeats")
    venue = Bad(executes=True)

    async def work(desk: Desk) -> None:
        await until(lambda: venue.beat)
        venue.script, venue.stays = {path: [echo] for path in paths}, True
        desk.trader.account.want()
        await until(lambda: venue.submits)
        await trio.sleep(20)
        assert "HTTP 418" in desk.said()
        venue.script = {}
        await trio.sleep(60)

    in_order(play(tmp_path, venue, monkeypatch, work))


# ---- keys and clocks


def test_a_key_that_is_not_taken_is_told_before_anything_is_sent(
    tmp_path: Path, monkeypatch: Patch
) -> None:
    refused = error("Unauthorized/Invalid api key", 401)
    names = ("GET /data/orders", "GET /data/trades", "GET /balance-allowance")
    venue = Bad(script={name: [refused] for name in names}, stays=True)

    async def work(desk: Desk) -> None:
        await trio.sleep(30)

    told = pytest.RaisesExc(ConfigError, match="the account cannot be read: HTTP 401.*derive")
    with pytest.RaisesGroup(told, flatten_subgroups=True):
        play(tmp_path, venue, monkeypatch, work)
    assert not venue.submits


def test_a_key_that_is_revoked_under_way_ends_unproven_and_says_what_to_do(
    tmp_path: Path, monkeypatch: Patch
) -> None:
    venue = Bad()

    async def work(desk: Desk) -> None:
        await until(lambda: venue.orders)
        refused = error("Unauthorized/Invalid api key", 401)
        names = [name for name in (*PATHS, "POST /order") if name not in ("GET /time",)]
        venue.script, venue.stays = {name: [refused] for name in names}, True
        await trio.sleep(60)
        assert desk.view.cash.reserved == RESERVED  # it may still fill
        assert "HEARTBEAT_LOST" in desk.said("alert")

    with pytest.RaisesGroup(
        pytest.RaisesExc(NotProvenError, match="run `clobstep cancel-all`"), flatten_subgroups=True
    ):
        play(tmp_path, venue, monkeypatch, work)
    assert len(venue.orders) == 1
    assert set(venue.submits.values()) == {1}
    assert venue.asked["DELETE /cancel-all"] > 10


@pytest.mark.parametrize("off_s", [-600, 600])
def test_with_a_clock_that_is_wrong_by_minutes_the_venues_time_is_signed(
    tmp_path: Path, monkeypatch: Patch, off_s: int
) -> None:
    venue = Bad(time_off_s=off_s)
    times: list[int] = []

    async def beats(request: httpx.Request) -> httpx.Response:
        times.append(int(request.headers["poly_timestamp"]) - venue.now_s())
        return answer({"heartbeat_id": "x"})

    venue.script, venue.stays = {"POST /v1/heartbeats": [beats]}, True

    async def work(desk: Desk) -> None:
        await until(lambda: len(times) > 3)
        ahead = "-" if off_s > 0 else "+"
        assert re.search(rf"our clock is \{ahead}(599|600)\.\d s off the venue's: .*NTP",
                         desk.said("clock"))  # fmt: skip

    play(tmp_path, venue, monkeypatch, work)
    assert max(map(abs, times)) <= 1


def test_two_processes_with_one_key_fight_over_the_heartbeat_and_none_dies(
    tmp_path: Path, monkeypatch: Patch
) -> None:
    venue = Bad()

    async def work(desk: Desk) -> None:
        await until(lambda: venue.orders)
        before = venue.asked["POST /v1/heartbeats"]
        for n in range(60):  # the other one beats in between
            venue.beat = f"of-the-other-{n}"
            await trio.sleep(1)
        assert 12 <= venue.asked["POST /v1/heartbeats"] - before <= 130
        assert not desk.trader.beat.is_lost

    in_order(play(tmp_path, venue, monkeypatch, work))


def test_an_order_of_another_process_is_told_and_taken_away(
    tmp_path: Path, monkeypatch: Patch
) -> None:
    venue = Bad()

    async def work(desk: Desk) -> None:
        await until(lambda: venue.orders)
        row = next(iter(venue.orders.values()))
        venue.orders[OTHER] = row | {"id": OTHER, "price": "0.2"}
        await trio.sleep(90)
        assert "FOREIGN" in desk.said("alert")
        assert OTHER not in venue.orders or desk.trader.interning.find_order(OTHER)

    in_order(play(tmp_path, venue, monkeypatch, work))


def test_a_second_process_on_the_same_session_is_refused(
    tmp_path: Path, monkeypatch: Patch
) -> None:
    async def work(desk: Desk) -> None:
        await until(lambda: desk.venue.orders)
        config = config_of(tmp_path, 9)
        with pytest.raises(SessionError, match="another writer has it"):
            open_session(config, One(), desk.trader.infos, bad_venue.START_NS, dry_run=False)

    in_order(play(tmp_path, Bad(), monkeypatch, work))


# ---- lines


async def slams(peer: Peer) -> None:
    """Closes as soon as something is said."""
    await peer.accept()
    await peer.next()
    await peer.close(1008, "no")


async def babbles(peer: Peer) -> None:
    """Says what is no message of any kind."""
    await peer.accept()
    await peer.next()
    for text in (b"", b"null", b"[]", b"{", b'"PONG"', DEEP, b'{"event_type":7}', b"\xc3\xa9",
                 b'[{"event_type":"book","market":{},"asset_id":[]}]', b"9" * 5000,
                 b'{"event_type":"order","id":"' + b"x" * 100_000 + b'"}',
                 b'{"event_type":"trade","owner":"../../etc/x","id":"/etc/passwd"}'):  # fmt: skip
        await peer.say(text)
    await peer.pong()


async def no_websocket(peer: Peer) -> None:
    await peer.stream.send_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 5\r\n\r\n<html")
    await trio.sleep_forever()


async def noise(peer: Peer) -> None:
    await peer.accept()
    await peer.stream.send_all(bytes(range(256)) * 4)
    await trio.sleep_forever()


async def huge(peer: Peer) -> None:
    """A frame that says it is of 2^62 bytes."""
    await peer.accept()
    await peer.stream.send_all(b"\x81\x7f\x40" + bytes(7))
    await trio.sleep_forever()


async def mute(peer: Peer) -> None:
    """Takes the connection and never shakes hands."""
    await trio.sleep_forever()


@pytest.mark.parametrize("which", ["market", "user"])
@pytest.mark.parametrize(
    "script", [silent, answering, slams, babbles, no_websocket, noise, huge, mute],
    ids=lambda script: script.__name__,
)  # fmt: skip
def test_lines_that_lie_or_die(
    tmp_path: Path, monkeypatch: Patch, which: str, script: Callable[[Peer], Awaitable[None]]
) -> None:
    venue = Bad()

    async def work(desk: Desk) -> None:
        await trio.sleep(100)
        line = getattr(desk.lines, which)
        if script in (answering, babbles) and which == "market":
            assert 2 <= len(line.at) <= 40  # PONGs come and no word: the watchdog gives it up
        elif script in (answering, babbles):
            assert len(line.at) == 1  # nothing has to come: it is up
        else:
            assert 2 <= len(line.at) <= 40  # tried again, ever more rarely
            assert desk.said(f"{which}_lost")
        if which == "market":
            # The books are asked for meanwhile, or nothing is quoted.
            assert venue.asked["POST /books"] > 1 or not venue.submits

    desk = play(tmp_path, venue, monkeypatch, work, **{which: [script]})
    assert desk.trader.proven
    assert set(venue.submits.values()) <= {1}
    clean(desk)


# ---- what is packed


@pytest.mark.parametrize("how", ["gzip", "deflate", "br", "zstd", "identity, gzip", "x-none"])
def test_a_packed_answer_is_not_unpacked(how: str) -> None:
    """64 KiB of zstd are 2 GiB; nobody asked for it, so nobody reads it."""
    bomb = zstandard.ZstdCompressor().compress(bytes(1 << 20)) if how == "zstd" else b"\x1f\x8b"

    async def main() -> None:
        transport = httpx.MockTransport(lambda _: packed(bomb, how))
        async with HttpLanes(HOSTS, transport=transport) as http:
            reply = await http.call(Request("GET", "/time"))
        assert (reply.status, reply.failure, reply.body) == (0, Failure.NO_ANSWER, b"")
        assert "packed by" in reply.why

    trio.run(main)


def test_owner_is_no_path_and_no_name_of_a_file(tmp_path: Path, monkeypatch: Patch) -> None:
    async def work(desk: Desk) -> None:
        await trio.sleep(20)

    play(tmp_path, Bad(), monkeypatch, work, user=[babbles])
    names = {path.name for path in tmp_path.rglob("*")}
    assert names == {"clobstep.toml", "live.0000.clob"}
    assert OWNER
