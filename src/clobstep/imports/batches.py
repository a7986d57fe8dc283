"""The lines of files: batches of usual messages and single odd ones, in the order they stand there.

Theory of operation. A file is read in blocks. The compiled reader (_lines) takes the usual lines
out of a block; a line that it calls odd is judged by envelope.py. What is wrong with a line is kept
as a telling until the batch before it is counted, so that reasons stand in the order they were met.

Owns: blocks, line numbers, and what a line has to say besides its messages.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Generator, Iterator
from io import BufferedReader
from pathlib import Path
from typing import Final, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from clobstep.imports import envelope
from clobstep.imports._lines import KINDS, Lines
from clobstep.imports.envelope import LineError, Message
from clobstep.imports.recording import Progress
from clobstep.imports.tally import RecordingError, Tally, Telling, tell

Ints = NDArray[np.int64]

LINE_BYTES: Final = 64 << 20  # a longer line is no message
BLOCK_BYTES: Final = 1 << 20
UNPACKED_BYTES: Final = 8_192  # more at a time would lose more where gzip data breaks off
FEW: Final = 8  # messages: as fast one by one as in a batch
AGAIN: Final = "the same line again"
TIMELESS: Final = "no exchange time to sort by"
COARSE: Final = "received at a whole second: too coarse, the venue's time is taken"


class Item(NamedTuple):
    """A message, when it came in (0: not known), and where it stands."""

    message: Message
    market: int  # its condition's place
    received_ns: int
    number: int
    tally: Tally


class Batch(NamedTuple):
    """Pushed messages, a row each, and what is to be told of lines up to the last of them."""

    text: bytes  # the messages, a newline behind each
    ends: Ints  # in the text, behind the newline
    times: Ints
    received: Ints  # 0: not known
    numbers: Ints
    markets: NDArray[np.int32]
    kinds: NDArray[np.int8]  # places in KINDS
    tallies: list[Tally]
    owners: NDArray[np.int32]  # places in tallies
    told: list[Telling]

    def raw(self, row: int) -> bytes:
        """The message of a row."""
        return self.text[int(self.ends[row - 1]) if row else 0 : int(self.ends[row]) - 1]

    def item(self, row: int) -> Item:
        """The same message by itself."""
        raw = self.raw(row)
        message = Message(raw, KINDS[self.kinds[row]], int(self.times[row]), "", in_array=False)
        return Item(message, int(self.markets[row]), int(self.received[row]),
                    int(self.numbers[row]), self.tallies[self.owners[row]])  # fmt: skip


class Reader:
    """Files as batches and items; the tallies count what is wrong.

    `to_sort`: an item need not come behind the messages before it, since all are put in order
    later; what has no time to be ordered by is left out.
    """

    def __init__(
        self, tallies: list[Tally], progress: Progress, remembered: int, *, to_sort: bool
    ) -> None:
        self.tallies = tallies
        self._progress = progress
        self._to_sort = to_sort
        self._told: list[Telling] = []
        self.lines = Lines(remembered, LINE_BYTES)

    def parts(self) -> Iterator[Batch | Item]:
        """All messages of all files. Raises RecordingError."""
        for tally in self.tallies:
            yield from self._of_file(tally.paths[0], tally)

    def _of_file(self, path: Path, tally: Tally) -> Iterator[Batch | Item]:
        """The parts of one file; one that breaks off gives what was whole."""
        rest = b""
        try:
            with path.open("rb") as raw:
                packed = raw.read(2) == b"\x1f\x8b"
                raw.seek(0)
                file = cast(BufferedReader, gzip.GzipFile(fileobj=raw) if packed else raw)
                size = path.stat().st_size
                while True:
                    self._progress(f"reading {path.name}", raw.tell(), size)
                    more, broken = _block(file, max(BLOCK_BYTES, len(rest)), packed)
                    rest = yield from self._of_block(
                        rest + more, tally, is_last=not more and broken is None
                    )
                    if broken is not None:
                        tally.read += 1
                        tally.skip("the gzip data breaks off", tally.read, str(broken))
                    if broken is not None or not more:
                        return
        except OSError as error:
            raise RecordingError(f"{path} cannot be read: {error.strerror or error}") from None

    def _of_block(
        self, block: bytes, tally: Tally, *, is_last: bool
    ) -> Generator[Batch | Item, None, bytes]:
        """The parts of a block; returns the line that it has the beginning of."""
        lines, at = self.lines, 0
        while True:
            at = lines.read(block, at, tally.read, is_last)
            tally.read = lines.number
            if lines.odd is not None:
                yield from self._odd(lines.odd, tally)
            elif lines.is_full:
                yield from self._taken(tally)
            else:
                break
        yield from self._taken(tally)
        return block[at:]

    def _taken(self, tally: Tally) -> Iterator[Batch]:
        """What was read since the last time."""
        told, lines = self._told, self.lines
        self._told = []
        for reason, numbers, taken in (
            ("empty", lines.empty, False),
            (AGAIN, lines.repeated, False),
            (COARSE, lines.coarse, True),
        ):
            if numbers:
                told.append(Telling(numbers[0], 0, tally, taken, reason, numbers))
        if lines.held:
            held = lines.take()
            yield Batch(*held, [tally], np.zeros(len(held[1]), np.int32), told)
            return
        tell(told)
        for numbers in (lines.empty, lines.repeated, lines.coarse):
            numbers.clear()

    def _odd(self, line: bytes, tally: Tally) -> Iterator[Batch | Item]:
        """A line that is not usual, by itself; without a message it ends no batch."""
        number, lines = tally.read, self.lines
        try:
            found = envelope.read(line)
        except LineError as error:
            reason, example = error.args
            self._told.append(Telling(number, 0, tally, False, reason, [number], example))
            return
        if lines.is_repeated(line):
            return
        if found.received_ns and not found.received_fine:
            lines.coarse.append(number)
        for problem in found.problems:
            reason, example = problem.args
            self._told.append(_left_out(number, tally, True, reason, example))
        if not self._to_sort:
            yield from self._taken(tally)
        received_ns = found.received_ns if found.received_fine else 0
        for message in found.messages:
            condition = message.condition.encode()
            if message.kind and message.time_ns and not message.in_array:
                lines.watch(message.kind, condition, message.time_ns)
            if message.time_ns or not self._to_sort:
                yield Item(message, lines.place_of(condition), received_ns, number, tally)
            else:
                self._told.append(_left_out(number, tally, message.in_array, TIMELESS))


def _left_out(number: int, tally: Tally, in_array: bool, reason: str, example: str = "") -> Telling:
    """Of a message that is not taken; the line of an array still counts as taken."""
    said = f"{reason}, in an array" if in_array else reason
    return Telling(number, 1, tally, in_array, said, [number], example)


def _block(file: BufferedReader, wanted: int, packed: bool) -> tuple[bytes, Exception | None]:
    """As many bytes, fewer at the end; and why gzip data breaks off behind them."""
    parts: list[bytes] = []
    while wanted > 0:
        try:
            part = file.read1(UNPACKED_BYTES) if packed else file.read(wanted)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            return b"".join(parts), error
        if not part:
            break
        parts.append(part)
        wanted -= len(part)
    return b"".join(parts), None
