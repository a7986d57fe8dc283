"""A venue on loopback and a trader at it, in one process: what end-to-end tests work with."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec
import trio

from clobstep.live.clock import Clock
from clobstep.live.config import Config, read
from clobstep.live.gamma import GammaFetcher, new_client
from clobstep.live.http import HttpLanes
from clobstep.live.orders.credentials import derive
from clobstep.live.orders.desk import Holder
from clobstep.live.orders.start import open_session
from clobstep.live.orders.trader import Trader
from clobstep.secret import Secret
from clobstep.strategy.load import load_strategy
from clobstep.venue.gamma_pages import Filters
from clobstep.venue.hosts import Hosts
from clobstep.venue.notes import Note
from clobstep.venue.signing.auth import Credentials
from clobstep.venue.signing.signer import Signer
from clobstep_sim.fuzz import profile
from clobstep_sim.server.server import Running, serve
from clobstep_sim.server.venue import VenueSettings

KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"  # a public test key

CONFIG = """
[caps]
market = "200"
total = "500"
loss_day = "400"

[strategy]
name = "maker"

[engine]
unknown_span_ns = 5000000000
owed_timeout_ns = 10000000000

[live]
read_every = "30s"
refresh = "60s"
"""


@asynccontextmanager
async def venue(name: str = "calm", **given: Any) -> AsyncIterator[Running]:
    """A venue of a profile, on a port of its own."""
    settings = VenueSettings(profile.load(name), **({"markets": 2} | given))
    async with trio.open_nursery() as nursery:
        running: Running = await nursery.start(
            lambda task_status: serve(settings, 0, control=True, task_status=task_status)
        )
        try:
            yield running
        finally:
            nursery.cancel_scope.cancel()


async def until(found: Callable[[], Any], seconds: float = 20.0) -> Any:
    """Wait for a condition; what it gave. AssertionError when it does not come true."""
    with trio.move_on_after(seconds):
        while not (value := found()):
            await trio.sleep(0.02)
        return value
    raise AssertionError("it did not come true in time")


@dataclass
class Desk:
    """A trader and what it was made of."""

    trader: Trader
    config: Config
    hosts: Hosts
    signer: Signer
    credentials: Credentials
    notes: list[Note]

    @property
    def view(self) -> Any:
        return self.trader.engine.view


def config_of(tmp_path: Path, port: int, text: str = CONFIG, **live: Any) -> Config:
    """The configuration of a trader at a loopback venue."""
    path = tmp_path / "clobstep.toml"
    path.write_text(text)
    config = read(path)
    return msgspec.structs.replace(
        config,
        hosts=Hosts.loopback(port),
        session=msgspec.structs.replace(config.session, path=str(tmp_path / "live.clob")),
        live=msgspec.structs.replace(config.live, **live),
    )


@asynccontextmanager
async def trader(
    tmp_path: Path,
    port: int,
    *,
    key: str = KEY,
    dry_run: bool = False,
    text: str = CONFIG,
    strategy: Any = None,
    last_first: bool = False,
    **live: Any,
) -> AsyncIterator[Desk]:
    """A trader that has everything but has not begun. `last_first`: its markets, turned round."""
    config = config_of(tmp_path, port, text, **live)
    signer, notes = Signer(Secret(key)), []
    clock = Clock(speed=config.live.speed)
    async with HttpLanes(config.hosts) as http, new_client() as client:
        credentials = await credentials_of(config.hosts, signer)
        fetcher = GammaFetcher(client, config.hosts, rng=random.Random(1))
        markets = (await fetcher.markets(Filters())).page.markets
        markets = markets[::-1] if last_first else markets
        made = (
            load_strategy(config.strategy.name, config.strategy.settings)
            if strategy is None
            else strategy
        )
        opened = open_session(
            config,
            made,
            {info.condition: info for info in markets},
            clock.now_ns(),
            dry_run=dry_run,
        )
        holder = Holder(signer, signer.address, 0, credentials.api_key.reveal())
        yield Desk(
            Trader(
                config, opened, holder, credentials, http=http, fetcher=fetcher, strategy=made,
                clock=clock, infos=markets, dry_run=dry_run, on_note=notes.append,
            ),
            config, config.hosts, signer, credentials, notes,
        )  # fmt: skip


async def credentials_of(hosts: Hosts, signer: Signer) -> Credentials:
    """API credentials by the venue's clock."""
    async with httpx.AsyncClient(trust_env=False) as client:
        now_s = int((await client.get(f"{hosts.clob}/time")).text)
        return (await derive(client, hosts, signer, now_s))[0]


def differences(desk: Desk, running: Running) -> list[str]:
    """Where our books and the exchange's are not the same; an account with nothing under way."""
    exchange, view, names = running.venue.exchange, desk.view, desk.trader.interning
    account, found = 1, []
    money, cash = exchange.money(account), view.cash
    if money["out"] or money["coming"] or cash.incoming or cash.outgoing:
        return [f"not settled: {money}, {cash}"]
    if money["settled"] != cash.settled:
        found.append(f"cash: {money['settled']} at the exchange, {cash.settled} with us")
    for market in range(len(exchange.terms())):
        for side in range(2):
            asset = running.venue.names.asset(2 * market + side)
            token = names.find(asset)
            theirs = exchange.tokens(account, 2 * market + side)["settled"]
            ours = view.token(token).settled if token is not None else 0
            if theirs != ours:
                found.append(f"token {token}: {theirs} at the exchange, {ours} with us")
    if open_ids := exchange.open_orders(account):
        found.append(f"open at the exchange: {open_ids}")
    if view.orders():
        found.append(f"open with us: {view.orders()}")
    return found
