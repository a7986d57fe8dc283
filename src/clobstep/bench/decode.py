"""Rows of decoding: market messages to records, beside msgspec's typed decode in the same run.

The peer's row decodes into typed structures and drops them; ours makes event records: prices and
sizes as integers, assets as tokens, mirrored changes checked. Passes alternate, so that a busy
machine slows both. Owns no stream: messages come from files that the caller names.
"""

from __future__ import annotations

import gc
import json
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from clobstep.venue.market import MarketCodec

PASSES = 7
Row = dict[str, Any]


class Change(msgspec.Struct, gc=False):
    """The structures of the peers' script (bench_decode.py), field by field."""

    asset_id: str
    price: str
    size: str
    side: str


class PriceChange(msgspec.Struct, tag="price_change", tag_field="event_type", gc=False):
    price_changes: list[Change]
    timestamp: str


class Level(msgspec.Struct, gc=False):
    price: str
    size: str


class Book(msgspec.Struct, tag="book", tag_field="event_type", gc=False):
    asset_id: str
    bids: list[Level]
    asks: list[Level]
    timestamp: str


class Trade(msgspec.Struct, tag="last_trade_price", tag_field="event_type", gc=False):
    asset_id: str
    price: str
    size: str
    side: str
    timestamp: str


class TickSize(msgspec.Struct, tag="tick_size_change", tag_field="event_type", gc=False):
    asset_id: str
    new_tick_size: str
    timestamp: str


class Best(msgspec.Struct, tag="best_bid_ask", tag_field="event_type", gc=False):
    """Not in the peers' script: the real recording has it."""

    asset_id: str
    best_bid: str
    best_ask: str
    timestamp: str


def stream_messages(path: Path, n: int = 200_000) -> list[bytes]:
    """The first n lines of the peers' ws_cent.jsonl, as their script takes them."""
    out = []
    with path.open("rb") as lines:
        for line in lines:
            out.append(line.rstrip())
            if len(out) == n:
                break
    return out


def recorded_messages(path: Path) -> list[bytes]:
    """Payloads of a recording whose lines hold them as objects, by exchange time, changes first."""
    said = [json.loads(line)["payload"] for line in path.read_text().splitlines()]
    said.sort(key=lambda m: (int(m["timestamp"]), m["event_type"] != "price_change"))
    return [json.dumps(m, separators=(",", ":")).encode() for m in said]


def decode(raws: list[bytes], repeat: int = 1) -> Row:
    """Millions of messages a second of both, and our rate over the peer's."""
    raws = raws * repeat
    codec = MarketCodec()
    peer = msgspec.json.Decoder(PriceChange | Book | Trade | TickSize | Best).decode

    def drop() -> None:
        for raw in raws:
            peer(raw)

    times: tuple[list[int], list[int]] = ([], [])
    for _ in range(PASSES):
        for took, run in zip(times, (drop, lambda: codec.decode_many(raws, 0)), strict=True):
            took.append(_timed(run))
    if codec.take_notes():
        raise RuntimeError("a message of the stream could not be read")
    ours, theirs = _rate(len(raws), times[1]), _rate(len(raws), times[0])
    return {
        "messages": len(raws),
        "bytes_a_message": round(sum(map(len, raws)) / len(raws)),
        "events": codec.counters["events"] // PASSES,
        **ours,
        **{f"msgspec_{name}": value for name, value in theirs.items()},
        "ratio_best": round(ours["best_m_per_s"] / theirs["best_m_per_s"], 2),
        "ratio_median": round(ours["median_m_per_s"] / theirs["median_m_per_s"], 2),
    }


def decode_one(raws: list[bytes]) -> Row:
    """`decode` called for each message, as a live feed does; the loop's own cost is in it."""
    codec = MarketCodec()

    def run() -> None:
        one = codec.decode
        for raw in raws:
            one(raw, 0)

    times = [_timed(run) for _ in range(PASSES)]
    return {
        "messages": len(raws),
        "best_ns": round(min(times) / len(raws)),
        "median_ns": round(statistics.median(times) / len(raws)),
    }


def hashes(raws: list[bytes]) -> Row:
    """What checking every group's hash costs, and how many fit, by what had to be known."""
    times = []
    codec = MarketCodec()
    for _ in range(3):
        codec = MarketCodec(hashes="always")
        times.append(_timed(partial(codec.decode_many, raws)))
        codec.flush(0)
    counters = codec.counters
    checked = counters["hash_groups_checked"]
    row: Row = {"groups": checked, "us_a_group": round(min(times) / checked / 1e3, 1)}
    for group in ("groups", "books"):
        names = ("known", "complement", "remembered", "grid")
        row |= {f"{group}_{n}": counters[f"hash_{group}_{n}"] for n in names}
        row[f"{group}_failed"] = counters[f"hash_{group}_failed"]
    row["groups_reordered"] = counters["hash_groups_reordered"]
    row["books"] = counters["hash_books_checked"]
    return row


def _timed(run: Callable[[], object]) -> int:
    gc.collect()
    before = time.perf_counter_ns()
    run()
    return time.perf_counter_ns() - before


def _rate(n: int, times_ns: list[int]) -> Row:
    return {
        "best_m_per_s": round(n / min(times_ns) * 1e3, 2),
        "median_m_per_s": round(n / statistics.median(times_ns) * 1e3, 2),
    }
