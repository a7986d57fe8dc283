"""Private reads: one lost answer does not spoil a look of many requests."""

from __future__ import annotations

import httpx
import pytest
import trio
import trio.testing

from clobstep.live.clock import Clock
from clobstep.live.http import HttpLanes
from clobstep.live.orders.calls import Calls
from clobstep.secret import Secret
from clobstep.venue.hosts import Hosts
from clobstep.venue.rest import requests
from clobstep.venue.rest.request import Failure, Reply
from clobstep.venue.signing.auth import Credentials

WORDS = Credentials(Secret("key-of-tests"), Secret("c2VjcmV0IG9mIHRlc3Rz"), Secret("pass-of-tests"))


def read(*answers: int | float) -> tuple[Reply, int, float]:
    """The reply, how often it was asked, and how long that took. A float: so many seconds late."""
    asked = 0

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        told = answers[min(asked, len(answers) - 1)]
        asked += 1
        if isinstance(told, float):
            await trio.sleep(told)
            told = 200
        return httpx.Response(told, json=[], request=request)

    async def main() -> tuple[Reply, float]:
        network = httpx.MockTransport(answer)
        async with HttpLanes(Hosts.loopback(1), transport=network) as http:
            calls = Calls(http, Clock(), WORDS, "0x" + "11" * 20)
            began = trio.current_time()
            reply = await calls.read(requests.orders_request())
            return reply, trio.current_time() - began

    reply, took = trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    return reply, asked, took


@pytest.mark.parametrize(
    ("answers", "status", "asked"),
    [
        ((200,), 200, 1),
        ((500, 200), 200, 2),
        ((500,), 500, 2),
        ((404, 200), 404, 1),
        ((429, 200), 429, 1),
    ],
)
def test_a_read_that_the_venue_failed_is_asked_once_more(
    answers: tuple[int, ...], status: int, asked: int
) -> None:
    reply, times, _ = read(*answers)
    assert (reply.status, times) == (status, asked)


def test_a_read_without_an_answer_is_asked_again_soon() -> None:
    reply, times, took = read(60.0, 200)
    assert (reply.status, times) == (200, 2)
    assert took == pytest.approx(1.0)


def test_an_answer_that_is_late_is_taken_all_the_same() -> None:
    reply, times, took = read(1.5, 60.0)
    assert (reply.status, times) == (200, 2)
    assert took == pytest.approx(1.5)


def test_of_many_late_answers_the_first_is_taken() -> None:
    reply, times, took = read(60.0, 60.0, 60.0, 0.5)
    assert (reply.status, times) == (200, 4)
    assert took == pytest.approx(3.5)


def test_a_read_that_has_no_answer_has_none() -> None:
    reply, times, took = read(60.0)
    assert (reply.status, reply.failure, times) == (0, Failure.NO_ANSWER, 5)
    assert took == pytest.approx(7.0)  # the second of them is given up


def test_a_refused_time_is_looked_at_again_soon() -> None:
    """A machine that slept is behind when it wakes up: the venue says 401 until we look."""
    asked: list[tuple[float, str]] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        asked.append((trio.current_time(), request.url.path))
        if request.url.path == "/time":
            return httpx.Response(200, text="1790000000", request=request)
        return httpx.Response(401, json={"error": "Unauthorized"}, request=request)

    async def main() -> None:
        async with HttpLanes(Hosts.loopback(1), transport=httpx.MockTransport(answer)) as http:
            calls = Calls(http, Clock(), WORDS, "0x" + "11" * 20)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(calls.keep_time)
                for _ in range(20):  # refused again and again, from the tenth second on
                    await trio.sleep(10 if not asked[1:] else 0.1)
                    await calls.call(requests.orders_request())
                await trio.sleep_until(70)
                nursery.cancel_scope.cancel()

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    looks = [at for at, path in asked if path == "/time"]
    assert looks == pytest.approx([0.0, 10.0, 12.0])
