"""Cancels, and what the answer says of each order.

`canceled` names what is cancelled, `not_canceled` what is not and why. "Already matched", "not
found" and the like do not say which of the two it was: the order keeps its reservation and is
looked up (MATCHED_OR_GONE). What did not reach the book (425, 429, 503 with a state, no connection)
goes again later (LATER, with the time to wait). An order that is named in neither, or in both, and
every order of an answer that cannot be read, is CANCEL_UNKNOWN.
Owns nothing; never raises on what a venue sends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from clobstep.enums import CancelReason, EventKind
from clobstep.events import Event
from clobstep.venue import wire
from clobstep.venue.interning import Interning
from clobstep.venue.notes import Note
from clobstep.venue.rest.answer import Answer, answer, raw_note, value_of
from clobstep.venue.rest.errors import Outcome, Verdict, classify, of_text, venue_events
from clobstep.venue.rest.request import Auth, Lane, Reply, Request

MOST_CANCELS: Final = 1_000
GONE: Final = ("already", "not found", "matched", "canceled", "cancelled")
"""Any of these in a reason: matched or gone, and which of the two must be looked up."""


def cancel_request(hashes: Sequence[str]) -> Request:
    """DELETE /order or /orders. ValueError for no hash, or more than 1,000."""
    if not 1 <= len(hashes) <= MOST_CANCELS:
        raise ValueError(f"hashes: {len(hashes)} orders; a request takes 1 to {MOST_CANCELS}")
    if len(hashes) == 1:
        return _delete("/order", {"orderID": hashes[0]})
    return _delete("/orders", list(hashes))


def cancel_all_request() -> Request:
    """DELETE /cancel-all: every order of these credentials."""
    return Request("DELETE", "/cancel-all", auth=Auth.L2, lane=Lane.CANCEL)


def cancel_market_request(*, condition: str = "", asset_id: str = "") -> Request:
    """DELETE /cancel-market-orders. ValueError when neither is named: that is cancel-all."""
    body = {k: v for k, v in (("market", condition), ("asset_id", asset_id)) if v}
    if not body:
        raise ValueError("condition, asset_id: name one of them, or use cancel_all_request")
    return _delete("/cancel-market-orders", body)


def cancel_events(asked: Mapping[str, int], reply: Reply, time_ns: int) -> Answer:
    """One answer to each order that was asked for (hash -> order id), then VENUE if it is told."""
    verdict = classify(reply)
    if verdict.outcome is not Outcome.OK:
        return _all(asked, verdict, time_ns)
    try:
        gone, refused = _lists(value_of(reply.body))
    except wire.WireError as error:
        note = raw_note(
            "malformed", f"HTTP {reply.status}, no answer of cancels: {error}", reply.body
        )
        return answer(
            [_event(EventKind.CANCEL_UNKNOWN, order_id, time_ns) for order_id in asked.values()],
            [note],
        )
    found: list[Event] = []
    after: dict[int, Event] = {}
    notes: list[Note] = []
    for order_hash, order_id in asked.items():
        name = order_hash.lower()
        if name in gone and name not in refused:
            found.append(_event(EventKind.CANCEL_ACCEPTED, order_id, time_ns))
        elif name in refused and name not in gone:
            told = of_text(200, refused[name])
            found.append(_refused(order_id, refused[name], told, time_ns))
            after |= {event.code: event for event in venue_events(told, time_ns)}
        else:
            found.append(_event(EventKind.CANCEL_UNKNOWN, order_id, time_ns))
            where = "both" if name in gone else "neither"
            why = f"order {order_hash} is in {where} of canceled and not_canceled"
            notes.append(raw_note("conflict", why, reply.body))
    return answer([*found, *after.values()], notes)


def cancel_all_events(
    interning: Interning, reply: Reply, time_ns: int, *, asked: Mapping[str, int] | None = None
) -> Answer:
    """The answer to cancel-all or cancel-market: of the orders in it that have an id here.

    `asked` are the orders that we hold open in its scope (hash -> order id): each of them gets an
    answer; those that the venue does not name are CANCEL_UNKNOWN.
    """
    named = dict(asked or {})
    if classify(reply).outcome is Outcome.OK:
        try:
            gone, refused = _lists(value_of(reply.body))
        except wire.WireError:
            gone, refused = {}, {}
        known = {order_hash.lower() for order_hash in named}
        for order_hash in [*gone.values(), *refused]:
            order_id = interning.find_order(order_hash)
            if order_id is not None and order_hash.lower() not in known:
                named[order_hash] = order_id
                known.add(order_hash.lower())
    return cancel_events(named, reply, time_ns)


def _delete(path: str, body: object) -> Request:
    return Request("DELETE", path, (), msgspec.json.encode(body), Auth.L2, Lane.CANCEL)


def _lists(data: Any) -> tuple[dict[str, str], dict[str, str]]:
    """(lower case -> hash as written) of what is cancelled, and hash in lower case -> why not."""
    if not isinstance(data, dict):
        raise wire.WireError("it is no object")
    gone, refused = data.get("canceled"), data.get("not_canceled")
    if gone is None and refused is None:
        raise wire.WireError("neither canceled nor not_canceled is there")
    gone, refused = gone or [], refused or {}
    if not isinstance(gone, list) or not isinstance(refused, dict):
        raise wire.WireError("canceled is no list, or not_canceled no object")
    names = {name.lower(): name for name in gone if isinstance(name, str)}
    return names, {k.lower(): v if isinstance(v, str) else "" for k, v in refused.items()}


def _all(asked: Mapping[str, int], verdict: Verdict, time_ns: int) -> Answer:
    if verdict.outcome is Outcome.UNKNOWN:
        found = [_event(EventKind.CANCEL_UNKNOWN, order_id, time_ns) for order_id in asked.values()]
    else:
        found = [_refused(i, verdict.text, verdict, time_ns) for i in asked.values()]
    notes = [] if verdict.note is None else [verdict.note]
    return answer([*found, *venue_events(verdict, time_ns)], notes)


def _refused(order_id: int, text: str, verdict: Verdict, time_ns: int) -> Event:
    """Every reason but LATER leaves it open whether the order lives; the engine looks it up."""
    if verdict.is_later:
        return _event(
            EventKind.CANCEL_REFUSED, order_id, time_ns, CancelReason.LATER, verdict.retry_after_ns
        )
    words = text.lower()
    gone = any(word in words for word in GONE)
    reason = CancelReason.MATCHED_OR_GONE if gone else CancelReason.OTHER
    return _event(EventKind.CANCEL_REFUSED, order_id, time_ns, reason)


def _event(kind: EventKind, order_id: int, time_ns: int, code: int = 0, amount: int = 0) -> Event:
    return Event(kind=kind, order_id=order_id, time_ns=time_ns, code=code, amount=amount)
