"""Equal inputs give equal runs: ten times, in another process, in another build, and a plain engine
that is given the recorded events gives the same chain and effects.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import builds
from clobstep import EFFECT_DTYPE, Engine, events
from clobstep.enums import EventKind, TradeStatus
from clobstep.replay.verify import replay
from clobstep.session.reader import Session
from clobstep.strategy.load import load_strategy
from clobstep_sim import paper
from clobstep_sim.replayed.settings import PaperSettings
from paper import support_equal
from paper.desk import START, S, run
from paper.streams import Stream, Trader
from paper.support_equal import SETTINGS, fingerprint, once, recording_of

MODELS = ("crossing", "trade-through", "risk-averse", "power:3", "log", "front", "naive")


@pytest.mark.parametrize("fill", MODELS)
def test_ten_runs_are_equal(fill: str) -> None:
    seed = 50 + MODELS.index(fill)
    prints = {fingerprint(once(seed, fill)) for _ in range(10)}
    assert len(prints) == 1
    assert len(once(seed, fill).fills) >= 5


def test_unequal_seeds_differ() -> None:
    """The pair of the test above: where latency is drawn, another seed is another run."""
    recording = Stream(40, length=400).tape.recording()
    runs = [run(recording, Trader(40), fill="power:3", seed=seed, **SETTINGS) for seed in (1, 2)]
    assert runs[0].chain != runs[1].chain


@pytest.mark.parametrize("fill", MODELS)
def test_a_doubtful_time_at_the_end_changes_nothing_before_it(fill: str) -> None:
    """Of a recording whose times all hold they are not asked one by one; of this one they are."""
    seed = 60 + MODELS.index(fill)
    tape = Stream(seed, length=400).tape
    calm = run(tape.recording(), Trader(seed), fill=fill, **SETTINGS)
    never = {"at": START + 200_000_000 * S, "venue_time": START + 200_000_000 * S}
    tape.put(events.delta(0, "BUY", price="0.5", size="1", best=None, end=True, **never))
    doubted = run(tape.recording(), Trader(seed), fill=fill, **SETTINGS)
    assert doubted.counts["unsound"] == calm.counts["unsound"] + 1
    assert len(calm.fills) >= 5
    assert doubted.fills.tobytes() == calm.fills.tobytes()
    believed = doubted.events[doubted.events["time_ns"] != never["at"]]
    for name in set(calm.events.dtype.names or ()) - {"amount"}:  # it numbers the turns
        assert (believed[name] == calm.events[name]).all(), name


@pytest.mark.parametrize("settle", ("0s", "40ms"))
def test_the_words_of_a_trade_keep_their_order(settle: str) -> None:
    """MATCHED, MINED, CONFIRMED: at one time too, though the later two wait in another queue."""
    seed = 81
    outcome = run(recording_of(seed), Trader(seed), fill="front", latency="20ms", settle=settle)
    told = outcome.events[outcome.events["kind"] == EventKind.TRADE]
    assert len(outcome.fills) >= 5
    for row in outcome.fills:
        words = told["code"][told["ref"] == row["trade"]]
        assert list(words) == [TradeStatus.MATCHED, TradeStatus.MINED, TradeStatus.CONFIRMED]
    assert (np.diff(outcome.events["time_ns"]) >= 0).all()


@pytest.mark.parametrize(
    "hashing, mode", [("1", "release"), ("2", "release"), ("3", "debug"), ("4", builds.fastest())]
)
def test_other_processes_and_builds_are_equal(hashing: str, mode: str) -> None:
    """Under another PYTHONHASHSEED, and in the build that checks all invariants each event."""
    program = f"import runpy; runpy.run_path({support_equal.__file__!r}, run_name='__main__')"
    env = {"SEED": "44", "FILL": "log", "PYTHONHASHSEED": hashing}
    assert builds.run(program, mode, env=env).strip() == fingerprint(once(44, "log"))


@pytest.mark.parametrize("fill", ("risk-averse", "naive"))
def test_a_plain_engine_given_the_events_gives_the_same(fill: str) -> None:
    outcome = once(46, fill)
    engine = Engine(outcome.engine.config)
    effects = b"".join(engine.step(row.tobytes()) for row in outcome.events)
    assert engine.chain == outcome.chain
    assert engine.snapshot() == outcome.engine.snapshot()
    ours = np.frombuffer(effects, EFFECT_DTYPE)
    assert len(ours) == len(outcome.effects)
    assert [int(at) for at in ours["seq"]] == [effect.seq for effect in outcome.effects]


def test_a_recorded_paper_session_verifies(tmp_path: Path) -> None:
    """Events, effects and checkpoints of the file, through `replay --verify`'s own function."""
    recording = Stream(47, length=2_000).tape.recording()
    settings = PaperSettings(fill="power:2", **SETTINGS)
    result = paper(recording, Trader(47), record=tmp_path / "P.clob", settings=settings)
    assert len(result.fills) > 20
    with Session.open(tmp_path / "P.clob") as session:
        verdict = replay(session, verify=True)
        assert session.manifest.kind == "paper"
    assert verdict.same
    assert verdict.chain == result.chain
    assert verdict.checkpoints > 5


def test_the_compiled_maker_and_its_twin_trade_alike() -> None:
    """Both give the same fills, event for event, on a random recording."""
    recording = Stream(48, length=1_500).tape.recording()
    python, compiled = (
        run(recording, load_strategy(name), fill="front", **SETTINGS)
        for name in ("maker", "maker-compiled")
    )
    assert python.raw == compiled.raw
    assert len(python.fills) > 3
