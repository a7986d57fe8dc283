"""Answers to cancels: cancelled, not cancelled and why, or nobody knows."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import recordings
from clobstep.enums import CancelReason, EventKind, VenueState
from clobstep.venue.interning import FIRST_FOREIGN_ORDER, Interning
from clobstep.venue.rest.cancels import (
    cancel_all_events,
    cancel_all_request,
    cancel_events,
    cancel_market_request,
    cancel_request,
)
from clobstep.venue.rest.request import Auth, Failure, Lane, Reply
from venue.rest_replies import JSON_VALUES, NOW, kinds, reply, said

K = EventKind
ASKED = {"0xAA": 1, "0xbb": 2}


def told(body: Any, status: int = 200, **headers: str) -> list[tuple[int, EventKind, int]]:
    found = said(cancel_events(ASKED, reply(body, status, **headers), NOW))
    assert {event.time_ns for event in found} == {NOW}
    return [(event.order_id, EventKind(event.kind), event.code) for event in found]


def test_requests() -> None:
    one = cancel_request(["0xaa"])
    assert (one.method, one.path, one.body) == ("DELETE", "/order", b'{"orderID":"0xaa"}')
    assert (one.auth, one.lane) == (Auth.L2, Lane.CANCEL)
    many = cancel_request(["0xaa", "0xbb"])
    assert (many.path, many.body) == ("/orders", b'["0xaa","0xbb"]')
    for n in (0, 1001):
        with pytest.raises(ValueError, match=f"{n} orders"):
            cancel_request(["0xaa"] * n)
    assert (cancel_all_request().path, cancel_all_request().body) == ("/cancel-all", b"")
    market = cancel_market_request(condition="0xc", asset_id="7")
    assert json.loads(market.body) == {"market": "0xc", "asset_id": "7"}
    assert json.loads(cancel_market_request(asset_id="7").body) == {"asset_id": "7"}
    with pytest.raises(ValueError, match="cancel_all_request"):
        cancel_market_request()


def test_each_order_has_its_answer() -> None:
    body = {"canceled": ["0xaa"], "not_canceled": {"0xBB": "already canceled or matched"}}
    assert told(body) == [
        (1, K.CANCEL_ACCEPTED, 0), (2, K.CANCEL_REFUSED, CancelReason.MATCHED_OR_GONE),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "reason, code",
    [
        ("Order already matched", CancelReason.MATCHED_OR_GONE),
        ("Order not found", CancelReason.MATCHED_OR_GONE),
        ("Order already canceled", CancelReason.MATCHED_OR_GONE),
        ("Order not found or already canceled", CancelReason.MATCHED_OR_GONE),
        ("already canceled or matched", CancelReason.MATCHED_OR_GONE),
        ("the order is delayed", CancelReason.OTHER),
        ("", CancelReason.OTHER),
        (None, CancelReason.OTHER),
        ("Too Many Requests", CancelReason.LATER),
        ("Trading is currently disabled", CancelReason.LATER),
    ],
)
def test_reasons(reason: str | None, code: CancelReason) -> None:
    found = told({"canceled": ["0xAA"], "not_canceled": {"0xbb": reason}})
    assert found[1] == (2, K.CANCEL_REFUSED, code)


def test_an_order_in_neither_or_in_both_is_unknown_and_noted() -> None:
    answer = cancel_events(ASKED, reply({"canceled": ["0xaa"], "not_canceled": {"0xaa": "x"}}), NOW)
    assert [event.kind for event in said(answer)] == [K.CANCEL_UNKNOWN] * 2
    assert kinds(answer) == ["conflict"] * 2


@pytest.mark.parametrize(
    "body, status, code",
    [
        ({"error": "Too Many Requests"}, 429, CancelReason.LATER),
        (b"", 425, CancelReason.LATER),
        ({"error": "Trading is currently disabled"}, 503, CancelReason.LATER),
        ({"error": "Unauthorized/Invalid api key"}, 401, CancelReason.OTHER),
        ({"error": "Invalid orderID"}, 400, CancelReason.OTHER),
        ({"error": "Order not found"}, 404, CancelReason.MATCHED_OR_GONE),
        (b"<html>blocked</html>", 403, CancelReason.OTHER),
    ],
)
def test_an_error_for_all(body: Any, status: int, code: CancelReason) -> None:
    found = told(body, status)
    assert found[:2] == [(1, K.CANCEL_REFUSED, code), (2, K.CANCEL_REFUSED, code)]


def test_a_rate_limit_says_when_to_come_again() -> None:
    found = said(cancel_events(ASKED, reply({"error": "x"}, 429, retry_after="2"), NOW))
    assert [event.amount for event in found] == [2 * 10**9] * 2


def test_the_venues_state_is_told_after_them() -> None:
    found = told({"error": "Trading is currently disabled"}, 503)
    assert found[2] == (0, K.VENUE, VenueState.DISABLED)
    assert told(b"", 425)[2] == (0, K.VENUE, VenueState.RESTARTING)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408, 302])
def test_what_proves_nothing(status: int) -> None:
    unknown = [(1, K.CANCEL_UNKNOWN, 0), (2, K.CANCEL_UNKNOWN, 0)]
    assert told({"error": "Internal server error"}, status) == unknown
    assert told(b"<html>", status) == unknown


def test_no_answer_and_nothing_sent() -> None:
    lost = said(cancel_events(ASKED, Reply(0, failure=Failure.NO_ANSWER), NOW))
    assert [event.kind for event in lost] == [K.CANCEL_UNKNOWN] * 2
    unsent = said(cancel_events(ASKED, Reply(0, failure=Failure.NOT_SENT), NOW))
    assert [event.code for event in unsent] == [CancelReason.LATER] * 2


def test_cancel_all_answers_for_all_that_has_an_id_here() -> None:
    interning = Interning()
    interning.bind_order("0xaa", 1)
    assert interning.order("0xff") == FIRST_FOREIGN_ORDER
    body = {"canceled": ["0xaa", "0xff", "0x99"], "not_canceled": {"0xbb": "not found"}}
    found = said(cancel_all_events(interning, reply(body), NOW, asked=ASKED))
    assert [(event.order_id, event.kind) for event in found] == [
        (1, K.CANCEL_ACCEPTED), (2, K.CANCEL_REFUSED), (FIRST_FOREIGN_ORDER, K.CANCEL_ACCEPTED),
    ]  # fmt: skip
    assert interning.find_order("0x99") is None
    assert [
        e.kind for e in said(cancel_all_events(interning, reply({}, 500), NOW, asked=ASKED))
    ] == [K.CANCEL_UNKNOWN] * 2
    assert said(cancel_all_events(interning, reply(b"<"), NOW)) == []


@pytest.mark.parametrize(
    "name", ["batch_cancel_response", "cancel_response_failed", "cancel_response_ok"]
)
def test_recorded_answers(name: str) -> None:
    raw = recordings.data(f"fixtures/nautilus/http_{name}.json").read_bytes()
    body = json.loads(raw)
    asked = {h: k + 1 for k, h in enumerate([*body["canceled"], *body["not_canceled"]])}
    found = said(cancel_events(asked, reply(raw), NOW))
    n = len(body["canceled"])
    assert [event.kind for event in found[:n]] == [K.CANCEL_ACCEPTED] * n
    assert {event.code for event in found[n:]} <= {CancelReason.MATCHED_OR_GONE}


# ---- hostile


def test_an_answer_cut_at_any_byte_is_unknown() -> None:
    raw = json.dumps({"canceled": ["0xaa"], "not_canceled": {"0xbb": "not found"}}).encode()
    for at in range(len(raw)):
        assert [kind for _, kind, _ in told(raw[:at])] == [K.CANCEL_UNKNOWN] * 2


@settings(max_examples=300, deadline=None)
@given(
    body=st.dictionaries(st.sampled_from(["canceled", "not_canceled", "error"]), JSON_VALUES)
    | JSON_VALUES,
    status=st.sampled_from([200, 400, 500]),
)
def test_no_value_raises_or_cancels_without_proof(body: Any, status: int) -> None:
    for order_id, kind, _ in told(body, status)[:2]:
        assert order_id in (1, 2)
        named = isinstance(body, dict) and "0xaa" in str(body.get("canceled"))
        assert kind != K.CANCEL_ACCEPTED or (status == 200 and named)


@settings(max_examples=200, deadline=None)
@given(raw=st.binary(max_size=60), status=st.integers(0, 600))
def test_no_bytes_raise(raw: bytes, status: int) -> None:
    assert len(told(raw, status)) >= 2
