"""Gamma and the CLOB's metadata in memory, behind httpx's mock transport."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import msgspec
import trio
import trio.testing

from clobstep.live.gamma import GammaFetcher, Patience
from clobstep.venue.hosts import Hosts
from venue import gamma_made as made

HOSTS = Hosts.loopback(8080)
Answer = httpx.Response | Exception | Callable[[], Awaitable[httpx.Response]]


def reply(value: Any, status: int = 200, **headers: str) -> httpx.Response:
    body = value if isinstance(value, bytes) else msgspec.json.encode(value)
    return httpx.Response(status, content=body, headers=headers)


class FakeGamma:
    """Answers by path. `events`: by id; `clob`: by condition; `next`: answers that go before."""

    def __init__(self) -> None:
        self.events: dict[str, dict[str, Any]] = {}
        self.clob: dict[str, dict[str, Any]] = {}
        self.next: list[Answer] = []
        self.clob_is_silent = False
        self.asked: list[tuple[float, httpx.URL]] = []
        self.client = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))

    def fetcher(self, **given: Any) -> GammaFetcher:
        return GammaFetcher(self.client, HOSTS, rng=random.Random(3), **given)

    def impatient(self) -> GammaFetcher:
        """One that tries once."""
        return self.fetcher(patience=Patience(tries=1))

    def paths(self, start: str = "") -> list[str]:
        return [url.path for _, url in self.asked if url.path.startswith(start)]

    def markets(self) -> list[dict[str, Any]]:
        return [
            market | {"events": [{k: v for k, v in event.items() if k != "markets"}]}
            for event in self.events.values()
            for market in event["markets"]
        ]

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append((trio.current_time(), request.url))
        if self.next:
            answer = self.next.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer if isinstance(answer, httpx.Response) else await answer()
        path, query = request.url.path, request.url.params
        if path.startswith("/events/"):
            event = self.events.get(path.rpartition("/")[2])
            return reply({"error": "no event"}, 404) if event is None else reply(event)
        if path == "/markets/keyset":
            wanted = query.get_list("condition_ids")
            closed = query.get("closed", "false") == "true"
            found = [m for m in self.markets()
                     if m["conditionId"] in wanted and m["closed"] is closed]  # fmt: skip
            return reply({"markets": found})
        if self.clob_is_silent:
            await trio.sleep_forever()
        clob = self.clob.get(path.rpartition("/")[2])
        return reply({"error": "no market"}, 404) if clob is None else reply(clob)


def an_event(number: int = 900, markets: int = 2, **fields: Any) -> dict[str, Any]:
    """An event of so many markets, numbered from 1."""
    own = [made.raw(n, negRisk=bool(fields.get("negRisk"))) for n in range(1, markets + 1)]
    return made.event(own, id=str(number)) | fields


def run(main: Callable[[], Awaitable[None]]) -> None:
    """Run it with a clock that jumps whenever all sleep."""
    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
