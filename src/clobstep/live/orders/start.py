"""How a live process begins: a new session with what the account holds, or an old one goes on.

A session that was left goes on from its last durable event, with the names it knew; one that was
sealed goes on in a new part. Its settings are in its manifest: other ones want another session,
because what an engine was made with cannot change under it.

A new session begins with OPENING events: what the account holds, once every trade of the last hour
has settled, since a balance does not say what is still under way.
Owns: nothing that lasts.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from clobstep import Engine, EngineConfig, events
from clobstep.enums import PIPS, EventKind, TradeStatus
from clobstep.live.clock import SECOND, Clock
from clobstep.live.config import Config, ConfigError
from clobstep.live.feed import HOLDS, described
from clobstep.live.orders.account import drive
from clobstep.session.format import SessionError
from clobstep.session.manifest import Manifest
from clobstep.session.reader import Session
from clobstep.session.series import Roll, RollingRecorder, part_path, parts_of
from clobstep.strategy.protocol import describe
from clobstep.venue.interning import Interning
from clobstep.venue.market_info import MarketInfo
from clobstep.venue.rest.account import AccountReader
from clobstep.venue.rest.reads import Failed
from clobstep.venue.rest.request import Reply, Request

SPARE: Final = 16  # places for markets that are followed later
SALT_BITS: Final = 52
SETTLED_NS: Final = 3_600 * SECOND  # trades older than this are settled, one way or the other
WAIT_NS: Final = 5 * SECOND
YOUNG_NS: Final = 5 * SECOND  # the engine takes trades up to 2 s before an opening for new ones
MAY_DIFFER: Final = frozenset({"salt_base", "tokens", "wide_books"})


class Opened(NamedTuple):
    """A session to write to. `is_new`: it has no event yet. `n_rows`: names that it has already."""

    recorder: RollingRecorder
    interning: Interning
    is_new: bool
    n_rows: int


def open_session(
    config: Config, strategy: Any, infos: Mapping[str, MarketInfo], now_ns: int, *, dry_run: bool
) -> Opened:
    """Begin or go on. Errors: SessionError, ConfigError."""
    base = Path(config.session.path).expanduser()
    roll = Roll(daily=config.session.daily, most_bytes=config.session.most_mb << 20)
    salt = (now_ns // 1_000) % (1 << SALT_BITS)
    wanted = config.engine_config(len(infos) + SPARE, strategy, salt)
    if not parts_of(base):
        interning = Interning()
        for info in infos.values():
            interning.pair(info.condition, info.yes, info.no)
        manifest = Manifest.of(
            "live",
            wanted,
            created_ns=now_ns,
            holds=HOLDS,
            markets=described(infos.values(), interning),
            raw=config.session.raw,
            raw_every=config.session.raw_every,
            settings={"strategy": describe(strategy), "dry_run": dry_run},
        )
        recorder = RollingRecorder.create(base, Engine(wanted), manifest, roll)
        return Opened(recorder, interning, True, 0)
    path = parts_of(base)[-1][1]
    with Session.open(path) as left:
        rows, kept = left.interning_rows(), left.manifest
    _check_same(config, kept, wanted, path, strategy, dry_run=dry_run)
    recorder = RollingRecorder.resume(base, roll)
    is_new = recorder.engine.seq == 0
    return Opened(recorder, Interning.from_rows(rows), is_new, len(rows))


def _check_same(
    config: Config,
    kept: Manifest,
    wanted: EngineConfig,
    path: Path,
    strategy: Any,
    *,
    dry_run: bool,
) -> None:
    """That a session can go on under these settings."""
    way_out = (
        "a session goes on with the settings it began with: put them back, or name another "
        f"file in {config.path}, session.path"
    )
    if kept.kind != "live" or bool(kept.settings.get("dry_run")) != dry_run:
        what = "a dry run" if kept.settings.get("dry_run") else kept.kind
        raise SessionError(f"{path}: is of {what}; {way_out}")
    now = dataclasses.asdict(wanted)
    for name, value in kept.config.items():
        fits = value >= now[name] - 2 * SPARE if name == "tokens" else value == now.get(name)
        if not fits and name not in MAY_DIFFER - {"tokens"}:
            raise SessionError(f"{path}: {name} was {value} and is {now.get(name)} now; {way_out}")
    if kept.settings.get("strategy") != describe(strategy):
        raise SessionError(f"{path}: was of another strategy or its settings differ; {way_out}")


def first_part(config: Config) -> Path:
    """The file that a new session would be written to."""
    return part_path(Path(config.session.path).expanduser(), 0)


async def openings(
    call: Callable[[Request], Awaitable[Reply]],
    reader: AccountReader,
    tokens: Mapping[int, str],
    clock: Clock,
    venue_now_ns: Callable[[], int],
    *,
    mids: Callable[[int], int | None],
    say: Callable[[str], None],
) -> bytes:
    """OPENING events of the account, once nothing of it is under way.

    `mids`: what a share of a token is worth in pips, for the cost of what is held; None: unknown,
    and then a share counts as bought at 1. `say` is told what it waits for. Errors: ConfigError
    when the account cannot be read and asking again would not help.
    """
    while True:
        look = reader.look(tokens, watermark_ns=max(0, venue_now_ns() - SETTLED_NS))
        await drive(look, call, clock, venue_now_ns)
        if look.answer is None:
            failed = look.failed
            if isinstance(failed, Failed) and not failed.again:
                raise ConfigError(f"the account cannot be read: {failed.why}")
            say(f"the account was not read: {failed.why if isinstance(failed, Failed) else failed}")
            await clock.sleep(WAIT_NS)
            continue
        told = [
            events.unpack(look.answer.events[k : k + 64])
            for k in range(0, len(look.answer.events), 64)
        ]
        read_ns = next(e.venue_time_ns for e in told if e.kind == EventKind.RECONCILED)
        if not read_ns:  # nobody knows what the balances hold of it, nor up to when they do
            say("a trade of the last hour cannot be read; the account is read again")
            await clock.sleep(WAIT_NS)
            continue
        held_to_ns = read_ns + reader.lag_ns  # when it was read, for nothing is under way
        trades = [e for e in told if e.kind == EventKind.TRADE]
        young = [e for e in trades if e.venue_time_ns > held_to_ns - YOUNG_NS]
        if all(e.code in _FINAL for e in trades) and not young:
            return _openings(told, clock.now_ns(), held_to_ns, mids)
        say(f"of {len(trades)} trades some have not settled or are new; the account is read again")
        await clock.sleep(WAIT_NS)


_FINAL: Final = (TradeStatus.CONFIRMED, TradeStatus.FAILED)


def _openings(
    told: list[events.Event], now_ns: int, held_to_ns: int, mids: Callable[[int], int | None]
) -> bytes:
    """OPENING of the cash and of each token that is held."""
    out = b""
    for e in told:
        if e.kind != EventKind.BALANCE or not (e.amount or e.size):
            continue
        mid = mids(e.token) if e.size else None
        cost = e.size * (PIPS if mid is None else mid) // PIPS
        out += e._replace(
            kind=EventKind.OPENING,
            time_ns=now_ns,
            venue_time_ns=held_to_ns,
            amount=e.amount if not e.size else cost,
        ).pack()
    return out
