"""The band over fill models: when one may be claimed, and over what."""

from __future__ import annotations

import pytest

from clobstep.report.band import band
from clobstep.report.run import RunError
from report.test_text import model


def test_the_span_is_from_lowest_to_highest() -> None:
    """0.20 a share on 2, 10 and 5 shares."""
    found = band([model("trade-through", 2), model("front", 10), model("risk-averse", 5)])
    assert found.span == (400_000, 2_000_000)
    assert [line.profit for line in found.lines] == [400_000, 2_000_000, 1_000_000]


def test_what_stands_beside_is_not_in_it() -> None:
    found = band([model("risk-averse", 5), model("front", 10)], [model("naive", 500)])
    assert found.span == (1_000_000, 2_000_000)
    assert [line.beside for line in found.lines] == [False, False, True]


def test_one_model_that_saw_crossings_only_and_no_band_is_claimed() -> None:
    lame = model("front", 10, band_allowed=False, label="crossing fills only")
    found = band([model("risk-averse", 5), lame])
    assert found.span is None
    assert found.why == "no band is claimed: front: crossing fills only"


def test_silence_is_no_permission() -> None:
    unsaid = model("front", 10)
    del unsaid.header["band_allowed"]
    found = band([model("risk-averse", 5), unsaid])
    assert found.span is None
    assert "does not hold what the model needs" in found.why


def test_one_model_is_no_band() -> None:
    assert band([model("risk-averse", 5)]).why == "no band is claimed: it takes two fill models"
    assert band([model("front", 5)], [model("naive", 5)]).span is None


def test_a_caricature_beside_takes_no_band_away() -> None:
    found = band(
        [model("risk-averse", 5), model("front", 9)], [model("naive", 9, band_allowed=False)]
    )
    assert found.span == (1_000_000, 1_800_000)


@pytest.mark.parametrize("name", ["session", "data_hash", "strategy", "params"])
def test_runs_of_other_data_are_refused(name: str) -> None:
    with pytest.raises(RunError, match=f"no band over different runs: {name} is 'other'"):
        band([model("risk-averse", 5), model("front", 9, **{name: "other"})])
