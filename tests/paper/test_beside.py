"""The compiled paper venue and the plain reference, side by side: every fill and every answer.

Random recordings with random traders, hypothesis' own choice of them, and real recordings with the
maker, under every fill model. What differs is printed as lines of one venue only.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import recordings
from clobstep.enums import EventKind
from clobstep.imports.recording import Options
from clobstep.imports.run import import_files
from clobstep.strategy.load import load_strategy
from clobstep_sim.replayed import latency
from clobstep_sim.replayed.recording import Recording, load
from paper.beside import Leg, Model, answers_of, differences, fills_of, predict
from paper.desk import MS, START, Outcome, run
from paper.reference import Reference
from paper.streams import Stream, Trader

MODELS = (
    "crossing", "trade-through", "risk-averse", "power:1", "power:2", "power:3", "log", "front",
)  # fmt: skip
TABLE = ((START, 30 * MS), (START + 2_000 * MS, 3 * MS), (START + 4_000 * MS, 75 * MS))


def model(fill: str) -> Model:
    name, _, power = fill.partition(":")
    return Model(name, int(power or 3))


def constant(ms: int) -> latency.Leg:
    return latency.Leg(f"{ms}ms", constant_ns=ms * MS)


def both(seed: int, fill: str, length: int) -> tuple[Outcome, Reference]:
    """A random recording and trader on both venues; every third seed has unequal latencies."""
    recording = Stream(seed, length=length).tape.recording()
    ours = (constant(10), constant(10), constant(10))
    theirs = {"submit": Leg(10 * MS), "cancel": Leg(10 * MS), "answer": Leg(10 * MS)}
    if seed % 3 == 1:  # a cancel may arrive before its order
        ours = (constant(40), constant(5), constant(20))
        theirs = {"submit": Leg(40 * MS), "cancel": Leg(5 * MS), "answer": Leg(20 * MS)}
    elif seed % 3 == 2:
        ours = (latency.Leg("table", rows=TABLE), constant(5), latency.Leg("table", rows=TABLE))
        theirs = {"submit": Leg(table=TABLE), "cancel": Leg(5 * MS), "answer": Leg(table=TABLE)}
    legs = latency.Latency(*ours)
    outcome = run(recording, Trader(seed), fill=fill, latency=legs, cash="100000")
    return outcome, predict(recording.events, outcome, model(fill), **theirs)


def assert_our_times(outcome: Outcome, reference: Reference) -> None:
    """Each word is with us an answer's latency after the venue said it; time never goes back."""
    for said, time_ns in [*fills_of(outcome.events), *answers_of(outcome.events)]:
        assert time_ns == reference.our_time(said.venue_ns)
    assert np.all(np.diff(outcome.events["time_ns"]) >= 0)


def assert_answers_first(outcome: Outcome) -> None:
    """At equal times answers come before the recorded feed."""
    kinds, times = outcome.events["kind"], outcome.events["time_ns"]
    data = np.isin(kinds, [EventKind.BOOK_DELTA, EventKind.PRINT, EventKind.BOOK_SNAPSHOT])
    answers = (kinds >= EventKind.ACCEPTED) & (kinds <= EventKind.TRADE)
    late = answers[1:] & data[:-1] & (times[1:] == times[:-1])
    assert not np.any(late)


@pytest.mark.parametrize("fill", MODELS)
def test_random_streams(fill: str) -> None:
    makers = takers = 0
    first = 100 * MODELS.index(fill)
    for seed in range(first, first + 6):
        outcome, reference = both(seed, fill, length=300)
        assert differences(outcome, reference) == [], f"seed {seed}"
        assert_our_times(outcome, reference)
        assert_answers_first(outcome)
        makers += sum(one.maker for one in reference.fills)
        takers += sum(not one.maker for one in reference.fills)
    assert makers > 5  # else the streams say nothing
    assert takers > 5


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    seed=st.integers(1 << 20, 1 << 40),
    fill=st.sampled_from(MODELS),
    length=st.integers(5, 200),
)
def test_any_stream(seed: int, fill: str, length: int) -> None:
    outcome, reference = both(seed, fill, length)
    assert differences(outcome, reference) == []


# --- real recordings ------------------------------------------------------------------------------


def only(recording: Recording, token: int) -> Recording:
    """The events of one condition, and those of none."""
    events = recording.events
    mine = (events["token"] >> 1 == token >> 1) | (events["kind"] == EventKind.FEED)
    return replace(recording, events=events[mine])


@pytest.fixture(scope="module")
def nhl(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """Fourteen minutes of six markets: changes and prints of a live final."""
    file = recordings.data("market_ws/nhl_2026-06-07_0130.parquet")
    out = tmp_path_factory.mktemp("nhl") / "S.clob"
    import_files([file], out, options=Options(sort=True))
    return load(out)


@pytest.mark.parametrize("fill", MODELS)
def test_the_maker_on_a_recorded_final(nhl: Recording, fill: str) -> None:
    recording = only(nhl, 6)
    recording = replace(recording, events=recording.events[:14_000])  # of 21,400; for the time
    outcome = run(recording, load_strategy("maker"), fill=fill, latency="50ms", feed_latency=None)
    warm = outcome.engine.config.warm_time_ns
    reference = predict(recording.events, outcome, model(fill), warm_ns=warm)
    assert differences(outcome, reference) == []
    assert len(reference.fills) >= 10


def test_the_maker_on_recorded_snapshots(tmp_path: Path) -> None:
    """A settled market of top-20 books, about one a second: only crossings can be seen."""
    books = recordings.data("settled_books/books.parquet")
    markets = recordings.data("settled_books/markets.parquet")
    options = Options(market="btc-updown-15m-1790590500")
    import_files([books, markets], tmp_path / "S.clob", options=options)
    recording = load(tmp_path / "S.clob")
    recording = replace(recording, events=recording.events[:7_000])  # of 13,300; for the time
    outcome = run(
        recording, load_strategy("maker"), fill="crossing", latency="50ms", feed_latency=None
    )
    reference = predict(recording.events, outcome, model("crossing"))
    assert differences(outcome, reference) == []
    assert len(reference.fills) > 50
