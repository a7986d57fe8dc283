"""Writes src/clobstep/demo/: two settled markets of the demo, from the tables of settled books.

    python tools/make_demo_data.py FOLDER        FOLDER holds books.parquet and markets.parquet

The tables are those of resolvedkit 0.1.0, data CC BY 4.0 ("Resolved Markets"). What is changed is
said in the NOTICE beside the result: two of nine markets, as messages of the market channel, with
asset ids and resolution messages that the tables do not have. Needs pyarrow.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

SLUGS = ("btc-updown-15m-1790586900", "btc-updown-15m-1790588700")
OUT = Path(__file__).resolve().parent.parent / "src" / "clobstep" / "demo"


def text(value: float, decimals: int) -> str:
    """As the venue writes prices and sizes: no zeros at the end."""
    return f"{value:.{decimals}f}".rstrip("0").rstrip(".")


def levels(prices: list[float], sizes: list[float]) -> list[dict[str, str]]:
    """Best last, as on the wire."""
    pairs = list(zip(prices, sizes, strict=True))[::-1]
    return [{"price": text(p, 4), "size": text(s, 6)} for p, s in pairs]


def asset(market_id: str, side: str) -> str:
    """A number for a token that the tables do not name, of the length of the venue's own."""
    return str(int.from_bytes(hashlib.sha256(f"{market_id}:{side}".encode()).digest()))


def book(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "event_type": "book",
        "market": row["market_id"],
        "asset_id": asset(row["market_id"], row["side"]),
        "timestamp": str(row["ts"]),
        "bids": levels(row["bid_px"], row["bid_sz"]),
        "asks": levels(row["ask_px"], row["ask_sz"]),
    }


def resolved(market: dict[str, Any], at_ms: int) -> dict[str, Any]:
    """The message that a table of payouts stands for, after the market's last book."""
    side = "UP" if market["payout_up"] == 1.0 else "DOWN"
    return {
        "event_type": "market_resolved",
        "market": market["market_id"],
        "assets_ids": [asset(market["market_id"], "UP"), asset(market["market_id"], "DOWN")],
        "winning_asset_id": asset(market["market_id"], side),
        "winning_outcome": side.capitalize(),
        "timestamp": str(at_ms),
    }


def toml(market: dict[str, Any]) -> str:
    lines = {
        "condition": market["market_id"],
        "yes": asset(market["market_id"], "UP"),
        "no": asset(market["market_id"], "DOWN"),
        "slug": market["slug"],
        "question": market["question"],
    }
    told = [f'{name} = "{value}"' for name, value in lines.items()]
    times = {
        "start": "start_ts",
        "end": "end_ts",
        "close_out": "end_ts",
    }
    told += [f"{name} = {market[column]}" for name, column in times.items()]
    return "\n".join(["[[market]]", *told, ""])


def main(folder: Path) -> None:
    markets = {m["market_id"]: m for m in pq.read_table(folder / "markets.parquet").to_pylist()}
    wanted = {key: m for key, m in markets.items() if m["slug"] in SLUGS}
    books = pq.read_table(folder / "books.parquet").to_pylist()
    rows = [row for row in books if row["market_id"] in wanted]
    messages = [(row["ts"], book(row)) for row in rows if row["side"] == "UP"]
    for key, market in wanted.items():
        last = max(ts for ts, message in messages if message["market"] == key)
        at = max(last, market["end_ts"]) + 1
        messages.append((at, resolved(market, at)))
    messages.sort(key=lambda pair: pair[0])
    lines = [json.dumps(message, separators=(",", ":")) for _, message in messages]
    OUT.mkdir(parents=True, exist_ok=True)
    packed = gzip.compress(("\n".join(lines) + "\n").encode(), 9, mtime=0)
    (OUT / "btc_15m_2026-09-28.jsonl.gz").write_bytes(packed)
    (OUT / "markets.toml").write_text("\n".join(toml(market) for market in wanted.values()))
    print(f"{len(lines)} messages, {len(packed):,} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
