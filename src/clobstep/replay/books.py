"""Books rebuilt from changes, against what the venue itself says of them.

Three checks. Each later snapshot is compared with the book rebuilt up to it, before it is applied.
The best bid and ask of each group of changes is compared with the one the message carried: in
books that are repaired as the core does, and in books that are not. Hashes were checked when the
messages were decoded, and their counts stand in the manifest.

Owns: what is comparable. The first snapshot of a feed is not, nor are snapshots of a recording that
has no changes between them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from clobstep import Engine
from clobstep.core import EFFECT_DTYPE
from clobstep.enums import CHUNK, Alert, EffectKind, EventKind, FeedSign, FeedState, Flag, Side
from clobstep.replay import state
from clobstep.replay._plain import PlainBooks
from clobstep.replay.state import Recorded
from clobstep.units import format_price, format_size

Array = NDArray[np.void]
Progress = Callable[[str, int, int], None]
Levels = dict[int, int]
"""Price in pips to size in microshares, of one side."""

SHOWN: Final = 5  # snapshots that differ
_ROOM: Final = 16_384
_VERDICTS: Final = ("checked", "known", "complement", "remembered", "grid", "reordered")


def quiet(what: str, done: int, total: int) -> None:
    """Show no progress."""


@dataclass(slots=True)
class Groups:
    """Groups of changes whose best bid and ask was compared, and what was found."""

    compared: int = 0
    differ: int = 0
    lacking: int = 0
    """Of these: our best is worse than the carried one, so a level is missing."""
    pruned: int = 0
    """Levels deleted by the repair. Each stands in the books of both tokens."""

    def add(self, counts: tuple[int, int, int, int]) -> None:
        """Add what `PlainBooks.count` gives."""
        self.compared += counts[0]
        self.differ += counts[1]
        self.lacking += counts[2]
        self.pruned += counts[3]


@dataclass(slots=True)
class Check:
    """What the comparison of a session's books gave."""

    snapshots: int = 0
    first: int = 0
    """Snapshots with no book before them."""
    uncompared: int = 0
    """Snapshots of feeds without any change since they began."""
    equal: int = 0
    different: list[dict[str, Any]] = field(default_factory=list)
    n_different: int = 0
    warm_time_ns: int = 0
    unrepaired: Groups = field(default_factory=Groups)
    repaired: Groups = field(default_factory=Groups)
    by_market: list[dict[str, Any]] = field(default_factory=list)
    stale: int = 0
    """Times that a feed became STALE."""
    counters: dict[str, int] = field(default_factory=dict)
    hashes: dict[str, dict[str, int]] = field(default_factory=dict)
    """`books` and `groups`: checked, fit, known (fit without any search), reordered."""
    unsorted: int = 0
    """Changes of books that were earlier than one before them, and were not sorted."""
    feeds: dict[str, int] = field(default_factory=dict)

    @property
    def ok(self) -> bool | None:
        """Whether every comparison was equal; None when nothing could be compared."""
        if not (self.equal or self.n_different or self.repaired.compared):
            return None
        return not self.n_different and not self.repaired.differ

    def as_dict(self) -> dict[str, Any]:
        """The same as plain JSON types."""
        groups = {
            name: {key: getattr(value, key) for key in Groups.__slots__}
            for name, value in (("unrepaired", self.unrepaired), ("repaired", self.repaired))
        }
        plain = {n: getattr(self, n) for n in self.__slots__ if n not in groups}
        return {"ok": self.ok, **plain, **groups}


def check(session: Recorded, progress: Progress = quiet) -> Check:
    """Run the session's events through an engine and two plain books, and compare all of it."""
    found = Check(warm_time_ns=session.manifest.config["warm_time_ns"])
    since_ns = _first_change_ns(session) + found.warm_time_ns if found.warm_time_ns else 0
    run = _Run(session, found, since_ns)
    done, total = 0, session.n_events
    for chunk in session.events(session.begins_at):
        run.take(chunk)
        done += len(chunk)
        progress("comparing books", done, total)
    run.finish()
    settings = session.manifest.settings
    found.hashes = _hashes(settings.get("counters", {}))
    if not settings.get("options", {}).get("sort"):
        found.unsorted = settings.get("books_out_of_order", 0)
    return found


def _hashes(counters: dict[str, int]) -> dict[str, dict[str, int]]:
    """The verdicts on the venue's hashes, as they were counted when the recording was read.

    `known` fit with the last trade price heard of; the others needed a search for that price, or
    (`reordered`) levels of one millisecond in another order.
    """
    found = {}
    for what in ("books", "groups"):
        n = {name: counters.get(f"hash_{what}_{name}", 0) for name in _VERDICTS}
        if n["checked"]:
            fit = sum(n[name] for name in _VERDICTS if name != "checked")
            rest = {"known": n["known"], "reordered": n["reordered"]}
            found[what] = {"checked": n["checked"], "fit": fit, **rest}
    return found


def _first_change_ns(session: Recorded) -> int:
    """Venue time of the first change, from when books that start empty warm up."""
    with state.given_back(session.events(session.begins_at)) as chunks:
        for chunk in chunks:
            rows = np.flatnonzero(chunk["kind"] == EventKind.BOOK_DELTA)
            if len(rows):
                return int(chunk["venue_time_ns"][rows[0]])
    return 0


class _Run:
    """One pass: the engine, the books with and without repair, the snapshot that is being read."""

    def __init__(self, session: Recorded, found: Check, since_ns: int) -> None:
        self._found = found
        self._names = state.names(session)
        self._engine = state.at_begin(session)
        tokens = self._engine.config.tokens
        self._plain = PlainBooks(tokens, repair=False, since_ns=since_ns)
        self._mended = PlainBooks(tokens, repair=True, since_ns=since_ns)
        self._out: Array = np.zeros(max(_ROOM, self._engine.effects_needed), EFFECT_DTYPE)
        self._changes = np.zeros(tokens // 2, np.int64)  # since the feed of a market began
        self._books = np.zeros(tokens // 2, np.bool_)  # a snapshot was completed since then
        self._snapshot: tuple[int, int, tuple[Levels, Levels], tuple[Levels, Levels]] | None = None

    def take(self, chunk: Array) -> None:
        """Take the next events."""
        self._plain.apply(chunk)
        self._mended.apply(chunk)
        at = 0
        for row in self._stops(chunk):
            self._step(chunk[at:row])
            at = row
            event = chunk[row]
            if event["kind"] == EventKind.FEED:
                self._feed(event)
            elif event["flags"] & Flag.SNAP_FIRST:
                self._begin(event)
            if event["kind"] == EventKind.BOOK_SNAPSHOT:
                self._level(event)
        self._step(chunk[at:])

    def _stops(self, chunk: Array) -> Iterator[int]:
        """Rows that are looked at one by one: snapshots, and signs of a feed."""
        kinds = chunk["kind"]
        rows = np.flatnonzero((kinds == EventKind.BOOK_SNAPSHOT) | (kinds == EventKind.FEED))
        return iter(rows.tolist())

    def _step(self, events: Array) -> None:
        if not len(events):
            return
        deltas = events["kind"] == EventKind.BOOK_DELTA
        if deltas.any():
            np.add.at(self._changes, events["token"][deltas] >> 1, 1)
        at = 0
        while at < len(events):
            taken, written = self._engine.step_batch(events[at : at + CHUNK], self._out)
            at += taken
            effects = self._out[:written]
            self._found.stale += int(
                np.count_nonzero(
                    (effects["kind"] == EffectKind.ALERT) & (effects["code"] == Alert.FEED_STALE)
                )
            )

    def _feed(self, event: np.void) -> None:
        if event["code"] == FeedSign.LOST:
            token = int(event["token"])
            market = slice(None) if token >= len(self._changes) * 2 else token >> 1
            self._changes[market] = 0
            self._books[market] = False

    def _begin(self, event: np.void) -> None:
        """The first record of a snapshot: keep the book as it was before."""
        token = int(event["token"])
        view = self._engine.view
        before = (dict(view.levels(token, Side.BUY)), dict(view.levels(token, Side.SELL)))
        self._snapshot = (self._engine.seq + 1, token, before, ({}, {}))

    def _level(self, event: np.void) -> None:
        """Levels of a snapshot; at its last record it is compared."""
        if self._snapshot is None:
            return
        seq, token, before, levels = self._snapshot
        pairs = (("price_pips", "size"), ("bid_pips", "amount"), ("ask_pips", "order_id"))
        for price, size in pairs[: int(event["code"])]:
            levels[int(event["side"])][int(event[price])] = int(event[size])
        if event["flags"] & Flag.SNAP_LAST:
            self._snapshot = None
            self._compare(seq, token, before, levels)

    def _compare(
        self, seq: int, token: int, before: tuple[Levels, Levels], after: tuple[Levels, Levels]
    ) -> None:
        found, market = self._found, token >> 1
        found.snapshots += 1
        known, self._books[market] = bool(self._books[market]), True
        if not known:
            found.first += 1
        elif not self._changes[market]:
            found.uncompared += 1
        elif before == after:
            found.equal += 1
        else:
            found.n_different += 1
            if len(found.different) < SHOWN:
                found.different.append(
                    {
                        "event": seq,
                        "token": token,
                        "market": self._names.get(token & ~1, ""),
                        "levels": _differences(before, after),
                    }
                )

    def finish(self) -> None:
        """End the groups and gather the counts."""
        self._plain.finish()
        self._mended.finish()
        view, found = self._engine.view, self._found
        for market in range(self._engine.config.tokens // 2):
            plain, mended = self._plain.count(market), self._mended.count(market)
            found.unrepaired.add(plain)
            found.repaired.add(mended)
            feed = FeedState(view.book(2 * market).feed).name
            found.feeds[feed] = found.feeds.get(feed, 0) + 1
            found.by_market.append(
                {
                    "token": 2 * market,
                    "market": self._names.get(2 * market, ""),
                    "feed": feed,
                    "groups": plain[0],
                    "differ_unrepaired": plain[1],
                    "differ_repaired": mended[1],
                    "pruned": mended[3],
                }
            )
        found.counters = {name: count for name, count in view.counters().items() if count}


def _differences(before: tuple[Levels, Levels], after: tuple[Levels, Levels]) -> list[str]:
    """Levels that are not the same, in words, at most five."""
    lines = []
    for side in Side:
        rebuilt, said = before[side], after[side]
        for pips in sorted(rebuilt.keys() | said.keys()):
            one, two = rebuilt.get(pips, 0), said.get(pips, 0)
            if one != two:
                lines.append(
                    f"{side.name} at {format_price(pips)}: rebuilt {format_size(one)}, "
                    f"snapshot {format_size(two)}"
                )
    return lines[:SHOWN]


def pictures(session: Recorded, levels: int, progress: Progress = quiet) -> list[dict[str, Any]]:
    """The ladder of every market after the last event."""
    progress("reading events", 0, 1)
    engine: Engine = state.at(session, session.last_seq)
    called = state.names(session)
    return [
        state.book(engine, token, called.get(token, ""), levels)
        for token in range(0, engine.config.tokens, 2)
    ]
