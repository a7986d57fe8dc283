"""Splits, merges and redeems by hand: the balances of a read say that they were made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio

from clobstep import Engine, EngineConfig, events
from clobstep.enums import EffectKind, EventKind, SessionState
from clobstep.live.orders.conversions import with_conversions
from clobstep.replay.verify import replay
from clobstep.session.series import Series
from clobstep.strategy.protocol import Plain, Turn, Wake
from live.room import differences, trader, until, venue

AT = 1_790_000_000_000_000_000


def engine_with(*more: bytes) -> Engine:
    """An account with 100 pUSD and 20 pairs of one market, trading."""
    engine = Engine(EngineConfig(tokens=2))
    opening = (
        events.opening(cash="100", at=AT),
        events.opening(token=0, size="20", cost="10", at=AT),
        events.opening(token=1, size="20", cost="10", at=AT),
        events.venue("NORMAL", at=AT),
        events.heartbeat("HEALTHY", at=AT),
        events.cluster(1, at=AT),
        events.market(0, tick="0.01", min_size="5", fee_rate="0", cluster=1, at=AT),
        events.reconcile_begun(at=AT),
        events.balance(cash="100", at=AT),
        events.balance(token=0, size="20", at=AT),
        events.balance(token=1, size="20", at=AT),
        events.reconciled(read_up_to=AT, at=AT),
    )
    for event in (*opening, *more):
        engine.step(event)
    return engine


def read(yes: str, no: str, cash: str = "100") -> bytes:
    """What a read of the account tells."""
    return b"".join((
        events.balance(cash=cash, at=AT + 1),
        events.balance(token=0, size=yes, at=AT + 1),
        events.balance(token=1, size=no, at=AT + 1),
        events.reconciled(read_up_to=AT + 1, at=AT + 1),
    ))  # fmt: skip


def kinds(told: bytes) -> list[EventKind]:
    found = [events.unpack(told[k : k + 64]) for k in range(0, len(told), 64)]
    return [EventKind(e.kind) for e in found]


SPLIT = events.intent_split(0, size="5", at=AT)
MERGE = events.intent_merge(0, size="5", at=AT)


@pytest.mark.parametrize(
    ("intent", "balances", "event"),
    [
        (SPLIT, ("25", "25", "95"), EventKind.SPLIT),
        (SPLIT, ("20", "20", "100"), None),  # not made yet
        (SPLIT, ("25", "20", "100"), None),  # one token only: something else
        (SPLIT, ("24.999999", "25", "95"), None),
        (MERGE, ("15", "15", "105"), EventKind.MERGE),
        (MERGE, ("25", "25", "95"), None),
        (MERGE, ("20", "20", "100"), None),
    ],
)
def test_balances_say_that_a_conversion_was_made(
    intent: bytes, balances: tuple[str, str, str], event: EventKind | None
) -> None:
    engine = engine_with(intent)
    assert engine.view.market(0).conversion in (EffectKind.SPLIT, EffectKind.MERGE)
    told = with_conversions(read(*balances), engine.view, [0])
    first = kinds(told)[0]
    assert first == (EventKind.BALANCE if event is None else event)
    if event is not None:
        before = engine.view.counters()["refused"]
        engine.step(events.reconcile_begun(at=AT + 1))
        for k in range(0, len(told), 64):
            engine.step(told[k : k + 64])
        assert engine.view.counters()["refused"] == before
        assert engine.view.market(0).conversion == 0
        assert engine.view.session == SessionState.TRADING  # and nothing differs
        assert engine.view.token(0).settled == engine.view.token(1).settled
        assert engine.check() == 0


def test_a_redeem_is_paid_what_the_market_resolved_to() -> None:
    engine = engine_with(events.resolved(0, payout="0.3", at=AT))
    engine.step(events.intent_redeem(1, size="20", at=AT))
    assert engine.view.market(0).conversion == EffectKind.REDEEM
    told = with_conversions(read("20", "0", "114"), engine.view, [0])
    redeem = events.unpack(told[:64])
    assert (redeem.kind, redeem.token, redeem.price_pips) == (EventKind.REDEEM, 1, 7_000)
    for k in range(0, len(told), 64):
        engine.step(told[k : k + 64])
    assert engine.view.cash.settled == 114_000_000


def test_what_a_settling_trade_may_explain_is_left_open() -> None:
    """Five shares more on each side may be the trade or the split: the next read says it."""
    bought = [
        events.trade(n + 1, n, "BUY", trade=n + 7, price="0.40", size="5", match_time=AT, at=AT)
        for n in (0, 1)
    ]
    engine = engine_with(SPLIT, *bought)
    assert engine.view.token(0).incoming == 5_000_000
    told = with_conversions(read("25", "25", "95"), engine.view, [0])
    assert kinds(told)[0] == EventKind.BALANCE


class Splits(Plain):
    """Asks for one split, and for nothing else."""

    wakes = Wake.BBO

    def on_wake(self, turn: Turn) -> None:
        if not turn.view.market(turn.token).conversion and not turn.view.token(turn.token).settled:
            turn.split(turn.token, 5_000_000)


def test_a_split_by_hand_is_recognised_in_a_whole_trader(tmp_path: Path) -> None:
    async def main() -> None:
        strategy: Any = Splits()
        async with (
            venue(markets=1) as running,
            trader(tmp_path, running.port, strategy=strategy) as desk,
        ):
            config = desk.trader.config
            hosts = msgspec.structs.replace(config.hosts, relayer="")
            assert hosts.relayer == ""
            desk.trader.relayer._call = None
            async with trio.open_nursery() as nursery:
                nursery.start_soon(desk.trader.run)
                await until(lambda: any("split 5" in note.text for note in desk.notes))
                running.venue.exchange.split(1, 0, 5_000_000)
                desk.trader.account.want()
                await until(lambda: desk.view.token(0).settled == 5_000_000)
                assert desk.view.market(0).conversion == 0
                assert not desk.view.halted
                assert not any("BALANCE_DIFFERS" in note.text for note in desk.notes)
                running.venue.world.calm()
                desk.trader.drain()
                await until(lambda: not differences(desk, running))
                desk.trader.stop()

    trio.run(main)
    with Series.open(tmp_path / "live.clob") as session:
        assert replay(session, verify=True).same
