"""A strategy in a made market: what is reported is what the exchange knows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from clobstep.enums import OrderState
from clobstep.replay.strategy import replay_strategy
from clobstep.replay.verify import replay
from clobstep.report.run import REDEEM
from clobstep.session.reader import Session
from clobstep_sim.fuzz.scene import OURS, SECOND, START_NS
from clobstep_sim.soak.soak import Made, SoakSettings, soak
from soak.support_made import kind, made, maker

SECONDS = 150


@pytest.fixture(scope="module")
def ran() -> Made:
    """A run over three short markets."""
    run = made(kind(crowd_life_s=30, redeem_s=10))
    for _ in run.pieces(SECONDS):
        pass
    return run


def test_fills_are_the_trades_of_the_exchange(ran: Made) -> None:
    result, exchange = ran.result(None), ran.market.scene.exchange
    ours = {}
    for number in range(len(exchange.trades())):
        trade = exchange.trade(number)
        for side in ("taker", "maker"):
            if trade[side] == OURS:
                ours[number + 1, trade[f"{side}_id"]] = trade | {"role": side}
    assert len(result.fills) == len(ours) > 100
    for fill in result.fills:
        trade = ours[int(fill["trade"]), int(fill["order_id"])]
        assert int(fill["venue_time_ns"]) == trade["time_ns"]
        assert int(fill["size"]) == trade["shares"]
        assert int(fill["price_pips"]) == trade[f"{trade['role']}_pips"]


def test_orders_end_as_at_the_exchange(ran: Made) -> None:
    result = ran.result(None)
    states = set(np.unique(result.orders["state"]).tolist())
    assert states <= {OrderState.FILLED, OrderState.CANCELED, OrderState.REJECTED}
    for order in result.orders[result.orders["state"] == OrderState.FILLED]:
        mine = result.fills[result.fills["order_id"] == order["order_id"]]
        assert int(mine["size"].sum()) == int(order["filled"]) == int(order["original"])


def test_each_market_of_a_place_is_one_of_its_own(ran: Made) -> None:
    result = ran.result(None)
    tokens = [one["token"] for one in result.markets]
    assert tokens == [0, 2, 4][: len(tokens)]
    assert len(tokens) >= 2
    assert len(result.settlements) == len(np.unique(result.settlements["token"])) >= 1
    assert set(result.settlements["payout_pips"].tolist()) <= {0, 10_000}
    redeemed = result.conversions[result.conversions["kind"] == REDEEM]
    assert len(redeemed)


def test_the_ledger_is_explained_by_the_fills_and_the_mirror_agrees(ran: Made) -> None:
    result = ran.result(None)
    assert ran.market.same
    text = result.text()
    assert "The ledger's cash is what the fills explain, to the micro." in text
    assert "nothing is inferred" in text
    assert "Our orders move nobody" not in text


def test_the_best_before_a_fill_is_the_books(ran: Made) -> None:
    """A maker that joins the best is filled at the best of that moment, or beyond it."""
    result = ran.result(None)
    own = result.fills
    sell = own["side"] == 1
    at_best = np.where(
        sell, own["price_pips"] <= own["ask_pips"], own["price_pips"] >= own["bid_pips"]
    )
    assert at_best.mean() > 0.9
    assert (own["queued_ns"] >= 0).all()
    assert (own["quote_width_pips"] > 0).mean() > 0.5


def test_equal_seeds_give_equal_runs_and_others_do_not() -> None:
    def chain(seed: int) -> int:
        run = made(kind(), seed=seed)
        assert sum(len(piece.events) for piece in run.pieces(5))
        return run.market.mirror.chain

    assert chain(3) == chain(3) != chain(4)


def test_slices_of_any_length_are_the_same_run() -> None:
    def chain(slice_s: int) -> int:
        run = made(kind())
        for _ in run.market.run(20, slice_s):
            pass
        return run.market.mirror.chain

    assert chain(1) == chain(7) == chain(60)


def test_a_process_that_dies_is_revived_from_the_mirror() -> None:
    run = made(kind("calm", crash_every=20, crowd_gap_us=20000))
    for _ in run.pieces(120):
        pass
    assert run.market.same
    restarts = run.market.scene.world.counts()["faults"]
    assert sum(restarts.values()) > 2
    assert run.result(None).header["verify"] == "same chain: OK"


def test_a_session_of_it_replays_with_its_strategy(tmp_path: Path) -> None:
    path = tmp_path / "s.clob"
    shares = []
    result = soak(
        kind(), maker(), SoakSettings(hours=20 / 3600), record=path, progress=shares.append
    )
    assert shares[-1] == 1.0
    with Session.open(path) as session:
        verdict = replay(session, verify=True)
        assert verdict.same
    with Session.open(path) as session:
        again = replay_strategy(session, maker())
    assert again.same
    assert again.intents == result.counts["intents"] > 10


def test_a_timer_of_the_strategy_wakes_it() -> None:
    quiet = kind("quiet-market")
    counts = []
    for sets in ({}, {"stop_before_ns": "60s"}):
        run = made(quiet, **sets)
        for _ in run.pieces(30):
            pass
        counts.append(run.market.scene.world.counts()["wakes"])
    assert counts[1] >= counts[0] + 25  # once a second


def test_settings_that_cannot_be_are_named() -> None:
    with pytest.raises(ValueError, match="'cooldown' is no setting of the engine"):
        SoakSettings(engine={"cooldown": 1}).config(maker())


def test_times_rise_and_begin_where_the_world_does(ran: Made) -> None:
    result = ran.result(None)
    assert (np.diff(result.bbo["venue_time_ns"]) >= 0).all()
    assert int(result.bbo["venue_time_ns"][0]) >= START_NS
    assert int(result.bbo["venue_time_ns"][-1]) <= START_NS + (SECONDS + 130) * SECOND
