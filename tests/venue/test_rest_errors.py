"""The error table: what each text and status proves of a request."""

from __future__ import annotations

import gzip
import re
from ast import literal_eval

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import recordings
from clobstep.enums import EventKind, Reject, VenueState
from clobstep.venue.rest import errors
from clobstep.venue.rest.error_rows import ROWS
from clobstep.venue.rest.errors import Outcome, classify, of_text
from clobstep.venue.rest.request import Failure, Reply
from clobstep.venue.rest.submits import submit_events
from venue.rest_replies import JSON_VALUES, NOW, order, reply, said

R = Reject
ID = "0x1111111111111111111111111111111111111111111111111111111111111111"
TEXTS = [  # what the venue writes (PROTOCOL facts, 2.3), and what it proves
    (400, "Invalid order payload", R.PAYLOAD),
    (400, "the order owner has to be the owner of the API KEY", R.PAYLOAD),
    (400, "the order signer address has to be the address of the API KEY", R.PAYLOAD),
    (400, "maker address not allowed, please use the deposit wallet flow", R.PAYLOAD),
    (400, "invalid signature", R.PAYLOAD),
    (400, "order_version_mismatch", R.PAYLOAD),
    (400, "'0xabc' address banned", R.BANNED),
    (400, "'0xabc' address in closed only mode", R.BANNED),
    (400, "Too many orders in payload: 16, max allowed: 15", R.PAYLOAD),
    (400, f"order {ID} is invalid. Price (0.515) breaks minimum tick size rule: 0.01", R.TICK),
    (400, f"order {ID} is invalid. Size (1) lower than the minimum: 5", R.MIN_SIZE),
    (400, f"order {ID} is invalid. Duplicated.", R.DUPLICATED),
    (400, "invalid post-only order: order crosses book", R.POST_ONLY_CROSS),
    (400, f"order {ID} crosses the book", R.POST_ONLY_CROSS),
    (400, "not enough balance / allowance", R.BALANCE),
    (
        400,
        (
            "not enough balance / allowance: the balance is not enough -> balance: 1, sum of "
            "active orders: 2, sum of matched orders: 3, order amount (inc. fees): 9"
        ),
        R.BALANCE,
    ),
    (400, "invalid expiration", R.EXPIRATION),
    (400, "order canceled in the CTF exchange contract", R.PAYLOAD),
    (400, "order match delayed due to market conditions", R.MATCH_DELAYED),
    (400, "the market is not yet ready to process new orders", R.MARKET_NOT_READY),
    (400, "the orderbook 123 does not exist", R.MARKET_CLOSED),
    (404, "No orderbook exists for the requested token id", R.MARKET_CLOSED),
    (
        400,
        "order couldn't be fully filled. FOK orders are fully filled or killed.",
        R.KILLED,
    ),
    (
        400,
        (
            "no orders found to match with FAK order. FAK orders are partially filled or killed if "
            "no match is found."
        ),
        R.KILLED,
    ),
    (
        400,
        (
            "invalid amounts, the market buy orders maker amount supports a max accuracy of 2 "
            "decimals, taker amount a max of 4 decimals"
        ),
        R.AMOUNTS,
    ),
    (400, "invalid amount for a marketable BUY order ($0.765), min size: $1", R.MIN_NOTIONAL),
    (401, "Unauthorized/Invalid api key", R.AUTH),
    (401, "Invalid L1 Request headers", R.AUTH),
    (403, "Trading restricted in your region, please refer to available regions", R.BANNED),
    (425, "service not ready", R.RESTARTING),
    (425, "", R.RESTARTING),
    (429, "Too Many Requests", R.RATE_LIMIT),
    (429, "", R.RATE_LIMIT),
    (200, "Rate limit exceeded for tokenId: 1", R.RATE_LIMIT),
    (500, "order timed out", R.TIMED_OUT),
    (500, "could not insert order", None),
    (500, "could not run the execution", None),
    (500, "there are no matching orders", None),
    (500, "the trade contains rounding issues", None),
    (
        500,
        (
            "the price of the taker's order has a discrepancy greater than allowed with the worst "
            "maker order"
        ),
        None,
    ),
    (500, "Internal server error", None),
    (503, "Trading is currently disabled. Check polymarket.com for updates", R.DISABLED),
    (
        503,
        "Trading is currently cancel-only. New orders are not accepted, but cancels are allowed.",
        R.CANCEL_ONLY,
    ),
    (503, "Service Unavailable", None),
    (502, "", None),
    # the symbolic names of before March 2026
    (400, "INVALID_ORDER_MIN_TICK_SIZE", R.TICK),
    (400, "INVALID_ORDER_MIN_SIZE", R.MIN_SIZE),
    (400, "INVALID_ORDER_DUPLICATED", R.DUPLICATED),
    (400, "INVALID_ORDER_NOT_ENOUGH_BALANCE", R.BALANCE),
    (400, "INVALID_ORDER_EXPIRATION", R.EXPIRATION),
    (400, "INVALID_ORDER_ERROR", None),
    (400, "INVALID_POST_ONLY_ORDER_TYPE", R.PAYLOAD),
    (400, "INVALID_POST_ONLY_ORDER", R.POST_ONLY_CROSS),
    (400, "EXECUTION_ERROR", None),
    (400, "ORDER_DELAYED", R.MATCH_DELAYED),
    (400, "DELAYING_ORDER_ERROR", None),
    (400, "FOK_ORDER_NOT_FILLED_ERROR", R.KILLED),
    (400, "MARKET_NOT_READY", R.MARKET_NOT_READY),
]


@pytest.mark.parametrize("status, text, reject", TEXTS)
def test_what_the_venue_writes(status: int, text: str, reject: Reject | None) -> None:
    verdict = of_text(200, text) if status == 200 else classify(reply({"error": text}, status))
    assert verdict.reject is reject
    assert verdict.outcome is (Outcome.UNKNOWN if reject is None else Outcome.REFUSED)
    assert verdict.row is not None
    assert verdict.row.cause in verdict.why
    assert verdict.row.fix in verdict.why


def test_every_row_is_met_by_a_text_of_the_venue_and_tells_a_way_out() -> None:
    met = {of_text(status, text).row for status, text, _ in TEXTS}
    met.add(of_text(503, "", "post_only_mode").row)
    met.add(of_text(401, "what").row)
    met.add(of_text(403, "").row)
    met.add(of_text(400, "invalid payload").row)
    assert [row.cause for row in ROWS if row not in met] == []
    assert all(row.cause and row.fix for row in ROWS)


def test_a_word_of_another_status_proves_nothing_under_500() -> None:
    assert classify(reply({"error": "not enough balance / allowance"}, 500)).reject is None
    assert classify(reply({"error": "Too Many Requests"}, 502)).reject is None
    assert classify(reply({"error": "order timed out"}, 504)).reject is None


@pytest.mark.parametrize(
    "text, code, state",
    [
        ("Trading is currently disabled", "", VenueState.DISABLED),
        ("Trading is currently cancel-only.", "", VenueState.CANCEL_ONLY),
        ("", "post_only_mode", VenueState.POST_ONLY),
    ],
)
def test_a_state_lasts_as_long_as_is_said(text: str, code: str, state: VenueState) -> None:
    body = {"error": text, "code": code, "retry_after_seconds": 90}
    verdict = classify(reply(body, 503, retry_after="30"))
    (event,) = errors.venue_events(verdict, NOW)
    assert (event.kind, event.code, event.amount) == (EventKind.VENUE, state, 90 * 10**9)
    assert verdict.is_later


def test_425_is_a_restart_whatever_its_body() -> None:
    for body in (b"", b"service not ready", b"<html>425</html>", b"{", b"\xff" * 3000):
        verdict = classify(reply(body, 425))
        assert (verdict.reject, verdict.venue) == (R.RESTARTING, VenueState.RESTARTING)


@pytest.mark.parametrize(
    "header, expected",
    [
        ("2", 2 * 10**9), ("0.5", 5 * 10**8), ("", 0), ("-1", 0), ("soon", 0), ("NaN", 0),
        ("Wed, 21 Oct 2026 07:28:00 GMT", 0), ("1e400000000", 3_600 * 10**9),
        ("9" * 90, 3_600 * 10**9), ("9" * 9999, 3_600 * 10**9), ("1e-400000000", 0),
    ],
)  # fmt: skip
def test_retry_after(header: str, expected: int) -> None:
    verdict = classify(reply({"error": "Too Many Requests"}, 429, retry_after=header))
    assert verdict.retry_after_ns == expected


def test_a_refusal_that_nobody_has_seen_is_other_and_keeps_its_text() -> None:
    verdict = classify(reply({"error": "the moon is full"}, 400))
    assert (verdict.outcome, verdict.reject) == (Outcome.REFUSED, R.OTHER)
    assert verdict.note is not None
    assert "the moon is full" in verdict.note.text


@pytest.mark.parametrize("status", sorted(errors.PROOF))
def test_a_proxys_page_refuses_when_its_status_does(status: int) -> None:
    page = b"<!DOCTYPE html><title>Attention Required! | Cloudflare</title>" + b"x" * 10_000
    verdict = classify(reply(page, status))
    if status == 400:  # a text that cannot be read might have been "Duplicated"
        assert verdict.outcome is Outcome.UNKNOWN
    else:
        assert verdict.outcome is Outcome.REFUSED
        assert verdict.reject is not None


def test_a_400_cut_at_any_byte_frees_nothing() -> None:
    raw = b'{"error":"order 0xaa is invalid. Duplicated."}'
    for at in range(len(raw)):
        assert classify(reply(raw[:at], 400)).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("status", [100, 204 + 100, 301, 302, 307, 408, 409, 418, 451, 499, 500,
                                    501, 502, 503, 504, 520, 524, 530, 599, 999])  # fmt: skip
def test_a_status_that_proves_nothing_is_unknown(status: int) -> None:
    for body in (b"", b"<html>bad gateway</html>", b"null", b"[]", b'{"error":'):
        verdict = classify(reply(body, status))
        assert (verdict.outcome, verdict.reject) == (Outcome.UNKNOWN, None)
        assert verdict.note is not None


def test_no_reply() -> None:
    not_sent = classify(Reply(0, failure=Failure.NOT_SENT, why="no route"))
    assert (not_sent.outcome, not_sent.reject) == (Outcome.REFUSED, R.TIMED_OUT)
    assert "no route" in not_sent.why
    assert classify(Reply(0, failure=Failure.NO_ANSWER)).outcome is Outcome.UNKNOWN
    assert classify(Reply(0)).outcome is Outcome.UNKNOWN
    # half of an answer: the status came, the rest did not
    half = Reply(400, b'{"error":"inv', failure=Failure.NO_ANSWER)
    assert classify(half).outcome is Outcome.UNKNOWN


@settings(max_examples=300, deadline=None)
@given(status=st.integers(-1, 700), body=st.binary(max_size=60), header=st.text(max_size=10))
def test_no_bytes_raise(status: int, body: bytes, header: str) -> None:
    verdict = classify(reply(body, status, retry_after=header))
    assert (verdict.outcome is Outcome.OK) == (200 <= status < 300)
    assert (verdict.reject is None) == (verdict.outcome is not Outcome.REFUSED)
    assert 0 <= verdict.retry_after_ns <= errors.LONGEST_WAIT_NS


@settings(max_examples=200, deadline=None)
@given(
    status=st.sampled_from([400, 429, 500, 503]),
    body=st.dictionaries(
        st.sampled_from(["error", "errorMsg", "code", "retry_after_seconds"]), JSON_VALUES
    ),
)
def test_no_value_raises(status: int, body: dict[str, object]) -> None:
    assert classify(reply(body, status)).outcome in (Outcome.REFUSED, Outcome.UNKNOWN)


def test_deep_and_huge_bodies() -> None:
    for body in (b"[" * 200_000, b'{"error":' * 50_000, b'{"error":"' + b"x" * (20 << 20) + b'"}'):
        for status in (400, 500):
            assert classify(reply(body, status)).outcome is Outcome.UNKNOWN
        assert classify(reply(body, 422)).outcome is Outcome.REFUSED
        assert len(classify(reply(body, 422)).text) <= 2_000


# ---- the answers a real bot got


RECORDED = re.compile(r"PolyApiException\[status_code=(\d+), error_message=(\{.*?\})\]")
TAKEN = re.compile(r"'response': (\{[^{}]*\})")


def test_every_answer_of_a_real_bot() -> None:
    refused, taken = [], 0
    for path in sorted(recordings.data("rest").glob("*.log.gz")):
        for line in gzip.decompress(path.read_bytes()).decode().splitlines():
            for status, body in RECORDED.findall(line):
                refused.append(classify(reply(literal_eval(body), int(status))).reject)
            for body in TAKEN.findall(line):
                taken += _is_taken(literal_eval(body))
    assert (refused.count(R.KILLED), refused.count(R.BALANCE), len(refused)) == (88, 64, 152)
    assert taken == 239


def _is_taken(body: dict[str, str]) -> bool:
    """Each was a FAK of a cash amount, or of shares: its matched size is known either way."""
    (event,) = said(submit_events([order(body["orderID"], original=10**9)], reply(body), NOW))
    assert (event.kind, event.flags) == (EventKind.ACCEPTED, 1)
    assert event.size > 0
    return True


@pytest.mark.parametrize(
    "name, status, reject",
    [
        ("rest/order_error_401.json", 401, R.AUTH),
        ("rest/last_error_batch.json", 400, R.OTHER),
        ("rest/last_error_yes.json", 401, R.AUTH),
        ("fixtures/nautilus/http_order_response_error_500.json", 500, None),
    ],
)
def test_recorded_bodies(name: str, status: int, reject: Reject | None) -> None:
    assert classify(reply(recordings.data(name).read_bytes(), status)).reject is reject
