"""Every scenario file is a test: its rows are stepped, and every effect must be one it names."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from clobstep import Engine
from clobstep.enums import Alert, EffectKind, EventKind, Fault, Refusal
from clobstep_sim.auditor import Auditor, compare, follow
from scenarios import scenario
from scenarios.scenario import HERE
from scenarios.values import EFFECTS

FILES = sorted(HERE.glob("*.txt"))
load = cache(scenario.load)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_scenario(path: Path) -> None:
    read = load(path)
    engine = Engine(read.config)
    for row in read.rows:
        wrong = scenario.run(engine, row, read.ignored)
        if wrong:
            pytest.fail("\n".join([f"{row.where}: {row.text}", *wrong]), pytrace=False)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_auditor_agrees(path: Path) -> None:
    """With every effect, TIMER too, and with every reading at the end."""
    read = load(path)
    records = [record for row in read.rows for record in row.records]
    engine, auditor = Engine(read.config), Auditor(read.config)

    def step(events: bytes) -> bytes:
        return b"".join(engine.step(events[at : at + 64]) for at in range(0, len(events), 64))

    at, differences = follow(step, auditor, b"".join(records), 0, len(records))
    assert (at, differences) == (len(records), [])
    assert compare(engine, auditor) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_restored_engine_goes_on_as_if_nothing_had_been(path: Path) -> None:
    read = load(path)
    records = [record for row in read.rows for record in row.records]
    whole, half = Engine(read.config), Engine(read.config)
    steps = [whole.step(record) for record in records]
    middle = len(records) // 2
    for record in records[:middle]:
        half.step(record)
    half = Engine.restore(half.snapshot())
    assert [half.step(record) for record in records[middle:]] == steps[middle:]
    assert (half.chain, half.seq) == (whole.chain, whole.seq)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_says_what_happens_and_why(path: Path) -> None:
    comment = [line for line in path.read_text(encoding="utf-8").splitlines() if line[:1] == "#"]
    assert len(" ".join(comment)) > 80, "a scenario begins with what happens and why it matters"
    assert load(path).title


def test_there_are_enough() -> None:
    assert len(FILES) >= 70


def named(kind: EffectKind, field: str) -> set[int]:
    """Every value that some scenario expects in one field of one kind of effect."""
    form = EFFECTS[kind]
    wanted = form.named.get(field) or form.first[0]
    return {
        value
        for path in FILES
        for row in load(path).rows
        for expected in row.expected
        if expected.kind is kind
        for _, held, value in expected.values
        if held is wanted
    }


def test_every_refusal_is_met() -> None:
    met = named(EffectKind.REFUSED, "") | named(EffectKind.ORDER, "dropped")
    assert {refusal.name for refusal in Refusal if refusal not in met} == {"NONE"}


def test_every_alert_is_met() -> None:
    met = named(EffectKind.ALERT, "")
    assert {alert.name for alert in Alert if alert not in met} == set()


def test_every_kind_of_event_and_effect_is_met() -> None:
    rows = [row for path in FILES for row in load(path).rows]
    kinds = {record[60] for row in rows for record in row.records}
    assert {kind.name for kind in EventKind if kind not in kinds} == set()
    met = {expected.kind for row in rows for expected in row.expected}
    assert {kind.name for kind in EffectKind if kind not in met} == set()


def test_halts_are_met() -> None:
    assert {Fault.OPERATOR, Fault.RECONCILE, Fault.CAPACITY} <= named(EffectKind.HALT, "")
