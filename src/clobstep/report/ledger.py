"""Money and inventory of a run, condition by condition, exactly: what each fill moved.

Owns: average-cost accounting in integers, and the marks at which inventory is valued. Reads fills,
conversions, settlements and bests of a Run.

Cost of a token is one pool of micro-pUSD. Selling k of q shares takes floor(pool * k / q) out of it
(all of it with the last share), so pools and realised profit always add up to the cash that moved.
A position below zero (more sold than known of) has a pool of what was received, by the same rule.
A split puts its cash into both pools by the mark of that time (half and half before there is one).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from clobstep.enums import PIPS, Side
from clobstep.report.mids import FULL, Condition, Ints, Mids, by_condition
from clobstep.report.run import REDEEM, SPLIT, Rows, Run

BUY: Final = int(Side.BUY)
OF_A_FILL: Final = ("token", "side", "cash_micros", "size", "fee_micros", "venue_time_ns")


@dataclass
class Pool:
    """Shares of one token (microshares, signed), what they cost, and what was realised (micros)."""

    shares: int = 0
    cost: int = 0
    realised: int = 0

    def move(self, shares: int, paid: int) -> None:
        """Take in `shares` (negative: give) for `paid` micros (negative: received)."""
        if self.shares * shares < 0:
            closing = min(abs(shares), abs(self.shares))
            paid_now = paid * closing // abs(shares)
            cost_now = self.cost * closing // abs(self.shares)
            self.realised -= paid_now + cost_now
            self.cost -= cost_now
            closed = closing if shares > 0 else -closing
            self.shares += closed
            shares, paid = shares - closed, paid - paid_now
        self.shares += shares
        self.cost += paid


@dataclass(frozen=True)
class Marks:
    """What YES was valued at: half-pips from each time on. `source`, `time_ns`: of the last one.

    Two-sided mids, the last one carried on; before the first of them the price of the last fill;
    from a settlement on its payout.
    """

    times: Ints
    values: Ints
    source: str  # "payout", "mid", "fill", or "none"
    time_ns: int

    def at(self, when: Ints) -> Ints:
        """Half-pips at these times; half of FULL before the first mark."""
        row = np.searchsorted(self.times, when, "right") - 1
        if not len(self.times):
            return np.full(len(when), FULL // 2, np.int64)
        return np.where(row < 0, FULL // 2, self.values[np.maximum(row, 0)])

    def last(self) -> int:
        return int(self.values[-1]) if len(self.values) else FULL // 2


@dataclass
class Ledger:
    """One condition over the run. `steps` hold cash (fees and costs taken off) and both positions
    after each thing that moved them; redeemed cash is kept apart, since a settled token is valued
    at its payout whether or not it was redeemed."""

    token: int  # the even one
    marks: Marks
    fills: Rows
    cash: int = 0  # micros the fills brought (sells less buys), without fees
    fees: int = 0
    converted: int = 0  # micros of merges (+) and splits (-), without costs
    costs: int = 0
    redeemed: int = 0
    most: int = 0  # largest |YES - NO|, microshares
    yes: Pool = field(default_factory=Pool)
    no: Pool = field(default_factory=Pool)
    step_times: list[int] = field(default_factory=list)
    step_cash: list[int] = field(default_factory=list)
    step_yes: list[int] = field(default_factory=list)
    step_no: list[int] = field(default_factory=list)

    def value(self) -> int:
        """What both positions are worth at the last mark: micros, floor a token."""
        mark = self.marks.last()
        return self.yes.shares * mark // FULL + self.no.shares * (FULL - mark) // FULL

    def equity(self) -> tuple[Ints, Ints]:
        """(times, micros): profit and loss after each change of position or mark, from the first
        fill or conversion on."""
        steps = np.array(self.step_times, np.int64)
        if not len(steps):
            return steps, steps
        times = np.union1d(steps, self.marks.times[self.marks.times > steps[0]])
        row = np.searchsorted(steps, times, "right") - 1
        mark = self.marks.at(times)
        cash, yes, no = (
            np.array(column, np.int64)[row]
            for column in (self.step_cash, self.step_yes, self.step_no)
        )
        return times, cash + valued(yes, mark) + valued(no, FULL - mark)

    def _step(self, when: int) -> None:
        self.most = max(self.most, abs(self.yes.shares - self.no.shares))
        if self.step_times and self.step_times[-1] == when:
            for column in (self.step_times, self.step_cash, self.step_yes, self.step_no):
                column.pop()
        self.step_times.append(when)
        self.step_cash.append(self.cash + self.converted - self.fees - self.costs)
        self.step_yes.append(self.yes.shares)
        self.step_no.append(self.no.shares)

    def _fill(self, token: int, side: int, moved: int, size: int, fee: int, when: int) -> None:
        pool = self.no if token & 1 else self.yes
        sign = 1 if side == BUY else -1
        pool.move(sign * size, sign * moved)
        self.cash -= sign * moved
        self.fees += fee
        self._step(when)

    def _convert(self, row: Rows) -> None:
        size, cash = int(row["size"]), int(row["cash_micros"])
        self.costs += int(row["cost_micros"])
        if int(row["kind"]) == REDEEM:
            self.redeemed += cash
        else:
            sign = 1 if int(row["kind"]) == SPLIT else -1
            mark = int(self.marks.at(np.array([row["time_ns"]], np.int64))[0])
            part = size * mark // FULL
            self.yes.move(sign * size, sign * part)
            self.no.move(sign * size, sign * (size - part))
            self.converted += cash
        self._step(int(row["time_ns"]))


def valued(shares: Ints, half_pips: Ints) -> Ints:
    """floor(shares * half_pips / 20,000) in micros, without leaving 64 bits."""
    whole, rest = np.divmod(shares, FULL)
    out: Ints = whole * half_pips + rest * half_pips // FULL
    return out


def ledgers(run: Run, mids: Mids) -> list[Ledger]:
    """One for each condition that had a fill or a conversion, by token."""
    fills = dict(by_condition(run.fills["token"]))
    converted = dict(by_condition(run.conversions["token"]))
    out = []
    for token in sorted({*fills, *converted}):
        mine = run.fills[fills.get(token, [])]
        mine = mine[np.argsort(mine["venue_time_ns"], kind="stable")]
        other = run.conversions[converted.get(token, [])]
        ledger = Ledger(token, _marks(mids.conditions[token], mine, mids.settled.get(token)), mine)
        # At one time a conversion comes first: a split is what a sale then sells.
        order = [(int(row["time_ns"]), 0, i) for i, row in enumerate(other)]
        order += [(when, 1, i) for i, when in enumerate(mine["venue_time_ns"].tolist())]
        columns = [mine[name].tolist() for name in OF_A_FILL]
        for _, is_fill, i in sorted(order):
            if is_fill:
                ledger._fill(*(column[i] for column in columns))
            else:
                ledger._convert(other[i])
        out.append(ledger)
    return out


def _marks(book: Condition, fills: Rows, settled: Rows | None) -> Marks:
    known = book.mids >= 0
    times, values = book.times[known], book.mids[known]
    last = np.append(times[1:] != times[:-1], True)[: len(times)]  # of a tie the last counts
    times, values, source = times[last], values[last], "mid" if known.any() else "none"
    early = fills["venue_time_ns"] < times[0] if len(times) else np.ones(len(fills), np.bool_)
    if early.any():
        some = fills[early]
        odd = (some["token"] & 1) != 0
        price = some["price_pips"].astype(np.int64)
        times = np.concatenate([some["venue_time_ns"], times])
        values = np.concatenate([2 * np.where(odd, PIPS - price, price), values])
        source = "mid" if known.any() else "fill"
    if settled is not None:
        before = times < settled["time_ns"]
        times = np.append(times[before], settled["time_ns"])
        values = np.append(values[before], 2 * int(settled["payout_pips"]))
        source = "payout"
    when = int(times[-1]) if len(times) else 0
    return Marks(times.astype(np.int64), values.astype(np.int64), source, when)
