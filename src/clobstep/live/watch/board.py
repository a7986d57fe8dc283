"""What a process has said, for people who look later: its last notes, and how many of each kind.

Owns the board that notes are pinned to, and how text from outside is made fit to be shown: of one
line, without control characters, of bounded length, without secrets.
"""

from __future__ import annotations

from collections import Counter, deque
from typing import Final, NamedTuple

from clobstep.live.clock import Clock
from clobstep.secret import redact
from clobstep.venue.notes import Note

KEPT: Final = 100
MOST_KINDS: Final = 64  # more are no kinds any more, and are counted as one
OTHER: Final = "other"
TEXT_LIMIT: Final = 400
KIND_LIMIT: Final = 32

# What a person has to know; everything else is for who looks closer.
LOUD: Final = frozenset({"halt", "alert", "journal", "clock", "convert", "not-signed"})


class Said(NamedTuple):
    """A note and when it came."""

    time_ns: int
    kind: str
    text: str

    @property
    def is_loud(self) -> bool:
        """Whether a person has to know."""
        return self.kind in LOUD


class Board:
    """`note` is an on_note; `said` are the last ones, oldest first; `kinds` counts all."""

    def __init__(self, clock: Clock, kept: int = KEPT) -> None:
        self.said: deque[Said] = deque(maxlen=kept)
        self.kinds: Counter[str] = Counter()
        self._clock = clock

    def note(self, note: Note) -> None:
        """Pin it."""
        kind = plain(note.kind, KIND_LIMIT)
        if kind not in self.kinds and len(self.kinds) >= MOST_KINDS:
            kind = OTHER
        self.kinds[kind] += 1
        text = plain(redact(note.text[: 4 * TEXT_LIMIT]), TEXT_LIMIT)
        self.said.append(Said(self._clock.now_ns(), kind, text))


def plain(text: str, most: int) -> str:
    """Text of one line: what is no printable character is a space, what is too long is cut."""
    cut = text[: most + 1]
    if not cut.isprintable():
        cut = "".join(c if c.isprintable() else " " for c in cut)
    return cut if len(cut) <= most else cut[: most - 1] + "…"
