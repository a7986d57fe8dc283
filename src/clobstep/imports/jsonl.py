"""JSON lines of the market channel, raw or in an envelope, as events.

Theory of operation. Each line gives messages (envelope.py). Unsorted they go to the codec as they
stand; sorted, all are held and ordered by exchange time first: on ties a price_change comes before
a book, since the book of a trade already shows it, and file order decides otherwise. The codec gives
events; what it cannot use it notes, and the note is counted with the line it came from.

Owns: duplicates, order, receive times, and where a reconnect is seen.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from clobstep.enums import FeedSign
from clobstep.imports import envelope
from clobstep.imports.envelope import LineError, Message
from clobstep.imports.known import KnownPairs
from clobstep.imports.recording import Options, Progress, Recording, Spool, feed_event
from clobstep.imports.tally import ImportFault, Tally
from clobstep.venue.market import MarketCodec

SHAPE: Final = "JSON lines of the market channel"
REMEMBERED: Final = 65_536  # lines that a duplicate is looked for among
LINE_BYTES: Final = 64 << 20  # a longer line is no message
RANK: Final = {"price_change": 0, "tick_size_change": 0}  # others 1, in file order


class Item(NamedTuple):
    """A message and where it comes from."""

    message: Message
    received_ns: int
    number: int
    tally: Tally


def read(
    paths: list[Path], interning: KnownPairs, spool: Spool, options: Options, progress: Progress
) -> Recording:
    """Put the messages of these files into the spool. Raises ImportFault."""
    recording = Recording(SHAPE, spool, interning)
    recording.tallies = [Tally(path.name, "line") for path in paths]
    lines = _Lines(paths, recording.tallies, progress)
    items: Iterator[Item] | list[Item] = iter(lines)
    if options.sort:
        items = sorted(items, key=_order)
    decoder = _Decoder(recording, options)
    for item in items:
        decoder.take(item)
    decoder.finish()
    lines.tell(recording)
    return recording


def _order(item: Item) -> tuple[int, int]:
    return item.message.time_ns, RANK.get(item.message.kind, 1)
