"""A venue on loopback and what the checks look at, in one process."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import trio

import venue_runs
from clobstep.live.checks.result import Result, Verdict, run_checks
from clobstep.live.clock import Clock
from clobstep.live.config import Config
from clobstep.live.gamma import GammaFetcher, Patience, new_client
from clobstep.live.http import HttpLanes
from clobstep.live.orders.checks.lists import DOCTOR, LIVE_CHECK
from clobstep.live.orders.checks.site import AccountSite
from clobstep.live.orders.credentials import credentials_path, write_credentials
from clobstep.live.orders.keys import write_keystore
from clobstep.secret import Secret
from clobstep.venue.hosts import Hosts
from clobstep.venue.signing.signer import Signer
from clobstep_sim.server.server import Running, serve
from clobstep_sim.server.venue import VenueSettings
from live import room

WORDS = "correct horse battery"
OTHER = "0x" + "11" * 32
ELSEWHERE = "0x00000000000000000000000000000000000A11CE"


@dataclass
class Checked:
    """What a run of checks said."""

    results: list[Result]

    def __getitem__(self, name: str) -> Result:
        return next(one for one in self.results if one.name == name)

    def named(self, verdict: Verdict) -> list[str]:
        return [one.name for one in self.results if one.verdict is verdict]

    @property
    def failed(self) -> list[str]:
        return self.named(Verdict.FAIL)

    @property
    def skipped(self) -> list[str]:
        return self.named(Verdict.SKIPPED)


@dataclass
class Checks:
    """A site at a venue that runs, with a key and credentials of its own."""

    site: AccountSite
    running: Running

    async def live_check(self) -> Checked:
        return Checked(await run_checks(LIVE_CHECK, self.site))

    async def doctor(self, *names: str) -> Checked:
        """All of it, or only these, in their order."""
        wanted = [one for one in DOCTOR if not names or one.name in names]
        assert len(wanted) == len(names or DOCTOR)
        return Checked(await run_checks(wanted, self.site))

    def configure(self, **account: Any) -> None:
        """Another account section."""
        config = self.site.config
        changed = msgspec.structs.replace(config.account, **account)
        self.site.config = msgspec.structs.replace(config, account=changed)

    def follow(self, **markets: Sequence[str]) -> None:
        """Another section of markets."""
        config = self.site.config
        changed = msgspec.structs.replace(config.markets, **markets)
        self.site.config = msgspec.structs.replace(config, markets=changed)


@asynccontextmanager
async def checks(
    tmp_path: Path, *, key: str | None = room.KEY, wait_s: float = 2.0, **given: Any
) -> AsyncIterator[Checks]:
    """`key` None: neither key nor credentials. The venue's crowd is quiet, and nothing is late."""
    profile = venue_runs.quick(crowd_gap_us=10**9)
    settings = VenueSettings(profile, **({"markets": 2} | given))
    async with trio.open_nursery() as nursery:
        running: Running = await nursery.start(
            lambda task_status: serve(settings, 0, task_status=task_status)
        )
        hosts = Hosts.loopback(running.port)
        config = Config(hosts=hosts)
        config = msgspec.structs.replace(
            config, session=msgspec.structs.replace(config.session, path=str(tmp_path / "s.clob"))
        )
        keystore = tmp_path / "private" / "key.json"
        signer = None
        if key is not None:
            signer = Signer(Secret(key))
            write_keystore(keystore, Secret(key), Secret(WORDS), work=2)
            credentials = await room.credentials_of(hosts, signer)
            write_credentials(credentials_path(keystore), credentials, hosts, signer.address)
        patience = Patience(tries=1, answer_s=5.0)
        async with HttpLanes(hosts) as http, new_client() as client:
            fetcher = GammaFetcher(client, hosts, rng=random.Random(1), patience=patience)
            site = AccountSite(
                config, Clock(), http, fetcher, wait_s, keystore=keystore, signer=signer
            )
            yield Checks(site, running)
        nursery.cancel_scope.cancel()


def run(tmp_path: Path, body: Callable[[Checks], Any], **given: Any) -> Any:
    """What an async body gives that is called with all this, under trio."""

    async def main() -> Any:
        async with checks(tmp_path, **given) as made:
            return await body(made)

    return trio.run(main)
