"""What is due when: by time, then rank, then the order it was put; against a sorted list."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clobstep_sim.kernel import Agenda

PUT = st.tuples(st.integers(0, 9), st.integers(0, 3))


@given(st.lists(st.none() | PUT, max_size=300))
def test_it_is_a_stable_sorted_list(steps: list[tuple[int, int] | None]) -> None:
    agenda = Agenda()
    listed: list[tuple[int, int, int]] = []
    for number, step in enumerate(steps):
        if step is not None:
            due, rank = step
            agenda.put(due, rank, rank, number)
            listed.append((due, rank, number))
            listed.sort()
        elif listed:
            due, rank, put = listed.pop(0)
            assert agenda.take() == (due, rank, put)
        assert len(agenda) == len(listed)
    while listed:
        due, rank, put = listed.pop(0)
        assert agenda.take() == (due, rank, put)


def test_nothing_due_and_a_rank_too_high_are_said() -> None:
    with pytest.raises(IndexError, match="nothing is due"):
        Agenda().take()
    with pytest.raises(ValueError, match="rank 256"):
        Agenda().put(0, 256, 0, 0)
