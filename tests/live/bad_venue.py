"""A venue in memory that answers as it is told: honest where nothing else is said.

Behind httpx's transport and the WebSocket peers of `wire_peer`, on trio's mock clock; a whole
Trader works against it. It counts what was sent, by the salt that makes each order one of its own.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio
import trio.testing

from clobstep.enums import SessionState, Side, Wake
from clobstep.live import user_socket, wire_socket
from clobstep.live.clock import SECOND, Clock
from clobstep.live.gamma import GammaFetcher
from clobstep.live.http import HttpLanes
from clobstep.live.orders.desk import Holder
from clobstep.live.orders.start import open_session
from clobstep.live.orders.trader import Trader
from clobstep.secret import Secret
from clobstep.strategy.protocol import Plain, Turn
from clobstep.venue import gamma_pages
from clobstep.venue.hosts import Hosts
from clobstep.venue.notes import Note
from clobstep.venue.signing.auth import Credentials
from clobstep.venue.signing.contracts import exchange_of
from clobstep.venue.signing.order import OrderFields, order_hash
from clobstep.venue.signing.signer import Signer
from live.room import KEY, config_of
from live.wire_peer import GoneError, Peer, Venue
from venue import gamma_made
from venue.made import NO, START_MS, YES, Market

START_NS = START_MS * 1_000_000
OWNER = "9180014b-33c8-9240-a14b-bdca11c0a465"
API_SECRET = "c2VjcmV0LWJ5dGVzLW9mLXRoZS1rZXk="
PASSPHRASE = "5a1ad-pass-phrase-of-the-key"
DOMAIN = exchange_of("v1", False)
HOSTS = Hosts.loopback(9)

Answer = httpx.Response | Exception | Callable[[httpx.Request], Awaitable[httpx.Response]]


def answer(body: Any = b"", status: int = 200, **headers: str) -> httpx.Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return httpx.Response(status, content=raw, headers=headers)


async def never(request: httpx.Request) -> httpx.Response:
    """No answer comes."""
    await trio.sleep_forever()
    raise AssertionError("it sleeps")


class One(Plain):
    """Bids far below, as long as `most` orders were not asked for yet; then it watches."""

    wakes = Wake.BBO | Wake.ORDER | Wake.TIMER
    timer_ns = SECOND

    def __init__(self, most: int = 1) -> None:
        super().__init__()
        self.most = most
        self.asked: list[int] = []

    def on_wake(self, turn: Turn) -> None:
        was_read = turn.view.session == SessionState.TRADING
        if was_read and len(self.asked) < self.most and not turn.orders(0):
            order = turn.submit(0, Side.BUY, 3_000, 10_000_000, post_only=True)
            if order:
                self.asked.append(order)


@dataclass
class Bad(httpx.AsyncBaseTransport):
    """`script`: of "METHOD /path" the answers that go before the honest one.

    The last of a list stays if `stays`. `executes`: an order is taken although its answer is of the
    script.
    """

    script: dict[str, list[Answer]] = field(default_factory=dict)
    stays: bool = False
    executes: bool = False
    time_off_s: int = 0
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)  # open, by hash
    submits: Counter[str] = field(default_factory=Counter)  # by hash
    asked: Counter[str] = field(default_factory=Counter)
    signatures: set[str] = field(default_factory=set)
    bodies: list[tuple[str, bytes]] = field(default_factory=list)
    beat: str = ""
    cash: int = 1_000_000_000
    began: float = 0.0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        path = request.url.path
        name = f"{request.method} {path if not path.startswith('/data/order/') else path[:12]}"
        self.asked[name] += 1
        self.bodies.append((name, body))
        self.signatures |= {
            request.headers[key] for key in ("poly_signature",) if key in request.headers
        }
        left = self.script.get(name)
        if name in ("POST /order", "POST /orders"):
            told = self._submit(body, take=not left or self.executes)
        if left:
            first = left[0] if self.stays and len(left) == 1 else left.pop(0)
            if isinstance(first, Exception):
                raise first
            return first if isinstance(first, httpx.Response) else await first(request)
        if name in ("POST /order", "POST /orders"):
            return told
        return self._honest(name, request, body)

    def now_s(self) -> int:
        return START_NS // SECOND + int(trio.current_time() - self.began) + self.time_off_s

    def _submit(self, body: bytes, *, take: bool) -> httpx.Response:
        data = json.loads(body)
        legs = []
        for one in data if isinstance(data, list) else [data]:
            o = one["order"]
            self.signatures.add(o["signature"])
            side = 0 if o["side"] in ("BUY", 0) else 1
            made = OrderFields(
                int(o["salt"]), o["maker"], o["signer"], int(o["tokenId"]), int(o["makerAmount"]),
                int(o["takerAmount"]), side, o["signatureType"], int(o["timestamp"]),
            )  # fmt: skip
            name = "0x" + order_hash(DOMAIN, made).hex()
            self.submits[name] += 1
            if take:
                size = int(o["takerAmount"]) / 1e6
                self.orders[name] = {
                    "id": name, "status": "LIVE", "owner": OWNER, "maker_address": o["maker"],
                    "market": Market().name, "asset_id": o["tokenId"], "side": "BUY",
                    "original_size": f"{size:g}", "size_matched": "0",
                    "price": f"{int(o['makerAmount']) / int(o['takerAmount']):g}",
                    "outcome": "Yes", "expiration": "0", "order_type": "GTC",
                    "created_at": self.now_s(), "associate_trades": [],
                }  # fmt: skip
            legs.append({"success": True, "errorMsg": "", "orderID": name, "status": "live",
                         "makingAmount": "", "takingAmount": ""})  # fmt: skip
        return answer(legs if isinstance(data, list) else legs[0])

    def _honest(self, name: str, request: httpx.Request, body: bytes) -> httpx.Response:
        if name == "GET /time":
            return answer(str(self.now_s()).encode())
        if name == "GET /markets/keyset":
            return answer({"markets": [gamma()]})
        if name == "POST /books":
            books = [json.loads(self.market().book(asset)) for asset in (YES, NO)]
            return answer([{k: v for k, v in b.items() if k != "event_type"} for b in books])
        if name == "GET /balance-allowance":
            is_cash = request.url.params["asset_type"] == "COLLATERAL"
            return answer({"balance": str(self.cash if is_cash else 0), "allowances": {}})
        if name == "GET /data/orders":
            return answer({"data": list(self.orders.values()), "next_cursor": "LTE="})
        if name == "GET /data/trades":
            return answer({"data": [], "next_cursor": "LTE="})
        if name == "GET /data/order/":
            row = self.orders.get(request.url.path.rpartition("/")[2])
            return answer({"error": "Order not found"}, 404) if row is None else answer(row)
        if name == "POST /v1/heartbeats":
            if json.loads(body)["heartbeat_id"] != self.beat:
                return answer({"error": "Invalid Heartbeat ID", "heartbeat_id": self.beat}, 400)
            self.beat = f"beat-{self.asked[name]}"
            return answer({"heartbeat_id": self.beat})
        if request.method == "DELETE":
            return answer(self._cancel(name, body))
        return answer({"error": "no such path"}, 404)

    def _cancel(self, name: str, body: bytes) -> dict[str, Any]:
        wanted = list(self.orders)
        if name != "DELETE /cancel-all":
            data = json.loads(body)
            wanted = data if isinstance(data, list) else [data["orderID"]]
        gone = [n for n in wanted if self.orders.pop(n, None)]
        lost = {n: "Order not found or already canceled" for n in wanted if n not in gone}
        return {"canceled": gone, "not_canceled": lost}

    def market(self) -> Market:
        made = Market()
        made.ms = 1000 * self.now_s()
        return made


def gamma() -> dict[str, Any]:
    """The market's row of the catalogue."""
    tokens = json.dumps([YES, NO])
    end = "2027-06-17T00:00:00Z"
    return gamma_made.raw(1, conditionId=Market().name, clobTokenIds=tokens, endDate=end)


class Lines:
    """Both sockets: `market` and `user` may be other scripts of `wire_peer`."""

    def __init__(self, venue: Bad, nursery: trio.Nursery, **scripts: Any) -> None:
        self._bad = venue
        self.auths: list[bytes] = []
        market, user = scripts.get("market"), scripts.get("user")
        self.market = Venue(nursery, *(market or [self._market]))
        self.user = Venue(nursery, *(user or [self._user]))

    async def open(self, uri: Any, tls: Any = None) -> trio.abc.Stream:
        """In the place of a TCP connection."""
        return await (self.user if uri.path.endswith("user") else self.market).open()

    async def _market(self, peer: Peer) -> None:
        await peer.accept()
        await peer.next()
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(peer.pong)
                while True:
                    market = self._bad.market()
                    await peer.say(market.book(YES), market.book(NO))
                    await trio.sleep(6)
        except* GoneError:
            await peer.stream.aclose()

    async def _user(self, peer: Peer) -> None:
        await peer.accept()
        self.auths.append(await peer.next())
        await peer.pong()


@dataclass
class Desk:
    """A trader at a bad venue."""

    trader: Trader
    venue: Bad
    lines: Lines
    notes: list[Note]
    path: Path
    strategy: Any

    @property
    def view(self) -> Any:
        return self.trader.engine.view

    def said(self, kind: str = "") -> str:
        """The notes of a kind, in lines."""
        return "\n".join(n.text for n in self.notes if kind in ("", n.kind))


@asynccontextmanager
async def desk(
    tmp_path: Path, venue: Bad, patch: pytest.MonkeyPatch, *, strategy: Any = None, **scripts: Any
) -> Any:
    """Everything but `run`. The account is of an EOA with a public test key."""
    config, signer = config_of(tmp_path, 9), Signer(Secret(KEY))
    clock, notes = Clock(start_ns=START_NS), []
    venue.began = trio.current_time()
    strategy = One() if strategy is None else strategy
    async with trio.open_nursery() as nursery, HttpLanes(HOSTS, transport=venue) as http:
        lines = Lines(venue, nursery, **scripts)
        patch.setattr(wire_socket, "open_stream", lines.open)
        patch.setattr(user_socket, "open_stream", lines.open)
        client = httpx.AsyncClient(transport=venue)
        fetcher = GammaFetcher(client, HOSTS, rng=random.Random(1))
        page = gamma_pages.read_page(json.dumps({"markets": [gamma()]}).encode())
        infos = {info.condition: info for info in page.markets}
        opened = open_session(config, strategy, infos, clock.now_ns(), dry_run=False)
        keys = Credentials(Secret(OWNER), Secret(API_SECRET), Secret(PASSPHRASE))
        trader = Trader(
            config, opened, Holder(signer, signer.address, 0, OWNER), keys, http=http,
            fetcher=fetcher, strategy=strategy, clock=clock, infos=page.markets, dry_run=False,
            on_note=notes.append,
        )  # fmt: skip
        yield Desk(trader, venue, lines, notes, tmp_path, strategy)
        nursery.cancel_scope.cancel()


def play(
    tmp_path: Path,
    venue: Bad,
    patch: pytest.MonkeyPatch,
    work: Callable[[Desk], Awaitable[None]],
    **given: Any,
) -> Desk:
    """Run a trader beside `work`, then drain it. What `Trader.run` raises is raised."""
    found: list[Desk] = []

    async def main() -> None:
        async with desk(tmp_path, venue, patch, **given) as d:
            found.append(d)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(d.trader.run)
                await work(d)
                d.trader.stop()

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    return found[0]


async def until(look: Callable[[], Any], seconds: float = 120.0) -> Any:
    """Wait on the mock clock; AssertionError when it does not come true."""
    for _ in range(int(seconds * 10)):
        if found := look():
            return found
        await trio.sleep(0.1)
    raise AssertionError("it did not come true in time")
