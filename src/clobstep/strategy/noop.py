"""noop: watches and asks for nothing. The cost of a run without a strategy, and a start for one."""

from __future__ import annotations

from clobstep.enums import Wake
from clobstep.strategy.protocol import Plain, Turn


class Noop(Plain):
    """Counts its turns."""

    wakes = Wake.BBO | Wake.ORDER | Wake.PRINT

    def __init__(self, settings: object = None) -> None:
        super().__init__(settings)
        self.turns = 0

    def on_wake(self, turn: Turn) -> None:  # noqa: ARG002 - that is the point
        """Look away."""
        self.turns += 1
