"""Builders of what happens to orders: our intents, the venue's answers, fills.

Owns no state. Sizes are shares, but pUSD for a FAK or FOK BUY, which is an order for an amount of
cash; `matched` and `original` are in the same unit, and `matched` None means that the venue did
not say. `at` is our time.
"""

from __future__ import annotations

from clobstep.enums import (
    AcceptStatus,
    CancelReason,
    EventKind,
    Flag,
    FoundStatus,
    Origin,
    Reject,
    Side,
    Tif,
    TradeStatus,
)
from clobstep.events import _fields as f
from clobstep.events._fields import Text, Time

# ---- Intents: what we want


def submit(
    order: int,
    token: int,
    side: Side | str,
    *,
    price: Text,
    at: Time,
    size: Text | None = None,
    amount: Text | None = None,
    tif: Tif | str = Tif.GTC,
    post_only: bool = False,
    expiry: Time = 0,
    turn: int = 0,
    origin: Origin | str = Origin.MAKER_QUOTE,
    generation: int = 0,
) -> bytes:
    """INTENT_SUBMIT: send an order. A FAK or FOK BUY takes `amount` in pUSD, all others `size`.

    Intents of one strategy turn carry the same `turn` (0: none). ValueError when size or amount
    is missing, or the wrong one is given, or for the origin FOREIGN.
    """
    fields = _order(token, side, price, size, amount, tif, expiry, turn, origin, generation)
    fields["flags"] |= Flag.ORDER_POST_ONLY if post_only else 0
    return f.record(EventKind.INTENT_SUBMIT, at, order_id=f.order_id("order", order), **fields)


def replace(
    order: int,
    token: int,
    side: Side | str,
    *,
    replaces: int,
    price: Text,
    at: Time,
    size: Text | None = None,
    amount: Text | None = None,
    tif: Tif | str = Tif.GTC,
    post_only: bool = False,
    overlap: bool = False,
    expiry: Time = 0,
    turn: int = 0,
    origin: Origin | str = Origin.MAKER_QUOTE,
    generation: int = 0,
) -> bytes:
    """INTENT_REPLACE: cancel `replaces` and send this order once it is proven dead.

    With `overlap` it is sent at once and both are reserved. Else as `submit`.
    """
    fields = _order(token, side, price, size, amount, tif, expiry, turn, origin, generation)
    fields["flags"] |= Flag.ORDER_POST_ONLY if post_only else 0
    fields["flags"] |= Flag.ORDER_OVERLAP if overlap else 0
    fields["ref"] = f.order_id("replaces", replaces)
    return f.record(EventKind.INTENT_REPLACE, at, order_id=f.order_id("order", order), **fields)


def cancel(order: int, *, at: Time) -> bytes:
    """INTENT_CANCEL: cancel one order."""
    return f.record(EventKind.INTENT_CANCEL, at, order_id=f.order_id("order", order))


def cancel_market(token: int, *, at: Time, generation: int = 0) -> bytes:
    """INTENT_CANCEL_MARKET: cancel every order of this token's condition."""
    return f.record(
        EventKind.INTENT_CANCEL_MARKET,
        at,
        token=f.token("token", token),
        generation=f.generation(generation),
    )


def cancel_all(*, at: Time) -> bytes:
    """INTENT_CANCEL_ALL: cancel every order."""
    return f.record(EventKind.INTENT_CANCEL_ALL, at)


# ---- Answers and the user channel: what the venue says


def accepted(
    order: int,
    status: AcceptStatus | str = AcceptStatus.RESTING,
    *,
    at: Time,
    matched: Text | None = None,
    venue_time: Time = 0,
) -> bytes:
    """ACCEPTED: the answer to a submit."""
    size, flags = f.known_size(matched)
    return f.record(
        EventKind.ACCEPTED,
        at,
        venue_time=venue_time,
        order_id=f.order_id("order", order),
        code=f.member("status", AcceptStatus, status),
        size=size,
        flags=flags,
    )


def rejected(
    order: int, reason: Reject | str, *, at: Time, batch: int = 0, venue_time: Time = 0
) -> bytes:
    """REJECTED: the answer to a submit; `batch` is shared by the orders of one request."""
    return f.record(
        EventKind.REJECTED,
        at,
        venue_time=venue_time,
        order_id=f.order_id("order", order),
        code=f.member("reason", Reject, reason),
        amount=f.whole("batch", batch, 0, 2**63 - 1),
    )


def submit_unknown(order: int, *, at: Time) -> bytes:
    """SUBMIT_UNKNOWN: a time-out or a 500; it may or may not have executed."""
    return f.record(EventKind.SUBMIT_UNKNOWN, at, order_id=f.order_id("order", order))


def cancel_accepted(
    order: int, *, at: Time, matched: Text | None = None, venue_time: Time = 0
) -> bytes:
    """CANCEL_ACCEPTED: the answer to a cancel."""
    size, flags = f.known_size(matched)
    return f.record(
        EventKind.CANCEL_ACCEPTED,
        at,
        venue_time=venue_time,
        order_id=f.order_id("order", order),
        size=size,
        flags=flags,
    )


def cancel_refused(
    order: int, reason: CancelReason | str, *, at: Time, retry_after: int | str = 0
) -> bytes:
    """CANCEL_REFUSED: the answer to a cancel; `retry_after` such as "2s"."""
    return f.record(
        EventKind.CANCEL_REFUSED,
        at,
        order_id=f.order_id("order", order),
        code=f.member("reason", CancelReason, reason),
        amount=f.duration_ns("retry_after", retry_after),
    )


def cancel_unknown(order: int, *, at: Time) -> bytes:
    """CANCEL_UNKNOWN: a cancel timed out."""
    return f.record(EventKind.CANCEL_UNKNOWN, at, order_id=f.order_id("order", order))


def placed(
    order: int,
    token: int,
    side: Side | str,
    *,
    price: Text,
    original: Text,
    at: Time,
    matched: Text | None = None,
    tif: Tif | str = Tif.GTC,
    venue_time: Time = 0,
    generation: int = 0,
) -> bytes:
    """PLACED: the user channel shows the order on the book."""
    code = f.member("tif", Tif, tif)
    fields = _shown(order, token, side, price, original, matched, generation)
    return f.record(EventKind.PLACED, at, venue_time=venue_time, code=code, **fields)


def matched(
    order: int,
    token: int,
    side: Side | str,
    *,
    price: Text,
    original: Text,
    at: Time,
    matched: Text | None = None,
    tif: Tif | str = Tif.GTC,
    venue_time: Time = 0,
    generation: int = 0,
) -> bytes:
    """MATCHED: the user channel says how much of the order is matched; may precede its trades."""
    code = f.member("tif", Tif, tif)
    fields = _shown(order, token, side, price, original, matched, generation)
    return f.record(EventKind.MATCHED, at, venue_time=venue_time, code=code, **fields)


def canceled(
    order: int,
    reason: CancelReason | str = CancelReason.USER,
    *,
    at: Time,
    matched: Text | None = None,
    venue_time: Time = 0,
) -> bytes:
    """CANCELED: the user channel says that the rest of the order is gone."""
    size, flags = f.known_size(matched)
    return f.record(
        EventKind.CANCELED,
        at,
        venue_time=venue_time,
        order_id=f.order_id("order", order),
        code=f.member("reason", CancelReason, reason),
        size=size,
        flags=flags,
    )


def found(
    order: int,
    token: int,
    side: Side | str,
    *,
    price: Text,
    original: Text,
    at: Time,
    status: FoundStatus | str = FoundStatus.OPEN,
    matched: Text | None = None,
    venue_time: Time = 0,
    generation: int = 0,
) -> bytes:
    """FOUND: a look-up shows the order."""
    code = f.member("status", FoundStatus, status)
    fields = _shown(order, token, side, price, original, matched, generation)
    return f.record(EventKind.FOUND, at, venue_time=venue_time, code=code, **fields)


def not_found(order: int, *, at: Time) -> bytes:
    """NOT_FOUND: a look-up shows no such order and no trades of it."""
    return f.record(EventKind.NOT_FOUND, at, order_id=f.order_id("order", order))


def trade(
    order: int,
    token: int,
    side: Side | str,
    *,
    trade: int,
    price: Text,
    size: Text,
    at: Time,
    status: TradeStatus | str = TradeStatus.MATCHED,
    role: str | None = None,
    channel_role: str | None = None,
    match_time: Time = 0,
    generation: int = 0,
) -> bytes:
    """TRADE: our own slice of a trade; `side` and `token` are our order's, never the header's.

    `role` is "TAKER" if our order is the trade's taker order, "MAKER" if it is one of its maker
    orders; `channel_role` is the user channel's trader_side. `match_time` 0: not said.
    """
    roles = {None: 0, "TAKER": int(Flag.ROLE_TAKER), "MAKER": int(Flag.ROLE_MAKER)}
    for field, value in (("role", role), ("channel_role", channel_role)):
        if value not in roles:
            raise ValueError(f"{field}: {value!r} is none of TAKER, MAKER")
    return f.record(
        EventKind.TRADE,
        at,
        venue_time_ns=f.time_ns("match_time", match_time),
        order_id=f.order_id("order", order),
        ref=f.order_id("trade", trade),
        token=f.token("token", token),
        generation=f.generation(generation),
        side=f.member("side", Side, side),
        price_pips=f.price("price", price),
        size=f.size("size", size),
        code=f.member("status", TradeStatus, status),
        flags=roles[role] | roles[channel_role] << 2,
    )


def _order(
    token: int,
    side: Side | str,
    price: Text,
    size: Text | None,
    amount: Text | None,
    tif: Tif | str,
    expiry: Time,
    turn: int,
    origin: Origin | str,
    generation: int,
) -> dict[str, int]:
    which, force = f.member("side", Side, side), f.member("tif", Tif, tif)
    by_cash = which is Side.BUY and force in (Tif.FAK, Tif.FOK)
    wrong, right = (size, amount) if by_cash else (amount, size)
    if right is None or wrong is not None:
        needs = "amount, in pUSD, and no size" if by_cash else "size, in shares, and no amount"
        field = "amount" if by_cash else "size"
        raise ValueError(f"{field}: a {force.name} {which.name} takes {needs}")
    source = f.member("origin", Origin, origin)
    if source is Origin.FOREIGN:
        raise ValueError("origin: FOREIGN is for orders that are not ours")
    return {
        "token": f.token("token", token),
        "generation": f.generation(generation),
        "side": which,
        "price_pips": f.price("price", price),
        "size": f.cash("amount", right) if by_cash else f.size("size", right),
        "code": force,
        "venue_time_ns": f.time_ns("expiry", expiry),
        "amount": f.whole("turn", turn, 0, 2**63 - 1),
        "flags": int(source) << 2,
    }


def _shown(
    order: int,
    token: int,
    side: Side | str,
    price: Text,
    original: Text,
    matched: Text | None,
    generation: int,
) -> dict[str, int]:
    size, flags = f.known_size(matched)
    return {
        "order_id": f.order_id("order", order),
        "token": f.token("token", token),
        "generation": f.generation(generation),
        "side": f.member("side", Side, side),
        "price_pips": f.price("price", price),
        "amount": f.size("original", original),
        "size": size,
        "flags": flags,
    }
