"""The venue's routes as one application, and what goes wrong between a request and its answer.

Owns the table of routes: who may ask, which fault hits which.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, NamedTuple

import msgspec
import trio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from clobstep_sim.server import texts
from clobstep_sim.server.accounts import BAD_KEY
from clobstep_sim.server.asking import Answer, Ask, error
from clobstep_sim.server.faults import Faults
from clobstep_sim.server.orders import RefusedError
from clobstep_sim.server.posted import Posted
from clobstep_sim.server.venue import SECOND, Venue

MOST_BYTES: Final = 1 << 20
VERY_LATE_NS: Final = 300 * SECOND
HANGS_S: Final = 300
LOGIN, PUBLIC, SUBMIT, CANCEL, READ, BEAT, GAMMA, PLAIN, CONVERT = range(9)
PRIVATE: Final = frozenset({SUBMIT, CANCEL, READ, BEAT, CONVERT})
Handler = Callable[[Ask], Awaitable[Answer]]


class Point(NamedTuple):
    """A route. `kind` says whether a key is needed and what may go wrong."""

    method: str
    path: str
    kind: int
    handler: Handler
    part: str = ""


class Door:
    """Every request goes through it."""

    def __init__(
        self, venue: Venue, faults: Faults, late: trio.Nursery, posted: Posted | None = None
    ) -> None:
        self._venue = venue
        self._posted = posted
        self._faults = faults
        self._late = late  # where requests live that arrive after their client has gone

    def route(self, point: Point) -> Route:
        async def endpoint(request: Request) -> Response:
            body = await request.body()
            ask = Ask(
                point.method, request.url.path, _query(request), body,
                dict(request.headers.items()),
                part=str(request.path_params.get(point.part, "")),
            )  # fmt: skip
            if len(body) > MOST_BYTES:
                return _response(error(413, "Request Entity Too Large"))
            answer = await self._through(point, ask)
            if answer is None:
                await _hang(request)
                return Response(status_code=500)
            return _response(answer)

        return Route(point.path, endpoint, methods=[point.method])

    async def _through(self, point: Point, ask: Ask) -> Answer | None:
        """The answer; None when none comes."""
        if point.kind == PLAIN:
            return await self._ask(point, ask)
        if point.kind == SUBMIT and self._posted is not None:
            self._posted.see(point.path, ask.body)
        await self._venue.sleep(self._faults.rest_delay_ns())
        lost = self._is_lost(point, ask)
        if lost:
            return None
        answer = self._turned_away(point) or await self._executed(point, ask)
        if self._faults.hit("answer_drop_ppm"):
            return None
        if self._faults.hit("answer_late_ppm"):
            await self._venue.sleep(self._faults.below(15 * SECOND))
        await self._venue.sleep(self._faults.rest_delay_ns())
        return answer

    def _is_lost(self, point: Point, ask: Ask) -> bool:
        """It never arrives, or five minutes later."""
        if point.kind == SUBMIT and self._faults.hit("ask_very_late_ppm"):
            self._late.start_soon(self._arrive_late, point, ask)
            return True
        return self._faults.hit("ask_drop_ppm")

    async def _arrive_late(self, point: Point, ask: Ask) -> None:
        """Its signature was looked at by the proxy before it: that is not why it would fail."""
        keyed = self._keyed(point, ask)
        with trio.move_on_after(VERY_LATE_NS / SECOND / self._venue.settings.speed):
            await self._faults.calmed.wait()
        if isinstance(keyed, Ask):
            await self._ask(point, keyed, is_keyed=True)

    def _turned_away(self, point: Point) -> Answer | None:
        """Before it is looked at."""
        faults = self._faults
        if point.kind in PRIVATE and faults.lasts("key"):
            return error(401, BAD_KEY)
        if point.kind == GAMMA and faults.lasts("gamma"):
            return error(503, "Service Unavailable")
        if point.kind != GAMMA and faults.lasts("throttle"):
            headers = {"Retry-After": str(1 + faults.below(3))} if faults.coin() else {}
            return error(429, texts.TOO_MANY, headers)
        if point.kind in (READ, PUBLIC, GAMMA) and faults.hit("read_error_ppm"):
            return error(500, texts.INTERNAL)
        return None

    async def _executed(self, point: Point, ask: Ask) -> Answer:
        """It arrives, perhaps twice; the answer may be an error whether or not it was executed."""
        moves = point.kind in (SUBMIT, CANCEL)
        is_error = moves and self._faults.hit("error_ppm")
        if is_error and self._faults.coin():
            return error(500, "could not insert order")
        answer = await self._ask(point, ask)
        if moves and self._faults.hit("ask_double_ppm"):
            answer = await self._ask(point, ask)
        if point.kind == GAMMA and self._faults.hit("gamma_garbage_ppm"):
            return _garbage(self._faults, answer)
        return error(500, "could not insert order") if is_error else answer

    def _keyed(self, point: Point, ask: Ask) -> Ask | Answer:
        """With its key, if it needs one."""
        if point.kind not in PRIVATE:
            return ask
        try:
            key = self._venue.accounts.check(
                ask.headers, ask.method, ask.path, ask.body, self._venue.now_s
            )
        except RefusedError as no:
            return error(no.status, no.text)
        return Ask(ask.method, ask.path, ask.query, ask.body, ask.headers, key, ask.part)

    async def _ask(self, point: Point, ask: Ask, is_keyed: bool = False) -> Answer:
        self._venue.advance()
        keyed = ask if is_keyed else self._keyed(point, ask)
        if isinstance(keyed, Answer):
            return keyed
        try:
            return await point.handler(keyed)
        except RefusedError as no:
            return error(no.status, no.text)


def application(door: Door, points: Sequence[Point], sockets: dict[str, Any]) -> Starlette:
    routes: list[BaseRoute] = [door.route(point) for point in points]
    routes += [WebSocketRoute(path, endpoint) for path, endpoint in sockets.items()]
    return Starlette(routes=routes)


def _query(request: Request) -> dict[str, list[str]]:
    return {name: request.query_params.getlist(name) for name in request.query_params}


def _response(answer: Answer) -> Response:
    is_raw = isinstance(answer.data, bytes)
    content = answer.data if is_raw else msgspec.json.encode(answer.data)
    return Response(content, answer.status, dict(answer.headers), "application/json")


def _garbage(faults: Faults, answer: Answer) -> Answer:
    """What Gamma sends on a bad day: a page of another kind, half of a document, other types."""
    whole = msgspec.json.encode(answer.data)
    choices = (b"<html><body>502</body></html>", whole[: len(whole) // 2], b"[1,2,3]", b"{}")
    return Answer(200, choices[faults.below(len(choices))], {})


async def _hang(request: Request) -> None:
    """No answer comes: until the client has had enough."""
    with trio.move_on_after(HANGS_S):
        while not await request.is_disconnected():
            await trio.sleep(0.05)
