"""Every scenario file is a test: its rows are stepped, and each effect must be one that it names."""

from __future__ import annotations

from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest

from clobstep import Engine
from clobstep.enums import Alert, EffectKind, EventKind, Fault, Refusal
from scenarios import scenario
from scenarios.scenario import HERE, Row, Scenario
from scenarios.values import EFFECTS

FILES = sorted(HERE.glob("*.txt"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_scenario(path: Path) -> None:
    read = scenario.load(path)
    engine = Engine(read.config)
    for row in read.rows:
        wrong = run(engine, row, read)
        if not wrong:
            broken = engine.check()
            wrong = [f"check() is {broken}: see docs/invariants.md"] if broken else []
        if wrong:
            pytest.fail("\n".join([f"{row.where}: {row.text}", *wrong]), pytrace=False)


def run(engine: Any, row: Row, read: Scenario) -> list[str]:
    """Step one row; gives what is wrong, as lines."""
    if row.look is not None:
        return row.look(engine.view)
    step = b"".join(engine.step(record) for record in row.records)
    got = scenario.read_effects(step, read.ignored)
    if not scenario.unmatched(row.expected, got):
        return []
    return beside([str(e) for e in row.expected], [scenario.show_effect(e) for e in got])


def beside(expected: list[str], got: list[str]) -> list[str]:
    """The two lists side by side."""
    rows = [("expected", "got"), *zip_longest(expected or ["-"], got or ["-"], fillvalue="")]
    width = max(len(left) for left, _ in rows)
    return [f"    {left:{width}}   {right}" for left, right in rows]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_says_what_happens_and_why(path: Path) -> None:
    comment = [line for line in path.read_text(encoding="utf-8").splitlines() if line[:1] == "#"]
    assert len(" ".join(comment)) > 80, "a scenario begins with what happens and why it matters"
    assert scenario.load(path).title


def test_there_are_enough() -> None:
    assert len(FILES) >= 70


NOT_ANSWERED = {
    Refusal.NONE: "is no refusal",
}


def named(kind: EffectKind, field: str) -> set[int]:
    """Every value that some scenario expects in one field of one kind of effect."""
    form = EFFECTS[kind]
    wanted = form.named.get(field) or form.first[0]
    return {
        value
        for path in FILES
        for row in scenario.load(path).rows
        for expected in row.expected
        if expected.kind is kind
        for _, held, value in expected.values
        if held is wanted
    }


def test_every_refusal_is_met() -> None:
    met = named(EffectKind.REFUSED, "") | named(EffectKind.ORDER, "dropped")
    assert {refusal.name for refusal in Refusal if refusal not in met} == {
        refusal.name for refusal in NOT_ANSWERED
    }


def test_every_alert_is_met() -> None:
    met = named(EffectKind.ALERT, "")
    assert {alert.name for alert in Alert if alert not in met} == set()


def test_every_kind_of_event_and_effect_is_met() -> None:
    rows = [row for path in FILES for row in scenario.load(path).rows]
    kinds = {record[60] for row in rows for record in row.records}
    assert {kind.name for kind in EventKind if kind not in kinds} == set()
    met = {expected.kind for row in rows for expected in row.expected}
    assert {kind.name for kind in EffectKind if kind not in met} == set()


def test_halts_are_met() -> None:
    assert {Fault.OPERATOR, Fault.RECONCILE, Fault.CAPACITY} <= named(EffectKind.HALT, "")
