"""The engine of a session at any event, and a picture of it in plain words and numbers.

Owns: how a state is reached (the last snapshot before, then the events up to there) and what of it
is shown. Decimals are text, so that a picture can be written as JSON without losing a digit.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, closing
from typing import Any, Final, TypeAlias, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from clobstep import Engine
from clobstep.core import EFFECT_DTYPE, Account
from clobstep.enums import (
    BreakerState,
    FeedState,
    OrderState,
    RequestState,
    SessionState,
    Side,
    Tif,
    VenueState,
)
from clobstep.replay import _loop
from clobstep.session.format import SessionError
from clobstep.session.reader import Session
from clobstep.session.series import Series
from clobstep.units import format_cash, format_price, format_size, format_time

Array = NDArray[np.void]
LEVELS: Final = 10  # of each side of a ladder that are shown
_ROOM: Final = 16_384  # effects of one turn


T = TypeVar("T")
Recorded: TypeAlias = Session | Series
"""What is replayed: a session file, or the parts of one as one."""


def given_back(found: Iterator[T]) -> AbstractContextManager[Iterator[T]]:
    """Close a generator that may not be read to its end, while its session is still open."""
    return closing(cast("Generator[T, None, None]", found))


def at_begin(session: Recorded) -> Engine:
    """An engine before the first event of this file: a fresh one, or the last part's end.

    Raises SessionError where a later part of a series lacks the snapshot it begins with.
    """
    if not session.begins_at:
        return Engine(session.manifest.engine_config())
    found = session.snapshot_before(session.begins_at)
    if found is None or found[0] != session.begins_at:
        raise SessionError(
            f"{session.path}: it begins after event {session.begins_at} and lacks the snapshot "
            "of that event; replay the series from its first part"
        )
    return restored(session, found[2])


def restored(session: Recorded, snapshot: bytes) -> Engine:
    """An engine of a recorded snapshot. Raises SessionError for one it cannot be made of."""
    try:
        return Engine.restore(snapshot)
    except ValueError as error:
        raise SessionError(f"{session.path}: {error}") from None


def forward(session: Recorded, engine: Engine, seq: int) -> None:
    """Step the engine to event `seq`, which lies ahead of it."""
    out: Array = np.zeros(max(_ROOM, engine.effects_needed), EFFECT_DTYPE)
    none, chains = np.zeros(0, np.int64), np.zeros(0, np.uint64)
    with given_back(session.events(engine.seq)) as chunks:
        for chunk in chunks:
            part = chunk[: seq - engine.seq]
            while len(part):
                taken, _, _ = _loop.run(engine, part, out, none, chains, 0)
                part = part[taken:]
            if engine.seq >= seq:
                break


def at(session: Recorded, seq: int) -> Engine:
    """The engine after event `seq`, from the last recorded snapshot before it."""
    found = session.snapshot_before(seq)
    if found is None or found[0] < session.begins_at:
        engine = at_begin(session)
    else:
        engine = restored(session, found[2])
    forward(session, engine, seq)
    return engine


def records(session: Recorded, after: int, last: int) -> Iterator[bytes]:
    """The records of the events after `after` up to `last`."""
    seq = after
    with given_back(session.events(after)) as chunks:
        for chunk in chunks:
            for found in chunk[: last - seq]:
                yield found.tobytes()
            seq += len(chunk)
            if seq >= last:
                return


def effects(session: Recorded, first: int, last: int) -> Iterator[np.void]:
    """The recorded effects of events `first` to `last`."""
    with given_back(session.effects(first)) as parts:
        for part in parts:
            upto = int(np.searchsorted(part["seq"], last, side="right"))
            yield from part[:upto]
            if upto < len(part):
                return


def event(session: Recorded, seq: int) -> bytes:
    """The record of event `seq`. Raises SessionError for a number that there is not."""
    if session.begins_at < seq <= session.last_seq:
        with given_back(records(session, seq - 1, seq)) as found:
            return next(found)
    raise SessionError(
        f"{session.path}: there is no event {seq}; "
        f"it has {session.begins_at + 1} to {session.last_seq}"
    )


def recorded(session: Recorded, seq: int) -> dict[str, Any]:
    """The state as the recording itself knows it: its last snapshot at or before `seq`."""
    found = session.snapshot_before(seq)
    if found is None:
        return {"seq": None, "why": f"no snapshot was recorded at or before event {seq}"}
    return picture(session, restored(session, found[2]))


def names(session: Recorded) -> dict[int, str]:
    """What each market is called, by even token: its slug, else its question, else its ids."""
    found = {}
    for market in session.manifest.markets:
        text = market.get("slug") or market.get("question") or market.get("condition")
        found[int(market["token"])] = str(text or market.get("yes") or "")
    return found


def picture(session: Recorded, engine: Engine, *, levels: int = LEVELS) -> dict[str, Any]:
    """Everything a person would look at: books, open orders, ledger. Plain JSON types."""
    view = engine.view
    called = names(session)
    tokens = range(0, engine.config.tokens, 2)
    return {
        "seq": engine.seq,
        "time": format_time(view.now_ns),
        "chain": f"{engine.chain:016x}",
        "session": SessionState(view.session).name,
        "venue": VenueState(view.venue).name,
        "halted": view.halted,
        "books": [book(engine, token, called.get(token, ""), levels) for token in tokens],
        "orders": [_order(engine, order_id) for order_id in view.orders()],
        "ledger": list(_ledger(engine)),
    }


def book(engine: Engine, token: int, name: str, levels: int = LEVELS) -> dict[str, Any]:
    """The ladder of a condition as its even token sees it, best first."""
    view = engine.view
    market = view.market(token)
    bids = view.levels(token, Side.BUY)
    asks = view.levels(token, Side.SELL)
    return {
        "token": token,
        "name": name,
        "feed": FeedState(market.feed).name,
        "tick": format_price(market.tick_pips) if market.known else None,
        "resolved": market.resolved,
        "breaker": BreakerState(market.breaker).name,
        "n_bids": len(bids),
        "n_asks": len(asks),
        "bids": [[format_price(p), format_size(s)] for p, s in bids[:levels]],
        "asks": [[format_price(p), format_size(s)] for p, s in asks[:levels]],
    }


def _order(engine: Engine, order_id: int) -> dict[str, Any]:
    order = engine.view.order(order_id)
    assert order is not None
    return {
        "order": order.order_id,
        "state": OrderState(order.state).name,
        "request": RequestState(order.request).name,
        "token": order.token,
        "side": Side(order.side).name,
        "tif": Tif(order.tif).name,
        "price": format_price(order.price_pips),
        "original": format_size(order.original),
        "filled": format_size(order.filled),
        "leaves": format_size(order.leaves),
        "reserved": format_size(order.reserved),
    }


def _ledger(engine: Engine) -> Iterator[dict[str, Any]]:
    """Cash, and every token that holds anything."""
    view = engine.view
    accounts: list[tuple[str, Account, Callable[[int], str]]] = [("cash", view.cash, format_cash)]
    for token in range(engine.config.tokens):
        account = view.token(token)
        if any(account):
            accounts.append((f"token {token}", account, format_size))
    for what, account, text in accounts:
        yield {"account": what, **{name: text(n) for name, n in account._asdict().items()}}
