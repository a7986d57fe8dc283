"""What goes to the venue, what lies there, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from clobstep.enums import Side
from paper.reference_book import PIPS, Volume
from paper.reference_queue import Model


class Request(NamedTuple):
    """A SUBMIT or CANCEL effect, at our time."""

    time_ns: int
    cancel: bool
    order_id: int
    token: int = 0
    side: int = 0
    price: int = 0
    size: int = 0
    amount: int = 0
    tif: int = 0
    post_only: bool = False
    expiry_ns: int = 0


class Fill(NamedTuple):
    """One match at the venue."""

    venue_ns: int
    order_id: int
    token: int
    side: int
    price: int
    size: int
    maker: bool


class Answer(NamedTuple):
    """Any other word of the venue about an order."""

    venue_ns: int
    order_id: int
    word: str
    detail: str
    matched: int
    """In the order's unit."""


@dataclass
class Resting:
    """An order at the venue: a bid of ladder `which` at `level`, whatever its side."""

    request: Request
    seq: int
    leaves: int
    filled: int = 0
    front: int | None = 0
    """What is ahead before `since`; None: it came to a book that was not known."""
    since: list[Volume] = field(default_factory=list)
    """What happened at its level while it was there and is not decided, the oldest first."""
    told: bool = True
    """Its level was told of since it came, and since the last gap."""
    as_of: int = 0
    """When `since` begins, as `seq` counts."""

    @property
    def which(self) -> int:
        """Ladder it rests in: a SELL is a bid of the complement."""
        return (self.request.token & 1) ^ (self.request.side == Side.SELL)

    @property
    def level(self) -> int:
        """Its price there."""
        price = self.request.price
        return PIPS - price if self.request.side == Side.SELL else price

    def front_now(self) -> int:
        """What is ahead: of what is not decided the traded part counts, and what was left."""
        assert self.front is not None
        front = self.front
        for one in self.since:
            front = min(max(0, front - one.traded), one.left)
        return front

    def met(self, parts: list[tuple[Volume, int]], rest: int) -> int:
        """How much of a print is past the queue: of its parts when they were displayed, of the rest
        now. The parts are not yet in `traded`."""
        assert self.front is not None
        front, past = self.front, 0
        for one in self.since:
            front = max(0, front - one.traded)
            part = sum(size for volume, size in parts if volume is one)
            past += max(0, part - front)
            front = min(max(0, front - part), one.left)
        return past + max(0, rest - front)

    def decide(self, model: Model) -> None:
        """The oldest is what it is known to be; the rest of it was cancelled."""
        assert self.front is not None
        one = self.since.pop(0)
        front = max(0, self.front - one.traded)
        if one.size:
            back = max(0, one.left + one.size - front)
            front = max(0, front - model.ahead(one.size, front, back))
        self.front = min(front, one.left)
