"""Every field that a Gamma market has, as it is written; what cannot be read is a remark."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from clobstep import units
from clobstep.venue import clob_metadata, gamma
from clobstep.venue.gamma_details import Names
from clobstep.venue.market_info import Fields, MarketsError
from venue import gamma_made as made

S = 1_000_000_000


def test_all_87_markets_keep_what_they_say() -> None:
    markets = made.sample()
    assert len(markets) == 87
    for data in markets:
        info = gamma.market(Fields(data, "sample", data["slug"]))
        flags = ("active", "closed", "archived", "restricted")
        assert [getattr(info, name) for name in flags] == [data[name] for name in flags]
        assert info.order_book is data["enableOrderBook"]
        assert info.accepting_orders is data.get("acceptingOrders")
        assert info.neg_risk_other is data["negRiskOther"]
        assert info.fees_enabled is data["feesEnabled"]
        assert info.clear_book_on_start is data["clearBookOnStart"]
        assert info.market_id == data["id"]
        assert info.question_id == data["questionID"]
        assert info.group_title == (data.get("groupItemTitle") or "")
        assert list(info.outcomes) == json.loads(data["outcomes"])
        assert list(info.outcome_prices) == json.loads(data.get("outcomePrices") or "[]")
        assert info.uma_status == (data.get("umaResolutionStatus") or "")
        assert list(info.uma_history) == json.loads(data["umaResolutionStatuses"])
        delay = data.get("secondsDelay")
        assert info.taker_delay_ns == (None if delay is None else delay * S)
        assert info.game_id == str(data.get("gameId", ""))
        start = data.get("gameStartTime")
        assert info.game_start_ns == (units.parse_time(start) if start else None)
        assert info.version == ""
        assert info.rewards_min_size == data["rewardsMinSize"] * 1_000_000
        assert info.rewards_max_spread_pips == int(data["rewardsMaxSpread"] * 100)
        assert info.volume_micros == floor(data.get("volumeNum", data.get("volume")))
        assert info.liquidity_micros == floor(data["liquidityNum"])
        event = (data.get("events") or [{}])[0]
        assert (info.event_id, info.event_slug) == (event.get("id", ""), event.get("slug", ""))
        assert info.remarks == ()


def floor(value: Any) -> int | None:
    return None if value is None else int(Decimal(str(value)) * 1_000_000)


def test_a_schedule_is_kept_whole() -> None:
    info = made.info(
        feeSchedule={
            "exponent": Decimal("1.0"),
            "rate": "0.072",
            "rebateRate": "0.2",
            "takerOnly": True,
        }
    )
    assert (info.fee_ppm, info.fee_exponent, info.fee_taker_only) == (72_000, "1", True)
    assert info.fee_rebate_ppm == 200_000
    assert made.nautilus("gamma_market_sports_market_money_line").fee_rebate_ppm == 250_000


def test_the_name_of_a_delay_in_milliseconds_is_a_setting() -> None:
    data = made.raw(takerDelayMs=150, secondsDelay=1)
    f = Fields(data, "made", "it")
    assert gamma.market(f).taker_delay_ns == S
    names = Names(taker_delay_ms=("delayMillis", "takerDelayMs"))
    assert gamma.market(f, names=names).taker_delay_ns == 150_000_000


@pytest.mark.parametrize(
    "fields, field, remark",
    [
        ({"secondsDelay": "soon"}, "taker_delay_ns", "secondsDelay: 'soon' is no such number"),
        ({"secondsDelay": 10**9}, "taker_delay_ns", "secondsDelay: 1000000000 is more than"),
        ({"volumeNum": -1}, "volume_micros", "volumeNum: -1 is no such number"),
        ({"volumeNum": "NaN"}, "volume_micros", "volumeNum: 'NaN' is no such number"),
        ({"liquidityNum": [1]}, "liquidity_micros", "liquidityNum: [1] is no such number"),
        ({"restricted": "yes"}, "restricted", "restricted: 'yes' is neither true nor false"),
        ({"gameStartTime": True}, "game_start_ns", "gameStartTime: True is no"),
        ({"umaEndDate": "later"}, "uma_end_ns", "umaEndDate: "),
        ({"clobRewards": 3}, "rewards_daily_micros", "clobRewards: 3 is no list"),
        ({"gameId": {"a": 1}}, "game_id", "gameId: {'a': 1} is no text"),
    ],
)
def test_what_is_not_needed_never_spoils_a_market(
    fields: dict[str, Any], field: str, remark: str
) -> None:
    if field == "game_start_ns":
        fields = fields | {"eventStartTime": "2026-05-01T00:00:00Z"}
    info = made.info(**fields)
    assert getattr(info, field) in (None, "")
    assert [text for text in info.remarks if text.startswith(remark)]


def test_long_texts_and_lists_are_cut() -> None:
    info = made.info(groupItemTitle="x" * 5000, umaResolutionStatuses=json.dumps(["a"] * 500))
    assert (len(info.group_title), len(info.uma_history)) == (200, 32)


def test_a_version_that_is_not_known_is_kept_without_tokens() -> None:
    info = made.info(version="v9")
    assert (info.version, info.yes, info.no) == ("v9", None, None)
    assert info.remarks == ("version 'v9' is none of v1, v2: its tokens are not used",)
    with pytest.raises(MarketsError, match="'v9' is none of v1, v2"):
        gamma.market(Fields(made.raw(version="v9"), "made", "it"))


def test_no_named_first_turns_the_pairs_round() -> None:
    info = made.info(outcomes='["No", "Yes"]')
    assert (info.yes, info.outcomes) == ("12", ("Yes", "No"))
    assert info.outcome_prices == ("0.6", "0.4")


def test_the_clob_says_the_same_of_the_real_event() -> None:
    event = made.fed_event()
    known = gamma.event(Fields(event, "event", "it"))
    assert (known.id, known.slug) == ("101772", "fed-decision-in-june-825")
    markets = {
        info.condition: info
        for data in event["markets"]
        for info in [gamma.market(Fields(data, "event", "it"), known)]
    }
    same = (
        "fee_exponent", "fee_taker_only", "clear_book_on_start", "accepting_orders",
        "rewards_min_size", "rewards_max_spread_pips", "opened_ns",
    )  # fmt: skip
    for data in made.fed_clob():
        clob = clob_metadata.short(Fields(data, "clob", "it"))
        info = markets[clob.condition]
        assert info.event_id == "101772"
        assert [getattr(clob, n) for n in same] == [getattr(info, n) for n in same]
        assert clob.taker_delay_blocks is False


def test_the_clob_says_that_a_taker_waits() -> None:
    data = made.fed_clob()[0] | {"itode": True, "gst": "2026-06-01T00:00:00Z", "r": 5}
    info = clob_metadata.short(Fields(data, "clob", "it"))
    assert info.taker_delay_blocks is True
    assert info.game_start_ns == units.parse_time("2026-06-01T00:00:00Z")
    assert info.remarks == ("r: 5 is no object",)
