"""The summary of a run: profit and loss, fills, inventory and orders, a market and in all.

Owns: what the lines of the summary mean. The money comes from ledger.py. All integers: micro-pUSD,
microshares, half-pips, nanoseconds.

    profit = cash of fills + cash of merges and splits - fees - costs + value of what is held
           = realised + unrealised - fees - costs
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from clobstep.enums import Liquidity, OrderState, Origin, Reject, Tif
from clobstep.report.ledger import Ledger
from clobstep.report.mids import FULL, Ints
from clobstep.report.run import Rows, Run, signs

SHORT_LIFE_NS = 1_000_000_000


@dataclass(frozen=True)
class Money:
    """The columns that add up over markets."""

    fills: int = 0
    makers: int = 0
    takers: int = 0  # those whose liquidity is UNKNOWN included
    shares: int = 0
    volume: int = 0  # cash that fills moved, either way
    cash: int = 0
    converted: int = 0
    fees: int = 0
    costs: int = 0
    value: int = 0
    realised: int = 0
    unrealised: int = 0
    profit: int = 0

    def __add__(self, other: Money) -> Money:
        return Money(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Money)))


@dataclass(frozen=True)
class MarketLine:
    """One condition that was traded, and what its inventory was valued at."""

    token: int
    name: str
    cluster: str
    money: Money
    yes: int  # held at the end, or into the resolution
    no: int
    most: int  # largest |YES - NO|
    mark: int  # half-pips of YES
    mark_source: str  # "payout", "mid" (the last two-sided one), "fill" (the last), "none"
    mark_age_ns: int  # before the end of the run; 0 for a payout


@dataclass(frozen=True)
class OriginLine:
    """What one part of the strategy did: its own fills, their inventory at the same marks.

    `profit` takes its fees off and leaves out costs of merges and splits.
    """

    origin: str
    fills: int
    shares: int
    volume: int
    cash: int
    fees: int
    value: int
    profit: int


@dataclass(frozen=True)
class Orders:
    """Counts of orders. Resting ones are GTC and GTD; the amounts are shares of those accepted."""

    placed: int
    accepted: int
    filled: int
    canceled: int
    expired: int
    rejected: int
    open: int
    rejects: dict[str, int]  # enums.Reject -> orders
    refused: dict[str, int]  # enums.Refusal -> intents that the guard refused
    fills: int
    lived: int  # resting orders that were accepted and ended
    lived_short: int  # of those: for less than 1 s
    posted_shares: int
    filled_shares: int


@dataclass(frozen=True)
class Summary:
    markets: tuple[MarketLine, ...]
    total: Money
    origins: tuple[OriginLine, ...]
    not_by_origin: int  # total profit less that of the origins: costs, and rounding of values
    orders: Orders | None  # None: the run has no orders listed
    most_net: int  # largest |YES - NO| of any market
    cash_unexplained: int | None  # ledger's cash less what the fills explain; None: not stated


def summarise(run: Run, ledgers: list[Ledger]) -> Summary:
    """The summary of a run from its ledgers (ledger.ledgers)."""
    markets = tuple(_market(run, ledger) for ledger in ledgers)
    total = sum((line.money for line in markets), Money())
    origins = tuple(_origins(ledgers))
    return Summary(
        markets=markets,
        total=total,
        origins=origins,
        not_by_origin=total.profit - sum(line.profit for line in origins),
        orders=_orders(run) if len(run.orders) else None,
        most_net=max((line.most for line in markets), default=0),
        cash_unexplained=_unexplained(run, ledgers),
    )


def _market(run: Run, ledger: Ledger) -> MarketLine:
    about, fills, marks = run.market(ledger.token), ledger.fills, ledger.marks
    makers = int((fills["liquidity"] == Liquidity.MAKER).sum())
    value = ledger.value()
    paid_off = ledger.fees + ledger.costs
    held = value - ledger.yes.cost - ledger.no.cost
    realised, unrealised = ledger.yes.realised + ledger.no.realised, held
    if marks.source == "payout":
        realised, unrealised = realised + held, 0
    money = Money(
        fills=len(fills),
        makers=makers,
        takers=len(fills) - makers,
        shares=_total(fills["size"]),
        volume=_total(fills["cash_micros"]),
        cash=ledger.cash,
        converted=ledger.converted,
        fees=ledger.fees,
        costs=ledger.costs,
        value=value,
        realised=realised,
        unrealised=unrealised,
        profit=ledger.cash + ledger.converted - paid_off + value,
    )
    return MarketLine(
        token=ledger.token,
        name=str(about.get("question") or about.get("slug") or f"token {ledger.token}"),
        cluster=run.cluster(ledger.token),
        money=money,
        yes=ledger.yes.shares,
        no=ledger.no.shares,
        most=ledger.most,
        mark=marks.last(),
        mark_source=marks.source,
        mark_age_ns=0 if marks.source == "payout" else max(0, run.end_ns() - marks.time_ns),
    )


def _origins(ledgers: list[Ledger]) -> list[OriginLine]:
    found = []
    for origin in Origin:
        n = shares = volume = cash = fees = value = 0
        for ledger in ledgers:
            mine = ledger.fills[ledger.fills["origin"] == origin]
            sign, mark = signs(mine), ledger.marks.last()
            odd = (mine["token"] & 1) != 0
            n, shares = n + len(mine), shares + _total(mine["size"])
            volume, fees = volume + _total(mine["cash_micros"]), fees + _total(mine["fee_micros"])
            cash -= _total(sign * mine["cash_micros"])
            held = sign * mine["size"]
            value += _total(held[~odd]) * mark // FULL + _total(held[odd]) * (FULL - mark) // FULL
        if n:
            profit = cash - fees + value
            found.append(OriginLine(origin.name, n, shares, volume, cash, fees, value, profit))
    return found


def _orders(run: Run) -> Orders:
    o = run.orders
    states = np.bincount(o["state"], minlength=len(OrderState)).tolist()
    resting = np.isin(o["tif"], [Tif.GTC, Tif.GTD]) & (o["accepted_ns"] != 0)
    ended = resting & (o["ended_ns"] != 0)
    lives = (o["ended_ns"] - o["accepted_ns"])[ended]
    codes = np.bincount(o["reject"][o["state"] == OrderState.REJECTED])
    rejects = {Reject(code).name: int(n) for code, n in enumerate(codes) if n}
    alive = (OrderState.QUEUED, OrderState.SENT, OrderState.DELAYED, OrderState.LIVE)
    return Orders(
        placed=int((o["placed_ns"] != 0).sum()),
        accepted=int((o["accepted_ns"] != 0).sum()),
        filled=states[OrderState.FILLED],
        canceled=states[OrderState.CANCELED],
        expired=states[OrderState.EXPIRED],
        rejected=states[OrderState.REJECTED],
        open=sum(states[state] for state in (*alive, OrderState.UNKNOWN)),
        rejects=dict(sorted(rejects.items())),
        refused={str(k): int(v) for k, v in sorted(run.totals.get("refused", {}).items())},
        fills=len(run.fills),
        lived=int(ended.sum()),
        lived_short=int((lives < SHORT_LIFE_NS).sum()),
        posted_shares=_total(o["original"][resting]),
        filled_shares=_total(o["filled"][resting]),
    )


def _unexplained(run: Run, ledgers: list[Ledger]) -> int | None:
    if "cash_start_micros" not in run.totals or "cash_end_micros" not in run.totals:
        return None
    moved = int(run.totals["cash_end_micros"]) - int(run.totals["cash_start_micros"])
    moved -= int(run.totals.get("deposits_micros", 0))
    return moved - sum(
        one.cash + one.converted + one.redeemed - one.fees - one.costs for one in ledgers
    )


def _total(values: Ints | Rows) -> int:
    """A sum as a Python int; sums of 64-bit amounts may leave 64 bits."""
    return sum(values.tolist())
