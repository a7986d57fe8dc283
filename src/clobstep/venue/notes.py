"""What a decoder met and could not turn into an event: kept as text, never dropped in silence."""

from __future__ import annotations

from typing import NamedTuple


class Note(NamedTuple):
    """`kind` is one of few words to count by, `text` says what it was and keeps the raw text."""

    kind: str
    text: str
