"""The public feed of some markets: their metadata, their books and prints, books by REST.

What a recording, a live paper run and any other reader of the market follow, without a key. All of
it ends in one inbox; nothing here knows an order. Owns: how markets are found by the names that a
person gives, what is started to follow them, and what the engine's wishes about the feed become.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final

import msgspec
import numpy as np
import trio

from clobstep import show
from clobstep.enums import EffectKind
from clobstep.live.books import Books
from clobstep.live.clock import SECOND, Clock
from clobstep.live.config import Config, Markets
from clobstep.live.gamma import CHUNK, GammaError, GammaFetcher
from clobstep.live.http import HttpLanes
from clobstep.live.inbox import Array, Inbox
from clobstep.live.market_socket import Hint, MarketSocket, split
from clobstep.live.refresher import Refresher, Settings
from clobstep.live.watchdog import Seen, Watchdog
from clobstep.live.wire_socket import ignore
from clobstep.session.format import SessionError
from clobstep.session.manifest import Holds
from clobstep.venue.gamma_pages import Filters
from clobstep.venue.interning import Interning
from clobstep.venue.market import MarketCodec
from clobstep.venue.market_info import MarketInfo
from clobstep.venue.metadata_events import CloseOut, MetadataEvents
from clobstep.venue.notes import Note
from clobstep.venue.rest.reads import Failed, server_time
from clobstep.venue.rest.request import Reply, Request
from clobstep.venue.rest.requests import time_request

HOLDS: Final = Holds(
    deltas=True,
    prints=True,
    snapshots=True,
    hashes=True,
    carried_best=True,
    receive_times=True,
)
"""What the venue's own feed holds."""
MOST_MARKETS: Final = 2_000  # that one process follows
_LOOK: Final = "`clobstep markets --text WORD` looks for it"
_WISHES: Final = (EffectKind.RESYNC, EffectKind.REFRESH, EffectKind.ALERT, EffectKind.HALT)


class FeedError(Exception):
    """Markets that cannot be followed: says which name, and the way out."""


class Feed:
    """Follows `infos` into `inbox`; `run` it in a nursery. It is a core's desk as well.

    `ours`: the top of the engine's book, and then silence of a connection is looked after.
    `first`: CLUSTER, MARKET and RESOLVED of all, as they were read when they were found; whoever
    has the engine steps them first. `counters`: resyncs, alerts, notes_ by kind.
    """

    def __init__(
        self,
        config: Config,
        infos: Iterable[MarketInfo],
        *,
        http: HttpLanes,
        fetcher: GammaFetcher,
        clock: Clock,
        interning: Interning,
        ours: Callable[[int], Seen] | None = None,
        on_note: Callable[[Note], None] = ignore,
    ) -> None:
        self.infos = {info.condition: info for info in infos}
        self.clock = clock
        self.interning = interning
        self.inbox = Inbox()
        self.failed_by: SessionError | None = None
        self.counters: Counter[str] = Counter()
        self.sockets: list[MarketSocket] = []
        self.dogs: list[Watchdog] = []
        self._config = config
        self._http = http
        self._ours = ours
        self._on_note = on_note
        self._codec = MarketCodec(interning, hashes=config.live.hashes or "never", strangers=False)
        self._metadata = MetadataEvents(
            interning, close_out=CloseOut(before_end_ns=config.close_out_ns())
        )
        self.refresher = Refresher(
            fetcher,
            self.inbox,
            clock,
            self._metadata,
            settings=Settings(cycle_ns=config.refresh_ns()),
            on_note=self._note,
        )
        self._books = Books(self._call, self._codec, self.inbox, clock, note=self._note)
        change = self._metadata.cycle({}, self.infos.values(), clock.now_ns())
        self.first = change.events
        for word in change.words:
            self._note(Note("metadata", word))

    def evens(self) -> list[int]:
        """The even token of each market that has one."""
        found = [self.interning.find_pair(condition) for condition in self.infos]
        return [even for even in found if even is not None]

    async def run(self) -> None:
        """Until cancelled."""
        config, rng = self._config, random.Random(self._config.live.seed)  # noqa: S311 - pauses
        tokens = [token for even in self.evens() for token in (even, even + 1)]
        self.refresher.follow(self.infos, self.infos.values())
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.refresher.run)
            nursery.start_soon(self._books.run)
            for group in split(t for t in tokens if self.interning.asset(t) is not None):
                socket = MarketSocket(
                    group,
                    url=config.hosts.market_ws,
                    codec=self._codec,
                    inbox=self.inbox,
                    clock=self.clock,
                    rng=rng,
                    on_hint=self._hint,
                    on_note=self._note,
                    keep_raw=config.session.raw != "dropped",
                )
                self.sockets.append(socket)
                nursery.start_soon(socket.run)
                if self._ours is not None:
                    nursery.start_soon(self._watched(socket).run)

    def _watched(self, socket: MarketSocket) -> Watchdog:
        """Looks after a connection that lives and says nothing."""
        assert self._ours is not None

        async def probe(tokens: list[int]) -> None:
            await self._books.read(tokens, dog.shown)

        dog = Watchdog(
            socket,
            probe=probe,
            ours=self._ours,
            clock=self.clock,
            silent_ns=self._config.silent_ns(),
            on_note=self._note,
        )
        self.dogs.append(dog)
        return dog

    def resync(self, token: int) -> None:
        """The books of a token's market, by REST.

        Not while its line is down: a book that nothing keeps up to date would be quoted on until it
        is stale. The books come with the line.
        """
        if any(token in socket.tokens and socket.is_connected for socket in self.sockets):
            self.counters["resyncs"] += 1
            self._books.want((token & ~1, token | 1))
        else:
            self.counters["resyncs_without_a_line"] += 1

    def refresh(self, token: int) -> None:
        """The metadata of a token's market."""
        self.refresher.hint_token(token)

    def market(self, condition: str) -> MarketInfo | None:
        """What is known of a market now."""
        return self.refresher.markets.get(condition) or self.infos.get(condition)

    async def tops(self) -> dict[int, Seen]:
        """The top of each book now, of those that are told; the engine does not hear of it."""
        return await self._books.look(t for even in self.evens() for t in (even, even + 1))

    # ---- a core's desk: nothing leaves but questions about the feed

    def take(self, effects: Array) -> None:
        """Ask for the books and the metadata that the engine misses."""
        for effect in effects[np.isin(effects["kind"], _WISHES)]:
            kind, token = int(effect["kind"]), int(effect["token"])
            if kind == EffectKind.RESYNC:
                self.resync(token)
            elif kind == EffectKind.REFRESH:
                self.refresh(token)
            else:
                self.counters["alerts"] += 1
                self._on_note(Note("alert", show.effect(effect.tobytes())))

    def urgent(self) -> None:
        """There are no cancels."""

    def prepare(self) -> bool:
        """Nothing leaves that must be durable first."""
        return False

    def send(self) -> None:
        """There are no orders."""

    def failed(self, error: SessionError) -> None:
        """The journal failed: the task that owns the core ends, and with it the feed."""
        self.failed_by = error

    # ---- inside

    async def _call(self, request: Request) -> Reply:
        headers = {"content-type": "application/json"} if request.body else {}
        return await self._http.call(request, headers)

    def _hint(self, hint: Hint) -> None:
        if hint.token is None:
            return
        if hint.tick_pips:
            self.refresher.heard_tick(self.interning.condition(hint.token), hint.tick_pips)
        self.refresher.hint_token(hint.token)

    def _note(self, note: Note) -> None:
        self.counters[f"notes_{note.kind}"] += 1
        self._on_note(note)


async def clock_of(config: Config, http: HttpLanes) -> Clock:
    """Our clock; at another speed than 1 it starts with the venue's, which began before.

    Errors: ConfigError for such a speed away from loopback; FeedError when the venue does not say.
    """
    config.check_speed()
    if config.live.speed == 1.0:
        return Clock()
    reply = await http.call(time_request())
    found = server_time(reply)
    if isinstance(found, Failed):
        why = reply.why or f"HTTP {reply.status}"
        raise FeedError(
            f"{config.hosts.clob}: the venue's time cannot be had: {why}; is it there, and can it "
            "keep up with its own --speed?"
        )
    return Clock(start_ns=found + SECOND, speed=config.live.speed)  # it says whole seconds


async def find(fetcher: GammaFetcher, wanted: Markets) -> list[MarketInfo]:
    """The markets that are named, each once, in the order given.

    Errors: FeedError for a name that the venue does not know; GammaError when it cannot be asked.
    """
    found: dict[str, MarketInfo] = {}
    for slug in wanted.events:
        found |= {info.condition: info for info in await _event(fetcher, slug)}
    if wanted.slugs:
        found |= {info.condition: info for info in await _slugs(fetcher, wanted.slugs)}
    if wanted.conditions:
        try:
            page = (await fetcher.by_condition(wanted.conditions)).page
        except ValueError as error:
            raise FeedError(f"a market's condition: {error}") from None
        by_condition = {info.condition: info for info in page.markets}
        for condition in wanted.conditions:
            if condition not in by_condition:
                raise FeedError(f"{condition}: the venue knows no market of this condition")
            found[condition] = by_condition[condition]
    if not found:
        raise FeedError(
            "no market is named: give --market SLUG, --event SLUG, or a file with [markets]; "
            "`clobstep markets` lists them"
        )
    if len(found) > MOST_MARKETS:
        raise FeedError(f"{len(found)} markets are more than one process follows ({MOST_MARKETS})")
    return list(found.values())


async def _event(fetcher: GammaFetcher, slug: str) -> tuple[MarketInfo, ...]:
    """Markets of an event that may still trade."""
    try:
        page, _ = await fetcher.event_by_slug(slug)
    except ValueError as error:
        raise FeedError(f"an event's slug: {error}") from None
    except GammaError as error:
        if error.status == 404:
            raise FeedError(f"event {slug!r}: the venue knows none of this slug; {_LOOK}") from None
        raise
    still = tuple(info for info in page.markets if not info.closed)
    if not still:
        raise FeedError(f"event {slug!r}: it has no market that is not closed")
    return still


async def _slugs(fetcher: GammaFetcher, slugs: tuple[str, ...]) -> list[MarketInfo]:
    found: dict[str, MarketInfo] = {}
    try:
        for closed in (False, True):  # the listing shows closed ones only when asked for them
            missing = [slug for slug in slugs if slug not in found]
            for at in range(0, len(missing), CHUNK):
                filters = Filters(slugs=tuple(missing[at : at + CHUNK]), closed=closed)
                page = (await fetcher.markets(filters)).page
                found |= {info.slug: info for info in page.markets if info.slug in slugs}
    except ValueError as error:
        raise FeedError(f"a market's slug: {error}") from None
    for slug in slugs:
        if slug not in found:
            raise FeedError(f"market {slug!r}: the venue knows none of this slug; {_LOOK}")
    return [found[slug] for slug in slugs]


def described(infos: Iterable[MarketInfo], interning: Interning) -> list[dict[str, object]]:
    """For a manifest: each market's metadata with the even token that it has here."""
    out = []
    for info in infos:
        told = msgspec.to_builtins(info)
        even = interning.find_pair(info.condition)
        out.append(told if even is None else {**told, "token": even})
    return out
