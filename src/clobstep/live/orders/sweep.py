"""Every open order of an account taken away and proven gone, with its API credentials alone.

What `clobstep cancel-all` does, in an emergency and beside whatever still runs: no key, no session
and no engine. The venue is asked to cancel all, then for what is open, until it shows nothing; and
once more a while later, for an order may have been on its way when the first answer was given.
Owns nothing that lasts.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from clobstep.live.clock import SECOND, Clock
from clobstep.venue import wire
from clobstep.venue.notes import Note
from clobstep.venue.rest import requests
from clobstep.venue.rest.answer import value_of
from clobstep.venue.rest.cancels import cancel_all_request
from clobstep.venue.rest.errors import Outcome, classify
from clobstep.venue.rest.reads import Failed, page
from clobstep.venue.rest.request import Reply, Request

Call = Callable[[Request], Awaitable[Reply]]

AGAIN_NS: Final = SECOND
MOST_PAGES: Final = 100
_NO_END: Final = Note("malformed", "pages of open orders without end")


class Swept(NamedTuple):
    """`proven`: the venue showed that nothing is open. `left`: of the last look, if it was one."""

    proven: bool
    cancelled: int  # that the venue said it cancelled
    left: int | None
    asked: int  # times
    why: str = ""  # it is not proven


async def sweep(
    call: Call,
    clock: Clock,
    *,
    within_ns: int,
    settle_ns: int,
    say: Callable[[str], None],
) -> Swept:
    """Cancel all until nothing is open at two looks, `settle_ns` apart. Raises nothing.

    It ends early where asking again is of no use: the credentials are not taken. `say` hears what
    goes wrong meanwhile, each thing once.
    """
    gone: set[str] = set()
    told: set[str] = set()
    ends_ns = clock.now_ns() + within_ns
    asked, empty, left, why = 0, 0, None, "there was no time to ask"
    while asked == 0 or empty or clock.now_ns() < ends_ns:
        reply = await call(cancel_all_request())
        asked += 1
        gone |= _named(reply)
        found = await _open_orders(call)
        left = None if isinstance(found, Failed) else found
        refused = classify(reply)
        if isinstance(found, Failed):
            why = f"what is open could not be read: {found.why}"
        elif refused.outcome is not Outcome.OK:
            why = f"cancel-all was not taken: {refused.why}"
        else:
            why = f"{left} are still open" if left else "they are gone, but were looked at once"
        empty = empty + 1 if left == 0 else 0
        if empty and (empty == 2 or settle_ns == 0):
            return Swept(True, len(gone), 0, asked)
        if reply.status == 401 and isinstance(found, Failed) and not found.again:
            break
        if not empty and why not in told:
            told.add(why)
            say(why)
        await clock.sleep(settle_ns if empty else AGAIN_NS)
    return Swept(False, len(gone), left, asked, why)


async def _open_orders(call: Call) -> int | Failed:
    """How many orders are open: all pages, for one that is empty need not be the last."""
    cursor, seen, count = requests.FIRST_CURSOR, {requests.FIRST_CURSOR}, 0
    while True:
        reply = await call(requests.orders_request(cursor))
        found = page(reply)
        if isinstance(found, Failed):
            return found
        count += len(found.rows)
        if found.is_last or count:
            return count
        cursor = found.next_cursor
        if cursor in seen or len(seen) >= MOST_PAGES:
            return Failed("its pages have no end", classify(reply), _NO_END)
        seen.add(cursor)


def _named(reply: Reply) -> set[str]:
    """The orders that an answer calls cancelled."""
    try:
        data = value_of(reply.body)
    except wire.WireError:
        return set()
    names = data.get("canceled") if isinstance(data, dict) else None
    return {name for name in names if isinstance(name, str)} if isinstance(names, list) else set()
