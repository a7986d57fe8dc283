"""What could be traded, and every reason why the rest could not."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from clobstep.venue import gamma
from clobstep.venue.market_info import Fields, MarketInfo
from clobstep.venue.tradable import ADVICE, Reason, Rules, listing, takes_orders, why_not
from venue import gamma_made as made

AUGMENTED = [{"id": "9", "negRisk": True, "enableNegRisk": True, "negRiskAugmented": True}]


@pytest.mark.parametrize(
    "fields, reasons",
    [
        ({}, ()),
        ({"version": "v2", "positionIds": ["21", "22"]}, ()),
        ({"closed": True}, (Reason.CLOSED,)),
        ({"archived": True}, (Reason.ARCHIVED,)),
        ({"active": False}, (Reason.NOT_ACTIVE,)),
        ({"enableOrderBook": False}, (Reason.NO_ORDER_BOOK,)),
        ({"acceptingOrders": False}, (Reason.NOT_ACCEPTING,)),
        ({"acceptingOrders": ...}, (Reason.ACCEPTING_UNSAID,)),
        ({"clobTokenIds": "[]"}, (Reason.NO_TOKENS,)),
        ({"clobTokenIds": '["11", ""]'}, (Reason.NO_TOKENS,)),
        ({"version": ...}, (Reason.VERSION_UNSAID,)),
        ({"version": "v3"}, (Reason.VERSION_UNKNOWN,)),
        ({"version": "v2"}, (Reason.NO_TOKENS,)),
        ({"orderPriceMinTickSize": ...}, (Reason.TICK_UNSAID,)),
        ({"orderMinSize": ...}, (Reason.MIN_SIZE_UNSAID,)),
        ({"orderMinSize": 0}, (Reason.MIN_SIZE_UNSAID,)),
        ({"feeSchedule": ...}, (Reason.FEE_UNSAID,)),
        ({"feeSchedule": ..., "feesEnabled": False}, ()),
        ({"feeSchedule": {"rate": "0.1", "exponent": 2}}, (Reason.FEE_EXPONENT,)),
        ({"feeSchedule": {"rate": "0.1", "takerOnly": False}}, (Reason.FEE_OF_MAKERS,)),
        ({"negRisk": ...}, (Reason.NEG_RISK_UNSAID,)),
        ({"negRisk": True, "negRiskOther": True}, (Reason.PLACEHOLDER,)),
        ({"negRisk": True, "events": AUGMENTED}, ()),
        ({"negRisk": True, "events": AUGMENTED, "outcomePrices": ...}, (Reason.PLACEHOLDER,)),
        ({"closed": True, "acceptingOrders": False, "outcomePrices": '["1", "0"]'},
         (Reason.CLOSED, Reason.NOT_ACCEPTING, Reason.RESOLVED)),
    ],
)  # fmt: skip
def test_each_reason(fields: dict[str, Any], reasons: tuple[Reason, ...]) -> None:
    info = made.info(**fields)
    assert why_not(info) == reasons
    assert takes_orders(info) is (not set(reasons) - ADVICE)


def test_every_reason_is_met() -> None:
    met = {
        reason
        for mark in test_each_reason.pytestmark  # type: ignore[attr-defined]
        for case in mark.args[1]
        for reason in case[1]
    }
    assert set(Reason) - met == {Reason.CONTRADICTED}


def test_a_contradiction_about_what_is_signed_blocks() -> None:
    info = made.info()
    assert why_not(msgspec.structs.replace(info, contradicted=("neg_risk",))) == (
        Reason.CONTRADICTED,
    )
    assert why_not(msgspec.structs.replace(info, contradicted=("tick_pips",))) == ()


def test_metadata_without_flags_of_its_own() -> None:
    known = {"condition": "0xc1", "yes": "1", "no": "2", "tick_pips": 100, "min_size": 5,
             "fee_ppm": 0, "neg_risk": False, "version": "v1"}  # fmt: skip
    assert why_not(MarketInfo(**known, accepting=True)) == ()
    assert why_not(MarketInfo(**known, accepting=False)) == (Reason.NOT_ACCEPTING,)


def test_the_sample_from_before_versions() -> None:
    """It says no version, and the kinds of market in it are those its description names."""
    infos = [gamma.market(Fields(data, "sample", data["slug"])) for data in made.sample()]
    assert not listing(infos).tradable
    found = listing(infos, Rules(assume_version="v1"))
    assert len(found.tradable) == 57
    counts = {r: sum(r in reasons for _, reasons in found.rest) for r in Reason}
    assert {reason: n for reason, n in counts.items() if n} == {
        Reason.NO_ORDER_BOOK: 4,
        Reason.FEE_UNSAID: 25,
        Reason.PLACEHOLDER: 1,
    }


def test_the_whole_real_event_could_be_traded() -> None:
    event = made.fed_event()
    known = gamma.event(Fields(event, "event", "it"))
    infos = [gamma.market(Fields(d, "event", "it"), known) for d in event["markets"]]
    assert len(listing(infos, Rules(assume_version="v1")).tradable) == 5
