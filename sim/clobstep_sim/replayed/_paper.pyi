"""Types of the compiled paper venue; rows are bytes of the layouts in `rows.py`."""

from collections.abc import Callable
from typing import Any

from clobstep.core import Engine

class PaperRun:
    def __new__(
        cls,
        engine: Engine,
        events: Any,
        strategy: Any,
        first: bytes,
        settings: dict[str, int],
        latency: list[tuple[int, int, bytes, bytes]],
        sink: Callable[[bytes, bytes, bytes, int, int], None] | None = None,
    ) -> PaperRun: ...
    def run(self) -> None: ...
    def fills(self) -> bytes: ...
    def bests(self) -> bytes: ...
    def conversions(self) -> bytes: ...
    def orders(self) -> bytes: ...
    def counts(self) -> dict[str, int]: ...
