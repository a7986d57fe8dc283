"""Pairs and twins told by mirror images."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clobstep.enums import PIPS
from clobstep.imports import mirrors

Row = tuple[int, int, bool, int, int]  # time, asset, ask, price, size


def columns(rows: list[Row]) -> mirrors.Changes:
    table = np.array(rows, np.int64).reshape(-1, 5)
    return mirrors.Changes(table[:, 0], table[:, 1], table[:, 2] == 1, table[:, 3], table[:, 4])


def twins_of(rows: list[Row]) -> list[tuple[int, int]]:
    """Twins, where assets 2k and 2k + 1 are a pair."""
    c = columns(rows)
    owner = np.where(c.ask, c.asset ^ 1, c.asset)
    level = np.where(c.ask, PIPS - c.price_pips, c.price_pips)
    first, second = mirrors.twins(c.time, owner, level, c.size, c.ask)
    return sorted(zip(first.tolist(), second.tolist(), strict=True))


def change(time: int, asset: int, price: int, size: int) -> list[Row]:
    return [(time, asset, False, price, size), (time, asset ^ 1, True, PIPS - price, size)]


def test_pairs_are_found_with_how_many_changes_say_so() -> None:
    rows = change(1, 0, 4_000, 5) + change(2, 2, 4_000, 5) + change(3, 0, 4_100, 7)
    assert mirrors.pairs(columns(rows), 4) == {
        0: (1, 2, 2), 1: (0, 2, 2), 2: (3, 1, 1), 3: (2, 1, 1),
    }  # fmt: skip


def test_rows_between_the_two_do_not_matter() -> None:
    one, two = change(1, 0, 4_000, 5)
    rows = [one, *change(1, 2, 3_000, 9), two]
    assert mirrors.pairs(columns(rows), 4)[0] == (1, 1, 1)
    assert twins_of(rows) == [(0, 3), (1, 2)]


def test_an_asset_without_mirror_images_has_no_partner() -> None:
    rows = [*change(1, 0, 4_000, 5), (1, 2, False, 4_500, 5), (2, 2, False, 4_600, 5)]
    assert set(mirrors.pairs(columns(rows), 3)) == {0, 1}


def test_a_chance_likeness_makes_no_pair() -> None:
    """Asset 2 is like asset 1's mirror image once, but has eight changes without any."""
    rows = change(1, 0, 4_000, 5) + change(2, 0, 4_100, 6)
    rows += [(3, 2, False, 4_000, 5), (3, 0, True, 6_000, 5)]
    rows += [(4 + k, 2, False, 4_000 + k, 5) for k in range(8)]
    found = mirrors.pairs(columns(rows), 3)
    assert found[0][0] == 1
    assert 2 not in found


def test_of_equal_changes_each_finds_one_twin() -> None:
    """A venue said the same change twice in a millisecond, once in the other order."""
    one, two = change(1, 0, 900, 0)
    assert twins_of([one, two, two, one]) == [(0, 1), (2, 3)]
    assert twins_of([one, one, two]) == [(0, 2)]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 2)), max_size=12))
def test_any_whole_changes_in_any_order_find_all_their_twins(
    drawn: list[tuple[int, int, int]],
) -> None:
    rows = [row for time, asset, n in drawn for row in change(time, asset, 4_000 + n, 5)]
    shuffled = [rows[k] for k in np.random.default_rng(len(rows)).permutation(len(rows))]
    pairs = twins_of(shuffled) if rows else []
    assert len(pairs) == len(drawn)
    assert len({row for pair in pairs for row in pair}) == len(rows)
