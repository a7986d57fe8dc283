"""Books by REST: the answer to RESYNC, and the probe of a token that has been silent.

Tokens that are wanted in one moment are asked for together. What comes is put into the inbox as
any book of the market channel, so it is decoded by that channel's codec.
Owns: which tokens are wanted.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

import trio

from clobstep.enums import PIPS
from clobstep.live.clock import Clock
from clobstep.live.inbox import Inbox
from clobstep.live.watchdog import Seen
from clobstep.venue import wire
from clobstep.venue.market import MarketCodec
from clobstep.venue.notes import Note
from clobstep.venue.rest.reads import Failed, book_events
from clobstep.venue.rest.request import Reply, Request
from clobstep.venue.rest.requests import books_request

MOST: Final = 500  # in a request
TOGETHER_S: Final = 0.05  # wishes of so long go together
PAUSE_S: Final = 1.0  # after an answer that was none


class Books:
    """`want` tokens; `run` in a nursery asks for them."""

    def __init__(
        self,
        call: Callable[[Request], Awaitable[Reply]],
        codec: MarketCodec,
        inbox: Inbox,
        clock: Clock,
        *,
        note: Callable[[Note], None],
    ) -> None:
        self.asked = 0
        self.failures = 0
        self._call = call
        self._codec = codec
        self._inbox = inbox
        self._clock = clock
        self._note = note
        self._wanted: dict[int, None] = {}
        self._more = trio.Event()

    def want(self, tokens: Iterable[int]) -> None:
        """The books of these, soon. A token without an asset is none that has one."""
        self._wanted |= dict.fromkeys(tokens)
        self._more.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._more.wait()
            await trio.sleep(TOGETHER_S)
            self._more = trio.Event()
            wanted, self._wanted = list(self._wanted), {}
            for at in range(0, len(wanted), MOST):
                if not await self.read(wanted[at : at + MOST]):
                    await trio.sleep(PAUSE_S)

    async def look(self, tokens: Iterable[int]) -> dict[int, Seen]:
        """The tops of these books, for whoever asks; nothing goes into the inbox."""
        interning = self._codec.interning
        assets = [asset for t in tokens if (asset := interning.asset(t)) is not None]
        found: dict[int, Seen] = {}
        for at in range(0, len(assets), MOST):
            reply = await self._call(books_request(assets[at : at + MOST]))
            if reply.status == 200:
                try:
                    found |= tops(reply.body, interning.find)
                except wire.WireError as error:
                    self._note(Note("books", f"an answer cannot be read: {error}"))
        return found

    async def read(
        self, tokens: Iterable[int], shown: Callable[[int, Seen], None] | None = None
    ) -> bool:
        """Ask for these now; whether there was an answer. `shown` hears the top of each before."""
        names = [self._codec.interning.asset(token) for token in tokens]
        assets = [asset for asset in names if asset is not None]
        if not assets:
            return True
        self.asked += len(assets)
        reply = await self._call(books_request(assets))
        now_ns = self._clock.now_ns()
        found = book_events(self._codec, reply, now_ns)
        if isinstance(found, Failed):
            self.failures += 1
            self._note(found.note)
            return False
        if shown is not None:
            for token, seen in tops(reply.body, self._codec.interning.find):
                shown(token, seen)
        self._inbox.market(found, ((now_ns, "rest books", reply.body),))
        for note in self._codec.take_notes():
            self._note(note)
        return True


def tops(body: bytes, find: Callable[[str], int | None]) -> list[tuple[int, Seen]]:
    """(token, top) of each book of an answer; what cannot be read is left out."""
    found = []
    books = wire.decode(body)
    for book in books if isinstance(books, list) else ():
        token = find(str(book.get("asset_id"))) if isinstance(book, dict) else None
        if token is None:
            continue
        try:
            bid = max((_price(level) for level in book.get("bids") or ()), default=0)
            ask = min((_price(level) for level in book.get("asks") or ()), default=PIPS)
        except (wire.WireError, TypeError, AttributeError):
            continue
        found.append((token, Seen(bid, ask, str(book.get("hash") or ""))))
    return found


def _price(level: Any) -> int:
    return wire.price_pips(level.get("price"))
