"""Messages of the user channel for tests, in the shape of recorded ones, and what they become."""

from __future__ import annotations

import json
from typing import Any, Final

from clobstep import events
from clobstep.enums import EventKind
from clobstep.events import Event
from clobstep.venue.interning import Interning
from clobstep.venue.user import UserCodec

OWNER: Final = "00000000-0000-0000-0000-000000000001"
FUNDER: Final = "0xF39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
OTHER: Final = "00000000-0000-0000-0000-000000000002"
CONDITION: Final = "0xdd22472e552920b8438158ea7238bfadfa4f736aa4cee91a6b86c39ead110917"
YES: Final = "71321045679252212594626385532706912750332728571942532289631379312455583992563"
NO: Final = "52114319501245915516055106046884209969926127482827954674443846427813813222426"
HASH: Final = "0x1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcdef12"
NOW: Final = 1_790_000_000_000_000_000
MS: Final = 1_000_000

ORDER: Final[dict[str, Any]] = {
    "event_type": "order", "type": "PLACEMENT", "id": HASH, "owner": OWNER, "order_owner": OWNER,
    "market": CONDITION, "asset_id": YES, "side": "BUY", "original_size": "10",
    "size_matched": "0", "price": "0.52", "associate_trades": None, "outcome": "Yes",
    "created_at": "1790000000", "expiration": "0", "order_type": "GTC", "status": "LIVE",
    "maker_address": FUNDER, "timestamp": "1790000000257",
}  # fmt: skip
MAKER: Final[dict[str, Any]] = {
    "order_id": "0xaa", "owner": OTHER,
    "maker_address": "0x70997970c51812dc3a010c7d01b50e0d17dc79c8", "matched_amount": "10",
    "price": "0.52", "fee_rate_bps": "0", "asset_id": YES, "outcome": "Yes", "outcome_index": 0,
    "side": "SELL",
}  # fmt: skip
TRADE: Final[dict[str, Any]] = {
    "event_type": "trade", "type": "TRADE", "id": "t-1", "taker_order_id": HASH,
    "market": CONDITION, "asset_id": YES, "side": "BUY", "size": "10", "price": "0.52",
    "fee_rate_bps": "0", "status": "MATCHED", "match_time": "1790000001",
    "last_update": "1790000001", "outcome": "Yes", "owner": OWNER, "trade_owner": OWNER,
    "maker_address": FUNDER, "transaction_hash": None, "bucket_index": 0,
    "maker_orders": [MAKER], "trader_side": "TAKER", "timestamp": "1790000001257",
}  # fmt: skip


def order(**fields: Any) -> bytes:
    """An order message; a field given as ... is left out."""
    return _json(ORDER, fields)


def maker(**fields: Any) -> dict[str, Any]:
    return MAKER | fields


def trade(**fields: Any) -> bytes:
    """A trade message of a TAKER; a field given as ... is left out."""
    return _json(TRADE, fields)


def _json(base: dict[str, Any], fields: dict[str, Any]) -> bytes:
    return json.dumps({k: v for k, v in (base | fields).items() if v is not ...}).encode()


class Channel:
    """A codec whose order HASH is ours, as order 1, and whose YES and NO are tokens 0 and 1."""

    def __init__(self, *, owner: str = OWNER, funder: str = FUNDER) -> None:
        self.interning = Interning()
        self.interning.pair(CONDITION, YES, NO)
        self.interning.bind_order(HASH, 1)
        self.codec = UserCodec(self.interning, owner=owner, funder=funder)

    def records(self, *frames: bytes | str) -> list[bytes]:
        out = b"".join(self.codec.decode(frame, NOW) for frame in frames)
        return [out[i : i + 64] for i in range(0, len(out), 64)]

    def events(self, *frames: bytes | str) -> list[Event]:
        return [events.unpack(record) for record in self.records(*frames)]

    def one(self, frame: bytes | str) -> Event:
        """The only event of a frame."""
        (event,) = self.events(frame)
        return event

    def notes(self) -> list[str]:
        """The kinds of the notes since the last look."""
        return [note.kind for note in self.codec.take_notes()]


def kind(event: Event) -> EventKind:
    return EventKind(event.kind)
