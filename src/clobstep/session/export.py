"""A session as Parquet, for DuckDB, Polars and pandas: a column a field, and names beside numbers.

Owns: the columns of the exported tables. Rows go chunk by chunk, so memory does not grow with the
session. pyarrow is loaded only here: it is an optional dependency.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clobstep import enums
from clobstep.core import EFFECT_DTYPE, EVENT_DTYPE
from clobstep.enums import EffectKind, EventKind, Side
from clobstep.session.format import SessionError
from clobstep.session.reader import Session
from clobstep.session.series import Series

# The enum that `code` belongs to, by kind.
EVENT_CODES: Final[dict[EventKind, type[IntEnum]]] = {
    EventKind.FEED: enums.FeedSign,
    EventKind.VENUE: enums.VenueState,
    EventKind.HEARTBEAT: enums.Heartbeat,
    EventKind.ACCEPTED: enums.AcceptStatus,
    EventKind.REJECTED: enums.Reject,
    EventKind.CANCEL_REFUSED: enums.CancelReason,
    EventKind.PLACED: enums.Tif,
    EventKind.MATCHED: enums.Tif,
    EventKind.CANCELED: enums.CancelReason,
    EventKind.FOUND: enums.FoundStatus,
    EventKind.TRADE: enums.TradeStatus,
    EventKind.INTENT_SUBMIT: enums.Tif,
    EventKind.INTENT_REPLACE: enums.Tif,
    EventKind.OPERATOR: enums.OperatorCode,
}
EFFECT_CODES: Final[dict[EffectKind, type[IntEnum]]] = {
    EffectKind.REFUSED: enums.Refusal,
    EffectKind.SUBMIT: enums.Tif,
    EffectKind.ORDER: enums.OrderState,
    EffectKind.FILL: enums.Liquidity,
    EffectKind.SETTLED: enums.TradeState,
    EffectKind.ALERT: enums.Alert,
    EffectKind.HALT: enums.Fault,
}


class Exported(NamedTuple):
    """How many rows went into which file."""

    events: int
    effects: int
    files: list[Path]


def to_parquet(session: Session | Series, folder: Path | str) -> Exported:
    """Write events.parquet and effects.parquet into a folder, which is made.

    Beside the numbers, which are exact integers in the units of their names, stand `kind_name`,
    `side_name` and `code_name` as dictionary strings (null where the number has no name), and in
    both tables `seq`. Errors: SessionError when pyarrow is missing or a file is there already.
    """
    pa = _pyarrow()
    folder = Path(folder)
    files = [folder / "events.parquet", folder / "effects.parquet"]
    for file in files:
        if file.exists():
            raise SessionError(f"{file}: is there already; name another folder or remove it")
    folder.mkdir(parents=True, exist_ok=True)
    counts = [
        _write(pa, files[0], _numbered(session), EVENT_DTYPE, EventKind, EVENT_CODES),
        _write(pa, files[1], _with_seq(session), EFFECT_DTYPE, EffectKind, EFFECT_CODES),
    ]
    return Exported(counts[0], counts[1], files)


Part = tuple[NDArray[np.uint64], NDArray[np.void]]


def _numbered(session: Session | Series) -> Iterator[Part]:
    """Chunks of events with the sequence number of each."""
    seq = session.begins_at
    for part in session.events():
        yield np.arange(seq + 1, seq + 1 + len(part), dtype=np.uint64), part
        seq += len(part)


def _with_seq(session: Session | Series) -> Iterator[Part]:
    for part in session.effects():
        yield part["seq"], part


def _pyarrow() -> Any:
    try:
        import pyarrow  # type: ignore[import-untyped]
        import pyarrow.parquet  # type: ignore[import-untyped]
    except ImportError:
        raise SessionError(
            "Parquet needs pyarrow, which is not installed: pip install 'clobstep[parquet]'"
        ) from None
    return pyarrow


def _write(
    pa: Any,
    file: Path,
    parts: Iterator[Part],
    dtype: np.dtype[np.void],
    kinds: type[IntEnum],
    codes: Any,
) -> int:
    """Rows written; the file is there whole or not at all."""
    names = dtype.names or ()
    schema = pa.schema(
        [("seq", pa.uint64())]
        + [(n, pa.from_numpy_dtype(dtype[n])) for n in names if n != "seq"]
        + [(n, pa.dictionary(pa.int16(), pa.string())) for n in _WORDS]
    )
    words = {"kind_name": _words(kinds), "side_name": _words(Side)}
    code_words, code_table = _code_words(kinds, codes)
    rows = 0
    new = file.with_name(file.name + "-new")
    try:
        with pa.parquet.ParquetWriter(new, schema, compression="zstd") as out:
            for seq, part in parts:
                columns = {"seq": pa.array(seq)}
                for name in names:
                    columns.setdefault(name, pa.array(np.ascontiguousarray(part[name])))
                for name, (table, texts) in words.items():
                    columns[name] = _dictionary(pa, table[part[name.removesuffix("_name")]], texts)
                coded = code_table[part["kind"], part["code"]]
                columns["code_name"] = _dictionary(pa, coded, code_words)
                out.write_table(pa.table([columns[n] for n in schema.names], schema=schema))
                rows += len(part)
        new.rename(file)
    except OSError as error:
        raise SessionError(f"{file}: cannot be written: {error}; free some room") from error
    finally:
        new.unlink(missing_ok=True)
    return rows


_WORDS: Final = ("kind_name", "side_name", "code_name")


def _words(names: type[IntEnum]) -> tuple[NDArray[np.int16], list[str]]:
    """By number: the place of its name, -1 if it has none; and the names."""
    table = np.full(256, -1, np.int16)
    for place, member in enumerate(names):
        table[member.value] = place
    return table, [member.name for member in names]


def _code_words(kinds: type[IntEnum], codes: Any) -> tuple[list[str], NDArray[np.int16]]:
    """The names of all codes, and by kind and code the place of one."""
    texts: dict[str, int] = {}
    table = np.full((256, 256), -1, np.int16)
    for kind in kinds:
        for member in codes.get(kind, ()):
            table[kind.value, member.value] = texts.setdefault(member.name, len(texts))
    return list(texts), table


def _dictionary(pa: Any, places: NDArray[np.int16], texts: list[str]) -> Any:
    return pa.DictionaryArray.from_arrays(pa.array(places, mask=places < 0), pa.array(texts))
