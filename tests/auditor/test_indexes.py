"""What the auditor keeps so that it need not look at everything: a wrong one is found.

Each case spoils one index of a desk that is right; `own_indexes` must name it.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from auditor.desk import BUY, SHARE, Desk
from clobstep_sim.auditor.compare import own_indexes
from clobstep_sim.auditor.state import State


def busy_desk() -> Desk:
    desk = Desk(loss_market_micros=1_000_000)
    desk.live(1, BUY, 4_000, 10 * SHARE, flags=1)
    desk.submit(2, BUY, 3_900, 10 * SHARE, flags=1)
    return desk


def later(st: State) -> None:
    st.due_ns += 1


def forgotten(st: State) -> None:
    st.conditions[0].orders_due_ns = st.conditions[0].due_ns = 0
    st.moved = True


def short(st: State) -> None:
    st.shortfall = True


def valued(st: State) -> None:
    st.valuation_ns = 0


def turned(st: State) -> None:
    orders = st.conditions[0].orders
    first = next(iter(orders))
    orders[first] = orders.pop(first)


def misplaced(st: State) -> None:
    st.conditions[0].book.even.prices.insert(0, 9_000)


def test_a_desk_that_is_right_has_nothing_to_say() -> None:
    assert list(own_indexes(busy_desk().st)) == []


@pytest.mark.parametrize(
    "spoil, named",
    [
        (later, "deadline_ns"),
        (forgotten, "deadline_ns"),
        (short, "shortfall"),
        (valued, "valuation"),
        (turned, "orders"),
        (misplaced, "prices"),
    ],
)
def test_an_index_that_is_wrong_is_named(spoil: Callable[[State], None], named: str) -> None:
    desk = busy_desk()
    spoil(desk.st)
    assert [line for line in own_indexes(desk.st) if line.startswith(f"index: {named}")]
