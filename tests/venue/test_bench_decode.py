"""The rows of decoding measure what they say: all messages, both decoders, no trouble."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clobstep.bench import decode
from venue.made import Market


def made(n: int) -> list[bytes]:
    market = Market()
    return [
        market.book(),
        *[market.change("BUY", 47, k + 1) for k in range(n)],
        market.traded("0.5"),
    ]


def test_a_row_of_both(tmp_path: Path) -> None:
    raws = made(30)
    row = decode.decode(raws, repeat=2)
    assert (row["messages"], row["events"]) == (64, 2 * (2 + 30 + 1))
    assert row["ratio_best"] > 0
    assert row["msgspec_best_m_per_s"] > 0
    assert decode.decode_one(raws)["messages"] == 32
    with pytest.raises(RuntimeError, match="could not be read"):
        decode.decode(
            [*raws, b'{"event_type":"book","asset_id":"1","timestamp":"x","bids":[],"asks":[]}']
        )
    lines = tmp_path / "lines.jsonl"
    lines.write_bytes(b"\n".join(raws) + b"\n")
    assert decode.stream_messages(lines, 5) == raws[:5]
    lines.write_text("".join(json.dumps({"payload": json.loads(raw)}) + "\n" for raw in raws[::-1]))
    assert decode.recorded_messages(lines) == raws


def test_the_row_of_hashes() -> None:
    row = decode.hashes(made(30))
    # The trade stands in the last group's millisecond, but not in its hash.
    assert (row["groups"], row["groups_known"], row["groups_remembered"]) == (30, 29, 1)
    assert (row["books"], row["books_known"]) == (1, 1)
