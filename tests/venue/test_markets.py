"""Metadata: every shape of file that is read, what is assumed of the rest, and the events of it."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

import builds
import recordings
from clobstep import Engine, EngineConfig, events
from clobstep.enums import FALLBACK_FEE_PPM, Alert, EventKind, Flag
from clobstep.venue import markets, markets_toml
from clobstep.venue.markets import (
    DEFAULTS,
    MarketInfo,
    MarketsError,
    cluster_number,
    market_events,
    merge,
    read_markets,
    with_defaults,
)
from core.support import Rig, alerts

MS = 1_000_000
AT = 1_790_000_000_000 * MS
GAMMA: dict[str, Any] = {
    "id": "1", "conditionId": "0xc1", "slug": "a-market", "question": "Will it?",
    "outcomes": '["Yes", "No"]', "clobTokenIds": '["11", "12"]', "active": True, "closed": False,
    "archived": False, "enableOrderBook": True, "acceptingOrders": True,
    "orderPriceMinTickSize": 0.001, "orderMinSize": 5, "negRisk": False, "feesEnabled": True,
    "feeSchedule": {"exponent": 1, "rate": 0.072, "rebateRate": 0.2, "takerOnly": True},
    "startDate": "2026-04-01T00:00:00Z", "endDate": "2026-06-17T00:00:00Z",
}  # fmt: skip
TOML = """
[[market]]
condition = "0xc1"
yes = "11"
no = "12"
"""


def written(tmp_path: Path, value: Any, name: str = "markets.json") -> Path:
    path = tmp_path / name
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return path


def gamma(tmp_path: Path, **fields: Any) -> MarketInfo:
    """A Gamma market with these fields; one given as ... is left out."""
    data = {k: v for k, v in (GAMMA | fields).items() if v is not ...}
    (info,) = read_markets(written(tmp_path, data))
    return info


# ---- files of others, as they are


def test_every_market_of_the_gamma_sample() -> None:
    path = recordings.data("gamma/gamma_markets_sample_by_kind.json")
    given = json.loads(path.read_text(), parse_float=Decimal)
    infos = read_markets(path)
    assert len(infos) == len(given) == 87
    for info, data in zip(infos, given, strict=True):
        assert info.condition == data["conditionId"]
        assert [info.yes, info.no] == json.loads(data["clobTokenIds"])
        assert info.tick_pips == data["orderPriceMinTickSize"] * 10_000
        assert info.min_size == data["orderMinSize"] * 1_000_000
        assert info.fee_ppm == (None if data["feesEnabled"] else 0)  # no schedule in this file
        assert info.neg_risk is data["negRisk"]
        assert info.accepting is (data["enableOrderBook"] and data["acceptingOrders"])
        event = (data.get("events") or [{}])[0]
        assert info.cluster == (data.get("negRiskMarketID") or event.get("id"))
        assert info.augmented is (event.get("negRiskAugmented"))
        assert info.payout_yes_pips is None
        assert with_defaults(info).assumed == (("fee_ppm",) if data["feesEnabled"] else ())
    assert sum(info.augmented is True for info in infos) == 19


def test_an_event_of_gamma_and_its_clob_markets() -> None:
    folder = recordings.data("gamma/fed-decision-in-june-825")
    infos = read_markets(folder / "gamma-event.json")
    cluster = "0xa8a8ccaceb3e11706b62f5bb6a040665c1ebc14312abcf7430c7114095406a00"
    assert len(infos) == 5
    assert {(i.cluster, i.neg_risk, i.augmented, i.fee_ppm, i.tick_pips) for i in infos} == {
        (cluster, True, False, 50_000, 10)
    }
    clob = read_markets(folder / "clob-markets.json")
    same = ("condition", "yes", "no", "tick_pips", "min_size", "fee_ppm", "neg_risk", "accepting")
    assert [[getattr(i, n) for n in same] for i in clob] == [
        [getattr(i, n) for n in same] for i in infos
    ]
    both = read_markets(folder / "clob-markets.json", folder / "gamma-event.json")
    assert [i.cluster for i in both] == [cluster] * 5
    assert len(read_markets(folder / "gamma-search.json")) == 9  # two events on a page


@pytest.mark.parametrize(
    "name, payout, fee, closed",
    [
        ("gamma_market", None, None, None),
        ("gamma_market_closed_binary_accepting_false", 0, 0, 1_773_962_415_000 * MS),
        ("gamma_market_closed_binary_accepting_true", 10_000, 0, 1_778_292_421_000 * MS),
        ("gamma_market_closed_nonbinary_legacy", None, 0, 1_609_623_952_000 * MS),
        ("gamma_market_closed_zero_zero_legacy", None, 0, 1_604_334_661_000 * MS),
        ("gamma_market_sports_market_map_handicap", 10_000, 30_000, 1_775_417_915_000 * MS),
        ("gamma_market_sports_market_money_line", 10_000, 30_000, 1_775_417_853_000 * MS),
        ("clob_market_closed_binary_accepting_false", 0, None, None),
        ("clob_market_closed_binary_accepting_true", 10_000, None, None),
    ],
)
def test_recorded_markets(
    name: str, payout: int | None, fee: int | None, closed: int | None
) -> None:
    (info,) = read_markets(recordings.data(f"fixtures/nautilus/{name}.json"))
    assert (info.payout_yes_pips, info.fee_ppm, info.closed_ns) == (payout, fee, closed)
    assert info.accepting is (name == "gamma_market")


def test_the_files_beside_the_recordings() -> None:
    folder = recordings.data("market_ws")
    paths = sorted(folder.glob("*.markets.jsonl"))
    infos = [info for path in paths for info in read_markets(path)]
    assert len(infos) == 3 * len(paths) == 27
    assert {(i.min_size, i.fee_ppm, i.accepting) for i in infos} == {(5_000_000, 72_000, True)}
    assert {i.tick_pips for i in infos} == {10, 100}
    assert all(i.end_ns and i.start_ns and i.end_ns - i.start_ns == 900 * 10**9 for i in infos)
    current, following = read_markets(folder / "btc_5m_2026-04-21.markets.json")
    assert current.yes is not None
    assert current.yes.startswith("45936375922793925919")  # upTokenId
    assert (current.tick_pips, current.min_size, current.fee_ppm) == (100, 5_000_000, None)
    assert current.end_ns == following.start_ns == 1_776_808_500 * 10**9


# ---- Gamma, field by field


def test_outcomes_are_yes_first_also_when_the_file_has_no_first(tmp_path: Path) -> None:
    assert gamma(tmp_path).yes == "11"
    assert gamma(tmp_path, outcomes=["Up", "Down"]).yes == "11"
    turned = gamma(tmp_path, outcomes='["No","Yes"]', closed=True, outcomePrices='["0","1"]')
    assert (turned.yes, turned.no, turned.payout_yes_pips) == ("12", "11", 10_000)


def test_position_ids_are_the_tokens_of_version_2(tmp_path: Path) -> None:
    both = {"positionIds": ["21", "22"]}
    assert gamma(tmp_path, **both).yes == "11"
    assert gamma(tmp_path, **both, version="v1").yes == "11"
    assert gamma(tmp_path, **both, version="v2").yes == "21"
    assert gamma(tmp_path, **both, clobTokenIds=...).yes == "21"


@pytest.mark.parametrize("ids", ["", "[]", [], None, ..., '["",""]'])
def test_a_market_may_have_no_tokens_yet(tmp_path: Path, ids: object) -> None:
    info = gamma(tmp_path, clobTokenIds=ids)
    assert (info.yes, info.no) == (None, None)


@pytest.mark.parametrize(
    "fields, fee, remarks",
    [
        ({}, 72_000, 0),
        ({"feesEnabled": False}, 0, 0),
        ({"feesEnabled": False, "feeSchedule": ...}, 0, 0),
        ({"feeSchedule": ...}, None, 0),
        ({"feeSchedule": None}, None, 0),
        ({"feesEnabled": ...}, 72_000, 0),
        ({"feeSchedule": {"rate": 0.25, "exponent": 2, "takerOnly": True}}, None, 1),
        ({"feeSchedule": {"rate": 0.25, "exponent": 1.0}}, 250_000, 0),
        ({"feeSchedule": {"rate": 0.05, "exponent": 1, "takerOnly": False}}, 50_000, 1),
        ({"feeSchedule": {"rate": 1e-6, "exponent": 1}}, 1, 0),
    ],
)
def test_fees(tmp_path: Path, fields: dict[str, Any], fee: int | None, remarks: int) -> None:
    info = gamma(tmp_path, **fields)
    assert (info.fee_ppm, len(info.remarks)) == (fee, remarks)


def test_a_fee_curve_that_is_not_supported_is_assumed_high_and_told(tmp_path: Path) -> None:
    info = with_defaults(gamma(tmp_path, feeSchedule={"rate": 0.25, "exponent": 2}))
    assert (info.fee_ppm, info.assumed) == (FALLBACK_FEE_PPM, ("fee_ppm",))
    assert info.remarks == ("fee curve with exponent 2 is not supported, rate not used",)


@pytest.mark.parametrize(
    "prices, fields, payout",
    [
        ('["1", "0"]', {}, 10_000),
        ('["0", "1"]', {}, 0),
        ('["0.5", "0.5"]', {}, 5_000),
        ('["0.50", "0.500"]', {}, 5_000),
        ('["0.5", "0.5"]', {"negRisk": True}, None),
        ('["0", "0"]', {}, None),
        ('["0.9995", "0.0005"]', {}, None),
        ('["1", "0"]', {"closed": False}, None),
        (None, {}, None),
    ],
)
def test_payouts(
    tmp_path: Path, prices: object, fields: dict[str, Any], payout: int | None
) -> None:
    given = {"closed": True, "outcomePrices": prices} | fields
    assert gamma(tmp_path, **given).payout_yes_pips == payout


@pytest.mark.parametrize(
    "fields, accepting",
    [
        ({}, True), ({"closed": True}, False), ({"archived": True}, False),
        ({"active": False}, False), ({"enableOrderBook": False}, False),
        ({"acceptingOrders": False}, False), ({"acceptingOrders": ...}, None),
        ({"acceptingOrders": ..., "enableOrderBook": False}, False),
    ],
)  # fmt: skip
def test_accepting(tmp_path: Path, fields: dict[str, Any], accepting: bool | None) -> None:
    assert gamma(tmp_path, **fields).accepting is accepting


@pytest.mark.parametrize(
    "event, cluster, neg_risk, augmented",
    [
        ({"id": "77"}, "77", None, None),
        ({"id": 77, "negRisk": False, "negRiskAugmented": False}, "77", False, False),
        ({"id": "77", "negRisk": True, "negRiskMarketID": "0xab"}, "0xab", True, None),
        ({"id": "7", "enableNegRisk": True, "negRiskAugmented": True}, "7", True, True),
        ({"id": "7", "enableNegRisk": False, "negRiskAugmented": True}, "7", False, False),
    ],
)
def test_what_the_event_says(
    tmp_path: Path,
    event: dict[str, Any],
    cluster: str,
    neg_risk: bool | None,
    augmented: bool | None,
) -> None:
    inside = gamma(tmp_path, events=[event], negRisk=...)
    around = {k: v for k, v in GAMMA.items() if k != "negRisk"}
    (outside,) = read_markets(written(tmp_path, [event | {"markets": [around]}]))
    for info in (inside, outside):
        assert (info.cluster, info.neg_risk, info.augmented) == (cluster, neg_risk, augmented)


def test_start_is_of_what_the_market_is_about(tmp_path: Path) -> None:
    begun = "2025-12-19T16:30:00Z"
    info = gamma(tmp_path, eventStartTime=begun, gameStartTime="2025-11-28 18:00:00+00")
    assert info.start_ns == 1_766_161_800 * 10**9
    assert gamma(tmp_path, gameStartTime="2025-11-28 18:00:00+00").start_ns == 1_764_352_800 * 10**9
    assert gamma(tmp_path, startDate="0001-01-01T00:00:00Z").start_ns is None  # Go's zero


# ---- the CLOB's own


def test_the_fee_of_a_short_clob_market(tmp_path: Path) -> None:
    base = {"c": "0xc1", "t": [{"t": "11", "o": "Yes"}, {"t": "12", "o": "No"}], "mts": 0.01}
    for more, fee, neg_risk in (
        ({}, 0, False),
        ({"tbf": 0}, 0, False),
        ({"tbf": 1000}, None, False),
        ({"fd": {"r": 0.07, "e": 1, "to": True}, "nr": True}, 70_000, True),
        ({"fd": {"r": 0.25, "e": 2}}, None, False),
    ):
        (info,) = read_markets(written(tmp_path, base | more))
        assert (info.fee_ppm, info.neg_risk, info.tick_pips) == (fee, neg_risk, 100)


def test_a_void_clob_market_pays_half(tmp_path: Path) -> None:
    tokens = [{"token_id": "12", "outcome": "No"}, {"token_id": "11", "outcome": "Yes"}]
    data = {"condition_id": "0xc1", "tokens": tokens, "closed": True, "is_50_50_outcome": True}
    (info,) = read_markets(written(tmp_path, {"data": [data], "next_cursor": "LTE="}))
    assert (info.yes, info.no, info.payout_yes_pips) == ("11", "12", 5_000)


# ---- our own TOML


def test_toml_says_all_there_is(tmp_path: Path) -> None:
    text = (
        TOML
        + """
slug = "s"
question = "q?"
cluster = "77"
tick = "0.001"
min_size = 15
fee_rate = 0.07
neg_risk = true
augmented = false
accepting = false
start = "2026-04-21T21:50:00Z"
end = 1776808500
closed = "1776808501"
close_out = "2026-04-21T21:54:00Z"
payout_yes = "0.5"
"""
    )
    (info,) = read_markets(written(tmp_path, text, "m.toml"))
    assert info == MarketInfo(
        condition="0xc1", yes="11", no="12", slug="s", question="q?", cluster="77", tick_pips=10,
        min_size=15_000_000, fee_ppm=70_000, neg_risk=True, augmented=False, accepting=False,
        start_ns=1_776_808_200 * 10**9, end_ns=1_776_808_500 * 10**9,
        closed_ns=1_776_808_501 * 10**9, close_out_ns=1_776_808_440 * 10**9, payout_yes_pips=5_000,
        source="m.toml, market 1",
    )  # fmt: skip
    assert with_defaults(info) is info


def test_toml_needs_a_condition_only(tmp_path: Path) -> None:
    (info,) = read_markets(written(tmp_path, '[[market]]\ncondition = "0xc1"\n', "m.TOML"))
    assert (info.yes, info.tick_pips) == (None, None)


def test_a_later_file_replaces_what_it_says_and_no_more(tmp_path: Path) -> None:
    first = written(tmp_path, [GAMMA])
    second = written(tmp_path, TOML.replace('yes = "11"', 'fee_rate = "0.03"'), "m.toml")
    (info,) = read_markets(first, second)
    assert (info.yes, info.no, info.fee_ppm, info.tick_pips) == ("11", "12", 30_000, 10)
    assert info.source == "m.toml, market 1"


def test_a_fee_given_later_settles_the_remark_about_it(tmp_path: Path) -> None:
    odd = written(tmp_path, GAMMA | {"feeSchedule": {"rate": 0.25, "exponent": 2}})
    fee = written(tmp_path, TOML + 'fee_rate = "0.03"\n', "m.toml")
    assert read_markets(odd)[0].remarks
    (info,) = read_markets(odd, fee)
    assert (info.fee_ppm, info.remarks) == (30_000, ())


# ---- what is wrong says where and what to do


@pytest.mark.parametrize(
    "name, value, message",
    [
        ("a.json", "", "a.json: it is empty; give a file with at least one market"),
        ("a.json", "[]", "a.json: no market in it; give a file with at least one"),
        ("a.json", '{\n"a": 1,\n"b" 2}', "a.json, line 3: no JSON: JSON is malformed"),
        ("a.json", "[[market]]\n", "a.json, line 1: no JSON: "),
        ("a.json", '{"c":"1","t":', "or name the file .toml if it is our own form"),
        ("a.jsonl", json.dumps(GAMMA) + "\n{}\n", "a.jsonl, line 2: no shape that is known"),
        ("a.jsonl", json.dumps(GAMMA) + "\n{,\n", "a.jsonl, line 2: no JSON: "),
        ("a.json", [GAMMA, 7], "a.json, the file, number 2: 7 is no object; remove it"),
        ("a.json", GAMMA | {"orderPriceMinTickSize": 0.002},
         "a.json, the file, orderPriceMinTickSize: 0.002 is not a tick: the ticks are 0.1, 0.01"),
        ("a.json", GAMMA | {"orderMinSize": -5}, "orderMinSize: size '-5': a size is not negative"),
        ("a.json", GAMMA | {"orderMinSize": True}, "orderMinSize: True is no decimal number"),
        ("a.json", GAMMA | {"negRisk": "no"}, "the file, negRisk: 'no' is neither true nor false"),
        ("a.json", GAMMA | {"clobTokenIds": '["1"]'}, "clobTokenIds: 1 tokens; a market has two"),
        ("a.json", GAMMA | {"clobTokenIds": '["1","1"]'}, "clobTokenIds: both tokens are the same"),
        ("a.json", GAMMA | {"clobTokenIds": '["1","0x2"]'}, "'0x2' is no token id: at most 78"),
        ("a.json", GAMMA | {"clobTokenIds": "[1,"}, "clobTokenIds: no list in JSON: "),
        ("a.json", GAMMA | {"clobTokenIds": 5}, "clobTokenIds: 5 is no list"),
        ("a.json", GAMMA | {"outcomes": ["A", "B", "C"]}, "outcomes: 3 outcomes; only markets of"),
        ("a.json", GAMMA | {"conditionId": ""}, "conditionId: no condition id, so it is not known"),
        ("a.json", GAMMA | {"version": "v3"}, "version: 'v3' is none of v1, v2"),
        ("a.json", GAMMA | {"endDate": "soon"}, "the file, endDate: time 'soon': write UTC"),
        ("a.json", GAMMA | {"feeSchedule": [1]}, "feeSchedule: [1] is no object"),
        ("a.json", GAMMA | {"feeSchedule": {"rate": 7, "exponent": 1}},
         "the file, feeSchedule, rate: rate 7 is outside 0 to 1"),
        ("a.json", GAMMA | {"closed": True, "outcomePrices": '["x","1"]'}, "are no prices"),
        ("a.json", GAMMA | {"events": [3]}, "events: its first event is no object"),
        ("a.json", [GAMMA, GAMMA | {"clobTokenIds": '["11", "13"]'}],
         "number 2, no: 13, but a.json, the file, number 1 says 12; remove the wrong one"),
        ("a.json", [GAMMA, GAMMA | {"conditionId": "0xc2"}],
         "number 2: token 11 is of condition 0xc1 already; correct one of the two"),
        ("a.json", {"condition_id": "0x1", "tokens": [1, 2]}, "tokens: a token is no object"),
        ("m.toml", "x = 1\n", "m.toml, x: only [[market]] tables are read; remove it"),
        ("m.toml", "market = 7\n", "m.toml: no [[market]] in it"),
        ("m.toml", "", "m.toml: no [[market]] in it; write one for each condition"),
        ("m.toml", "[[market]\n", "m.toml: no TOML: "),
        ("m.toml", "[[market]]\ntick = '0.01'\n", "m.toml, market 1, condition: no condition id"),
        ("m.toml", TOML + "tik = '0.01'\n", "m.toml, market 1, tik: no such key; the keys are con"),
        ("m.toml", TOML + "tick = '0.02'\n", "m.toml, market 1, tick: 0.02 is not a tick"),
        ("m.toml", TOML + "payout_yes = '1.1'\n", "payout_yes: price 1.1 is outside 0 to 1"),
        ("m.toml", TOML + "end = 2026-04-21T21:50:00Z\n", "end: it is not text, a number or true"),
        ("m.toml", TOML + "neg_risk = 'yes'\n", "neg_risk: 'yes' is neither true nor false"),
        ("m.toml", TOML.replace("12", "11"), "market 1, no: both tokens are the same"),
    ],
)  # fmt: skip
def test_errors(tmp_path: Path, name: str, value: Any, message: str) -> None:
    with pytest.raises(MarketsError) as caught:
        read_markets(written(tmp_path, value, name))
    assert message in str(caught.value)
    assert str(caught.value).startswith(name)
    assert "; " in str(caught.value)  # and the way out


def test_a_file_of_other_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b'{"a":"\xff"}')
    with pytest.raises(MarketsError, match=r"a\.json: no UTF-8 at byte 6; give a file of JSON"):
        read_markets(path)
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(GAMMA).encode())  # with a byte order mark
    assert len(read_markets(path)) == 1


def test_lines_are_ended_by_line_feeds_only(tmp_path: Path) -> None:
    odd = GAMMA | {"question": "a\u2028b\x85c"}
    text = "".join(json.dumps(odd | {"conditionId": c, "clobTokenIds": None}, ensure_ascii=False)
                   + "\r\n" for c in ("0x1", "0x2"))  # fmt: skip
    path = tmp_path / "a.jsonl"
    path.write_text(text, encoding="utf-8", newline="")
    assert [i.condition for i in read_markets(path)] == ["0x1", "0x2"]


# ---- what is assumed


def test_defaults_are_listed_by_name() -> None:
    assert set(DEFAULTS) <= set(MarketInfo.__struct_fields__)
    info = with_defaults(MarketInfo(condition="0xc1"))
    assert info.assumed == ("tick_pips", "min_size", "fee_ppm", "accepting", "neg_risk")
    assert (info.tick_pips, info.min_size, info.fee_ppm) == (100, 5_000_000, FALLBACK_FEE_PPM)
    assert (info.accepting, info.neg_risk, info.augmented) == (True, False, False)
    assert with_defaults(info) == info
    risky = with_defaults(MarketInfo(condition="0xc1", neg_risk=True))
    assert risky.assumed[-1] == "augmented"


def test_metadata_is_plain_data() -> None:
    """The manifest of a session keeps it."""
    info = with_defaults(MarketInfo(condition="0xc1", yes="11", payout_yes_pips=0))
    built = json.loads(json.dumps(msgspec.to_builtins(info)))
    assert msgspec.convert(built, MarketInfo) == info


# ---- events


def test_the_events_of_a_market_and_its_cluster(tmp_path: Path) -> None:
    info = gamma(tmp_path, negRisk=True, events=[{"id": "9", "negRisk": True,
                 "negRiskAugmented": True, "negRiskMarketID": "0xabc"}])  # fmt: skip
    out = market_events(info, 6, AT)
    cluster, market = (events.unpack(out[i : i + 64]) for i in (0, 64))
    number = cluster_number("0xabc")
    both = Flag.META_NEG_RISK | Flag.META_AUGMENTED
    assert (cluster.kind, cluster.order_id, cluster.flags) == (EventKind.CLUSTER, number, both)
    assert (market.kind, market.token, market.order_id) == (EventKind.MARKET, 6, number)
    assert (market.price_pips, market.size, market.amount, market.ref) == (10, 5_000_000, 72_000, 0)
    assert market.flags == both | Flag.META_OPEN
    assert (market.time_ns, cluster.time_ns) == (AT, AT)


def test_an_engine_takes_them_and_is_told_what_was_assumed() -> None:
    rig = Rig()
    out = market_events(MarketInfo(condition="0xc1", cluster="77"), 2, rig.now)
    told = rig.step(out[:64], out[64:])
    assert alerts(told) == []
    shown = rig.view.market(2)
    assert (shown.tick_pips, shown.min_size, shown.fee_ppm) == (100, 5_000_000, 100_000)
    assert (shown.cluster, shown.flags) == (77, Flag.META_OPEN | Flag.META_ASSUMED)
    later = MarketInfo(condition="0xc1", tick_pips=100, min_size=1, fee_ppm=0, neg_risk=True,
                       augmented=False, accepting=True)  # fmt: skip
    assert Alert.NEG_RISK_HOLD in alerts(rig.step(market_events(later, 2, rig.now)))


def test_every_recorded_market_is_an_event_that_the_engine_takes() -> None:
    paths = [recordings.data("gamma/gamma_markets_sample_by_kind.json")]
    paths += sorted(recordings.data("market_ws").glob("*.markets.*"))
    infos = read_markets(*paths)
    engine = Engine(EngineConfig(tokens=2 * len(infos)))
    for number, info in enumerate(infos):
        out = market_events(info, 2 * number, AT)
        for i in range(0, len(out), 64):
            engine.step(out[i : i + 64])
    assert not any(engine.view.refusals().values())
    assert [engine.view.market(2 * n).known for n in range(len(infos))] == [1] * len(infos)


def test_an_odd_token_is_refused() -> None:
    with pytest.raises(ValueError, match=r"token: 3 is odd; give the even token of the pair"):
        market_events(MarketInfo(condition="0xc1"), 3, AT)


@pytest.mark.parametrize(
    "fields, at, expected",
    [
        ({}, 0, True),
        ({"accepting": True, "closed_ns": 5}, 9, True),
        ({"accepting": False}, 0, False),
        ({"accepting": False, "closed_ns": 5}, 4, True),
        ({"accepting": False, "closed_ns": 5}, 5, False),
        ({"accepting": False, "end_ns": 5}, 4, False),  # paused, as far as we know
        ({"accepting": False, "end_ns": 5, "payout_yes_pips": 0}, 4, True),
        ({"accepting": False, "end_ns": 5, "payout_yes_pips": 0}, 5, False),
        ({"accepting": False, "end_ns": 5, "closed_ns": 3, "payout_yes_pips": 0}, 4, False),
    ],
)
def test_a_file_from_after_the_end_knows_when_it_was_open(
    fields: dict[str, Any], at: int, expected: bool
) -> None:
    info = MarketInfo(condition="0xc1", **fields)
    assert markets.open_at(info, at) is expected
    flags = events.unpack(market_events(info, 0, at)).flags
    assert bool(flags & Flag.META_OPEN) is expected


def test_cluster_numbers_are_stable_and_never_none() -> None:
    assert cluster_number("21662") == 21662
    assert cluster_number("0xabc") == 0xEB4B9E8905923468  # 8 bytes of its SHA-256
    names = ["0", "007", "7", "1" * 19, "1" * 20, "0xabc", "0xabd", "²"]
    numbers = [cluster_number(name) for name in names]
    assert len(set(numbers)) == len(names)
    assert all(0 < number < 1 << 64 for number in numbers)
    assert numbers == [cluster_number(name) for name in names]


def test_merging_nothing_is_nothing() -> None:
    assert merge([]) == []


# ---- the page


def page() -> str:
    return (builds.ROOT / "docs" / "markets.md").read_text()


def test_the_toml_of_the_page_is_read(tmp_path: Path) -> None:
    (block,) = re.findall(r"^```toml\n(.*?)^```$", page(), re.M | re.S)
    first, second = read_markets(written(tmp_path, block, "markets.toml"))
    assert (first.fee_ppm, first.payout_yes_pips, first.neg_risk) == (72_000, 10_000, False)
    assert with_defaults(first).assumed == ("accepting",)
    assert second.fee_ppm == 72_000
    assert "tick_pips" in with_defaults(second).assumed


def test_the_page_names_every_field_every_key_and_every_default() -> None:
    text = page()
    fields = set(MarketInfo.__struct_fields__) - {"slug", "question", "assumed", "source"}
    assert [name for name in sorted(fields) if f"`{name}`" not in text] == []
    keys = set(markets_toml.KEYS) - {"slug", "question"}
    assert [key for key in sorted(keys) if f"`{key}`" not in text] == []
    assert DEFAULTS == {
        "tick_pips": 100, "min_size": 5_000_000, "fee_ppm": 100_000,
        "accepting": True, "neg_risk": False, "augmented": False,
    }  # fmt: skip
