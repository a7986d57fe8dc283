"""Cells of the core's tables that a campaign need not meet, each with its reason.

All of them are looked at in tests/core/test_cells.py, by events or with the reason why none lead
there.
"""

from __future__ import annotations

from typing import Final

ENDED: Final = ("FILLED", "CANCELED", "REJECTED", "EXPIRED")
CLOSED: Final = ("DOWN", "WARMING", "SYNCED", "SUSPECT", "STALE")

# no event leads there
UNREACHABLE: Final = {
    "given to every order that holds a slot, and to no other": [
        f"order: {name} in {state}"
        for name in ("RESOLVED", "RESTARTED")
        for state in ("NONE", *ENDED)
    ],
    "a fill of an ended order takes from what was cancelled: it is FILL_PART or FILL_LAST": [
        "order: FILL_LAST in FILLED", *(f"order: FILL_REST in {state}" for state in ENDED),
    ],
    "nothing leads back to SENT, and its request is its submit": [
        "order: FILL_REST in SENT", "order: FOUND_GONE in SENT", "order: REVERSED in SENT",
    ],
    "the book of a feed that is DOWN is empty; a level makes it WARMING": [
        "feed: CROSSED in DOWN",
    ],
    "the session's states that a read or a word of a person leads out of first": [
        "session: DIFFERS_AGAIN in STARTING", "session: DIFFERS_AGAIN in TRADING",
        "session: RESUME in STARTING", "session: RESUME in RECONCILING",
        "session: RESUME_UNREAD in TRADING",
    ],
}  # fmt: skip

# an event does what two cells say alike, and only one of them is told from the other
ALIKE: Final = {
    "a trade of an order that was never sent is booked as foreign, whatever its size": [
        "order: FILL_LAST in NONE", "order: FILL_REST in NONE", "order: FILL_REST in QUEUED",
    ],
    "a word that ends an order answers its submit first: SUBMIT_ANSWERED, then FINISHED in IDLE": [
        "request: FINISHED in SUBMIT",
    ],
    "a last record without a first is refused before its book is looked at: SNAPSHOT_LAST": [
        f"feed: SNAPSHOT_CROSSED in {state}" for state in CLOSED
    ],
    "a feed that is DOWN holds nothing that a best could agree with: MISSING_BEST": [
        "feed: AGREED in DOWN",
    ],
}  # fmt: skip

UNMET: Final = {
    cell: why for group in (UNREACHABLE, ALIKE) for why, cells in group.items() for cell in cells
}
