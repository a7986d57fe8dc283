"""One order looked up by its hash: the answer to a QUERY effect.

First the order, then its trades, so that no trade is missed that the order already counts. Told as
the engine is to hear it: TRADE by TRADE, oldest first, then FOUND, or NOT_FOUND.

NOT_FOUND says that the venue has no such order **and** that all its trades, if any, have just been
told; the venue forgets orders that are over. The engine takes it as one look of several, over a
minute, with a cancel sent before. A reply that failed, a page that is not whole or a row that
cannot be read gives no event at all: ask again.

Trades are asked for by condition: by asset, the venue leaves out fills against the other token.
Owns the look until it is over; the caller sends what it wants. No clock, no socket.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from clobstep.enums import EventKind
from clobstep.events import Event
from clobstep.venue.rest import reads, requests
from clobstep.venue.rest.answer import Answer, answer
from clobstep.venue.rest.reads import Failed
from clobstep.venue.rest.request import Reply, Request
from clobstep.venue.user import UserCodec

MOST_PAGES: Final = 200
SLACK_S: Final = 60  # trades are read from this long before the order was sent: clocks differ


class Lookup:
    """`want()` -> a request, until None; `take` its reply. Then `answer`, or `failed`.

    `codec` is the one that reads the user channel. `sent_ns` is when the order left, 0 for not
    known: then all trades of the condition are read. `ordered`: as of `UserCodec.found`. Notes of
    rows are the codec's.
    """

    def __init__(
        self,
        codec: UserCodec,
        order_hash: str,
        order_id: int,
        *,
        condition: str,
        sent_ns: int = 0,
        ordered: Callable[[int], int | None] | None = None,
    ) -> None:
        self.answer: Answer | None = None
        self.failed: Failed | str = ""
        self._codec = codec
        self._hash, self._id = order_hash, order_id
        self._condition = condition
        self._after_s = sent_ns // 10**9 - SLACK_S if sent_ns > 0 else None
        self._ordered = ordered
        self._order: bytes | None = None
        self._asked = False  # whether the order has been answered
        self._cursor = requests.FIRST_CURSOR
        self._seen = {requests.FIRST_CURSOR}
        self._rows: list[bytes] = []

    @property
    def over(self) -> bool:
        return self.answer is not None or self.failed != ""

    def want(self) -> Request | None:
        """What to ask next; None when it is over."""
        if self.over:
            return None
        if not self._asked:
            return requests.order_request(self._hash)
        return requests.trades_request(
            self._cursor, condition=self._condition, after_s=self._after_s
        )

    def take(self, reply: Reply, time_ns: int) -> None:
        """The reply to what `want` gave."""
        if self.over:
            raise ValueError("the look-up is over: make another one")
        if not self._asked:
            found = reads.order(reply, self._hash)
            if isinstance(found, Failed):
                self.failed = found
            else:
                self._order, self._asked = found, True
            return
        page = reads.page(reply)
        if isinstance(page, Failed):
            self.failed = page
            return
        self._rows += page.rows
        if page.is_last:
            self._finish(time_ns)
        elif page.next_cursor in self._seen or len(self._seen) >= MOST_PAGES:
            self.failed = f"pages of trades without end: cursor {page.next_cursor[:40]!a} again"
        else:
            self._cursor = page.next_cursor
            self._seen.add(page.next_cursor)

    def _finish(self, time_ns: int) -> None:
        lost = self._codec.counters["lost"]
        rows = reads.oldest_first(self._rows)
        told = [e for row in rows for e in self._codec.trade(row, time_ns)]
        found = [event for event in told if event.order_id == self._id]
        if self._order is None:
            found.append(Event(kind=EventKind.NOT_FOUND, time_ns=time_ns, order_id=self._id))
        else:
            found += self._codec.found(self._order, time_ns, self._ordered)
        if self._codec.counters["lost"] != lost:
            self.failed = "a row could not be read; the codec's notes say which"
        elif not found or found[-1].kind not in (EventKind.FOUND, EventKind.NOT_FOUND):
            self.failed = f"order {self._hash} is not ours; the codec's notes say whose"
        else:
            self.answer = answer(found)
