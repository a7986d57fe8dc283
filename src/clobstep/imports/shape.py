"""Which shape a file of recordings has, told by its content, never by its name.

Owns the list of shapes that can be read and the words for a file that is none of them.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

from clobstep.imports import deltas, jsonl, parquet, snapshots, ticks
from clobstep.imports.known import KnownPairs
from clobstep.imports.recording import Options, Progress, Recording, Spool
from clobstep.imports.tally import RecordingError

Reader = Callable[[list[Path], KnownPairs, Spool, Options, Progress], Recording]

MARKETS: Final = "Parquet table of markets"
READERS: Final[dict[str, Reader]] = {
    jsonl.SHAPE: jsonl.read,
    deltas.SHAPE: deltas.read,
    snapshots.SHAPE: snapshots.read,
    ticks.SHAPE: ticks.read,
}
_TABLES: Final = (
    (deltas.SHAPE, deltas.COLUMNS),
    (snapshots.SHAPE, snapshots.COLUMNS),
    (MARKETS, snapshots.MARKET_COLUMNS),
)
_HEAD_BYTES: Final = 65_536


def detect(path: Path) -> str:
    """The shape of a file. Raises RecordingError for one that cannot be any."""
    head = _head(path)
    if head.startswith(b"PAR1"):
        return _table(path)
    if head.startswith(b"SQLite format 3\0"):
        raise RecordingError(
            f"{path} is an SQLite file; if it is a session it needs no import: "
            f"clobstep replay {path.name}"
        )
    if not head:
        raise RecordingError(f"{path} is empty; give a file with at least one message")
    first = head.lstrip(b"\xef\xbb\xbf").split(b"\n", 1)[0]
    names = [name.strip(' "\r') for name in first.decode("utf-8", "replace").split(",")]
    if len(set(ticks.COLUMNS) & set(names)) > 1:  # which one is missing, the reader says
        return ticks.SHAPE
    return jsonl.SHAPE


def _table(path: Path) -> str:
    names = set(parquet.column_names(path))
    for shape, columns in _TABLES:
        if names.issuperset(columns):
            return shape
    near = min(_TABLES, key=lambda table: len(set(table[1]) - names))
    missing = [name for name in near[1] if name not in names]
    raise RecordingError(
        f"{path} is Parquet of no shape that is known: for {near[0]} it lacks the column(s) "
        f"{', '.join(missing)}; it has {', '.join(sorted(names))} (shapes: docs/imports.md)"
    )


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
        if head.startswith(b"\x1f\x8b"):
            with gzip.open(path) as packed:
                return packed.read(_HEAD_BYTES)
    except OSError as error:
        raise RecordingError(f"{path} cannot be read: {error.strerror or error}") from None
    except (EOFError, zlib.error) as error:
        raise RecordingError(f"{path}: its gzip data is damaged from the start ({error})") from None
    return head
