"""Interning: dense ids that never move, and the rows a session keeps of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clobstep.venue.interning import FIRST_FOREIGN_ORDER, Interning, InterningError


def test_the_first_asset_seen_of_a_condition_takes_the_even_place() -> None:
    names = Interning()
    assert names.token("0xc", "no") == 0
    assert names.pairs_known_from(0) == "none"
    assert names.token("0xd", "other") == 2
    assert names.token("0xc", "yes") == 1
    assert names.token("0xc", "no") == 0
    assert names.pairs_known_from(0) == names.pairs_known_from(1) == "message"
    assert [names.asset(k) for k in range(4)] == ["no", "yes", "other", None]
    assert names.condition(1) == "0xc"
    assert names.n_tokens == 4
    assert names.conflicts == []


def test_metadata_decides_which_is_yes() -> None:
    names = Interning()
    assert names.pair("0xc", yes="y", no="n") == 0
    assert names.token("0xc", "n") == 1
    assert names.token("0xc", "y") == 0
    assert names.pair("0xc", yes="y", no="n") == 0
    assert names.pairs_known_from(1) == "file"
    assert names.find_pair("0xc") == 0
    assert names.find("n") == 1
    assert names.find("z") is None


def test_a_condition_may_be_reserved_before_its_assets_are_known() -> None:
    names = Interning()
    assert names.pair("0xc") == 0
    assert names.pair("0xd", no="d-no") == 2
    assert names.token("0xc", "a") == 0
    assert names.find("d-no") == 3
    assert names.token("0xd", "d-yes") == 2


def test_an_asset_of_no_known_condition_keeps_the_odd_place_free() -> None:
    names = Interning()
    assert names.token("", "a") == 0
    assert names.token("", "b") == 2
    assert names.pair("", "a", "n", source="mirror") == 0
    assert names.find("n") == 1
    assert names.pairs_known_from(0) == "mirror"
    assert names.token("0xb", "b") == 2  # a later message names the condition
    assert names.condition(2) == "0xb"
    assert names.token("0xb", "b2") == 3
    assert names.conflicts == []


def test_what_comes_too_late_is_kept_and_told() -> None:
    names = Interning()
    names.token("0xc", "no")
    assert names.pair("0xc", yes="yes", no="no") == 0
    assert (names.find("no"), names.find("yes")) == (0, 1)
    assert len(names.conflicts) == 2  # both assets are not where they belong
    names.token("", "a")
    names.token("", "b")
    names.pair("", "a", "b")
    assert (names.find("a"), names.find("b")) == (2, 4)
    assert "another pair" in names.conflicts[-1]
    before = list(names.conflicts)
    names.pair("", "a", "b")
    assert names.conflicts == before
    names.token("0xe", "a")
    names.token("0xf", "a")
    assert names.condition(2) == "0xe"
    assert "0xf" in names.conflicts[-1]


@pytest.mark.parametrize(
    "call, why",
    [
        (lambda n: n.token("0xc", "third"), "third"),
        (lambda n: n.token("0xc", ""), "without an id"),
        (lambda n: n.pair("0xc", yes="y", no="third"), "no room"),
        (lambda n: n.pair("0xd", yes="y"), "is of condition"),
        (lambda n: n.pair("", yes="z"), "by its condition"),
        (lambda n: n.pair("0xd", yes="z", no="z"), "two different"),
        (lambda n: n.bind_order("h", 0), "no id"),
        (lambda n: n.bind_order("h", 1 << 63), "no id"),
        (lambda n: n.bind_order("seen", 7), "has the id"),
    ],
)
def test_a_contradiction_is_refused_whole(call: object, why: str) -> None:
    names = Interning()
    names.pair("0xc", "y", "n")
    names.order("seen")
    before = names.rows()
    with pytest.raises(InterningError, match=why):
        call(names)  # type: ignore[operator]
    assert names.rows() == before
    assert names.n_tokens == 2


def test_no_more_tokens_than_an_engine_can_have() -> None:
    names = Interning()
    for k in range(32_768):
        names.token("", f"a{k}")
    with pytest.raises(InterningError, match="65536"):
        names.token("", "one more")
    assert names.pair("", "a0", "its partner") == 0


def test_orders_and_trades() -> None:
    names = Interning()
    assert names.order("0x1") == FIRST_FOREIGN_ORDER
    names.bind_order("0x2", 5)
    names.bind_order("0x2", 5)
    assert names.order("0x2") == 5
    assert names.order("0x3") == FIRST_FOREIGN_ORDER + 1
    assert names.order("0x1") == FIRST_FOREIGN_ORDER
    assert [names.trade(t) for t in ("a", "b", "a")] == [1, 2, 1]
    assert names.rows() == [
        ("order", -(1 << 63), "0x1", ""),
        ("order", 5, "0x2", ""),
        ("order", -(1 << 63) + 1, "0x3", ""),
        ("trade", 1, "a", ""),
        ("trade", 2, "b", ""),
    ]
    assert names.rows(4) == [("trade", 2, "b", "")]


@pytest.mark.parametrize(
    "row",
    [
        ("token", 3, "a", ""),
        ("token", -1, "a", ""),
        ("pair", 1, "a", ""),
        ("trade", 2, "a", ""),
        ("animal", 1, "a", ""),
    ],
)
def test_rows_that_no_table_gave_are_refused(row: tuple[str, int, str, str]) -> None:
    with pytest.raises(InterningError, match="does not follow"):
        Interning.from_rows([row])


def few(first: str) -> st.SearchStrategy[str]:
    return st.integers(0, 5).map(lambda k: f"{first}{k}")


CALLS = st.one_of(
    st.tuples(st.just("token"), st.just("") | few("c"), few("a")),
    st.tuples(st.just("pair"), st.just("") | few("c"), st.none() | few("a"), st.none() | few("a")),
    st.tuples(st.just("order"), few("h")),
    st.tuples(st.just("bind_order"), few("h"), st.integers(1, 6)),
    st.tuples(st.just("trade"), few("t")),
)


@given(st.lists(CALLS, max_size=40))
def test_the_same_table_comes_back_from_its_rows(calls: list[tuple[str, ...]]) -> None:
    names = Interning()
    given_out: dict[str, int] = {}
    for name, *args in calls:
        rows = names.rows()
        try:
            getattr(names, name)(*args)
        except InterningError:
            assert names.rows() == rows
        assert names.rows()[: len(rows)] == rows
        for token in range(names.n_tokens):
            asset = names.asset(token)
            if asset is not None:
                assert given_out.setdefault(asset, token) == token == names.find(asset)
    again = Interning.from_rows(names.rows())
    parts = [{k: v for k, v in vars(table).items() if k != "conflicts"} for table in (names, again)]
    assert parts[0] == parts[1]
