"""Recordings and settings from strangers: every field at its worst, and the run still ends, says
what it left alone, and counts no share that was not there.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import builds
from clobstep import EVENT_DTYPE, Engine, EngineConfig, events
from clobstep.enums import EventKind, Wake
from clobstep_sim.replayed._paper import PaperRun
from clobstep_sim.replayed.paper import Paper
from clobstep_sim.replayed.settings import PaperSettings
from paper import support_fuzz
from paper.desk import MS, SHARE, START, Outcome, Script, Tape, run


def market() -> Tape:
    return Tape().book(1, [("0.50", "100")], [("0.52", "80")])


def quote(fill: str = "front", **more: Any) -> tuple[Script, dict[str, Any]]:
    return Script().order(100, "BUY", "0.50", "50", name="a"), {"fill": fill} | more


def sizes(outcome: Outcome) -> list[float]:
    return [size / SHARE for (size,) in outcome.got("size")]


# --- fields ---------------------------------------------------------------------------------------

WORST = [
    ({"kind": EventKind.BOOK_DELTA}, "price_pips", (-32_768, -1, 10_001, 32_767)),
    ({"kind": EventKind.BOOK_DELTA, "price_pips": 5_000}, "side", (2, 255)),
    ({"kind": EventKind.BOOK_DELTA, "price_pips": 5_000}, "size", (-1, 10**15, -(1 << 63))),
    ({"kind": EventKind.BOOK_DELTA, "price_pips": 100, "flags": 3}, "bid_pips", (-1, 10_001)),
    ({"kind": EventKind.BOOK_DELTA, "price_pips": 100, "flags": 3}, "ask_pips", (-1, 10_001)),
    ({"kind": EventKind.BEST, "flags": 1}, "bid_pips", (-32_768, 10_001)),
    ({"kind": EventKind.BEST, "flags": 1}, "ask_pips", (-32_768, 10_001)),
    ({"kind": EventKind.BOOK_SNAPSHOT, "flags": 3, "code": 1}, "price_pips", (-1, 10_001)),
    ({"kind": EventKind.BOOK_SNAPSHOT, "flags": 3, "code": 3}, "ask_pips", (-1, 10_001)),
    ({"kind": EventKind.BOOK_SNAPSHOT, "flags": 3, "code": 3}, "order_id", (10**15, (1 << 64) - 1)),
    ({"kind": EventKind.BOOK_SNAPSHOT, "flags": 3}, "code", (4, 255)),
    ({"kind": EventKind.BOOK_SNAPSHOT, "flags": 3}, "side", (2, 255)),
    ({"kind": EventKind.PRINT, "size": 1}, "price_pips", (-32_768, -1, 10_001, 32_767)),
    ({"kind": EventKind.PRINT, "price_pips": 5_000}, "size", (-1, 0, (1 << 63) - 1)),
    ({"kind": EventKind.TICK_CHANGE}, "price_pips", (-1, 0, 3, 32_767)),
    ({"kind": EventKind.MARKET, "flags": 1}, "price_pips", (-1, 0, 3)),
    ({"kind": EventKind.RESOLVED}, "price_pips", (-32_768, -1, 10_001)),
]


@pytest.mark.parametrize("given, name, values", WORST)
def test_what_the_core_refuses_the_venue_leaves_alone(
    given: dict[str, int], name: str, values: tuple[int, ...]
) -> None:
    """A good print afterwards still finds our order: 5 of it, as without the bad events."""
    fields = {"time_ns": START + 300 * MS, "venue_time_ns": START + 300 * MS} | given
    fields.pop("kind")
    times = {key: fields.pop(key) for key in ("time_ns", "venue_time_ns")}
    tape = market()
    for value in values:
        tape.put(
            events.raw(
                given["kind"], at=times["time_ns"], venue_time_ns=times["venue_time_ns"],
                **(fields | {name: value}),
            )
        )  # fmt: skip
    tape.trade(500, "SELL", "0.50", "5")
    script, given_run = quote()
    outcome = run(tape, script, **given_run)
    assert outcome.counts["unsound"] == len(values)
    assert outcome.engine.view.counters()["refused"] == len(values)
    assert sizes(outcome) == [5]


@pytest.mark.parametrize("token", (2, 3, 1 << 31, 0xFFFFFFFE, 0xFFFFFFFF))
@pytest.mark.parametrize("kind", [kind for kind in EventKind if kind <= EventKind.RETIRE])
def test_tokens_beyond_the_table(kind: EventKind, token: int) -> None:
    tape = market()
    tape.put(
        events.raw(
            kind, at=START + 300 * MS, token=token, price_pips=100, size=1, order_id=5, flags=1
        )
    )
    tape.trade(500, "SELL", "0.50", "5")
    script, given = quote()
    assert sizes(run(tape, script, **given)) == [5]


# --- times ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "time_ns", (-1, -(1 << 63), 1 << 62, (1 << 63) - 1, START + 30 * 86_400_000 * MS)
)
def test_an_event_whose_time_cannot_be_is_left_alone(time_ns: int) -> None:
    """Out of range, or thirty days after the one before: the engine refuses it, the venue too."""
    tape = market().delta(300, "BUY", "0.49", "7")
    records = tape.records
    bad = events.unpack(records[-1])._replace(time_ns=time_ns, venue_time_ns=0)
    records[-1] = bad.pack()
    tape.trade(500, "SELL", "0.50", "5")
    script, given = quote()
    outcome = run(tape, script, **given)
    assert sizes(outcome) == [5]
    assert outcome.counts["unsound"] == 1
    assert outcome.engine.view.counters()["refused"] == 1


@pytest.mark.parametrize("time_ns", (0, 1, 250_000_000 * 1_000 * MS, START - 1))
def test_one_early_time_does_not_spoil_what_follows(time_ns: int) -> None:
    """It is late, acts when it comes, and the next event is not held to be decades ahead of it."""
    tape = market().delta(300, "SELL", "0.51", "7")
    tape.records[-1] = events.unpack(tape.records[-1])._replace(time_ns=time_ns).pack()
    tape.trade(500, "SELL", "0.50", "5")
    script, given = quote()
    outcome = run(tape, script, **given)
    assert sizes(outcome) == [5]
    assert outcome.counts["unsound"] == 0


@pytest.mark.parametrize("time_ns", (0, -1, (1 << 62) - 1, START + 400 * 86_400_000 * MS))
def test_the_first_time_may_be_the_wrong_one(time_ns: int) -> None:
    """A lone time is no beginning: the run begins where two events agree."""
    tape = market()
    tape.records.insert(0, events.raw(EventKind.FEED, at=0, token=0xFFFFFFFF, code=0))
    first = events.unpack(tape.records[0])._replace(time_ns=time_ns)
    tape.records[0] = first.pack()
    tape.trade(500, "SELL", "0.50", "5")
    script, given = quote()
    outcome = run(tape, script, **given)
    assert sizes(outcome) == [5]
    assert outcome.events["time_ns"][0] == START


def test_a_month_of_silence_is_believed_when_the_next_event_agrees() -> None:
    month = 30 * 86_400_000
    tape = market().trade(month, "SELL", "0.50", "5").trade(month + 1, "SELL", "0.50", "2")
    script, given = quote()
    outcome = run(tape, script, engine={"metadata_cycle_ns": 1 << 60}, **given)
    assert sizes(outcome) == [5, 2]


def test_no_recording_is_longer_than_a_thousand_days() -> None:
    """Fifty years ahead is not believed, though two events agree: timers would run for hours."""
    years = 50 * 366 * 86_400_000
    tape = market().delta(years, "BUY", "0.49", "7").delta(years + 1, "BUY", "0.49", "8")
    tape.trade(500, "SELL", "0.50", "5")
    script, given = quote()
    outcome = run(tape, script, **given)
    assert sizes(outcome) == [5]
    assert outcome.counts["unsound"] == 2


@pytest.mark.parametrize("venue_ns", (-1, 1, (1 << 63) - 1, START + 100 * 86_400_000 * MS))
def test_a_venue_time_that_cannot_be_is_none(venue_ns: int) -> None:
    """The event acts at our time of it, and the venue's clock goes on from there."""
    tape = market().delta(300, "SELL", "0.51", "7")
    tape.records[-1] = events.unpack(tape.records[-1])._replace(venue_time_ns=venue_ns).pack()
    tape.trade(500, "SELL", "0.50", "5")
    script, given = quote()
    outcome = run(tape, script, **given)
    assert sizes(outcome) == [5]
    (fill,) = outcome.fills
    assert fill["venue_time_ns"] == START + 500 * MS


def test_a_long_silence_is_told_in_steps() -> None:
    """Three hours of nothing: the engine, which refuses jumps above an hour, goes with it, and the
    next day's print finds the order."""
    hours = 3 * 3_600_000
    tape = market().trade(hours, "SELL", "0.50", "5")
    script, given = quote()
    for metadata in (3_600, 10_800):  # also when metadata is read too seldom to help
        engine = {"metadata_cycle_ns": metadata * 1_000 * MS}
        outcome = run(tape, script, engine=engine, **given)
        assert outcome.engine.view.refusals().get("TIME_JUMP", 0) == 0
        assert sizes(outcome) == [5]


# --- what a caller may hand in --------------------------------------------------------------------


class Idle:
    wakes = Wake.BBO

    def on_wake(self, turn: object) -> None:
        pass


def paper_run(array: Any, **changed: Any) -> PaperRun:
    """A PaperRun of these events; `changed` over its settings and latency."""
    settings = PaperSettings(latency="10ms", feed_latency="0s")
    recording = market().recording()
    desk = Paper(recording, Idle(), settings, None)
    compiled = settings.compiled(recording.manifest, desk.config, 0)
    legs = changed.pop("latency", [(0, 10 * MS, b"", b"")] * 3)
    return PaperRun(Engine(EngineConfig(tokens=2)), array, Idle(), b"", compiled | changed, legs)


@pytest.mark.parametrize("kind", (11, 14, 20, 31, 35, 50, 52, 62, 63, 200))
def test_words_that_are_not_the_markets_are_refused(kind: int) -> None:
    """Else a recording could send orders, give itself cash, or name an order by any number."""
    array = market().recording().events
    array[2]["kind"] = kind
    with pytest.raises(ValueError, match=rf"events: number 2 is of kind {kind}"):
        paper_run(array)


@pytest.mark.parametrize(
    "name, value",
    [
        ("fill", -1), ("fill", 7), ("power", 0), ("power", 4), ("print_lag_ns", -1),
        ("settle_ns", -1), ("convert_ns", 1 << 62), ("redeem_ns", -1), ("refresh_ns", 0),
        ("feed_ns", -1), ("timer_ns", -1), ("timer_ns", 1), ("convert_cost", -1),
    ],
)  # fmt: skip
def test_settings_out_of_range_are_named(name: str, value: int) -> None:
    with pytest.raises(ValueError, match=name):
        paper_run(market().recording().events, **{name: value})


@pytest.mark.parametrize(
    "spec",
    [
        (0, 0, b"", b""), (0, -1, b"", b""), (0, 1 << 62, b"", b""), (3, 1, b"", b""),
        (1, 0, b"", b""), (2, 0, b"", b""), (1, 0, bytes(8), bytes(16)), (2, 0, b"", bytes(7)),
        (2, 0, b"", bytes(8)),
        (1, 0, np.array([5, 4]).tobytes(), np.array([1, 1]).tobytes()),
    ],
)  # fmt: skip
def test_latencies_that_cannot_be_are_refused(spec: tuple[int, int, bytes, bytes]) -> None:
    with pytest.raises(ValueError, match="latency"):
        paper_run(market().recording().events, latency=[spec] * 3)


def test_events_must_lie_straight() -> None:
    raw = b"x" + market().recording().events.tobytes()
    with pytest.raises(ValueError, match="aligned"):
        paper_run(memoryview(raw)[1:])
    with pytest.raises(ValueError, match="whole number"):
        paper_run(memoryview(raw)[1:-1])


def test_what_a_strategy_or_a_sink_raises_ends_the_run_and_is_raised() -> None:
    """A sink that raises once takes nothing: no event may be written behind the full log."""

    class Busy(Script):
        def on_wake(self, turn: Any) -> None:
            for _ in range(1_000):
                turn.cancel(1)

    tape = market()
    for k in range(2_000):
        tape.delta(10 + k, "BUY", "0.49", str(k % 7 + 1))
    recording = tape.recording()
    settings = PaperSettings(latency="10ms", feed_latency="0s", fill="front")
    for wakes, error in ((Wake.BBO, "full"), (Wake.SIGNAL, "full")):
        strategy = Busy(wakes=wakes)
        desk = Paper(recording, strategy, settings, None)

        def sink(*_: Any) -> None:
            raise OSError("full")

        compiled = settings.compiled(recording.manifest, desk.config, 0)
        legs = [(0, 10 * MS, b"", b"")] * 3
        paper = PaperRun(
            desk.engine, recording.events, strategy, desk.first(0), compiled, legs, sink
        )
        with pytest.raises(OSError, match=error):
            paper.run()
        with pytest.raises(RuntimeError, match="once"):
            paper.run()


# --- at random ------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(12))
def test_spoilt_recordings(seed: int) -> None:
    """The run ends, its engine is sound, nothing is overfilled, and it is the same again."""
    one, two = support_fuzz.once(seed, 150), support_fuzz.once(seed, 150)
    support_fuzz.judge(one)
    assert one.chain == two.chain
    assert one.fills.tobytes() == two.fills.tobytes()
    assert one.counts == two.counts


def test_spoilt_recordings_in_a_build_that_stops_at_undefined_behaviour() -> None:
    program = f"import runpy; runpy.run_path({support_fuzz.__file__!r}, run_name='__main__')"
    env = {"SEEDS": "12", "EVENTS": "600", "FIRST": "100"}
    report = json.loads(builds.run(program, "ubsan", env=env))
    assert report["mode"] == "ubsan"
    assert report["unsound"] > 200
    assert report["fills"] > 50
    assert EVENT_DTYPE.itemsize == 64
