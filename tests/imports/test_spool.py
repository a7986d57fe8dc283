"""The spool between reader and engine: order, late insertions, and a file when it is large."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from clobstep import EVENT_DTYPE
from clobstep.imports.recording import Spool


@pytest.fixture
def spool() -> Iterator[Spool]:
    made = Spool()
    yield made
    made.close()


def numbered(*numbers: int) -> np.ndarray:
    events = np.zeros(len(numbers), EVENT_DTYPE)
    events["size"] = numbers
    return events


def sizes(spool: Spool, size: int) -> list[int]:
    return [int(n) for chunk in spool.chunks(size) for n in chunk["size"]]


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_late_records_stand_where_they_belong(spool: Spool, size: int) -> None:
    spool.put(numbered(0, 1))
    assert spool.place == 2
    spool.put(numbered(2, 3, 4))
    spool.insert(2, numbered(10, 11))
    spool.insert(5, numbered(12))
    spool.insert(0, numbered(13))
    spool.insert(2, numbered(14))
    assert spool.n_events == 10
    for _ in range(2):  # it can be read again
        assert sizes(spool, size) == [13, 0, 1, 10, 11, 14, 2, 3, 4, 12]


def test_an_empty_spool_has_no_chunks(spool: Spool) -> None:
    assert sizes(spool, 5) == []
    spool.insert(0, numbered(1))
    assert sizes(spool, 5) == [1]


def test_other_records_are_refused(spool: Spool) -> None:
    with pytest.raises(TypeError, match="EVENT_DTYPE"):
        spool.put(np.zeros(3))


def test_a_chunk_may_be_written_to(spool: Spool) -> None:
    spool.put(numbered(1, 2))
    for chunk in spool.chunks():
        chunk["size"] += 1
    assert sizes(spool, 5) == [1, 2]
