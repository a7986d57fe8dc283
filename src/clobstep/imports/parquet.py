"""Columns of Parquet files as numpy arrays, with clear words for what cannot be read.

Owns the only use of pyarrow on the way in; it is imported late, because it is an extra.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from clobstep.imports.exact import Doubles, Flags, Ints
from clobstep.imports.tally import RecordingError

Table: TypeAlias = Any  # a pyarrow.Table: pyarrow has no types that could be checked

EARLIEST_NS: Final = 1_577_836_800_000_000_000  # 2020-01-01
LATEST_NS: Final = 4_102_444_800_000_000_000  # 2100-01-01


def modules() -> tuple[Any, Any]:
    """pyarrow and pyarrow.parquet. Raises RecordingError that says how to get them."""
    try:
        import pyarrow  # type: ignore[import-untyped]
        import pyarrow.compute  # type: ignore[import-untyped]
        import pyarrow.parquet  # type: ignore[import-untyped]
    except ImportError:
        raise RecordingError(
            "Parquet files need pyarrow, which is not installed: pip install 'clobstep[parquet]'"
        ) from None
    return pyarrow, pyarrow.parquet


@contextmanager
def legible(path: Path, what: str) -> Iterator[None]:
    """Turn whatever pyarrow raises for damaged bytes into a RecordingError."""
    pyarrow, _ = modules()
    try:
        yield
    except RecordingError:
        raise
    except (OSError, MemoryError, ValueError, TypeError, pyarrow.ArrowException) as error:
        raise RecordingError(
            f"{path}: {what} cannot be read ({_first_line(error)}); the file is damaged, or was "
            "not written to its end"
        ) from None


def column_names(path: Path) -> list[str]:
    """The columns of a file, without reading its rows. Raises RecordingError."""
    _, pq = modules()
    with legible(path, "its columns"):
        return list(pq.read_schema(path).names)


def table(path: Path, columns: Sequence[str]) -> Table:
    """These columns of a file. Raises RecordingError for one that is missing or cannot be read."""
    _, pq = modules()
    names = column_names(path)
    missing = [name for name in columns if name not in names]
    if missing:
        raise RecordingError(
            f"{path} lacks the column(s) {', '.join(missing)}; it has {', '.join(names)}"
        )
    with legible(path, "its rows"):
        return pq.read_table(path, columns=list(columns))


def joined(tables: Sequence[Table], paths: Sequence[Path]) -> Table:
    """Several tables as one, their rows numbered through. Raises RecordingError."""
    pyarrow, _ = modules()
    try:
        return pyarrow.concat_tables(tables, promote_options="permissive")
    except pyarrow.ArrowException as error:
        names = ", ".join(path.name for path in paths)
        raise RecordingError(
            f"{names}: their columns are not of one type ({_first_line(error)}); "
            "import them one by one"
        ) from None


def doubles(found: Table, name: str, path: Path) -> Doubles:
    """A column of numbers; an empty cell is no number. Raises RecordingError for another type."""
    pyarrow, _ = modules()
    column = found[name]
    kind = column.type
    if not (pyarrow.types.is_floating(kind) or pyarrow.types.is_integer(kind)):
        raise RecordingError(f"{path}: column {name} is {kind}, numbers are needed")
    with legible(path, f"column {name}"):
        return np.asarray(column.cast(pyarrow.float64()).to_numpy(), np.float64)


def texts(found: Table, name: str, path: Path) -> NDArray[np.str_]:
    """A column of text, an empty cell as "". Raises RecordingError for another type."""
    numbers, names = categories(found, name, path)
    return np.array([*names, ""], np.str_)[numbers]


def categories(found: Table, name: str, path: Path) -> tuple[Ints, list[str]]:
    """A column of text as numbers of its different values; an empty cell is -1."""
    pyarrow, _ = modules()
    column = found[name]
    kind = column.type.value_type if pyarrow.types.is_dictionary(column.type) else column.type
    if not (pyarrow.types.is_string(kind) or pyarrow.types.is_large_string(kind)):
        raise RecordingError(f"{path}: column {name} is {column.type}, text is needed")
    with legible(path, f"column {name}"):
        whole = column.cast(pyarrow.large_string()).combine_chunks().dictionary_encode()
        if isinstance(whole, pyarrow.ChunkedArray):
            whole = whole.combine_chunks()
        numbers = whole.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        names = [str(value) for value in whole.dictionary.to_pylist()]
    return np.asarray(numbers, np.int64), names


def times(found: Table, name: str, path: Path) -> Ints:
    """A column of times as nanoseconds; integers are taken for milliseconds. 0: empty."""
    pyarrow, _ = modules()
    column = found[name]
    if pyarrow.types.is_timestamp(column.type):
        unit = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}[column.type.unit]
    elif pyarrow.types.is_integer(column.type):
        unit = 10**6
    else:
        raise RecordingError(
            f"{path}: column {name} is {column.type}; times or whole milliseconds are needed"
        )
    with legible(path, f"column {name}"):
        whole = column.cast(pyarrow.int64()).fill_null(0).to_numpy()
    limit = LATEST_NS // unit + 1
    return np.clip(np.asarray(whole, np.int64), -limit, limit) * unit


def plausible(time_ns: Ints) -> Flags:
    """Which times lie between 2020 and 2100: the venue opened in 2020."""
    return (time_ns >= EARLIEST_NS) & (time_ns < LATEST_NS)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
