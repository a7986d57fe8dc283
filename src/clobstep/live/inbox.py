"""What waits for the engine's task: words of the market, and everything else, in order of arrival.

Private words go first: a fill must not wait behind a book. Nothing here decides about money.
Owns: the two queues and how full they may get.
"""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple, Protocol

import numpy as np
import trio
from numpy.typing import NDArray

from clobstep.core import EVENT_DTYPE

Array = NDArray[np.void]
Raw = tuple[int, str, bytes]  # our time, source, payload as it came in

PRIVATE_LIMIT: Final = 65_536  # events; more is no traffic but a fault


class InboxFullError(Exception):
    """More private words wait than can be: the engine stands still, so we halt rather than drop."""


class Batch(NamedTuple):
    """Events in order, each with our time already, and the messages that they were read from."""

    events: Array
    raws: tuple[Raw, ...] = ()


class Ear(Protocol):
    """Where private words are put: an inbox, or what stands before it."""

    def private(self, events: bytes, raws: tuple[Raw, ...] = ()) -> None:
        """Heard in order, never dropped. Errors: InboxFullError."""


class Inbox:
    """Two queues and one waiter."""

    def __init__(self) -> None:
        self._market: deque[Batch] = deque()
        self._private: deque[Batch] = deque()
        self._more = trio.Event()
        self.n_market = 0
        self.n_private = 0

    def market(self, events: Array, raws: tuple[Raw, ...] = ()) -> None:
        """Words of the market channel; copied, since a codec lends its buffer."""
        if len(events) or raws:
            self._market.append(Batch(events.copy(), raws))
            self.n_market += len(events)
            self._more.set()

    def private(self, events: bytes, raws: tuple[Raw, ...] = ()) -> None:
        """Everything else: answers, user words, metadata, resolutions. Never dropped.

        Errors: InboxFullError when the engine has stood still for too long.
        """
        if events or raws:
            found = np.frombuffer(events, EVENT_DTYPE)
            self.n_private += len(found)
            if self.n_private > PRIVATE_LIMIT:
                raise InboxFullError(f"{self.n_private} private events wait for the engine")
            self._private.append(Batch(found, raws))
            self._more.set()

    def nudge(self) -> None:
        """Wake whoever waits, though nothing came."""
        self._more.set()

    async def wait(self) -> None:
        """Until something is there, or a nudge."""
        await self._more.wait()

    def take(self) -> list[Batch]:
        """All that waits, private words first."""
        taken = [*self._private, *self._market]
        self._private.clear()
        self._market.clear()
        self.n_market = self.n_private = 0
        self._more = trio.Event()
        return taken
