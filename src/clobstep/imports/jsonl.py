"""JSON lines of the market channel, raw or in an envelope, as events.

Theory of operation. Each line gives messages (envelope.py). Unsorted they go to the codec as they
stand; sorted, all are held and ordered by exchange time first: on ties a price_change comes before
a book, since the book of a trade already shows it, and file order decides otherwise. The codec
gives events; what it cannot use it notes, and the note is counted with the line it came from.

Owns: duplicates, order, receive times, and where a reconnect is seen.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final, NamedTuple, cast

from clobstep.enums import FeedSign
from clobstep.imports import envelope
from clobstep.imports.envelope import LineError, Message
from clobstep.imports.known import KnownPairs
from clobstep.imports.recording import Events, Options, Progress, Recording, Spool, feed_event
from clobstep.imports.tally import RecordingError, Tally, tallies

SHAPE: Final = "JSON lines of the market channel"
REMEMBERED: Final = 65_536  # lines among which a duplicate is looked for, unless they are sorted
LINE_BYTES: Final = 64 << 20  # a longer line is no message
FLUSH_EVENTS: Final = 16_384
TICK_CHANGE: Final = "tick_size_change"
RANK: Final = {"price_change": 0, TICK_CHANGE: 0}  # others 1, in file order
PUSHED_BOOK: Final = "book"
_FREE: Final = ("conflict",)  # kinds of notes whose text has no form
_PLACE: Final = re.compile(r"\[\d+\]")
FAR_NS: Final = 86_400_000_000_000  # a time so far ahead would make all later ones old
_BOOKS: Final = (PUSHED_BOOK, "price_change")
ANNOUNCED: Final = "new_market"  # a note that is no complaint
_EVERY: Final = 512  # lines between two words of progress


class Item(NamedTuple):
    """A message, when it came in (0: not known), and where it stands."""

    message: Message
    received_ns: int
    number: int
    tally: Tally


def read(
    paths: list[Path], interning: KnownPairs, spool: Spool, options: Options, progress: Progress
) -> Recording:
    """Put the messages of these files into the spool. Raises RecordingError."""
    recording = Recording(SHAPE, spool, interning)
    recording.tallies = tallies(paths, "line")
    lines = _Lines(recording.tallies, progress, 0 if options.sort else REMEMBERED)
    decoder = _Decoder(recording, options)
    items = lines.items()
    for item in sorted(_with_time(items), key=_order) if options.sort else items:
        decoder.take(item)
    decoder.finish()
    recording.out_of_order = lines.out_of_order
    recording.books_out_of_order = lines.books_out_of_order
    return recording


def _order(item: Item) -> tuple[int, int]:
    return item.message.time_ns, RANK.get(item.message.kind, 1)


def _with_time(items: Iterator[Item]) -> Iterator[Item]:
    """Leave out, and count, what has no exchange time: it cannot be put in order."""
    for item in items:
        if item.message.time_ns:
            yield item
        else:
            _leave_out(item, "no exchange time to sort by")


def _leave_out(item: Item, reason: str, example: str = "") -> None:
    """Count a message that is not taken; the line of an array still counts as taken."""
    if item.message.in_array:
        item.tally.remark(f"{reason}, in an array", item.number, example)
    else:
        item.tally.skip(reason, item.number, example)


def _reason(kind: str, text: str) -> str:
    """What a note complains of, without where it stands and what stood there."""
    parts = text.split(": ", 2)
    if kind in _FREE or len(parts) < 2:
        return kind
    return _PLACE.sub("", parts[1])


class _Lines:
    """The messages of files, line by line, with what is wrong counted."""

    def __init__(self, tallies: list[Tally], progress: Progress, remembered: int) -> None:
        self._tallies = tallies
        self._progress = progress
        self._remembered = remembered  # 0: all
        self._seen: set[int] = set()
        self._recent: deque[int] = deque()
        self._last_ns: dict[str, int] = {}  # by condition, "" for all
        self.out_of_order = 0
        self.books_out_of_order = 0

    def items(self) -> Iterator[Item]:
        """All messages of all files."""
        for tally in self._tallies:
            for line in self._lines(tally.paths[0], tally):
                tally.read += 1
                if line.strip():
                    yield from self._messages(line, tally)
                else:
                    tally.skip("empty", tally.read)

    def _lines(self, path: Path, tally: Tally) -> Iterator[bytes]:
        """The lines of a file, unpacked; one that breaks off gives what was whole."""
        try:
            with path.open("rb") as raw:
                packed = raw.read(2) == b"\x1f\x8b"
                raw.seek(0)
                file = cast(IO[bytes], gzip.GzipFile(fileobj=raw) if packed else raw)
                size = path.stat().st_size
                while line := file.readline(LINE_BYTES):
                    if tally.read % _EVERY == 0:
                        self._progress(f"reading {path.name}", raw.tell(), size)
                    yield line
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            tally.read += 1
            tally.skip("the gzip data breaks off", tally.read, str(error))
        except OSError as error:
            raise RecordingError(f"{path} cannot be read: {error.strerror or error}") from None

    def _messages(self, line: bytes, tally: Tally) -> Iterator[Item]:
        number = tally.read
        try:
            found = envelope.read(line)
        except LineError as error:
            tally.skip(error.args[0], number, error.args[1])
            return
        if self._repeated(line):
            tally.skip("the same line again", number)
            return
        if found.received_ns and not found.received_fine:
            tally.remark(
                "received at a whole second: too coarse, the venue's time is taken", number
            )
        for problem in found.problems:
            tally.remark(f"{problem.args[0]}, in an array", number, problem.args[1])
        received_ns = found.received_ns if found.received_fine else 0
        for message in found.messages:
            self._watch(message)
            yield Item(message, received_ns, number, tally)

    def _repeated(self, line: bytes) -> bool:
        """Whether this very line was there among the last ones. It was written twice, not sent."""
        key = hash(line.strip())
        if key in self._seen:
            return True
        self._seen.add(key)
        if self._remembered:
            self._recent.append(key)
            if len(self._recent) > self._remembered:
                self._seen.discard(self._recent.popleft())
        return False

    def _watch(self, message: Message) -> None:
        """Count what was pushed earlier, by exchange time, than something before it.

        A book that was asked for, or that answers a subscription, has the time of its last change.
        """
        if message.in_array or not message.kind or not message.time_ns:
            return
        self.out_of_order += self._is_late("", message.time_ns)
        if message.kind in _BOOKS:
            self.books_out_of_order += self._is_late(message.condition, message.time_ns)

    def _is_late(self, condition: str, time_ns: int) -> bool:
        last_ns = self._last_ns.get(condition, 0)
        self._last_ns[condition] = max(last_ns, time_ns)
        return time_ns < last_ns


class _Decoder:
    """Messages to events: time, reconnects, and what the codec notes."""

    def __init__(self, recording: Recording, options: Options) -> None:
        from clobstep.venue.market import MarketCodec  # the scanner is not needed for tables

        self._recording = recording
        self._codec = MarketCodec(recording.interning, hashes=options.hashes)
        self._made: list[bytes] = []
        self._n = 0
        self._now_ns = 0
        self._said: dict[str, dict[str, int | bool]] = {}  # metadata by condition
        self._pushed: dict[str, tuple[int, int]] = {}  # condition -> place, time of the last push
        self._reconnects = 0
        self._forgotten: tuple[str, int] | None = None
        self._with_receive = self._without = 0

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
            item.tally.remark("received before the one before it: taken at that one's time",
                              item.number)  # fmt: skip
        self._now_ns = max(self._now_ns, time_ns)
        self._reconnected(item)
        self._metadata(message)
        events = self._codec.decode(message.raw, self._now_ns)
        self._keep(events)
        if message.kind and not message.in_array:
            self._pushed[message.condition] = (self._recording.spool.place + self._n, self._now_ns)
        for turn, note in enumerate(self._codec.take_notes()):
            self._recording.notes.append((note.kind, f"line {item.number}: {note.text}"))
            reason = _reason(note.kind, note.text)
            if turn or len(events) or note.kind == ANNOUNCED:
                item.tally.remark(reason, item.number, note.text)
            else:
                _leave_out(item, reason, note.text)

    def _reconnected(self, item: Item) -> None:
        """A book in an array answers a subscription: with a feed that runs, it is a new one.

        The old one is LOST right after the last message that it pushed of this market.
        """
        message = item.message
        token = self._recording.interning.find_pair(message.condition)
        if not (message.in_array and message.kind == PUSHED_BOOK and token is not None):
            return
        last = self._pushed.pop(message.condition, None)
        if last is None:
            return
        self._reconnects += 1
        if self._forgotten != (item.tally.name, item.number):  # once a frame
            self._forgotten = (item.tally.name, item.number)
            self._codec.forget_books()
        self._recording.spool.insert(last[0], feed_event(FeedSign.LOST, token, last[1]))
        self._keep(feed_event(FeedSign.CONNECTED, token, self._now_ns))

    def _metadata(self, message: Message) -> None:
        """What the first book of a market, or its first tick change, says of its metadata."""
        said = self._said.get(message.condition, {})
        if message.kind in ("", PUSHED_BOOK) and message.condition not in self._said:
            self._said[message.condition] = envelope.metadata_of(message.raw)
        elif message.kind == TICK_CHANGE and "tick_pips" not in said:
            self._said[message.condition] = {**said, **envelope.tick_before(message.raw)}

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
        recording = self._recording
        for condition, said in self._said.items():
            even = recording.interning.find_pair(condition)
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
