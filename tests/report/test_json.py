"""The JSON: plain, whole, exact, and it says null where nothing is known."""

from __future__ import annotations

import json
from typing import Any

from clobstep.report import to_json
from clobstep.report.analysis import analyse
from clobstep.report.band import band
from clobstep.report.run import Run
from report.make_run import hand, many
from report.test_text import model


def plain(run: Run) -> dict[str, Any]:
    """Through text and back, NaN refused: what a reader gets."""
    text = json.dumps(to_json.analysis(analyse(run)), allow_nan=False)
    found: dict[str, Any] = json.loads(text)
    return found


def test_the_hand_worked_run() -> None:
    found = plain(hand().run())
    assert found["summary"]["total"]["profit_micros"] == 24_326_750
    assert found["summary"]["markets"][0]["mark_half_pips"] == 20_000
    assert found["summary"]["orders"]["rejects"] == {"POST_ONLY_CROSS": 1}
    assert found["equity"]["last_micros"] == 24_326_750
    second = next(one for one in found["markouts"] if one["horizon"] == "1 s")
    assert second["a"]["weighted_half_pip_microshares"] == 2_000_000_000
    assert second["a_interval"]["equal_cents"] == [-0.5, 1.0]
    none = next(one for one in found["markouts"] if one["horizon"] == "10 m")
    assert none["a"]["mean_cents"] is None
    assert none["nulls"] == {"GAP": 2, "ENDED": 1}
    assert found["toxic"] == {"count": 1, "n": 2, "n_null": 1, "known_share": 0.5}
    assert found["header"]["data_hash"] == "da7a"


def test_each_fill_has_its_markouts() -> None:
    second = plain(hand().run())["fills"][1]
    assert (second["side"], second["liquidity"], second["edge_half_pips"]) == (
        "SELL",
        "TAKER",
        -200,
    )
    assert second["markouts"]["1 s"] == {"a_half_pips": -200, "b_half_pips": 0, "null": "OK"}
    assert second["markouts"]["5 s"] == {
        "a_half_pips": None, "b_half_pips": None, "null": "NO_BOOK"
    }  # fmt: skip
    assert "fills" not in to_json.analysis(analyse(hand().run()), fills=False)


def test_money_adds_up_over_markets() -> None:
    found = plain(many(2).run())["summary"]
    for name, value in found["total"].items():
        assert value == sum(market[name] for market in found["markets"])
    total = found["total"]
    assert total["profit_micros"] == (
        total["realised_micros"] + total["unrealised_micros"]
        - total["fees_micros"] - total["costs_micros"]
    )  # fmt: skip
    origins = sum(one["profit_micros"] for one in found["origins"])
    assert origins + found["not_by_origin_micros"] == total["profit_micros"]
    assert abs(found["not_by_origin_micros"]) <= 4 * len(found["markets"])  # rounding of values


def test_the_curve_ends_at_the_profit() -> None:
    for seed in range(3):
        found = plain(many(seed, markets=3, fills=60, minutes=3).run())
        assert found["equity"]["last_micros"] == found["summary"]["total"]["profit_micros"]


def test_an_empty_run() -> None:
    found = plain(Run())
    assert found["summary"]["total"]["profit_micros"] == 0
    assert found["summary"]["orders"] is None
    assert found["fills"] == []


def test_the_band() -> None:
    found = to_json.band(band([model("risk-averse", 5), model("front", 10)], [model("naive", 9)]))
    assert found["span_micros"] == [1_000_000, 2_000_000]
    assert [one["in_band"] for one in found["models"]] == [True, True, False]
    assert json.dumps(found, allow_nan=False)
