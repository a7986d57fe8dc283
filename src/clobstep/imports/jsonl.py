"""JSON lines of the market channel, raw or in an envelope, as events.

Theory of operation. Lines come in batches of usual ones, and one by one where something is odd
(batches.py). Unsorted they go to the codec as they stand; sorted, all are held and ordered by
exchange time first (sorting.py). The codec gives events; what it cannot use it notes, and the note
is counted with the line it came from (decoder.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from clobstep.imports.batches import Batch, Item, Reader
from clobstep.imports.known import KnownPairs
from clobstep.imports.recording import Options, Progress, Recording, Spool
from clobstep.imports.tally import tallies, tell

SHAPE: Final = "JSON lines of the market channel"
REMEMBERED: Final = 65_536  # lines among which a duplicate is looked for, unless they are sorted


def read(
    paths: list[Path], interning: KnownPairs, spool: Spool, options: Options, progress: Progress
) -> Recording:
    """Put the messages of these files into the spool. Raises RecordingError."""
    from clobstep.imports.decoder import Decoder  # the scanner is not needed for tables

    recording = Recording(SHAPE, spool, interning)
    recording.tallies = tallies(paths, "line")
    remembered = 0 if options.sort else REMEMBERED
    reader = Reader(recording.tallies, progress, remembered, to_sort=options.sort)
    decoder = Decoder(recording, options, reader.lines)
    for part in _sorted(reader) if options.sort else reader.parts():
        if isinstance(part, Batch):
            decoder.take_batch(part)
        else:
            decoder.take(part)
    decoder.finish()
    recording.out_of_order = reader.lines.out_of_order
    recording.books_out_of_order = reader.lines.books_out_of_order
    return recording


def _sorted(reader: Reader) -> Iterator[Batch | Item]:
    """Everything in order of time."""
    from clobstep.imports.sorting import Sorter

    sorter = Sorter(reader.tallies)
    for part in reader.parts():
        if isinstance(part, Batch):
            tell(part.told)
            sorter.add_batch(part)
        else:
            sorter.add_item(part)
    yield from sorter.parts()
