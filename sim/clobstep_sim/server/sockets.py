"""The two sockets: /ws/market for everybody, /ws/user for whoever's key opens it.

Owns each connection's subscription and what is on its way to it, in the venue's time and with the
profile's delays. Nothing is numbered and nothing is told again, as at the venue.
"""

from __future__ import annotations

import heapq
import json
import math
from contextlib import suppress
from itertools import count
from typing import Any, Final

import trio
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from clobstep.enums import EventKind
from clobstep_sim.exchange.frames import EVERYBODY
from clobstep_sim.server.accounts import Key
from clobstep_sim.server.faults import Faults
from clobstep_sim.server.spoil import rejected_after_all, spoil_feed, spoil_user
from clobstep_sim.server.venue import SECOND, Said, Venue
from clobstep_sim.world import KNOBS

MOST_WITH_BOOKS: Final = 500  # more assets on one connection: no books at first
MOST_WAITING: Final = 20_000  # messages to a client that does not read
SPECIAL: Final = frozenset({EventKind.BEST, EventKind.RESOLVED})  # for custom_feature_enabled
PING: Final = "PING"
PONG: Final = "PONG"


def compact(message: Any) -> str:
    return json.dumps(message, separators=(",", ":"))


class Line:
    """What is on its way to one client: by its time, and what was put first goes first."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._due: list[tuple[int, int, str]] = []
        self._numbers = count()
        self._last_ns = 0
        self._news = trio.Event()
        self.is_lost = False

    def put(self, text: str, due_ns: int, in_order: bool = True) -> None:
        """In order: not before what was put already."""
        if in_order:
            due_ns = self._last_ns = max(due_ns, self._last_ns)
        heapq.heappush(self._due, (due_ns, next(self._numbers), text))
        if len(self._due) > MOST_WAITING:
            self.lose()
        self._news.set()

    def lose(self) -> None:
        """The connection breaks: what was under way is lost."""
        self.is_lost = True
        self._due.clear()
        self._news.set()

    async def next(self) -> str | None:
        """The next message once it is due; None when the connection is lost."""
        while not self.is_lost:
            wait = math.inf
            if self._due:
                wait = (self._due[0][0] - self._venue.now_ns) / SECOND / self._venue.settings.speed
                if wait <= 0:
                    return heapq.heappop(self._due)[2]
            self._news = trio.Event()
            with trio.move_on_after(wait):
                await self._news.wait()
        return None


class Client:
    """One connection."""

    def __init__(self, venue: Venue) -> None:
        self.line = Line(venue)
        self.assets: set[str] = set()
        self.is_special = False
        self.key: Key | None = None
        self.markets: set[str] | None = None  # conditions; None: all


class Sockets:
    """Both channels. It hears the venue and sends on."""

    def __init__(self, venue: Venue, faults: Faults) -> None:
        self._venue = venue
        self._faults = faults
        self._market: set[Client] = set()
        self._user: set[Client] = set()
        self._lost = {"feed_lost_every": 0, "user_lost_every": 0}
        venue.listen(self._hear)
        venue.when_rolled(self._announce)

    # ---- what is said

    def _hear(self, said: list[Said]) -> None:
        """The messages of a moment, each to whom it is for."""
        if not self._market and not self._user:
            return
        for one in said:
            if one.account == EVERYBODY:
                self._tell_market(one)
            else:
                self._tell_user(one)

    def _tell_market(self, one: Said) -> None:
        names, kind = self._venue.names, one.event.kind
        own, other = names.asset(one.token), names.asset(one.token ^ 1)
        wanted = {own, other} if kind in (EventKind.BOOK_DELTA, EventKind.RESOLVED) else {own}
        clients = [
            c for c in self._market if wanted & c.assets and (kind not in SPECIAL or c.is_special)
        ]
        if not clients or self._faults.is_stalled(one.token >> 1):
            return
        due = self._feed_due()
        for client in clients:
            for text, late_ns, in_order in spoil_feed(self._faults, one):
                client.line.put(text, due + late_ns, in_order)

    def _feed_due(self) -> int:
        due = self._venue.world.now_ns + self._faults.delay_ns("feed_floor_us", "feed_tail_us")
        return max(due, self._faults.until_ns("clog"))

    def _tell_user(self, one: Said) -> None:
        clients = [c for c in self._user if c.key is not None and c.key.account == one.account]
        if not clients or self._faults.is_silent:
            return
        condition = self._venue.names.condition(one.token >> 1)
        due = self._venue.world.now_ns + self._faults.delay_ns("user_floor_us", "user_tail_us")
        told = spoil_user(self._faults, one)
        for client in clients:
            if client.markets is None or condition in client.markets:
                for text, late_ns, in_order in told:
                    client.line.put(text, due + late_ns, in_order)

    def reject_later(self, account: int, row: dict[str, Any] | None) -> None:
        """An order that was taken is called invalid after all, soon or minutes later; it stands."""
        if row is None:
            return
        late_ns = self._faults.below(120 * SECOND if self._faults.coin() else SECOND)
        due = self._venue.now_ns + late_ns
        text = rejected_after_all(row, due // 1_000_000)
        for client in self._user:
            if client.key is not None and client.key.account == account:
                client.line.put(text, due, in_order=False)

    def _announce(self, market: int) -> None:
        """A new market."""
        names, terms = self._venue.names, self._venue.exchange.terms()[market]
        number = names.generations[market] + 1
        text = compact({
            "event_type": "new_market", "id": str(1000 * number + market),
            "market": names.condition(market), "condition_id": names.condition(market),
            "slug": f"market-{market}-{number}", "question": f"Market {market}, number {number}?",
            "assets_ids": [names.asset(2 * market), names.asset(2 * market + 1)],
            "outcomes": ["Yes", "No"],
            "order_price_min_tick_size": str(terms["tick_pips"] / 10_000),
            "game_start_time": "", "sports_market_type": "", "active": True,
            "timestamp": str(self._venue.world.now_ns // 1_000_000),
        })  # fmt: skip
        for client in self._market:
            if client.is_special:
                client.line.put(text, self._feed_due())

    def look_at_losses(self) -> None:
        """Sockets that the world's spells broke."""
        seen = self._venue.spells()["seen"]
        for name, clients in (("feed_lost_every", self._market), ("user_lost_every", self._user)):
            number = seen.get(KNOBS.index(name), 0)
            if number > self._lost[name]:
                self.lose(clients)
            self._lost[name] = number
        if self._faults.lasts("key"):
            self.lose(self._user)

    def lose(self, clients: set[Client]) -> None:
        for client in clients:
            client.line.lose()

    def lose_feed(self) -> None:
        self.lose(self._market)

    def lose_user(self) -> None:
        self.lose(self._user)

    # ---- /ws/market

    async def market(self, ws: WebSocket) -> None:
        await ws.accept()
        client = Client(self._venue)
        self._market.add(client)
        try:
            await self._serve(ws, client, self._market_frame, lambda: self._faults.is_dead_air)
        finally:
            self._market.discard(client)

    def _market_frame(self, client: Client, frame: dict[str, Any]) -> bool:
        """Whether it was one to act on."""
        named = frame.get("assets_ids", frame.get("asset_ids", []))
        if not isinstance(named, list):
            return False
        assets = [str(a) for a in named]
        client.is_special |= frame.get("custom_feature_enabled") is True
        if frame.get("operation") == "unsubscribe":
            client.assets.difference_update(assets)
            return True
        self._venue.advance()  # what was said before now is in its books
        new = [a for a in dict.fromkeys(assets) if a not in client.assets]
        client.assets.update(new)
        if frame.get("initial_dump", True) and len(client.assets) <= MOST_WITH_BOOKS:
            self._dump(client, new)
        return True

    def _dump(self, client: Client, assets: list[str]) -> None:
        """Whole books at first, in one frame."""
        tokens = [self._venue.token_of(asset) for asset in assets]
        found = [
            self._venue.books.summary(token) | {"event_type": "book"}
            for token in tokens
            if token is not None and not self._faults.hit("no_book_ppm")
        ]
        if found:
            client.line.put(compact(found), self._feed_due())

    # ---- /ws/user

    async def user(self, ws: WebSocket) -> None:
        await ws.accept()
        client = Client(self._venue)
        try:
            await self._serve(ws, client, self._user_frame, lambda: self._faults.is_silent)
        finally:
            self._user.discard(client)

    def _user_frame(self, client: Client, frame: dict[str, Any]) -> bool:
        """The first one has the key; whoever has none is shut out."""
        named = frame.get("markets")
        conditions = {str(c) for c in named} if isinstance(named, list) else set()
        if client.key is None:
            client.key = self._venue.accounts.socket(frame.get("auth"))
            if client.key is None or self._faults.lasts("key"):
                return False
            client.markets = conditions or None
            self._user.add(client)
        elif frame.get("operation") == "unsubscribe":
            if client.markets is not None:
                client.markets -= conditions
        elif client.markets is not None:
            client.markets |= conditions
        return True

    # ---- both

    async def _serve(self, ws: WebSocket, client: Client, act: Any, is_mute: Any) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._send, ws, client, nursery)
            with suppress(WebSocketDisconnect):
                await self._receive(ws, client, act, is_mute)
            nursery.cancel_scope.cancel()

    async def _receive(self, ws: WebSocket, client: Client, act: Any, is_mute: Any) -> None:
        """Until the client goes, or says what cannot be."""
        while True:
            text = await ws.receive_text()
            if text == PING:
                if not is_mute():
                    client.line.put(PONG, self._venue.now_ns)
                continue
            try:
                frame = json.loads(text)
            except (ValueError, RecursionError):
                client.line.put("INVALID OPERATION", self._venue.now_ns)
                continue
            if not isinstance(frame, dict) or not act(client, frame):
                await ws.close(code=1008)
                return

    async def _send(self, ws: WebSocket, client: Client, nursery: trio.Nursery) -> None:
        try:
            while (text := await client.line.next()) is not None:
                await ws.send_text(text)
            if ws.application_state == WebSocketState.CONNECTED:
                await ws.close(code=1001)
        except (WebSocketDisconnect, RuntimeError, trio.BrokenResourceError):
            pass  # it went while we wrote
        nursery.cancel_scope.cancel()
