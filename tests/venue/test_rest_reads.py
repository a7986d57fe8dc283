"""Look-ups: the requests, and what their replies are read as, whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import recordings
from clobstep.enums import NO_TOKEN, EventKind, Reject, Side
from clobstep.venue.hosts import Hosts
from clobstep.venue.interning import Interning
from clobstep.venue.market import MarketCodec
from clobstep.venue.rest import reads, requests
from clobstep.venue.rest.reads import Beat, Failed, Geoblock
from clobstep.venue.rest.request import Auth, Failure, Lane, Reply
from venue.rest_replies import JSON_VALUES, NOW, SHARE, reply

TOKEN = "71321045679252212594626385532706912750332728571942532289631379312455583992563"
CONDITION = "0xdd22472e552920b8438158ea7238bfadfa4f736aa4cee91a6b86c39ead110917"
POSITION = str((1 << 248) | 1)  # of module 1, outcome NO
MARKET = {
    "t": [{"t": TOKEN, "o": "Yes"}, {"t": "7", "o": "No"}], "mts": 0.01, "mos": 5, "nr": True,
    "fd": {"r": 0.07, "e": 1, "to": True},
}  # fmt: skip
BOOK = {
    "market": CONDITION, "asset_id": TOKEN, "timestamp": "1790000000123", "hash": "ab",
    "bids": [{"price": "0.4", "size": "5"}, {"price": "0.48", "size": "100.5"}],
    "asks": [{"price": "0.9", "size": "1"}, {"price": "0.52", "size": "7"}],
    "min_order_size": "5", "tick_size": "0.01", "neg_risk": False, "last_trade_price": "0.5",
}  # fmt: skip


def page_of(rows: list[Any], cursor: str = "LTE=") -> dict[str, Any]:
    return {"limit": 100, "count": len(rows), "next_cursor": cursor, "data": rows}


# ---- requests


def test_private_requests_are_signed_without_their_query() -> None:
    made = requests.orders_request(condition="0xc")
    assert (made.method, made.path, made.auth, made.lane) == (
        "GET", "/data/orders", Auth.L2, Lane.READ,
    )  # fmt: skip
    assert made.query == (("market", "0xc"), ("next_cursor", "MA=="))
    assert requests.order_request("0xaa").path == "/data/order/0xaa"
    made = requests.trades_request("NTA=", condition="0xc", after_s=7, before_s=9)
    assert dict(made.query) == {
        "market": "0xc", "after": "7", "before": "9", "next_cursor": "NTA=",
    }  # fmt: skip
    assert dict(requests.trades_request(after_s=-5).query)["after"] == "0"


@pytest.mark.parametrize(
    "asset, kind", [("", "COLLATERAL"), (TOKEN, "CONDITIONAL"), (POSITION, "CONDITIONAL-V2")]
)
def test_balances_are_asked_by_their_kind(asset: str, kind: str) -> None:
    for ask in (requests.balance_request, requests.balance_update_request):
        query = dict(ask(signature_type=3, asset_id=asset).query)
        assert query.pop("token_id", "") == asset
        assert query == {"asset_type": kind, "signature_type": "3"}


def test_position_ids() -> None:
    assert requests.is_position_id(POSITION)
    for other in (TOKEN, "", "x", "9" * 400, "\u0661"):
        assert not requests.is_position_id(other)


def test_public_requests_need_no_key() -> None:
    made = [
        requests.book_request("7"),
        requests.books_request(["7", "8"]),
        requests.tick_size_request("7"),
        requests.neg_risk_request("7"),
        requests.time_request(),
        requests.version_request(),
        requests.market_request("0xc"),
        requests.geoblock_request(Hosts().geoblock),
    ]
    assert {one.auth for one in made} == {Auth.NONE}
    assert [one.path for one in made] == [
        "/book", "/books", "/tick-size", "/neg-risk", "/time", "/version", "/clob-markets/0xc",
        "/api/geoblock",
    ]  # fmt: skip
    assert made[1].body == b'[{"token_id":"7"},{"token_id":"8"}]'
    for n in (0, 501):
        with pytest.raises(ValueError, match=f"{n} books"):
            requests.books_request(["7"] * n)


def test_a_beat_has_a_lane_of_its_own() -> None:
    made = requests.heartbeat_request("id-1")
    assert (made.method, made.path, made.lane) == ("POST", "/v1/heartbeats", Lane.BEAT)
    assert made.body == b'{"heartbeat_id":"id-1"}'


# ---- replies


READ: dict[str, tuple[Callable[[Reply], Any], Any, Any]] = {
    "page": (lambda r: len(reads.page(r).rows), page_of([{"id": "a"}, {"id": "b"}]), 2),
    "order": (lambda r: json.loads(reads.order(r, "0xAA")), {"id": "0xaa"}, {"id": "0xaa"}),
    "balance": (lambda r: reads.balance(r).amount, {"balance": "1000000000"}, 1000 * SHARE),
    "balance in decimals": (lambda r: reads.balance(r).amount, {"balance": "2.5"}, 2_500_000),
    "time": (reads.server_time, 1_790_000_000, NOW),
    "time in an object": (reads.server_time, {"time": 1_790_000_000}, NOW),
    "version": (reads.version, {"version": 2}, 2),
    "tick": (reads.tick_size, {"minimum_tick_size": 0.001}, 10),
    "neg risk": (reads.neg_risk, {"neg_risk": False}, False),
    "market": (lambda r: reads.market(r, CONDITION).fee_ppm, MARKET, 70_000),
    "closed only": (reads.closed_only, {"closed_only": True}, True),
    "beat": (reads.beat, {"heartbeat_id": "b"}, Beat("b", True)),
    "geoblock": (
        reads.geoblock,
        {"blocked": True, "ip": "192.0.2.1", "country": "US", "region": "NY"},
        Geoblock(True, "US", "NY"),
    ),
}
PLAIN: list[Callable[[Reply], Any]] = [
    reads.page, lambda r: reads.order(r, "0xaa"), reads.balance, reads.server_time, reads.version,
    reads.tick_size, reads.neg_risk, lambda r: reads.market(r, CONDITION), reads.beat,
    reads.geoblock, reads.closed_only, lambda r: reads.book_events(MarketCodec(), r, NOW),
]  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_values(name: str) -> None:
    read, body, expected = READ[name]
    assert read(reply(body)) == expected


@pytest.mark.parametrize("read", PLAIN)
@pytest.mark.parametrize(
    "bad, again",
    [
        (reply({"error": "Unauthorized/Invalid api key"}, 401), False),
        (reply({"error": "Too Many Requests"}, 429), True),
        (reply(b"", 425), True),
        (reply(b"<html>", 502), True),
        (reply(b"<html>", 404), False),
        (Reply(0, failure=Failure.NO_ANSWER), True),
        (Reply(0, failure=Failure.NOT_SENT), True),
    ],
)
def test_a_request_that_failed(read: Callable[[Reply], Any], bad: Reply, again: bool) -> None:
    failed = read(bad)
    assert isinstance(failed, Failed)
    assert failed.again is again
    assert failed.why
    assert failed.note.text


def test_a_failed_read_shows_the_venues_state() -> None:
    failed = reads.page(reply(b"", 425))
    assert isinstance(failed, Failed)
    assert failed.verdict.reject is Reject.RESTARTING


@pytest.mark.parametrize(
    "body",
    [
        [], {}, None, {"data": []}, {"data": [], "next_cursor": ""}, {"data": [], "next_cursor": 1},
        {"data": {}, "next_cursor": "LTE="}, {"data": [1], "next_cursor": "LTE="},
        {"data": [[]], "next_cursor": "LTE="}, {"next_cursor": "LTE="},
    ],
)  # fmt: skip
def test_what_is_no_whole_page_is_none(body: Any) -> None:
    assert isinstance(reads.page(reply(body)), Failed)


def test_a_page_cut_at_any_byte_is_none() -> None:
    raw = json.dumps(page_of([{"id": "a"}])).encode()
    for at in range(len(raw)):
        assert isinstance(reads.page(reply(raw[:at])), Failed)


def test_an_order_that_the_venue_has_not() -> None:
    for body in (b"", b"null", b" {} ", b'""'):
        assert reads.order(reply(body), "0xaa") is None
    assert reads.order(reply({"error": "Order not found"}, 404), "0xaa") is None


@pytest.mark.parametrize(
    "body, status",
    [
        (b"<html>Not Found</html>", 404), (b"", 404), ({"error": "no such path"}, 404),
        ({"id": "0xab"}, 200), ({"id": 1}, 200), ([], 200), (b"{", 200), ({"status": "LIVE"}, 200),
        ({"error": "Order not found"}, 500),
    ],
)  # fmt: skip
def test_what_does_not_prove_that_there_is_no_order(body: Any, status: int) -> None:
    assert isinstance(reads.order(reply(body, status), "0xaa"), Failed)


@pytest.mark.parametrize(
    "body",
    [{}, {"balance": "-1"}, {"balance": ""}, {"balance": None}, {"balance": "9" * 40},
     {"balance": "1e3"}, {"balance": True}, {"balance": "0.0000001"}, []],
)  # fmt: skip
def test_what_is_no_balance(body: Any) -> None:
    assert isinstance(reads.balance(reply(body)), Failed)


def test_allowances() -> None:
    most = 2**256 - 1
    body = {"balance": "0", "allowances": {"0xe": str(most), "0xf": "x", "0x1": "9" * 90}}
    found = reads.balance(reply(body))
    assert not isinstance(found, Failed)
    assert found.allowances == {"0xe": most}


@pytest.mark.parametrize("name", ["collateral", "no_allowance"])
def test_recorded_balances(name: str) -> None:
    raw = recordings.data(f"fixtures/nautilus/http_balance_allowance_{name}.json").read_bytes()
    found = reads.balance(reply(raw))
    assert not isinstance(found, Failed)
    assert found.amount == {"collateral": 1000 * SHARE, "no_allowance": 250_500_000}[name]


def test_balance_events() -> None:
    cash = reads.balance_event(5, NOW)
    assert (cash.kind, cash.token, cash.amount) == (EventKind.BALANCE, NO_TOKEN, 5)
    held = reads.balance_event(5, NOW, token=3)
    assert (held.token, held.size, held.amount) == (3, 5, 0)


def test_a_wrong_beat_says_which_was_expected() -> None:
    for key in ("error", "error_msg"):
        body = {key: "Invalid Heartbeat ID", "heartbeat_id": ""}
        assert reads.beat(reply(body, 400)) == Beat("", False)
    assert isinstance(reads.beat(reply({"error": "x"}, 400)), Failed)


def test_metadata_of_another_market_is_refused() -> None:
    failed = reads.market(reply(MARKET | {"c": "0xother"}), CONDITION)
    assert isinstance(failed, Failed)
    assert "0xother" in failed.why
    found = reads.market(reply(MARKET | {"c": CONDITION}), CONDITION)
    assert not isinstance(found, Failed)
    assert (found.yes, found.no, found.tick_pips, found.neg_risk) == (TOKEN, "7", 100, True)


# ---- books


def test_a_book_is_read_as_the_book_message_is() -> None:
    interning = Interning()
    interning.pair(CONDITION, TOKEN, "7")
    message = json.dumps({"event_type": "book"} | BOOK).encode()
    expected = MarketCodec(interning).decode(message, NOW).tolist()
    assert len(expected) == 2
    assert {row[11] for row in expected} == {EventKind.BOOK_SNAPSHOT}
    assert {row[12] for row in expected} == {Side.BUY, Side.SELL}
    found = reads.book_events(MarketCodec(interning), reply(BOOK), NOW)
    assert not isinstance(found, Failed)
    assert found.tolist() == expected
    both = reads.book_events(MarketCodec(interning), reply([BOOK, BOOK | {"asset_id": "7"}]), NOW)
    assert not isinstance(both, Failed)
    assert len(both) == 4


def test_recorded_books() -> None:
    folder = recordings.data("gamma/fed-decision-in-june-825")
    paths = [p for p in folder.rglob("*.json") if b'"bids"' in p.read_bytes()]
    for path in [*paths, recordings.data("fixtures/nautilus/clob_book_response.json")]:
        body = json.loads(path.read_bytes())
        books = body if isinstance(body, list) else [body]
        for book in (one for one in books if isinstance(one, dict) and "bids" in one):
            found = reads.book_events(MarketCodec(), reply(book), NOW)
            assert not isinstance(found, Failed)
            assert {event[11] for event in found.tolist()} == {EventKind.BOOK_SNAPSHOT}


@pytest.mark.parametrize(
    "body",
    [{}, None, [None], {"bids": []}, {"bids": {}, "asks": []}, BOOK | {"event_type": "book"},
     {"event_type": "market_resolved", "market": CONDITION}, [BOOK, {}]],
)  # fmt: skip
def test_what_is_no_book_is_not_read(body: Any) -> None:
    assert isinstance(reads.book_events(MarketCodec(), reply(body), NOW), Failed)


# ---- hostile


@settings(max_examples=200, deadline=None)
@given(body=JSON_VALUES, status=st.sampled_from([200, 400, 404, 500]))
def test_no_value_raises(body: Any, status: int) -> None:
    for read in PLAIN:
        found = read(reply(body, status))
        assert isinstance(found, Failed) or status in (200, 400, 404)


@settings(max_examples=200, deadline=None)
@given(
    base=st.sampled_from([body for _, body, _ in READ.values()] + [BOOK]),
    at=st.integers(0, 400), cut=st.integers(0, 20), put=st.binary(max_size=6),
)  # fmt: skip
def test_no_bytes_raise(base: Any, at: int, cut: int, put: bytes) -> None:
    raw = json.dumps(base).encode()
    at %= len(raw)
    raw = raw[:at] + put + raw[at + cut :]
    for read in PLAIN:
        found = read(reply(raw))
        assert not isinstance(found, Failed) or found.note.text


@pytest.mark.parametrize("raw", [b"[" * 100_000, b'{"data":' * 100_000, b"\xff", b" " * (17 << 20)])
def test_a_body_that_is_none(raw: bytes) -> None:
    for read in PLAIN[2:]:
        assert isinstance(read(reply(raw)), Failed)
    assert isinstance(reads.page(reply(raw)), Failed)
