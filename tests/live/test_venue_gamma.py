"""Gamma of the venue: pages, filters, and rows that the product's own reader takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

import venue_runs
from clobstep.venue import gamma, wire
from clobstep.venue.market_info import Fields
from venue_runs import Run, until


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    profile = venue_runs.quick(scene={"fee_ppm": [50_000]}, crowd_gap_us=100_000)
    with venue_runs.venue(
        profile, markets=5, neg_risk_markets=2, v3_markets=1, speed=20.0
    ) as found:
        yield found


def get(run: Run, path: str, **query: Any) -> Any:
    answer = httpx.get(f"{run.url}{path}", params=query)
    assert answer.status_code == 200, answer.text
    return wire.decode(answer.content)


def info(row: dict[str, Any]) -> Any:
    return gamma.market(Fields(row, "venue", row["slug"]))


def test_all_pages_have_each_market_once(run: Run) -> None:
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = get(run, "/markets/keyset", limit=2, **cursor)
        found += [row["conditionId"] for row in page["markets"]]
        if "next_cursor" not in page:
            break
        assert len(page["markets"]) == 2
        cursor = {"after_cursor": page["next_cursor"]}
    assert found == [run.condition(market) for market in range(5)]


def test_an_offset_is_refused(run: Run) -> None:
    for path in ("/markets/keyset", "/events/keyset"):
        assert httpx.get(f"{run.url}{path}", params={"offset": 1}).status_code == 422
    assert httpx.get(f"{run.url}/events/keyset", params={"after_cursor": "?"}).status_code == 422


def test_the_products_reader_takes_every_row(run: Run) -> None:
    rows = get(run, "/markets/keyset")["markets"]
    infos = [info(row) for row in rows]
    assert [i.condition for i in infos] == [run.condition(market) for market in range(5)]
    assert [(i.yes, i.no) for i in infos] == [
        (run.asset(2 * market), run.asset(2 * market + 1)) for market in range(5)
    ]
    assert {(i.tick_pips, i.min_size, i.fee_ppm, i.accepting) for i in infos} == {
        (100, 5_000_000, 50_000, True)
    }
    assert [i.neg_risk for i in infos] == [True, True, False, False, False]
    assert infos[0].cluster == infos[1].cluster != infos[2].cluster == infos[3].cluster
    assert [row["version"] for row in rows] == ["v1"] * 4 + ["v2"]


def test_filters(run: Run) -> None:
    one = get(run, "/markets/keyset", condition_ids=run.condition(3))["markets"]
    assert [row["slug"] for row in one] == ["market-3-1"]
    by_slug = get(run, "/markets/keyset", slug="market-2-1")["markets"]
    assert by_slug[0]["conditionId"] == run.condition(2)
    by_id = get(run, "/markets/keyset", id=by_slug[0]["id"])["markets"]
    assert [row["slug"] for row in by_id] == ["market-2-1"]
    by_token = get(run, "/markets/keyset", clob_token_ids=run.asset(9))["markets"]
    assert by_token[0]["conditionId"] == run.condition(4)
    assert [row["slug"] for row in get(run, "/markets", limit=1, offset=1)] == ["market-1-1"]


def test_events_hold_two_markets_and_flags(run: Run) -> None:
    events = get(run, "/events/keyset")["events"]
    assert [len(event["markets"]) for event in events] == [2, 2, 1]
    assert [event["negRisk"] for event in events] == [True, False, False]
    assert get(run, f"/events/{events[1]['id']}")["slug"] == events[1]["slug"]
    assert httpx.get(f"{run.url}/events/none").status_code == 404
    run.spell("flags", market=2, neg_risk=True, augmented=True)
    flipped = get(run, "/events")[1]
    assert (flipped["negRisk"], flipped["negRiskAugmented"]) == (True, True)
    assert gamma.event(Fields(flipped, "venue", "event")).augmented
    assert info(flipped["markets"][0]).neg_risk
    run.spell("flags", market=2)
    assert not get(run, "/events")[1]["negRisk"]


def test_a_market_that_resolved_gives_its_place_to_another(run: Run) -> None:
    """The old one stays in Gamma, closed, with its own names; the new one has new ones."""
    before = run.condition(3)
    old_asset = run.asset(6)
    run.spell("resolve", market=3, payout_pips=0)
    assert get(run, "/markets/keyset", condition_ids=before)["markets"][0]["closed"]
    until(lambda: run.condition(3) != before)
    after = get(run, "/markets/keyset", condition_ids=run.condition(3))["markets"][0]
    assert (after["slug"], after["closed"], after["acceptingOrders"]) == ("market-3-2", False, True)
    gone = get(run, "/markets/keyset", closed="true")["markets"]
    assert [row["conditionId"] for row in gone] == [before]
    assert info(gone[0]).payout_yes_pips == 0
    assert httpx.get(f"{run.url}/book", params={"token_id": old_asset}).status_code == 404
    until(lambda: get(run, "/book", token_id=run.asset(6))["bids"])


def test_where_one_is(run: Run) -> None:
    assert get(run, "/api/geoblock")["blocked"] is False
