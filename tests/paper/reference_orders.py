"""What goes to the venue, what lies there, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from clobstep.enums import Side
from paper.reference_book import PIPS


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

    @property
    def which(self) -> int:
        """Ladder it rests in: a SELL is a bid of the complement."""
        return (self.request.token & 1) ^ (self.request.side == Side.SELL)

    @property
    def level(self) -> int:
        """Its price there."""
        price = self.request.price
        return PIPS - price if self.request.side == Side.SELL else price
