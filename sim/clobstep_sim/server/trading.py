"""Orders and cancels: /order, /orders, /cancel-all, /cancel-market-orders.

Owns the numbers that orders have at the exchange. The order of checks: the venue's state, the
signer's bucket, who signed, then what the exchange says.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from clobstep.enums import CancelReason, Reject, Side, VenueState
from clobstep.venue.hash_text import price_text, size_text
from clobstep_sim.server import orders, texts
from clobstep_sim.server.accounts import Key
from clobstep_sim.server.asking import Answer, Ask, error
from clobstep_sim.server.faults import Faults
from clobstep_sim.server.limits import SECOND, Limits
from clobstep_sim.server.orders import Asked, Payload, RefusedError
from clobstep_sim.server.venue import Venue

MOST_ORDERS: Final = 15
MOST_CANCELS: Final = 1000
LIVE, MATCHED, DELAYED, REJECTED = range(4)  # the exchange's answers
STATUS: Final = {LIVE: "live", MATCHED: "matched", DELAYED: "delayed"}
STATE_DELAYED, STATE_OPEN, STATE_FILLED, STATE_CANCELED, STATE_REJECTED = range(1, 6)
CLOSED_STATES: Final = {
    VenueState.RESTARTING: Reject.RESTARTING,
    VenueState.DISABLED: Reject.DISABLED,
    VenueState.CANCEL_ONLY: Reject.CANCEL_ONLY,
}
CANCELED: Final = -1
LOOK_NS: Final = 5_000_000


def leg(text: str = "", **found: Any) -> dict[str, Any]:
    """One entry of an answer."""
    empty = {"orderID": "", "status": "", "makingAmount": "", "takingAmount": ""}
    return {"success": not text, "errorMsg": text, **empty, **found}


class Trading:
    """Handlers of what moves money."""

    def __init__(self, venue: Venue, faults: Faults, limits: Limits) -> None:
        self._venue = venue
        self._faults = faults
        self._limits = limits
        self._next_id = 0
        self.when_rejected_late: Callable[[int, int], None] | None = None

    # ---- orders

    async def post_order(self, ask: Ask) -> Answer:
        """One order: an error is the answer's own."""
        payload = orders.read_one(ask.body)
        refused = self._shut(payload.post_only) or self._charge(ask, "order", 1)
        if refused:
            return refused
        headers = self._limits.headers(ask.account, "order", self._venue.now_ns)
        assert ask.key is not None
        return Answer(200, await self._place(ask.key, payload), headers)

    async def post_orders(self, ask: Ask) -> Answer:
        """Up to fifteen: an error is its entry's."""
        payloads = orders.read_many(ask.body, MOST_ORDERS)
        refused = self._shut(True) or self._charge(ask, "order", len(payloads))
        if refused:
            return refused
        headers = self._limits.headers(ask.account, "order", self._venue.now_ns)
        assert ask.key is not None
        return Answer(200, [await self._entry(ask.key, p) for p in payloads], headers)

    async def _entry(self, key: Key, payload: Payload) -> dict[str, Any]:
        if self._shut(payload.post_only):
            return leg() | {"errorMsg": texts.POST_ONLY}  # and success, as the venue says it
        try:
            return await self._place(key, payload)
        except RefusedError as no:
            return leg(no.text)

    def _shut(self, post_only: bool) -> Answer | None:
        """The answer of a venue that takes no such order now."""
        state = VenueState(self._venue.spells()["state"])
        if state in CLOSED_STATES:
            return error(*texts.PLAIN[CLOSED_STATES[state]])
        if state == VenueState.POST_ONLY and not post_only:
            body = {"error": texts.POST_ONLY, "code": "post_only_mode", "retry_after_seconds": 30}
            return Answer(503, body, {"Retry-After": "30"})
        return None

    def _charge(self, ask: Ask, kind: str, cost: int) -> Answer | None:
        now = self._venue.now_ns
        bucket = self._limits.bucket(ask.account, kind, now)
        if bucket.take(cost):
            return None
        wait = str(max(1, -(-bucket.wait_ns(cost) // SECOND)))
        headers = self._limits.headers(ask.account, kind, now) | {"Retry-After": wait}
        return error(429, texts.TOO_MANY, headers)

    async def _place(self, key: Key, payload: Payload) -> dict[str, Any]:
        """The answer to an order that was taken. RefusedError says why it was not."""
        venue, o = self._venue, payload.order
        token = venue.token_of(o.token_id)
        if token is None:
            raise RefusedError(f"the orderbook {o.token_id} does not exist")
        market = token >> 1
        protocol, neg_risk = venue.protocol_of(market), venue.is_neg_risk(market)
        if (o.timestamp is None) != (protocol == 1):
            raise RefusedError("order_version_mismatch")
        orders.check_people(payload, key.address, key.api_key, protocol)
        chain = venue.settings.chain_id
        if not orders.is_signed_by(o, key.address, protocol, neg_risk, chain):
            raise RefusedError("invalid signature")
        order_hash = orders.order_hash(o, protocol, neg_risk, chain)
        terms = venue.exchange.terms()[market]
        asked = orders.asked(payload, terms["tick_pips"])
        self._check_fee(payload, protocol, terms)
        about = self._about(order_hash, payload, asked, terms)
        storm = self._faults.storm(market)
        if storm is not None:
            self._refuse(storm, about, asked, key, token)
        return await self._submit(key, payload, order_hash, token, asked, about)

    def _check_fee(self, payload: Payload, protocol: int, terms: dict[str, int]) -> None:
        """Orders of protocol 1 sign the fee they allow."""
        fee = "1000" if terms["fee_ppm"] else "0"
        if protocol == 1 and payload.order.fee_rate_bps != fee:
            said = payload.order.fee_rate_bps
            raise RefusedError(f"invalid fee rate ({said}), current market's taker fee: {fee}")

    async def _submit(
        self,
        key: Key,
        payload: Payload,
        order_hash: str,
        token: int,
        asked: Asked,
        about: dict[str, str],
    ) -> dict[str, Any]:
        venue, account = self._venue, key.account
        known = venue.names.find(order_hash)
        order_id = known[1] if known else self._new_id()
        if known is None:
            venue.names.bind(order_hash, account, order_id, payload.order.maker)
        answer, reason, _ = venue.exchange.submit(
            account, order_id, token, asked.side, asked.price_pips, asked.amount, asked.tif,
            payload.post_only, asked.expire_ns,
        )  # fmt: skip
        venue.speak()
        if answer == REJECTED:
            self._refuse(Reject(reason), about, asked, key, token)
        if answer == DELAYED and venue.blocks:
            answer = await self._end_of_delay(account, order_id, about, asked, key, token)
        if self.when_rejected_late is not None and self._faults.hit("late_reject_ppm"):
            self.when_rejected_late(account, order_id)
        status = "unmatched" if self._faults.hit("unmatched_ppm") else STATUS[answer]
        return self._taken(account, order_id, order_hash, status)

    def _new_id(self) -> int:
        self._next_id += 1
        return self._next_id

    async def _end_of_delay(
        self, account: int, order_id: int, about: dict[str, str], asked: Asked, key: Key, token: int
    ) -> int:
        """The venue holds its answer back until it knows how the delay ended."""
        while True:
            order = self._venue.exchange.order(account, order_id)
            assert order is not None, "an order that was taken is known"
            if order["state"] == STATE_REJECTED:
                self._refuse(Reject(order["reason"]), about, asked, key, token)
            if order["state"] != STATE_DELAYED:
                return MATCHED if order["shares"] else LIVE
            await self._venue.sleep(LOOK_NS)
            self._venue.advance()

    def _taken(self, account: int, order_id: int, order_hash: str, status: str) -> dict[str, Any]:
        """What was matched at once is told as decimals, and by which trades."""
        order = self._venue.exchange.order(account, order_id)
        assert order is not None, "an order that was taken is known"
        amounts = {}
        if order["shares"] and status != "delayed":
            cash, shares = size_text(order["cash"]), size_text(order["shares"])
            making, taking = (cash, shares) if order["side"] == Side.BUY else (shares, cash)
            amounts = {"makingAmount": making, "takingAmount": taking}
        made = self._venue.trades.of_taker.get((account, order_id), [])
        ids = [self._venue.names.trade(row.number) for row in made]
        hashes: list[str] = []  # the trades are asked for them
        return leg(orderID=order_hash, status=status, **amounts) | {
            "transactionsHashes": hashes, "tradeIDs": ids,
        }  # fmt: skip

    def _about(
        self, order_hash: str, payload: Payload, asked: Asked, terms: dict[str, int]
    ) -> dict[str, str]:
        """What the texts of refusals name."""
        o = payload.order
        cash = o.maker_amount if asked.side == Side.BUY else o.taker_amount
        shares = o.taker_amount if asked.side == Side.BUY else o.maker_amount
        return {
            "id": order_hash, "asset": o.token_id, "maker": o.maker,
            "price": f"{int(cash) / int(shares):.12g}", "size": size_text(int(shares)),
            "cash": size_text(int(cash)), "tick": price_text(terms["tick_pips"]),
            "minimum": size_text(terms["min_size"]), "amount": o.maker_amount,
        }  # fmt: skip

    def _refuse(
        self, reason: Reject, about: dict[str, str], asked: Asked, key: Key, token: int
    ) -> None:
        status, text = texts.reject(reason, about, asked.tif)
        if reason == Reject.BALANCE:
            is_buy, exchange = asked.side == Side.BUY, self._venue.exchange
            a = exchange.money(key.account) if is_buy else exchange.tokens(key.account, token)
            text += (
                f": the balance is not enough -> balance: {a['settled']}, "
                f"sum of active orders: {a['held']}, sum of matched orders: {a['out']}, "
                f"order amount (inc. fees): {about['amount']}"
            )
        raise RefusedError(text, status)

    # ---- cancels

    async def cancel_order(self, ask: Ask) -> Answer:
        found = _json(ask.body, dict[str, Any])
        order_hash = found.get("orderID")
        if not isinstance(order_hash, str):
            raise RefusedError("Invalid order payload")
        return self._cancel(ask, [order_hash])

    async def cancel_orders(self, ask: Ask) -> Answer:
        found = list(dict.fromkeys(_json(ask.body, list[str])))
        if len(found) > MOST_CANCELS:
            raise RefusedError(
                f"Too many orders in payload: {len(found)}, max allowed: {MOST_CANCELS}"
            )
        return self._cancel(ask, found)

    async def cancel_all(self, ask: Ask) -> Answer:
        return self._cancel_many(ask, None, None)

    async def cancel_market_orders(self, ask: Ask) -> Answer:
        found = _json(ask.body, dict[str, Any])
        condition, asset = found.get("market") or None, found.get("asset_id") or None
        if condition is None and asset is None:
            raise RefusedError("Invalid order payload")
        return self._cancel_many(ask, condition, asset)

    def _cancel_many(self, ask: Ask, condition: str | None, asset: str | None) -> Answer:
        venue, account = self._venue, ask.account
        refused = self._no_cancels() or self._charge(ask, "cancel", 1)
        if refused:
            return refused
        gone = []
        for order_id in venue.exchange.open_orders(account):
            order = venue.exchange.order(account, order_id)
            assert order is not None, "an open order is known"
            market = venue.names.condition(order["token"] >> 1)
            if condition not in (None, market) or asset not in (
                None, venue.names.asset(order["token"]),
            ):  # fmt: skip
                continue
            if venue.exchange.cancel(account, order_id) == CANCELED:
                gone.append(venue.names.order(account, order_id))
        venue.speak()
        self._limits.bucket(account, "cancel", venue.now_ns).level -= len(gone) * SECOND
        return self._told(ask, gone, {})

    def _cancel(self, ask: Ask, hashes: list[str]) -> Answer:
        refused = self._no_cancels() or self._charge(ask, "cancel", len(hashes))
        if refused:
            return refused
        gone, left = [], {}
        for order_hash in hashes:
            known = self._venue.names.find(order_hash)
            if known is None or known[0] != ask.account:
                left[order_hash] = "Order not found or already canceled"
                continue
            said = self._venue.exchange.cancel(*known)
            if said == CANCELED:
                gone.append(order_hash)
            else:
                left[order_hash] = self._why_not(CancelReason(said), *known)
        self._venue.speak()
        return self._told(ask, gone, left)

    def _why_not(self, reason: CancelReason, account: int, order_id: int) -> str:
        order = self._venue.exchange.order(account, order_id)
        state = order["state"] if order else STATE_REJECTED
        if reason == CancelReason.OTHER:
            return "order is delayed and can't be canceled"
        if state == STATE_FILLED:
            return "Order already matched"
        return "Order already canceled" if state == STATE_CANCELED else "Order not found"

    def _no_cancels(self) -> Answer | None:
        state = VenueState(self._venue.spells()["state"])
        if state in (VenueState.RESTARTING, VenueState.DISABLED):
            return error(*texts.PLAIN[CLOSED_STATES[state]])
        return None

    def _told(self, ask: Ask, gone: list[str], left: dict[str, str]) -> Answer:
        headers = self._limits.headers(ask.account, "cancel", self._venue.now_ns)
        return Answer(200, {"canceled": gone, "not_canceled": left}, headers)


def _json(body: bytes, kind: Any) -> Any:
    """A body of that kind. RefusedError for any other."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, RecursionError):
        raise RefusedError("Invalid order payload") from None
