"""The order of the check at the venue: sent, seen, cancelled, and nothing left of it.

Five results, so that what failed has a name. Whatever happens after it may have left, it is
cancelled, and if that is not proven the result says so.
Owns the order from its sending to that proof.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import trio

from clobstep import events, units
from clobstep.enums import NO_TOKEN, AcceptStatus, EventKind, TradeStatus
from clobstep.events import Event
from clobstep.live.checks.result import (
    FailError,
    Result,
    SkipError,
    Verdict,
    outcome,
    passed,
    refused,
)
from clobstep.live.clock import SECOND
from clobstep.live.orders.checks.channel import Channel, channel
from clobstep.live.orders.checks.order import Plan
from clobstep.live.orders.checks.site import AccountSite
from clobstep.live.orders.credentials import owner
from clobstep.venue import wire
from clobstep.venue.rest import reads, requests
from clobstep.venue.rest.account import AccountReader
from clobstep.venue.rest.cancels import cancel_events, cancel_request
from clobstep.venue.rest.errors import classify
from clobstep.venue.rest.reads import Failed
from clobstep.venue.rest.submits import sent, submit_events, submit_request
from clobstep.venue.user import UserCodec

SHOWS_S: Final = 5.0  # until a list shows what became of an order
PAUSE_S: Final = 0.25
CANCEL_S: Final = 20.0
YOUNG_NS: Final = 3_600 * SECOND  # older trades are settled, one way or the other
BY_HAND: Final = "cancel it by hand: `clobstep cancel-all`, or at the venue's page"


class Look(NamedTuple):
    """The account as of one moment."""

    orders: frozenset[str]  # hashes of what is open
    cash_micros: int
    shares: tuple[tuple[int, int], ...]  # (token, microshares) of what is held
    trades: int  # of the last hour
    unsettled: int


async def look(site: AccountSite) -> Look:
    """Orders, trades and balances that belong together. Errors: FailError, SkipError."""
    calls, names = site.calls, site.names()
    codec = UserCodec(names, owner=owner(site.shown), funder=site.funder)
    reader = AccountReader(codec, signature_type=site.config.account.signature_type)
    assets = {t: a for t in range(names.n_tokens) if (a := names.asset(t)) is not None}
    one = reader.look(assets, watermark_ns=max(0, calls.venue_now_ns() - YOUNG_NS))
    while wanted := one.wants(calls.venue_now_ns()):
        one.take([await calls.call(request) for request in wanted], site.clock.now_ns())
    if isinstance(one.failed, Failed):
        raise refused("reading the account", one.failed)
    if one.answer is None:
        raise FailError(f"the account was not read: {one.failed}", "ask again")
    raw = one.answer.events
    found = [events.unpack(raw[k : k + 64]) for k in range(0, len(raw), 64)]
    return _look(found, names.order_hash)


def _look(found: list[Event], hash_of: Callable[[int], str | None]) -> Look:
    balances = [e for e in found if e.kind == EventKind.BALANCE]
    trades = [e for e in found if e.kind == EventKind.TRADE]
    settled = (TradeStatus.CONFIRMED, TradeStatus.FAILED)
    return Look(
        frozenset(str(hash_of(e.order_id)) for e in found if e.kind == EventKind.FOUND),
        sum(e.amount for e in balances if e.token == NO_TOKEN),
        tuple((e.token, e.size) for e in balances if e.token != NO_TOKEN and e.size),
        len(trades),
        sum(e.code not in settled for e in trades),
    )


async def account(site: AccountSite) -> Result:
    """The account can be read as a whole: two readings that agree, with balances between them."""
    found = await look(site)
    return passed(
        f"{len(found.orders)} open orders, {found.trades} trades of the last hour "
        f"({found.unsettled} not settled), {units.format_cash(found.cash_micros)} pUSD, shares of "
        f"{len(found.shares)} tokens: two readings agree",
        figures={"orders": len(found.orders), "cash_micros": found.cash_micros}
        | {"trades": found.trades, "unsettled": found.unsettled, "tokens": len(found.shares)},
    )


async def send(site: AccountSite) -> list[Result]:
    """Send it, see it, cancel it, and compare the account with before."""
    if not site.may_send:
        raise SkipError("nothing was sent", "with --send this order is sent and cancelled")
    plan = site.plan
    if plan is None:
        raise SkipError("there is no order to send", "see the check of the order")
    before = await look(site)
    results: list[Result] = []
    async with channel(site) as heard:
        may_rest = False
        try:
            may_rest = await _send(site, plan, results)
            if results[-1].verdict is Verdict.PASS:
                results.append(await outcome(_seen(site, plan), "seen by REST"))
                results.append(_heard(await _told(site, plan, heard, "PLACEMENT"), "PLACEMENT"))
        finally:
            if may_rest or not results:
                with trio.CancelScope(shield=True, deadline=trio.current_time() + CANCEL_S):
                    results.append(await outcome(_cancel(site, plan, heard), "cancelled"))
    results.append(await outcome(_same(site, before), "nothing is left"))
    return results


async def _send(site: AccountSite, plan: Plan, results: list[Result]) -> bool:
    """Whether it may rest now."""
    order = sent(plan.effect, plan.made.order_hash)
    began_ns = site.clock.now_ns()
    reply = await site.calls.call(submit_request([plan.made.body]))
    took_ms = site.since_ms(began_ns)
    answer = submit_events([order], reply, site.clock.now_ns())
    event = events.unpack(answer.events[:64])
    if event.kind == EventKind.ACCEPTED:
        status = AcceptStatus(event.code).name
        ok = event.code == AcceptStatus.RESTING
        said = f"accepted, {status}, in {took_ms} ms"
        verdict = Verdict.PASS if ok else Verdict.FAIL
        fix = "" if ok else "it should rest; it is cancelled"
        results.append(Result(verdict, said, fix, {"answer_ms": took_ms}, "order sent"))
        return True
    found = classify(reply)
    row = found.row
    said = f"{found.text!a}" if found.text else "; ".join(note.text for note in answer.notes)[:300]
    why = f"{said or reply.status}{': ' + row.cause if row else ''}"
    if event.kind == EventKind.REJECTED:
        fix = row.fix if row else "see the venue's words"
        results.append(Result(Verdict.FAIL, f"refused: {why}", fix, {}, "order sent"))
        return False
    fix = "it is looked for and cancelled"
    said = f"it is not known what became of it: {why}"
    results.append(Result(Verdict.FAIL, said, fix, {}, "order sent"))
    return True


async def _seen(site: AccountSite, plan: Plan) -> Result:
    """The venue shows it as live."""
    order_hash, found = plan.made.order_hash, None
    with trio.move_on_after(SHOWS_S):
        while True:
            found = reads.order(
                await site.calls.call(requests.order_request(order_hash)), order_hash
            )
            if isinstance(found, bytes):
                break
            await trio.sleep(PAUSE_S)
    if isinstance(found, Failed):
        raise refused("GET /data/order", found)
    if found is None:
        raise FailError(f"the venue does not show it after {SHOWS_S:g} s", "ask the venue")
    row = wire.decode(found)
    status = str(row.get("status")).removeprefix("ORDER_STATUS_")
    if status != "LIVE":
        raise FailError(f"its status is {status!a}", "it should rest; it is cancelled")
    return passed(f"{status}, {row.get('original_size')} at {row.get('price')}")


async def _told(site: AccountSite, plan: Plan, heard: Channel, kind: str) -> str:
    """ "" once the user socket has said it, else why not."""
    if await heard.told(plan.made.order_hash, kind, site.wait_s):
        return ""
    return heard.problem or f"no {kind} of it in {site.wait_s:g} s"


def _heard(problem: str, kind: str) -> Result:
    name = "seen on the user socket"
    if not problem:
        return Result(Verdict.PASS, f"{kind} of it came", name=name)
    fix = "fills would be heard late, by reading: do not trade until the channel speaks"
    return Result(Verdict.FAIL, problem, fix, name=name)


async def _cancel(site: AccountSite, plan: Plan, heard: Channel) -> Result:
    """Ask until the venue shows it no more; then what the user socket said of it."""
    order_hash, began_ns = plan.made.order_hash, site.clock.now_ns()
    cancelled, said = False, ""
    while True:
        reply = await site.calls.call(cancel_request([order_hash]))
        event = events.unpack(cancel_events({order_hash: 1}, reply, 0).events[:64])
        cancelled |= event.kind == EventKind.CANCEL_ACCEPTED
        said = "" if cancelled else classify(reply).why or "not_canceled"
        if await _is_gone(site, order_hash):
            break
        if trio.current_effective_deadline() - trio.current_time() < 2 * PAUSE_S:
            raise FailError(f"it is not proven that {order_hash} is gone: {said}", BY_HAND)
        await trio.sleep(PAUSE_S)
    took_ms = site.since_ms(began_ns)
    if not cancelled:
        return passed(f"the venue has no such order open: {said}")
    if problem := await _told(site, plan, heard, "CANCELLATION"):
        raise FailError(f"it is gone, and the user socket did not say so: {problem}")
    return passed(f"gone after {took_ms} ms, by REST and on the user socket")


async def _is_gone(site: AccountSite, order_hash: str) -> bool:
    found = reads.page(await site.calls.call(requests.orders_request(order_hash=order_hash)))
    return not isinstance(found, Failed) and not found.rows


async def _same(site: AccountSite, before: Look) -> Result:
    """Orders and balances are what they were."""
    after = await look(site)
    odd = []
    if after.orders != before.orders:
        odd.append(f"{len(before.orders)} open orders before, {len(after.orders)} now")
    if after.cash_micros != before.cash_micros:
        cash = [units.format_cash(one.cash_micros) for one in (before, after)]
        odd.append(f"{cash[0]} pUSD before, {cash[1]} now")
    if after.shares != before.shares:
        odd.append("other shares than before")
    if odd:
        raise FailError("; ".join(odd), "does something else trade with this account?")
    return passed("open orders, cash and shares are what they were")
