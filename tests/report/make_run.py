"""Makes Runs for the tests of the reports: hand-worked ones, and larger ones by a seed.

`Maker` takes seconds after T0 and decimals as text, and writes rows; `hand()` is the run whose
figures the tests state, worked out by hand before anything was run.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from clobstep import units
from clobstep.enums import Liquidity, OrderState, Reject, Side, Tif
from clobstep.report.run import (
    BBO_DTYPE,
    CONVERSION_DTYPE,
    FILL_DTYPE,
    MERGE,
    ORDER_DTYPE,
    REDEEM,
    SETTLEMENT_DTYPE,
    SPLIT,
    Run,
)  # fmt: skip

T0 = units.parse_time("2026-04-21T12:00:00Z")
HEADER: dict[str, Any] = {
    "session": "hand.clob", "strategy": "maker", "params": "width=0.02",
    "fill_model": "risk-averse", "latency_model": "constant 20 ms each way",
    "fee_source": "Gamma, 2026-04-21",
    "code_version": "0.1.0", "config_hash": "c0ffee", "data_hash": "da7a", "seed": 7, "gap_ns": 0,
    "verify": "same chain: OK", "band_allowed": True, "label": "",
}  # fmt: skip


def at(seconds: float | str) -> int:
    """Nanoseconds of a time in seconds after T0."""
    return T0 + units.parse_duration(f"{seconds}s")


class Maker:
    """Collects rows of a Run; `run()` makes the arrays."""

    def __init__(self, **header: Any) -> None:
        self.header = HEADER | header
        self.fills: list[tuple[Any, ...]] = []
        self.bbo: list[tuple[Any, ...]] = []
        self.settlements: list[tuple[Any, ...]] = []
        self.orders: list[tuple[Any, ...]] = []
        self.conversions: list[tuple[Any, ...]] = []
        self.markets: list[dict[str, Any]] = []
        self.totals: dict[str, Any] = {}

    def market(self, token: int, *, event: str, end: float = 3600, **more: Any) -> None:
        named = {"condition": f"0x{token:02x}", "slug": f"market-{token}", "tick_pips": 100}
        named |= {"question": f"Will {token} happen?", "event": event, "end_ns": at(end)}
        self.markets.append(named | {"token": token, "assumed": []} | more)

    def book(self, token: int, changes: list[tuple[float, str, str]], until: float) -> None:
        """Bests from each (seconds, bid, ask) on, said again every second up to the next."""
        ends = [change[0] for change in changes[1:]] + [until]
        for (start, bid, ask), end in zip(changes, ends, strict=True):
            self.best(start, token, bid, ask)
            for second in range(int(start) + 1, -int(-end // 1)):
                self.best(second, token, bid, ask)

    def best(self, seconds: float, token: int, bid: str, ask: str, gap: int = 0) -> None:
        bids, asks = units.parse_price(bid), units.parse_price(ask)
        self.bbo.append((at(seconds), token, bids, asks, gap))

    def fill(
        self, seconds: float, token: int, side: str, price: str, size: str, *, bid: str, ask: str,
        taker: bool = False, fee: str = "0", order: int | None = None, origin: int = 0,
        queued: float = 0, width: str = "0",
    ) -> None:  # fmt: skip
        pips, shares = units.parse_price(price), units.parse_size(size)
        trade = len(self.fills) + 1
        self.fills.append((
            at(seconds) + 20_000_000, at(seconds), order or trade, trade, token, Side[side],
            Liquidity.TAKER if taker else Liquidity.MAKER, 0, origin, pips, shares,
            units.notional_down(shares, pips), units.parse_cash(fee), units.parse_price(bid),
            units.parse_price(ask), units.parse_duration(f"{queued}s"), units.parse_price(width),
        ))  # fmt: skip

    def order(
        self, order: int, token: int, side: str, price: str, size: str, *, state: OrderState,
        placed: float, accepted: float = 0, ended: float = 0, filled: str = "0",
        canceled: str = "0", reject: Reject = Reject.OTHER, tif: Tif = Tif.GTC,
    ) -> None:  # fmt: skip
        self.orders.append((
            order, token, Side[side], tif, 0, state, reject, units.parse_price(price),
            units.parse_size(size), units.parse_size(filled), units.parse_size(canceled),
            at(placed), at(accepted) if accepted else 0, at(ended) if ended else 0,
        ))  # fmt: skip

    def convert(
        self, seconds: float, token: int, kind: int, size: str, cost: str = "0", cash: str = ""
    ) -> None:
        shares = units.parse_size(size)
        moved = {MERGE: shares, SPLIT: -shares}.get(kind)
        if kind == REDEEM:
            moved = units.parse_cash(cash)
        self.conversions.append((at(seconds), token, kind, shares, moved, units.parse_cash(cost)))

    def settle(self, seconds: float, token: int, payout: str) -> None:
        self.settlements.append((at(seconds), token, units.parse_price(payout)))

    def run(self) -> Run:
        run = Run(
            fills=np.array(sorted(self.fills, key=lambda row: row[0]), FILL_DTYPE),
            bbo=np.array(sorted(self.bbo, key=lambda row: row[0]), BBO_DTYPE),
            settlements=np.array(self.settlements, SETTLEMENT_DTYPE),
            orders=np.array(self.orders, ORDER_DTYPE),
            conversions=np.array(self.conversions, CONVERSION_DTYPE),
            totals=dict(self.totals),
            markets=[dict(one) for one in self.markets],
            header=dict(self.header),
        )
        run.check()
        return run


def hand() -> Maker:
    """Two markets of two events, three fills; tests/report/test_hand_worked.py has the figures."""
    make = Maker()
    make.market(0, event="first", end=720)
    make.market(2, event="second")
    make.book(0, [
        (0, "0.50", "0.52"), (10.5, "0.49", "0.51"), (12, "0.51", "0.53"), (30, "0.53", "0.55"),
        (100, "0", "0.55"), (101, "0.53", "0.55"), (200, "0.53", "0.55"),
    ], until=700)  # fmt: skip
    # From 200 to 205 the feed is not to be believed: the rows of those seconds go.
    make.bbo = [row for row in make.bbo if not at(200) <= row[0] < at(205)]
    make.best(200, 0, "0.53", "0.55", gap=1)
    make.book(2, [(0, "0.30", "0.32")], until=305)  # the last word of it is at 304
    make.book(2, [(320, "0.29", "0.31")], until=701)
    make.convert(5, 0, SPLIT, "10")
    make.fill(10, 0, "BUY", "0.50", "40", bid="0.50", ask="0.52", queued=4, width="0.02")
    make.fill(95, 1, "SELL", "0.45", "10", bid="0.45", ask="0.47", taker=True, fee="0.17325")
    make.fill(300, 2, "BUY", "0.30", "20", bid="0.30", ask="0.32", queued=90)
    make.settle(720, 0, "1")
    make.order(1, 0, "BUY", "0.50", "40", state=OrderState.FILLED, placed=5.9, accepted=6,
               ended=10.02, filled="40")  # fmt: skip
    make.order(2, 1, "SELL", "0.45", "10", state=OrderState.FILLED, placed=94.9, accepted=95,
               ended=95.02, filled="10", tif=Tif.FAK)  # fmt: skip
    make.order(3, 2, "BUY", "0.30", "30", state=OrderState.CANCELED, placed=209, accepted=210,
               ended=400, filled="20", canceled="10")  # fmt: skip
    make.order(4, 2, "BUY", "0.29", "30", state=OrderState.CANCELED, placed=401, accepted=401.1,
               ended=401.9, canceled="30")  # fmt: skip
    make.order(5, 2, "BUY", "0.31", "30", state=OrderState.REJECTED, placed=402, ended=402.1,
               reject=Reject.POST_ONLY_CROSS)  # fmt: skip
    make.order(6, 2, "BUY", "0.28", "30", state=OrderState.LIVE, placed=690, accepted=690.1)
    make.totals = {
        "cash_start_micros": 100_000_000,
        "cash_end_micros": 100_000_000 - 10_000_000 - 20_000_000 + 4_500_000 - 173_250 - 6_000_000,
        "refused": {"COOLDOWN": 3, "OFF_TICK": 1},
    }
    return make


def many(seed: int, markets: int = 6, fills: int = 200, minutes: int = 10) -> Maker:
    """A random run: walking books with gaps and empty sides, fills near them, some settled."""
    draw = random.Random(seed)
    make = Maker(seed=seed)
    number = 0
    for token in range(0, 2 * markets, 2):
        make.market(token, event=f"event-{token // 4}", end=draw.choice((300, 3600, 90_000)))
        bid, width, books = draw.randrange(20, 70), 2, []
        for second in range(minutes * 60):
            bid = min(95, max(3, bid + draw.choice((-1, 0, 0, 0, 0, 1))))
            empty, gap = draw.random() < 0.01, draw.random() < 0.005
            low, high = (0 if empty else bid), bid + width
            make.best(second, token, f"0.{low:02d}", f"0.{high:02d}", gap=int(gap))
            books.append((low, high))
        for _ in range(fills // markets):
            number += 1
            second, side = draw.randrange(1, minutes * 60 - 1), draw.choice(("BUY", "SELL"))
            low, high = books[second]
            odd, taker = draw.random() < 0.4, draw.random() < 0.3
            if odd:
                low, high = 100 - high, 100 - low
            if taker == (side == "BUY"):
                price = min(high, 99)
            else:
                price = max(low, 1)
            size = draw.randrange(5_000_000, 80_000_000)
            fee = units.fee_micros(size, price * 100, 70_000) if taker else 0
            make.fill(second + 0.5, token + odd, side, units.format_price(price * 100),
                      units.format_size(size), bid=units.format_price(low * 100),
                      ask=units.format_price(high * 100), taker=taker, order=number,
                      fee=units.format_cash(fee), origin=draw.choice((0, 0, 1)),
                      queued=draw.choice((0, 1, 20, 200)), width=draw.choice(("0", "0.02")),
                      )  # fmt: skip
        if draw.random() < 0.5:
            make.settle(minutes * 60 + 5, token, draw.choice(("0", "1", "0.5")))
    return make
