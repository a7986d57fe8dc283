"""The market channel: bytes of a message -> event records, with notes for what could not be read.

Owns one scanner (the compiled `_scan`), the notes until they are taken, and, when asked for, the
check of book hashes. Touches no clock, socket or file: the receive time is an argument. Never
raises for what the venue sends. What becomes of each message is written in docs/codec.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from clobstep.core import EVENT_DTYPE
from clobstep.venue import _scan
from clobstep.venue.book_hash import BookHashes
from clobstep.venue.interning import Interning, InterningError
from clobstep.venue.market_notes import MOST_NOTES, note
from clobstep.venue.notes import Note

Events: TypeAlias = NDArray[np.void]
Hashes: TypeAlias = Literal["never", "always"] | int
Lines: TypeAlias = tuple[Events, NDArray[np.int64], list[tuple[int, Note]]]
Times: TypeAlias = NDArray[np.int64] | Sequence[int] | int | None


class MarketCodec:
    """Decodes market-channel messages in the order received.

    `hashes`: "never", "always", or n for each n-th group of changes; it costs about 0.1 ms a group
    and a copy of each book. `assume_receive`: nanoseconds added to the venue's time where it stands
    for ours (time_ns below 0). `strangers`: whether an asset that nobody named before gets a token;
    if not, what concerns it is noted (no_token) and not taken. `fast`: whether the venue's usual
    forms are tried first; the result is the same.
    """

    def __init__(
        self,
        interning: Interning | None = None,
        *,
        hashes: Hashes = "never",
        assume_receive: int = 0,
        strangers: bool = True,
        fast: bool = True,
    ) -> None:
        every = {"never": 0, "always": 1}.get(hashes) if isinstance(hashes, str) else hashes
        if isinstance(hashes, bool) or every is None or every < 0:
            raise ValueError(f"hashes is {hashes!r}: it is 'never', 'always' or a number of groups")
        self.interning = Interning() if interning is None else interning
        self._hashes = BookHashes(self._names, every) if every else None
        self._scanner = _scan.Scanner(
            self._ask, marks=bool(every), fast=fast, assumed_delay_ns=assume_receive
        )
        self._strangers = strangers
        self._conflicts = len(self.interning.conflicts)
        self._notes: list[Note] = []
        self._placed: list[tuple[int, Note]] | None = None  # of decode_lines: instead of _notes
        self._first = 0  # of the messages that are scanned now, the place of the first
        self._note_counts: dict[str, int] = {}

    def decode(self, raw: bytes, time_ns: int) -> Events:
        """The events of one message: a view that is valid until the next call.

        `time_ns` is our receive time; below 0 the venue's own time stands for it. With hashes on,
        the verdict of a group comes before the events of the message that ended it.
        """
        n = self._scanner.scan(raw, time_ns)
        if self._scanner.troubled:
            self._tell(many=False)
        if self._hashes is not None:
            return as_events(self._woven(n, time_ns))
        return self._scanner.events[:n]

    def decode_many(self, raws: bytes | Sequence[bytes], times: Times = None) -> Events:
        """The events of many messages, as if decoded one by one: a view valid until the next call.

        `raws` is a sequence of messages, or one buffer of messages that a newline ends each.
        `times` is one receive time a message, one for all, or None for the venue's. Notes name the
        message by its place, from 0. Raises ValueError when there is not a time for each message.
        """
        one, each = times_of(times)
        if self._hashes is not None:
            return self._many_woven(raws, one, each)
        if isinstance(raws, bytes | bytearray | memoryview):
            n = self._scanner.scan_lines(raws, each, one)
        else:
            n = self._scanner.scan_many(raws if isinstance(raws, list) else list(raws), each, one)
        if self._scanner.troubled:
            self._tell(many=True)
        return self._scanner.events[:n]

    def decode_lines(self, raws: bytes, times: NDArray[np.int64]) -> Lines:
        """Many messages, a newline behind each, as if decoded one by one.

        Returns their events (a view valid until the next call), how many of these there are after
        each message, and all notes, worded as `decode` does, each with its message's place.
        """
        ends = np.zeros(len(times), np.int64)
        placed: list[tuple[int, Note]] = []
        self._placed = placed
        try:
            if self._hashes is None:
                n = self._scanner.scan_lines(raws, times, -1, ends)
                events = self._scanner.events[:n]
                self._tell(many=False)
            else:
                events = self._lines_woven(raws, times, ends)
        finally:
            self._placed, self._first = None, 0
        placed.sort(key=lambda told: told[0])  # stable: a conflict is met before the message's end
        return events, ends, placed

    def flush(self, time_ns: int) -> Events:
        """End the open groups, when no more will come: the verdicts that are left."""
        return as_events([] if self._hashes is None else self._hashes.flush(time_ns))

    def forget_books(self, tokens: Iterable[int] | None = None) -> None:
        """A connection was lost: no hash is judged until the next whole book of its condition.

        `tokens`: whose connection it was; None for all.
        """
        if self._hashes is not None:
            self._hashes.forget_books(tokens)

    def take_notes(self) -> list[Note]:
        """The notes since the last call, at most 10,000; `counters` has how many were lost."""
        taken, self._notes = self._notes, []
        return taken

    @property
    def counters(self) -> dict[str, int]:
        """What was read and what became of it; notes by kind; with hashes on, their verdicts."""
        out = self._scanner.counts()
        out |= {f"notes_{kind}": n for kind, n in sorted(self._note_counts.items())}
        return out if self._hashes is None else out | self._hashes.counters

    # ---- inside

    def _woven(self, n: int, time_ns: int) -> list[Any]:
        assert self._hashes is not None
        rows = self._scanner.events[:n].tolist()
        marks = self._scanner.marks
        return self._hashes.weave(rows, marks, time_ns) if marks else rows

    def _many_woven(
        self, raws: bytes | Sequence[bytes], one: int, each: NDArray[np.int64] | None
    ) -> Events:
        if isinstance(raws, bytes | bytearray | memoryview):
            raws = bytes(raws).split(b"\n")
            if raws and not raws[-1]:
                raws.pop()
        if each is not None and len(each) != len(raws):
            raise ValueError(f"{len(each)} times for {len(raws)} messages: give one each")
        out: list[Any] = []
        for k, raw in enumerate(raws):
            at = one if each is None else int(each[k])
            out += self._woven(self._scanner.scan(raw, at), at)
            if self._scanner.troubled:
                self._tell(many=True, message=k)
        return as_events(out)

    def _lines_woven(
        self, raws: bytes, times: NDArray[np.int64], ends: NDArray[np.int64]
    ) -> Events:
        out: list[Any] = []
        for k, raw in enumerate(raws.split(b"\n")[:-1]):
            self._first = k
            at = int(times[k])
            out += self._woven(self._scanner.scan(raw, at), at)
            ends[k] = len(out)
            if self._scanner.troubled:
                self._tell(many=False, message=k)
        return as_events(out)

    def _names(self, token: int) -> tuple[str, str]:
        names = self.interning
        asset = names.asset(token) if token < names.n_tokens else None
        return (names.condition(token), asset) if asset is not None else ("", "")

    def _ask(self, market: bytes, asset: bytes) -> tuple[int | None, str]:
        """The scanner does not know an asset, or its condition."""
        condition = market.decode("utf-8", "backslashreplace")
        asset_id = asset.decode("utf-8", "backslashreplace")
        token = None
        if self._strangers or self.interning.find(asset_id) is not None:
            try:
                token = self.interning.token(condition, asset_id)
            except InterningError as error:
                self._add(Note("conflict", str(error)), self._first + self._scanner.message)
        for text in self.interning.conflicts[self._conflicts :]:
            self._add(Note("conflict", text), self._first + self._scanner.message)
        self._conflicts = len(self.interning.conflicts)
        return token, "" if token is None else self.interning.condition(token)

    def _tell(self, *, many: bool, message: int = 0) -> None:
        for trouble in self._scanner.take_troubles():
            place = trouble[4] + message
            told = note((*trouble[:4], place, *trouble[5:]), many)
            self._add(told, place)
            if told.kind == "new_market":
                self._announced(trouble[6], place)

    def _add(self, told: Note, place: int) -> None:
        counts = self._note_counts
        counts[told.kind] = counts.get(told.kind, 0) + 1
        if self._placed is not None:
            self._placed.append((place, told))
        elif len(self._notes) < MOST_NOTES:
            self._notes.append(told)
        else:
            counts["lost"] = counts.get("lost", 0) + 1

    def _announced(self, raw: bytes, place: int) -> None:
        """A new market names both its assets, YES first: complete a pair that is known by half."""
        try:
            said = json.loads(raw)
            condition, (yes, no) = str(said["market"]), map(str, said["assets_ids"])
            if said.get("outcomes", ["Yes"])[0] not in ("Yes", "Up"):
                return
        except (ValueError, KeyError, TypeError, IndexError):
            return
        names = self.interning
        if names.find_pair(condition) is None and names.find(yes) is names.find(no) is None:
            return
        try:
            names.pair(condition, yes, no, source="message")
        except InterningError as error:
            self._add(Note("conflict", str(error)), place)


def as_events(rows: list[Any]) -> Events:
    """Rows, each a tuple of all fields, as records."""
    return np.array(rows, EVENT_DTYPE)


def times_of(times: Times) -> tuple[int, NDArray[np.int64] | None]:
    """(one time for all, or one a message)."""
    if times is None:
        return -1, None
    if isinstance(times, int | np.integer):
        return int(times), None
    return -1, np.ascontiguousarray(times, np.int64)
