"""Replies to look-ups: typed values, or `Failed`, which says why and whether to ask again.

A decoder never raises on what a venue sends, and never gives half of a value: a page whose next
cursor is missing, an order under another hash, a balance that is no number are all Failed.
Owns nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple, TypeVar

import msgspec

from clobstep import units
from clobstep.enums import MAX_SIZE, NO_TOKEN, EventKind
from clobstep.events import Event
from clobstep.venue import clob_metadata, wire
from clobstep.venue.market import Events, MarketCodec
from clobstep.venue.market_info import Fields, MarketInfo, MarketsError
from clobstep.venue.notes import Note
from clobstep.venue.rest.answer import BODY_LIMIT, raw_note, value_of
from clobstep.venue.rest.errors import Outcome, Verdict, classify
from clobstep.venue.rest.request import Reply
from clobstep.venue.rest.requests import LAST_CURSOR

V = TypeVar("V")
_MOST_DIGITS: Final = 78  # of an allowance: 2^256 - 1


class Failed(NamedTuple):
    """No value. `again`: whether the same question may be answered later."""

    why: str
    verdict: Verdict  # of the reply; VENUE events come from it
    note: Note
    again: bool = True


class Page(NamedTuple):
    """Rows of a page, each as it was written, and where the next begins."""

    rows: tuple[bytes, ...]
    next_cursor: str

    @property
    def is_last(self) -> bool:
        return self.next_cursor == LAST_CURSOR


class Balance(NamedTuple):
    """Micro-pUSD or microshares, and what each contract may move of it."""

    amount: int
    allowances: dict[str, int]


class Beat(NamedTuple):
    """`next_id` is the id to send next; not `taken`: at once, the deadline has not moved."""

    next_id: str
    taken: bool


class Geoblock(NamedTuple):
    blocked: bool
    country: str
    region: str


class _RawPage(msgspec.Struct):
    data: list[msgspec.Raw]
    next_cursor: str


_PAGE: Final = msgspec.json.Decoder(_RawPage)


def page(reply: Reply) -> Page | Failed:
    """A page of GET /data/orders or /data/trades. Without a next cursor it is not whole."""
    verdict = classify(reply)
    if verdict.outcome is not Outcome.OK:
        return _failed(reply, verdict)
    try:
        if len(reply.body) > BODY_LIMIT:
            raise ValueError(f"{len(reply.body)} bytes")
        found = _PAGE.decode(reply.body)
        rows = tuple(bytes(row) for row in found.data)
        if not found.next_cursor or not all(row.lstrip()[:1] == b"{" for row in rows):
            raise ValueError("its next_cursor is empty, or a row is no object")
    except (ValueError, RecursionError) as error:
        return _unread(reply, verdict, f"it is no page: {error}")
    return Page(rows, found.next_cursor)


def order(reply: Reply, order_hash: str) -> bytes | Failed | None:
    """The order of GET /data/order/{hash}, as it was written; None when the venue has none.

    The venue has none when it says 404 in its own words ("not found"), or answers with nothing.
    """
    verdict = classify(reply)
    if reply.status == 404 and "not found" in verdict.text.lower():
        return None
    if verdict.outcome is not Outcome.OK:
        return _failed(reply, verdict)
    if reply.body.strip() in (b"", b"null", b"{}", b'""'):
        return None
    try:
        data = value_of(reply.body)
        named = data.get("id") if isinstance(data, dict) else None
        if not isinstance(named, str) or named.lower() != order_hash.lower():
            raise wire.WireError(f"it is of {wire.show(named)}, not of {order_hash}")
    except wire.WireError as error:
        return _unread(reply, verdict, str(error))
    return reply.body


def balance(reply: Reply) -> Balance | Failed:
    """GET /balance-allowance: whole numbers of millionths, or decimals."""
    return _value(reply, _balance)


def server_time(reply: Reply) -> int | Failed:
    """GET /time in nanoseconds; whole seconds on the wire."""
    return _value(reply, lambda data: _above_0(wire.time_ns(_inner(data, "time"))))


def version(reply: Reply) -> int | Failed:
    """GET /version: of the exchange that orders are signed for."""
    return _value(reply, lambda data: _above_0(wire.whole(_field(data, "version"))))


def tick_size(reply: Reply) -> int | Failed:
    """GET /tick-size in pips."""
    return _value(reply, lambda data: int(_tick(_field(data, "minimum_tick_size"))))


def neg_risk(reply: Reply) -> bool | Failed:
    """GET /neg-risk."""
    return _value(reply, lambda data: _flag(_field(data, "neg_risk")))


def market(reply: Reply, condition: str) -> MarketInfo | Failed:
    """GET /clob-markets/{condition}."""
    return _value(reply, lambda data: _market(data, condition))


def closed_only(reply: Reply) -> bool | Failed:
    """GET /auth/ban-status/closed-only."""
    return _value(reply, lambda data: _flag(_field(data, "closed_only")))


def geoblock(reply: Reply) -> Geoblock | Failed:
    """GET of the geoblock address. The machine's own address in it is not kept."""
    return _value(reply, _geoblock)


def beat(reply: Reply) -> Beat | Failed:
    """POST /v1/heartbeats. A wrong id is answered with the one that was expected."""
    if reply.status == 400:
        try:
            data = value_of(reply.body)
            return Beat(_text(data, "heartbeat_id"), taken=False)
        except wire.WireError:
            return _failed(reply, classify(reply))
    return _value(reply, lambda data: Beat(_text(data, "heartbeat_id"), taken=True))


def book_events(codec: MarketCodec, reply: Reply, time_ns: int) -> Events | Failed:
    """BOOK_SNAPSHOT events of GET /book or POST /books: a book message without its type.

    A view that is valid until the codec's next call. What is no book is not read at all.
    """
    found = _value(reply, _books)
    return found if isinstance(found, Failed) else codec.decode(reply.body, time_ns)


def balance_event(
    amount: int, time_ns: int, *, token: int = NO_TOKEN, generation: int = 0
) -> Event:
    """BALANCE of cash, or of a token."""
    event = Event(kind=EventKind.BALANCE, time_ns=time_ns, token=token, generation=generation)
    return event._replace(amount=amount) if token == NO_TOKEN else event._replace(size=amount)


def oldest_first(rows: Iterable[bytes]) -> list[bytes]:
    """Rows of trades by when they were matched; those of one time stay as they were."""
    return sorted(rows, key=_match_time)


# ---- inside


def _match_time(row: bytes) -> int:
    """When a trade was matched, as exactly as is said; 0 where it cannot be read."""
    try:
        data = wire.decode(row)
        exact = data.get("match_time_nano") or data.get("match_time")
        return wire.time_ns(exact)
    except (wire.WireError, AttributeError):
        return 0


def _value(reply: Reply, read: Callable[[Any], V]) -> V | Failed:
    verdict = classify(reply)
    if verdict.outcome is not Outcome.OK:
        return _failed(reply, verdict)
    try:
        return read(value_of(reply.body))
    except (wire.WireError, units.UnitError, MarketsError, TypeError) as error:
        return _unread(reply, verdict, str(error))


def _failed(reply: Reply, verdict: Verdict) -> Failed:
    # Of a request that changes nothing it does not matter whether it was executed.
    said = f"{verdict.text!a}" if verdict.outcome is Outcome.UNKNOWN else verdict.why
    why = f"HTTP {reply.status}: {said}" if reply.status else f"no reply: {reply.why}"
    note = verdict.note or raw_note("failed", why, reply.body)
    again = verdict.is_later or verdict.outcome is Outcome.UNKNOWN
    return Failed(why, verdict, note, again)


def _unread(reply: Reply, verdict: Verdict, why: str) -> Failed:
    return Failed(why, verdict, raw_note("malformed", f"HTTP {reply.status}: {why}", reply.body))


def _field(data: Any, name: str) -> Any:
    if not isinstance(data, dict) or name not in data:
        raise wire.WireError(f"{name} is missing")
    return data[name]


def _inner(data: Any, name: str) -> Any:
    """A bare value, or the field of an object."""
    return _field(data, name) if isinstance(data, dict) else data


def _text(data: Any, name: str) -> str:
    value = _field(data, name)
    if not isinstance(value, str) or len(value) > 200:
        raise wire.WireError(f"{name} is {wire.show(value)}")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise wire.WireError(f"{wire.show(value)} is neither true nor false")
    return value


def _above_0(value: int | None) -> int:
    if value is None or value <= 0:
        raise wire.WireError(f"{wire.show(value)} is not above 0")
    return value


def _tick(value: Any) -> int:
    return units.parse_tick(wire.decimal_text(value))


def _micros(value: Any) -> int:
    """A balance: the venue writes millionths as whole numbers; with a point they are decimals."""
    found = wire.whole(value)
    found = wire.size(value) if found is None else found
    if found > MAX_SIZE:
        raise wire.WireError(f"balance {wire.show(value)} is larger than the engine takes")
    return found


def _balance(data: Any) -> Balance:
    allowed = data.get("allowances") if isinstance(data, dict) else None
    named = allowed if isinstance(allowed, dict) else {}
    read = {spender: wire.whole(amount) for spender, amount in named.items()}
    return Balance(
        _micros(_field(data, "balance")),
        {s: a for s, a in read.items() if a is not None and a < 10**_MOST_DIGITS},
    )


def _market(data: Any, condition: str) -> MarketInfo:
    if not isinstance(data, dict):
        raise wire.WireError("it is no object")
    info = clob_metadata.short(Fields({"c": condition} | data, "/clob-markets", condition))
    if info.condition != condition:
        raise wire.WireError(f"it is of {wire.show(info.condition)}, not of {condition}")
    return info


def _geoblock(data: Any) -> Geoblock:
    where = [data.get(name) for name in ("country", "region")] if isinstance(data, dict) else []
    country, region = (v if isinstance(v, str) else "" for v in (*where, "", "")[:2])
    return Geoblock(_flag(_field(data, "blocked")), country, region)


def _books(data: Any) -> bool:
    books = data if isinstance(data, list) else [data]
    for one in books:
        sides = [one.get(name) for name in ("bids", "asks")] if isinstance(one, dict) else [None]
        if not all(isinstance(side, list) for side in sides) or "event_type" in one:
            raise wire.WireError("it is no book, nor a list of them")
    return True
