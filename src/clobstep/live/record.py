"""A feed that is kept: a session series of decoded events and raw messages, verified as it comes.

An engine without orders steps what is written, so the books are checked while they are recorded,
and what is missing is asked for. A listener hears the same events in the same order: a live paper
run, whose feed this is. Owns: how such a session begins, goes on where it was left, and ends.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

import numpy as np
import trio

from clobstep import Engine, events
from clobstep.core import EVENT_DTYPE
from clobstep.enums import FeedState
from clobstep.live.clock import Clock
from clobstep.live.config import Config
from clobstep.live.core import Core
from clobstep.live.feed import HOLDS, Feed, clock_of, described, find
from clobstep.live.gamma import GammaFetcher, new_client
from clobstep.live.http import HttpLanes
from clobstep.live.inbox import Array, Inbox, Raw
from clobstep.live.task import EngineTask
from clobstep.live.wire_socket import first_of, ignore
from clobstep.session.format import SessionError
from clobstep.session.manifest import Manifest
from clobstep.session.reader import Session
from clobstep.session.series import Roll, RollingRecorder, parts_of
from clobstep.venue.interning import Interning, InterningError
from clobstep.venue.market_info import MarketInfo
from clobstep.venue.notes import Note

LOOK_S: Final = 0.25  # between looks at whether all markets have resolved


class Listener(Protocol):
    """Who hears what is recorded."""

    def heard(self, found: Array) -> None:
        """Events in the order in which they are kept; a view that is valid during the call."""

    def passed(self, now_ns: int) -> None:
        """Whatever is heard from now on came at this time or later."""


class State(NamedTuple):
    """Where a recording is, for people."""

    events: int
    synced: int
    markets: int
    connects: int
    lost: int
    resyncs: int
    resolved: int
    conflated: int


class FeedRecord:
    """Keeps `feed` in `recorder`'s series; `run` it, and `stop` seals it."""

    def __init__(
        self,
        feed: Feed,
        recorder: RollingRecorder,
        *,
        listener: Listener | None = None,
    ) -> None:
        self.feed = feed
        self.recorder = recorder
        self.core = _HeardCore(recorder, feed.interning, feed, listener)
        self._stopped = trio.Event()
        self._task = _HeardTask(self.core, feed.inbox, feed.clock, listener)
        self._listener = listener

    @property
    def engine(self) -> Engine:
        """It steps what is recorded."""
        return self.recorder.engine

    def stop(self) -> None:
        """End: what came until now is kept, and the session sealed."""
        self._stopped.set()

    async def run(self) -> None:
        """Until `stop`, or until all markets have resolved.

        Errors: SessionError when the journal failed; what the listener raises. The session is
        sealed all the same, where it still takes anything.
        """
        try:
            self._begin()
            with single_errors():
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self._task.run)
                    nursery.start_soon(self.feed.run)
                    nursery.start_soon(self._look_at_ends)
                    await self._stopped.wait()
                    nursery.cancel_scope.cancel()
            self._end()
        finally:
            self._seal()

    def state(self) -> State:
        """Where it is now."""
        view, feed = self.engine.view, self.feed
        books = [view.book(even) for even in feed.evens()] if self.engine.seq else []
        counted = [socket.counters for socket in feed.sockets]
        return State(
            self.engine.seq,
            sum(book.feed == FeedState.SYNCED for book in books),
            len(books),
            sum(one["connects"] for one in counted),
            feed.counters["notes_market_lost"],
            feed.counters["resyncs"],
            self._resolved(),
            feed.inbox.n_conflated,
        )

    def _begin(self) -> None:
        """Metadata; and where a session goes on, the feed was lost meanwhile."""
        clock, view = self.feed.clock, self.engine.view
        first = self.feed.first
        if self.engine.seq:
            step_ns = self.engine.config.max_time_step_ns
            while clock.now_ns() - view.now_ns > step_ns:  # it believes no longer silence at once
                self.core.hear_one(events.timer(at=view.now_ns + step_ns))
            first = events.feed("LOST", at=clock.now_ns()) + first
        self.core.hear(np.frombuffer(first, EVENT_DTYPE))
        if self.core.error is not None:
            raise self.core.error

    def _end(self) -> None:
        """What the sockets said last, and that nothing is known of the books after it."""
        self._task.once()
        self.core.hear_one(events.feed("LOST", at=self.feed.clock.now_ns()))
        if self.core.error is not None:
            raise self.core.error

    def _seal(self) -> None:
        if self.core.error is None:
            self.core.seal()
        else:
            self.recorder.writer.close()

    def _resolved(self) -> int:
        view = self.engine.view
        return sum(view.market(even).resolved for even in self.feed.evens())

    async def _look_at_ends(self) -> None:
        """When all markets have resolved nothing comes any more."""
        wanted = len(self.feed.evens())
        while self._resolved() < wanted:
            await trio.sleep(LOOK_S)
        self.stop()


class _HeardCore(Core):
    """A core that lets a listener hear what it has taken."""

    def __init__(
        self, recorder: RollingRecorder, interning: Interning, desk: Feed, listener: Listener | None
    ) -> None:
        super().__init__(recorder, interning, desk)
        self._listener = listener

    def hear(self, events: Array, raws: tuple[Raw, ...] = ()) -> None:
        super().hear(events, raws)
        if self._listener is not None and self.error is None:
            self._listener.heard(events)


class _HeardTask(EngineTask):
    """The engine's task, which tells the listener up to when all was heard.

    Words are stamped and put into the inbox in one go, so whatever is not there yet will be later.
    """

    def __init__(self, core: Core, inbox: Inbox, clock: Clock, listener: Listener | None) -> None:
        super().__init__(core, inbox, clock)
        self._listener = listener

    def once(self) -> None:
        now_ns = self._clock.now_ns()
        super().once()
        if self._listener is not None:
            self._listener.passed(now_ns)


@contextmanager
def single_errors() -> Iterator[None]:
    """Of a nursery's group of errors, the first; the others follow from it."""
    try:
        yield
    except BaseExceptionGroup as group:
        _, failed = group.split(trio.Cancelled)
        if failed is None:
            raise
        raise first_of(failed) from group


@asynccontextmanager
async def following(
    config: Config,
    base: Path,
    *,
    goes_on: bool = True,
    settings: dict[str, Any] | None = None,
    listener: Callable[[Feed, Manifest], Listener] | None = None,
    on_note: Callable[[Note], None] = ignore,
) -> AsyncIterator[FeedRecord]:
    """Find the markets of `config` and open the series: what is given is ready to `run`.

    `listener` makes one for the feed and the manifest of its recording; `on_note` hears every note,
    beside the session. Errors: FeedError, GammaError, ConfigError, SessionError, those of
    `listener`. Whoever does not run it leaves no file of a new series.
    """
    made: FeedRecord | None = None

    def note(told: Note) -> None:
        on_note(told)
        if made is not None:
            made.core.note(told.kind, told.text)

    async with HttpLanes(config.hosts) as http, new_client() as client:
        clock = await clock_of(config, http)
        rng = random.Random(config.live.seed)  # noqa: S311 - pauses
        fetcher = GammaFetcher(client, config.hosts, rng=rng)
        infos = await find(fetcher, config.markets)
        opened = open_record(
            config, base, infos, clock.now_ns(), goes_on=goes_on, settings=settings
        )
        recorder = opened.recorder
        try:
            feed = Feed(
                config,
                infos,
                http=http,
                fetcher=fetcher,
                clock=clock,
                interning=opened.interning,
                on_note=note,
            )
            recorder.writer.intern(opened.interning.rows(opened.n_rows))
            hears = listener(feed, recorder.writer.manifest) if listener is not None else None
            made = FeedRecord(feed, recorder, listener=hears)
            yield made
        finally:
            recorder.writer.close()
            if recorder.engine.seq == 0:
                for ending in ("", "-wal", "-shm"):
                    path = recorder.writer.path
                    path.with_name(path.name + ending).unlink(missing_ok=True)


class Opened(NamedTuple):
    """A series to write to, and the names that it knows: `n_rows` of them are in the file."""

    recorder: RollingRecorder
    interning: Interning
    n_rows: int


def open_record(
    config: Config,
    base: Path,
    infos: Sequence[MarketInfo],
    now_ns: int,
    *,
    goes_on: bool = True,
    settings: dict[str, Any] | None = None,
) -> Opened:
    """A series of recordings at `base`: a new one, or one that was left, if it may go on.

    `settings`: for a new one's manifest. Errors: SessionError when it cannot be made, or what is
    there is something else; ConfigError.
    """
    roll = Roll(daily=config.session.daily, most_bytes=config.session.most_mb << 20)
    parts = parts_of(base) if goes_on else []
    if not parts:
        interning = Interning()
        _give_places(interning, infos)
        wanted = config.engine_config(len(infos), None, 0)
        manifest = Manifest.of(
            "record",
            wanted,
            created_ns=now_ns,
            holds=HOLDS,
            markets=described(infos, interning),
            raw=config.session.raw,
            raw_every=config.session.raw_every,
            settings=settings or {},
        )
        recorder = RollingRecorder.create(base, Engine(wanted), manifest, roll)
        return Opened(recorder, interning, 0)
    path = parts[-1][1]
    with Session.open(path) as left:
        rows, kept = left.interning_rows(), left.manifest
    interning = Interning.from_rows(rows)
    _give_places(interning, infos)
    if kept.kind != "record":
        raise SessionError(f"{path}: is of kind {kept.kind}, no recording; name another with -o")
    if interning.n_tokens > kept.config["tokens"]:
        raise SessionError(
            f"{path}: has places for {kept.config['tokens'] // 2} markets, not for those named "
            "beside its own; name another with -o"
        )
    return Opened(RollingRecorder.resume(base, roll), interning, len(rows))


def _give_places(interning: Interning, infos: Sequence[MarketInfo]) -> None:
    """In the order given, as metadata will; one that cannot have its places is told of later."""
    for info in infos:
        with suppress(InterningError):
            interning.pair(info.condition, info.yes, info.no)
