"""Messages to events: our time, reconnects, what a recording says of its markets, and notes.

Owns the clock of an import, which never goes back, and where a market's feed begins anew. A batch
is decoded in one call; what it gives is the same as if its messages had come one by one.
"""

from __future__ import annotations

import re
from typing import Final

import numpy as np

from clobstep.enums import FeedSign
from clobstep.imports import batches, envelope
from clobstep.imports._lines import KINDS, Lines
from clobstep.imports.batches import Batch, Ints, Item
from clobstep.imports.recording import Events, Options, Recording, feed_event
from clobstep.imports.tally import Telling, tell
from clobstep.venue.market import MarketCodec
from clobstep.venue.notes import Note

FLUSH_EVENTS: Final = 16_384
TICK_CHANGE: Final = "tick_size_change"
PUSHED_BOOK: Final = "book"
FAR_NS: Final = 86_400_000_000_000  # a time so far ahead would make all later ones old
ANNOUNCED: Final = "new_market"  # a note that is no complaint
LATE: Final = "received before the one before it: taken at that one's time"
_FREE: Final = ("conflict",)  # kinds of notes whose text has no form
_PLACE: Final = re.compile(r"\[\d+\]")
_FACTS: Final = (KINDS.index(PUSHED_BOOK), KINDS.index(TICK_CHANGE))
_NEVER: Final = -1


def _leave_out(item: Item, reason: str, example: str = "") -> None:
    """Count a message that is not taken; the line of an array still counts as taken."""
    if item.message.in_array:
        item.tally.remark(f"{reason}, in an array", item.number, example)
    else:
        item.tally.skip(reason, item.number, example)


def _reason(note: Note) -> str:
    """What a note complains of, without where it stands and what stood there."""
    parts = note.text.split(": ", 2)
    if note.kind in _FREE or len(parts) < 2:
        return note.kind
    return _PLACE.sub("", parts[1])


class Decoder:
    """Decodes batches and items into the recording's spool."""

    def __init__(self, recording: Recording, options: Options, lines: Lines) -> None:
        self._recording = recording
        self._lines = lines
        self._codec = MarketCodec(recording.interning, hashes=options.hashes)
        self._made: list[bytes] = []
        self._n = 0
        self._now_ns = 0
        self._said: dict[int, dict[str, int | bool]] = {}  # metadata by market
        self._pushed: Ints = np.full(64, _NEVER, np.int64)  # by market: place of its last push
        self._pushed_ns: Ints = np.zeros(64, np.int64)
        self._reconnects = 0
        self._forgotten: tuple[str, int] | None = None
        self._with_receive = self._without = 0

    # ---- many

    def take_batch(self, batch: Batch) -> None:
        """Decode pushed messages of the usual form, and tell what there is to tell."""
        n = len(batch.ends)
        if n <= batches.FEW:
            self._one_by_one(batch)
            return
        stamps = np.where(batch.received > 0, batch.received, batch.times)
        now = np.maximum(np.maximum.accumulate(stamps), self._now_ns)
        before = np.concatenate(([self._now_ns], now[:-1]))
        with_receive = int(np.count_nonzero(batch.received))
        self._with_receive += with_receive
        self._without += n - with_receive
        self._now_ns = int(now[-1])
        for row in np.flatnonzero(np.isin(batch.kinds, _FACTS)).tolist():
            self._metadata(KINDS[batch.kinds[row]], int(batch.markets[row]), batch, row)
        events, ends, notes = self._codec.decode_lines(batch.text, now)
        place = self._recording.spool.place + self._n
        self._keep(events)
        self._make_room()
        self._pushed[batch.markets] = place + ends  # of several of one market the last one stays
        self._pushed_ns[batch.markets] = now
        late = np.flatnonzero((batch.received > 0) & (stamps < before))
        tell([*batch.told, *self._late(batch, late), *self._notes(batch, ends, notes)])

    def _one_by_one(self, batch: Batch) -> None:
        told = sorted(batch.told, key=lambda telling: telling[:2])
        for row in range(len(batch.ends)):
            item = batch.item(row)
            k = sum(telling.place <= item.number for telling in told)
            tell(told[:k])
            del told[:k]
            self.take(item)
        tell(told)

    def _place(self, batch: Batch, row: int) -> int:
        """Where a row stands among what is told of its batch."""
        return int(batch.numbers[row]) if batch.told else row

    def _late(self, batch: Batch, late: Ints) -> list[Telling]:
        """What came in before something before it."""
        told = []
        for owner, tally in enumerate(batch.tallies):
            rows = late[batch.owners[late] == owner]
            if len(rows):
                numbers = batch.numbers[rows].tolist()
                told.append(Telling(self._place(batch, rows[0]), 1, tally, True, LATE, numbers))
        return told

    def _notes(self, batch: Batch, ends: Ints, notes: list[tuple[int, Note]]) -> list[Telling]:
        """What could not be read of a batch."""
        told: list[Telling] = []
        last, turn = _NEVER, 0
        for row, note in notes:
            turn = turn + 1 if row == last else 0
            last = row
            number, tally = int(batch.numbers[row]), batch.tallies[batch.owners[row]]
            self._recording.notes.append((note.kind, f"line {number}: {note.text}"))
            gave = ends[row] > (ends[row - 1] if row else 0)
            taken = bool(turn or gave or note.kind == ANNOUNCED)
            told.append(Telling(self._place(batch, row), 2 + turn, tally, taken, _reason(note),
                                [number], note.text))  # fmt: skip
        return told

    # ---- one

    def take(self, item: Item) -> None:
        """Decode one message."""
        message = item.message
        if 0 < item.received_ns < message.time_ns - FAR_NS:
            _leave_out(item, "exchange time more than a day after it was received")
            return
        time_ns = item.received_ns or message.time_ns or self._now_ns
        if not time_ns:
            _leave_out(item, "no time at all, and none before it")
            return
        self._with_receive += bool(item.received_ns)
        self._without += not item.received_ns
        if time_ns < self._now_ns and item.received_ns:
            item.tally.remark(LATE, item.number)
        self._now_ns = max(self._now_ns, time_ns)
        self._reconnected(item)
        self._metadata(message.kind, item.market, item)
        events = self._codec.decode(message.raw, self._now_ns)
        self._keep(events)
        if message.kind and not message.in_array:
            self._make_room()
            self._pushed[item.market] = self._recording.spool.place + self._n
            self._pushed_ns[item.market] = self._now_ns
        for turn, note in enumerate(self._codec.take_notes()):
            self._recording.notes.append((note.kind, f"line {item.number}: {note.text}"))
            if turn or len(events) or note.kind == ANNOUNCED:
                item.tally.remark(_reason(note), item.number, note.text)
            else:
                _leave_out(item, _reason(note), note.text)

    def _reconnected(self, item: Item) -> None:
        """A book in an array answers a subscription: with a feed that runs, it is a new one.

        The old one is LOST right after the last message that it pushed of this market.
        """
        message = item.message
        if not (message.in_array and message.kind == PUSHED_BOOK):
            return
        token = self._recording.interning.find_pair(message.condition)
        self._make_room()
        last = int(self._pushed[item.market])
        if token is None or last == _NEVER:
            return
        self._pushed[item.market] = _NEVER
        self._reconnects += 1
        if self._forgotten != (item.tally.name, item.number):  # once a frame
            self._forgotten = (item.tally.name, item.number)
            self._codec.forget_books()
        lost_ns = int(self._pushed_ns[item.market])
        self._recording.spool.insert(last, feed_event(FeedSign.LOST, token, lost_ns))
        self._keep(feed_event(FeedSign.CONNECTED, token, self._now_ns))

    # ---- both

    def _metadata(self, kind: str, market: int, where: Batch | Item, row: int = 0) -> None:
        """What the first book of a market, or its first tick change, says of its metadata."""
        said = self._said.get(market)
        if kind in ("", PUSHED_BOOK) and said is None:
            self._said[market] = envelope.metadata_of(_raw(where, row))
        elif kind == TICK_CHANGE and "tick_pips" not in (said or {}):
            self._said[market] = {**(said or {}), **envelope.tick_before(_raw(where, row))}

    def _make_room(self) -> None:
        """A place for each market that was met."""
        lacking = self._lines.n_markets - len(self._pushed)
        if lacking > 0:
            more = np.full(lacking + len(self._pushed), _NEVER, np.int64)
            self._pushed = np.concatenate((self._pushed, more))
            self._pushed_ns = np.concatenate((self._pushed_ns, more))

    def _keep(self, events: Events) -> None:
        if len(events):
            self._made.append(events.tobytes())
            self._n += len(events)
        if self._n >= FLUSH_EVENTS:
            self._flush()

    def _flush(self) -> None:
        self._recording.spool.put_records(b"".join(self._made))
        self._made.clear()
        self._n = 0

    def finish(self) -> None:
        """End what is open, and say what was found."""
        self._keep(self._codec.flush(self._now_ns))
        self._flush()
        recording, conditions = self._recording, self._lines.conditions
        for market, said in self._said.items():
            even = recording.interning.find_pair(conditions[market].decode())
            if even is not None and said:
                recording.facts_of[even] = said
        recording.counters.update(self._codec.counters)
        recording.held.hashes = bool(
            recording.counters.get("hash_groups", 0) + recording.counters.get("hash_books", 0)
        )
        recording.held.receive_times = bool(self._with_receive) and not self._without
        if self._reconnects:
            recording.counters["reconnects"] = self._reconnects
            recording.said.append(
                f"{self._reconnects:,} times a running feed began again with its first book: "
                "a reconnect, so it is LOST from the last message before that"
            )


def _raw(where: Batch | Item, row: int) -> bytes:
    return where.raw(row) if isinstance(where, Batch) else where.message.raw
