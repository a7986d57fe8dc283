"""Every look-up as a request. What is sent to change something is in `submits` and `cancels`.

Owns the paths and names of the venue's parameters (PROTOCOL facts, section 2.1); nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

import msgspec

from clobstep.venue.rest.request import Auth, Lane, Request

FIRST_CURSOR: Final = "MA=="  # base64 of 0
LAST_CURSOR: Final = "LTE="  # base64 of -1
MOST_BOOKS: Final = 500
_POSITION_BITS: Final = ((1 << 64) - 1) << 40  # all zero in the id of a Protocol V2 position


def orders_request(
    cursor: str = FIRST_CURSOR, *, condition: str = "", asset_id: str = "", order_hash: str = ""
) -> Request:
    """GET /data/orders: a page of the open orders."""
    given = (("id", order_hash), ("market", condition), ("asset_id", asset_id))
    return _private("/data/orders", (*given, ("next_cursor", cursor)))


def order_request(order_hash: str) -> Request:
    """GET /data/order/{hash}."""
    return _private(f"/data/order/{order_hash}", ())


def trades_request(
    cursor: str = FIRST_CURSOR,
    *,
    condition: str = "",
    after_s: int | None = None,
    before_s: int | None = None,
    trade_id: str = "",
    maker_address: str = "",
) -> Request:
    """GET /data/trades: a page of our trades.

    There is no filter by asset on purpose: the venue compares it with the taker's, and leaves out
    what our order filled against the other token of the condition.
    """
    given = (
        ("id", trade_id),
        ("market", condition),
        ("maker_address", maker_address),
        ("after", "" if after_s is None else str(max(after_s, 0))),
        ("before", "" if before_s is None else str(before_s)),
        ("next_cursor", cursor),
    )
    return _private("/data/trades", given)


def balance_request(*, signature_type: int, asset_id: str = "") -> Request:
    """GET /balance-allowance of cash, or of a token."""
    return _private("/balance-allowance", _balance(signature_type, asset_id))


def balance_update_request(*, signature_type: int, asset_id: str = "") -> Request:
    """GET /balance-allowance/update: have the venue read the chain again."""
    return _private("/balance-allowance/update", _balance(signature_type, asset_id))


def closed_only_request() -> Request:
    """GET /auth/ban-status/closed-only: whether the account may only lessen what it holds."""
    return _private("/auth/ban-status/closed-only", ())


def book_request(asset_id: str) -> Request:
    """GET /book of one token."""
    return Request("GET", "/book", (("token_id", asset_id),))


def books_request(asset_ids: Sequence[str]) -> Request:
    """POST /books of up to 500 tokens. ValueError for none, or more."""
    if not 1 <= len(asset_ids) <= MOST_BOOKS:
        raise ValueError(f"asset_ids: {len(asset_ids)} books; a request takes 1 to {MOST_BOOKS}")
    return Request("POST", "/books", (), msgspec.json.encode([{"token_id": a} for a in asset_ids]))


def tick_size_request(asset_id: str) -> Request:
    return Request("GET", "/tick-size", (("token_id", asset_id),))


def neg_risk_request(asset_id: str) -> Request:
    return Request("GET", "/neg-risk", (("token_id", asset_id),))


def time_request() -> Request:
    return Request("GET", "/time")


def version_request() -> Request:
    return Request("GET", "/version")


def market_request(condition: str) -> Request:
    """GET /clob-markets/{condition}."""
    return Request("GET", f"/clob-markets/{condition}")


def heartbeat_request(heartbeat_id: str = "") -> Request:
    """POST /v1/heartbeats. The first has no id, each other the one that the last reply gave."""
    body = msgspec.json.encode({"heartbeat_id": heartbeat_id})
    return Request("POST", "/v1/heartbeats", (), body, Auth.L2, Lane.BEAT)


def geoblock_request(address: str) -> Request:
    """GET of `Hosts.geoblock`, which lies on a host of its own."""
    return Request("GET", urlsplit(address).path)


def is_position_id(asset_id: str) -> bool:
    """Whether an id is that of a Protocol V2 position, not of a conditional token."""
    if not (asset_id.isascii() and asset_id.isdigit() and len(asset_id) <= 78):
        return False
    return int(asset_id) & _POSITION_BITS == 0


def _balance(signature_type: int, asset_id: str) -> tuple[tuple[str, str], ...]:
    kind = "COLLATERAL"
    if asset_id:
        kind = "CONDITIONAL-V2" if is_position_id(asset_id) else "CONDITIONAL"
    named = (("asset_type", kind), ("token_id", asset_id))
    return (*named, ("signature_type", str(signature_type)))


def _private(path: str, query: Sequence[tuple[str, str]]) -> Request:
    said = tuple((name, value) for name, value in query if value != "")
    return Request("GET", path, said, auth=Auth.L2)
