"""MARKET, CLUSTER and RESOLVED of what Gamma says, and what the engine does about it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from clobstep import events, units
from clobstep.enums import Alert, EffectKind, EventKind, Flag, Refusal
from clobstep.events import Event
from clobstep.venue import gamma
from clobstep.venue.interning import Interning, InterningError
from clobstep.venue.market_info import Fields, MarketInfo
from clobstep.venue.metadata_events import (
    Change,
    CloseOut,
    MetadataEvents,
    carried,
    differences,
    payout,
)  # fmt: skip
from clobstep.venue.tradable import Rules
from core.support import Rig, alerts, of_kind, refused
from venue import gamma_made as made

V1 = Rules(assume_version="v1")
NEG = Flag.META_NEG_RISK
BOTH = Flag.META_NEG_RISK | Flag.META_AUGMENTED
EVENT = {"id": "900", "slug": "an-event", "negRisk": False, "enableNegRisk": False,
         "negRiskAugmented": False}  # fmt: skip
RISKY = EVENT | {"negRisk": True, "enableNegRisk": True, "negRiskMarketID": "0xabc"}
WIDER = RISKY | {"negRiskAugmented": True}


def parts(change: Change | bytes) -> list[Event]:
    raw = change.events if isinstance(change, Change) else change
    return [events.unpack(raw[i : i + 64]) for i in range(0, len(raw), 64)]


def three(**fields: Any) -> list[MarketInfo]:
    return [made.info(n, **({"events": [EVENT]} | fields)) for n in (1, 2, 3)]


def known(infos: list[MarketInfo]) -> dict[str, MarketInfo]:
    return {info.condition: info for info in infos}


def test_a_market_and_its_event() -> None:
    made_by = MetadataEvents(Interning())
    info = made.info(events=[RISKY], negRisk=True)
    cluster, market = parts(made_by.changes(None, info, made.NOW))
    assert (cluster.kind, cluster.order_id, cluster.flags) == (EventKind.CLUSTER, 1, NEG)
    assert (market.kind, market.token, market.order_id) == (EventKind.MARKET, 0, 1)
    assert (market.price_pips, market.size, market.amount) == (100, 5_000_000, 50_000)
    assert market.flags == NEG | Flag.META_OPEN
    assert market.ref == units.parse_time("2026-06-17T00:00:00Z")
    assert made_by.interning.find("12") == 1


def test_a_market_that_must_not_be_traded_is_never_said_to_be_open() -> None:
    made_by = MetadataEvents(Interning())
    for fields in ({"version": "v3"}, {"acceptingOrders": ...}, {"orderPriceMinTickSize": ...}):
        assert not parts(made_by.market(made.info(**fields), made.NOW))[0].flags & Flag.META_OPEN
    assumed = parts(made_by.market(made.info(feeSchedule=...), made.NOW))[0]
    assert (assumed.amount, assumed.flags) == (100_000, Flag.META_ASSUMED)


@pytest.mark.parametrize(
    "fields, choice, expected",
    [
        ({}, CloseOut(), "2026-06-17T00:00:00Z"),
        ({}, CloseOut(before_end_ns=made.DAY), "2026-06-16T00:00:00Z"),
        ({}, CloseOut(before_end_ns=None), ""),
        ({"gameStartTime": "2026-06-01T00:00:00Z"}, CloseOut(), "2026-06-01T00:00:00Z"),
        ({"gameStartTime": "2026-06-01T00:00:00Z"}, CloseOut(before_game_ns=made.DAY),
         "2026-05-31T00:00:00Z"),
        ({"gameStartTime": "2026-06-01T00:00:00Z"}, CloseOut(before_game_ns=None),
         "2026-06-17T00:00:00Z"),
        ({"endDate": ...}, CloseOut(), ""),
    ],
)  # fmt: skip
def test_when_a_market_is_closed_out(fields: Any, choice: CloseOut, expected: str) -> None:
    assert choice.of(made.info(**fields)) == (units.parse_time(expected) if expected else 0)
    own = msgspec.structs.replace(made.info(**fields), close_out_ns=7)
    assert choice.of(own) == 7


# ---- the engine


def quoting(made_by: MetadataEvents, infos: list[MarketInfo]) -> Rig:
    """An engine that knows these markets and has a live order in each."""
    rig = Rig()
    rig.now = made.NOW
    rig.say(events.opening, cash="10000")
    rig.step(*records(made_by.cycle({}, infos, rig.now)))
    for number in range(len(infos)):
        rig.book(2 * number)
    rig.reconcile()
    for number in range(len(infos)):
        order = rig.submit(2 * number)
        rig.say(events.accepted, order)
    return rig


def records(change: Change) -> list[bytes]:
    return [change.events[i : i + 64] for i in range(0, len(change.events), 64)]


@pytest.mark.parametrize(
    "before, after",
    [
        (EVENT, RISKY),  # and the cluster would have got another name by its negRiskMarketID
        (RISKY, WIDER),
        (
            {"negRiskMarketID": "0xabc", "negRisk": True, "negRiskAugmented": False},
            WIDER,
        ),  # another name now
    ],
)
def test_a_flag_that_appears_holds_and_cancels_the_whole_event(before: Any, after: Any) -> None:
    made_by = MetadataEvents(Interning())
    infos = three(events=[before], negRisk=bool(before["negRisk"]))
    rig = quoting(made_by, infos)
    later = three(events=[after], negRisk=True)
    change = made_by.cycle(known(infos), later, rig.now)
    kinds = [event.kind for event in parts(change)]
    first = kinds.index(EventKind.MARKET)
    effects = rig.step(*records(change)[:first])  # the CLUSTERs alone are enough
    assert alerts(effects).count(Alert.NEG_RISK_HOLD) == 3
    assert [e.token for e in of_kind(effects, EffectKind.CANCEL)] == [0, 2, 4]
    rig.step(*records(change)[first:])
    assert refused(rig.say(events.submit, 50, 0, "BUY", price="0.40", size="10")) is (
        Refusal.NEG_RISK_HOLD
    )
    assert len(change.words) >= 3


def test_one_of_the_markets_is_enough() -> None:
    """Followed are two of three; the third, which is not, is read with a flag."""
    made_by = MetadataEvents(Interning())
    infos = three()
    rig = quoting(made_by, infos[:2])
    other = made.info(3, events=[WIDER], negRisk=True)
    change = made_by.cycle(known(infos[:2]), infos[:1], rig.now, others=[other])
    effects = rig.step(*records(change))
    assert [e.token for e in of_kind(effects, EffectKind.CANCEL)] == [0, 2]
    assert made_by.interning.find_pair("0xc3") is None


def test_the_real_event_in_an_engine() -> None:
    event = made.fed_event()
    place = Fields(event, "event", "it")
    infos = [gamma.market(Fields(d, "event", "it"), gamma.event(place)) for d in event["markets"]]
    made_by = MetadataEvents(Interning(), rules=V1)
    rig = Rig(tokens=16)
    change = made_by.cycle({}, infos, made.NOW)
    assert [e.kind for e in parts(change)] == [EventKind.CLUSTER] + [EventKind.MARKET] * 5
    rig.step(*records(change))
    for number in range(5):
        shown = rig.view.market(2 * number)
        assert (shown.tick_pips, shown.fee_ppm, shown.cluster) == (10, 50_000, 1)
        assert shown.flags == NEG | Flag.META_OPEN
    wider = gamma.event(Fields(event | {"negRiskAugmented": True}, "event", "it"))
    later = [gamma.market(Fields(d, "event", "it"), wider) for d in event["markets"]]
    effects = rig.step(*records(made_by.cycle(known(infos), later, made.NOW)))
    assert alerts(effects).count(Alert.NEG_RISK_HOLD) == 10  # once by the event, once by each


# ---- what is different


@pytest.mark.parametrize(
    "fields, word",
    [
        ({"orderPriceMinTickSize": "0.001"}, "tick 0.01 -> 0.001"),
        ({"orderMinSize": 15}, "minimum size 5 -> 15"),
        ({"feeSchedule": {"rate": "0.07", "exponent": 1}}, "fee rate 0.05 -> 0.07"),
        ({"closed": True}, "no longer traded: it is closed"),
        ({"acceptingOrders": False}, "no longer traded: it does not accept orders"),
        ({"negRisk": True}, "negRisk no -> yes"),
        ({"secondsDelay": 3}, "taker delay not said -> 3 s"),
        ({"endDate": "2026-06-18T00:00:00Z"},
         "end date 2026-06-17T00:00:00Z -> 2026-06-18T00:00:00Z"),
        ({"umaResolutionStatus": "proposed"}, "resolution not said -> proposed"),
        ({"volumeNum": "x"}, "volumeNum: 'x' is no such number"),
        ({}, ""),
    ],
)  # fmt: skip
def test_changes_are_said_and_are_in_the_event(fields: dict[str, Any], word: str) -> None:
    before, after = made.info(), made.info(**fields)
    made_by = MetadataEvents(Interning())
    change = made_by.changes(before, after, made.NOW)
    assert list(change.words) == ([f"market-1: {word}"] if word else [])
    assert [e.kind for e in parts(change)] == [EventKind.MARKET]
    assert differences(None, after) == []
    back = made_by.changes(after, before, made.NOW)
    if word.startswith("no longer"):
        assert back.words == ("market-1: may be traded now",)


def test_a_new_tick_reaches_the_guard() -> None:
    made_by = MetadataEvents(Interning())
    rig = quoting(made_by, [made.info()])
    change = made_by.changes(made.info(), made.info(orderPriceMinTickSize="0.001"), rig.now)
    assert Alert.TICK_CHANGED in alerts(rig.step(*records(change)))
    assert rig.view.market(0).tick_pips == 10


CLOSED = {"closed": True, "acceptingOrders": False, "closedTime": "2026-05-17T11:00:00Z"}


@pytest.mark.parametrize(
    "fields, paid",
    [
        ({"outcomePrices": '["1", "0"]'}, 10_000),
        ({"outcomePrices": '["0", "1"]', "umaResolutionStatus": "resolved"}, 0),
        ({"outcomePrices": '["0.5", "0.5"]', "umaResolutionStatus": "resolved"}, 5_000),
        ({"outcomePrices": '["0.5", "0.5"]'}, None),  # also that of a market nobody traded
        ({"outcomePrices": '["1", "0"]', "umaResolutionStatus": "disputed"}, None),
        ({"outcomePrices": '["1", "0"]', "closed": False}, None),
        ({"outcomePrices": '["0", "0"]'}, None),
        ({"outcomePrices": '["0.99", "0.01"]'}, None),
    ],
)
def test_resolved_is_said_once_and_only_when_certain(
    fields: dict[str, Any], paid: int | None
) -> None:
    made_by = MetadataEvents(Interning())
    before, after = made.info(), made.info(**(CLOSED | fields))
    assert payout(after) == paid
    change = made_by.changes(before, after, made.NOW)
    found = [e for e in parts(change) if e.kind == EventKind.RESOLVED]
    if paid is None:
        assert not found
        return
    (event,) = found
    assert (event.token, event.price_pips) == (0, paid)
    assert event.venue_time_ns == units.parse_time("2026-05-17T11:00:00Z")
    assert f"market-1: resolved: YES pays {units.format_price(paid)}" in change.words
    again = made_by.changes(after, after, made.NOW)
    assert [e.kind for e in parts(again)] == [EventKind.MARKET]


def test_the_payout_is_of_the_token_that_is_yes() -> None:
    """A message named NO first, so it has the even place."""
    interning = Interning()
    assert interning.token("0xc1", "12") == 0
    change = MetadataEvents(interning).changes(
        made.info(), made.info(**CLOSED, outcomePrices='["1", "0"]'), made.NOW
    )
    (event,) = [e for e in parts(change) if e.kind == EventKind.RESOLVED]
    assert (event.token, event.price_pips) == (1, 10_000)


def test_a_market_without_a_place_is_left_out_and_said() -> None:
    interning = Interning()
    interning.pair("0xc1", "77", "78")
    change = MetadataEvents(interning).cycle({}, [made.info(), made.info(2)], made.NOW)
    assert [e.token for e in parts(change)] == [2]
    assert change.words[0].startswith("market-1: left out: condition 0xc1 has ")


# ---- what is kept of an older answer


def test_a_poorer_answer_takes_nothing_dangerous_back() -> None:
    before = made.info(negRisk=True, events=[WIDER], secondsDelay=3)
    poor = made.info(
        clobTokenIds=..., orderPriceMinTickSize=..., feeSchedule=..., negRisk=..., version=...,
        endDate=..., acceptingOrders=...,
    )  # fmt: skip
    after = carried(before, poor)
    same = ("yes", "no", "tick_pips", "fee_ppm", "neg_risk", "augmented", "event_id", "version",
            "taker_delay_ns", "end_ns")  # fmt: skip
    assert [getattr(after, n) for n in same] == [getattr(before, n) for n in same]
    assert carried(before, before) == before
    assert after.accepting is None  # what is not said of the moment is not open
    calm = carried(before, made.info(negRisk=False, events=[EVENT]))
    assert calm.neg_risk is False


def test_other_tokens_than_before_are_never_taken() -> None:
    after = carried(made.info(), made.info(clobTokenIds='["11", "99"]'))
    assert (after.no, after.contradicted) == ("12", ("no",))
    assert after.remarks == ("it names other tokens than before (no): not taken",)
    made_by = MetadataEvents(Interning())
    change = made_by.changes(made.info(), after, made.NOW)
    assert not parts(change)[0].flags & Flag.META_OPEN
    assert "market-1: no longer traded: Gamma and the CLOB contradict each other about it" in (
        change.words
    )


# ---- numbers of clusters


def test_clusters_are_numbered_in_order_and_stored() -> None:
    interning = Interning()
    assert [interning.cluster(n) for n in ("900", "0xabc", "900")] == [1, 2, 1]
    interning.pair("0xc1", "11", "12")
    again = Interning.from_rows(interning.rows())
    assert again.rows() == interning.rows()
    assert again.cluster("0xabc") == 2
    assert again.cluster("new") == 3
    with pytest.raises(InterningError, match="an event without a name"):
        interning.cluster("")
    with pytest.raises(InterningError, match="does not follow"):
        Interning.from_rows([("cluster", 2, "900", "")])
