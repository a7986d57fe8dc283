"""Rows of a live feed: messages a second over a real loopback socket, into a stepped engine.

A peer process sends messages as fast as they are taken; this process, on one core, does what a live
one does: socket, WebSocket frames, decoding, inbox, engine. Owns the made messages and the peer.
The peer needs the other core: on a machine with other guests the rate is a lower bound.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import random
import socket
import statistics
import time
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
import trio
from websockets.http11 import Request
from websockets.protocol import Protocol, Side
from websockets.server import ServerProtocol

from clobstep import Engine, EngineConfig
from clobstep.bench.rows import CHUNK
from clobstep.core import EFFECT_DTYPE
from clobstep.live.clock import Clock
from clobstep.live.inbox import Inbox
from clobstep.live.market_socket import MarketSocket
from clobstep.venue.interning import Interning
from clobstep.venue.market import Hashes, MarketCodec

Row = dict[str, Any]
MADE = 5_000
PASSES = 5
YES, NO, CONDITION = "7" * 77, "5" * 77, "0x" + "5f" * 32
START_MS = 1_790_000_000_000


class Made:
    """A made market in the shape of a recorded one: a change names both tokens, with its hash."""

    def __init__(self, seed: int = 1) -> None:
        self.rng = random.Random(seed)  # noqa: S311 - a stream, no secret
        self.bids = {p: 100 + p for p in range(20, 50)}
        self.asks = {p: 150 - p for p in range(51, 80)}
        self.ms = START_MS

    def levels(self, asset: str) -> dict[str, list[dict[str, str]]]:
        bids, asks = self.bids, self.asks
        if asset == NO:
            bids, asks = ({100 - p: s for p, s in side.items()} for side in (asks, bids))
        return {
            "bids": [{"price": price(p), "size": str(bids[p])} for p in sorted(bids)],
            "asks": [{"price": price(p), "size": str(asks[p])} for p in sorted(asks, reverse=True)],
        }

    def hash(self, asset: str) -> str:
        """The venue's: SHA-1 of the whole book as compact JSON."""
        said: Row = {
            "market": CONDITION, "asset_id": asset, "timestamp": str(self.ms), "hash": "",
        }  # fmt: skip
        said |= self.levels(asset) | {
            "min_order_size": "5", "tick_size": "0.01", "neg_risk": False, "last_trade_price": "",
        }  # fmt: skip
        return hashlib.sha1(text(said), usedforsecurity=False).hexdigest()

    def book(self, asset: str) -> bytes:
        head = {"market": CONDITION, "asset_id": asset, "timestamp": str(self.ms)}
        said = head | {"hash": self.hash(asset)} | self.levels(asset)
        return text(said | {"event_type": "book"})

    def change(self) -> bytes:
        """A level among the best five of a side, which never crosses the other."""
        self.ms += self.rng.randrange(1, 9)
        is_bid = self.rng.random() < 0.5
        side = self.bids if is_bid else self.asks
        best = max(side) if is_bid else min(side)
        other = min(self.asks) if is_bid else max(self.bids)
        cents = best + self.rng.randrange(-4, 2) * (1 if is_bid else -1)
        if cents == other or not 10 < cents < 90:
            cents = best
        side[cents] = self.rng.randrange(0, 500) * (len(side) > 20) or 40
        if side[cents] == 40 and len(side) > 25:
            del side[cents]
        bid, ask = max(self.bids), min(self.asks)
        words = ("BUY", "SELL") if is_bid else ("SELL", "BUY")
        size = str(side.get(cents, 0))
        return text(
            {
                "market": CONDITION,
                "price_changes": [
                    {"asset_id": asset, "price": price(p), "size": size, "side": word,
                     "hash": self.hash(asset), "best_bid": price(b), "best_ask": price(a)}
                    for asset, p, word, b, a in (
                        (YES, cents, words[0], bid, ask),
                        (NO, 100 - cents, words[1], 100 - ask, 100 - bid),
                    )
                ],
                "timestamp": str(self.ms),
                "event_type": "price_change",
            }
        )  # fmt: skip


def price(cents: int) -> str:
    """As the venue writes it: fewest digits."""
    return f"{cents / 100:g}"


def text(said: dict[str, Any]) -> bytes:
    """Compact JSON."""
    return json.dumps(said, separators=(",", ":")).encode()


def made(n: int = MADE) -> list[bytes]:
    """Both first books and n changes: a stream that may be sent over and over."""
    market = Made()
    first = [market.book(YES), market.book(NO)]
    return first + [market.change() for _ in range(n)]


def feed(raws: list[bytes], *, hashes: Hashes = "never", repeat: int = 40) -> Row:
    """Thousands of messages a second, best and median of several passes of one peer each.

    `k_per_core_s`: per second that this process had a core, so without what other guests took.
    """
    wire = framed(raws)
    rates, of_core, row = [], [], Row()
    for _ in range(PASSES):
        row = _one_pass(wire, len(raws) * repeat, repeat, hashes)
        rates.append(row.pop("k_per_s"))
        of_core.append(row.pop("k_per_core_s"))
    return {
        "messages": len(raws) * repeat,
        "bytes_a_message": round(sum(map(len, raws)) / len(raws)),
        "hashes": str(hashes),
        **row,
        "best_k_per_s": round(max(rates), 1),
        "median_k_per_s": round(statistics.median(rates), 1),
        "median_k_per_core_s": round(statistics.median(of_core), 1),
    }


def framed(raws: list[bytes]) -> bytes:
    """As a server writes them."""
    server = Protocol(Side.SERVER)
    for raw in raws:
        server.send_text(raw)
    return b"".join(server.data_to_send())


def send(ready: Connection, wire: bytes, repeat: int) -> None:
    """The peer process: one connection, everything, and then it waits to be left."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ready.send(listener.getsockname()[1])
        line, _ = listener.accept()
    with line:
        server = ServerProtocol()
        n_texts = 0
        while not n_texts:  # until it is subscribed
            server.receive_data(line.recv(65_536))
            for event in server.events_received():
                if isinstance(event, Request):
                    server.send_response(server.accept(event))
                else:
                    n_texts += 1
            line.sendall(b"".join(server.data_to_send()))
        for _ in range(repeat):
            line.sendall(wire)
        line.recv(1)


def _one_pass(wire: bytes, n: int, repeat: int, hashes: Hashes) -> Row:
    """One peer, one connection, one engine."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    peer = context.Process(target=send, args=(theirs, wire, repeat), daemon=True)
    peer.start()
    try:
        row: Row = trio.run(_receive, ours.recv(), n, hashes)
    finally:
        peer.terminate()
        peer.join()
    return row


async def _receive(port: int, n: int, hashes: Hashes) -> Row:
    """The live part: the market socket's task beside a loop that steps the engine."""
    names, inbox = Interning(), Inbox()
    names.token("", "1")  # what is asked for; the peer sends what it has
    codec = MarketCodec(names, hashes=hashes)
    market = MarketSocket(
        [0], url=f"ws://127.0.0.1:{port}/ws/market", codec=codec, inbox=inbox, clock=Clock(),
        rng=random.Random(1),  # noqa: S311 - a pause, no secret
    )  # fmt: skip
    engine = Engine(EngineConfig(tokens=64))
    effects = np.zeros(CHUNK * 4, EFFECT_DTYPE)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(market.run)
        await inbox.wait()  # the sign that the line is up
        began, cpu = time.perf_counter(), time.process_time()
        while market.counters["messages"] < n or inbox.n_market:
            await inbox.wait()
            for batch in inbox.take():
                done = 0
                while done < len(batch.events):
                    done += engine.step_batch(batch.events[done : done + CHUNK], effects)[0]
        took, cpu = time.perf_counter() - began, time.process_time() - cpu
        nursery.cancel_scope.cancel()
    if engine.view.refusals() or codec.take_notes() or market.counters["connects"] != 1:
        raise RuntimeError(f"the feed was not taken whole: {engine.view.refusals()}")
    return {
        "k_per_s": n / took / 1e3,
        "k_per_core_s": n / cpu / 1e3,
        "events": engine.seq,
        "conflated": inbox.n_conflated,
        "hash_groups_failed": codec.counters.get("hash_groups_failed", 0),
        "best_missing": engine.view.counters()["best_missing"],
    }
