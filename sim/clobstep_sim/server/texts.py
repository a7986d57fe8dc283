"""What the venue says no with: the text and status of each reason (PROTOCOL facts, section 2.3)."""

from __future__ import annotations

from typing import Final

from clobstep.enums import Reject, Tif
from clobstep_sim.server.accounts import BAD_KEY

KILLED: Final = {
    Tif.FOK: "order couldn't be fully filled. FOK orders are fully filled or killed.",
    Tif.FAK: "no orders found to match with FAK order. FAK orders are partially filled or killed "
    "if no match is found.",
}
RESTARTING: Final = "service not ready"
DISABLED: Final = "Trading is currently disabled. Check polymarket.com for updates"
CANCEL_ONLY: Final = (
    "Trading is currently cancel-only. New orders are not accepted, but cancels are allowed."
)
POST_ONLY: Final = "Trading is currently in post-only mode. Only post-only orders are accepted."
TOO_MANY: Final = "Too Many Requests"
INTERNAL: Final = "Internal server error"
NO_ORDER: Final = "Order not found"
PLAIN: Final = {
    Reject.OTHER: (400, "order rejected: risk check 17"),  # a text that stands in no document
    Reject.AMOUNTS: (400, "invalid amounts, the order amounts must have at most 2 decimals"),
    Reject.BALANCE: (400, "not enough balance / allowance"),
    Reject.EXPIRATION: (400, "invalid expiration"),
    Reject.MARKET_NOT_READY: (400, "the market is not yet ready to process new orders"),
    Reject.PAYLOAD: (400, "Invalid order payload"),
    Reject.AUTH: (401, BAD_KEY),
    Reject.MATCH_DELAYED: (400, "order match delayed due to market conditions"),
    Reject.TIMED_OUT: (500, "order timed out"),
    Reject.POST_ONLY_CROSS: (400, "invalid post-only order: order crosses book"),
    Reject.RATE_LIMIT: (429, TOO_MANY),
    Reject.RESTARTING: (425, RESTARTING),
    Reject.POST_ONLY_MODE: (503, POST_ONLY),
    Reject.CANCEL_ONLY: (503, CANCEL_ONLY),
    Reject.DISABLED: (503, DISABLED),
}


def reject(reason: Reject, order: dict[str, str], tif: int) -> tuple[int, str]:
    """Status and text. `order`: what of it and of its market the texts name."""
    head = f"order {order['id']} is invalid."
    if reason == Reject.TICK:
        rule = f"breaks minimum tick size rule: {order['tick']}"
        return 400, f"{head} Price ({order['price']}) {rule}"
    if reason == Reject.MIN_SIZE:
        return 400, f"{head} Size ({order['size']}) lower than the minimum: {order['minimum']}"
    if reason == Reject.DUPLICATED:
        return 400, f"{head} Duplicated."
    if reason == Reject.MIN_NOTIONAL:
        return 400, f"invalid amount for a marketable BUY order (${order['cash']}), min size: $1"
    if reason == Reject.MARKET_CLOSED:
        return 400, f"the orderbook {order['asset']} does not exist"
    if reason == Reject.BANNED:
        return 400, f"'{order['maker']}' address banned"
    if reason == Reject.KILLED:
        return 400, KILLED.get(Tif(tif), KILLED[Tif.FAK])
    return PLAIN[reason]
