"""Types of the compiled scanner of the market channel."""

from collections.abc import Callable
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

KEY_NAMES: Final[tuple[str, ...]]
PROBLEM_NAMES: Final[tuple[str, ...]]
BOOK: Final[int]
CHANGE: Final[int]
PRINT: Final[int]
TICK: Final[int]

Trouble = tuple[int, int, int, int, int, int, bytes]
Mark = tuple[
    int, int, int, int, int,
    bytes | None, bytes | None, bytes | None, bytes | None, bytes | None,
]  # fmt: skip

class Scanner:
    message: int
    def __new__(
        cls,
        ask: Callable[[bytes, bytes], tuple[int | None, str]],
        *,
        marks: bool = False,
        fast: bool = True,
        assumed_delay_ns: int = 0,
    ) -> Self: ...
    @property
    def events(self) -> NDArray[np.void]: ...
    @property
    def troubled(self) -> bool: ...
    @property
    def marks(self) -> list[Mark] | None: ...
    def scan(self, raw: Any, time_ns: int) -> int: ...  # bytes or any buffer of them
    def scan_many(
        self, raws: list[bytes], times: NDArray[np.int64] | None, time_ns: int
    ) -> int: ...
    def scan_lines(
        self,
        buffer: Any,
        times: NDArray[np.int64] | None,
        time_ns: int,
        ends: NDArray[np.int64] | None = None,
    ) -> int: ...
    def take_troubles(self) -> list[Trouble]: ...
    def counts(self) -> dict[str, int]: ...
