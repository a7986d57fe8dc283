"""Every cell of every machine: exercised through `Engine.step`, or on a list with its reason.

The plans (support_*cells.py) say how a state is reached and which events mean an input there. The
tables of clobstep.machines say what must come of it.
"""

from __future__ import annotations

from typing import Any, Final

import pytest

from clobstep import enums
from clobstep.machines import MACHINES, Machine, parse
from clobstep_sim.fuzz import campaign, marks
from core.support_cells import SESSION_PLAN, TRADE_PLAN, VENUE_PLAN, Plan
from core.support_market_cells import BREAKER_PLAN, FEED_PLAN
from core.support_order_cells import ORDER_PLAN
from core.support_request_cells import REQUEST_PLAN

PLANS: Final[dict[str, Plan]] = {
    "order": ORDER_PLAN,
    "request": REQUEST_PLAN,
    "trade": TRADE_PLAN,
    "feed": FEED_PLAN,
    "venue": VENUE_PLAN,
    "breaker": BREAKER_PLAN,
    "session": SESSION_PLAN,
}
BY_NAME: Final = {machine.name: machine for machine in MACHINES}
CELLS: Final = [
    (machine.name, name, state)
    for machine in MACHINES
    for name in machine.inputs
    for state in machine.states
]
REACHED: Final = [c for c in CELLS if (c[1], c[2]) not in PLANS[c[0]].unreachable]
LEAVES_AN_END: Final = {"FILL_LAST"}
"""Rows that lead out of an ended order without a "seen" in their note: a late fill can make a
CANCELED order FILLED."""


@pytest.mark.parametrize("machine, name, state", REACHED)
def test_cell(machine: str, name: str, state: str) -> None:
    cell = BY_NAME[machine].cells[name][state]
    plan = PLANS[machine]
    out = plan.run(name, state)
    if cell.verdict == "REFUSE":
        assert out.refused
        assert (out.state, out.changed) == (state, False)
        return
    assert not out.refused
    assert out.state == cell.next
    if cell.verdict == "IGNORE_DUPLICATE":
        assert not out.changed
        if machine != "request":  # there the event is a word about the order, and counts as such
            assert out.ignored == ((name, state) not in plan.uncounted)
    else:
        assert cell.verdict == "TAKE"
        assert out.sign, f"{cell.action} left no sign: {out.effects}"


@pytest.mark.parametrize("machine", MACHINES, ids=lambda m: m.name)
def test_no_cell_is_left_out(machine: Machine) -> None:
    """Each cell is exercised or listed with a reason, and every `!!` is listed."""
    plan = PLANS[machine.name]
    cells = {
        (name, state): cell for name, row in machine.cells.items() for state, cell in row.items()
    }
    assert len(cells) == len(machine.inputs) * len(machine.states)
    assert set(plan.unreachable) <= set(cells)
    assert all(len(reason) > 20 for reason in plan.unreachable.values())
    faults = {key for key, cell in cells.items() if cell.verdict == "FAULT"}
    assert faults <= set(plan.unreachable)
    reached = {(name, state) for m, name, state in REACHED if m == machine.name}
    assert reached | set(plan.unreachable) == set(cells)
    assert not reached & set(plan.unreachable)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda m: m.name)
def test_every_action_is_run_by_an_exercised_cell(machine: Machine) -> None:
    used = {
        machine.cells[name][state].action
        for m, name, state in REACHED
        if m == machine.name and machine.cells[name][state].verdict == "TAKE"
    }
    assert used | {"none"} == set(machine.actions)
    members = getattr(enums, f"{machine.name.capitalize()}Action").__members__
    assert {action.upper() for action in machine.actions} == set(members)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda m: m.name)
def test_every_state_is_reached_from_the_first(machine: Machine) -> None:
    seen = {machine.states[0]}
    while True:
        more = {row[s].next for row in machine.cells.values() for s in seen} - seen
        if not more:
            break
        seen |= more
    assert seen == set(machine.states)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda m: m.name)
def test_ended_states_absorb_but_for_named_rows(machine: Machine) -> None:
    leaving = {
        name
        for name, row in machine.cells.items()
        for state in machine.terminal
        if row[state].next != state
    }
    unseen = {name for name in leaving if not machine.notes[name].startswith("seen:")}
    assert unseen == (LEAVES_AN_END if machine.name == "order" else set())


def test_what_a_campaign_need_not_meet_is_known_here() -> None:
    """Its list leaves out what no event leads to, and what is exercised here; all are cells."""
    known = {name for _, name in campaign.cells()}
    assert set(marks.UNMET) <= known
    here = {f"{m}: {n} in {s}" for m, plan in PLANS.items() for n, s in plan.unreachable}
    unreachable = {cell for cells in marks.UNREACHABLE.values() for cell in cells}
    assert unreachable == here & known
    assert len(marks.UNMET) - len(unreachable) == 10


def test_names_are_unique_and_numbered_in_order() -> None:
    assert len({machine.name for machine in MACHINES}) == len(MACHINES)
    for machine in MACHINES:
        assert len(set(machine.inputs)) == len(machine.inputs)
        assert len(set(machine.states)) == len(machine.states)
        states: Any = getattr(enums, f"{machine.name.capitalize()}State")
        assert [state.name for state in states] == list(machine.states)
        rows = [tuple(row.values()) for row in machine.cells.values()]
        assert len(rows) == len(machine.inputs)


@pytest.mark.parametrize(
    "grid, wrong",
    [
        ("input A\nGO A/x\nGO A/x", "row GO stands twice"),
        ("input A B\nGO A/x", "row GO has 1 cells, 2 needed"),
        ("input A\nGO B/x", "cell GO x A: 'B/x' is no cell"),
        ("input A\nGO A", "cell GO x A: 'A' is no cell"),
    ],
)
def test_a_wrong_grid_is_named(grid: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=f"toy: {wrong}"):
        parse("toy", "", grid)


def test_a_terminal_order_frees_its_slot() -> None:
    """The last column group of the order machine is where memory ends, too."""
    order = BY_NAME["order"]
    assert set(order.terminal) == set(order.states[-len(order.terminal) :])
    first = enums.OrderState[order.terminal[0]]
    assert all(enums.OrderState[s] >= first for s in order.terminal)
    assert all(enums.OrderState[s] < first for s in order.states if s not in order.terminal)
