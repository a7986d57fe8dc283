"""Answers to submits: what counts as taken, refused, or neither, order by order."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import recordings
from clobstep import events
from clobstep.enums import AcceptStatus, EventKind, Flag, Reject, Side, Tif, VenueState
from clobstep.venue.rest.request import Auth, Failure, Lane, Reply
from clobstep.venue.rest.submits import Sent, sent, submit_events, submit_request
from core.support import Rig
from venue.rest_replies import JSON_VALUES, NOW, SHARE, kinds, order, reply, said

K = EventKind
LIVE = {
    "success": True, "errorMsg": "", "orderID": "0xAA", "status": "live", "makingAmount": "",
    "takingAmount": "", "transactionsHashes": [], "tradeIDs": [],
}  # fmt: skip
MATCHED = LIVE | {"status": "matched", "makingAmount": "4.9152", "takingAmount": "5.12"}
REFUSED = {
    "success": False, "errorMsg": "not enough balance / allowance", "orderID": "", "status": "",
    "makingAmount": "", "takingAmount": "",
}  # fmt: skip


def one(body: Any, sent_order: Sent | None = None, status: int = 200) -> events.Event:
    (event,) = said(submit_events([sent_order or order()], reply(body, status), NOW))
    assert event.time_ns == NOW
    assert event.order_id == 1
    return event


def test_requests() -> None:
    single = submit_request([b'{"a":1}'])
    assert (single.method, single.path, single.body) == ("POST", "/order", b'{"a":1}')
    assert (single.auth, single.lane) == (Auth.L2, Lane.SUBMIT)
    batch = submit_request([b'{"a":1}'] * 15)
    assert batch.path == "/orders"
    assert json.loads(batch.body) == [{"a": 1}] * 15
    for n in (0, 16):
        with pytest.raises(ValueError, match=f"{n} orders"):
            submit_request([b"{}"] * n)


def test_the_order_of_an_effect() -> None:
    rig = Rig().trading()
    effects = rig.say(events.submit, 9, 0, "BUY", price="0.52", amount="5.20", tif="FAK")
    made = sent(next(e for e in effects if e.kind == 2), "0xaa")
    assert made == Sent(9, "0xaa", Side.BUY, Tif.FAK, 5_200_000)
    assert made.by_cash


# ---- taken


@pytest.mark.parametrize(
    "status, code", [("live", 0), ("matched", 1), ("delayed", 2), ("unmatched", 3), ("LIVE", 0)]
)
def test_taken(status: str, code: int) -> None:
    event = one(LIVE | {"status": status})
    assert (event.kind, event.code) == (K.ACCEPTED, AcceptStatus(code))


@pytest.mark.parametrize(
    "made, size",
    [
        (order(), 5_120_000),  # a BUY in shares: what it got
        (order(tif=Tif.GTD), 5_120_000),
        (order(side=Side.SELL), 4_915_200),  # shares that it gave
        (order(side=Side.SELL, tif=Tif.FAK), 4_915_200),
        (order(tif=Tif.FAK), 4_915_200),  # pUSD that it gave
        (order(tif=Tif.FOK), 4_915_200),
    ],
)
def test_the_matched_size_is_in_the_orders_unit(made: Sent, size: int) -> None:
    event = one(MATCHED, made)
    assert (event.code, event.size, event.flags) == (AcceptStatus.MATCHED, size, Flag.SIZE_KNOWN)


def test_nothing_matched_is_known_of_a_resting_order_only() -> None:
    assert (one(LIVE).size, one(LIVE).flags) == (0, Flag.SIZE_KNOWN)
    assert one(LIVE | {"status": "matched"}).flags == 0
    assert one(LIVE | {"status": "matched", "takingAmount": "0"}).flags == 0


def test_amounts_in_millionths_are_told_from_the_orders_size() -> None:
    answer = submit_events([order()], reply(MATCHED | {"takingAmount": "5120000"}), NOW)
    assert (said(answer)[0].size, kinds(answer)) == (5_120_000, ["rounded"])


@pytest.mark.parametrize("amount", ["10.02", "99999999999", "-1", "x", "1e99", 7.5, True, [], 1e30])
def test_an_amount_that_cannot_be_is_not_known(amount: object) -> None:
    made = order(original=5 * SHARE)
    answer = submit_events([made], reply(MATCHED | {"takingAmount": amount}), NOW)
    (event,) = said(answer)
    assert (event.kind, event.size, event.flags) == (K.ACCEPTED, 0, 0)
    assert kinds(answer) == ["conflict"]


# ---- not taken


def test_refused() -> None:
    event = one(REFUSED)
    assert (event.kind, event.code, event.amount) == (K.REJECTED, Reject.BALANCE, 0)


def test_an_order_alone_has_no_batch() -> None:
    (event,) = said(submit_events([order()], reply(REFUSED), NOW, batch_id=7))
    assert event.amount == 0


def test_success_with_an_error_is_no_success() -> None:
    """rest/last_success_yes.json: success true, and an error."""
    made = json.loads(recordings.data("rest/last_success_yes.json").read_text())
    event = one(made)
    assert (event.kind, event.code) == (K.REJECTED, Reject.MIN_NOTIONAL)


@pytest.mark.parametrize(
    "fields",
    [
        {"orderID": "", "status": ""},  # legs that post-only mode turned away look like this
        {"orderID": ""},
        {"orderID": None},
        {"orderID": "0xab"},
        {"orderID": 170},
        {"status": ""},
        {"status": None},
        {"status": "resting"},
        {"success": False},
        {"success": "true"},
        {"success": 1},
        {"success": None},
        {"errorMsg": "the moon is full"},
        {"errorMsg": {"text": "the moon is full"}},
        {"errorMsg": False},
        {"error": 7},
        {"errorMsg": "not enough balance / allowance"},  # and live: one of them is wrong
        {"success": False, "errorMsg": "crosses the book", "status": "", "tradeIDs": ["t"]},
        {"success": False, "errorMsg": "crosses the book", "status": "", "takingAmount": "1"},
        {"success": False, "errorMsg": "could not insert order", "status": ""},
    ],
)
def test_neither_taken_nor_refused_is_unknown_and_noted(fields: dict[str, Any]) -> None:
    answer = submit_events([order()], reply(LIVE | fields), NOW)
    assert [event.kind for event in said(answer)] == [K.SUBMIT_UNKNOWN]
    assert kinds(answer) == ["conflict"] or "could not" in fields.get("errorMsg", "")


@pytest.mark.parametrize("name", ["http_order_response_ok", "http_order_response_failed"])
def test_recorded_shapes_without_a_status(name: str) -> None:
    body = json.loads(recordings.data(f"fixtures/nautilus/{name}.json").read_text())
    event = one(body, order(body["orderID"] or "0xaa"))
    failed = (event.kind, event.code) == (K.REJECTED, Reject.BALANCE)
    assert failed if name.endswith("failed") else event.kind == K.SUBMIT_UNKNOWN


def test_recorded_answers() -> None:
    body = json.loads(recordings.data("rest/last_success_no.json").read_text())
    assert one(body, order(body["orderId"])).code == AcceptStatus.RESTING
    body = json.loads(recordings.data("rest/order_success.json").read_text())
    assert one(body, order(body["orderID"])).kind == K.SUBMIT_UNKNOWN  # it says no success


def test_an_order_without_a_hash_is_never_taken() -> None:
    assert one(LIVE | {"orderID": ""}, order("")).kind == K.SUBMIT_UNKNOWN


def test_no_answer_and_nothing_sent() -> None:
    orders = [order(), order("0xbb", 2)]
    lost = said(submit_events(orders, Reply(0, failure=Failure.NO_ANSWER), NOW, batch_id=7))
    assert [e.kind for e in lost] == [K.SUBMIT_UNKNOWN] * 2
    unsent = said(submit_events(orders, Reply(0, failure=Failure.NOT_SENT), NOW, batch_id=7))
    assert [(e.kind, e.code, e.amount) for e in unsent] == [(K.REJECTED, Reject.TIMED_OUT, 7)] * 2


def test_the_venues_state_comes_after_the_rejects_and_says_how_long() -> None:
    body = {"error": "", "code": "post_only_mode", "retry_after_seconds": 60}
    told = said(submit_events([order(), order("0xbb", 2)], reply(body, 503), NOW, batch_id=3))
    assert [e.kind for e in told] == [K.REJECTED, K.REJECTED, K.VENUE]
    assert {e.code for e in told[:2]} == {Reject.POST_ONLY_MODE}
    assert (told[2].code, told[2].amount) == (VenueState.POST_ONLY, 60 * 10**9)


# ---- batches


def batch(parts: object, n: int = 3) -> list[events.Event]:
    orders = [order(name, k + 1) for k, name in enumerate(("0xaa", "0xbb", "0xcc")[:n])]
    return said(submit_events(orders, reply(parts), NOW, batch_id=7))


def test_each_part_of_a_batch_is_judged_alone() -> None:
    told = batch([LIVE, REFUSED, MATCHED | {"orderID": "0xcc"}])
    assert [(e.order_id, e.kind) for e in told] == [
        (1, K.ACCEPTED),
        (2, K.REJECTED),
        (3, K.ACCEPTED),
    ]
    assert [e.amount for e in told] == [0, 7, 0]


def test_post_only_mode_of_single_parts_is_told_once() -> None:
    part = REFUSED | {"errorMsg": "Trading is in post-only mode", "retry_after_seconds": 5}
    told = batch([part, part, LIVE | {"orderID": "0xcc"}])
    assert [e.kind for e in told] == [K.REJECTED, K.REJECTED, K.ACCEPTED, K.VENUE]
    assert told[3].amount == 5 * 10**9


@pytest.mark.parametrize(
    "parts",
    [
        [LIVE, REFUSED],
        [REFUSED, LIVE],
        [LIVE, REFUSED, REFUSED, REFUSED],
        [REFUSED, LIVE, REFUSED],  # in another's place: places are not believed
    ],
)
def test_a_batch_whose_places_are_wrong_proves_what_names_a_hash_only(parts: list[Any]) -> None:
    told = batch(parts)
    assert [(e.order_id, e.kind) for e in told] == [
        (1, K.ACCEPTED), (2, K.SUBMIT_UNKNOWN), (3, K.SUBMIT_UNKNOWN),
    ]  # fmt: skip


@pytest.mark.parametrize("parts", [[], {}, None, LIVE, "ok", 7, [LIVE, LIVE], [None] * 3, [[]] * 3])
def test_a_batch_that_proves_nothing(parts: object) -> None:
    assert [e.kind for e in batch(parts)] == [K.SUBMIT_UNKNOWN] * 3


def test_an_error_for_all_counts_once() -> None:
    orders = [order(), order("0xbb", 2)]
    body = {"error": "Unauthorized/Invalid api key"}
    told = said(submit_events(orders, reply(body, 401), NOW, batch_id=7))
    assert [(e.code, e.amount) for e in told] == [(Reject.AUTH, 7)] * 2


# ---- hostile


def is_proof(raw: bytes) -> bool:
    """Whether a body says without contradiction that order 0xaa was taken."""
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError):
        return False
    data = data[0] if isinstance(data, list) and len(data) == 1 else data
    return (
        isinstance(data, dict)
        and data.get("success") is True
        and str(data.get("orderID") or data.get("orderId")).lower() == "0xaa"
    )


@pytest.mark.parametrize("body", [LIVE, MATCHED, REFUSED])
def test_a_body_cut_at_any_byte_is_unknown(body: dict[str, Any]) -> None:
    raw = json.dumps(body).encode()
    for at in range(len(raw)):
        assert one(raw[:at]).kind == K.SUBMIT_UNKNOWN


def test_a_batch_cut_at_any_byte_is_unknown() -> None:
    raw = json.dumps([LIVE, REFUSED]).encode()
    for at in range(len(raw)):
        answer = submit_events([order(), order("0xbb", 2)], reply(raw[:at]), NOW)
        assert [e.kind for e in said(answer)] == [K.SUBMIT_UNKNOWN] * 2
        assert kinds(answer) == ["malformed"]


@settings(max_examples=300, deadline=None)
@given(
    changes=st.dictionaries(st.sampled_from([*LIVE, "error", "code"]), JSON_VALUES, max_size=5),
    dropped=st.sets(st.sampled_from([*LIVE])),
    base=st.sampled_from([LIVE, MATCHED, REFUSED]),
)
def test_no_value_raises_or_takes_without_proof(
    changes: dict[str, Any], dropped: set[str], base: dict[str, Any]
) -> None:
    body = {k: v for k, v in (base | changes).items() if k not in dropped}
    event = one(body)
    assert event.kind in (K.ACCEPTED, K.REJECTED, K.SUBMIT_UNKNOWN)
    if event.kind == K.ACCEPTED:
        assert is_proof(json.dumps(body).encode())
        assert 0 <= event.size <= 10 * SHARE + 10_000


@settings(max_examples=300, deadline=None)
@given(
    at=st.integers(0, 400), cut=st.integers(0, 30), put=st.binary(max_size=8),
    status=st.sampled_from([200, 201, 400, 500]),
)  # fmt: skip
def test_no_bytes_raise(at: int, cut: int, put: bytes, status: int) -> None:
    base = json.dumps(MATCHED).encode()
    at %= len(base)
    raw = base[:at] + put + base[at + cut :]
    event = one(raw, status=status)
    assert event.kind != K.ACCEPTED or is_proof(raw)


@pytest.mark.parametrize(
    "raw", [b"[" * 100_000, b'{"a":' * 100_000, b"\xff\xfe", b"<html>502</html>", b"", b"null",
            b'{"success":true' + b" " * (17 << 20) + b"}"]
)  # fmt: skip
def test_a_body_that_is_none(raw: bytes) -> None:
    assert one(raw).kind == K.SUBMIT_UNKNOWN
