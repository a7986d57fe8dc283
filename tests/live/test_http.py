"""Requests by lane: what a missing answer means, and that nobody else is ever asked."""

from __future__ import annotations

import socket
from collections.abc import Callable

import httpx
import pytest
import trio
import trio.testing

from clobstep.live import http
from clobstep.live.http import HttpLanes
from clobstep.venue.hosts import Hosts, HostsError
from clobstep.venue.rest.request import Failure, Lane, Reply, Request

GET = Request("GET", "/time")
POST = Request("POST", "/order", body=b'{"a":1}', lane=Lane.SUBMIT)


def over(handler: Callable[[httpx.Request], object], request: Request, **more: str) -> Reply:
    """One call over a network that is `handler`, on the mock clock."""

    async def main() -> Reply:
        lanes = HttpLanes(Hosts.loopback(9), transport=httpx.MockTransport(handler))
        async with lanes:
            return await lanes.call(request, {"x-key": "v"}, **more)

    return trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


def test_a_request_goes_out_byte_for_byte_and_the_reply_comes_back() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(201, headers={"X-Some": "Thing"}, content=b"yes")

    query = (("id", "1"), ("id", "2"), ("next", "MA=="))
    reply = over(handler, Request("DELETE", "/orders", query, b'["0x1"]', lane=Lane.CANCEL))
    assert (reply.status, reply.body, reply.failure) == (201, b"yes", Failure.NONE)
    assert reply.header("x-some") == "Thing"
    assert seen[0].method == "DELETE"
    assert str(seen[0].url) == "http://127.0.0.1:9/orders?id=1&id=2&next=MA%3D%3D"
    assert seen[0].content == b'["0x1"]'
    assert seen[0].headers["x-key"] == "v"
    assert seen[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("status", [400, 401, 403, 425, 429, 500, 503])
def test_what_the_venue_refuses_is_a_reply_too(status: int) -> None:
    reply = over(lambda _: httpx.Response(status, content=b'{"error":"no"}'), POST)
    assert (reply.status, reply.failure) == (status, Failure.NONE)


@pytest.mark.parametrize(
    "error, failure",
    [
        (httpx.ConnectError("no name"), Failure.NOT_SENT),
        (httpx.ConnectTimeout("slow"), Failure.NOT_SENT),
        (httpx.PoolTimeout("all busy"), Failure.NOT_SENT),
        (httpx.UnsupportedProtocol("gopher"), Failure.NOT_SENT),
        (httpx.WriteError("cut"), Failure.NO_ANSWER),
        (httpx.WriteTimeout("slow"), Failure.NO_ANSWER),
        (httpx.ReadError("cut"), Failure.NO_ANSWER),
        (httpx.ReadTimeout("slow"), Failure.NO_ANSWER),
        (httpx.RemoteProtocolError("what"), Failure.NO_ANSWER),
        (httpx.LocalProtocolError("what"), Failure.NO_ANSWER),
        (OSError("strange"), Failure.NO_ANSWER),
    ],
)
def test_a_failure_says_whether_it_may_have_executed(error: Exception, failure: Failure) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise error

    reply = over(handler, POST)
    assert (reply.status, reply.failure) == (0, failure)
    assert reply.why == f"clob: {error}"


def test_an_answer_that_does_not_come_in_time_is_none() -> None:
    took: list[float] = []

    async def handler(request: httpx.Request) -> httpx.Response:
        await trio.sleep_forever()

    async def main() -> Reply:
        async with HttpLanes(Hosts.loopback(9), transport=httpx.MockTransport(handler)) as lanes:
            began = trio.current_time()
            reply = await lanes.call(POST)
            took.append(trio.current_time() - began)
            return reply

    reply = trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    assert took == [10.0]
    assert (reply.failure, reply.why) == (Failure.NO_ANSWER, "clob: no answer in 10 s")


class Drip(httpx.AsyncByteStream):
    """A body of `n` parts, each after a second."""

    def __init__(self, n: int, part: bytes) -> None:
        self.n, self.part = n, part

    async def __aiter__(self):
        for _ in range(self.n):
            await trio.sleep(1)
            yield self.part


def test_an_answer_that_never_ends_is_cut_off() -> None:
    reply = over(lambda _: httpx.Response(200, stream=Drip(10_000, b"x")), POST)
    assert (reply.status, reply.failure) == (0, Failure.NO_ANSWER)
    assert reply.why == "clob: no whole answer in 10 s"


def test_an_answer_that_is_too_large_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MAX_BODY", 10)
    assert over(lambda _: httpx.Response(200, content=b"x" * 10), GET).body == b"x" * 10
    reply = over(lambda _: httpx.Response(200, content=b"x" * 11), GET)
    assert (reply.status, reply.failure) == (0, Failure.NO_ANSWER)
    assert "more than 10 bytes" in reply.why


def test_a_redirect_is_not_followed() -> None:
    asked: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(307, headers={"location": "http://elsewhere.example/order"})

    reply = over(handler, POST)
    assert reply.status == 307
    assert asked == ["http://127.0.0.1:9/order"]


@pytest.mark.parametrize("path", ["@elsewhere.example/x", ".elsewhere.example/x", "1/x"])
def test_a_path_cannot_lead_to_another_host(path: str) -> None:
    with pytest.raises(HostsError, match=r"leads away from hosts\.clob"):
        over(lambda _: httpx.Response(200), Request("GET", path))


def test_only_hosts_that_are_configured_are_asked() -> None:
    asked: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200)

    over(handler, Request("GET", ""), host="geoblock")
    assert asked == ["http://127.0.0.1:9/api/geoblock"]

    async def main() -> None:
        async with HttpLanes(Hosts()) as lanes:
            for name in ("relayer", "market_ws", "example.org"):
                with pytest.raises(HostsError, match=f"hosts.{name}: no address is configured"):
                    await lanes.call(GET, host=name)

    trio.run(main)


def test_the_environment_does_not_come_between(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy, a certificate file or a password of the environment changes nothing."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://proxy.example:1")
        monkeypatch.setenv(name.lower(), "http://proxy.example:1")
    with served([b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"]) as run:
        assert run(GET).body == b"ok"


# ---- over real sockets


class served:  # noqa: N801 - used as a word: with served(...) as run
    """A server on loopback that reads a request and writes the next of `answers`, or hangs up."""

    def __init__(self, answers: list[bytes], scheme: str = "http") -> None:
        self.answers = answers
        self.scheme = scheme
        self.n_lines = 0

    def __enter__(self) -> Callable[..., Reply]:
        return self.run

    def __exit__(self, *_: object) -> None:
        pass

    async def _serve(self, stream: trio.SocketStream) -> None:
        self.n_lines += 1
        async with stream:
            while self.answers:
                if not await stream.receive_some(65_536):
                    return
                answer = self.answers.pop(0)
                await stream.send_all(answer)
                if not answer.startswith(b"HTTP/1.1 200"):
                    return

    def run(self, *requests: Request) -> Reply:
        """The reply to the last of them, asked one after another."""
        found: list[Reply] = []

        async def main() -> None:
            async with trio.open_nursery() as nursery:
                listeners = await nursery.start(trio.serve_tcp, self._serve, 0)
                port = listeners[0].socket.getsockname()[1]
                base = f"{self.scheme}://127.0.0.1:{port}"
                async with HttpLanes(Hosts(clob=base)) as lanes:
                    for request in requests:
                        found.append(await lanes.call(request))  # noqa: PERF401
                nursery.cancel_scope.cancel()

        trio.run(main)
        return found[-1]


def test_a_line_that_is_cut_after_the_request_left_is_no_answer() -> None:
    for answer in (b"", b"HTTP/1.1 20", b"HTTP/1.1 201 OK\r\nContent-Length: 9\r\n\r\nhalf"):
        with served([answer]) as run:
            assert run(POST).failure is Failure.NO_ANSWER


def test_too_much_over_a_real_line_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MAX_BODY", 100_000)
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n"
    with served([head + b"x" * 200_000]) as run:
        assert "more than 100000 bytes" in run(POST).why


def test_what_is_no_http_is_no_answer() -> None:
    with served([b"SSH-2.0-x\r\n\r\n"]) as run:
        assert run(POST).failure is Failure.NO_ANSWER


def test_without_tls_on_the_other_side_nothing_was_sent() -> None:
    with served([b"HTTP/1.1 400 Bad Request\r\n\r\n"], scheme="https") as run:
        assert run(POST).failure is Failure.NOT_SENT


def test_a_port_that_nobody_listens_on_means_not_sent() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    async def main() -> Reply:
        async with HttpLanes(Hosts.loopback(port)) as lanes:
            return await lanes.call(POST)

    assert trio.run(main).failure is Failure.NOT_SENT


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    """One frame of HTTP/2."""
    head = len(payload).to_bytes(3, "big") + bytes((kind, flags)) + stream.to_bytes(4, "big")
    return head + payload


def test_an_http_2_answer_that_breaks_in_its_middle_is_no_answer() -> None:
    """The library below maps such an error before an answer begins, and not after."""
    data, headers, settings, ping = 0, 1, 4, 6

    async def answers(stream: trio.SocketStream) -> None:
        begun = frame(headers, 4, 1, b"\x88") + frame(data, 0, 1, b"ha")  # status 200, no end
        await stream.send_all(frame(settings, 0, 0, b"") + begun + frame(ping, 0, 0, b"are you?"))
        heard = b""
        while b"are you?" not in heard:  # it has read all that
            heard += await stream.receive_some(65_536)
        await stream.send_all(frame(data, 0, 0, b"lf"))  # data of no stream
        await stream.aclose()

    async def main() -> Reply:
        async with trio.open_nursery() as nursery:
            listeners = await nursery.start(trio.serve_tcp, answers, 0)
            port = listeners[0].socket.getsockname()[1]
            by_2 = httpx.AsyncHTTPTransport(http1=False, http2=True, trust_env=False)
            async with HttpLanes(Hosts.loopback(port), transport=by_2) as lanes:
                reply = await lanes.call(POST)
            nursery.cancel_scope.cancel()
        return reply

    reply = trio.run(main)
    assert (reply.status, reply.failure) == (0, Failure.NO_ANSWER)


def test_a_lane_keeps_its_line_and_shares_it_with_no_other() -> None:
    ok = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    server = served([ok] * 8)
    requests = [Request("GET", "/", lane=lane) for lane in Lane for _ in range(2)]
    assert server.run(*requests).status == 200
    assert server.n_lines == 4


def test_a_slow_submit_does_not_hold_up_a_cancel() -> None:
    async def handler(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            await trio.sleep(5)
        return httpx.Response(200)

    done: list[tuple[str, float]] = []

    async def main() -> None:
        async with (
            HttpLanes(Hosts.loopback(9), transport=httpx.MockTransport(handler)) as lanes,
            trio.open_nursery() as nursery,
        ):

            async def ask(request: Request) -> None:
                await lanes.call(request)
                done.append((request.method, trio.current_time()))

            nursery.start_soon(ask, POST)
            nursery.start_soon(ask, Request("DELETE", "/order", lane=Lane.CANCEL))

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    assert done == [("DELETE", 0), ("POST", 5)]
