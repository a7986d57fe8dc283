"""Numbers as text: rounding of money half to even, signs, and what is not known."""

from __future__ import annotations

import pytest

from clobstep.report import words
from clobstep.report.run import HEADER, Run
from clobstep.report.spread import Share
from report.make_run import hand


@pytest.mark.parametrize(
    "micros, decimals, text",
    [
        (0, 4, "0.0000"), (-1_234_567_800, 4, "-1,234.5678"), (150, 4, "0.0002"),
        (250, 4, "0.0002"), (50, 4, "0.0000"), (51, 4, "0.0001"), (-50, 4, "0.0000"),
        (999_999, 2, "1.00"), (1_000_000, 0, "1"), (-173_250, 6, "-0.173250"),
    ],
)  # fmt: skip
def test_cash(micros: int, decimals: int, text: str) -> None:
    assert words.cash(micros, decimals=decimals) == text


@pytest.mark.parametrize("micros, text", [(5, "0.0000"), (1_000_000, "+1.0000"), (0, "0.0000")])
def test_signed_cash(micros: int, text: str) -> None:
    assert words.cash(micros, sign=True) == text


@pytest.mark.parametrize(
    "half_pips, text",
    [(10_100, "0.505"), (10_001, "0.50005"), (20_000, "1.00"), (0, "0.00"), (2_000, "0.10")],
)
def test_price(half_pips: int, text: str) -> None:
    assert words.price(half_pips) == text


@pytest.mark.parametrize(
    "value, text",
    [(None, "-"), (0.0, "0.000"), (-0.0001, "0.000"), (0.5, "+0.500"), (-2, "-2.000")],
)
def test_cents(value: float | None, text: str) -> None:
    assert words.cents(value) == text


@pytest.mark.parametrize(
    "ns, text",
    [(0, "0 s"), (20_000_000, "20 ms"), (10**9, "1 s"), (90 * 10**9, "1 m 30 s"),
     (3_600 * 10**9, "1 h"), (90_061 * 10**9, "1 d 1 h")],
)  # fmt: skip
def test_duration(ns: int, text: str) -> None:
    assert words.duration(ns) == text


def test_a_share_of_nothing_is_no_zero() -> None:
    assert words.share_of(Share(0, 0, 4)) == "- (0 of 0; 4 not known)"
    assert words.share_of(Share(1, 2, 0)) == "50.0 % (1 of 2)"


def test_the_header_has_every_line_and_says_what_is_missing() -> None:
    lines = dict(words.header(Run(header={"seed": 0, "params": {"width": "0.02"}, "gap_ns": 0})))
    assert list(lines) == list(HEADER.values())
    stated = {"seed": "0", "settings of the strategy": "width=0.02"}
    stated["gaps in the feed, excluded"] = "0 s"
    assert lines == dict.fromkeys(lines, "not stated") | stated


def test_the_label_is_always_said() -> None:
    run = hand().run()
    assert words.label(run) == "fill model risk-averse"
    run.header["label"] = "crossing fills only"
    assert words.label(run) == "crossing fills only (fill model risk-averse)"
    assert words.label(Run()) == "fill model not stated"


@pytest.mark.parametrize(
    "model, label, says",
    [
        ("trade-through", "", "few of them, and the worst"),
        ("risk-averse", "", "behind us"),
        ("probabilistic power n=2", "", "nobody has measured"),
        ("front", "", "upper bound"),
        ("naive", "", "caricature"),
        ("risk-averse", "crossing fills only", "Only crossing fills"),
        ("", "", "No fill model is stated"),
    ],
)
def test_what_each_model_cannot_show(model: str, label: str, says: str) -> None:
    found = words.limits(Run(header={"fill_model": model, "label": label}))
    assert any(says in line for line in found)
    assert set(words.LIMITS) <= set(found)


def test_control_characters_do_not_reach_a_terminal() -> None:
    assert words.clean("a\x1b[31mb\nc\u202ed\x00") == "a [31mb c d "
    assert words.short("abcdef", 4) == "abc…"
