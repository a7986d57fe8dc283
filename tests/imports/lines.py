"""Messages of the market channel made for the tests, as lines of a recording."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

MS = 1_780_000_000_000
CONDITION = "0x" + "ab" * 32
YES = "1" * 77
NO = "2" * 77

Json = dict[str, Any]


def complement(price: str) -> str:
    """1 - price, with as many decimals."""
    return str(1 - Decimal(price))


def level(price: str, size: str) -> Json:
    return {"price": price, "size": size}


def book(ms: int, bids: list[tuple[str, str]], asks: list[tuple[str, str]], **more: Any) -> Json:
    """A book of YES, best last on both sides, as the venue writes it."""
    return {
        "event_type": "book", "market": CONDITION, "asset_id": YES, "timestamp": str(MS + ms),
        "hash": "", "bids": [level(*b) for b in bids], "asks": [level(*a) for a in asks], **more,
    }  # fmt: skip


def change(ms: int, price: str, size: str, bid: str = "0.50", ask: str = "0.52") -> Json:
    """A change of a bid of YES, with its mirror image of NO."""
    return {
        "event_type": "price_change", "market": CONDITION, "timestamp": str(MS + ms),
        "price_changes": [
            {"asset_id": YES, "price": price, "size": size, "side": "BUY", "hash": "",
             "best_bid": bid, "best_ask": ask},
            {"asset_id": NO, "price": complement(price), "size": size, "side": "SELL", "hash": "",
             "best_bid": complement(ask), "best_ask": complement(bid)},
        ],
    }  # fmt: skip


def trade(ms: int, price: str = "0.52", size: str = "5") -> Json:
    return {
        "event_type": "last_trade_price", "market": CONDITION, "asset_id": YES, "price": price,
        "size": size, "side": "BUY", "fee_rate_bps": "0", "timestamp": str(MS + ms),
        "transaction_hash": "0x" + "cd" * 32,
    }  # fmt: skip


def tick(ms: int, old: str, new: str, asset: str = YES) -> Json:
    return {
        "event_type": "tick_size_change", "market": CONDITION, "asset_id": asset,
        "old_tick_size": old, "new_tick_size": new, "timestamp": str(MS + ms),
    }  # fmt: skip


def session() -> list[Json]:
    """A book, changes, and a later book that they make."""
    made = [book(0, [("0.49", "10"), ("0.50", "20")], [("0.53", "5"), ("0.52", "7")])]
    made += [change(10 + k, "0.48", str(k)) for k in range(1, 6)]
    made.append(trade(20))
    made.append(
        book(30, [("0.48", "5"), ("0.49", "10"), ("0.50", "20")], [("0.53", "5"), ("0.52", "7")])
    )
    return made


def written(path: Path, lines: Iterable[Json | list[Json] | str]) -> Path:
    """A file of these lines: JSON, or text as it stands."""
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("".join(f"{text}\n" for text in texts))
    return path
