"""Gamma and the CLOB's metadata over HTTP: within the venue's rates, with bounded patience.

Metadata may be asked for again without harm, so a failure is tried again with growing pauses; the
draws come from the generator that is given. An answer that is no page counts as a failure too.
Owns the rates, the pauses and the counters. What an answer says is `clobstep.venue.gamma_pages`.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import aclosing
from email.utils import parsedate_to_datetime
from typing import Final, NamedTuple, TypeVar, cast

import httpx
import msgspec
import trio

from clobstep import __version__
from clobstep.live.http import BROKEN, packing
from clobstep.venue import gamma_pages
from clobstep.venue.gamma_details import NAMES, Names
from clobstep.venue.gamma_pages import EventInfo, Filters, Page
from clobstep.venue.hosts import Hosts
from clobstep.venue.market_info import MarketInfo
from clobstep.venue.notes import Note
from clobstep.venue.rest.request import Request

R = TypeVar("R")
WINDOW_S: Final = 10  # of the venue's limits (PROTOCOL facts, 2.6)
RATES: Final = {"/events": 500, "/markets": 300, "/clob-markets": 1_000, "": 4_000}  # a window
CHUNK: Final = 40  # conditions of a request: more make an address of more than 4 kB
AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
EVENTS_AT_ONCE: Final = 100  # of at most 500: some have a hundred markets, and a page must arrive
MOST_PAGES: Final = 1_000


class GammaError(Exception):
    """Metadata that could not be had, after all tries; says what was asked and what came."""

    def __init__(self, text: str, status: int = 0) -> None:
        super().__init__(text)
        self.status = status


class Patience(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often and for how long one request is tried. Pauses double from the first to the most."""

    tries: int = 5
    answer_s: float = 20.0  # for a whole answer
    first_pause_s: float = 0.5
    most_pause_s: float = 30.0
    most_retry_after_s: float = 120.0  # what the venue may ask for; longer is a failure at once


class Found(NamedTuple):
    """All pages of a listing as one. `raw`: the pages as they came. Not `whole`: cut off."""

    page: Page
    raw: tuple[bytes, ...]
    whole: bool


class Bucket:
    """So many requests in a window of the venue, a tenth of them at once, whoever asks."""

    def __init__(self, requests: int, window_s: float = WINDOW_S) -> None:
        self._gap_s = window_s / (0.9 * requests)
        self._ahead_s = self._gap_s * (max(1, requests // 10) - 1)
        self._due = -float("inf")

    async def take(self) -> float:
        """Wait for a turn; the seconds waited."""
        now = trio.current_time()
        self._due = max(self._due, now)
        wait = self._due - self._ahead_s - now
        self._due += self._gap_s
        if wait > 0:
            await trio.sleep(wait)
        return max(wait, 0.0)


def new_client() -> httpx.AsyncClient:
    """A client for metadata: nothing of the environment comes between, nothing is redirected."""
    return httpx.AsyncClient(
        headers={"user-agent": f"clobstep/{__version__}", "accept-encoding": "identity"},
        http2=True,
        trust_env=False,
        follow_redirects=False,
    )


class GammaFetcher:
    """Asks for metadata. `counters`: requests, retries, failures, notes, waited_ms.

    `client` is closed by who made it. `max_bytes` bounds the body of an answer.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        hosts: Hosts,
        *,
        rng: random.Random,
        patience: Patience | None = None,
        names: Names = NAMES,
        max_bytes: int = gamma_pages.PAGE_BYTES,
    ) -> None:
        self._client = client
        self._hosts = hosts
        self._rng = rng
        self._patience = Patience() if patience is None else patience
        self._names = names
        self._max_bytes = max_bytes
        self._buckets = {start: Bucket(rate) for start, rate in RATES.items()}
        self.counters: Counter[str] = Counter()

    async def event(self, event_id: str) -> tuple[Page, bytes]:
        """An event with its full list of markets, and the answer as it came. Errors: GammaError."""
        return await self._page(gamma_pages.event_request(event_id))

    async def event_by_slug(self, slug: str) -> tuple[Page, bytes]:
        """As `event`, by its slug."""
        return await self._page(gamma_pages.event_slug_request(slug))

    async def markets(
        self,
        filters: Filters,
        *,
        most: int = 100_000,
        progress: Callable[[int], None] | None = None,
    ) -> Found:
        """Markets by filters, at most so many. Errors: GammaError, ValueError for a filter."""

        def ask(cursor: str) -> Request:
            limit = min(most, gamma_pages.MARKETS_LIMIT)
            return gamma_pages.markets_request(filters, cursor=cursor, limit=limit)

        return await self._pages(ask, most, progress)

    async def events(
        self,
        filters: Filters,
        *,
        most: int = 100_000,
        progress: Callable[[int], None] | None = None,
    ) -> Found:
        """Events with their markets, at most so many markets; else as `markets`."""

        def ask(cursor: str) -> Request:
            limit = min(most, EVENTS_AT_ONCE)
            return gamma_pages.events_request(filters, cursor=cursor, limit=limit)

        return await self._pages(ask, most, progress)

    async def by_condition(self, conditions: Iterable[str]) -> Found:
        """These markets, open or closed: the listing shows closed ones only when asked for them.

        What is not in the answer is not known to Gamma. Errors: GammaError, ValueError.
        """
        wanted = list(dict.fromkeys(conditions))
        markets: dict[str, MarketInfo] = {}
        notes: list[Note] = []
        raws: list[bytes] = []
        for closed in (False, True):
            missing = [c for c in wanted if c not in markets]
            for some in _chunks(missing, CHUNK):
                filters = Filters(conditions=tuple(some), closed=closed)
                page, raw = await self._page(gamma_pages.markets_request(filters))
                raws.append(raw)
                markets |= {i.condition: i for i in page.markets if i.condition in some}
                notes += page.notes
        page = Page(tuple(markets.values()), notes=tuple(notes))
        return Found(page, tuple(raws), len(markets) == len(wanted))

    async def clob(self, condition: str) -> MarketInfo:
        """What the CLOB says of a market. Errors: GammaError, ValueError for no condition id."""
        request = gamma_pages.clob_request(condition)

        def read(body: bytes) -> tuple[MarketInfo | None, str]:
            return gamma_pages.read_clob(body, condition, names=self._names)

        info, _ = await self._ask(request, self._hosts.clob, read)
        return info

    async def _pages(
        self,
        ask: Callable[[str], Request],
        most: int,
        progress: Callable[[int], None] | None,
    ) -> Found:
        """Page after page until there is no cursor, enough, or one that was seen already."""
        markets: dict[str, MarketInfo] = {}
        events: list[EventInfo] = []
        notes: list[Note] = []
        raws: list[bytes] = []
        cursor, seen = "", {""}
        for _ in range(MOST_PAGES):
            page, raw = await self._page(ask(cursor))
            raws.append(raw)
            for info in page.markets:
                markets.setdefault(info.condition, info)
            events += page.events
            notes += page.notes
            if progress is not None:
                progress(min(len(markets), most))
            cursor = page.cursor
            if not cursor or len(markets) >= most:
                break
            if cursor in seen:
                notes.append(Note("cursor", "a cursor came twice: the pages end here"))
                break
            seen.add(cursor)
        else:
            notes.append(Note("cursor", f"more than {MOST_PAGES} pages: the rest was not read"))
        found = tuple(markets.values())[:most]
        whole = not cursor and len(found) == len(markets)
        return Found(Page(found, tuple(events), cursor, tuple(notes)), tuple(raws), whole)

    async def _page(self, request: Request) -> tuple[Page, bytes]:
        def read(body: bytes) -> tuple[Page | None, str]:
            page = gamma_pages.read_page(body, names=self._names)
            return (page, "") if page.readable else (None, page.notes[0].text)

        page, raw = await self._ask(request, self._hosts.gamma, read)
        self.counters["notes"] += len(page.notes)
        return page, raw

    async def _ask(
        self, request: Request, base: str, read: Callable[[bytes], tuple[R | None, str]]
    ) -> tuple[R, bytes]:
        """One answer that can be read, within the patience. Errors: GammaError."""
        patience = self._patience
        bucket = self._buckets[next(s for s in RATES if request.path.startswith(s))]
        why, status = "", 0
        for number in range(1, patience.tries + 1):
            self.counters["waited_ms"] += int(1000 * await bucket.take())
            self.counters["requests"] += 1
            pause: float | None = None
            try:
                with trio.fail_after(patience.answer_s):
                    status, pause, body = await self._once(request, base)
            except trio.TooSlowError:
                status, why = 0, f"no whole answer in {patience.answer_s:g} s"
            except (*BROKEN, httpx.InvalidURL) as error:
                status, why = 0, f"{type(error).__name__}: {str(error)[:200]}"
            else:
                found, why = read(body) if status == 200 else (None, _said(status, body))
                if found is not None:
                    return found, body
                if status not in (200, *AGAIN):
                    break
            if number == patience.tries or (pause or 0) > patience.most_retry_after_s:
                break
            self.counters["retries"] += 1
            await trio.sleep(self._pause(number) if pause is None else pause)
        self.counters["failures"] += 1
        raise GammaError(f"GET {base}{request.path}: {why} (try {number})", status)

    async def _once(self, request: Request, base: str) -> tuple[int, float | None, bytes]:
        """Status, the pause that the venue asks for, and the body."""
        async with self._client.stream(
            request.method, base.rstrip("/") + request.path, params=request.query or None
        ) as response:
            parts: list[bytes] = []
            size = 0
            if packed := packing(response):
                raise httpx.DecodingError(f"packed by {packed}, which was not asked for")
            whole = cast("AsyncGenerator[bytes, None]", response.aiter_bytes())
            async with aclosing(whole) as body:
                async for part in body:
                    size += len(part)
                    if size > self._max_bytes:
                        raise httpx.DecodingError(f"it has more than {self._max_bytes} bytes")
                    parts.append(part)
            return response.status_code, _retry_after(response.headers), b"".join(parts)

    def _pause(self, number: int) -> float:
        """Doubled with each try, and shortened by up to a half by a draw."""
        whole = min(self._patience.most_pause_s, self._patience.first_pause_s * 2.0 ** (number - 1))
        return whole * (1 - self._rng.random() / 2)


def _retry_after(headers: httpx.Headers) -> float | None:
    """Seconds, or a date less the answer's own date; None if neither is there or can be read."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        at, now = parsedate_to_datetime(text), parsedate_to_datetime(headers.get("date", ""))
        return max(0.0, (at - now).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return None


def _said(status: int, body: bytes) -> str:
    text = " ".join(body[:400].decode("utf-8", "replace").split())[:160]
    return f"HTTP {status}: {text!a}" if text else f"HTTP {status}"


def _chunks(items: list[str], size: int) -> Iterator[list[str]]:
    for at in range(0, len(items), size):
        yield items[at : at + size]
