"""Truth and shadow: the script by hand, the figures by hand, and one small run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from clobstep.enums import NO_TOKEN, OrderState
from clobstep.report.run import ORDER_DTYPE
from clobstep_sim.replayed import bias as biases
from clobstep_sim.soak.calibrate import Figures, Pair, bias, run, table
from clobstep_sim.soak.shadow import CANCEL, LEG_NS, PRINT_NS, SUBMIT, lives, script
from soak.support_made import kind

FOREVER = np.iinfo(np.int64).max


def orders(*rows: tuple[int, int, int, int]) -> np.ndarray:
    """(id, token, side, state)."""
    out = np.zeros(len(rows), ORDER_DTYPE)
    for k, (order_id, token, side, state) in enumerate(rows):
        out[k]["order_id"], out[k]["token"], out[k]["side"] = order_id, token, side
        out[k]["state"], out[k]["price_pips"], out[k]["original"] = state, 4_000, 10_000_000
    return out


def test_a_filled_order_ends_when_the_next_of_its_side_comes() -> None:
    given = orders(
        (1, 0, 0, OrderState.FILLED),  # a bid of YES, filled
        (2, 1, 0, OrderState.CANCELED),  # a bid of NO: the ask
        (3, 1, 1, OrderState.CANCELED),  # a sale of NO: a bid again
        (4, 0, 0, OrderState.REJECTED),
        (5, 0, 1, OrderState.FILLED),  # the last ask
    )
    arrived = np.array([100, 110, 300, 0, 400])
    canceled = np.array([0, 390, 350, 0, 0])
    arrived, canceled = arrived * PRINT_NS, canceled * PRINT_NS
    filled = np.array([200, 0, 0, 0, 450]) * PRINT_NS
    found = lives(given, arrived, canceled, filled)
    assert found["order_id"].tolist() == [1, 2, 3, 5]
    ends = [300 * PRINT_NS, 390 * PRINT_NS, 350 * PRINT_NS, FOREVER]
    assert found["ended_ns"].tolist() == ends
    filled[0] = 300 * PRINT_NS - 1  # the next came before its print
    found = lives(given, arrived, canceled, filled)
    assert found["ended_ns"].tolist() == [301 * PRINT_NS - 1, *ends[1:]]


def test_the_script_comes_a_nanosecond_before_the_truth() -> None:
    found = lives(
        orders((7, 0, 0, OrderState.CANCELED)),
        np.array([10 * LEG_NS]), np.array([12 * LEG_NS]), np.array([0]),
    )  # fmt: skip
    lines = script(found)
    assert lines["time_ns"].tolist() == [9 * LEG_NS - 1, 11 * LEG_NS - 1]
    assert lines["size"].tolist() == [SUBMIT, CANCEL]
    assert lines["ref"].tolist() == [0, 0]
    assert set(lines["token"].tolist()) == {NO_TOKEN}


def pair(seed: int, truth: tuple[int, int], told: tuple[int, int]) -> Pair:
    """Filled shares and P&L of 100 posted ones."""

    def figures(filled: int, pnl: int) -> Figures:
        return Figures(10, 100, filled, filled, pnl, 0.0)

    return Pair("made", 50, seed, "log", figures(*truth), figures(*told))


def test_a_bias_by_hand() -> None:
    """Truth 40 and 60 of 100 for -80 and +120; paper 50 and 50 for -90 and +110."""
    found = bias([pair(1, (40, -80), (50, -90)), pair(2, (60, 120), (50, 110))])
    assert found.fill_rate == pytest.approx(50)
    assert found.fill_points[0] == pytest.approx(0)  # +10 and -10
    assert found.fill_points[1] > 10
    assert found.pnl_percent[0] == pytest.approx(-10)  # -10 each, of 100
    # a share was worth -2 and +2: ten more and ten fewer are -20 each
    assert found.count_percent[0] == pytest.approx(-20)
    assert found.value_percent[0] == pytest.approx(10)
    assert found.pnl_percent[0] == pytest.approx(found.count_percent[0] + found.value_percent[0])


def test_one_run_has_the_same_orders_on_both_sides() -> None:
    pairs = list(run(kind("quiet-market"), 50, 1, 120, ["front", "risk-averse", "trade-through"]))
    again = list(run(kind("quiet-market"), 50, 1, 120, ["front", "risk-averse", "trade-through"]))
    assert pairs == again
    front, averse, through = (one.shadow for one in pairs)
    for one in pairs:
        assert one.shadow.refused == 0
        assert one.truth.orders == one.shadow.orders > 10
        assert one.truth.posted == one.shadow.posted
        assert one.truth.filled > 0
    assert through.filled <= averse.filled <= front.filled


def test_a_table_is_the_same_in_two_processes() -> None:
    given = (["quiet-market"], [50], ["front"], 2, 60)
    assert table(*given) == table(*given, workers=2)


def test_paper_reads_what_calibrate_wrote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = bias([pair(1, (40, -80), (50, -90)), pair(2, (60, 120), (50, 110))])
    path = tmp_path / "bias.toml"
    biases.write(path, [found, replace(found, latency_ms=5, kind="other")], 2, 10)
    monkeypatch.setenv(biases.VARIABLE, str(path))
    told = biases.line("log", 30)
    assert "made +0.0" in told
    assert "-10 ±" in told
    assert "at 50 ms each way" in told
    assert "other" not in told
    assert "other" in biases.line("log", 20)
    assert biases.line("naive", 20) == ""
    path.write_text("seeds = 'two'")
    with pytest.raises(biases.BiasError, match=r"bias\.toml.*calibrate --write"):
        biases.line("log", 30)
