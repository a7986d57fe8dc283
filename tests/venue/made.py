"""A made market of the venue: its messages with the hashes it would write, by json and hashlib."""

from __future__ import annotations

import hashlib
import json
from typing import Any

YES = "71321045679252212594626385532706912750332728571942532289631379312455583992563"
NO = "52114319501245915516055106046884209969926127482827954674443846427813813222426"
START_MS = 1_795_651_200_000


def text(cents: int) -> str:
    return f"{cents / 100:g}"


class Market:
    """Books in cents and whole shares; `trade` is what the venue holds for the last trade price."""

    def __init__(self, scheme: int = 4, trade: str = "") -> None:
        self.name = "0x" + "5f" * 32
        self.bids = {40: 100, 45: 50, 48: 10}
        self.asks = {52: 20, 55: 60, 60: 100}
        self.scheme = scheme
        self.trade = trade
        self.tick = "0.01"
        self.min_size = "5"
        self.neg_risk = False
        self.ms = START_MS

    def sides(self, asset: str) -> dict[str, list[dict[str, str]]]:
        bids, asks = self.bids, self.asks
        if asset == NO:
            bids, asks = ({100 - p: s for p, s in x.items()} for x in (asks, bids))
        return {
            "bids": [{"price": text(p), "size": str(bids[p])} for p in sorted(bids)],
            "asks": [{"price": text(p), "size": str(asks[p])} for p in sorted(asks, reverse=True)],
        }

    def hash(self, asset: str) -> str:
        said: dict[str, Any] = {
            "market": self.name, "asset_id": asset, "timestamp": str(self.ms), "hash": "",
        } | self.sides(asset)  # fmt: skip
        if self.scheme:
            said |= {
                "min_order_size": self.min_size, "tick_size": self.tick, "neg_risk": self.neg_risk,
            }  # fmt: skip
        if self.scheme == 4:
            said["last_trade_price"] = self.trade
        return hashlib.sha1(json.dumps(said, separators=(",", ":")).encode()).hexdigest()

    def book(self, asset: str = YES, **more: Any) -> bytes:
        said = {"market": self.name, "asset_id": asset, "timestamp": str(self.ms),
                "hash": self.hash(asset)}  # fmt: skip
        return raw(said | self.sides(asset) | {"event_type": "book"} | more)

    def set(self, side: str, cents: int, size: int) -> None:
        levels = self.bids if side == "BUY" else self.asks
        levels[cents] = size
        if not size:
            del levels[cents]

    def entries(self, side: str, cents: int, size: int) -> list[dict[str, str]]:
        """The two entries of a change that is already in the books."""
        best_bid, best_ask = max(self.bids, default=0), min(self.asks, default=100)
        other = "SELL" if side == "BUY" else "BUY"
        return [
            {"asset_id": YES, "price": text(cents), "size": str(size), "side": side,
             "hash": self.hash(YES), "best_bid": text(best_bid), "best_ask": text(best_ask)},
            {"asset_id": NO, "price": text(100 - cents), "size": str(size), "side": other,
             "hash": self.hash(NO), "best_bid": text(100 - best_ask),
             "best_ask": text(100 - best_bid)},
        ]  # fmt: skip

    def change(self, side: str, cents: int, size: int, after_ms: int = 1) -> bytes:
        """One change at a later time, with the hash of the book after it."""
        self.ms += after_ms
        self.set(side, cents, size)
        return self.changes(self.entries(side, cents, size))

    def changes(self, entries: list[dict[str, str]]) -> bytes:
        return raw({"market": self.name, "price_changes": entries, "timestamp": str(self.ms),
                    "event_type": "price_change"})  # fmt: skip

    def traded(self, price: str, side: str = "BUY", size: str = "5", asset: str = YES) -> bytes:
        return raw({"market": self.name, "asset_id": asset, "price": price, "size": size,
                    "fee_rate_bps": "0", "side": side, "timestamp": str(self.ms),
                    "event_type": "last_trade_price", "transaction_hash": "0x1"})  # fmt: skip


def raw(said: Any) -> bytes:
    return json.dumps(said, separators=(",", ":")).encode()
