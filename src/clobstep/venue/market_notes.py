"""What the market channel's scanner could not read, in words. Owns the wording; decides nothing.

A note says what was wrong, where (the message of the call, the byte, the field) and what stood
there. It is data for a journal and for people, never an exception: the venue may send anything.
"""

from __future__ import annotations

from typing import Final

from clobstep.venue import _scan
from clobstep.venue.notes import Note

MOST_NOTES: Final = 10_000  # kept until they are taken; more are counted

SYNTAX: Final = "not JSON from here on; what stands before it in the frame was taken"
# problem -> (kind of the note, what to say)
WORDS: Final[dict[str, tuple[str, str]]] = {
    "SYNTAX": ("not_json", SYNTAX),
    "DEPTH": ("not_json", "nested too deep (64) to be read on"),
    "TAIL": ("not_json", "text after the end of the message"),
    "NOT_OBJECT": ("malformed", "an object is expected here"),
    "TWICE": ("malformed", "stands there twice, so none of it is taken"),
    "MISSING": ("malformed", "is missing or empty"),
    "SORT": ("malformed", "has a value of another sort than expected"),
    "NUMBER": ("malformed", "is no plain decimal"),
    "NEGATIVE": ("malformed", "is negative"),
    "DECIMALS": ("malformed", "has more decimals than the grid (0.0001 pUSD, 0.000001 shares)"),
    "RANGE": ("malformed", "is out of range"),
    "SIDE": ("malformed", "is neither BUY nor SELL"),
    "TICK": ("malformed", "is not a tick"),
    "TIME": ("malformed", "is no time in milliseconds; taken without the venue's time"),
    "NO_TIME": ("malformed", "and no receive time is given: not taken"),
    "UNKNOWN_TYPE": ("unknown_type", "unknown event type"),
    "NO_TYPE": ("unknown_type", "neither an event_type nor the keys of a known message"),
    "NEW_MARKET": ("new_market", "a market was announced"),
    "STRANGER": ("no_token", "has no token: not taken"),
}


def note(trouble: _scan.Trouble, many: bool) -> Note:
    """The note of one trouble of a scan; `many`: its message has to be named.

    Kinds: not_json, malformed, unknown_type, new_market, no_token; the codec adds conflict.
    """
    problem, key, part, entry, message, at, text = trouble
    kind, says = WORDS[_scan.PROBLEM_NAMES[problem]]
    names = _scan.KEY_NAMES
    field = names[key]
    if part:
        field = f"{names[part]}[{entry}]" + (f".{field}" if field else "")
    where = f"message {message}, byte {at}" if many else f"byte {at}"
    if field and kind != "unknown_type":
        says = f"{field} {says}"
    shown = text.decode("utf-8", "backslashreplace")
    return Note(kind, f"{where}: {says}" + (f": {shown}" if text else ""))
