"""live-check: it passes at the venue, and each step fails when its part is broken."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from clobstep.enums import VenueState
from clobstep.live.orders.checks import sending
from clobstep.secret import Secret
from clobstep.venue.rest.request import Auth, Request
from clobstep.venue.signing.signer import Signer
from clobstep_sim.server.accounts import FIRST
from clobstep_sim.server.asking import Answer, Ask
from clobstep_sim.server.gamma import Gamma
from clobstep_sim.server.reads import Reads
from live.checks_room import ELSEWHERE, OTHER, Checked, Checks, run

STEPS = [
    "markets", "gamma fields", "market socket", "clock", "credentials", "login", "wallet",
    "user socket", "account", "order built", "order sent",
]  # fmt: skip
SENT = ["seen by REST", "seen on the user socket", "cancelled", "nothing is left"]


async def plain(made: Checks) -> Checked:
    return await made.live_check()


async def sent(made: Checks) -> Checked:
    made.site.may_send = True
    return await made.live_check()


def orders_of(made: Checks) -> Any:
    return made.running.venue.exchange.open_orders(FIRST)


def test_without_send_an_order_is_signed_and_nothing_leaves(tmp_path: Path) -> None:
    async def body(made: Checks) -> tuple[Checked, Any]:
        return await made.live_check(), made.site.calls.counters

    found, counters = run(tmp_path, body)
    assert [one.name for one in found.results] == STEPS
    assert (found.failed, found.skipped) == ([], ["order sent"])
    assert not [name for name in counters if name.startswith(("submit", "cancel"))]
    figures = found["order built"].figures
    assert figures["maker_amount"] == figures["size"] * figures["price_pips"] // 10_000
    assert figures["taker_amount"] == figures["size"]
    assert figures["exchange"] == "0xE111180000d2663C0091e4f400237545B87B996B"
    assert figures["order_hash"] in found["order built"].reason
    assert str(figures["maker_amount"]) in found["order built"].reason


@pytest.mark.parametrize("given", [{}, {"neg_risk_markets": 2}, {"v3_markets": 2}], ids=str)
def test_with_send_it_is_seen_and_cancelled_and_nothing_is_left(
    tmp_path: Path, given: dict[str, int]
) -> None:
    async def body(made: Checks) -> tuple[Checked, Any]:
        return await sent(made), orders_of(made)

    found, left = run(tmp_path, body, **given)
    assert [one.name for one in found.results] == [*STEPS, *SENT]
    assert (found.failed, found.skipped) == ([], [])
    assert not left


@pytest.mark.parametrize("kind", [1, 2, 3])
def test_each_kind_of_wallet_signs(tmp_path: Path, kind: int) -> None:
    async def body(made: Checks) -> Checked:
        made.configure(signature_type=kind, funder=ELSEWHERE)
        return await sent(made)

    found = run(tmp_path, body)
    assert found.failed == []
    assert found["order built"].figures["maker"] == ELSEWHERE
    assert found["order built"].figures["signature_type"] == kind


def test_without_a_key_what_needs_one_is_skipped(tmp_path: Path) -> None:
    found = run(tmp_path, plain, key=None)
    assert found.failed == []
    assert found.skipped == [name for name in STEPS if name not in STEPS[:4]]
    assert "keys derive" in found["credentials"].fix


def test_a_wrong_key(tmp_path: Path) -> None:
    async def body(made: Checks) -> Checked:
        made.site.signer = Signer(Secret(OTHER))
        return await made.live_check()

    found = run(tmp_path, body)
    assert found.failed == ["credentials"]
    assert "the key is of 0x" in found["credentials"].reason
    assert {"login", "user socket", "order built", "order sent"} <= set(found.skipped)


def test_revoked_credentials(tmp_path: Path) -> None:
    async def body(made: Checks) -> Checked:
        await made.live_check()
        reply = await made.site.calls.call(Request("DELETE", "/auth/api-key", auth=Auth.L2))
        assert reply.status == 200
        return await sent(made)

    found = run(tmp_path, body)
    assert found.failed == ["login", "wallet", "user socket", "account", "order sent"]
    assert "Invalid api key" in found["login"].reason
    assert "derive" in found["login"].fix
    assert "the key was shown, then: the peer closed" in found["user socket"].reason


def test_a_signature_type_that_does_not_fit(tmp_path: Path) -> None:
    async def body(made: Checks) -> tuple[Checked, Checked]:
        made.configure(signature_type=0, funder=ELSEWHERE)
        first = await made.live_check()
        made.configure(signature_type=3, funder="")
        return first, await made.live_check()

    of_0, of_3 = run(tmp_path, body)
    assert of_0.failed == of_3.failed == ["wallet", "order built"]
    assert "the key's own address" in of_0["wallet"].reason
    assert "deposit wallet" in of_3["wallet"].reason


def test_the_money_lies_at_another_type(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Reads.balance

    async def balance(self: Reads, ask: Ask) -> Answer:
        if ask.first("signature_type") == "2":
            return await whole(self, ask)
        return Answer(200, {"balance": "0", "allowances": {}})

    monkeypatch.setattr(Reads, "balance", balance)
    found = run(tmp_path, plain)
    assert found.failed == ["wallet"]
    assert "the money lies at 2 (Safe): 1000.00 pUSD" in found["wallet"].reason
    assert "signature_type = 2" in found["wallet"].fix


def test_a_half_open_line(tmp_path: Path) -> None:
    async def body(made: Checks) -> Checked:
        made.running.faults.begin("half_open_every", {"seconds": 600})
        return await made.live_check()

    found = run(tmp_path, body, wait_s=0.5)
    assert found.failed == ["market socket", "user socket"]
    for name in found.failed:
        assert "no PONG" in found[name].reason


def test_a_subscription_that_brings_no_book(tmp_path: Path) -> None:
    async def body(made: Checks) -> Checked:
        made.running.faults.force("no_book_ppm", 1)
        return await made.live_check()

    found = run(tmp_path, body, wait_s=0.5)
    assert found.failed == ["market socket"]
    assert "no book of 1 of 2 tokens came in 0.5 s" in found["market socket"].reason
    assert found["market socket"].figures["pong"] is True


@pytest.mark.parametrize("field", ["orderMinSize", "negRisk", "clobTokenIds", "endDate"])
def test_gamma_without_a_field(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, field: str) -> None:
    whole = Gamma._market

    def market(self: Gamma, number: int) -> dict[str, Any]:
        return {key: value for key, value in whole(self, number).items() if key != field}

    monkeypatch.setattr(Gamma, "_market", market)

    async def body(made: Checks) -> Checked:
        made.follow(slugs=["market-0-1"])
        return await made.live_check()

    found = run(tmp_path, body)
    assert "gamma fields" in found.failed
    assert found["gamma fields"].figures["missing"] == [field]
    assert f"{field} (of market-0-1)" in found["gamma fields"].reason


def test_gamma_is_down(tmp_path: Path) -> None:
    async def body(made: Checks) -> Checked:
        made.running.faults.begin("gamma_down_every", {"seconds": 600})
        return await made.live_check()

    found = run(tmp_path, body)
    assert found.failed == ["markets"]
    assert "HTTP 503" in found["markets"].reason
    assert {"gamma fields", "market socket", "order built"} <= set(found.skipped)


@pytest.mark.parametrize("minutes, word", [(-5, "ahead of"), (5, "behind")])
def test_a_clock_that_is_minutes_off(tmp_path: Path, minutes: int, word: str) -> None:
    """Private requests carry the venue's time, so they work; a person is told all the same."""
    found = run(tmp_path, sent, start_ns=time.time_ns() + minutes * 60 * 10**9)
    assert found.failed == ["clock"]
    assert word in found["clock"].reason
    assert abs(found["clock"].figures["ahead_s"]) > 290
    assert "NTP" in found["clock"].fix


def test_an_order_that_is_refused(tmp_path: Path) -> None:
    async def body(made: Checks) -> Checked:
        made.running.faults.begin("storm_every", {"seconds": 600, "reason": "BALANCE"})
        return await sent(made)

    found = run(tmp_path, body)
    assert found.failed == ["order sent"]
    assert "refused: 'not enough balance" in found["order sent"].reason
    assert found["order sent"].fix
    assert [one.name for one in found.results][-2:] == ["order sent", "nothing is left"]


@pytest.mark.parametrize("executed", [True, False])
def test_an_answer_that_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, executed: bool
) -> None:
    async def body(made: Checks) -> tuple[Checked, Any]:
        made.running.faults.force("error_ppm", 1)
        monkeypatch.setattr(made.running.faults, "coin", lambda: not executed)
        return await sent(made), orders_of(made)

    found, left = run(tmp_path, body)
    assert found.failed == ["order sent"]
    assert "not known what became of it" in found["order sent"].reason
    assert ("gone after" in found["cancelled"].reason) is executed
    assert not left


def test_a_user_socket_that_does_not_tell_of_the_order(tmp_path: Path) -> None:
    async def body(made: Checks) -> tuple[Checked, Any]:
        made.running.sockets._tell_user = lambda one: None  # type: ignore[method-assign]
        return await sent(made), orders_of(made)

    found, left = run(tmp_path, body, wait_s=0.5)
    assert found.failed == ["seen on the user socket", "cancelled"]
    assert "no PLACEMENT of it in 0.5 s" in found["seen on the user socket"].reason
    assert not left


def test_an_order_that_cannot_be_cancelled_is_said_to_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "CANCEL_S", 1.0)
    seen = sending._seen

    async def body(made: Checks) -> tuple[Checked, Any]:
        async def then_throttled(*args: Any) -> Any:
            found = await seen(*args)
            made.running.venue.exchange.set_state(int(VenueState.DISABLED))
            return found

        monkeypatch.setattr(sending, "_seen", then_throttled)
        return await sent(made), orders_of(made)

    found, left = run(tmp_path, body)
    assert found.failed == ["cancelled", "nothing is left"]
    assert "it is not proven that 0x" in found["cancelled"].reason
    assert "cancel-all" in found["cancelled"].fix
    assert len(left) == 1


def test_money_that_moved_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = sending._seen

    async def body(made: Checks) -> Checked:
        async def then_other(*args: Any) -> Any:
            made.running.faults.begin("balance_lie_every", {"seconds": 600})
            return await seen(*args)

        monkeypatch.setattr(sending, "_seen", then_other)
        return await sent(made)

    found = run(tmp_path, body)
    assert found.failed == ["nothing is left"]
    assert "1000.00 pUSD before" in found["nothing is left"].reason


def test_no_order_is_made_where_it_could_be_matched(tmp_path: Path) -> None:
    async def body(made: Checks) -> Checked:
        low = {"bids": [{"price": "0.02", "size": "9"}], "asks": []}
        made.running.venue.books.summary = lambda token: low  # type: ignore[method-assign]
        return await made.live_check()

    found = run(tmp_path, body, wait_s=0.3)
    assert "order built" in found.skipped
    assert "far from the lowest price" in found["order built"].reason


@pytest.mark.parametrize(
    "field, value, said",
    [
        ("neg_risk", True, "would be signed for the wrong exchange"),
        ("tick_size", "0.001", "tick: Gamma says 0.01 of market-0-1, the CLOB 0.001"),
        ("bids", [{"price": "high"}], "GET /book is no book"),
    ],
)
def test_a_book_that_contradicts_gamma(
    tmp_path: Path, field: str, value: object, said: str
) -> None:
    async def body(made: Checks) -> Checked:
        books = made.running.venue.books
        whole = books.summary
        books.summary = lambda token: whole(token) | {field: value}  # type: ignore[method-assign]
        made.site.may_send = True
        return await made.live_check()

    found = run(tmp_path, body, wait_s=0.3)
    assert "order built" in found.failed
    assert said in found["order built"].reason
    assert "order sent" in found.skipped


def test_no_secret_is_in_what_is_said(tmp_path: Path) -> None:
    async def body(made: Checks) -> tuple[Checked, list[str]]:
        found = await sent(made)
        return found, [part.reveal() for part in made.site.shown]

    found, secrets = run(tmp_path, body)
    told = repr(found.results)
    assert len(secrets) == 3
    assert not [secret for secret in secrets if secret in told]
