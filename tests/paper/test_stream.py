"""A feed that goes on: run in pieces, behind what still comes, it is the whole run to the bit."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from clobstep import Engine, EngineConfig, events
from clobstep_sim.replayed._paper import PaperRun, PaperStream
from clobstep_sim.replayed.settings import PaperSettings
from paper.desk import MS, START, S, Tape, run
from paper.streams import Stream, Trader
from paper.support_equal import SETTINGS, fingerprint

MODELS = ("crossing", "trade-through", "risk-averse", "power:3", "log", "front", "naive")


def in_pieces(seed: int, behind_ns: int) -> Any:
    """A run that is fed as time goes on, and stays that far behind."""

    def made(_: type[PaperRun], engine: Engine, recorded: Any, *args: Any) -> PaperRun:
        rng = random.Random(seed)
        stream = PaperStream(engine, recorded[:0], *args)
        at = 0
        while at < len(recorded):
            n = rng.choice((1, 1, 2, 7, 60))
            stream.feed(recorded[at : at + n])
            at += n
            last = int(recorded["time_ns"][: min(at, len(recorded))].max())
            for _ in range(rng.randrange(3)):
                stream.advance(last - behind_ns)
        stream.run()
        assert stream.late == 0
        return stream

    return made


@pytest.mark.parametrize("fill", MODELS)
@pytest.mark.parametrize("seed", range(6))
def test_in_pieces_it_is_the_same_to_the_bit(fill: str, seed: int) -> None:
    recording = Stream(300 + seed, length=300).tape.recording()
    given = {"fill": fill, "seed": seed, **SETTINGS}
    calm = run(recording, Trader(seed), **given)
    streamed = run(recording, Trader(seed), in_pieces(seed, 5 * S), **given)
    assert fingerprint(streamed) == fingerprint(calm)


def close_behind(seed: int, behind_ns: int, late: list[int]) -> Any:
    """A run that goes as far as what is still to come lets it, and waits for nothing."""

    def made(_: type[PaperRun], engine: Engine, recorded: Any, *args: Any) -> PaperRun:
        rng = random.Random(seed)
        stream = PaperStream(engine, recorded[:2], *args)
        at = 2
        while at < len(recorded):
            stream.advance(int(recorded["time_ns"][at]) - behind_ns - 1)
            n = rng.choice((1, 1, 3, 20))
            stream.feed(recorded[at : at + n])
            at += n
        stream.run()
        late.append(stream.late)
        return stream

    return made


@pytest.mark.parametrize("fill", MODELS)
@pytest.mark.parametrize("seed", range(6))
def test_words_older_than_the_margin_cannot_come_too_late(fill: str, seed: int) -> None:
    """Books that have stood for long, words without a time, and our own: all of them at random."""
    rng = np.random.default_rng(seed)
    recording = Stream(400 + seed, length=300).tape.recording()
    marked = recording.events
    marked["time_ns"] = np.maximum.accumulate(marked["time_ns"]) + rng.integers(0, MS)
    aged = (rng.random(len(marked)) < 0.3) & (marked["venue_time_ns"] > 0)
    marked["venue_time_ns"][aged] -= rng.integers(0, 60 * S, aged.sum())
    marked["venue_time_ns"][rng.random(len(marked)) < 0.05] = 0
    given = {"fill": fill, "seed": seed, "oldest": "200ms", **SETTINGS}
    calm = run(recording, Trader(seed), **given)
    late: list[int] = []
    streamed = run(recording, Trader(seed), close_behind(seed, 200 * MS, late), **given)
    assert fingerprint(streamed) == fingerprint(calm)
    run(recording, Trader(seed), close_behind(seed, 200 * MS, late), **given | {"oldest": "0s"})
    assert late[0] == 0
    assert late[1] > 0


def test_what_came_after_the_venue_had_passed_its_time_is_counted() -> None:
    tape = Tape(lag_ms=400).book(0, [("0.48", "100")], [("0.52", "100")])
    for k in range(1, 40):
        tape.delta(100 * k, "BUY", "0.48", str(100 + k))
    recorded = np.ascontiguousarray(tape.recording().events)
    stream, stepped = made(recorded[:-1], PaperSettings(latency="10ms", feed_latency="0s"))
    stream.advance(START + 10 * S)  # ahead of the feed: the venue is at 3.8 s
    stream.feed(recorded[-1:])  # of 3.9 s
    assert stream.late == 0
    stream.advance(START + 10 * S)
    stream.feed(recorded[-3:-2])  # of 3.7 s
    assert stream.late == 1
    stream.run()
    assert sum(len(part) for part in stepped) // 64 == len(recorded) + 2  # and the opening
    with pytest.raises(RuntimeError, match="the run is over"):
        stream.feed(recorded[:1])
    with pytest.raises(RuntimeError, match="the run is over"):
        stream.advance(START)


def test_what_is_no_word_of_the_market_is_refused() -> None:
    recorded = np.ascontiguousarray(Tape().recording().events)
    stream, _ = made(recorded, PaperSettings(latency="10ms", feed_latency="0s"))
    order = np.frombuffer(events.cancel(1, at=START), recorded.dtype)
    with pytest.raises(ValueError, match="holds the market's own"):
        stream.feed(order)
    with pytest.raises(ValueError, match="no whole number"):
        stream.feed(b"x" * 65)


def test_a_long_feed_needs_no_more_memory_than_what_is_open() -> None:
    """What both sides have had is let go; the rows that are left are those of a short feed."""
    tape = Tape(lag_ms=1).book(0, [("0.48", "100")], [("0.52", "100")])
    head = np.ascontiguousarray(tape.recording().events)
    stream, stepped = made(head, PaperSettings(latency="10ms", feed_latency="0s"))
    block = np.frombuffer(
        b"".join(
            events.delta(
                0, "BUY", price="0.48", size=str(100 + k % 7), at=START, venue_time=START, end=True
            )
            for k in range(1_000)
        ),
        head.dtype,
    ).copy()
    for k in range(200):
        block["venue_time_ns"] = START + (k * 1_000 + np.arange(1_000)) * MS
        block["time_ns"] = block["venue_time_ns"] + MS
        stream.feed(block)
        stream.advance(int(block["time_ns"][-1]) - 5 * S)
    stream.run()
    assert sum(len(part) for part in stepped) // 64 > 200_000
    assert stream.late == 0


def made(recorded: Any, settings: PaperSettings) -> tuple[PaperStream, list[bytes]]:
    """A stream without a strategy's orders, and what it stepped."""
    from clobstep.strategy.noop import Noop

    manifest = Tape().recording().manifest
    config = EngineConfig(tokens=2)
    stepped: list[bytes] = []
    legs = [leg.spec for leg in (settings.latencies().submit,) * 3]
    stream = PaperStream(
        Engine(config),
        recorded,
        Noop(),
        events.opening(cash="100", at=START),
        settings.compiled(manifest, config, 0),
        legs,
        lambda raw, *_: stepped.append(raw),
    )
    return stream, stepped
