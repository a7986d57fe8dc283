"""From a configuration and a key to a live process, and what is said of it at the end.

Owns the order: metadata, session, process; a first signal drains, a second one ends at once.
"""

from __future__ import annotations

import random
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trio

from clobstep.enums import SessionState
from clobstep.live.clock import Clock
from clobstep.live.config import Config
from clobstep.live.feed import find
from clobstep.live.gamma import GammaFetcher, new_client
from clobstep.live.http import HttpLanes
from clobstep.live.orders.credentials import owner
from clobstep.live.orders.desk import Holder
from clobstep.live.orders.start import open_session
from clobstep.live.orders.trader import NotProvenError, Trader
from clobstep.session.format import SessionError
from clobstep.venue.notes import Note
from clobstep.venue.signing.auth import Credentials
from clobstep.venue.signing.signer import Signer

QUIET_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass
class Summary:
    """What became of a run."""

    session: Path
    events: int = 0
    chain: int = 0
    submits: int = 0
    signed: int = 0
    fills: int = 0
    cash_micros: int = 0
    state: str = ""
    proven: bool = False
    notes: Counter[str] = field(default_factory=Counter)
    problem: str = ""


async def run_live(
    config: Config,
    signer: Signer,
    credentials: Credentials,
    strategy: Any,
    *,
    dry_run: bool,
    duration_s: float = 0.0,
    on_note: Callable[[Note], None],
    on_start: Callable[[Trader], None],
    beside: Callable[[Trader], Any] | None = None,
) -> Summary:
    """Trade until a signal or for so long.

    `on_start` is told when everything is made and nothing has begun; `beside` is an async function
    of the trader that runs beside it (a dashboard). A journal that failed, and orders that are not
    proven gone, are the summary's problem. Errors, of what is before: ConfigError, FeedError,
    GammaError, SessionError.
    """
    clock = Clock(speed=config.live.speed)
    summary = Summary(Path(config.session.path))

    def heard(note: Note) -> None:
        summary.notes[note.kind] += 1
        on_note(note)

    async with HttpLanes(config.hosts) as http, new_client() as client:
        rng = random.Random(config.live.seed)  # noqa: S311 - pauses, no secrets
        fetcher = GammaFetcher(client, config.hosts, rng=rng)
        found = await find(fetcher, config.markets)
        infos = {info.condition: info for info in found}
        opened = open_session(config, strategy, infos, clock.now_ns(), dry_run=dry_run)
        kind = config.account.signature_type
        holder = Holder(
            signer,
            config.account.funder or signer.address,
            kind,
            owner(credentials),
        )
        trader = Trader(
            config,
            opened,
            holder,
            credentials,
            http=http,
            fetcher=fetcher,
            strategy=strategy,
            clock=clock,
            infos=infos.values(),
            dry_run=dry_run,
            on_note=heard,
        )
        on_start(trader)
        try:
            await _until_stopped(trader, duration_s, beside)
        except (NotProvenError, SessionError) as error:
            summary.problem = str(error)
        finally:
            _sum_up(summary, trader)
    return summary


async def _until_stopped(
    trader: Trader, duration_s: float, beside: Callable[[Trader], Any] | None
) -> None:
    """Run it; the first signal or the end of the time drains, a second signal ends at once."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_signals, trader, nursery.cancel_scope)
        if duration_s:
            nursery.start_soon(_after, trader, duration_s)
        if beside is not None:
            nursery.start_soon(beside, trader)
        await trader.run()
        nursery.cancel_scope.cancel()


async def _signals(trader: Trader, scope: trio.CancelScope) -> None:
    with trio.open_signal_receiver(*QUIET_SIGNALS) as signals:
        stopping = False
        async for _ in signals:
            if stopping:
                scope.cancel()
            stopping = True
            trader.stop()


async def _after(trader: Trader, duration_s: float) -> None:
    await trio.sleep(duration_s)
    trader.stop()


def _sum_up(summary: Summary, trader: Trader) -> None:
    view = trader.engine.view
    counters = view.counters()
    summary.session = trader.core.recorder.writer.path
    summary.events, summary.chain = trader.engine.seq, trader.engine.chain
    summary.submits, summary.fills = counters["submits"], counters["fills"]
    summary.signed = trader.desk.signed
    summary.cash_micros = view.cash.settled
    summary.state = SessionState(view.session).name
    summary.proven = trader.proven
