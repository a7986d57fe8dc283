"""The trades of those who log in, as /data/trades tells them.

Owns a row a trade: who met whom, under which names, and its last status. The crowd's trades among
themselves are not kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from clobstep.enums import EventKind, Side, TradeStatus
from clobstep.events import Event
from clobstep.venue.hash_text import price_text, size_text
from clobstep_sim.exchange import Exchange
from clobstep_sim.exchange.frames_user import outcome, seconds
from clobstep_sim.server.names import CROWD, VenueNames

SETTLED: Final = (TradeStatus.MINED, TradeStatus.CONFIRMED, TradeStatus.RETRYING)


@dataclass
class Row:
    """A trade."""

    number: int
    trade: dict[str, int]
    condition: str
    taker_asset: str
    maker_asset: str
    status: TradeStatus = TradeStatus.MATCHED
    updated_ns: int = 0
    accounts: frozenset[int] = field(default_factory=frozenset)


class TradeLog:
    """Rows by number. `look` finds new trades; `told` hears what became of one."""

    def __init__(self, exchange: Exchange, names: VenueNames) -> None:
        self._exchange = exchange
        self._names = names
        self._seen = 0
        self.rows: dict[int, Row] = {}
        self.of_account: dict[int, list[Row]] = {}
        self.of_taker: dict[tuple[int, int], list[Row]] = {}  # (account, order id)
        self.last: dict[int, int] = {}  # market -> pips of its last trade

    def look(self) -> None:
        """At trades that were made since."""
        for row in self._exchange.trades(self._seen):
            trade = self._exchange.trade(self._seen)
            self.last[trade["taker_token"] >> 1] = row[3]
            if trade["taker"] != CROWD or trade["maker"] != CROWD:
                self._keep(self._seen, trade)
            self._seen += 1

    def _keep(self, number: int, trade: dict[str, int]) -> None:
        names = self._names
        row = Row(
            number,
            trade,
            names.condition(trade["taker_token"] >> 1),
            names.asset(trade["taker_token"]),
            names.asset(trade["maker_token"]),
            updated_ns=trade["time_ns"],
            accounts=frozenset({trade["taker"], trade["maker"]}),
        )
        self.rows[number] = row
        for account in row.accounts:
            self.of_account.setdefault(account, []).append(row)
        self.of_taker.setdefault((trade["taker"], trade["taker_id"]), []).append(row)

    def told(self, e: Event) -> None:
        """A word about a trade."""
        row = self.rows.get(e.ref - 1)
        if row is not None and e.kind == EventKind.TRADE:
            row.status, row.updated_ns = TradeStatus(e.code), e.time_ns

    def as_told(self, row: Row, account: int) -> dict[str, Any]:
        """A row of /data/trades."""
        names, trade = self._names, row.trade
        taker, taker_id = trade["taker"], trade["taker_id"]
        return {
            "id": names.trade(row.number),
            "taker_order_id": names.order_in(row.number, taker, taker_id),
            "market": row.condition,
            "asset_id": row.taker_asset,
            "side": Side(trade["taker_side"]).name,
            "size": size_text(trade["shares"]),
            "fee_rate_bps": "0",
            "price": price_text(trade["taker_pips"]),
            "status": f"TRADE_STATUS_{row.status.name}",
            "match_time": seconds(trade["time_ns"]),
            "match_time_nano": str(trade["time_ns"]),
            "last_update": seconds(row.updated_ns),
            "outcome": outcome(trade["taker_token"]),
            "bucket_index": 0,
            "owner": names.owner(taker),
            "maker_address": names.maker(taker, taker_id),
            "transaction_hash": names.transaction(row.number) if row.status in SETTLED else "",
            "err_msg": None,
            "trader_side": "TAKER" if taker == account else "MAKER",
            "type": "TRADE",
            "maker_orders": [self._maker(row)],
        }

    def _maker(self, row: Row) -> dict[str, Any]:
        names, trade = self._names, row.trade
        maker, maker_id, token = trade["maker"], trade["maker_id"], trade["maker_token"]
        return {
            "order_id": names.order_in(row.number, maker, maker_id),
            "owner": names.owner(maker),
            "maker_address": names.maker(maker, maker_id),
            "matched_amount": size_text(trade["shares"]),
            "price": price_text(trade["maker_pips"]),
            "fee_rate_bps": "0",
            "asset_id": row.maker_asset,
            "outcome": outcome(token),
            "outcome_index": token & 1,
            "side": Side(trade["maker_side"]).name,
        }
