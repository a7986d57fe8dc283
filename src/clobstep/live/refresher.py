"""Keeps the engine's metadata fresh: every cycle, and at once where something hints at a change.

Each cycle reads every followed market again, by its event, and says CLUSTER, MARKET and RESOLVED
even if nothing changed, since the guard refuses metadata older than two cycles. A failed read is
said, counted and tried again; meanwhile nothing is made up: the metadata grows old and the guard
says METADATA_STALE. Owns what is known of the followed markets, and the hints that wait.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final

import msgspec
import trio

from clobstep.live.clock import SECOND, Clock
from clobstep.live.gamma import GammaError, GammaFetcher
from clobstep.live.inbox import Inbox, Raw
from clobstep.venue.gamma_clob import with_clob
from clobstep.venue.market_info import MarketInfo
from clobstep.venue.metadata_events import (
    MetadataEvents,
    carried,
    cluster_name,
    event_flags,
    name,
)
from clobstep.venue.notes import Note

SOURCE: Final = "gamma"  # of raw messages
MOST_FAILURES: Final = 3  # in a row, then the rest waits for the next try
RAW_LIMIT: Final = 1 << 20  # bytes of an answer that is kept raw


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When to read again. A hint about a market read less than `hint_gap_ns` ago waits for that."""

    cycle_ns: int = 600 * SECOND
    hint_gap_ns: int = 5 * SECOND
    retry_ns: int = 15 * SECOND
    with_clob: bool = True


def _ignore(_: object) -> None:
    """Nobody listens."""


class Refresher:
    """The task of metadata: `run` it in a nursery.

    `markets`: what is known, by condition. `on_note` hears changes ("metadata"), failures
    ("failed"), markets that vanished ("vanished") and what could not be read. `counters`: cycles,
    refreshed, failed, vanished, hints, notes.
    """

    def __init__(
        self,
        fetcher: GammaFetcher,
        inbox: Inbox,
        clock: Clock,
        metadata: MetadataEvents,
        *,
        settings: Settings | None = None,
        on_note: Callable[[Note], None] = _ignore,
    ) -> None:
        self._fetcher = fetcher
        self._inbox = inbox
        self._clock = clock
        self._metadata = metadata
        self.settings = Settings() if settings is None else settings
        self._on_note = on_note
        self._followed: dict[str, None] = {}
        self._waiting: dict[str, int] = {}  # condition -> when to read it
        self._read_at: dict[str, int] = {}
        self._gone: set[str] = set()
        self._heard_ticks: dict[str, tuple[int, int | None]] = {}  # and Gamma's word at that time
        self._said_ticks: dict[str, int | None] = {}  # Gamma's
        self._clob: dict[str, MarketInfo] = {}  # its last answers
        self._failures: Counter[str] = Counter()  # in a row, by event: these are asked last
        self._more = trio.Event()
        self.markets: dict[str, MarketInfo] = {}
        self.counters: Counter[str] = Counter()

    # ---- what others say

    def follow(self, conditions: Iterable[str], known: Iterable[MarketInfo] = ()) -> None:
        """Keep these fresh, and read the new ones at once. `known`: what was read of them."""
        for info in known:
            self.markets.setdefault(info.condition, info)
        for condition in conditions:
            if condition not in self._followed:
                self._followed[condition] = None
                self._waiting[condition] = 0
        self._more.set()

    def unfollow(self, conditions: Iterable[str]) -> None:
        """Read these no more."""
        for condition in conditions:
            for table in (self._followed, self._waiting, self._read_at, self.markets,
                          self._heard_ticks, self._said_ticks, self._clob):  # fmt: skip
                table.pop(condition, None)
            self._gone.discard(condition)

    def hint(self, condition: str) -> None:
        """Something about this market may have changed. Any number of hints is one read."""
        if condition not in self._followed:
            self.counters["hints_of_others"] += 1
            return
        self.counters["hints"] += 1
        last = self._read_at.get(condition)
        due = 0 if last is None else last + self.settings.hint_gap_ns
        self._waiting[condition] = min(due, self._waiting.get(condition, due))
        self._more.set()

    def hint_token(self, token: int) -> None:
        """As `hint`, by a token: what a REFRESH effect or the market channel names."""
        interning = self._metadata.interning
        if token < interning.n_tokens:
            self.hint(interning.condition(token))

    def heard_tick(self, condition: str, tick_pips: int) -> None:
        """The market channel said a new tick: Gamma's older word does not take it back.

        What Gamma says counts again as soon as it says something else than before.
        """
        info = self.markets.get(condition)
        if info is None:
            return
        said = self._said_ticks.get(condition)
        self._heard_ticks[condition] = (tick_pips, said)
        self.markets[condition] = msgspec.structs.replace(info, tick_pips=tick_pips)

    # ---- the task

    async def run(self) -> None:
        """For ever: all of them every cycle, hinted ones as soon as they may be."""
        cycle_at = self._clock.now_ns() + self.settings.cycle_ns
        while True:
            self._more = trio.Event()
            now = self._clock.now_ns()
            if now >= cycle_at:
                cycle_at = now + self.settings.cycle_ns
                self.counters["cycles"] += 1
                await self.refresh(list(self._followed))
                continue
            due = [c for c, at in self._waiting.items() if at <= now]
            if due:
                await self.refresh(due)
                continue
            until = min([cycle_at, *self._waiting.values()])
            with trio.move_on_at(self._clock.trio_time(until)):
                await self._more.wait()

    async def refresh(self, conditions: Iterable[str]) -> None:
        """Read these markets' events now, and put what they say into the inbox."""
        wanted = [c for c in dict.fromkeys(conditions) if c in self._followed]
        for condition in wanted:
            self._waiting.pop(condition, None)
        events, single = self._by_event(wanted)
        in_a_row = 0
        for event_id in events:
            if in_a_row == MOST_FAILURES:
                self._failed(self._of_event(event_id), "not asked for: too many failures before it")
                continue
            missing = await self._refresh_event(event_id)
            in_a_row = in_a_row + 1 if missing is None else 0
            single += missing or []
        if single:
            await self._refresh_single(single)

    def _by_event(self, wanted: list[str]) -> tuple[list[str], list[str]]:
        """Ids of events to read whole, and conditions of which no event is known."""
        events: dict[str, None] = {}
        single = []
        for condition in wanted:
            info = self.markets.get(condition)
            if info is not None and info.event_id.isdigit():
                events[info.event_id] = None
            else:
                single.append(condition)
        return sorted(events, key=self._failures.__getitem__), single

    def _of_event(self, event_id: str) -> list[str]:
        return [c for c in self._followed if self._event_of(c) == event_id]

    async def _refresh_event(self, event_id: str) -> list[str] | None:
        """Read an event; the followed markets of it that are not in the answer, None: failed."""
        ours = self._of_event(event_id)
        try:
            page, raw = await self._fetcher.event(event_id)
        except (GammaError, ValueError) as error:
            if getattr(error, "status", 0) == 404:
                self._note("vanished", f"event {event_id} is not there any more")
                return ours
            self._failures[event_id] += 1
            self._failed(ours, str(error))
            return None
        del self._failures[event_id]
        for note in page.notes:
            self._note(note.kind, f"event {event_id}: {note.text}")
        found = {i.condition: i for i in page.markets}
        kept = ((self._clock.now_ns(), SOURCE, raw),) if len(raw) <= RAW_LIMIT else ()
        await self._take(found, kept)
        return [c for c in ours if c not in found and c in self._followed]

    async def _refresh_single(self, conditions: list[str]) -> None:
        """Read markets by their conditions, then the events that turn out to be theirs."""
        try:
            page = (await self._fetcher.by_condition(conditions)).page
        except (GammaError, ValueError) as error:
            self._failed(conditions, str(error))
            return
        for note in page.notes:
            self._note(note.kind, note.text)
        found = {i.condition: i for i in page.markets}
        fresh = {i.event_id: None for c, i in found.items()
                 if c not in self.markets and i.event_id.isdigit()}  # fmt: skip
        await self._take(found, ())
        for condition in conditions:
            if condition not in found and condition in self._followed:
                self._vanished(condition)
        for event_id in fresh:  # whether another market of it has a flag
            await self._refresh_event(event_id)

    async def _take(self, found: dict[str, MarketInfo], raws: tuple[Raw, ...]) -> None:
        """What is new of followed markets goes to the engine; others count for the flags."""
        ours = {c: i for c, i in found.items() if c in self._followed}
        others = [i for c, i in found.items() if c not in ours]
        if self.settings.with_clob and ours:
            if any(self._is_riskier(i) for i in found.values()):  # that must not wait for the CLOB
                self._say(ours, others, raws, told=frozenset())
                raws = ()
            told = await self._ask_clob(list(ours))
            ours = {c: i for c, i in ours.items() if c in self._followed}
        else:
            told = frozenset()
        self._say(ours, others, raws, told=told)

    def _is_riskier(self, info: MarketInfo) -> bool:
        """Whether its event has a flag that no followed market of it had."""
        known = [i for i in self.markets.values() if i.event_id == info.event_id]
        return any(event_flags(info) & ~event_flags(before) for before in known)

    def _say(
        self,
        ours: dict[str, MarketInfo],
        others: list[MarketInfo],
        raws: tuple[Raw, ...],
        *,
        told: frozenset[str],
    ) -> None:
        now = self._clock.now_ns()
        fresh = []
        for condition, info in ours.items():
            clob = self._clob.get(condition)
            merged = info if clob is None else with_clob(info, clob)
            before = self.markets.get(condition)
            after = merged if before is None else carried(before, merged)
            fresh.append(self._ticked(after, info.tick_pips, told=condition in told))
            self._said_ticks[condition] = info.tick_pips
        touched = {c: i for c, i in self.markets.items() if self._touches(i, fresh)}
        change = self._metadata.cycle(touched, fresh, now, others=others)
        for info in fresh:
            self.markets[info.condition] = info
            self._read_at[info.condition] = now
            self._gone.discard(info.condition)
            self.counters["refreshed"] += 1
        for text in change.words:
            self._note("metadata", text)
        self._inbox.private(change.events, raws)

    async def _ask_clob(self, conditions: list[str]) -> frozenset[str]:
        """Ask the CLOB about them; who gives no answer is said, and its last word stands."""
        told = set()
        in_a_row = 0
        for condition in conditions:
            if in_a_row == MOST_FAILURES:
                self._note("clob", "the CLOB is not asked about the rest: too many failures")
                break
            try:
                self._clob[condition] = await self._fetcher.clob(condition)
            except (GammaError, ValueError) as error:
                in_a_row += getattr(error, "status", 0) != 404
                self._note("clob", f"{self._name(condition)}: {error}")
            else:
                told.add(condition)
                in_a_row = 0
        return frozenset(told)

    def _ticked(self, info: MarketInfo, said: int | None, *, told: bool) -> MarketInfo:
        """The tick that counts: the CLOB's, else one that was heard after Gamma's last word."""
        tick, before = self._heard_ticks.get(info.condition, (0, 0))
        if not tick:
            return info
        if told or said not in (before, tick):
            del self._heard_ticks[info.condition]
            return info
        return msgspec.structs.replace(info, tick_pips=tick)

    def _touches(self, info: MarketInfo, fresh: list[MarketInfo]) -> bool:
        named = {cluster_name(i) for i in fresh} | {
            cluster_name(self.markets[i.condition]) for i in fresh if i.condition in self.markets
        }
        return any(i.condition == info.condition for i in fresh) or cluster_name(info) in named

    def _event_of(self, condition: str) -> str:
        info = self.markets.get(condition)
        return "" if info is None else info.event_id

    def _failed(self, conditions: list[str], why: str) -> None:
        """Said, and tried again by and by."""
        self.counters["failed"] += 1
        self._note("failed", f"metadata of {len(conditions)} markets was not read: {why}")
        at = self._clock.now_ns() + self.settings.retry_ns
        for condition in conditions:
            if condition in self._followed:
                self._waiting[condition] = at

    def _vanished(self, condition: str) -> None:
        """Said once; it is looked for again in every cycle, and its metadata grows old."""
        self.counters["vanished"] += 1
        if condition not in self._gone:
            self._gone.add(condition)
            self._note("vanished", f"{self._name(condition)}: Gamma does not know it any more")

    def _name(self, condition: str) -> str:
        info = self.markets.get(condition)
        return condition if info is None else name(info)

    def _note(self, kind: str, text: str) -> None:
        self.counters["notes"] += 1
        self._on_note(Note(kind, text))
