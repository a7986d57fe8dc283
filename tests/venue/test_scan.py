"""The scanner against a plain decoder: on recordings, on made messages, and on broken ones."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import recordings
from clobstep.venue.market import MarketCodec
from venue.reference import Reference, messages, rows

TIME_NS = 1_795_651_200_000_000_000
RECORDED = [
    "market_ws/btc_5m_2026-04-21.jsonl",
    "market_ws/btc_15m_pyth-proxy-natural-20260428a.jsonl",
    "market_ws/btc_15m_rtds-natural-20260428d.jsonl",
    "market_ws/btc_15m_rtds-natural-20260428e.jsonl",
]


class Pair:
    """The codec with and without its fast forms, and the reference; all must say the same."""

    def __init__(self) -> None:
        self.codecs = [MarketCodec(), MarketCodec(fast=False)]
        self.reference = Reference()

    def check(self, raw: bytes, time_ns: int = TIME_NS) -> list[tuple[int, ...]]:
        self.reference.notes.clear()
        wanted = self.reference.decode(raw, time_ns)
        kinds = set(self.reference.notes) - {"conflict"}
        for codec in self.codecs:
            assert rows(codec.decode(raw, time_ns)) == wanted, raw
            assert {n.kind for n in codec.take_notes()} - {"conflict"} == kinds, raw
        return wanted


def recorded(name: str) -> list[bytes]:
    return list(messages(recordings.data(name)))


@pytest.mark.parametrize("name", RECORDED)
def test_a_recording(name: str) -> None:
    pair = Pair()
    events = sum(len(pair.check(raw)) for raw in recorded(name))
    codec, general = pair.codecs
    assert events == codec.counters["events"] > 0
    assert codec.counters["troubles"] == codec.counters["new_markets"]
    assert general.counters["fast"] == 0
    assert codec.counters["fast"] >= 0.9 * codec.counters["price_changes"]
    assert codec.counters["mirror_mismatches"] == 0


def test_many_at_once_is_one_by_one() -> None:
    raws = recorded(RECORDED[0])
    one = MarketCodec()
    wanted = [row for k, raw in enumerate(raws) for row in rows(one.decode(raw, TIME_NS + k))]
    times = range(TIME_NS, TIME_NS + len(raws))
    for given_as in (raws, b"\n".join(raws), b"\n".join(raws) + b"\n", tuple(raws)):
        assert rows(MarketCodec().decode_many(given_as, times)) == wanted
    no_time = MarketCodec().decode_many(raws)
    assert (no_time["time_ns"] == no_time["venue_time_ns"]).all()


# ---- made messages

LONG = ["7132104567925221259462638553270691275033", "52114319501245915516055106046884209969926127"]
ASSETS = st.sampled_from([*LONG, "7132104567925221xyz", "12", "", "é"])
DECIMALS = st.one_of(
    st.sampled_from(
        ["0.5", "0.50", ".5", "0.123", "0.1234", "0.12345", "0", "1", "1.0", "", "00.5"]
    ),
    st.sampled_from(["12329.83", "219.217767", "900000000", "900000000.000001", "1e3", "-1", "5."]),
    st.sampled_from(["0.0000001", "1.0000000", "1234567890123456", "99999999999999999999", "x"]),
    st.integers(0, 9999).map(lambda k: f"0.{k:04d}"),
    st.decimals(0, 10**9, places=6).map(str),
)
VALUES = st.one_of(
    DECIMALS, st.integers(-5, 10**20), st.sampled_from(["BUY", "SELL", "buy", None, True, False]),
    st.floats(0, 2, allow_nan=False), st.just([]), st.just({"price": "1"}),
)  # fmt: skip


def mostly(usual: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.integers(0, 9).flatmap(lambda k: VALUES if k == 0 else usual)


PRICES = st.integers(1, 99).map(lambda k: f"0.{k:02d}")
SIDES = st.sampled_from(["BUY", "SELL"])
CHANGES = st.fixed_dictionaries(
    {"asset_id": ASSETS, "price": mostly(PRICES), "size": mostly(DECIMALS), "side": mostly(SIDES)},
    optional={
        "hash": st.text("0123456789abcdef", min_size=40, max_size=40) | st.just("h"),
        "best_bid": mostly(PRICES), "best_ask": mostly(PRICES), "x": VALUES,
    },
)  # fmt: skip
LEVELS = st.fixed_dictionaries({"price": mostly(PRICES), "size": mostly(DECIMALS)})
SOME_LEVELS = st.lists(LEVELS, max_size=5)
TIMES = mostly(st.integers(1_700_000_000_000, 1_800_000_000_000).map(str))
BASE = {"market": st.sampled_from(["0x1", "0x2"]) | VALUES, "timestamp": TIMES}


def kind(name: str, **fields: st.SearchStrategy[object]) -> st.SearchStrategy[dict[str, object]]:
    optional = {"extra": VALUES, "hash": st.just("a" * 40), "side": SIDES}
    return st.fixed_dictionaries({**BASE, **fields}, optional=optional).flatmap(
        lambda m: st.sampled_from([m, m | {"event_type": name}, {"event_type": name} | m])
    )


def mirrored(one: dict[str, object]) -> list[dict[str, object]]:
    """The entry and what it is from the complement, if it can be mirrored."""
    try:
        cents = round(100 * float(str(one["price"])))
    except ValueError:
        return [one]
    other = one | {"price": f"{(100 - cents) / 100:g}", "asset_id": "12"}
    other["side"] = "SELL" if one["side"] == "BUY" else "BUY"
    return [one, other]


OBJECTS = st.one_of(
    kind("price_change", price_changes=st.lists(CHANGES, max_size=4)),
    kind("price_change", price_changes=CHANGES.map(mirrored)),
    kind("price_change", changes=st.lists(CHANGES, max_size=3), asset_id=ASSETS),
    kind("book", bids=SOME_LEVELS, asks=SOME_LEVELS, asset_id=ASSETS),
    kind("last_trade_price", asset_id=ASSETS, price=mostly(PRICES), size=mostly(DECIMALS)),
    kind("tick_size_change", asset_id=ASSETS, new_tick_size=st.sampled_from(["0.01", "0.02"])),
    kind("best_bid_ask", asset_id=ASSETS, best_bid=mostly(PRICES), best_ask=mostly(PRICES)),
    kind("market_resolved", winning_asset_id=ASSETS),
    kind("new_market", assets_ids=st.lists(ASSETS, max_size=2)),
    kind("something_new", bids=VALUES, price_changes=st.lists(VALUES)),
    st.dictionaries(st.sampled_from(["bids", "asks", "price", "changes", "a"]), VALUES),
)  # fmt: skip
FRAMES = st.one_of(OBJECTS, st.lists(st.one_of(OBJECTS, OBJECTS, VALUES), max_size=4))
STYLES = st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", "\t:")])


@given(st.lists(st.tuples(FRAMES, STYLES, st.booleans()), min_size=1, max_size=4), st.booleans())
@settings(max_examples=200, deadline=None)
def test_made_messages(frames: list[tuple[object, tuple[str, str], bool]], ours: bool) -> None:
    pair = Pair()
    for frame, style, ascii_only in frames:
        raw = json.dumps(frame, separators=style, ensure_ascii=ascii_only).encode()
        pair.check(raw, TIME_NS if ours else -1)


# ---- broken messages


def broken(raw: bytes, rng: random.Random) -> Iterator[bytes]:
    """One message damaged in every way that a byte, a cut or a doubled piece can do it."""
    for _ in range(3):
        at = rng.randrange(len(raw))
        yield raw[:at]
        yield raw[:at] + bytes([rng.randrange(256)]) + raw[at + 1 :]
        yield raw[:at] + bytes([raw[at] ^ 1 << rng.randrange(8)]) + raw[at + 1 :]
        yield raw[:at] + rng.choice([b'"', b"\\", b",", b"{", b"}", b"]", b"0", b" "]) + raw[at:]
        end = min(len(raw), at + rng.randrange(1, 40))
        yield raw[:at] + raw[end:]
        yield raw[:end] + raw[at:]


def samples() -> list[bytes]:
    """One message of each form that recordings have, and frames of several."""
    seen: dict[tuple[object, ...], bytes] = {}
    for name in RECORDED:
        for raw in recorded(name):
            said = json.loads(raw)
            if isinstance(said, dict) and len(raw) < 4000:
                seen.setdefault((said.get("event_type"), *said), raw)
    assert len(seen) >= 6
    alone = list(seen.values())
    return [*alone, b"[" + b",".join(alone[:3]) + b"]", b" [ " + b" , ".join(alone) + b"\n]\n"]


@pytest.mark.parametrize("seed", range(4))
def test_broken_messages(seed: int) -> None:
    rng = random.Random(seed)
    pair = Pair()
    raws = samples()
    for raw in raws:
        pair.check(raw)  # so that the assets are known and the fast forms are tried
    for raw in raws:
        for _ in range(6):
            for bad in broken(raw, rng):
                pair.check(bad)


@given(st.binary(max_size=60))
@settings(max_examples=200)
def test_any_bytes(raw: bytes) -> None:
    Pair().check(raw)


def test_every_cut_of_a_frame(tmp_path: Path) -> None:
    pair = Pair()
    raw = b"[" + b",".join(samples()[:3]) + b"]"
    for end in range(len(raw) + 1):
        pair.check(raw[:end])
