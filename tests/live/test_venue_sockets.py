"""Both WebSockets: books made again from messages, and what an account hears of itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from py_clob_client_v2.client import ClobClient
from py_clob_client_v2.clob_types import MarketOrderArgs, OrderArgs
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

import venue_runs
from clobstep.units import parse_price, parse_size
from clobstep.venue.interning import Interning
from clobstep.venue.market import MarketCodec
from venue_runs import Run, hear, until

Levels = dict[int, int]


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """A market in which much happens: an act every 20 ms."""
    with venue_runs.venue(venue_runs.quick(crowd_gap_us=20_000), markets=2) as found:
        yield found


@pytest.fixture(scope="module")
def trader(run: Run) -> ClobClient:
    c = ClobClient(run.url, 137, f"0x{5:064x}")
    c.set_api_creds(c.create_or_derive_api_key())
    return c


@contextmanager
def listen(run: Run, tokens: list[int], **more: Any) -> Iterator[ClientConnection]:
    with connect(f"{run.ws}/ws/market", compression=None) as ws:
        subscribe = {"assets_ids": [run.asset(t) for t in tokens], "type": "market", **more}
        ws.send(json.dumps(subscribe))
        yield ws


def events_of(frame: str | bytes) -> list[dict[str, Any]]:
    found = json.loads(frame)
    return found if isinstance(found, list) else [found]


class Books:
    """Books as a client keeps them."""

    def __init__(self) -> None:
        self.sides: dict[str, tuple[Levels, Levels]] = {}
        self.kinds: set[str] = set()
        self.wrong_best = 0

    def hear(self, frame: str | bytes) -> None:
        for event in events_of(frame):
            self.kinds.add(event["event_type"])
            if event["event_type"] == "book":
                self.sides[event["asset_id"]] = tuple(  # type: ignore[assignment]
                    {parse_price(e["price"]): parse_size(e["size"]) for e in event[side]}
                    for side in ("bids", "asks")
                )
            for change in event.get("price_changes", []):
                self._change(change)

    def _change(self, change: dict[str, str]) -> None:
        if change["asset_id"] not in self.sides:
            return
        side = self.sides[change["asset_id"]][change["side"] == "SELL"]
        size = parse_size(change["size"])
        if size:
            side[parse_price(change["price"])] = size
        else:
            side.pop(parse_price(change["price"]), None)


def truth_of(run: Run, token: int) -> tuple[Levels, Levels]:
    bids, asks = run.call(run.venue.exchange.book, token)
    return dict(bids), dict(asks)


def test_books_made_from_messages_are_the_exchanges(run: Run) -> None:
    books = Books()
    with listen(run, [0, 1, 2]) as ws:
        first = ws.recv(timeout=10)
        assert {e["event_type"] for e in events_of(first)} == {"book"}
        assert len(events_of(first)) == 3
        books.hear(first)
        for _ in range(400):
            books.hear(ws.recv(timeout=10))

        def agrees() -> bool:
            """At some moment nothing is under way; then they are the same."""
            expected = [truth_of(run, t) for t in (0, 1, 2)]
            for _ in range(200):
                if [books.sides[run.asset(t)] for t in (0, 1, 2)] == expected:
                    return True
                try:
                    books.hear(ws.recv(timeout=0.2))
                except TimeoutError:
                    return False
            return False

        until(agrees)
    assert books.kinds == {"book", "price_change", "last_trade_price"}


def test_the_products_codec_finds_every_hash_right(run: Run) -> None:
    table = Interning()
    for market in range(2):
        table.pair(run.condition(market), run.asset(2 * market), run.asset(2 * market + 1))
    codec = MarketCodec(table, hashes="always", strangers=False)
    with listen(run, [0, 1], custom_feature_enabled=True) as ws:
        for n in range(300):
            frame = ws.recv(timeout=10)
            codec.decode(frame.encode() if isinstance(frame, str) else frame, n * 1_000_000)
    assert codec.counters["hash_groups_checked"] > 50
    assert codec.counters["hash_groups_failed"] == 0
    assert codec.counters["hash_books_failed"] == 0
    assert codec.take_notes() == []


def test_best_prices_come_only_to_those_who_ask(run: Run) -> None:
    with listen(run, [0, 1], custom_feature_enabled=True) as ws:
        kinds: set[str] = set()
        while "best_bid_ask" not in kinds:
            kinds.update(e["event_type"] for e in events_of(ws.recv(timeout=10)))
    assert "best_bid_ask" in kinds


def test_ping_unsubscribe_and_subscribe_again(run: Run) -> None:
    with listen(run, [0]) as ws:
        ws.recv(timeout=10)
        ws.send(json.dumps({"assets_ids": [run.asset(0)], "operation": "unsubscribe"}))
        ws.send("PING")
        hear(ws, lambda m: m == "PONG")
        ws.send(json.dumps({"assets_ids": [run.asset(2)], "operation": "subscribe"}))
        found = events_of(ws.recv(timeout=10))
        assert [e["asset_id"] for e in found] == [run.asset(2)]


def test_more_than_five_hundred_assets_get_no_books(run: Run) -> None:
    names = [str(n) for n in range(500)] + [run.asset(0)]
    with connect(f"{run.ws}/ws/market", compression=None) as ws:
        ws.send(json.dumps({"assets_ids": names, "type": "market"}))
        assert events_of(ws.recv(timeout=10))[0]["event_type"] != "book"


@pytest.mark.parametrize("frame", ["[1]", '"x"', '{"assets_ids":7}'])
def test_a_frame_that_is_none_ends_the_connection(run: Run, frame: str) -> None:
    with connect(f"{run.ws}/ws/market", compression=None) as ws:
        ws.send(frame)
        with pytest.raises(ConnectionClosed):
            ws.recv(timeout=10)


def auth_of(c: ClobClient) -> dict[str, str]:
    k = c.creds
    return {"apiKey": k.api_key, "secret": k.api_secret, "passphrase": k.api_passphrase}


def test_an_account_hears_of_its_orders_and_trades(run: Run, trader: ClobClient) -> None:
    with connect(f"{run.ws}/ws/user", compression=None) as ws:
        ws.send(json.dumps({"auth": auth_of(trader), "type": "user"}))
        ws.send("PING")
        assert ws.recv(timeout=10) == "PONG"
        low = OrderArgs(token_id=run.asset(0), price=0.01, size=10, side="BUY")
        posted = trader.create_and_post_order(low, post_only=True)
        placed = json.loads(ws.recv(timeout=10))
        assert (placed["type"], placed["id"]) == ("PLACEMENT", posted["orderID"])
        assert (placed["owner"], placed["status"]) == (trader.creds.api_key, "LIVE")
        assert placed["maker_address"] == trader.get_address()
        trader.cancel_all()
        gone = json.loads(ws.recv(timeout=10))
        assert (gone["type"], gone["status"]) == ("CANCELLATION", "CANCELED")
        take = MarketOrderArgs(token_id=run.asset(0), amount=2, side="BUY", price=0.99)
        told = trader.post_order(trader.create_market_order(take), "FAK", defer_exec=True)
        heard = hear(ws, lambda m: m["status"] == "CONFIRMED")
        trade = next(e for e in heard if e["event_type"] == "trade")
        assert (trade["id"], trade["trader_side"]) == (told["tradeIDs"][0], "TAKER")
        assert trade["taker_order_id"] == told["orderID"]
        rows = trader.get_trades()
        rest = next(row for row in rows if row["id"] == trade["id"])
        assert rest["maker_orders"][0]["order_id"] == trade["maker_orders"][0]["order_id"]


def test_only_the_markets_asked_for_and_nothing_again(run: Run, trader: ClobClient) -> None:
    with connect(f"{run.ws}/ws/user", compression=None) as ws:
        told = {"auth": auth_of(trader), "type": "user", "markets": [run.condition(1)]}
        ws.send(json.dumps(told))
        ws.send("PING")
        assert ws.recv(timeout=10) == "PONG"
        for token in (0, 2):
            args = OrderArgs(token_id=run.asset(token), price=0.01, size=10, side="BUY")
            trader.create_and_post_order(args, post_only=True)
        assert json.loads(ws.recv(timeout=10))["market"] == run.condition(1)
    trader.cancel_all()


@pytest.mark.parametrize("auth", [None, {}, {"apiKey": "x", "secret": "y", "passphrase": "z"}])
def test_without_a_key_the_user_channel_is_shut(run: Run, auth: Any) -> None:
    with connect(f"{run.ws}/ws/user", compression=None) as ws:
        ws.send(json.dumps({"auth": auth, "type": "user"}))
        with pytest.raises(ConnectionClosed):
            ws.recv(timeout=10)


def test_the_book_by_rest_is_the_one_of_the_socket(run: Run) -> None:
    with listen(run, [3]) as ws:
        first = events_of(ws.recv(timeout=10))[0]
    rest = httpx.get(f"{run.url}/book", params={"token_id": run.asset(3)}).json()
    assert set(rest) | {"event_type"} == set(first)
    assert first["asset_id"] == rest["asset_id"]
