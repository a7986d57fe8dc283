"""The check of the market channel: an open line proves nothing, a book of each token must come.

Owns no connection beyond its own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import numpy as np
import trio

from clobstep.enums import EventKind
from clobstep.live.checks.result import FailError, Result, passed
from clobstep.live.checks.site import Site
from clobstep.live.market_socket import MOST_TOKENS, said
from clobstep.live.wire_socket import WireError, WireSocket
from clobstep.venue.market import MarketCodec

CLOSED: Final = "the venue closes the line: ask again; does a proxy between cut WebSockets?"


@asynccontextmanager
async def opened(site: Site, name: str) -> AsyncIterator[WireSocket]:
    """A connection to one of the sockets' hosts. Errors: FailError."""
    try:
        socket = await WireSocket.connect(getattr(site.hosts, name), timeout_s=site.wait_s)
    except WireError as error:
        raise FailError(str(error), f"see the check of hosts.{name}") from None
    try:
        yield socket
    finally:
        await socket.aclose()


async def market_socket(site: Site) -> Result:
    """Subscribe to the markets, and wait for the book of each token and for a PONG."""
    names = site.names()
    tokens = range(min(names.n_tokens, MOST_TOKENS))
    codec = MarketCodec(names, strangers=False)
    assets = [asset for token in tokens if (asset := names.asset(token)) is not None]
    silent, changes, pong = set(tokens), 0, False
    began_ns = site.clock.now_ns()
    async with opened(site, "market_ws") as socket:
        open_ms, book_ms = site.since_ms(began_ns), 0.0
        try:
            words = {"type": "market", "custom_feature_enabled": True, "initial_dump": True}
            await socket.send_text(said(assets_ids=assets, level=2, **words))
            await socket.send_text(b"PING")
            with trio.move_on_after(site.wait_s):
                while silent or not pong:
                    frames = await socket.receive()
                    pong |= b"PONG" in frames
                    told = codec.decode_many(frames, site.clock.now_ns())
                    books = told["token"][told["kind"] == EventKind.BOOK_SNAPSHOT]
                    silent -= set(np.unique(books).tolist())
                    changes += int(np.count_nonzero(told["kind"] == EventKind.BOOK_DELTA))
                    book_ms = book_ms or (site.since_ms(began_ns) if not silent else 0.0)
        except WireError as error:
            raise FailError(f"subscribed, then: {error}", CLOSED) from None
    figures = {
        "open_ms": open_ms, "books_ms": book_ms, "tokens": len(assets), "silent": len(silent),
        "changes": changes, "pong": pong,
    }  # fmt: skip
    if silent:
        raise FailError(
            f"subscribed, and no book of {len(silent)} of {len(assets)} tokens came in "
            f"{site.wait_s:g} s",
            "the venue is silent: ask again; a market that is new or closed has no book",
            figures=figures,
        )
    if not pong:
        raise FailError(
            f"the books came, and no PONG in {site.wait_s:g} s: the line is half open",
            "ask again; does a proxy between cut WebSockets?",
            figures=figures,
        )
    return passed(
        f"open in {open_ms} ms, the books of {len(assets)} tokens after {book_ms} ms",
        figures=figures,
    )
