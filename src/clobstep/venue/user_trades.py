"""Our own slices of a trade of the user channel: which orders of ours filled, at what price.

A trade has one taker and any number of makers. Its head (asset, side, price, size) is the taker's;
what a maker of ours did stands in its own entry, whose asset may be the complement.

The price in the head is an **average**, rounded to few decimals: a recorded BUY of 7 that met 5 at
0.01 and 2 at 0.02 says 0.013, which is 0.091 pUSD where 0.09 moved. So where the makers' entries
add up to the trade's size and stand at different prices, the taker's slice is split into one part
a price, and each part moves what it moved.
Owns nothing; touches nothing. WireError for what cannot be read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from clobstep.enums import MAX_SIZE, PIPS, Flag, Side
from clobstep.venue import user_words, wire


class Part(NamedTuple):
    """A size at one price: pips and microshares."""

    price_pips: int
    size: int


class Slice(NamedTuple):
    """What a trade did to one order. One part, unless a taker met several prices."""

    order_hash: str
    asset_id: str
    side: Side
    head: Part  # what is said of it as a whole
    parts: tuple[Part, ...]
    flags: int
    rounded: bool  # its price was off the grid of 0.0001, and is the next one against us


def text(data: dict[str, Any], field: str) -> str:
    """A field that holds text; "" if it is missing, null or an empty text."""
    value = data.get(field)
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(wire.decimal_text(value))
    if not isinstance(value, str):
        raise wire.WireError(f"{field} is {wire.show(value)}")
    return value


def needed(data: dict[str, Any], field: str) -> str:
    found = text(data, field)
    if not found:
        raise wire.WireError(f"{field} is missing")
    return found


def side_of(data: dict[str, Any]) -> Side:
    side = user_words.SIDES.get(needed(data, "side"))
    if side is None:
        raise wire.WireError(f"side {wire.show(data['side'])} is neither BUY nor SELL")
    return side


def maker_entries(data: dict[str, Any]) -> list[dict[str, Any]]:
    entries = data.get("maker_orders")
    if entries is None:
        return []
    if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
        raise wire.WireError("maker_orders is no list of objects")
    return entries


def taker(data: dict[str, Any], flags: int) -> Slice:
    """The slice of the trade's taker order."""
    side = side_of(data)
    price, exact = wire.price_near(data.get("price"), up=side is Side.BUY)
    head = Part(price, _positive(data, "size"))
    parts = _met(data, side, head.size)
    return Slice(
        order_hash=needed(data, "taker_order_id"),
        asset_id=needed(data, "asset_id"),
        side=side,
        head=head,
        parts=parts or (head,),
        flags=flags | Flag.ROLE_TAKER,
        rounded=not exact and not parts,
    )


def maker(data: dict[str, Any], entry: dict[str, Any], flags: int) -> Slice:
    """The slice of one maker order: its own asset, side, price and amount."""
    side = _maker_side(data, entry)
    price, exact = wire.price_near(entry.get("price"), up=side is Side.BUY)
    head = Part(price, _positive(entry, "matched_amount"))
    return Slice(
        order_hash=needed(entry, "order_id"),
        asset_id=needed(entry, "asset_id"),
        side=side,
        head=head,
        parts=(head,),
        flags=flags | Flag.ROLE_MAKER,
        rounded=not exact,
    )


def makers(
    data: dict[str, Any], flags: int, is_ours: Callable[[dict[str, Any]], bool]
) -> tuple[list[Slice], list[str]]:
    """The slices of all makers that are ours, one an order, and what could not be read."""
    found: dict[str, Slice] = {}
    problems = []
    for entry in maker_entries(data):
        if not is_ours(entry):
            continue
        try:
            made = maker(data, entry, flags)
        except wire.WireError as error:
            problems.append(f"maker_orders: {error}")
            continue
        before = found.get(made.order_hash)
        if before is not None:  # one order, one fill of a trade: the key is (trade, order)
            head = before.head._replace(size=before.head.size + made.head.size)
            made = before._replace(head=head, parts=(head,))
        if made.head.size > MAX_SIZE:
            problems.append(f"maker_orders: {made.head.size} microshares are too many")
            continue
        found[made.order_hash] = made
    return list(found.values()), problems


def _met(data: dict[str, Any], side: Side, size: int) -> tuple[Part, ...]:
    """What a taker met, one part a price, cheapest first; () where the entries do not tell."""
    found: dict[int, int] = {}
    try:
        for entry in maker_entries(data):
            pips = wire.price_pips(entry.get("price"))
            if _is_complement(data, entry, side):
                pips = PIPS - pips
            found[pips] = found.get(pips, 0) + _positive(entry, "matched_amount")
    except wire.WireError:
        return ()
    if sum(found.values()) != size:
        return ()
    return tuple(Part(pips, found[pips]) for pips in sorted(found))


def _is_complement(data: dict[str, Any], entry: dict[str, Any], taker_side: Side) -> bool:
    """Whether a maker traded the other token: two buyers make a pair, two sellers end one."""
    asset = text(entry, "asset_id")
    if asset:
        return asset != needed(data, "asset_id")
    return side_of(entry) is taker_side


def _maker_side(data: dict[str, Any], entry: dict[str, Any]) -> Side:
    """A maker's side; older messages leave it to be told from the taker's."""
    if text(entry, "side"):
        return side_of(entry)
    side = side_of(data)
    return side if _is_complement(data, entry, side) else Side(1 - side)


def _positive(data: dict[str, Any], field: str) -> int:
    size = wire.size(data.get(field))
    if size == 0:
        raise wire.WireError(f"{field} is 0")
    return size
