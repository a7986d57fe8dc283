"""The reads of the account that a session holds, and each difference by its verdict."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from click.testing import CliRunner

from clobstep import Engine, EngineConfig, events
from clobstep.cli import main
from clobstep.core import EVENT_DTYPE
from clobstep.enums import Alert
from clobstep.replay.reads import MISSING_FILL, VERDICTS, reads
from clobstep.session import Manifest, Recorder, Session, SessionWriter

AT = 1_780_012_800_000_000_000
CONFIG = EngineConfig(tokens=2, orders=64, fills=1024, tombstones=1024, cooldown_ns=0)


def begun(at: int) -> bytes:
    return events.reconcile_begun(at=at)


def ended(at: int) -> bytes:
    return events.reconciled(read_up_to=at, at=at)


def session_of(path: Path, *records: bytes) -> Path:
    engine = Engine(CONFIG)
    with SessionWriter.create(path, Manifest.of("live", CONFIG)) as writer:
        Recorder(engine, writer).step(np.frombuffer(b"".join(records), EVENT_DTYPE))
        writer.seal()
    return path


def trading() -> list[bytes]:
    """Cash, a market with a book, a first read that agrees, and an order that rests."""
    return [
        events.opening(cash="1000", at=AT),
        events.heartbeat("HEALTHY", at=AT),
        events.market(0, tick="0.01", min_size="5", fee_rate="0", at=AT),
        events.feed("CONNECTED", at=AT),
        *events.snapshot(0, bids=[("0.48", "9")], asks=[("0.52", "9")], at=AT, venue_time=AT),
        begun(AT),
        events.balance(cash="1000", at=AT),
        ended(AT),
        events.submit(1, 0, "BUY", price="0.47", size="10", post_only=True, at=AT + 1),
        events.accepted(1, "RESTING", matched="0", at=AT + 2),
    ]


def test_a_read_that_agrees_and_one_that_was_never_told(tmp_path: Path) -> None:
    path = session_of(tmp_path / "s.clob", *trading(), begun(AT + 3), begun(AT + 4))
    with Session.open(path) as session:
        found = reads(session)
    assert [(one.agrees, bool(one.end_seq), one.differences) for one in found] == [
        (True, True, []), (False, False, []), (False, False, []),
    ]  # fmt: skip


def test_each_difference_has_its_verdict(tmp_path: Path) -> None:
    trade = events.trade(
        1, 0, "BUY", trade=7, price="0.47", size="4", status="MATCHED", role="MAKER", at=AT + 4,
        match_time=AT + 3,
    )  # fmt: skip
    stranger = events.found(1 << 63, 0, "BUY", price="0.30", original="20", matched="0", at=AT + 5)
    path = session_of(
        tmp_path / "s.clob",
        *trading(),
        begun(AT + 3),
        trade,  # the channel had not told it
        stranger,  # somebody else's, and ours is not shown
        events.balance(cash="900", at=AT + 6),
        ended(AT + 7),
    )
    with Session.open(path) as session:
        second = reads(session)[1]
    verdicts = [verdict for verdict, _ in second.differences]
    assert verdicts == [
        MISSING_FILL,
        VERDICTS[Alert.FOREIGN_ORDER],
        VERDICTS[Alert.BALANCE_DIFFERS],
    ]
    assert not second.agrees
    assert "order 1" in second.differences[0][1]


def missing(path: Path) -> Path:
    """A session whose second read shows no order."""
    read = (begun(AT + 3), events.balance(cash="1000", at=AT + 4), ended(AT + 5))
    return session_of(path, *trading(), *read)


def test_an_order_that_the_venue_does_not_show(tmp_path: Path) -> None:
    path = missing(tmp_path / "s.clob")
    with Session.open(path) as session:
        second = reads(session)[1]
    assert [v for v, _ in second.differences] == [VERDICTS[Alert.ORDER_MISSING]]
    assert not second.agrees


def test_inspect_lists_them(tmp_path: Path) -> None:
    path = missing(tmp_path / "s.clob")
    told = CliRunner().invoke(main, ["inspect", str(path), "--reads"])
    assert told.exit_code == 0
    assert "2 reads of the account, 1 agrees" in told.output
    assert "ours unknown to the venue" in told.output
    done = CliRunner().invoke(main, ["inspect", str(path), "--reads", "--json"])
    as_json = json.loads(done.output)
    assert [one["agrees"] for one in as_json["reads"]] == [True, False]
