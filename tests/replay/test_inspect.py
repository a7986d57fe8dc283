"""The state at an event, and steps back and forth."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clobstep import Engine
from clobstep.replay.inspect import Inspector
from clobstep.session.format import SessionError
from clobstep.session.reader import Session
from replay.runs import CONFIG, minute, written


@pytest.fixture(scope="module")
def session_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("s") / "S.clob", minute(), snapshot_events=100)


def chain_after(n: int) -> int:
    engine = Engine(CONFIG)
    for record in minute()[:n]:
        engine.step(record)
    return engine.chain


@pytest.mark.parametrize("at", [0, 1, 7, 255, 256, 257, 300])
def test_any_event_is_reached(session_path: Path, at: int) -> None:
    with Session.open(session_path) as session:
        assert Inspector(session, at).engine.chain == chain_after(at)


def test_steps_back_and_forth_and_by_number(session_path: Path) -> None:
    n = len(minute())
    with Session.open(session_path) as session:
        at = Inspector(session)
        assert at.seq == n
        assert not at.move(1)
        for step, seq in ((-1, n - 1), (-200, n - 201), (1, n - 200), (57, n - 143)):
            assert at.move(step)
            assert (at.seq, at.engine.chain) == (seq, chain_after(seq))
        at.go(-2)
        assert at.seq == n - 1
        at.go(3)
        assert at.engine.chain == chain_after(3)
        assert not at.move(-4)


@pytest.mark.parametrize("at", [10_000, -10_000])
def test_an_event_that_is_not_there_is_refused(session_path: Path, at: int) -> None:
    with Session.open(session_path) as session:
        with pytest.raises(SessionError, match=f"there is no event {at}; it has 1 to"):
            Inspector(session, at)
        inspector = Inspector(session, 5)
        with pytest.raises(SessionError):
            inspector.go(at)
        assert inspector.seq == 5


def test_the_picture_holds_what_a_person_looks_at(session_path: Path) -> None:
    records = minute()
    with Session.open(session_path) as session:
        at = Inspector(session, 0)
        assert at.picture()["event"] is None
        seq = next(k for k in range(len(records)) if records[k][60] == 50) + 1  # INTENT_SUBMIT
        at.go(seq)
        picture = at.picture()
    assert "INTENT_SUBMIT order 1 BUY 10 of token 0 at 0.50" in picture["event"]
    assert any(line.startswith("SUBMIT order 1") for line in picture["effects"])
    assert not any("TIMER" in line for line in picture["effects_before"])
    (order,) = picture["orders"]
    assert (order["state"], order["price"], order["leaves"]) == ("SENT", "0.50", "10")
    cash = picture["ledger"][0]
    assert (cash["settled"], cash["reserved"], cash["spendable"]) == ("100.00", "5.00", "95.00")
    assert picture["books"][0]["bids"][0] == ["0.50", "100"]
    assert picture["books"][0]["asks"] == [["0.52", "100"]]
    assert json.loads(json.dumps(picture)) == picture
