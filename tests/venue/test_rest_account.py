"""One consistent look at the account: read twice, told once, in the engine's order."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clobstep.enums import NO_TOKEN, EventKind, TradeStatus
from clobstep.venue.rest.account import LAG_NS, AccountLook, AccountReader
from clobstep.venue.rest.reads import Failed
from clobstep.venue.rest.request import Reply, Request
from venue.rest_replies import JSON_VALUES, SHARE, reply, said
from venue.test_rest_lookup import row
from venue.user_messages import NO, NOW, ORDER, TRADE, YES, Channel

K = EventKind
S = 10**9
T0 = 1_790_000_000  # seconds: the match time of trade 0


def order_row(name: str = "0xaa", **fields: Any) -> dict[str, Any]:
    return row(ORDER, id=name, **fields)


def trade_row(n: int = 0, status: str = "CONFIRMED", **fields: Any) -> dict[str, Any]:
    return row(TRADE, id=f"t-{n}", match_time=str(T0 + n), status=status, **fields)


class Venue:
    """Orders, trades and balances that answer as the venue does, `size` rows a page."""

    def __init__(self, size: int = 2) -> None:
        self.orders: list[dict[str, Any]] = []
        self.trades: list[dict[str, Any]] = []
        self.balances = {"": "100000000", YES: "5000000", NO: "0"}
        self.size = size
        self.asked: list[Request] = []

    def reply(self, asked: Request) -> Reply:
        self.asked.append(asked)
        query = dict(asked.query)
        if asked.path == "/balance-allowance":
            return reply({"balance": self.balances[query.get("token_id", "")]})
        rows = self.orders if asked.path == "/data/orders" else self.trades
        after = int(query.get("after", "0"))
        rows = [r for r in rows if "match_time" not in r or int(r["match_time"]) >= after]
        at = 0 if query["next_cursor"] == "MA==" else int(query["next_cursor"])
        end = at + self.size
        return reply(
            {"data": rows[at:end], "next_cursor": "LTE=" if end >= len(rows) else str(end)}
        )


class Desk:
    def __init__(self, **fields: Any) -> None:
        self.channel = Channel()
        self.venue = Venue()
        self.reader = AccountReader(self.channel.codec, signature_type=3, **fields)

    def look(self, *, watermark_ns: int = 0, between: Any = None, **fields: Any) -> AccountLook:
        """A whole look; `between(round)` may change the venue before each reply."""
        look = self.reader.look({0: YES, 1: NO}, watermark_ns=watermark_ns, **fields)
        for step in range(200):
            wanted = look.wants(NOW + step)
            if not wanted:
                break
            if between is not None:
                between(step, self.venue)
            look.take([self.venue.reply(one) for one in wanted], NOW)
        assert look.over
        return look


def told(look: AccountLook) -> list[tuple[EventKind, int]]:
    """(kind, trade or order or token)."""
    assert look.answer is not None, look.failed
    found = said(look.answer)
    names = {K.TRADE: "ref", K.FOUND: "order_id", K.BALANCE: "token", K.RECONCILED: "order_id"}
    return [(EventKind(e.kind), getattr(e, names[EventKind(e.kind)])) for e in found]


def why(look: AccountLook) -> str:
    assert look.answer is None
    return look.failed.why if isinstance(look.failed, Failed) else look.failed


def test_the_order_of_what_is_told() -> None:
    desk = Desk()
    desk.venue.orders = [order_row(f"0x{n}") for n in range(3)]
    desk.venue.trades = [trade_row(n) for n in (2, 0, 1)]
    look = desk.look()
    kinds = [kind for kind, _ in told(look)]
    assert kinds == [K.TRADE] * 3 + [K.FOUND] * 3 + [K.BALANCE] * 3 + [K.RECONCILED]
    assert look.answer is not None
    found = said(look.answer)
    assert [e.venue_time_ns // S - T0 for e in found[:3]] == [0, 1, 2]
    assert [(e.token, e.amount, e.size) for e in found[6:9]] == [
        (NO_TOKEN, 100 * SHARE, 0), (0, 0, 5 * SHARE), (1, 0, 0),
    ]  # fmt: skip
    assert {e.time_ns for e in found} == {NOW}


def test_all_trades_were_read_up_to_when_the_first_reading_began() -> None:
    look = Desk().look()
    assert look.answer is not None
    # wants: first reading at NOW, balances at NOW + 1, second reading at NOW + 2
    assert said(look.answer)[-1].venue_time_ns == NOW - LAG_NS
    assert look.rounds == 2


def test_balances_lie_between_two_readings() -> None:
    desk = Desk()
    desk.venue.orders = [order_row()]
    desk.look()
    assert [one.path for one in desk.venue.asked] == [
        "/data/orders", "/data/trades", *["/balance-allowance"] * 3, "/data/orders", "/data/trades",
    ]  # fmt: skip
    kinds = {dict(one.query).get("asset_type") for one in desk.venue.asked[2:5]}
    assert kinds == {"COLLATERAL", "CONDITIONAL"}


def read_while(desk: Desk, status: str, when: int) -> AccountLook:
    """A look during which an open order is filled, by a trade of this status."""
    desk.venue.orders = [order_row()]

    def fill(step: int, venue: Venue) -> None:
        if step == when:
            venue.trades = [trade_row(status=status)]
            venue.orders = [order_row(size_matched="4")]
            venue.balances[""] = "97920000"

    return desk.look(between=fill)


@pytest.mark.parametrize("when", [1, 2])  # while the balances are read, or after
@pytest.mark.parametrize("status", ["TRADE_STATUS_MINED", "CONFIRMED", "NEVER-SEEN"])
def test_a_trade_that_the_balances_may_hold_unseen_is_read_again(status: str, when: int) -> None:
    look = read_while(Desk(), status, when)
    assert look.rounds == 3
    assert look.answer is not None
    assert next(e.amount for e in said(look.answer) if e.kind == K.BALANCE) == 97_920_000


@pytest.mark.parametrize(
    "status", ["MATCHED_NOT_BROADCASTED", "TRADE_STATUS_MATCHED", "RETRYING", "FAILED"]
)
def test_a_trade_that_is_in_no_balance_yet_belongs_to_the_next_look(status: str) -> None:
    look = read_while(Desk(), status, 2)
    assert look.rounds == 2
    assert [kind for kind, _ in told(look)] == [K.FOUND, *[K.BALANCE] * 3, K.RECONCILED]


def test_an_order_that_was_open_at_any_time_of_the_look_is_found() -> None:
    desk = Desk()
    desk.venue.orders = [order_row("0xa"), order_row("0xb")]

    def change(step: int, venue: Venue) -> None:
        if step == 1:
            venue.orders = [order_row("0xb", size_matched="1"), order_row("0xc")]

    look = desk.look(between=change)
    assert look.rounds == 2
    assert look.answer is not None
    found = [e for e in said(look.answer) if e.kind == K.FOUND]
    names = [desk.channel.interning.order_hash(e.order_id) for e in found]
    assert names == ["0xa", "0xb", "0xc"]
    assert found[1].size == 0  # as it was in the first reading, like the trades


def test_an_account_that_never_stands_still_is_said_to_be_so() -> None:
    desk = Desk()

    def fill(step: int, venue: Venue) -> None:
        venue.trades = [trade_row(step)]

    assert "between each of 4 readings" in why(desk.look(between=fill, most_rounds=4))


def test_a_settlement_between_is_told_as_the_first_reading_has_it() -> None:
    """The engine lets the balance lie on either side of a trade that is under way."""
    desk = Desk()

    def settle(step: int, venue: Venue) -> None:
        venue.trades = [trade_row(0, "MATCHED" if step < 1 else "CONFIRMED")]

    look = desk.look(between=settle)
    assert look.rounds == 2
    assert look.answer is not None
    assert said(look.answer)[0].code == TradeStatus.MATCHED


# ---- what is told again


def test_what_was_final_below_the_watermark_is_not_told_again() -> None:
    desk = Desk()
    desk.venue.trades = [trade_row(0, "MATCHED"), trade_row(1), trade_row(9)]
    assert len([k for k, _ in told(desk.look()) if k is K.TRADE]) == 3
    # the engine's watermark is past 0 and 1 now; 1 was final, and its key is gone
    again = told(desk.look(watermark_ns=(T0 + 5) * S))
    assert [n for k, n in again if k is K.TRADE] == [1, 3]
    assert "after" in dict(desk.venue.asked[-1].query)
    desk.venue.trades[0] = trade_row(0)  # at last
    assert [n for k, n in told(desk.look(watermark_ns=(T0 + 5) * S)) if k is K.TRADE] == [1, 3]
    assert [n for k, n in told(desk.look(watermark_ns=(T0 + 5) * S)) if k is K.TRADE] == [3]
    assert dict(desk.venue.asked[-1].query)["after"] == str(T0 + 4)


def test_what_is_older_than_what_was_asked_for_is_not_told() -> None:
    desk = Desk()
    desk.venue.trades = [trade_row(4), trade_row(5)]
    look = desk.look(watermark_ns=(T0 + 5) * S)  # the venue gives that of the second before too
    assert [n for k, n in told(look) if k is K.TRADE] == [2]


def test_after_a_restart_what_may_not_have_settled_is_read() -> None:
    desk = Desk(unsettled_ns=(T0 + 1) * S)
    desk.venue.trades = [trade_row(n) for n in range(3)]
    look = desk.look(watermark_ns=(T0 + 9) * S)
    assert [n for k, n in told(look) if k is K.TRADE] == [2, 3]
    assert [n for k, n in told(desk.look(watermark_ns=(T0 + 9) * S)) if k is K.TRADE] == []


def test_a_final_trade_above_the_watermark_is_told_until_it_is_below() -> None:
    desk = Desk()
    desk.venue.trades = [trade_row(3)]
    for _ in range(2):
        look = desk.look(watermark_ns=(T0 + 3) * S)
        assert [n for k, n in told(look) if k is K.TRADE] == [1]


# ---- what fails


@pytest.mark.parametrize("at", range(8))
@pytest.mark.parametrize("bad", [reply(b"<html>", 502), reply({"error": "x"}, 429), reply(b"{")])
def test_one_reply_that_fails_fails_the_look(at: int, bad: Reply) -> None:
    desk = Desk()
    desk.venue.orders = [order_row(f"0x{n}") for n in range(3)]
    look = desk.reader.look({0: YES}, watermark_ns=0)
    n = 0
    while wanted := look.wants(NOW):
        replies = [bad if n + k == at else desk.venue.reply(w) for k, w in enumerate(wanted)]
        n += len(wanted)
        look.take(replies, NOW)
    assert why(look)
    assert desk.reader.final == set()


@pytest.mark.parametrize(
    "orders, trades, text",
    [
        ([order_row(price="x")], [], "open order could not be read"),
        ([order_row(), order_row(size_matched="1")], [], "twice"),
        ([], [trade_row(), trade_row(0, "FAILED")], "twice"),
    ],
)
def test_what_cannot_be_told_whole_is_not_told(
    orders: list[dict[str, Any]], trades: list[dict[str, Any]], text: str
) -> None:
    desk = Desk()
    desk.venue.orders, desk.venue.trades = orders, trades
    assert text in why(desk.look())


def test_a_trade_that_cannot_be_read_moves_no_watermark() -> None:
    desk = Desk()
    desk.venue.trades = [trade_row(0, "ODD"), trade_row(1)]
    look = desk.look()
    assert look.answer is not None
    assert said(look.answer)[-1].venue_time_ns == 0
    assert desk.channel.notes() == ["unknown"]


def test_pages_without_end() -> None:
    look = Desk().reader.look({}, watermark_ns=0)
    look.wants(NOW)
    look.take(
        [reply({"data": [], "next_cursor": "MA=="}), reply({"data": [], "next_cursor": "LTE="})],
        NOW,
    )
    assert "without end" in why(look)


def test_replies_are_one_each() -> None:
    look = Desk().reader.look({}, watermark_ns=0)
    look.wants(NOW)
    with pytest.raises(ValueError, match="1 replies to 2 requests"):
        look.take([reply({})], NOW)


PAGES = st.fixed_dictionaries(
    {"data": st.lists(JSON_VALUES, max_size=2), "next_cursor": st.sampled_from(["LTE=", "x"])}
)


@settings(max_examples=200, deadline=None)
@given(
    bodies=st.lists(JSON_VALUES | PAGES, min_size=1, max_size=4),
    changes=st.dictionaries(st.sampled_from([*ORDER, *TRADE]), JSON_VALUES, max_size=3),
)
def test_no_value_raises(bodies: list[Any], changes: dict[str, Any]) -> None:
    desk = Desk()
    look = desk.reader.look({0: YES}, watermark_ns=0)
    rows = {"data": [order_row() | changes], "next_cursor": "LTE="}
    bodies = [rows, rows, {"balance": "1"}, {"balance": "2"}, rows, rows, *bodies]
    n = 0
    while not look.over:
        wanted = look.wants(NOW)
        look.take([reply(bodies[min(n + k, len(bodies) - 1)]) for k in range(len(wanted))], NOW)
        n += len(wanted)
    if look.answer is not None:
        assert said(look.answer)[-1].kind == K.RECONCILED
