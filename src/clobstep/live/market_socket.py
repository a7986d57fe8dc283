"""The market channel: one connection for some tokens, kept up for as long as the task lives.

Owns which tokens are wanted and which the venue was told of, and the connection's counters. It
subscribes, pings, decodes all that one socket read brings, and puts the events into the inbox with
one receive time. Whatever the peer does becomes a reconnect with a reason in words; after each the
books come anew, so FEED CONNECTED goes before them and FEED LOST stands where the line broke.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, NamedTuple, Protocol, TypeAlias

import numpy as np
import trio

from clobstep import events as made
from clobstep.core import EVENT_DTYPE
from clobstep.enums import EventKind, FeedSign
from clobstep.live.backoff import Backoff
from clobstep.live.clock import SECOND, Clock
from clobstep.live.inbox import Array, Inbox
from clobstep.live.wire_socket import WireError, WireSocket, first_of, ignore
from clobstep.venue.market import MarketCodec
from clobstep.venue.notes import Note

MOST_TOKENS: Final = 200  # of one connection: beyond 500 the venue sends no first books
PING_S: Final = 10.0  # of the wall: a network is no faster where our time is
PONG_S: Final = 30.0  # without one for so long the line is dead
LASTED_NS: Final = 15 * SECOND  # a connection that lived so long has worked
SOURCE: Final = "market"  # of raw messages
_BOOK: Final = (EventKind.BOOK_DELTA, EventKind.BOOK_SNAPSHOT, EventKind.BEST)
_HINTS: Final = {
    int(EventKind.RESOLVED): "market_resolved",
    int(EventKind.TICK_CHANGE): "tick_size_change",
}

Connect: TypeAlias = Callable[[], Awaitable[WireSocket]]


class Hint(NamedTuple):
    """Metadata has changed: `token` says whose; of a new market only the text is known."""

    kind: str  # new_market, market_resolved, tick_size_change
    token: int | None
    text: str = ""
    tick_pips: int = 0  # the new one


class Watch(Protocol):
    """Who watches a connection for silence; the arrays are lent until the call returns."""

    def connected(self, tokens: Iterable[int], at_ns: int) -> None:
        """These were subscribed to."""

    def lost(self, tokens: Iterable[int]) -> None:
        """The line broke, or these are not wanted any more."""

    def heard(self, events: Array, at_ns: int) -> None:
        """What one read brought."""


def split(tokens: Iterable[int], most: int = MOST_TOKENS) -> list[list[int]]:
    """Tokens in groups of at most `most`, in the order given; a condition's two stay together."""
    pairs: dict[int, list[int]] = {}
    for token in dict.fromkeys(tokens):
        pairs.setdefault(token >> 1, []).append(token)
    groups: list[list[int]] = []
    for pair in pairs.values():
        if not groups or len(groups[-1]) + len(pair) > most:
            groups.append([])
        groups[-1] += pair
    return groups


class MarketSocket:
    """The task of one market connection: `run` it in a nursery.

    `codec` is the process's own, shared by all sockets; its interning names the tokens. `on_hint`
    hears what the metadata's refresher wants to know, `on_note` what could not be read and why the
    line was lost. `watch` is set by the watchdog. `counters`: connects, failed_ and lost_ by the
    kind of WireError, messages, bytes, pongs, events, notes_ by kind.
    """

    def __init__(
        self,
        tokens: Iterable[int],
        *,
        url: str,
        codec: MarketCodec,
        inbox: Inbox,
        clock: Clock,
        rng: random.Random,
        connect: Connect | None = None,
        on_hint: Callable[[Hint], None] = ignore,
        on_note: Callable[[Note], None] = ignore,
        keep_raw: bool = False,
    ) -> None:
        self._wanted: dict[int, None] = {}
        self._told: dict[int, None] = {}
        self._gone: set[int] = set()  # conditions of this connection that are not wanted any more
        self._connect: Connect = connect or (lambda: WireSocket.connect(url))
        self._codec = codec
        self._inbox = inbox
        self._clock = clock
        self._backoff = Backoff(rng)
        self._on_hint = on_hint
        self._on_note = on_note
        self._keep_raw = keep_raw
        self._changed = trio.Event()
        self._line: trio.CancelScope | None = None
        self._given_up = ""
        self.watch: Watch | None = None
        self.counters: Counter[str] = Counter()
        self.add(tokens)

    @property
    def tokens(self) -> list[int]:
        """What is wanted of this connection."""
        return list(self._wanted)

    @property
    def is_connected(self) -> bool:
        """Whether the line is up; of what it is worth the watchdog knows."""
        return self._line is not None

    def add(self, tokens: Iterable[int]) -> None:
        """Subscribe to these too, at once or when the line is up again.

        Errors: ValueError for more tokens than one connection takes.
        """
        wanted = self._wanted | dict.fromkeys(tokens)
        if len(wanted) > MOST_TOKENS:
            raise ValueError(
                f"tokens: {len(wanted)} for one connection, {MOST_TOKENS} at most: split() them"
            )
        self._wanted = wanted
        self._changed.set()

    def remove(self, tokens: Iterable[int]) -> None:
        """Unsubscribe; what still comes of their books is not passed on."""
        for token in tokens:
            self._wanted.pop(token, None)
        self._changed.set()

    def reconnect(self, reason: str) -> None:
        """Give the line up, because it is not believed any more. Harmless when there is none."""
        if self._line is not None:
            self._given_up = reason
            self._line.cancel()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            while not self._wanted:
                await self._wait()
            began_ns = self._clock.now_ns()
            reason = await self._one_line()
            if self._clock.now_ns() - began_ns >= LASTED_NS:
                self._backoff.worked()
            pause_ns = self._backoff.next_ns()
            said = f"{reason}; again in {pause_ns / SECOND:.2f} s"
            self._on_note(Note("market_lost", said))
            await self._clock.sleep(pause_ns)

    # ---- one connection

    async def _one_line(self) -> str:
        """From connecting to the end; why it ended."""
        try:
            socket = await self._connect()
        except WireError as error:
            self.counters[f"failed_{error.kind}"] += 1
            return str(error)
        self.counters["connects"] += 1
        reason = self._given_up = ""
        try:
            with trio.CancelScope() as self._line:
                self._begin()
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self._talk, socket)
                    await self._listen(socket)
            reason = self._given_up or f"no PONG for {PONG_S:g} s"
            self.counters["lost_given_up" if self._given_up else "lost_silent"] += 1
        except* WireError as errors:
            first = first_of(errors)
            reason = str(first)
            self.counters[f"lost_{first.kind}"] += 1
        finally:
            self._line = None
            self._sign(FeedSign.LOST, self._told)
            await socket.aclose()
        return reason

    def _begin(self) -> None:
        """The books come anew: none is believed until it is here."""
        self._changed = trio.Event()
        self._told = dict(self._wanted)
        self._gone.clear()
        self._codec.forget_books(self._told)
        self._sign(FeedSign.CONNECTED, self._told)
        self._ponged()

    def _ponged(self) -> None:
        if self._line is not None:
            self._line.deadline = trio.current_time() + PONG_S

    async def _wait(self) -> None:
        """Until what is wanted has changed."""
        await self._changed.wait()
        self._changed = trio.Event()

    async def _talk(self, socket: WireSocket) -> None:
        """Subscribe, then PING, and tell the venue of each change of what is wanted."""
        await socket.send_text(
            said(
                assets_ids=self._assets(self._told),
                type="market",
                custom_feature_enabled=True,
                initial_dump=True,
                level=2,
            )
        )
        ping_at = trio.current_time() + PING_S
        while True:
            with trio.move_on_at(ping_at) as scope:  # around the wait only: a frame goes whole
                await self._wait()
            if scope.cancelled_caught:
                ping_at = trio.current_time() + PING_S
                await socket.send_text(b"PING")
            await self._tell(socket)

    async def _tell(self, socket: WireSocket) -> None:
        """Subscribe and unsubscribe what differs from what the venue was told."""
        new = [token for token in self._wanted if token not in self._told]
        old = [token for token in self._told if token not in self._wanted]
        before = {token >> 1 for token in self._told}
        self._told = dict(self._wanted)
        after = {token >> 1 for token in self._told}
        self._gone = (self._gone | before) - after
        self._sign(FeedSign.LOST, [t for t in old if t >> 1 not in after])
        self._sign(FeedSign.CONNECTED, [t for t in new if t >> 1 not in before])
        for tokens, operation in ((old, "unsubscribe"), (new, "subscribe")):
            if tokens:
                await socket.send_text(said(assets_ids=self._assets(tokens), operation=operation))

    async def _listen(self, socket: WireSocket) -> None:
        """All that comes, one read at a time."""
        counters, codec = self.counters, self._codec
        counted = 0
        while True:
            frames = await socket.receive()
            at_ns = self._clock.now_ns()
            if b"PONG" in frames:
                counters["pongs"] += frames.count(b"PONG")
                self._ponged()
            counters["messages"] += len(frames)
            counters["bytes"] += socket.n_bytes - counted
            counted = socket.n_bytes
            events = codec.decode_many(frames, at_ns)
            counters["events"] += len(events)
            for note in codec.take_notes():
                counters[f"notes_{note.kind}"] += 1
                if note.kind == "new_market":
                    self._on_hint(Hint(note.kind, None, note.text))
                else:
                    self._on_note(note)
            self._pass_on(events, frames, at_ns)

    def _pass_on(self, events: Array, frames: list[bytes], at_ns: int) -> None:
        if self._gone and len(events):
            gone = np.isin(events["token"] >> 1, list(self._gone)) & np.isin(events["kind"], _BOOK)
            events = events[~gone]
        raws = tuple([(at_ns, SOURCE, raw) for raw in frames]) if self._keep_raw else ()
        self._inbox.market(events, raws)
        if self.watch is not None:
            self.watch.heard(events, at_ns)
        for kind, name in _HINTS.items():
            of_kind = events[events["kind"] == kind]
            for token in np.unique(of_kind["token"]).tolist():
                price = int(of_kind["price_pips"][of_kind["token"] == token][-1])
                tick = price if kind == EventKind.TICK_CHANGE else 0
                self._on_hint(Hint(name, token, tick_pips=tick))

    def _assets(self, tokens: Iterable[int]) -> list[str]:
        names = self._codec.interning
        return [asset for token in tokens if (asset := names.asset(token)) is not None]

    def _sign(self, sign: FeedSign, tokens: Iterable[int]) -> None:
        """FEED, once a condition."""
        evens = dict.fromkeys(token & ~1 for token in tokens)
        at_ns = self._clock.now_ns()
        generation = self._codec.interning.generation
        records = [made.feed(sign, at=at_ns, token=t, generation=generation) for t in evens]
        self._inbox.market(np.frombuffer(b"".join(records), EVENT_DTYPE))
        if self.watch is not None and sign == FeedSign.CONNECTED:
            self.watch.connected(evens, at_ns)
        elif self.watch is not None:
            self.watch.lost(evens)


def said(**words: object) -> bytes:
    """A frame to the venue."""
    return json.dumps(words, separators=(",", ":")).encode()
