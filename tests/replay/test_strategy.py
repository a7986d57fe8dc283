"""replay --strategy: the strategy again, and each intent against the one that was recorded.

Whatever makes a strategy ask for something else is found at the first intent that differs.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from clobstep import Engine, events
from clobstep.core import EVENT_DTYPE
from clobstep.enums import EventKind, Side, Wake
from clobstep.replay.strategy import StrategyVerdict, recorded_settings, replay_strategy
from clobstep.replay.verify import replay
from clobstep.session.reader import Session
from clobstep.session.recorder import Recorder
from clobstep.session.writer import SessionWriter
from clobstep.strategy._maker import CompiledMaker
from clobstep.strategy.load import load_strategy
from clobstep.strategy.maker import Maker, MakerSettings
from clobstep.strategy.noop import Noop
from clobstep.strategy.protocol import Plain, Turn
from clobstep_sim.replayed.paper import paper
from clobstep_sim.replayed.recording import Recording, with_signals
from paper.desk import MS, START, Tape

SHARE = 1_000_000
MINE = MakerSettings(size=10 * SHARE, width_pips=100)


def tape() -> Recording:
    """A book that goes up and down, with a trade now and then."""
    made = Tape()
    for k in range(80):
        mid = 50 + (k % 7) - (k % 4)
        made.book(k * 500, [(f"0.{mid - 1}", "20")], [(f"0.{mid + 1}", "20")])
        if k % 5 == 0:
            made.trade(k * 500 + 200, "SELL", f"0.{mid - 2}", "12")
    return made.recording()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("run") / "run.clob"
    paper(tape(), Maker(MINE), fill="trade-through", latency="20ms", record=path)
    return path


def again(path: Path, strategy: Any) -> StrategyVerdict:
    with Session.open(path) as session:
        return replay_strategy(session, strategy)


def records(path: Path) -> list[bytes]:
    with Session.open(path) as session:
        return [record for part in session.events() for record in _split(part.tobytes())]


def _split(raw: bytes) -> list[bytes]:
    return [raw[k : k + 64] for k in range(0, len(raw), 64)]


def is_intent(record: bytes) -> bool:
    return EventKind.INTENT_SUBMIT <= record[60] <= EventKind.INTENT_REDEEM


def changed(path: Path, out: Path, edit: Callable[[list[bytes]], list[bytes]]) -> Path:
    """The session with other events, stepped and sealed anew: as a session it is whole."""
    with Session.open(path) as session:
        head = session.manifest
    head.sealed = None
    engine = Engine(head.engine_config())
    with SessionWriter.create(out, head) as writer:
        recorder = Recorder(engine, writer)
        recorder.step(np.frombuffer(b"".join(edit(records(path))), EVENT_DTYPE))
        writer.seal()
    with Session.open(out) as session:
        assert replay(session, verify=True).same
    return out


# ---- the same


def test_the_same_strategy_asks_the_same(run: Path) -> None:
    found = again(run, Maker(MINE))
    assert found.same
    assert found.first is None
    asked = [record for record in records(run) if is_intent(record)]
    assert found.intents == len(asked) > 100
    assert found.events == len(records(run))
    with Session.open(run) as session:
        assert found.chain == session.checkpoints()[-1][1]


def test_it_is_run_again_from_what_the_session_says(run: Path) -> None:
    with Session.open(run) as session:
        given = recorded_settings(session, "maker")
        assert given["width_pips"] == "100"
        assert recorded_settings(session, "noop") == {}
        assert replay_strategy(session, load_strategy("maker", given)).same


def test_the_compiled_twin_asks_the_same(run: Path) -> None:
    assert again(run, CompiledMaker(MINE)).same


def test_a_signal_is_in_the_session(tmp_path: Path) -> None:
    rows = [
        events.signal(source=1, key=1, first=value, token=0, at=START + at * MS)
        for at, value in ((5_100, 5_500), (9_900, 4_500), (20_000, 5_050))
    ]
    recording = with_signals(tape(), np.frombuffer(b"".join(rows), EVENT_DTYPE))
    path = tmp_path / "run.clob"
    paper(recording, Maker(MINE), fill="trade-through", latency="20ms", record=path)
    assert sum(record[60] == EventKind.SIGNAL for record in records(path)) == 3
    assert again(path, Maker(MINE)).same
    silent = changed(
        path,
        tmp_path / "silent.clob",
        lambda found: [record for record in found if record[60] != EventKind.SIGNAL],
    )
    assert not again(silent, Maker(MINE)).same


def test_progress_is_told(run: Path) -> None:
    told: list[tuple[int, int]] = []
    with Session.open(run) as session:
        replay_strategy(session, Maker(MINE), lambda done, total: told.append((done, total)))
    assert told[-1][0] == told[-1][1] == len(records(run))


# ---- not the same


def test_another_setting_is_found(run: Path) -> None:
    found = again(run, Maker(MakerSettings(size=10 * SHARE, width_pips=200)))
    assert found.first is not None
    first = next(k for k, record in enumerate(records(run), 1) if is_intent(record))
    assert found.first.seq == first
    assert found.first.woken_seq == first - 1
    assert found.first.woken.startswith("BOOK_SNAPSHOT")
    told = "INTENT_SUBMIT order 1 BUY 10 of token 0 at 0.4{} GTC post-only, turn 8"
    assert found.first.recorded == told.format(9)
    assert found.first.asked == told.format(8)
    assert found.intents == 0


def test_one_that_asks_for_nothing_is_found(run: Path) -> None:
    found = again(run, Noop())
    assert found.first is not None
    assert found.first.asked == "nothing more"


class Dice(Maker):
    """Draws unseeded randomness now and then."""

    def on_wake(self, turn: Turn) -> None:
        super().on_wake(turn)
        if random.random() < 0.5:
            turn.cancel_all()


class Clock(Plain):
    """Sizes its orders by the time of day."""

    wakes = Wake.BBO
    engine = {"cooldown_ns": 0}  # noqa: RUF012

    def on_wake(self, turn: Turn) -> None:
        size = 5_000_000 + time.perf_counter_ns() // 1_000 % 1_000 * 10_000
        turn.submit(0, Side.BUY, 4_000, size, post_only=True)


@pytest.mark.parametrize("make", [lambda: Dice(MINE), Clock])
def test_what_draws_or_looks_at_a_clock_is_caught(tmp_path: Path, make: Any) -> None:
    path = tmp_path / "run.clob"
    paper(tape(), make(), fill="trade-through", latency="20ms", record=path)
    with Session.open(path) as session:
        assert replay(session, verify=True).same  # the engine has nothing to do with it
    found = again(path, make())
    assert found.first is not None
    assert found.first.woken.startswith(("BOOK_SNAPSHOT", "ACCEPTED", "TRADE", "CANCEL"))
    assert found.first.recorded != found.first.asked


def nth_intent(found: list[bytes], n: int) -> int:
    return [k for k, record in enumerate(found) if is_intent(record)][n]


@pytest.mark.parametrize("n", [0, 7, 40])
def test_an_intent_that_is_missing_is_found(run: Path, tmp_path: Path, n: int) -> None:
    at = nth_intent(records(run), n)
    path = changed(run, tmp_path / "x.clob", lambda found: found[:at] + found[at + 1 :])
    found = again(path, Maker(MINE))
    assert found.first is not None
    assert found.first.seq == at + 1
    assert found.intents == n
    assert found.first.asked_raw == records(run)[at]


def test_an_intent_too_many_is_found(run: Path, tmp_path: Path) -> None:
    at = nth_intent(records(run), 20) + 1
    while is_intent(records(run)[at]):
        at += 1
    extra = events.cancel_all(at=events.unpack(records(run)[at - 1]).time_ns)
    path = changed(run, tmp_path / "x.clob", lambda found: [*found[:at], extra, *found[at:]])
    found = again(path, Maker(MINE))
    assert found.first is not None
    assert found.first.seq == at + 1
    assert found.first.recorded == "INTENT_CANCEL_ALL"
    assert found.first.asked == "nothing more"


def test_an_intent_that_was_changed_is_found(run: Path, tmp_path: Path) -> None:
    at = nth_intent(records(run), 30)
    other = events.unpack(records(run)[at])
    other = other._replace(size=other.size + 1 if other.size else 0, order_id=other.order_id + 1)
    path = changed(
        run, tmp_path / "x.clob", lambda found: [*found[:at], other.pack(), *found[at + 1 :]]
    )
    found = again(path, Maker(MINE))
    assert found.first is not None
    assert (found.first.seq, found.intents) == (at + 1, 30)


def test_a_session_that_was_cut_off_says_where_it_ends(run: Path, tmp_path: Path) -> None:
    """The event that woke the strategy is in it, and what it asked for is not."""
    at = nth_intent(records(run), 25)
    while is_intent(records(run)[at - 1]):
        at -= 1
    path = changed(run, tmp_path / "x.clob", lambda found: found[:at])
    found = again(path, Maker(MINE))
    assert found.first is not None
    assert found.first.recorded == "the session ends here"
    assert found.first.seq == found.events + 1 == at + 1
    assert found.first.recorded_raw == b""


def test_where_a_fact_stands_for_an_intent_that_is_told(run: Path, tmp_path: Path) -> None:
    at = nth_intent(records(run), 0)
    path = changed(run, tmp_path / "x.clob", lambda found: [r for r in found if not is_intent(r)])
    found = again(path, Maker(MINE))
    assert found.first is not None
    assert found.first.seq == at + 1
    assert found.first.recorded.startswith("no further intent, but ")


def test_what_the_strategy_raises_is_raised(run: Path) -> None:
    class Broken(Maker):
        def on_wake(self, turn: Turn) -> None:
            raise LookupError("no idea")

    with pytest.raises(LookupError, match="no idea"):
        again(run, Broken(MINE))


def test_the_verdict_as_plain_types(run: Path) -> None:
    told = again(run, Noop()).as_dict()
    assert told["same"] is False
    assert told["first"]["asked"] == "nothing more"
    assert set(told["first"]) == {"seq", "woken_seq", "woken", "recorded", "asked"}
