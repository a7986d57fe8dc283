"""Events and effects read where they lie, field by field: nothing is made for them.

Owns: the places of the fields in a record (docs/reference.md), as whole words of their width.
"""

from __future__ import annotations

from typing import Final

from .codes import EffectKind
from .records import Effect, Record

WAKE: Final = int(EffectKind.WAKE)


class Words:
    """Records that lie one after another: 64 bytes an event, 72 an effect."""

    def __init__(self, raw: bytes) -> None:
        view = memoryview(raw)
        self.signed, self.unsigned = view.cast("q"), view.cast("Q")
        self.tokens, self.shorts, self.halves = view.cast("I"), view.cast("h"), view.cast("H")
        self.octets = view

    def read_event(self, n: int, e: Record) -> None:
        """Fill in the n-th event."""
        at = 8 * n
        e.time_ns = self.signed[at]
        e.venue_time_ns = self.signed[at + 1]
        e.order_id = self.unsigned[at + 2]
        e.ref = self.unsigned[at + 3]
        e.size = self.signed[at + 4]
        e.amount = self.signed[at + 5]
        e.token = self.tokens[2 * at + 12]
        e.price_pips = self.shorts[4 * at + 26]
        e.bid_pips = self.shorts[4 * at + 27]
        e.ask_pips = self.shorts[4 * at + 28]
        e.generation = self.halves[4 * at + 29]
        e.kind = self.octets[8 * at + 60]
        e.side = self.octets[8 * at + 61]
        e.code = self.octets[8 * at + 62]
        e.flags = self.octets[8 * at + 63]

    def seq_of(self, n: int) -> int:
        """The event that made the n-th effect."""
        return self.unsigned[9 * n]

    def kind_of(self, n: int) -> int:
        """The kind of the n-th effect."""
        return self.octets[72 * n + 64]

    def deadline_of(self, n: int) -> int:
        """The deadline_ns of the n-th effect."""
        return self.signed[9 * n + 6]

    def is_effect(self, n: int, mine: Effect) -> bool:
        """Is the n-th effect this one, in every field? Of a WAKE only its flags mean something."""
        at = 9 * n
        if self.octets[8 * at + 64] != mine.kind or self.signed[at + 1] != mine.time_ns:
            return False
        if self.octets[8 * at + 67] != mine.flags:
            return False
        if mine.kind == WAKE:
            return True
        return bool(
            self.octets[8 * at + 66] == mine.code
            and self.tokens[2 * at + 14] == mine.token
            and self.unsigned[at + 2] == mine.order_id
            and self.unsigned[at + 3] == mine.ref
            and self.signed[at + 4] == mine.size
            and self.signed[at + 5] == mine.amount
            and self.signed[at + 6] == mine.deadline_ns
            and self.shorts[4 * at + 30] == mine.price_pips
            and self.halves[4 * at + 31] == mine.generation
            and self.octets[8 * at + 65] == mine.side
            and self.tokens[2 * at + 17] == mine.aux
        )
