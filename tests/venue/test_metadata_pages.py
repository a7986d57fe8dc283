"""Requests to Gamma, and its answers: real ones, and whatever else a socket may bring."""

from __future__ import annotations

import json
import random
from typing import Any

import msgspec
import pytest

from clobstep import EngineConfig
from clobstep.core import Engine
from clobstep.venue import gamma_pages
from clobstep.venue.closing import time_to_close
from clobstep.venue.gamma_clob import with_clob
from clobstep.venue.gamma_pages import (
    EVENTS_LIMIT,
    MARKETS_LIMIT,
    Filters,
    clob_request,
    event_request,
    event_slug_request,
    events_request,
    markets_request,
    read_clob,
    read_page,
    read_pages,
)
from clobstep.venue.interning import Interning
from clobstep.venue.market_info import MarketInfo
from clobstep.venue.metadata_events import MetadataEvents
from clobstep.venue.tradable import why_not
from venue import gamma_made as made

CID = "0x" + "ab" * 32


def body(value: Any) -> bytes:
    return msgspec.json.encode(value)


def page(markets: list[Any], **more: Any) -> bytes:
    return body({"markets": markets} | more)


# ---- requests


def test_a_page_of_markets_with_every_filter() -> None:
    filters = Filters(
        closed=True, slugs=("a-b",), conditions=(CID,), tokens=("12",), tag_id="7",
        tag_slug="crypto", end_after_ns=made.NOW, end_before_ns=made.NOW + made.DAY,
        min_volume=100, min_liquidity=5, uma_status="proposed", order="volumeNum",
        ascending=False,
    )  # fmt: skip
    request = markets_request(filters, cursor="abc=", limit=50)
    assert (request.method, request.path) == ("GET", "/markets/keyset")
    assert request.query == (
        ("limit", "50"), ("after_cursor", "abc="), ("closed", "true"), ("ascending", "false"),
        ("tag_id", "7"), ("tag_slug", "crypto"), ("uma_resolution_status", "proposed"),
        ("order", "volumeNum"), ("end_date_min", "2026-05-17T12:00:00Z"),
        ("end_date_max", "2026-05-18T12:00:00Z"), ("volume_num_min", "100"),
        ("liquidity_num_min", "5"), ("condition_ids", CID), ("clob_token_ids", "12"),
        ("slug", "a-b"),
    )  # fmt: skip


def test_other_requests() -> None:
    assert markets_request(Filters()).query == (("limit", "100"),)
    assert events_request(Filters(slugs=("x",))).query == (("limit", "500"), ("slug", "x"))
    assert event_request("101772").path == "/events/101772"
    assert event_slug_request("fed-decision-in-june-825").path.endswith("/fed-decision-in-june-825")
    assert clob_request(CID).path == f"/clob-markets/{CID}"
    paths = [markets_request(Filters()), events_request(Filters())]
    assert not [r for r in paths if "offset" in dict(r.query)]
    assert "offset" not in Filters.__struct_fields__


@pytest.mark.parametrize(
    "ask, why",
    [
        (
            lambda: markets_request(Filters(), limit=MARKETS_LIMIT + 1),
            "limit: 101 is not in 1..100",
        ),
        (lambda: events_request(Filters(), limit=EVENTS_LIMIT + 1), "limit: 501 is not in 1..500"),
        (lambda: events_request(Filters(), limit=0), "limit: 0 is not in"),
        (lambda: events_request(Filters(conditions=(CID,))), "ask for markets"),
        (lambda: markets_request(Filters(conditions=("1/../x",))), "condition: '1/../x' is none"),
        (lambda: markets_request(Filters(tokens=("0x1",))), "token: '0x1' is no token id"),
        (lambda: markets_request(Filters(), cursor="x" * 5000), "cursor: it has more than"),
        (lambda: event_request("../keys"), r"event: '../keys' is none"),
        (lambda: event_slug_request("a/b"), "slug: 'a/b' is none"),
        (lambda: event_slug_request("."), "slug: '.' is none"),
        (lambda: clob_request("0xzz"), "condition: '0xzz' is none"),
        (lambda: markets_request(Filters(tag_id="a")), "tag_id: 'a' is none"),
    ],
)
def test_what_the_venue_would_refuse_is_not_asked(ask: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        ask()


# ---- answers


def test_a_real_event_with_its_full_list() -> None:
    raw = body(made.fed_event())
    found = read_page(raw)
    (event,) = found.events
    assert (event.id, event.neg_risk, event.augmented, event.complete) == (
        "101772", True, False, True
    )  # fmt: skip
    assert event.conditions == tuple(i.condition for i in found.markets)
    assert len(found.markets) == 5
    assert (found.cursor, found.notes, found.readable) == ("", (), True)
    wrapped = read_page(body({"events": [made.fed_event()], "next_cursor": "c1"}))
    assert (len(wrapped.markets), wrapped.cursor) == (5, "c1")


def test_the_sample_as_pages() -> None:
    sample = made.sample()
    raw = gamma_pages.lines([page(sample[:50], next_cursor="n"), body({"markets": sample[50:]})])
    pages = list(read_pages(raw))
    assert [len(p.markets) for p in pages] == [50, 37]
    assert [p.notes for p in pages] == [(), ()]
    (whole,) = read_pages(json.dumps({"markets": made.raw() and [made.raw()]}, indent=2).encode())
    assert len(whole.markets) == 1


@pytest.mark.parametrize(
    "raw, why",
    [
        (b"", "no JSON"),
        (b"<!DOCTYPE html><html>Just a moment...</html>", "no JSON"),
        (page([made.raw()])[:-40], "no JSON"),
        (b"\xff\xfe{}", "no JSON"),
        (b"null", "it is None, no object"),
        (b'"text"', "it is 'text', no object"),
        (b'{"error": "offset is not allowed"}', "it has no list of events or markets, but 'error'"),
        (b'{"markets": 5, "events": {}}', "it has no list of events or markets"),
        (b"[" * 100_000, "no JSON"),
    ],
)
def test_what_is_no_page_is_said(raw: bytes, why: str) -> None:
    found = read_page(raw)
    assert not found.readable
    (note,) = found.notes
    assert note.kind == "page"
    assert why in note.text


def test_a_body_too_large_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gamma_pages, "PAGE_BYTES", 100)
    assert "more than 100" in read_page(page([made.raw()])).notes[0].text


@pytest.mark.parametrize(
    "bad, why",
    [
        ({"conditionId": ...}, "no condition id"),
        ({"conditionId": ["x"]}, "conditionId"),
        ({"clobTokenIds": '["11"]'}, "1 tokens; a market has two"),
        ({"clobTokenIds": '["11", "11"]'}, "both tokens are the same"),
        ({"clobTokenIds": '["11", "abc"]'}, "'abc' is no token id"),
        ({"clobTokenIds": "[oops"}, "no list in JSON"),
        ({"outcomes": '["a", "b", "c"]'}, "3 outcomes"),
        ({"orderPriceMinTickSize": "0.002"}, "0.002 is not a tick"),
        ({"orderMinSize": "1e99"}, "orderMinSize"),
        ({"feeSchedule": {"rate": 7}}, "rate"),
        ({"endDate": "tomorrow"}, "endDate"),
        ({"closed": "no"}, "closed: 'no' is neither true nor false"),
        ({"events": [5]}, "its first event is no object"),
        ({"closed": True, "outcomePrices": '["x", "y"]'}, "are no prices"),
        ({"id": 10**200}, "id"),
    ],
)
def test_a_bad_market_is_left_out_and_the_others_are_read(bad: dict[str, Any], why: str) -> None:
    found = read_page(page([made.raw(1), made.raw(2, **bad), made.raw(3), 7]))
    if bad == {"id": 10**200}:  # not needed: a remark
        assert [m.condition for m in found.markets] == ["0xc1", "0xc2", "0xc3"]
        return
    assert [m.condition for m in found.markets] == ["0xc1", "0xc3"]
    assert [n.kind for n in found.notes] == ["market", "market"]
    assert why in found.notes[0].text
    assert "7 is no object" in found.notes[1].text


def test_duplicates_and_floods_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    found = read_page(page([made.raw(1), made.raw(1, slug="other"), *([0] * 300)]))
    assert [m.slug for m in found.markets] == ["market-1"]
    assert found.notes[0].kind == "twice"
    assert len(found.notes) == gamma_pages.PAGE_NOTES + 1
    assert found.notes[-1].text == "201 more objects were left out or twice"
    monkeypatch.setattr(gamma_pages, "PAGE_MARKETS", 2)
    cut = read_page(page([made.raw(n) for n in range(1, 6)]))
    assert len(cut.markets) == 2
    assert {n.kind for n in cut.notes} == {"size"}


def test_an_event_of_which_a_market_is_missing_is_not_complete() -> None:
    bad = made.event([made.raw(1), made.raw(2, conditionId=...)])
    (event,) = read_page(body(bad)).events
    assert (event.conditions, event.complete) == (("0xc1",), False)
    (empty,) = read_page(body(made.event([]))).events
    assert not empty.complete
    broken = read_page(body({"events": [made.event([], negRisk="yes"), made.event([made.raw()])]}))
    assert [n.kind for n in broken.notes] == ["event"]
    assert len(broken.markets) == 1


@pytest.mark.parametrize("cursor", [5, ["a"], "x" * 5000])
def test_a_cursor_that_is_none_ends_the_pages(cursor: Any) -> None:
    found = read_page(page([made.raw()], next_cursor=cursor))
    assert found.cursor == ""
    assert found.notes[0].kind == "cursor"
    assert read_page(page([made.raw()], next_cursor=None)).notes == ()


def test_no_damage_to_a_real_page_raises_anywhere() -> None:
    """Values of every type in every field, and bytes cut, doubled and flipped."""
    rng = random.Random(5)
    odd: list[Any] = [
        None, "", "x", 0, -1, 10**30, 1.5, 1e300, True, [], {}, [[]], {"a": 1}, "[1, 2]", "null",
        "9" * 400, "\u0000", '["1", "0"]', "1e400", "-0", "2026-13-45T99:99:99Z", [None, None],
    ]  # fmt: skip
    event = json.loads(json.dumps(made.fed_event(), default=str))
    for field in sorted({*event["markets"][0], *made.MARKET, "version", "itode", "events"}):
        for value in odd:
            hurt = {**event, "markets": [{**event["markets"][0], field: value}]}
            survives(body(hurt))
    for field in sorted(event):
        for value in odd:
            survives(body({**event, field: value}))
    raw = body(made.fed_event())
    for _ in range(150):
        at, length = rng.randrange(len(raw)), rng.randrange(40)
        survives(raw[:at] + rng.randbytes(length) + raw[at + rng.randrange(40) :])


def survives(raw: bytes) -> None:
    """Whatever is read can be judged, said to an engine, and is bounded."""
    found = read_page(raw)
    assert all(len(note.text) <= 400 for note in found.notes)
    interning = Interning()
    change = MetadataEvents(interning).cycle({}, found.markets, made.NOW)
    engine = Engine(EngineConfig(tokens=32))
    for at in range(0, len(change.events), 64):
        engine.step(change.events[at : at + 64])
    assert engine.view.fault == 0
    for info in found.markets:
        assert time_to_close(info, made.NOW).why
        assert isinstance(why_not(info), tuple)


# ---- the CLOB's word


def fed() -> list[tuple[MarketInfo, MarketInfo]]:
    infos = {i.condition: i for i in read_page(body(made.fed_event())).markets}
    pairs = []
    for data in made.fed_clob():
        clob, why = read_clob(body(data), data["c"])
        assert clob is not None, why
        pairs.append((infos[data["c"]], clob))
    return pairs


def test_both_agree_about_the_real_event() -> None:
    for info, clob in fed():
        both = with_clob(info, clob)
        assert (both.contradicted, both.remarks) == ((), ())
        assert both.taker_delay_blocks is False


@pytest.mark.parametrize(
    "short, field, value, word",
    [
        ({"mts": "0.01"}, "tick_pips", 100, "tick: Gamma says 0.001, the CLOB 0.01: 0.01 counts"),
        ({"mos": 1}, "min_size", 5_000_000, "minimum size: Gamma says 5, the CLOB 1: 5 counts"),
        ({"fd": {"r": "0.07", "e": 1, "to": True}}, "fee_ppm", 70_000,
         "fee rate: Gamma says 0.05, the CLOB 0.07: 0.07 counts"),
        ({"nr": False}, "neg_risk", True, "negRisk: Gamma says True, the CLOB False: True counts"),
        ({"ao": False}, "accepting", False,
         "accepting orders: Gamma says True, the CLOB False: False counts"),
        ({"t": [{"t": "1", "o": "Yes"}, {"t": "2", "o": "No"}]}, "no", None, "YES token: Gamma"),
        ({"itode": True}, "taker_delay_blocks", True, ""),
    ],
)  # fmt: skip
def test_a_contradiction_is_said(short: dict[str, Any], field: str, value: Any, word: str) -> None:
    (info, clob) = fed()[0]
    read, why = read_clob(body(made.fed_clob()[0] | short), clob.condition)
    assert read is not None, why
    both = with_clob(info, read)
    assert getattr(both, field) == (getattr(info, field) if value is None else value)
    assert [text for text in both.remarks if text.startswith(word)] or not word
    assert bool(both.contradicted) is bool(word)


@pytest.mark.parametrize(
    "raw, why",
    [
        (b"<html>", "no JSON"),
        (b"[]", "no object"),
        (b'{"c": "0x1", "t": [{"t": "1"}, {"t": "2"}]}', "it is of condition '0x1', not of"),
        (b'{"t": [1]}', "a token is no object"),
        (b'{"mts": "0.3", "t": [{"t": "1"}, {"t": "2"}]}', "not a tick"),
    ],
)
def test_an_answer_of_the_clob_that_is_none(raw: bytes, why: str) -> None:
    info, said = read_clob(raw, CID)
    assert info is None
    assert why in said


def test_the_condition_of_the_path_is_enough() -> None:
    info, _ = read_clob(b'{"mts": "0.001", "t": [{"t": "1"}, {"t": "2"}]}', CID)
    assert info is not None
    assert (info.condition, info.tick_pips) == (CID, 10)
