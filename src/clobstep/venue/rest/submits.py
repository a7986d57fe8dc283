"""Orders sent, one or up to 15 in a request, and what the answer says of each.

An order was taken if its own part says success, no error, **our** hash, and live, matched or
delayed; a word less is no proof, and it is looked up (SUBMIT_UNKNOWN). In a batch each part is
judged alone, by its place; where the places cannot be believed (another number of parts, or a part
that names an order of another place) only a part that names an order by its hash says anything.

Making and taking amounts are decimal text, without fees: what we gave and what we got. The matched
size in the order's unit is what we gave (shares sold, or pUSD of a FAK or FOK BUY), but what we got
of a BUY in shares. If a whole number fits the order only when counted in millionths, it is that, as
the venue's OpenAPI page has it; what fits in neither way is not known.
Owns nothing; never raises on what a venue sends.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from clobstep.effects import Effect
from clobstep.enums import AcceptStatus, EventKind, Flag, Reject, Side, Tif
from clobstep.events import Event
from clobstep.venue import user_words, wire
from clobstep.venue.notes import Note
from clobstep.venue.rest.answer import Answer, answer, raw_note, value_of
from clobstep.venue.rest.errors import Outcome, Verdict, classify, of_text, seconds, venue_events
from clobstep.venue.rest.request import Auth, Lane, Reply, Request
from clobstep.venue.user import MATCH_DUST

MOST_ORDERS: Final = 15
_STATUSES: Final = {
    "live": AcceptStatus.RESTING,
    "matched": AcceptStatus.MATCHED,
    "delayed": AcceptStatus.DELAYED,
    "unmatched": AcceptStatus.UNMATCHED,
}


class Sent(NamedTuple):
    """An order that left: what its answer is compared with. `original` is in its own unit."""

    order_id: int
    order_hash: str
    side: Side
    tif: Tif
    original: int

    @property
    def by_cash(self) -> bool:
        return self.side is Side.BUY and self.tif in (Tif.FAK, Tif.FOK)


def sent(effect: Effect, order_hash: str) -> Sent:
    """The order of a SUBMIT effect, under the hash that it was signed to."""
    made = Sent(effect.order_id, order_hash, Side(effect.side), Tif(effect.code), effect.size)
    return made._replace(original=effect.amount) if made.by_cash else made


def submit_request(bodies: Sequence[bytes]) -> Request:
    """POST /order or /orders. A body is the JSON of one signed entry.

    ValueError for no body, or more than 15.
    """
    if not 1 <= len(bodies) <= MOST_ORDERS:
        raise ValueError(f"bodies: {len(bodies)} orders; a request takes 1 to {MOST_ORDERS}")
    if len(bodies) == 1:
        return Request("POST", "/order", (), bodies[0], Auth.L2, Lane.SUBMIT)
    return Request("POST", "/orders", (), b"[" + b",".join(bodies) + b"]", Auth.L2, Lane.SUBMIT)


def submit_events(
    orders: Sequence[Sent], reply: Reply, time_ns: int, *, batch_id: int = 0
) -> Answer:
    """One ACCEPTED, REJECTED or SUBMIT_UNKNOWN an order, in their order, then VENUE if it is told.

    `batch_id` is another for each request: the rejects of one request count once for the breaker.
    """
    batch = batch_id if len(orders) > 1 else 0
    verdict = classify(reply)
    if verdict.outcome is not Outcome.OK:
        found = [_refusal(order, verdict, batch) for order in orders]
        notes = [] if verdict.note is None else [verdict.note]
        return _stamped(found, venue_events(verdict, time_ns), notes, time_ns)
    try:
        parts = _parts(value_of(reply.body), len(orders))
    except wire.WireError as error:
        note = raw_note(
            "malformed", f"HTTP {reply.status}, no answer of orders: {error}", reply.body
        )
        return _stamped([_unknown(order) for order in orders], [], [note], time_ns)
    return _each(orders, parts, reply.body, time_ns, batch)


def _parts(data: Any, n: int) -> list[Any]:
    if isinstance(data, dict) and n == 1:
        return [data]
    if isinstance(data, list):
        return data
    raise wire.WireError("neither an order's answer nor a list of them")


def _each(orders: Sequence[Sent], parts: list[Any], raw: bytes, time_ns: int, batch: int) -> Answer:
    hashes = [_text(part, "orderID", "orderId").lower() for part in parts]
    ours = [order.order_hash.lower() for order in orders]
    placed = len(parts) == len(orders) and all(
        named == own or named not in ours for named, own in zip(hashes, ours, strict=True)
    )
    notes = []
    if not placed:
        why = f"{len(parts)} answers to {len(orders)} orders, not each in its place"
        notes.append(raw_note("conflict", why, raw))
    found, states = [], {}
    counts = Counter(hashes)
    for k, order in enumerate(orders):
        if placed:
            part = parts[k]
        elif counts[ours[k]] == 1:
            part = parts[hashes.index(ours[k])]
        else:
            found.append(_unknown(order))
            continue
        event, verdict, note = _one(order, part, batch)
        found.append(event)
        if note is not None:
            notes.append(note)
        if verdict is not None:
            states.update({e.code: e for e in venue_events(verdict, time_ns)})
    return _stamped(found, list(states.values()), notes, time_ns)


def _one(order: Sent, part: Any, batch: int) -> tuple[Event, Verdict | None, Note | None]:
    """What one part of the answer says of its order."""
    if not isinstance(part, dict):
        return _unknown(order), None, Note("malformed", f"an answer that is {wire.show(part)}")
    text = _text(part, "errorMsg", "error")
    named = _text(part, "orderID", "orderId").lower()
    word = user_words.plain(_text(part, "status").upper()).lower()
    is_ours = named != "" and named == order.order_hash.lower()
    silent = all(part.get(name) in ("", None) for name in ("errorMsg", "error"))
    if part.get("success") is True and silent and is_ours and word in _STATUSES:
        return _accepted(order, part, _STATUSES[word])
    if named and not is_ours:
        return _unknown(order), None, _conflict("an answer with another order's hash", part)
    if text and not _may_be_taken(part, word):
        verdict = of_text(200, text, _text(part, "code"))
        verdict = verdict._replace(retry_after_ns=seconds(part.get("retry_after_seconds")))
        if verdict.reject is not Reject.OTHER or not named or part.get("success") is False:
            return _refusal(order, verdict, batch), verdict, verdict.note
    return _unknown(order), None, _conflict("an answer that neither takes nor refuses", part)


def _may_be_taken(part: dict[str, Any], word: str) -> bool:
    """Whether something beside the error says that the order lives or was matched."""
    listed = any(part.get(name) for name in ("tradeIDs", "transactionsHashes"))
    amounts = any(_text(part, name).strip("0.") for name in ("makingAmount", "takingAmount"))
    return listed or amounts or word in _STATUSES


def _accepted(
    order: Sent, part: dict[str, Any], status: AcceptStatus
) -> tuple[Event, Verdict | None, Note | None]:
    size, known, note = _matched(order, part, status)
    event = Event(
        kind=EventKind.ACCEPTED,
        order_id=order.order_id,
        code=status,
        size=size,
        flags=int(Flag.SIZE_KNOWN) if known else 0,
    )
    return event, None, note


def _matched(
    order: Sent, part: dict[str, Any], status: AcceptStatus
) -> tuple[int, bool, Note | None]:
    """The matched size in the order's unit, whether it is known, and what is odd about it."""
    name = "makingAmount" if order.side is Side.SELL or order.by_cash else "takingAmount"
    value = part.get(name)
    if value is None or value == "":
        return 0, status in (AcceptStatus.RESTING, AcceptStatus.DELAYED), None
    most = order.original + MATCH_DUST
    try:
        size = wire.size(value)
    except wire.WireError as error:
        return 0, False, _conflict(f"{name}: {error}", part)
    if size > most:
        micros = size // 1_000_000 if size % 1_000_000 == 0 else most + 1
        if micros > most:
            return 0, False, _conflict(f"{name}: more than was ordered", part)
        return micros, True, Note("rounded", f"{name} {wire.show(value)} taken as millionths")
    if size == 0 and status is AcceptStatus.MATCHED:
        return 0, False, _conflict(f"matched, and {name} is 0", part)
    return size, True, None


def _refusal(order: Sent, verdict: Verdict, batch: int) -> Event:
    if verdict.reject is None:
        return _unknown(order)
    return Event(
        kind=EventKind.REJECTED, order_id=order.order_id, code=verdict.reject, amount=batch
    )


def _unknown(order: Sent) -> Event:
    return Event(kind=EventKind.SUBMIT_UNKNOWN, order_id=order.order_id)


def _stamped(found: list[Event], after: list[Event], notes: Sequence[Note], time_ns: int) -> Answer:
    return answer([*(event._replace(time_ns=time_ns) for event in found), *after], notes)


def _text(part: Any, *names: str) -> str:
    """The first of these fields that holds text; "" where none does."""
    values = [part.get(name) for name in names] if isinstance(part, dict) else []
    return next((v for v in values if isinstance(v, str) and v), "")


def _conflict(why: str, part: dict[str, Any]) -> Note:
    return Note("conflict", f"{why}: {wire.show(part) if len(part) > 40 else _shown(part)}")


def _shown(part: dict[str, Any]) -> str:
    return ", ".join(f"{wire.show(k)}: {wire.show(v)}" for k, v in part.items())
