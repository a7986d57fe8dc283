"""What of a recording was taken and what was not: counted by reason, with the first numbers.

Owns the promise that nothing is skipped in silence. A number is that of a line or a row, from 1.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

FIRST_SHOWN: Final = 5
_EXAMPLE_CHARS: Final = 160


class RecordingError(Exception):
    """A recording that cannot be read at all; the message says what, where and the way out."""


@dataclass(slots=True)
class Reason:
    """In how many lines or rows something was met, where first, and one example in words."""

    count: int = 0
    first: list[int] = field(default_factory=list)
    example: str = ""
    last: int = 0

    def add(self, number: int, example: str = "") -> None:
        """Count line or row `number`, once if it has several such things."""
        if number == self.last:
            return
        self.last = number
        self.count += 1
        if len(self.first) < FIRST_SHOWN:
            self.first.append(number)
        if example and not self.example:
            self.example = example[:_EXAMPLE_CHARS]

    def add_all(self, numbers: Sequence[int]) -> None:
        """Count lines that were not counted here yet."""
        self.last = numbers[-1]
        self.count += len(numbers)
        self.first += numbers[: max(FIRST_SHOWN - len(self.first), 0)]

    def where(self) -> str:
        """The first numbers as text, such as `lines 3, 17, ...`."""
        more = ", ..." if self.count > len(self.first) else ""
        return ", ".join(f"{number:,}" for number in self.first) + more


class Tally:
    """The count of one file, or of several as one.

    `skipped` was not taken; `remarked` was, but is worth telling.
    """

    def __init__(self, paths: Sequence[Path], name: str, unit: str) -> None:
        self.paths = list(paths)
        self.name = name
        self.unit = unit
        self.read = 0
        self.skipped: dict[str, Reason] = {}
        self.remarked: dict[str, Reason] = {}

    @property
    def taken(self) -> int:
        """Lines or rows read and not skipped."""
        return self.read - sum(reason.count for reason in self.skipped.values())

    def skip(self, reason: str, number: int, example: str = "") -> None:
        """Say that line or row `number` is not taken."""
        self.skipped.setdefault(reason, Reason()).add(number, example)

    def remark(self, reason: str, number: int, example: str = "") -> None:
        """Say something of line or row `number`, which is taken."""
        self.remarked.setdefault(reason, Reason()).add(number, example)

    def skip_rows(self, reason: str, rows: NDArray[np.bool_] | NDArray[np.intp]) -> None:
        """Skip many rows at once: a mask, or their indices from 0."""
        _add_rows(self.skipped, reason, rows)

    def remark_rows(self, reason: str, rows: NDArray[np.bool_] | NDArray[np.intp]) -> None:
        """Remark many rows at once: a mask, or their indices from 0."""
        _add_rows(self.remarked, reason, rows)

    def as_dict(self) -> dict[str, Any]:
        """The same as plain JSON types."""
        return {
            "unit": self.unit,
            "read": self.read,
            "taken": self.taken,
            "skipped": _plain(self.skipped),
            "remarked": _plain(self.remarked),
        }


class Telling(NamedTuple):
    """What is to be said of lines, but later: where many are read at once, reasons come in turns.

    `place` and `turn` order it among others: that of the first line, and what was met there first.
    """

    place: int
    turn: int
    tally: Tally
    taken: bool  # a remark, not a reason to leave a line out
    reason: str
    numbers: Sequence[int]
    example: str = ""


def tell(tellings: Iterable[Telling]) -> None:
    """Count everything as if it had been met line by line."""
    for told in sorted(tellings, key=lambda told: told[:2]):
        into = told.tally.remarked if told.taken else told.tally.skipped
        reason = into.setdefault(told.reason, Reason())
        if len(told.numbers) == 1:
            reason.add(told.numbers[0], told.example)
        else:
            reason.add_all(told.numbers)


def tallies(paths: Sequence[Path], unit: str) -> list[Tally]:
    """One for each file, called by its name, or by its whole path where two have one name."""
    names = Counter(path.name for path in paths)
    return [
        Tally([path], path.name if names[path.name] == 1 else str(path), unit) for path in paths
    ]


def _add_rows(
    into: dict[str, Reason], name: str, rows: NDArray[np.bool_] | NDArray[np.intp]
) -> None:
    indices = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
    if not len(indices):
        return
    reason = into.setdefault(name, Reason())
    reason.count += len(indices)
    room = FIRST_SHOWN - len(reason.first)
    reason.first += [int(index) + 1 for index in indices[:room]]


def _plain(reasons: dict[str, Reason]) -> dict[str, Any]:
    return {
        name: {"count": r.count, "first": r.first, **({"example": r.example} if r.example else {})}
        for name, r in reasons.items()
    }
