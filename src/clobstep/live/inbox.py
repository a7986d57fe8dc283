"""What waits for the engine's task: words of the market, and everything else, in order of arrival.

Private words go first: a fill must not wait behind a book. Nothing here decides about money.
When too many words of the market wait, changes of one level are conflated (`conflate`), and
counted. Owns: the two queues and how full they may get.
"""

from __future__ import annotations

from collections import deque
from time import perf_counter_ns
from typing import Final, NamedTuple, Protocol

import numpy as np
import trio
from numpy.typing import NDArray

from clobstep.core import EVENT_DTYPE
from clobstep.live.conflate import conflate

Array = NDArray[np.void]
Raw = tuple[int, str, bytes]  # our time, source, payload as it came in

MARKET_LIMIT: Final = 8_192  # events; when more wait, the engine gets fewer
HEAP: Final = 8  # limits: so much waits before it is made less while nobody takes it
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
    """Two queues and one waiter. `n_conflated` counts events that were left out.

    `since_ns`: when the first that waits was put in, by perf_counter_ns; 0: nothing waits.
    """

    def __init__(self, *, market_limit: int = MARKET_LIMIT) -> None:
        self._market: deque[Batch] = deque()
        self._private: deque[Batch] = deque()
        self._more = trio.Event()
        self.n_market = 0
        self.n_private = 0
        self.n_conflated = 0
        self.since_ns = 0
        self._market_limit = market_limit
        self._heap = HEAP * market_limit

    def market(self, events: Array, raws: tuple[Raw, ...] = ()) -> None:
        """Words of the market channel; copied, since a codec lends its buffer."""
        if len(events) or raws:
            self._market.append(Batch(events.copy(), raws))
            self.n_market += len(events)
            if not self.since_ns:
                self.since_ns = perf_counter_ns()
            self._more.set()
            if self.n_market > self._heap:
                self._conflate()
                self._heap = max(HEAP * self._market_limit, 2 * self.n_market)

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
            if not self.since_ns:
                self.since_ns = perf_counter_ns()
            self._more.set()

    def nudge(self) -> None:
        """Wake whoever waits, though nothing came."""
        self._more.set()

    async def wait(self) -> None:
        """Until something is there, or a nudge."""
        await self._more.wait()

    def take(self) -> list[Batch]:
        """All that waits, private words first."""
        if self.n_market > self._market_limit:
            self._conflate()
        taken = [*self._private, *self._market]
        self._private.clear()
        self._market.clear()
        self.n_market = self.n_private = 0
        self.since_ns = 0
        self._heap = HEAP * self._market_limit
        self._more = trio.Event()
        return taken

    def _conflate(self) -> None:
        """Make one batch of those of the market, and make it less where the end does not change."""
        events, dropped = conflate(np.concatenate([batch.events for batch in self._market]))
        raws = tuple(raw for batch in self._market for raw in batch.raws)
        self._market = deque([Batch(events, raws)])
        self.n_market = len(events)
        self.n_conflated += dropped
