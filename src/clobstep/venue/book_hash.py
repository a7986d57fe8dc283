"""The venue's hash of a whole book: checked against our own, with a search for what is not known.

The hash of a price change is that of the book after it; changes of one condition with one timestamp
are a group, of which the end counts. The last trade price within the hash is known late: tried are
the last one heard of, its complement, the one that fitted last, then each on the tick's grid.
Owns a copy of each book it checks and what is known of its metadata. Touches no engine: verdicts
are FEED events. The hashed text is in hash_text.py.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from clobstep.enums import EventKind, FeedSign, Side
from clobstep.units import parse_price
from clobstep.venue import _scan
from clobstep.venue.hash_text import (
    PIPS,
    Levels,
    Shape,
    complement,
    digest,
    head,
    is_hash,
    price_text,
    trade_text,
)  # fmt: skip

LASTING_GROUPS: Final = 32  # this many groups in a row that fit nothing,
LASTING_NS: Final = 250_000_000  # or two and more over this long: the mismatch lasts
KEPT_OVERLAYS: Final = 8

Row: TypeAlias = tuple[int, ...]  # an event, its fields in the record's order
Overlay: TypeAlias = dict[tuple[int, int], int]  # (side, price) of the even token -> size


@dataclass
class Group:
    """Changes of one condition with one time of the venue."""

    venue_time_ns: int
    hashes: dict[int, list[bytes]] = field(default_factory=dict)  # token -> in the order seen
    batches: dict[bytes, Overlay] = field(default_factory=dict)  # hash -> the levels it came with


@dataclass
class Book:
    """A condition's book in the even token's prices, and how well it has agreed."""

    sides: tuple[Levels, Levels] = field(default_factory=lambda: ({}, {}))
    ready: bool = False  # a snapshot was seen, and no mismatch has lasted since
    group: Group | None = None
    shape: Shape = field(default_factory=Shape)
    said: str | None = None  # last trade price as messages say it, None: no word of a trade
    proven: str | None = None  # and as the last search found it
    overlays: list[Overlay] = field(default_factory=list)
    groups: int = 0
    bad: int = 0  # groups in a row that fit nothing
    bad_since_ns: int = 0


COUNTERS: Final = (
    "hash_groups", "hash_groups_checked", "hash_groups_known", "hash_groups_complement",
    "hash_groups_remembered", "hash_groups_grid", "hash_groups_reordered", "hash_groups_failed",
    "hash_groups_unchecked", "hash_books", "hash_books_checked", "hash_books_known",
    "hash_books_complement", "hash_books_remembered", "hash_books_grid", "hash_books_failed",
    "hash_books_unchecked", "hash_levels_put_right", "hash_lasting",
)  # fmt: skip


class BookHashes:
    """Follows the books of all conditions and judges their hashes.

    `every`: check each n-th group of a condition (1: all); while a book does not fit, each one.
    `names(token)` gives its condition and asset id, as the venue writes them.
    """

    def __init__(self, names: Callable[[int], tuple[str, str]], every: int = 1) -> None:
        self._names = names
        self._every = every
        self._books: dict[int, Book] = {}
        self.counters: dict[str, int] = dict.fromkeys(COUNTERS, 0)

    # ---- what the decoder tells

    def weave(self, rows: list[Row], marks: list[_scan.Mark], time_ns: int) -> list[Row]:
        """The events of one message with the verdicts among them.

        A group ends with the first change or book of its condition that has another time: its
        verdict stands before the events of that object. A book's own verdict follows its events.
        """
        out: list[Row] = []
        done = 0
        for k, mark in enumerate(marks):
            kind, token, venue_time_ns, of_object, first = mark[:5]
            last = marks[k + 1][4] if k + 1 < len(marks) else len(rows)
            book = self._books.get(token & ~1) or self._books.setdefault(token & ~1, Book())
            at = rows[first][0] if first < last else time_ns
            if book.group is not None and ends(book.group, kind, venue_time_ns):
                out += rows[done : max(done, of_object)]
                done = max(done, of_object)
                out += self._end(token & ~1, book, at)
            if kind == _scan.CHANGE:
                self._change(book, token, venue_time_ns, mark[5], rows[first:last])
            elif kind == _scan.BOOK:
                verdict = self._snapshot(book, mark, rows[first:last])
                out += rows[done:last]
                done = last
                out += verdict
            elif kind == _scan.PRINT:
                book.said = trade_text(rows[first][7])
            elif price_text(rows[first][7]) != book.shape.tick:
                book.shape.tick, book.shape.tick_before = (
                    price_text(rows[first][7]),
                    book.shape.tick,
                )
        return out + rows[done:]

    def flush(self, time_ns: int) -> list[Row]:
        """End every open group."""
        out = []
        for even, book in self._books.items():
            out += self._end(even, book, time_ns)
        return out

    def forget_books(self, tokens: Iterable[int] | None = None) -> None:
        """After a reconnect: changes were lost, so nothing is judged until the next whole book."""
        chosen = None if tokens is None else {token & ~1 for token in tokens}
        for even, book in self._books.items():
            if chosen is not None and even not in chosen:
                continue
            book.ready = False
            book.group = None
            book.overlays.clear()
            book.bad = 0

    # ---- books

    def _change(
        self, book: Book, token: int, venue_time_ns: int, said: bytes | None, rows: list[Row]
    ) -> None:
        if book.group is None:
            book.group = Group(venue_time_ns)
        group = book.group
        if said is not None:
            group.hashes.setdefault(token, []).append(said)
        for row in rows:
            if row[11] != EventKind.BOOK_DELTA:
                continue
            side, price = canonical(token, row[12], row[7])
            group.batches.setdefault(said or b"", {})[side, price] = row[4]
            put(book.sides[side], price, row[4])

    def _snapshot(self, book: Book, mark: _scan.Mark, rows: list[Row]) -> list[Row]:
        """Take a whole book, what it says of itself, and judge its own hash."""
        token, venue_time_ns, said = mark[1], mark[2], mark[5]
        book.sides[0].clear()
        book.sides[1].clear()
        for row in rows:
            levels = ((row[7], row[4]), (row[8], row[5]), (row[9], row[2]))
            for pips, size in levels[: row[13]] if row[11] == EventKind.BOOK_SNAPSHOT else ():
                side, price = canonical(token, row[12], pips)
                put(book.sides[side], price, size)
        book.ready = True
        book.overlays.clear()
        tick, min_size, neg_risk, trade = (
            b.decode("ascii", "replace") if b else None for b in mark[6:]
        )
        shape = book.shape
        if tick and tick != shape.tick:
            shape.tick, shape.tick_before = tick, shape.tick
        shape.min_size = min_size or shape.min_size
        shape.neg_risk = neg_risk or shape.neg_risk
        if mark[9] is not None:
            book.said = trade or None
        self.counters["hash_books"] += 1
        if said is None or not is_hash(said) or not self._names(token)[0] or venue_time_ns == 0:
            self.counters["hash_books_unchecked"] += 1
            return []
        self.counters["hash_books_checked"] += 1
        how = self._search(book, token, venue_time_ns, {said}, grid=True)
        self.counters[f"hash_books_{how or 'failed'}"] += 1
        return self._verdict(book, token, how is not None, rows[0][0], venue_time_ns)

    # ---- groups

    def _end(self, even: int, book: Book, time_ns: int) -> list[Row]:
        """Judge the open group of a condition."""
        group, book.group = book.group, None
        if group is None:
            return []
        self.counters["hash_groups"] += 1
        book.groups += 1
        token = even if even in group.hashes else even + 1
        said = {h for h in group.hashes.get(token, ()) if is_hash(h)}
        due = book.bad > 0 or book.groups % self._every == 0
        known = bool(self._names(token)[0]) and group.venue_time_ns > 0
        fresh = overlays_of(book, group)
        if not (said and due and known and book.ready):
            self.counters["hash_groups_unchecked"] += 1
            book.overlays = (book.overlays + fresh)[-KEPT_OVERLAYS:]
            return []
        self.counters["hash_groups_checked"] += 1
        out: list[Row] = []
        how = self._search(book, token, group.venue_time_ns, said, grid=False)
        if how is None:
            out = self._put_right(book, token, group, said, fresh, time_ns)
            how = "reordered" if out else None
        if how is None:
            how = self._search(book, token, group.venue_time_ns, said, grid=True)
        self.counters[f"hash_groups_{how or 'failed'}"] += 1
        # What was proven by a later group needs no doubt; of this one only the end is proven.
        book.overlays = fresh if how else (book.overlays + fresh)[-KEPT_OVERLAYS:]
        return out + self._verdict(book, token, how is not None, time_ns, group.venue_time_ns)

    def _put_right(
        self, book: Book, token: int, group: Group, said: set[bytes], fresh: list[Overlay], at: int
    ) -> list[Row]:
        """Messages of one millisecond may be recorded out of order; the hash proves the last one.

        Levels that were set more than once within a group are set to their other values, those of
        one message at a time; what then fits is emitted as deltas, so that every book follows.
        """
        for overlay in reversed(book.overlays + fresh):
            before = {key: book.sides[key[0]].get(key[1], 0) for key in overlay}
            change(book, overlay)
            if self._search(book, token, group.venue_time_ns, said, grid=False) is None:
                change(book, before)
                continue
            self.counters["hash_levels_put_right"] += len(overlay)
            fresh.clear()
            return [
                (at, group.venue_time_ns, 0, 0, size, 0, token & ~1, price, 0, 0, 0,
                 EventKind.BOOK_DELTA, side, 0, 0)
                for (side, price), size in overlay.items()
            ]  # fmt: skip
        return []

    def _verdict(self, book: Book, token: int, good: bool, at: int, venue_ns: int) -> list[Row]:
        sign = FeedSign.HASH_GOOD if good else FeedSign.HASH_BAD
        out = [feed(at, venue_ns, token & ~1, sign)]
        if good:
            book.bad = 0
            return out
        if book.bad == 0:
            book.bad_since_ns = venue_ns
        book.bad += 1
        lasts = book.bad > 1 and venue_ns - book.bad_since_ns >= LASTING_NS
        if book.bad >= LASTING_GROUPS or lasts:
            self.counters["hash_lasting"] += 1
            book.bad = 0
            book.ready = False  # the engine asks for a snapshot; until then nothing can be proven
            out.append(feed(at, venue_ns, token & ~1, FeedSign.HASH_LASTING))
        return out

    # ---- the search

    def _search(
        self, book: Book, token: int, venue_ns: int, said: set[bytes], *, grid: bool
    ) -> str | None:
        """How the book fits: by the price known, its complement, a remembered one, the grid."""
        start = hashlib.sha1(  # noqa: S324 - the venue's choice
            head(*self._names(token), venue_ns // 1_000_000, book.sides, token & 1).encode()
        )
        for shape, tail in book.shape.tails():
            if shape.scheme != 4:
                if digest(start, tail + "}") in said:
                    self._learn(book, shape, None)
                    return "known"
                continue
            part = start.copy()
            part.update(tail.encode())
            for how, text in self._prices(book, shape, grid):
                if digest(part, text + '"}') in said:
                    self._learn(book, shape, text)
                    return how
        return None

    def _prices(self, book: Book, shape: Shape, grid: bool) -> Iterator[tuple[str, str]]:
        yield "known", book.said or ""
        if book.said:
            yield "complement", complement(book.said)
        if book.proven is not None and book.proven != book.said:
            yield "remembered", book.proven
            yield "remembered", complement(book.proven)
        if grid and (book.shape.scheme is not None or shape.tick == (book.shape.tick or "0.01")):
            step = parse_price(shape.tick or "0.01")
            yield from (("grid", trade_text(pips)) for pips in range(0, PIPS + 1, step))

    @staticmethod
    def _learn(book: Book, shape: Shape, text: str | None) -> None:
        """What a hash has proven is known from now on."""
        now = book.shape
        now.scheme = shape.scheme
        if shape.scheme:
            now.min_size, now.neg_risk = shape.min_size, shape.neg_risk
            now.tick = now.tick or shape.tick
        if text is not None:
            book.proven = text


# ---- levels


def ends(group: Group, kind: int, venue_time_ns: int) -> bool:
    """A whole book ends a group, and so does a change with another time; no print, no tick."""
    return kind == _scan.BOOK or (kind == _scan.CHANGE and group.venue_time_ns != venue_time_ns)


def canonical(token: int, side: int, pips: int) -> tuple[int, int]:
    """(side, price) of a level as the even token sees it."""
    return (1 - side, PIPS - pips) if token & 1 else (side, pips)


def put(levels: Levels, price: int, size: int) -> None:
    if size:
        levels[price] = size
    else:
        levels.pop(price, None)


def change(book: Book, overlay: Overlay) -> None:
    for (side, price), size in overlay.items():
        put(book.sides[side], price, size)


def overlays_of(book: Book, group: Group) -> list[Overlay]:
    """What else a group's levels may be at its end, and end the doubt about levels it set."""
    touched = {key for batch in group.batches.values() for key in batch}
    kept = [{k: v for k, v in old.items() if k not in touched} for old in book.overlays]
    book.overlays = [old for old in kept if old]
    if len(group.batches) < 2:
        return []
    fresh = [
        {key: size for key, size in batch.items() if book.sides[key[0]].get(key[1], 0) != size}
        for batch in group.batches.values()
    ]
    return [overlay for overlay in fresh if overlay]


def feed(time_ns: int, venue_time_ns: int, token: int, sign: int) -> Row:
    return (
        time_ns,
        venue_time_ns,
        0,
        0,
        0,
        0,
        token,
        0,
        0,
        0,
        0,
        EventKind.FEED,
        Side.BUY,
        sign,
        0,
    )
