"""Splits, merges and redeems that somebody made by hand, recognised in a read of the account.

Without a relayer a person makes them, and where a relayer's answer was lost nobody says what became
of one: the balances do. One that is in flight is done when the balance of each token that it
changes is what it would be after it, and is not what it would be without it.
Owns nothing. Cash is not looked at: trades move it all the time, and the core compares it after.
"""

from __future__ import annotations

from collections.abc import Iterable

from clobstep import events
from clobstep.core import MarketView, View
from clobstep.enums import NO_TOKEN, PIPS, EffectKind, EventKind

RECORD = 64
KINDS = {
    EffectKind.SPLIT: EventKind.SPLIT,
    EffectKind.MERGE: EventKind.MERGE,
    EffectKind.REDEEM: EventKind.REDEEM,
}


def with_conversions(told: bytes, view: View, evens: Iterable[int]) -> bytes:
    """What a read tells, and before its balances the conversions that these show as made."""
    records = [told[k : k + RECORD] for k in range(0, len(told), RECORD)]
    kinds = [events.unpack(record) for record in records]
    balances = {
        e.token: e.size for e in kinds if e.kind == EventKind.BALANCE and e.token != NO_TOKEN
    }
    if not balances:
        return told
    at = next(k for k, e in enumerate(kinds) if e.kind == EventKind.BALANCE)
    found = []
    for even in evens:
        market = view.market(even)
        if market.conversion and _is_done(market, even, view, balances):
            found.append(_event(market, kinds[at].time_ns))
    return b"".join((*records[:at], *found, *records[at:]))


def _is_done(market: MarketView, even: int, view: View, balances: dict[int, int]) -> bool:
    more = (
        market.conversion_size if market.conversion == EffectKind.SPLIT else -market.conversion_size
    )
    redeems = market.conversion == EffectKind.REDEEM
    for token in (market.conversion_token,) if redeems else (even, even + 1):
        if token not in balances:
            return False
        held = view.token(token)
        low, high = held.settled - held.outgoing, held.settled + held.incoming
        without, after = balances[token], balances[token] - more
        if low <= without <= high or not low <= after <= high:
            return False
    return True


def _event(market: MarketView, at_ns: int) -> bytes:
    token = market.conversion_token
    paid_pips = PIPS - market.payout_pips if token & 1 else market.payout_pips
    return events.raw(
        KINDS[EffectKind(market.conversion)],
        at=at_ns,
        token=token,
        generation=market.generation,
        size=market.conversion_size,
        price_pips=paid_pips if market.conversion == EffectKind.REDEEM else 0,
    )
