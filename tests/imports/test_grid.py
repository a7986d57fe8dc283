"""Prices off their market's tick: taken, counted and told with an example and the way out."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from clobstep import EVENT_DTYPE, events
from clobstep.imports.grid import OffTick
from clobstep.imports.recording import Options
from clobstep.imports.run import import_files
from clobstep.session.reader import Session

AT = 1_757_900_000_000_000_000


def array(*records: bytes) -> np.ndarray:
    return np.frombuffer(b"".join(records), EVENT_DTYPE)


def market(tick: str, token: int = 0) -> bytes:
    return events.market(token, tick=tick, min_size="5", fee_rate="0", at=AT)


def delta(price: str, token: int = 0) -> bytes:
    return events.delta(token, "BUY", price=price, size="5", at=AT)


def test_a_price_on_its_tick_is_nothing_to_tell() -> None:
    watch = OffTick(4)
    watch.watch(array(market("0.01"), delta("0.55"), market("0.001", 2), delta("0.555", 3)))
    assert watch.count == 0
    assert watch.said() == []


def test_what_came_before_its_market_is_not_judged() -> None:
    watch = OffTick(2)
    watch.watch(array(delta("0.5555")))
    assert watch.said() == []


def test_each_price_is_judged_by_the_tick_of_its_time() -> None:
    watch = OffTick(2)
    watch.watch(array(market("0.01"), delta("0.555"), delta("0.55")))
    change = events.tick_change(0, tick="0.001", at=AT)
    watch.watch(array(delta("0.9999"), change, delta("0.555"), delta("0.5555")))
    assert watch.count == 3
    (said,) = watch.said()
    assert said.startswith("3 x price off its market's tick (such as event 2, token 0: 0.555,")
    assert said.endswith("give --tick or --markets FILE")


@pytest.mark.parametrize("off", [(0,), (1,), (2,), (0, 2), (0, 1, 2)])
def test_every_level_of_a_snapshot_is_looked_at(off: tuple[int, ...]) -> None:
    levels = [("0.505" if k in off else f"0.4{k}", "7") for k in range(3)]
    parts = events.snapshot(0, bids=levels, asks=[("0.605", "1")], at=AT)
    watch = OffTick(2)
    watch.watch(array(market("0.01"), *parts))
    assert watch.count == len(off) + 1


def test_a_print_is_looked_at_and_a_wake_is_not() -> None:
    watch = OffTick(2)
    watch.watch(
        array(market("0.01"), events.public_trade(0, "BUY", price="0.333", size="1", at=AT))
    )
    assert watch.count == 1


def test_an_import_tells_it_and_keeps_it_in_the_manifest(tmp_path: Path) -> None:
    level = {"price": "0.555", "size": "10"}
    book = {"event_type": "book", "asset_id": "1", "market": "0xab", "timestamp": "1782753357257"}
    path = tmp_path / "book.jsonl"
    path.write_text(json.dumps(book | {"hash": "x", "bids": [level], "asks": []}))
    for tick, times in ((100, 1), (10, 0)):
        out = tmp_path / f"{tick}.clob"
        found = import_files([path], out, options=Options(tick_pips=tick))
        told = [text for text in found.recording.said if "off its market's tick" in text]
        assert len(told) == times
        with Session.open(out) as session:
            kept = session.manifest.settings["said"]
        assert [text for text in kept if "off its market's tick" in text] == told
