"""What tests of recordings share: a feed that a test speaks, and a recording at a venue."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import trio
from numpy.typing import NDArray

from clobstep import Engine, EngineConfig, events
from clobstep.core import EVENT_DTYPE
from clobstep.live.clock import Clock
from clobstep.live.config import Config, Markets
from clobstep.live.feed import HOLDS
from clobstep.live.inbox import Inbox
from clobstep.live.record import FeedRecord, following
from clobstep.session.format import SessionError
from clobstep.session.manifest import Manifest
from clobstep.session.series import Roll, RollingRecorder
from clobstep.venue.hosts import Hosts
from clobstep.venue.interning import Interning

Array = NDArray[np.void]
START_NS = 1_780_012_800_000_000_000
BOTH = Markets(events=("event-0",))  # of a venue with two markets


class SpokenFeed:
    """Stands for a Feed: what a test says, in the inbox."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.inbox = Inbox()
        self.interning = Interning()
        self.interning.pair("0xc0", "1", "2")
        self.infos = {"0xc0": None}
        self.sockets: list[Any] = []
        self.counters: Counter[str] = Counter()
        self.errors: list[SessionError] = []
        self.first = self.metadata()

    def metadata(self) -> bytes:
        at = self.clock.now_ns()
        return events.cluster(1, at=at) + events.market(
            0, tick="0.01", min_size="5", fee_rate="0", cluster=1, at=at
        )

    def evens(self) -> list[int]:
        return [0]

    async def run(self) -> None:
        await trio.sleep_forever()

    def take(self, effects: Array) -> None:
        self.counters["effects"] += len(effects)

    def urgent(self) -> None: ...

    def prepare(self) -> bool:
        return False

    def send(self) -> None: ...

    def failed(self, error: SessionError) -> None:
        self.errors.append(error)

    def say(self, *records: bytes) -> None:
        """Words of the market."""
        self.inbox.market(np.frombuffer(b"".join(records), EVENT_DTYPE))

    def book(self) -> None:
        at = self.clock.now_ns()
        self.say(
            events.feed("CONNECTED", token=0, at=at),
            *events.snapshot(0, bids=[("0.48", "100")], asks=[("0.52", "100")], at=at),
        )


def spoken(
    path: Path, clock: Clock, listener: Any = None, **settings: Any
) -> tuple[FeedRecord, SpokenFeed]:
    """A recording of a feed that a test speaks."""
    feed, config = SpokenFeed(clock), EngineConfig(tokens=2)
    manifest = Manifest.of("record", config, holds=HOLDS, settings=settings)
    recorder = RollingRecorder.create(path, Engine(config), manifest, Roll())
    recorder.writer.intern(feed.interning.rows())
    return FeedRecord(feed, recorder, listener=listener), feed  # type: ignore[arg-type]


def config_at(port: int, markets: Markets = BOTH, **live: Any) -> Config:
    """Of whoever follows markets of a venue on loopback."""
    plain = Config(hosts=Hosts.loopback(port), markets=markets)
    return msgspec.structs.replace(plain, live=msgspec.structs.replace(plain.live, **live))


@asynccontextmanager
async def recording(config: Config, base: Path, **given: Any) -> AsyncIterator[FeedRecord]:
    """One that runs, and is stopped and sealed at the end of the block."""
    async with following(config, base, **given) as record:
        ended = trio.Event()

        async def run() -> None:
            await record.run()
            ended.set()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(run)
            yield record
            record.stop()
            await ended.wait()


def events_of(session: Any, wanted: Callable[[Array], Any]) -> Array:
    """Recorded events that a test looks for."""
    parts = [part[wanted(part)].copy() for part in session.events()]
    return np.concatenate(parts)
