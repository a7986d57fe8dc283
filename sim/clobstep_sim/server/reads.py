"""What an account asks about itself: keys, orders, trades, balances, heartbeats.

Owns the heartbeat id that each account has to send next.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from clobstep.enums import Side, Tif
from clobstep.venue.hash_text import price_text, size_text
from clobstep_sim.exchange.frames_user import SECOND, outcome
from clobstep_sim.exchange.names import digest, uuid
from clobstep_sim.server import eip712, texts
from clobstep_sim.server.asking import Answer, Ask, error, page
from clobstep_sim.server.faults import Faults
from clobstep_sim.server.trades import Row
from clobstep_sim.server.trading import STATE_DELAYED, STATE_OPEN
from clobstep_sim.server.venue import Venue

STATUS: Final = {1: "DELAYED", 2: "LIVE", 3: "MATCHED", 4: "CANCELED", 5: "INVALID"}
UNLIMITED: Final = str((1 << 256) - 1)
LIE_MICROS: Final = 1_000_000_000


class Reads:
    """Handlers that change nothing but heartbeats and keys."""

    def __init__(self, venue: Venue, faults: Faults) -> None:
        self._venue = venue
        self._faults = faults
        self._beats: dict[int, str] = {}
        self._beat_count = 0
        self._settled: dict[tuple[int, int], tuple[str, str]] = {}  # order -> condition, asset

    # ---- keys

    async def make_key(self, ask: Ask) -> Answer:
        """Create or derive: here one is as good as the other."""
        key = self._venue.accounts.log_in(ask.headers, self._venue.now_s)
        data = {"apiKey": key.api_key, "secret": key.secret, "passphrase": key.passphrase}
        return Answer(200, data)

    async def api_keys(self, ask: Ask) -> Answer:
        return Answer(200, {"apiKeys": self._venue.accounts.keys(ask.account)})

    async def delete_key(self, ask: Ask) -> Answer:
        assert ask.key is not None
        self._venue.accounts.revoke(ask.key)
        return Answer(200, "OK")

    async def closed_only(self, ask: Ask) -> Answer:  # noqa: ARG002
        return Answer(200, {"closed_only": False})

    # ---- orders

    async def orders(self, ask: Ask) -> Answer:
        """What rests, oldest first."""
        rows = []
        for order_id in self._venue.exchange.open_orders(ask.account):
            row = self.row(ask.account, order_id)
            if row is not None and row["status"] == "LIVE" and _fits(ask, row):
                rows.append(row)
        return self._page(ask, rows)

    async def order(self, ask: Ask) -> Answer:
        known = self._venue.names.find(ask.part)
        if known is None or known[0] != ask.account:
            return error(404, texts.NO_ORDER)
        row = self.row(*known)
        if row is None or row["status"] == "INVALID":
            return error(404, texts.NO_ORDER)
        return Answer(200, row)

    def row(self, account: int, order_id: int) -> dict[str, Any] | None:
        """An order as it is told; None if it never came."""
        venue, names = self._venue, self._venue.names
        o = venue.exchange.order(account, order_id)
        if o is None:
            return None
        at = (account, order_id)
        if at not in self._settled or o["state"] in (STATE_DELAYED, STATE_OPEN):
            self._settled[at] = (names.condition(o["token"] >> 1), names.asset(o["token"]))
        condition, asset = self._settled[at]
        made = venue.trades.of_taker.get(at, [])
        is_cash = o["side"] == Side.BUY and o["tif"] in (Tif.FOK, Tif.FAK)
        return {
            "id": names.order(account, order_id),
            "status": STATUS[o["state"]],
            "owner": names.owner(account),
            "maker_address": names.maker(account, order_id),
            "market": condition,
            "asset_id": asset,
            "side": Side(o["side"]).name,
            "original_size": size_text(o["original"]),
            "size_matched": size_text(o["cash"] if is_cash else o["shares"]),
            "price": price_text(o["price_pips"]),
            "outcome": outcome(o["token"]),
            "expiration": str(o["expire_ns"] // SECOND),
            "order_type": Tif(o["tif"]).name,
            "associate_trades": [names.trade(row.number) for row in made],
            "created_at": o["arrived_ns"] // SECOND,
        }

    # ---- trades

    async def trades(self, ask: Ask) -> Answer:
        """The newest first. `market` and `asset_id` are looked for in the taker's part only."""
        rows = self._venue.trades.of_account.get(ask.account, [])
        found = [row for row in reversed(rows) if self._is_asked(ask, row)]
        told = page(found, ask.first("next_cursor"), self._venue.settings.page)
        if told is None:
            return error(400, "invalid next_cursor")
        log = self._venue.trades
        told["data"] = [log.as_told(row, ask.account) for row in told["data"]]
        return Answer(200, told)

    def _is_asked(self, ask: Ask, row: Row) -> bool:
        names, trade, first = self._venue.names, row.trade, ask.first
        made_s = trade["time_ns"] // SECOND
        if first("id") not in ("", names.trade(row.number)):
            return False
        if first("market") not in ("", row.condition):
            return False
        if first("asset_id") not in ("", row.taker_asset):
            return False
        if first("before") and not made_s < _whole(first("before")):
            return False
        if first("after") and not made_s > _whole(first("after")):
            return False
        makers = (
            names.maker(trade["taker"], trade["taker_id"]).lower(),
            names.maker(trade["maker"], trade["maker_id"]).lower(),
        )
        return first("maker_address").lower() in ("", *makers)

    def _page(self, ask: Ask, rows: list[dict[str, Any]]) -> Answer:
        told = page(rows, ask.first("next_cursor"), self._venue.settings.page)
        return error(400, "invalid next_cursor") if told is None else Answer(200, told)

    # ---- balances

    async def balance(self, ask: Ask) -> Answer:
        """What is settled, in millionths, and an allowance without limit."""
        venue, account = self._venue, ask.account
        kind = ask.first("asset_type")
        if kind == "COLLATERAL":
            amount = venue.exchange.money(account)["settled"]
            if self._faults.lasts("lie"):
                amount += amount + LIE_MICROS
        elif kind in ("CONDITIONAL", "CONDITIONAL-V2"):
            asset = ask.first("token_id")
            token = venue.token_of(asset)
            if token is None:
                amount = venue.left.get((account, asset), 0)
            else:
                amount = venue.exchange.tokens(account, token)["settled"]
        else:
            return error(400, "invalid asset type")
        spenders = sorted({c for (p, _), c in eip712.CONTRACTS.items() if p > 1})
        allowances = dict.fromkeys(spenders, UNLIMITED)
        return Answer(200, {"balance": str(amount), "allowances": allowances})

    async def update_balance(self, ask: Ask) -> Answer:  # noqa: ARG002
        return Answer(200, "")

    # ---- heartbeats

    async def beat(self, ask: Ask) -> Answer:
        """Each answer names the id of the next beat; a wrong one refreshes nothing."""
        try:
            given = msgspec.json.decode(ask.body).get("heartbeat_id") or ""
        except (msgspec.DecodeError, AttributeError, RecursionError):
            return error(400, "Invalid payload")
        expected = self._beats.get(ask.account, "")
        if given != expected:
            return Answer(400, {"error_msg": "Invalid Heartbeat ID", "heartbeat_id": expected})
        self._beat_count += 1
        following = uuid(digest("beat", self._venue.settings.seed, ask.account, self._beat_count))
        self._beats[ask.account] = following
        self._venue.exchange.beat(ask.account)
        return Answer(200, {"heartbeat_id": following})

    async def old_beat(self, ask: Ask) -> Answer:
        """The form without ids: the next one with an id begins anew."""
        self._beats[ask.account] = ""
        self._venue.exchange.beat(ask.account)
        return Answer(200, {"status": "ok"})

    # ---- rewards

    async def scoring(self, ask: Ask) -> Answer:
        known = self._venue.names.find(ask.first("order_id"))
        return Answer(200, {"scoring": known is not None and self._is_open(*known)})

    async def are_scoring(self, ask: Ask) -> Answer:
        try:
            found = msgspec.json.decode(ask.body, type=list[str])
        except (msgspec.DecodeError, RecursionError):
            return error(400, "Invalid payload")
        names = self._venue.names
        known = {order_hash: names.find(order_hash) for order_hash in found}
        return Answer(200, {h: at is not None and self._is_open(*at) for h, at in known.items()})

    def _is_open(self, account: int, order_id: int) -> bool:
        order = self._venue.exchange.order(account, order_id)
        return order is not None and order["state"] == STATE_OPEN


def _fits(ask: Ask, row: dict[str, Any]) -> bool:
    return all(ask.first(name) in ("", row[name]) for name in ("id", "market", "asset_id"))


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0
