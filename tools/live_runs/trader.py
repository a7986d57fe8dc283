"""One live trader as a process of its own, that says how it is: started by a run, killed by it too.

    python -m live_runs.trader --config FILE --port PORT --dir DIR [--die-at WHERE:N]

Each half second a line of JSON goes to DIR/status.jsonl; each durable commit leaves its number and
chain in DIR/commits, so that what was acknowledged is known after a kill. SIGUSR1 drains, SIGTERM
ends. `--die-at` kills it by itself, with no warning, at the n-th time it comes by a place.
Owns the looking and the dying. The trader is the product's own, as it is.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import signal
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec
import trio

from clobstep.enums import EventKind
from clobstep.live.clock import Clock
from clobstep.live.config import Config, read
from clobstep.live.gamma import GammaFetcher, new_client
from clobstep.live.http import HttpLanes
from clobstep.live.orders.credentials import derive
from clobstep.live.orders.desk import Holder
from clobstep.live.orders.private_files import KeysError
from clobstep.live.orders.start import open_session
from clobstep.live.orders.trader import Trader
from clobstep.secret import Secret
from clobstep.session.series import RollingRecorder
from clobstep.strategy.load import load_strategy
from clobstep.venue.gamma_pages import Filters
from clobstep.venue.hosts import Hosts
from clobstep.venue.market_info import MarketInfo
from clobstep.venue.notes import Note
from clobstep.venue.signing.auth import Credentials
from clobstep.venue.signing.signer import Signer

KEY: Final = (
    "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"  # public, of tests
)
STATUS_S: Final = 0.5
AGAIN_S: Final = 0.5
OF_MARKET: Final = frozenset(
    int(kind) for kind in EventKind if kind.name.startswith(("BOOK", "BEST", "PRINT", "SNAP"))
)
PLACES: Final = ("start", "begun", "commit", "committed", "cancel", "submit", "read", "roll")


class Fuse:
    """Kills the process by itself at a place. `burn` is called whenever it comes by one."""

    def __init__(self, die_at: str) -> None:
        place, _, n = die_at.partition(":")
        if place and place not in PLACES:
            raise SystemExit(f"--die-at {place}: there are {', '.join(PLACES)}")
        self._place, self._left = place, int(n or 1)

    def burn(self, place: str) -> None:
        """It dies here if this is the place and the time."""
        if place == self._place:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


class Lags:
    """How old events were when they were stepped, since the last look."""

    def __init__(self) -> None:
        self._of: dict[str, list[int]] = {"market": [], "private": []}

    def add(self, kind: int, age_ns: int) -> None:
        """One batch, by its first event."""
        self._of["market" if kind in OF_MARKET else "private"].append(age_ns)

    def take(self) -> dict[str, Any]:
        """Milliseconds: median, 99th of a hundred, most; and how many batches there were."""
        told = {}
        for name, found in self._of.items():
            found.sort()
            n = len(found)
            told[name] = {"batches": n} | {
                f"{what}_ms": round(found[min(n - 1, n * share // 100)] / 1e6, 2)
                for what, share in (("p50", 50), ("p99", 99), ("most", 100))
                if n
            }
            self._of[name] = []
        return told


class Watched:
    """A trader whose steps, commits and rolls are looked at."""

    def __init__(self, trader: Trader, folder: Path, fuse: Fuse) -> None:
        self.trader = trader
        self.notes: Counter[str] = Counter()
        self._fuse = fuse
        self._folder = folder
        self._lags = Lags()
        self._commits = os.open(folder / "commits", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        core, clock = trader.core, trader.clock
        hear, commit = core.hear, core.commit

        def heard(found: Any, raws: Any = ()) -> None:
            if len(found):
                age_ns = clock.now_ns() - int(found["time_ns"][0])
                self._lags.add(int(found["kind"][0]), age_ns)
            hear(found, raws)

        def committed() -> None:
            fuse.burn("commit")
            commit()
            mark = f"{core.engine.seq} {core.engine.chain:016x}\n"
            os.write(self._commits, mark.encode())
            fuse.burn("committed")

        vars(core).update(hear=heard, commit=committed)
        self._fuses()

    def _fuses(self) -> None:
        trader, burn = self.trader, self._fuse.burn
        recorder, send, call = trader.core.recorder, trader.post.send, trader.account._call
        assert isinstance(recorder, RollingRecorder), "a live session rolls"
        roll = recorder.roll

        def rolled() -> None:
            burn("roll")
            roll()
            burn("roll")

        def sent(mail: Any) -> None:
            burn(mail.request.lane.value)
            send(mail)
            burn(mail.request.lane.value)

        async def read_call(request: Any) -> Any:
            burn("read")
            return await call(request)

        vars(recorder).update(roll=rolled)
        vars(trader.post).update(send=sent)
        trader.account._call = read_call

    async def tell(self) -> None:
        """Until cancelled: a line of status each half second."""
        with (self._folder / "status.jsonl").open("ab", buffering=0) as out:
            while True:
                out.write(msgspec.json.encode(self.status()) + b"\n")
                await trio.sleep(STATUS_S)

    def status(self) -> dict[str, Any]:
        """How it is, and what its books say."""
        trader = self.trader
        view, assets = trader.engine.view, trader.assets()
        cash = view.cash
        tokens = {asset: view.token(token) for token, asset in assets.items()}
        used = resource.getrusage(resource.RUSAGE_SELF)
        return {
            "wall_s": round(time.time(), 3),
            "seq": trader.engine.seq,
            "rss_kb": _rss_kb(),
            "cpu_s": round(used.ru_utime + used.ru_stime, 2),
            "session": view.session,
            "halted": view.halted,
            "fault": view.fault,
            "cash": cash._asdict(),
            "tokens": {asset: held._asdict() for asset, held in tokens.items() if any(held)},
            "orders": len(view.orders()),
            "open": [trader.interning.order_hash(n) for n in view.orders()],
            "waiting": [trader.inbox.n_market, trader.inbox.n_private],
            "conflated": trader.inbox.n_conflated,
            "messages": sum(s.counters["messages"] for s in trader.feed.sockets),
            "connects": sum(s.counters["connects"] for s in trader.feed.sockets),
            "reads": [trader.account.reads, trader.account.failures],
            "lag": self._lags.take(),
            "signed": trader.desk.signed,
            "turns": trader.core.turns,
            "calls": dict(trader.calls.counters),
            "notes": dict(self.notes),
        }


def _rss_kb() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


async def again(what: str, ask: Callable[[], Any]) -> Any:
    """A venue with faults may have to be asked many times at the start."""
    for _ in range(240):
        try:
            if (found := await ask()) is not None:
                return found
        except (KeysError, httpx.HTTPError, ValueError):
            pass
        await trio.sleep(AGAIN_S)
    raise SystemExit(f"{what}: the venue did not say")


async def _credentials(hosts: Hosts, signer: Signer) -> Credentials:
    async with httpx.AsyncClient(trust_env=False, timeout=5.0) as client:
        now_s = int((await client.get(f"{hosts.clob}/time")).text)
        return (await derive(client, hosts, signer, now_s))[0]


async def run(config: Config, folder: Path, fuse: Fuse) -> None:
    """From nothing to the end of the session."""
    fuse.burn("start")
    signer = Signer(Secret(KEY))
    strategy = load_strategy(config.strategy.name, config.strategy.settings)
    clock = Clock()
    async with HttpLanes(config.hosts) as http, new_client() as client:
        credentials = await again("keys", lambda: _credentials(config.hosts, signer))
        fetcher = GammaFetcher(client, config.hosts, rng=random.Random(1))

        async def markets() -> Any:
            return (await fetcher.markets(Filters())).page.markets or None

        infos: list[MarketInfo] = await again("markets", markets)
        fuse.burn("begun")
        opened = open_session(
            config, strategy, {i.condition: i for i in infos}, clock.now_ns(), dry_run=False
        )
        holder = Holder(signer, signer.address, 0, credentials.api_key.reveal())
        notes: list[Note] = []
        trader = Trader(
            config, opened, holder, credentials, http=http, fetcher=fetcher, strategy=strategy,
            clock=clock, infos=infos, dry_run=False, on_note=notes.append,
        )  # fmt: skip
        watched = Watched(trader, folder, fuse)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(watched.tell)
            nursery.start_soon(_obey, trader)
            nursery.start_soon(_keep_notes, notes, watched, folder)
            await trader.run()
            nursery.cancel_scope.cancel()


async def _obey(trader: Trader) -> None:
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGUSR1) as signals:
        async for number in signals:
            if number == signal.SIGTERM:
                trader.stop()
            else:
                trader.drain()


async def _keep_notes(notes: list[Note], watched: Watched, folder: Path) -> None:
    with (folder / "notes.log").open("a") as out:
        while True:
            for note in notes:
                watched.notes[note.kind] += 1
                out.write(f"{time.time():.3f} {note.kind}: {note.text}\n")
            notes.clear()
            out.flush()
            await trio.sleep(0.1)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--dir", type=Path, required=True)
    parser.add_argument("--die-at", default="")
    given = parser.parse_args()
    config = msgspec.structs.replace(read(given.config), hosts=Hosts.loopback(given.port))
    try:
        trio.run(run, config, given.dir, Fuse(given.die_at))
    except BaseException:
        (given.dir / "error.txt").write_text(traceback.format_exc())
        raise


if __name__ == "__main__":
    main()
