"""Answers of the REST interface through a real engine: what becomes of orders, cash and tokens."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from clobstep import events
from clobstep.effects import Effect
from clobstep.enums import Alert, EffectKind, OrderState, SessionState, Side, Tif, VenueState
from clobstep.venue.rest.account import AccountReader
from clobstep.venue.rest.cancels import cancel_events
from clobstep.venue.rest.lookup import Lookup
from clobstep.venue.rest.request import Failure, Reply
from clobstep.venue.rest.submits import Sent, sent, submit_events
from core.support import Rig, S, alerts, of_kind
from venue.rest_replies import JSON_VALUES, SHARE, reply
from venue.test_rest_lookup import page, row
from venue.user_messages import CONDITION, HASH, NO, ORDER, TRADE, YES, Channel, trade

LIVE = {"success": True, "errorMsg": "", "orderID": HASH, "status": "live"}
GONE = reply({"error": "Order not found"}, 404)
LOST = Reply(0, failure=Failure.NO_ANSWER)


class Desk:
    """A trading rig, its first order (of HASH), and the answers that it gets."""

    def __init__(self, **config: int) -> None:
        self.rig = Rig(**config).trading()
        self.channel = Channel()
        self.reader = AccountReader(self.channel.codec, signature_type=3)
        self.cash = self.rig.view.cash.settled
        self.order = Sent(1, HASH, Side.BUY, Tif.GTC, 0)

    def submit(self, **fields: Any) -> None:
        given = {"price": "0.52"} | fields
        given = given if "amount" in given else {"size": "10"} | given
        self.rig.last_order = 1
        effects = self.rig.say(events.submit, 1, 0, given.pop("side", "BUY"), **given)
        self.order = sent(of_kind(effects, EffectKind.SUBMIT)[0], HASH)

    def hear(self, records: bytes) -> list[Effect]:
        """All of them must be taken: none is refused."""
        found = self.rig.step(*(records[i : i + 64] for i in range(0, len(records), 64)))
        assert of_kind(found, EffectKind.REFUSED) == []
        assert self.rig.engine.check() == 0
        return found

    def answer(self, body: Any, status: int = 200, **headers: str) -> list[Effect]:
        """A second later, this is the answer to the submit."""
        self.rig.now += S
        got = body if isinstance(body, Reply) else reply(body, status, **headers)
        return self.hear(submit_events([self.order], got, self.rig.now).events)

    def canceled(self, body: Any, status: int = 200, **headers: str) -> list[Effect]:
        self.rig.now += S
        got = body if isinstance(body, Reply) else reply(body, status, **headers)
        return self.hear(cancel_events({HASH: 1}, got, self.rig.now).events)

    def look(self, *replies: Reply) -> list[Effect]:
        self.rig.now += S
        look = Lookup(self.channel.codec, HASH, 1, condition=CONDITION, sent_ns=self.rig.now)
        for one in replies:
            assert look.want() is not None
            look.take(one, self.rig.now)
        assert look.answer is not None, look.failed
        return self.hear(look.answer.events)

    def read(self, orders: list[Any], trades: list[Any], balances: list[str]) -> list[Effect]:
        """A whole look at the account, which does not change meanwhile."""
        rig = self.rig
        begun = rig.say(events.reconcile_begun)
        look = self.reader.look({0: YES, 1: NO}, watermark_ns=rig.view.watermark_ns)
        held = iter(balances)
        while wanted := look.wants(rig.now):
            by_path = {"/data/orders": page(*orders), "/data/trades": page(*trades)}
            look.take(
                [by_path.get(w.path) or reply({"balance": next(held)}) for w in wanted], rig.now
            )
        assert look.answer is not None, look.failed
        return begun + self.hear(look.answer.events)

    @property
    def state(self) -> OrderState:
        return OrderState(self.rig.view.order(1).state)

    @property
    def reserved(self) -> int:
        return int(self.rig.view.cash.reserved)


def trade_row(**fields: Any) -> dict[str, Any]:
    return row(TRADE, **({"maker_orders": []} | fields))


def test_taken_then_cancelled() -> None:
    desk = Desk()
    desk.submit(price="0.40")
    desk.answer(LIVE)
    assert desk.state is OrderState.LIVE
    desk.rig.say(events.cancel, 1)
    desk.canceled({"canceled": [HASH], "not_canceled": {}})
    assert (desk.state, desk.reserved) == (OrderState.CANCELED, 0)


def test_matched_in_part_then_filled_by_its_trades() -> None:
    desk = Desk()
    desk.submit()
    desk.answer(LIVE | {"status": "matched", "makingAmount": "2.08", "takingAmount": "4"})
    assert (desk.state, desk.rig.view.order(1).filled) == (OrderState.LIVE, 0)
    held = desk.reserved
    desk.look(reply(row(ORDER, size_matched="4")), page(trade_row(size="4")))
    assert (desk.state, desk.rig.view.order(1).filled) == (OrderState.LIVE, 4 * SHARE)
    assert 0 < desk.reserved < held
    desk.channel.events(trade(size="4"))  # the channel tells it too: the same fill
    desk.hear(b"".join(desk.channel.records(trade(size="4", maker_orders=[]))))
    assert desk.rig.view.order(1).filled == 4 * SHARE


def test_a_buy_for_cash_that_spent_a_millionth_less_is_over() -> None:
    """As recorded: 1.00 pUSD at 0.53 was answered with 0.999999 for 1.886791 shares."""
    desk = Desk()
    desk.submit(price="0.53", amount="1.00", tif="FAK")
    desk.answer(
        LIVE | {"status": "matched", "makingAmount": "0.999999", "takingAmount": "1.886791"}
    )
    assert desk.state is OrderState.LIVE
    told = trade(size="1.886791", price="0.53", maker_orders=[])
    desk.hear(b"".join(desk.channel.records(told)))
    assert desk.state in (OrderState.FILLED, OrderState.CANCELED)
    assert desk.reserved == 0
    assert desk.rig.view.token(0).incoming == 1_886_791


def test_refused_frees_the_reservation() -> None:
    desk = Desk()
    desk.submit()
    assert desk.reserved > 0
    desk.answer({"error": f"order {HASH} is invalid. Price (0.515) breaks minimum tick size"}, 400)
    assert (desk.state, desk.reserved) == (OrderState.REJECTED, 0)


def test_a_killed_order_is_a_normal_end() -> None:
    desk = Desk()
    desk.submit(amount="5.20", tif="FAK")
    desk.answer({"error": "no orders found to match with FAK order."}, 400)
    assert (desk.state, desk.reserved) == (OrderState.CANCELED, 0)


def test_nothing_sent_is_a_reject_and_a_broken_line_pauses_the_market() -> None:
    desk = Desk(reject_limit=1)
    desk.submit()
    told = desk.answer(Reply(0, failure=Failure.NOT_SENT, why="no route"))
    assert (desk.state, desk.reserved) == (OrderState.REJECTED, 0)
    assert Alert.BREAKER_OPEN in alerts(told)


def test_what_is_not_known_holds_its_reservation_and_is_looked_up_never_sent_again() -> None:
    for answer in (LOST, reply(b"<html>", 502), reply(LIVE | {"orderID": "0xff"}), reply(b"{")):
        desk = Desk()
        desk.submit()
        held = desk.reserved
        told = desk.answer(answer)
        assert (desk.state, desk.reserved) == (OrderState.UNKNOWN, held)
        assert of_kind(told, EffectKind.SUBMIT) == []
        asked = [e.kind for e in told if e.kind in (EffectKind.CANCEL, EffectKind.QUERY)]
        assert asked[0] == EffectKind.CANCEL


def test_an_unknown_order_that_had_filled_is_found() -> None:
    desk = Desk()
    desk.submit()
    desk.answer(LOST)
    desk.canceled({"canceled": [], "not_canceled": {HASH: "already canceled or matched"}})
    assert desk.state is OrderState.UNKNOWN
    desk.look(
        reply(row(ORDER, status="ORDER_STATUS_MATCHED", size_matched="10")), page(trade_row())
    )
    assert (desk.state, desk.reserved) == (OrderState.FILLED, 0)


def test_an_unknown_order_that_is_nowhere_ends_after_enough_looks() -> None:
    desk = Desk()
    desk.submit()
    desk.answer(LOST)
    desk.canceled({"canceled": [], "not_canceled": {HASH: "Order not found"}})
    for _ in range(20):
        desk.look(GONE, page())
        if desk.state is not OrderState.UNKNOWN:
            break
        assert desk.reserved > 0
        desk.rig.later(25 * S)
    assert (desk.state, desk.reserved) == (OrderState.CANCELED, 0)


def test_an_order_that_filled_in_part_and_is_gone_ends_too() -> None:
    """The venue forgets what is over: its trades are told with each look, and then it is gone."""
    desk = Desk()
    desk.submit()
    desk.answer(LOST)
    desk.canceled({"canceled": [], "not_canceled": {HASH: "already canceled or matched"}})
    for _ in range(20):
        desk.look(GONE, page(trade_row(size="4")))
        if desk.state is OrderState.CANCELED:
            break
        desk.rig.later(25 * S)
    shown = desk.rig.view.order(1)
    assert (desk.state, shown.filled, shown.leaves) == (OrderState.CANCELED, 4 * SHARE, 0)
    assert desk.reserved == 0
    assert desk.rig.view.token(0).incoming == 4 * SHARE


def test_duplicated_is_looked_up() -> None:
    desk = Desk()
    desk.submit(price="0.40")
    desk.answer({"error": f"order {HASH} is invalid. Duplicated."}, 400)
    assert desk.state is OrderState.UNKNOWN
    assert desk.reserved > 0
    desk.look(reply(row(ORDER, price="0.4")), page())
    assert desk.state is OrderState.LIVE


def test_a_cancel_that_did_not_reach_the_book_goes_again_when_it_may() -> None:
    desk = Desk()
    desk.submit(price="0.40")
    desk.answer(LIVE)
    desk.rig.say(events.cancel, 1)
    told = desk.canceled({"error": "Too Many Requests"}, 429, retry_after="5")
    assert desk.state is OrderState.LIVE
    assert of_kind(told, EffectKind.CANCEL) == []
    assert of_kind(desk.rig.later(4 * S), EffectKind.CANCEL) == []
    assert len(of_kind(desk.rig.later(1 * S), EffectKind.CANCEL)) == 1
    desk.canceled(LOST)
    assert desk.state is OrderState.UNKNOWN


def test_post_only_mode_lasts_as_long_as_the_venue_says() -> None:
    desk = Desk()
    desk.submit()
    body = {"error": "x", "code": "post_only_mode", "retry_after_seconds": 45}
    desk.answer(body, 503)
    assert (desk.state, desk.reserved) == (OrderState.REJECTED, 0)
    assert desk.rig.view.venue == VenueState.POST_ONLY
    desk.rig.later(44 * S)
    assert desk.rig.view.venue == VenueState.POST_ONLY
    desk.rig.later(2 * S)
    assert desk.rig.view.venue == VenueState.NORMAL


def test_a_restart_stops_the_venue() -> None:
    desk = Desk()
    desk.submit()
    desk.answer(b"service not ready", 425)
    assert desk.rig.view.venue == VenueState.RESTARTING
    assert desk.rig.view.market(0).rejects == 0  # it counts for no breaker


# ---- the account


def test_a_look_at_the_account_reconciles() -> None:
    desk = Desk()
    desk.submit(price="0.40")
    desk.answer(LIVE)
    fill = trade_row(size="4", price="0.4", status="TRADE_STATUS_MATCHED",
                     match_time=str(desk.rig.now // S))  # fmt: skip
    desk.rig.now += 60 * S
    balances = [str(desk.cash), "500000000", "500000000"]
    found = [row(ORDER, price="0.4", size_matched="4")]
    told = desk.read(found, [fill], balances)
    assert alerts(told) == []
    assert desk.rig.view.session == SessionState.TRADING
    assert desk.rig.view.order(1).filled == 4 * SHARE
    assert desk.rig.view.watermark_ns == desk.rig.now - 32 * S  # the lag, and the engine's 2 s
    assert desk.rig.view.watermark_ns > int(fill["match_time"]) * S
    # it settles; the next looks tell it once more, then never again
    done = fill | {"status": "TRADE_STATUS_CONFIRMED"}
    spent = [str(desk.cash - 1_600_000 - desk.rig.view.market(0).fees), "504000000", "500000000"]
    for _ in range(3):
        desk.rig.now += 60 * S
        assert alerts(desk.read(found, [done], spent)) == []
    assert desk.rig.view.token(0).settled == 504 * SHARE
    assert desk.rig.view.counters()["stale_facts"] == 0
    assert desk.rig.view.counters()["keys_purged"] == 1


def test_an_order_that_is_missing_is_looked_up_and_a_stranger_adopted() -> None:
    desk = Desk()
    desk.submit(price="0.40")
    desk.answer(LIVE)
    desk.rig.now += 60 * S
    stranger = row(ORDER, id="0xbeef", price="0.3")
    told = desk.read([stranger], [], [str(desk.cash), "500000000", "500000000"])
    assert set(alerts(told)) >= {Alert.ORDER_MISSING, Alert.FOREIGN_ORDER}
    assert desk.state is OrderState.UNKNOWN
    assert desk.rig.view.session == SessionState.RECONCILING


# ---- nothing breaks it


@settings(max_examples=150, deadline=None)
@given(
    changes=st.dictionaries(st.sampled_from([*LIVE, "makingAmount", "takingAmount"]), JSON_VALUES),
    status=st.sampled_from([200, 200, 200, 400, 425, 500, 503]),
    order_changes=st.dictionaries(st.sampled_from([*ORDER]), JSON_VALUES, max_size=3),
    trade_changes=st.dictionaries(st.sampled_from([*TRADE]), JSON_VALUES, max_size=3),
)
def test_no_answer_breaks_the_engine(
    changes: dict[str, Any],
    status: int,
    order_changes: dict[str, Any],
    trade_changes: dict[str, Any],
) -> None:
    desk = Desk()
    desk.submit()
    desk.answer(LIVE | changes, status)
    held = desk.reserved
    assert held or desk.state is OrderState.REJECTED or desk.state is OrderState.CANCELED
    look = Lookup(desk.channel.codec, HASH, 1, condition=CONDITION)
    look.take(reply(row(ORDER) | order_changes), desk.rig.now)
    if not look.over:
        look.take(page(trade_row() | trade_changes), desk.rig.now)
    if look.answer is not None:
        records = look.answer.events
        desk.rig.step(*(records[i : i + 64] for i in range(0, len(records), 64)))
    assert desk.rig.engine.check() == 0
    assert desk.rig.view.fault == 0
