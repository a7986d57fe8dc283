"""What to ask Gamma for markets and events, and its answers as values (PROTOCOL facts, section 6).

Pages go by a cursor: `next_cursor` is on full pages only, and `offset` is refused by the venue, so
it cannot be asked for here. An answer is data: whatever it holds, reading it gives a Page, with a
note for each object that was left out. Owns the limits of requests and pages. Touches no socket.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import msgspec

from clobstep import units
from clobstep.venue import clob_metadata, gamma, wire
from clobstep.venue.gamma_details import NAMES, Names
from clobstep.venue.market_info import WAY_OUT, Fields, MarketInfo
from clobstep.venue.notes import Note
from clobstep.venue.rest.request import Request

MARKETS_LIMIT: Final = 100  # of the venue
EVENTS_LIMIT: Final = 500
PAGE_BYTES: Final = 64 << 20  # 500 events of a page with up to 100 markets each come near it
PAGE_MARKETS: Final = 50_000
PAGE_NOTES: Final = 100  # the rest is counted
CURSOR_LIMIT: Final = 4_096  # characters
TEXT_LIMIT: Final = 300  # of a note
_CONDITION: Final = re.compile(r"0x[0-9a-fA-F]{1,64}")
_SLUG: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,255}")
_DIGITS: Final = re.compile(r"[0-9]{1,20}")
_ORDER: Final = re.compile(r"[A-Za-z0-9_,]{1,100}")


class Filters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to ask for; what is not given is not asked. Volume and liquidity are whole pUSD.

    `closed` is always sent where it is given: the defaults of the two listings differ.
    """

    closed: bool | None = None
    slugs: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()  # markets only
    tokens: tuple[str, ...] = ()  # markets only
    tag_id: str = ""
    tag_slug: str = ""
    end_after_ns: int | None = None
    end_before_ns: int | None = None
    min_volume: int | None = None
    min_liquidity: int | None = None
    uma_status: str = ""
    order: str = ""
    ascending: bool | None = None


class EventInfo(NamedTuple):
    """An event: what its markets share, and whether all of them could be read."""

    id: str
    slug: str
    title: str
    cluster: str | None
    neg_risk: bool | None
    augmented: bool | None
    conditions: tuple[str, ...]
    complete: bool


class Page(NamedTuple):
    """An answer. `cursor` "": there is no more. Not `readable`: it was no page, see `notes`."""

    markets: tuple[MarketInfo, ...] = ()
    events: tuple[EventInfo, ...] = ()
    cursor: str = ""
    notes: tuple[Note, ...] = ()
    readable: bool = True


# ---- requests


def markets_request(filters: Filters, *, cursor: str = "", limit: int = MARKETS_LIMIT) -> Request:
    """GET /markets/keyset. ValueError for a limit or a name that the venue would refuse."""
    query = _query(filters, limit, MARKETS_LIMIT, cursor)
    query += [("condition_ids", _named(_CONDITION, "condition", c)) for c in filters.conditions]
    query += [("clob_token_ids", _token(t)) for t in filters.tokens]
    query += [("slug", _named(_SLUG, "slug", s)) for s in filters.slugs]
    return Request("GET", "/markets/keyset", tuple(query))


def events_request(filters: Filters, *, cursor: str = "", limit: int = EVENTS_LIMIT) -> Request:
    """GET /events/keyset, whose events hold their markets. ValueError as for markets."""
    if filters.conditions or filters.tokens:
        raise ValueError("conditions: events cannot be asked for by them; ask for markets")
    query = _query(filters, limit, EVENTS_LIMIT, cursor)
    query += [("slug", _named(_SLUG, "slug", s)) for s in filters.slugs]
    return Request("GET", "/events/keyset", tuple(query))


def event_request(event_id: str) -> Request:
    """GET /events/{id}: one event with its full list of markets, closed ones too."""
    return Request("GET", f"/events/{_named(_DIGITS, 'event', event_id)}")


def event_slug_request(slug: str) -> Request:
    """GET /events/slug/{slug}."""
    return Request("GET", f"/events/slug/{_named(_SLUG, 'slug', slug)}")


def clob_request(condition: str) -> Request:
    """GET /clob-markets/{condition_id}, at the CLOB's host."""
    return Request("GET", f"/clob-markets/{_named(_CONDITION, 'condition', condition)}")


def _query(filters: Filters, limit: int, most: int, cursor: str) -> list[tuple[str, str]]:
    if not 1 <= limit <= most:
        raise ValueError(f"limit: {limit} is not in 1..{most}, which is what the venue gives")
    if len(cursor) > CURSOR_LIMIT:
        raise ValueError(f"cursor: it has more than {CURSOR_LIMIT} characters")
    query = [("limit", str(limit))]
    if cursor:
        query.append(("after_cursor", cursor))
    for name, flag in (("closed", filters.closed), ("ascending", filters.ascending)):
        if flag is not None:
            query.append((name, "true" if flag else "false"))
    for name, given, shape in (
        ("tag_id", filters.tag_id, _DIGITS),
        ("tag_slug", filters.tag_slug, _SLUG),
        ("uma_resolution_status", filters.uma_status, _SLUG),
        ("order", filters.order, _ORDER),
    ):
        if given:
            query.append((name, _named(shape, name, given)))
    for name, time_ns in (
        ("end_date_min", filters.end_after_ns),
        ("end_date_max", filters.end_before_ns),
    ):
        if time_ns is not None:
            query.append((name, f"{units.format_time(time_ns)[:19]}Z"))
    for name, number in (
        ("volume_num_min", filters.min_volume),
        ("liquidity_num_min", filters.min_liquidity),
    ):
        if number is not None:
            query.append((name, str(number)))
    return query


def _named(shape: re.Pattern[str], field: str, text: str) -> str:
    if not shape.fullmatch(text):
        raise ValueError(f"{field}: {wire.show(text)} is none; {shape.pattern} is one")
    return text


def _token(text: str) -> str:
    if not (text.isascii() and text.isdigit() and len(text) <= 78):
        raise ValueError(f"token: {wire.show(text)} is no token id: at most 78 decimal digits")
    return text


# ---- answers


class _Reader:
    """One page being read: its markets by condition, and what had to be left out."""

    def __init__(self, names: Names, file: str) -> None:
        self.names = names
        self.file = file
        self.markets: dict[str, MarketInfo] = {}
        self.events: list[EventInfo] = []
        self.notes: list[Note] = []
        self.left_out = 0

    def note(self, kind: str, text: str) -> None:
        self.left_out += 1
        if len(self.notes) < PAGE_NOTES:
            self.notes.append(Note(kind, text[:TEXT_LIMIT]))

    def market(self, value: Any, place: str, event: gamma.Event | None) -> str:
        """Read a market; its condition, "" if it had to be left out."""
        if not isinstance(value, dict):
            self.note("market", f"{place}: {wire.show(value)} is no object")
            return ""
        try:
            info = gamma.market(
                Fields(value, self.file, place), event, names=self.names, strict=False
            )
        except (ValueError, ArithmeticError, RecursionError) as error:  # MarketsError is one
            self.note("market", f"left out: {_short(error)}")
            return ""
        if len(self.markets) >= PAGE_MARKETS:
            self.note("size", f"{place}: left out, the page has more than {PAGE_MARKETS} markets")
            return ""
        if info.condition in self.markets:
            self.note("twice", f"{place}: {info.condition} again: the first counts")
            return info.condition
        self.markets[info.condition] = info
        return info.condition

    def event(self, value: dict[str, Any], place: str) -> None:
        """Read an event and its markets."""
        f = Fields(value, self.file, place)
        try:
            event = gamma.event(f)
            title = f.text("title")[:TEXT_LIMIT]
            markets = f.items("markets") or []
        except (ValueError, RecursionError) as error:
            self.note("event", f"left out: {_short(error)}")
            return
        found = [
            self.market(one, f"{place}, market {n}", event) for n, one in enumerate(markets, 1)
        ]
        conditions = tuple(dict.fromkeys(c for c in found if c))
        self.events.append(
            EventInfo(
                event.id,
                event.slug,
                title,
                event.cluster,
                event.neg_risk,
                event.augmented,
                conditions,
                complete=bool(conditions) and all(found),
            )
        )

    def one(self, value: Any, place: str) -> None:
        """Read whatever stands in a list."""
        if isinstance(value, dict) and "markets" in value and "conditionId" not in value:
            self.event(value, place)
        else:
            self.market(value, place, None)

    def page(self, cursor: str = "") -> Page:
        if self.left_out > len(self.notes):
            more = self.left_out - len(self.notes)
            self.notes.append(Note("size", f"{more} more objects were left out or twice"))
        return Page(tuple(self.markets.values()), tuple(self.events), cursor, tuple(self.notes))


def read_page(raw: bytes, *, names: Names = NAMES, file: str = "gamma") -> Page:
    """Any answer of Gamma: a page, a list, an event or a market. Never raises."""
    value, why = _decoded(raw)
    if why:
        return Page(notes=(Note("page", why),), readable=False)
    reader = _Reader(names, file)
    if isinstance(value, list):
        for number, one in enumerate(value, 1):
            reader.one(one, f"number {number}")
        return reader.page()
    if not isinstance(value, dict):
        return _no_page(f"it is {wire.show(value)}, no object")
    kind = next((k for k in ("events", "markets") if isinstance(value.get(k), list)), "")
    if "conditionId" in value or (kind == "markets" and "id" in value):
        reader.one(value, "the answer")
        return reader.page()
    if not kind:
        return _no_page(f"it has no list of events or markets, but {_keys(value)}")
    for number, one in enumerate(value[kind], 1):
        reader.one(one, f"{kind} {number}")
    cursor = value.get("next_cursor") or ""
    if not isinstance(cursor, str) or len(cursor) > CURSOR_LIMIT:
        reader.note("cursor", f"next_cursor {wire.show(cursor)} is none: the pages end here")
        cursor = ""
    return reader.page(cursor)


def read_pages(raw: bytes, *, names: Names = NAMES, file: str = "gamma") -> Iterator[Page]:
    """The pages of a file: one in all, or one a line as `lines` joins them."""
    whole = read_page(raw, names=names, file=file)
    lines = [line for line in raw.split(b"\n") if line.strip()]
    if whole.readable or len(lines) < 2:
        yield whole
        return
    for number, line in enumerate(lines, 1):
        yield read_page(line, names=names, file=f"{file}, line {number}")


def lines(pages: list[bytes]) -> bytes:
    """Pages as they came, one a line: in JSON a line's end can only stand between values."""
    return b"".join(page.replace(b"\r", b" ").replace(b"\n", b" ") + b"\n" for page in pages)


def read_clob(raw: bytes, condition: str, *, names: Names = NAMES) -> tuple[MarketInfo | None, str]:
    """The answer to `clob_request`, or None and why it cannot be used. Never raises."""
    value, why = _decoded(raw)
    if why:
        return None, why
    if not isinstance(value, dict):
        return None, f"it is {wire.show(value)}, no object"
    given = dict(value)
    given.setdefault("c", condition)  # the path names it; the answer may not
    try:
        info = clob_metadata.short(Fields(given, "clob-markets", condition), names)
    except (ValueError, ArithmeticError, RecursionError) as error:
        return None, _short(error)[:TEXT_LIMIT]
    if info.condition.lower() != condition.lower():
        return None, f"it is of condition {wire.show(info.condition)}, not of {condition}"
    return info, ""


def _decoded(raw: bytes) -> tuple[Any, str]:
    if len(raw) > PAGE_BYTES:
        return None, f"it has {len(raw)} bytes, more than {PAGE_BYTES}"
    try:
        return wire.decode(raw), ""
    except wire.WireError as error:
        return None, f"no JSON: {str(error)[:TEXT_LIMIT]}; it begins {wire.show(raw[:60])}"


def _short(error: Exception) -> str:
    """An error without the way out that is for files written by hand."""
    return str(error).removesuffix(f"; {WAY_OUT}")


def _no_page(why: str) -> Page:
    return Page(notes=(Note("page", why[:TEXT_LIMIT]),), readable=False)


def _keys(value: dict[str, Any]) -> str:
    return ", ".join(wire.show(key) for key in list(value)[:8]) or "nothing"
