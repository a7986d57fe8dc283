"""Replays: the same, and each way in which they can differ."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from clobstep import EFFECT_DTYPE, Engine, events
from clobstep.core import RULES_VERSION
from clobstep.enums import EffectKind, Wake
from clobstep.replay import _loop, verify
from clobstep.session.reader import Session
from replay.runs import CONFIG, START, S, array, forged, minute, stepped, trading, written


def verdict(path: Path) -> verify.Verdict:
    with Session.open(path) as session:
        return verify.replay(session)


def test_a_session_gives_itself_again(tmp_path: Path) -> None:
    records = minute()
    path = written(tmp_path / "S.clob", records)
    engine = Engine(CONFIG)
    for record in records:
        engine.step(record)
    found = verdict(path)
    assert (found.same, found.first) == (True, None)
    assert (found.events, found.effects) == (len(records), len(stepped(records)))
    assert found.chain == found.recorded_chain == engine.chain
    assert found.checkpoints >= 2


def test_without_verify_nothing_is_claimed(tmp_path: Path) -> None:
    with Session.open(written(tmp_path / "S.clob", minute())) as session:
        found = verify.replay(session, verify=False)
    assert (found.same, found.recorded_chain, found.checkpoints) == (None, None, 0)
    assert found.as_dict()["proves"] is None


def test_an_empty_session_is_the_same(tmp_path: Path) -> None:
    found = verdict(written(tmp_path / "S.clob", []))
    assert (found.same, found.events, found.chain) == (True, 0, Engine(CONFIG).chain)


def test_events_that_wake_a_strategy_do_not_stop_it(tmp_path: Path) -> None:
    records = [*trading(), events.wake_on(0, Wake.BBO | Wake.PRINT, at=START)]
    for k in range(2_000):
        at = START + S + k * 1_000_000
        records.append(events.public_trade(0, "BUY", price="0.52", size="1", at=at))
    path = written(tmp_path / "S.clob", records)
    found = verdict(path)
    assert found.same
    assert found.effects >= 2_000


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    with Session.open(written(tmp_path / "S.clob", minute())) as session:
        verify.replay(session, progress=lambda *at: told.append(at))
    n = len(minute())
    assert told[-1] == ("replaying events", n, n)


def other_effects(what: str) -> tuple[np.ndarray, int]:
    """Effects of the minute with one of them changed, left out or added; and at which event."""
    given = stepped(minute())
    row = int(np.flatnonzero(given["kind"] == EffectKind.SUBMIT)[2])
    seq = int(given["seq"][row])
    if what == "changed":
        given["size"][row] += 10_000
        return given, seq
    if what == "left out":
        return np.delete(given, row), seq
    extra = given[row : row + 1].copy()
    extra["seq"] = seq = seq + 7
    at = int(np.searchsorted(given["seq"], seq, side="right"))
    return np.insert(given, at, extra[0]), seq


@pytest.mark.parametrize("what", ["changed", "left out", "added"])
def test_the_event_whose_effects_differ_is_named(tmp_path: Path, what: str) -> None:
    given, seq = other_effects(what)
    records = minute()
    first = verdict(forged(tmp_path / "S.clob", records, records, given)).first
    assert first is not None
    assert (first.seq, first.exact, first.what) == (seq, True, "effects")
    assert first.recorded != first.replayed
    assert first.replayed_state["seq"] == seq
    if what != "added":
        assert "INTENT_SUBMIT order 3 BUY 10 of token 0" in first.event
        assert any(line.startswith("SUBMIT order 3") for line in first.replayed)


def test_an_effect_after_the_last_event_that_has_any(tmp_path: Path) -> None:
    records = minute()
    given = stepped(records)
    extra = given[-1:].copy()
    extra["seq"] = len(records)
    first = verdict(forged(tmp_path / "S.clob", records, records, np.append(given, extra))).first
    assert first is not None
    assert (first.seq, first.exact) == (len(records), True)


def test_an_event_that_is_not_the_recorded_one_is_found_by_the_chain(tmp_path: Path) -> None:
    """No effect differs: only the chain tells, between two checkpoints."""
    records = minute()
    claimed = list(records)
    where = next(k for k in range(200, 300) if records[k] != records[k - 1])
    event = events.unpack(records[where])
    claimed[where] = event._replace(size=event.size + 1).pack()
    first = verdict(forged(tmp_path / "S.clob", records, claimed)).first
    assert first is not None
    assert (first.exact, first.what) == (False, "chain")
    assert first.after < where + 1 <= first.seq
    assert first.recorded == first.replayed


def test_other_settings_part_at_the_first_event_they_decide(tmp_path: Path) -> None:
    records = minute()
    config = replace(CONFIG, cooldown_ns=60 * S)
    path = forged(tmp_path / "S.clob", records, records, config=config)
    first = verdict(path).first
    assert first is not None
    assert "INTENT_SUBMIT order 2" in first.event
    assert any("COOLDOWN" in line for line in first.replayed)
    assert any(line.startswith("SUBMIT order 2") for line in first.recorded)


@pytest.mark.parametrize("parts", [False, True])
def test_other_rules_are_said_and_still_compared(tmp_path: Path, parts: bool) -> None:
    records = minute()
    given = other_effects("changed")[0] if parts else None
    path = forged(tmp_path / "S.clob", records, records, given, rules=RULES_VERSION + 1)
    found = verdict(path)
    assert found.rules == (RULES_VERSION + 1, RULES_VERSION)
    assert found.same is not parts


def test_the_recorded_state_is_the_snapshot_before(tmp_path: Path) -> None:
    records = minute()
    path = written(tmp_path / "S.clob", records, snapshot_events=100)
    with Session.open(path) as session:
        seq = len(records) - 3
        state = verify.state.recorded(session, seq)
        assert 0 < state["seq"] <= seq
        assert state["books"][0]["bids"][0] == ["0.50", "100"]


def test_the_loop_takes_no_more_than_fits() -> None:
    records = array(minute())
    engine, whole = Engine(CONFIG), Engine(CONFIG)
    none, chains = np.zeros(0, np.int64), np.zeros(0, np.uint64)
    room = np.zeros(whole.effects_needed, EFFECT_DTYPE)
    done, seen = 0, b""
    while done < len(records):
        taken, written, marks = _loop.run(engine, records[done:], room, none, chains, 0)
        assert taken > 0
        assert marks == 0
        seen += room[:written].tobytes()
        done += taken
    assert seen == b"".join(whole.step(record.tobytes()) for record in records)
    assert engine.chain == whole.chain


def test_the_loop_refuses_what_it_cannot_use() -> None:
    engine = Engine(CONFIG)
    events_, seqs = array(trading()), np.zeros(1, np.int64)
    chains, room = np.zeros(1, np.uint64), np.zeros(engine.effects_needed, EFFECT_DTYPE)
    with pytest.raises(ValueError, match="the first event may have"):
        _loop.run(engine, events_, room[:0], seqs[:0], chains[:0], 0)
    with pytest.raises(ValueError, match="seqs and chains"):
        _loop.run(engine, events_, room, seqs, chains[:0], 0)
    with pytest.raises(ValueError, match="seqs and chains"):
        _loop.run(engine, events_, room, seqs, chains, 2)
    with pytest.raises(ValueError, match="no whole records"):
        _loop.run(engine, np.zeros(7, np.uint8), room, seqs, chains, 0)
    assert engine.seq == 0
    with pytest.raises(ValueError, match="as many effects"):
        _loop.first_other(room[:1], room[:2])


def test_a_wrong_chain_stops_the_loop_at_its_checkpoint() -> None:
    engine = Engine(CONFIG)
    room = np.zeros(4 * engine.effects_needed, EFFECT_DTYPE)
    seqs, chains = np.array([2, 5], np.int64), np.array([0, 0], np.uint64)
    taken, _, agreed = _loop.run(engine, array(minute()), room, seqs, chains, 0)
    assert (taken, agreed, engine.seq) == (2, 0, 2)
