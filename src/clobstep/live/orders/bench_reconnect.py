"""What `clobstep bench` measures of a connection that broke: how long until all is known again.

A venue in another process, a whole trader in this one: 50 tokens, 100 orders that rest. The venue
drops both sockets; the time runs until every book is SYNCED and the account was read. Owns the
measuring only.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from statistics import median
from typing import Any, ClassVar, Final

import httpx
import trio

from clobstep.enums import FeedState, OrderState, Side, Wake
from clobstep.live.clock import Clock
from clobstep.live.config import Caps, Config, Session
from clobstep.live.gamma import GammaFetcher, new_client
from clobstep.live.http import HttpLanes
from clobstep.live.orders.credentials import derive, owner
from clobstep.live.orders.desk import Holder
from clobstep.live.orders.keys import new_key
from clobstep.live.orders.start import open_session
from clobstep.live.orders.trader import Trader
from clobstep.venue.gamma_pages import Filters
from clobstep.venue.hosts import Hosts
from clobstep.venue.signing.signer import Signer

MARKETS: Final = 25
ORDERS: Final = 100
TIMES: Final = 5
READY_S: Final = 60.0
LOOK_S: Final = 0.001
REACH_MS: Final = 1000.0
PROFILE: Final = """about = "a venue next door: no delays of its own"
[knobs]
rest_floor_us = 1
rest_tail_us = 0
feed_floor_us = 0
feed_tail_us = 0
user_floor_us = 0
user_tail_us = 0
"""
CAPS: Final = Caps(market="1000", total="1000", loss_day="1000")


class Rests:
    """As many bids in each market, far below the best."""

    wakes = Wake.FEED | Wake.ORDER | Wake.BBO
    engine: ClassVar[dict[str, int]] = {"cooldown_ns": 0}

    def on_wake(self, turn: Any) -> None:
        token = turn.token & ~1
        have = {turn.view.order(order_id).price_pips for order_id in turn.orders(token)}
        for price_pips in range(100, 100 + 100 * (ORDERS // MARKETS), 100):
            if price_pips not in have:
                turn.submit(token, Side.BUY, price_pips, 5_000_000, post_only=True)


def reconnect(times: int = TIMES) -> dict[str, Any]:
    """Milliseconds from a broken line to books and account known again."""
    with tempfile.TemporaryDirectory(prefix="clobstep-bench-") as folder:
        profile = Path(folder) / "near.toml"
        profile.write_text(PROFILE)
        with _venue(profile) as port:
            found: dict[str, Any] = trio.run(_measure, port, Path(folder), times)
    return found


@contextmanager
def _venue(profile: Path) -> Iterator[int]:
    command = [
        sys.executable, "-m", "clobstep.cli", "venue", "--json", "--control", "--port", "0",
        "--markets", str(MARKETS), "--cash", "10000", "--profile", str(profile),
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603 - our own
        try:
            assert process.stdout is not None
            yield int(json.loads(process.stdout.readline())["port"])
        finally:
            process.terminate()


@asynccontextmanager
async def _trader(port: int, folder: Path) -> AsyncIterator[Trader]:
    hosts, signer, clock = Hosts.loopback(port), Signer(new_key()), Clock()
    config = Config(hosts=hosts, caps=CAPS, session=Session(path=str(folder / "bench.clob")))
    async with HttpLanes(hosts) as http, new_client() as client:
        now_s = int((await client.get(f"{hosts.clob}/time")).text)
        credentials = (await derive(client, hosts, signer, now_s))[0]
        fetcher = GammaFetcher(client, hosts, rng=random.Random(1))  # noqa: S311 - pauses
        infos = (await fetcher.markets(Filters())).page.markets
        strategy = Rests()
        named = {info.condition: info for info in infos}
        opened = open_session(config, strategy, named, clock.now_ns(), dry_run=False)
        holder = Holder(signer, signer.address, 0, owner(credentials))
        yield Trader(
            config, opened, holder, credentials, http=http, fetcher=fetcher, strategy=strategy,
            clock=clock, infos=infos, dry_run=False,
        )  # fmt: skip


async def _measure(port: int, folder: Path, times: int) -> dict[str, Any]:
    took, books = [], []
    async with _trader(port, folder) as trader, trio.open_nursery() as nursery:
        nursery.start_soon(trader.run)
        await _until(
            lambda: _synced(trader) and _resting(trader) >= ORDERS and trader.account.reads
        )
        async with httpx.AsyncClient(trust_env=False) as client:
            for _ in range(times):
                _long_ago(trader)
                both = await _break(client, port, trader)
                books.append(both[0])
                took.append(both[1])
        trader.stop()
    return {
        "tokens": 2 * MARKETS, "open_orders": ORDERS, "times": times,
        "books_median_ms": round(median(books), 1),
        "median_ms": round(median(took), 1), "most_ms": round(max(took), 1),
        "reach_ms": REACH_MS,
    }  # fmt: skip


async def _break(client: httpx.AsyncClient, port: int, trader: Trader) -> tuple[float, float]:
    """Milliseconds until the books are known, and the account too."""
    reads = trader.account.reads
    lines = _connects(trader)
    for name in ("feed_lost_every", "user_lost_every"):
        url = f"http://127.0.0.1:{port}/control/spell"
        (await client.post(url, json={"name": name})).raise_for_status()
    began = time.perf_counter()
    await _until(lambda: _connects(trader) >= lines + 2 and _synced(trader))
    books = time.perf_counter() - began
    await _until(lambda: trader.account.reads > reads)
    took = time.perf_counter() - began
    if _resting(trader) < ORDERS or trader.engine.view.halted:
        raise RuntimeError(f"{_resting(trader)} of {ORDERS} orders are left")
    return books * 1e3, took * 1e3


def _long_ago(trader: Trader) -> None:
    """The lines are as good as old ones: the pause before the next one is the first again."""
    for backoff in (trader.user._backoff, *(socket._backoff for socket in trader.markets)):
        backoff.worked()


def _connects(trader: Trader) -> int:
    return sum(s.counters["connects"] for s in trader.markets) + trader.user.counters["connects"]


def _synced(trader: Trader) -> bool:
    view = trader.engine.view
    states = [view.market(token).feed for token in trader.assets()]
    return len(states) == 2 * MARKETS and all(s == FeedState.SYNCED for s in states)


def _resting(trader: Trader) -> int:
    view = trader.engine.view
    found = [view.order(order_id) for order_id in view.orders()]
    return sum(order is not None and order.state == OrderState.LIVE for order in found)


async def _until(found: Callable[[], Any]) -> None:
    with trio.fail_after(READY_S):
        while not found():
            await trio.sleep(LOOK_S)
