"""Builders of balances, conversions, reconciliation, and a person's or a strategy's words.

Owns no state. A balance concerns cash (`cash="1000"`) or a token (`token=0, size="50"`), never
both. `at` is our time.
"""

from __future__ import annotations

from clobstep.enums import EventKind, OperatorCode, Wake
from clobstep.events import _fields as f
from clobstep.events._fields import Text, Time


def opening(
    *,
    at: Time,
    cash: Text | None = None,
    token: int | None = None,
    size: Text | None = None,
    cost: Text = "0",
    generation: int = 0,
) -> bytes:
    """OPENING: a balance at the start; `cost` is what the token's shares were paid."""
    fields = _balance(cash, token, size, cost, generation)
    return f.record(EventKind.OPENING, at, **fields)


def deposit(
    *,
    at: Time,
    cash: Text | None = None,
    token: int | None = None,
    size: Text | None = None,
    cost: Text = "0",
    generation: int = 0,
) -> bytes:
    """DEPOSIT: cash or shares came in."""
    fields = _balance(cash, token, size, cost, generation)
    return f.record(EventKind.DEPOSIT, at, **fields)


def withdrawal(
    *,
    at: Time,
    cash: Text | None = None,
    token: int | None = None,
    size: Text | None = None,
    generation: int = 0,
) -> bytes:
    """WITHDRAWAL: cash or shares went out."""
    fields = _balance(cash, token, size, "0", generation)
    return f.record(EventKind.WITHDRAWAL, at, **fields)


def adjustment(
    *,
    at: Time,
    cash: Text | None = None,
    token: int | None = None,
    size: Text | None = None,
    generation: int = 0,
) -> bytes:
    """ADJUSTMENT: what a reconciliation corrects, either sign."""
    _one_of(cash, token, size)
    if cash is not None:
        fields = {"token": f.token("token", None), "amount": f.signed_cash("cash", cash)}
    else:
        fields = {"token": f.token("token", token), "generation": f.generation(generation)}
        fields["size"] = f.signed_size("size", size or "0")
    return f.record(EventKind.ADJUSTMENT, at, **fields)


def balance(
    *,
    at: Time,
    cash: Text | None = None,
    token: int | None = None,
    size: Text | None = None,
    generation: int = 0,
) -> bytes:
    """BALANCE: what the venue says we have."""
    fields = _balance(cash, token, size, "0", generation)
    return f.record(EventKind.BALANCE, at, **fields)


def lock(*, cash: Text, at: Time) -> bytes:
    """LOCK: the venue locks this much above what we reserve."""
    return f.record(EventKind.LOCK, at, amount=f.cash("cash", cash))


def split(token: int, *, size: Text, at: Time, generation: int = 0) -> bytes:
    """SPLIT: `size` pairs were made from cash."""
    return _pairs(EventKind.SPLIT, token, size, at, generation)


def merge(token: int, *, size: Text, at: Time, generation: int = 0) -> bytes:
    """MERGE: `size` pairs were turned into cash."""
    return _pairs(EventKind.MERGE, token, size, at, generation)


def redeem(token: int, *, size: Text, payout: Text, at: Time, generation: int = 0) -> bytes:
    """REDEEM: `size` shares of a resolved token were paid `payout` each."""
    return f.record(
        EventKind.REDEEM,
        at,
        token=f.token("token", token),
        generation=f.generation(generation),
        price_pips=f.price("payout", payout),
        size=f.size("size", size),
    )


def conversion_failed(token: int, *, at: Time, generation: int = 0) -> bytes:
    """CONVERSION_FAILED: the split, merge or redeem in flight failed."""
    return f.record(
        EventKind.CONVERSION_FAILED,
        at,
        token=f.token("token", token),
        generation=f.generation(generation),
    )


def intent_split(token: int, *, size: Text, at: Time, generation: int = 0) -> bytes:
    """INTENT_SPLIT: make `size` pairs from cash."""
    return _pairs(EventKind.INTENT_SPLIT, token, size, at, generation)


def intent_merge(token: int, *, size: Text, at: Time, generation: int = 0) -> bytes:
    """INTENT_MERGE: turn `size` pairs into cash."""
    return _pairs(EventKind.INTENT_MERGE, token, size, at, generation)


def intent_redeem(token: int, *, size: Text, at: Time, generation: int = 0) -> bytes:
    """INTENT_REDEEM: redeem `size` shares of a resolved token."""
    return _pairs(EventKind.INTENT_REDEEM, token, size, at, generation)


def reconcile_begun(*, at: Time) -> bytes:
    """RECONCILE_BEGUN: a read of the venue's orders, trades and balances begins."""
    return f.record(EventKind.RECONCILE_BEGUN, at)


def reconciled(*, read_up_to: Time, at: Time) -> bytes:
    """RECONCILED: the read ended; every trade up to `read_up_to` (venue time) was read."""
    return f.record(EventKind.RECONCILED, at, venue_time_ns=f.time_ns("read_up_to", read_up_to))


def signal(
    *,
    source: int,
    key: int,
    at: Time,
    first: int = 0,
    second: int = 0,
    token: int | None = None,
    generation: int = 0,
) -> bytes:
    """SIGNAL: two integers from outside for a strategy."""
    limit = 2**63 - 1
    return f.record(
        EventKind.SIGNAL,
        at,
        token=f.token("token", token),
        generation=f.generation(generation),
        order_id=f.number("source", source),
        ref=f.number("key", key),
        size=f.whole("first", first, -limit, limit),
        amount=f.whole("second", second, -limit, limit),
    )


def operator(
    code: OperatorCode | str, *, at: Time, token: int | None = None, generation: int = 0
) -> bytes:
    """OPERATOR: a person's word, about a token's market or (token None) about all."""
    return f.record(
        EventKind.OPERATOR,
        at,
        token=f.token("token", token),
        generation=f.generation(generation),
        code=f.member("code", OperatorCode, code),
    )


def restarted(*, at: Time) -> bytes:
    """RESTARTED: our process started again from a snapshot or a journal."""
    return f.record(EventKind.RESTARTED, at)


def wake_on(token: int, *wakes: Wake | str, at: Time, generation: int = 0) -> bytes:
    """WAKE_ON: what a strategy wants to be woken by in this token's market; none: nothing."""
    flags = 0
    for wake in wakes:
        if isinstance(wake, str) and wake not in Wake.__members__:
            raise ValueError(f"wakes: {wake!r} is none of {', '.join(Wake.__members__)}")
        flags |= int(Wake[wake] if isinstance(wake, str) else wake)
    return f.record(
        EventKind.WAKE_ON,
        at,
        token=f.token("token", token),
        generation=f.generation(generation),
        flags=flags,
    )


def _one_of(cash: Text | None, token: int | None, size: Text | None) -> None:
    if (cash is None) == (token is None) or (token is None) != (size is None):
        raise ValueError("cash: give cash, or token and size")


def _balance(
    cash: Text | None, token: int | None, size: Text | None, cost: Text, generation: int
) -> dict[str, int]:
    _one_of(cash, token, size)
    if cash is not None:
        return {"token": f.token("token", None), "amount": f.cash("cash", cash)}
    return {
        "token": f.token("token", token),
        "generation": f.generation(generation),
        "size": f.size("size", size or "0"),
        "amount": f.cash("cost", cost),
    }


def _pairs(kind: EventKind, token: int, size: Text, at: Time, generation: int) -> bytes:
    return f.record(
        kind,
        at,
        token=f.token("token", token),
        generation=f.generation(generation),
        size=f.size("size", size),
    )
