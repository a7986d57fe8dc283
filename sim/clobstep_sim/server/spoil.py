"""Messages on their way: dropped, doubled, late, out of order, wrong, or none that can be read.

Owns nothing: chances are drawn from `Faults`.
"""

from __future__ import annotations

import json
from typing import Any, Final, TypeAlias

from clobstep.enums import EventKind, TradeStatus
from clobstep_sim.server.faults import Faults
from clobstep_sim.server.venue import SECOND, Said

Sent: TypeAlias = tuple[str, int, bool]  # text, so much later, behind what was sent before
GARBAGE: Final = (
    "", "null", "[]", "{", '{"event_type":"book"}', '{"event_type":"price_change","market":5}',
    '[{"event_type":"news"}]', '{"event_type":"best_bid_ask","asset_id":"77","best_bid":"x"}',
    '{"event_type":"last_trade_price","asset_id":"1","price":"7.5","size":"-3","side":"BUY"}',
)  # fmt: skip


def text_of(message: dict[str, Any]) -> str:
    return json.dumps(message, separators=(",", ":"))


def spoil_feed(faults: Faults, one: Said) -> list[Sent]:
    """What becomes of a message of the market channel."""
    text = one.data.decode()
    if faults.hit("feed_drop_ppm"):
        return []
    if faults.hit("feed_late_ppm"):
        return [(text, faults.below(2 * SECOND), False)]
    sent = [(text, 0, True)]
    if one.event.kind == EventKind.BOOK_DELTA and faults.hit("feed_crossed_ppm"):
        sent += _crossed(faults, json.loads(text))
    if faults.hit("feed_double_ppm"):
        sent.append((text, 0, True))
    if faults.hit("feed_garbage_ppm"):
        sent.append((GARBAGE[faults.below(len(GARBAGE))], 0, True))
    return sent


def _crossed(faults: Faults, message: dict[str, Any]) -> list[Sent]:
    """A level on the wrong side of the book, and soon the word that takes it away."""
    change = dict(message["price_changes"][0])
    change["price"] = change["best_ask" if change["side"] == "BUY" else "best_bid"]
    if change["price"] in ("0", "1"):
        return []
    wrong = message | {"price_changes": [change | {"size": "1000"}]}
    gone = message | {"price_changes": [change | {"size": "0"}]}
    return [(text_of(wrong), 0, True), (text_of(gone), faults.below(SECOND), False)]


def spoil_user(faults: Faults, one: Said) -> list[Sent]:
    """What becomes of a message of the user channel."""
    text, e = one.data.decode(), one.event
    if faults.hit("user_drop_ppm"):
        return []
    sent: list[Sent] = []
    if e.kind == EventKind.TRADE:
        text, sent = _trade(faults, text, e.code)
    elif e.kind == EventKind.CANCELED and e.size and faults.hit("cancel_odd_ppm"):
        sent.append((text_of(json.loads(text) | {"size_matched": "0"}), 0, True))
    is_late = faults.hit("user_late_ppm")
    sent.append((text, faults.below(20 * SECOND), False) if is_late else (text, 0, True))
    if faults.hit("user_double_ppm"):
        sent.append((text, faults.below(5 * SECOND), False))
    # A wrong word comes after the right one, as in the world: nobody could tell which is which.
    if e.kind == EventKind.TRADE and not is_late:
        sent += _after_trade(faults, text, e.code)
    return sent


def _trade(faults: Faults, text: str, code: int) -> tuple[str, list[Sent]]:
    """A trade with the other role, or with a word before it."""
    before: list[Sent] = []
    if faults.hit("role_lie_ppm"):
        message = json.loads(text)
        role = "TAKER" if message["trader_side"] == "MAKER" else "MAKER"
        text = text_of(message | {"trader_side": role})
    if code == TradeStatus.MATCHED and faults.hit("unsent_ppm"):
        early = json.loads(text) | {"status": "MATCHED_NOT_BROADCASTED"}
        before.append((text_of(early), 0, True))
    return text, before


def _after_trade(faults: Faults, text: str, code: int) -> list[Sent]:
    """The same trade again with another size; the other end after its end."""
    sent: list[Sent] = []
    if faults.hit("trade_garbled_ppm"):
        message = json.loads(text)
        sent.append((text_of(message | {"size": f"{message['size']}1"}), 0, True))
    ends = {TradeStatus.CONFIRMED: "FAILED", TradeStatus.FAILED: "CONFIRMED"}
    if code in ends and faults.hit("trade_disputed_ppm"):
        sent.append((text_of(json.loads(text) | {"status": ends[TradeStatus(code)]}), 0, True))
    return sent


def rejected_after_all(row: dict[str, Any], time_ms: int) -> str:
    """Seen in the real world: taken, then called invalid; the order stands."""
    said = {"event_type": "order", "type": "CANCELLATION", "status": "INVALID"}
    created = {"created_at": str(row["created_at"]), "order_owner": row["owner"]}
    return text_of(row | said | created | {"timestamp": str(time_ms)})
