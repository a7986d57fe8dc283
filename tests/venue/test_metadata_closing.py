"""Time to close as a state, from all evidence and never from the end date alone."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from clobstep.venue import gamma
from clobstep.venue.closing import State, about, time_to_close, when
from clobstep.venue.market_info import Fields, MarketInfo
from venue import gamma_made as made

PAST = "2026-05-17T11:00:00Z"
SOON = "2026-05-17T13:30:00Z"


@pytest.mark.parametrize(
    "fields, state, why",
    [
        ({}, State.OPEN, "it accepts orders, end date in 30 d 12 h"),
        ({"endDate": PAST}, State.PAST_END, f"its end date {PAST} has passed and it accepts"),
        ({"gameStartTime": SOON}, State.OPEN, "it accepts orders, game start in 1 h 30 min"),
        ({"gameStartTime": PAST}, State.CLOSING, f"the game began at {PAST} and may end"),
        ({"umaResolutionStatus": "proposed"}, State.CLOSING, "an outcome was proposed"),
        ({"umaResolutionStatus": "disputed"}, State.CLOSING, "the proposed outcome is disputed"),
        ({"umaResolutionStatus": "odd"}, State.CLOSING, "its resolution is 'odd', a word that we"),
        ({"outcomePrices": '["1", "0"]'}, State.CLOSING, "its prices are pinned at 1 and 0"),
        ({"outcomePrices": '["0.5", "0.5"]'}, State.OPEN, "it accepts orders, end"),
        ({"outcomePrices": '["x", "0"]'}, State.OPEN, "it accepts orders, end"),
        ({"closed": True}, State.CLOSED, "it is closed, though it says that it accepts orders"),
        ({"closed": True, "acceptingOrders": False}, State.CLOSED, "it is closed"),
        ({"archived": True}, State.CLOSED, "it is archived, though"),
        ({"closedTime": PAST}, State.CLOSING, f"closed at {PAST} by its date, open by its flags"),
        ({"closedTime": PAST, "closed": ...}, State.CLOSED, f"it was closed at {PAST}"),
        ({"closedTime": SOON}, State.OPEN, "it accepts orders, end"),
        ({"acceptingOrders": False}, State.UNKNOWN, "it does not accept orders, and nothing says"),
        ({"acceptingOrders": False, "endDate": PAST}, State.CLOSING,
         "it does not accept orders, and its end date has passed"),
        ({"acceptingOrders": False, "umaResolutionStatus": "proposed"}, State.CLOSING,
         "it does not accept orders, and an outcome was proposed"),
        ({"acceptingOrders": False, "umaResolutionStatus": "resolved"}, State.CLOSED,
         "it does not accept orders, and the outcome is resolved"),
        ({"active": False, "enableOrderBook": False}, State.UNKNOWN,
         "it is not active and it has no order book, and nothing says"),
        ({"acceptingOrders": ..., "endDate": PAST}, State.UNKNOWN, "nothing says whether it acc"),
        ({"active": ..., "closed": ...}, State.UNKNOWN, "it accepts orders, but closed and active"),
        ({"endDate": ...}, State.UNKNOWN, "it accepts orders, but no date says how long"),
    ],
)  # fmt: skip
def test_the_state_and_its_reason(fields: dict[str, Any], state: State, why: str) -> None:
    found = time_to_close(made.info(**fields), made.NOW)
    assert (found.state, found.why[: len(why)]) == (state, why)
    assert (found.left_ns is not None) is (state is State.OPEN)


def test_the_time_left_is_to_the_first_date() -> None:
    info = made.info(gameStartTime=SOON)
    assert time_to_close(info, made.NOW).left_ns == 90 * 60 * 1_000_000_000
    assert time_to_close(info, made.NOW + 90 * 60 * 1_000_000_000).state is State.CLOSING


def test_metadata_of_others_says_what_it_can() -> None:
    """Files without Gamma's flags: `accepting` alone decides."""
    bare = MarketInfo(condition="0xc1", accepting=True, end_ns=made.NOW + made.DAY)
    assert time_to_close(bare, made.NOW).state is State.OPEN
    assert time_to_close(MarketInfo(condition="0xc1"), made.NOW).state is State.UNKNOWN


def test_all_87_markets_have_a_state_and_never_by_the_end_date_alone() -> None:
    states: Counter[State] = Counter()
    for data in made.sample():
        info = gamma.market(Fields(data, "sample", data["slug"]))
        found = time_to_close(info, info.end_ns or made.NOW)
        states[found.state] += 1
        assert found.state is not State.CLOSED  # none of them says that it is closed
        assert found.why
        later = time_to_close(info, (info.end_ns or made.NOW) + 365 * made.DAY)
        assert later.state is not State.CLOSED
    assert states == {State.CLOSING: 49, State.PAST_END: 37, State.UNKNOWN: 1}


@pytest.mark.parametrize(
    "name, state",
    [
        ("gamma_market", State.OPEN),
        ("gamma_market_closed_binary_accepting_false", State.CLOSED),
        ("gamma_market_closed_binary_accepting_true", State.CLOSED),
        ("gamma_market_closed_zero_zero_legacy", State.CLOSED),
        ("gamma_market_sports_market_money_line", State.CLOSED),
    ],
)
def test_recorded_markets(name: str, state: State) -> None:
    info = made.nautilus(name)
    at = (info.end_ns or made.NOW) - made.DAY
    assert time_to_close(info, at).state is state


def test_words_about_times() -> None:
    assert when(made.NOW) == "2026-05-17T12:00:00Z"
    assert when(made.NOW + 1).endswith("00.000000001Z")
    assert [about(n * 10**9) for n in (0, 59, 60, 3_661, 90_061, -5)] == [
        "less than 1 s", "59 s", "1 min", "1 h 1 min", "1 d 1 h", "less than 1 s",
    ]  # fmt: skip
