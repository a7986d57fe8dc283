"""What every reader makes of files: events in order, and what is known about them.

Owns the words a reader and `clobstep.imports.run` share: options, the spool of events, the
recording. A reader puts event records into the spool; it never sees an engine or a session.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from clobstep.core import EVENT_DTYPE
from clobstep.enums import EventKind, FeedSign
from clobstep.imports.known import KnownPairs
from clobstep.imports.tally import Tally

Events = NDArray[np.void]
Hashes = Literal["never", "always"] | int
Progress = Callable[[str, int, int], None]
"""(what is done now, done so far, all of it), in bytes or records."""

MS: Final = 1_000_000  # nanoseconds
SPOOL_BYTES: Final = 64 << 20  # kept in memory until it is larger
CHUNK: Final = 65_536  # events


def quiet(what: str, done: int, total: int) -> None:
    """Show no progress."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the person asked for; integers in the units their names say, None where not given."""

    sort: bool = False
    hashes: Hashes = "always"
    market: str | None = None  # a slug or condition: only this one
    tick_pips: int | None = None
    min_size: int | None = None
    fee_ppm: int | None = None


class Spool:
    """Event records between reader and engine: in memory, and in a nameless file when many."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115
        self._late: list[tuple[int, Events]] = []  # (place among what was put, events)
        self._put = 0
        self.n_events = 0

    def put(self, events: Events) -> None:
        """Add records of EVENT_DTYPE at the end."""
        if events.dtype != EVENT_DTYPE:
            raise TypeError(f"a spool takes records of EVENT_DTYPE, not {events.dtype}")
        self.put_records(events.tobytes())

    def put_records(self, records: bytes) -> None:
        """Add records as bytes: joining many small arrays of records is slow."""
        count = len(records) // EVENT_DTYPE.itemsize
        self._file.write(records)
        self._put += count
        self.n_events += count

    @property
    def place(self) -> int:
        """How many records were put so far: where the next one would come."""
        return self._put

    def insert(self, place: int, events: Events) -> None:
        """Add records that belong before the one that was put `place`-th, from 0."""
        self._late.append((place, events.copy()))
        self.n_events += len(events)

    def chunks(self, size: int = CHUNK) -> Iterator[Events]:
        """All records from the first on, in arrays of about `size`; each may be written to."""
        self._file.seek(0)
        late = sorted(self._late, key=lambda item: item[0])  # stable: as they were inserted
        place = 0
        while block := self._file.read(size * EVENT_DTYPE.itemsize):
            events = np.frombuffer(bytearray(block), dtype=EVENT_DTYPE)
            parts, done = [], 0
            while late and late[0][0] < place + len(events):
                at, more = late.pop(0)
                parts += [events[done : at - place], more]
                done = at - place
            place += len(events)
            yield np.concatenate([*parts, events[done:]]) if parts else events
        if late:
            yield np.concatenate([more for _, more in late])

    def close(self) -> None:
        """Let the records go."""
        self._file.close()


@dataclass(slots=True)
class Held:
    """What a recording holds, so that a fill model can refuse what it cannot know."""

    deltas: bool = False
    prints: bool = False
    snapshots: bool = False
    hashes: bool = False
    carried_best: bool = False
    receive_times: bool = False


@dataclass(slots=True)
class Recording:
    """Files as one stream of events, without the head that makes a session of it."""

    shape: str
    spool: Spool
    interning: KnownPairs
    tallies: list[Tally] = field(default_factory=list)
    facts_of: dict[int, dict[str, int | bool]] = field(default_factory=dict)
    """By even token: fields of MarketInfo that the recording itself says."""
    held: Held = field(default_factory=Held)
    without_first_book: bool = False  # books start empty and must warm up
    connects_itself: bool = False  # the stream says itself when a market's feed begins
    out_of_order: int = 0  # lines earlier than one before them
    books_out_of_order: int = 0  # of these: changes or books, earlier than one of the same market
    said: list[str] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)  # (kind, text)
    counters: dict[str, int] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)  # for the manifest's settings


def feed_event(sign: FeedSign, token: int, time_ns: int, venue_time_ns: int = 0) -> Events:
    """One FEED record, as an array of one."""
    event = np.zeros(1, EVENT_DTYPE)
    event["kind"], event["code"], event["token"] = EventKind.FEED, sign, token
    event["time_ns"], event["venue_time_ns"] = time_ns, venue_time_ns
    return event
