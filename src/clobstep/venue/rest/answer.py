"""What a reply came to: event records, and notes of what could not be read. Owns nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from clobstep.events import Event
from clobstep.venue import wire
from clobstep.venue.notes import Note

RAW_LIMIT: Final = 2_000  # bytes of a body that a note keeps
BODY_LIMIT: Final = 16 << 20  # bytes: no reply that we ask for comes near


class Answer(NamedTuple):
    """`events`: 64 bytes each, in the order the engine is to hear them."""

    events: bytes
    notes: tuple[Note, ...] = ()


def answer(events: Iterable[Event], notes: Iterable[Note] = ()) -> Answer:
    return Answer(b"".join(event.pack() for event in events), tuple(notes))


def raw_note(kind: str, why: str, raw: bytes) -> Note:
    """A note that keeps the beginning of what the venue wrote, as printable text."""
    text = raw[:RAW_LIMIT].decode(errors="backslashreplace")
    cut = f" ... {len(raw)} bytes" if len(raw) > RAW_LIMIT else ""
    return Note(kind, f"{why}: {text}{cut}")


def value_of(body: bytes) -> Any:
    """The JSON value of a body. WireError for anything else, also for one that is too large."""
    if len(body) > BODY_LIMIT:
        raise wire.WireError(f"it has {len(body)} bytes")
    return wire.decode(body)
