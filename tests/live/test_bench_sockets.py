"""The stream that the feed is measured with is a true one, and the measuring loses none of it."""

from __future__ import annotations

import pytest

from clobstep import Engine, EngineConfig
from clobstep.bench import sockets
from clobstep.enums import FeedState
from clobstep.venue.market import MarketCodec


def test_the_made_stream_has_the_venues_hashes_and_bests() -> None:
    raws = sockets.made(300)
    codec, engine = MarketCodec(hashes="always"), Engine(EngineConfig(tokens=2))
    for k, raw in enumerate(raws * 2):
        for event in codec.decode(raw, k):
            engine.step(event.tobytes())
    counters = engine.view.counters()
    assert codec.counters["hash_groups_checked"] > 300
    assert codec.counters["hash_groups_failed"] == codec.counters["hash_books_failed"] == 0
    assert counters["best_missing"] == counters["levels_pruned"] == 0
    assert engine.view.refusals() == {}
    assert engine.view.market(0).feed == FeedState.SYNCED


@pytest.mark.parametrize("hashes", ["never", 100])
def test_a_pass_takes_every_message(hashes: str | int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "PASSES", 1)
    row = sockets.feed(sockets.made(200), hashes=hashes, repeat=3)
    assert row["messages"] == 3 * 202
    assert row["events"] >= 3 * 200
    assert row["conflated"] == row["hash_groups_failed"] == row["best_missing"] == 0
    assert row["median_k_per_s"] > 0
