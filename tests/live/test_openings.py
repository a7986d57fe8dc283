"""What an account holds when a session begins: told only when all of its trades could be read."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import trio
import trio.testing

from clobstep import events
from clobstep.enums import EventKind
from clobstep.live.books import Books
from clobstep.live.clock import SECOND, Clock
from clobstep.live.inbox import Inbox
from clobstep.live.orders.start import openings
from clobstep.venue.interning import Interning
from clobstep.venue.market import MarketCodec
from clobstep.venue.rest.account import AccountReader
from clobstep.venue.rest.request import Reply, Request
from clobstep.venue.user import UserCodec

START_NS = 1_780_012_800_000_000_000
CONDITION, FUNDER, OWNER = "0x" + "01" * 32, "0x" + "ab" * 20, "our-key"


def trade(status: str, age_s: int) -> dict[str, Any]:
    return {
        "id": "t1", "taker_order_id": "0x" + "11" * 32, "market": CONDITION, "asset_id": "111",
        "side": "BUY", "size": "10", "price": "0.5", "status": status, "owner": OWNER,
        "maker_address": FUNDER, "match_time": str(START_NS // SECOND - age_s),
        "trader_side": "TAKER", "maker_orders": [], "outcome": "Yes", "fee_rate_bps": "0",
    }  # fmt: skip


class Account:
    """Answers reads with what it holds; `trades` are what the readings show, the last stays."""

    def __init__(self, *trades: list[dict[str, Any]]) -> None:
        self.trades = list(trades)
        self.said: list[str] = []

    async def call(self, request: Request) -> Reply:
        if request.path == "/balance-allowance":
            amount = "7000000" if ("asset_type", "COLLATERAL") in request.query else "0"
            return Reply(200, msgspec.json.encode({"balance": amount, "allowances": {}}))
        rows: list[dict[str, Any]] = []
        if request.path == "/data/trades":
            rows = self.trades.pop(0) if len(self.trades) > 1 else self.trades[0]
        return Reply(200, msgspec.json.encode({"data": rows, "next_cursor": "LTE="}))

    def opened(self) -> tuple[list[events.Event], float]:
        """The OPENING events, and after how many seconds."""

        async def main() -> tuple[list[events.Event], float]:
            clock, names, began = Clock(start_ns=START_NS), Interning(), trio.current_time()
            names.pair(CONDITION, "111", "222")
            reader = AccountReader(UserCodec(names, owner=OWNER, funder=FUNDER), signature_type=0)
            raw = await openings(
                self.call, reader, {0: "111", 1: "222"}, clock, clock.now_ns,
                mids=lambda _: None, say=self.said.append,
            )  # fmt: skip
            found = [events.unpack(raw[k : k + 64]) for k in range(0, len(raw), 64)]
            return found, trio.current_time() - began

        return trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


def test_a_quiet_account_opens_at_once_as_of_now() -> None:
    found, took_s = Account([trade("CONFIRMED", 60)]).opened()
    assert [(e.kind, e.amount, e.venue_time_ns) for e in found] == [
        (EventKind.OPENING, 7_000_000, START_NS)
    ]
    assert took_s == 0


def test_a_trade_that_cannot_be_read_is_waited_for() -> None:
    """Opened without it, the session would begin in 1970 and book every old trade again."""
    strange = [trade("CLEARING_WITH_THE_MOON", 60)]
    account = Account(strange, strange, [trade("CONFIRMED", 60)])
    found, took_s = account.opened()
    assert [e.venue_time_ns for e in found] == [START_NS + 5 * SECOND]
    assert took_s == 5
    assert len(account.trades) == 1
    assert account.said == ["a trade of the last hour cannot be read; the account is read again"]


@pytest.mark.parametrize("body", [b"null", b"7", b"true", b"{}", b"[]", b"[null]", b"no JSON"])
def test_books_that_are_none_tell_no_top(body: bytes) -> None:
    """Then what is held counts as bought at 1; the session begins all the same."""

    async def answers(_: Request) -> Reply:
        return Reply(200, body)

    async def main() -> None:
        names, notes = Interning(), []
        names.pair(CONDITION, "111", "222")
        books = Books(answers, MarketCodec(names), Inbox(), Clock(), note=notes.append)
        assert await books.look((0, 1)) == {}
        assert len(notes) == (body == b"no JSON")

    trio.run(main)
