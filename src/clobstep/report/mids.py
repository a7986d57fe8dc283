"""Mids: what the venue's book of a token was worth at a time, and why that is not known.

Owns: the rules by which a mid is null. Reads `Run.bbo`, `Run.settlements` and the fills' own best
prices. Mids are integers in half-pips (bid + ask), so that the middle of 0.50 and 0.51 is exact:
1 half-pip is 0.00005 pUSD a share, 200 of them are a cent.

Nothing is carried over a hole: where a rule says no, the answer is the rule's name and no number.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clobstep.enums import PIPS
from clobstep.report.run import Rows, Run

MAX_AGE_NS: Final = 5_000_000_000  # a best that nobody spoke of for longer is not a price
PLACEHOLDER_PIPS: Final = 9_800  # a book as wide as 0.01 to 0.99 says nothing about the middle
FULL: Final = 2 * PIPS  # half-pips of 1 pUSD; mids of the two tokens of a condition add up to it

Ints = NDArray[np.int64]
Tokens = NDArray[np.uint32]


class Null(IntEnum):
    """Why a mid, and with it a markout, is not known; the first that applies."""

    OK = 0  # it is known
    RESOLVED = 1  # the market resolved by then: see the settle column
    ENDED = 2  # the run ended before
    GAP = 3  # the feed was not to be believed somewhere in between
    NO_BOOK = 4  # not two-sided: a side empty, crossed, or a placeholder 0.01 to 0.99
    OLD = 5  # nothing was heard of the book for longer than the greatest age
    NOT_SETTLED = 6  # the market has not resolved


def two_sided(bid: Ints, ask: Ints) -> NDArray[np.bool_]:
    """Whether the middle of a book means something."""
    return (bid > 0) & (ask < PIPS) & (bid < ask) & (ask - bid < PLACEHOLDER_PIPS)


class Condition:
    """The bests of one condition over time, as columns; half-pips of YES, -1 where there is no mid.

    Of rows with one time the last counts. A gap lasts from its row to the next row.
    """

    def __init__(self, rows: Rows) -> None:
        self.times: Ints = rows["venue_time_ns"].astype(np.int64)
        bid, ask = rows["bid_pips"].astype(np.int64), rows["ask_pips"].astype(np.int64)
        self.in_gap: NDArray[np.bool_] = rows["gap"] != 0
        self.mids: Ints = np.where(two_sided(bid, ask) & ~self.in_gap, bid + ask, -1)
        ends = np.append(self.times[1:], np.iinfo(np.int64).max)[: len(self.times)]
        self._gap_starts = self.times[self.in_gap]
        self._gap_ends = ends[self.in_gap]

    def gaps_between(self, start: Ints, end: Ints) -> NDArray[np.bool_]:
        """Whether a gap meets (start, end]."""
        begun = np.searchsorted(self._gap_starts, end, "right")
        over = np.searchsorted(self._gap_ends, start, "right")
        return begun > over

    def at(self, start: Ints, end: Ints, max_age_ns: int) -> tuple[Ints, NDArray[np.uint8]]:
        """(mid of YES in half-pips at `end`, Null) for a look from `start`; -1 where null."""
        row = np.searchsorted(self.times, end, "right") - 1
        mids, null = self._row(row, end, max_age_ns)
        null[self.gaps_between(start, end)] = Null.GAP
        return np.where(null == Null.OK, mids, -1), null

    def before(self, when: Ints, max_age_ns: int) -> NDArray[np.uint8]:
        """Null of the last book strictly before `when`; its prices are the fill's own columns."""
        row = np.searchsorted(self.times, when, "left") - 1
        null = self._row(row, when, max_age_ns)[1]
        # Two-sided or not is for the fill's own columns to say: they may be finer than the rows.
        null[null == Null.NO_BOOK] = Null.OK
        null[row < 0] = Null.NO_BOOK
        if len(self.times):
            null[(row >= 0) & self.in_gap[row]] = Null.GAP
        return null

    def _row(self, row: Ints, when: Ints, max_age_ns: int) -> tuple[Ints, NDArray[np.uint8]]:
        null = np.full(len(row), Null.NO_BOOK, np.uint8)
        if not len(self.times):
            return np.full(len(row), -1, np.int64), null
        mids = self.mids[row]
        null[mids >= 0] = Null.OK
        null[when - self.times[row] > max_age_ns] = Null.OLD
        null[row < 0] = Null.NO_BOOK
        return mids, null


class Mids:
    """The mids of every condition of a run. Asked by token and time, answers for that token."""

    def __init__(self, run: Run, max_age_ns: int = MAX_AGE_NS) -> None:
        self.max_age_ns = max_age_ns
        self.end_ns = run.end_ns()
        known = dict.fromkeys((int(one["token"]) for one in run.markets), run.bbo[:0])
        known |= {even: run.bbo[here] for even, here in by_condition(run.bbo["token"])}
        self.conditions = {even: Condition(rows) for even, rows in known.items()}
        self.settled = {int(s["token"]): s for s in run.settlements}

    def at(self, token: Tokens, start: Ints, end: Ints) -> tuple[Ints, NDArray[np.uint8]]:
        """(mid in half-pips of each token at `end`, Null), for looks that began at `start`."""
        mids = np.full(len(token), -1, np.int64)
        null = np.zeros(len(token), np.uint8)
        for even, here in by_condition(token):
            mids[here], null[here] = self.conditions[even].at(
                start[here], end[here], self.max_age_ns
            )
            null[here[end[here] > self.end_ns]] = Null.ENDED
            if even in self.settled:
                resolved = int(self.settled[even]["time_ns"])
                null[here[end[here] >= resolved]] = Null.RESOLVED
        odd = ((token & 1) != 0) & (mids >= 0)
        mids[odd] = FULL - mids[odd]
        mids[null != Null.OK] = -1
        return mids, null

    def before(self, fills: Rows) -> tuple[Ints, NDArray[np.uint8]]:
        """(mid in half-pips, Null) of each fill's own token strictly before it."""
        bid, ask = fills["bid_pips"].astype(np.int64), fills["ask_pips"].astype(np.int64)
        null = np.zeros(len(fills), np.uint8)
        for even, here in by_condition(fills["token"]):
            when = fills["venue_time_ns"][here]
            null[here] = self.conditions[even].before(when, self.max_age_ns)
        null[(null == Null.OK) & ~two_sided(bid, ask)] = Null.NO_BOOK
        return np.where(null == Null.OK, bid + ask, -1), null

    def payout(self, token: Tokens) -> tuple[Ints, NDArray[np.uint8]]:
        """(payout in half-pips of each token, Null)."""
        paid = np.full(len(token), -1, np.int64)
        null = np.full(len(token), Null.NOT_SETTLED, np.uint8)
        for even, here in by_condition(token):
            if even in self.settled:
                pips = int(self.settled[even]["payout_pips"])
                paid[here] = np.where(token[here] & 1, FULL - 2 * pips, 2 * pips)
                null[here] = Null.OK
        return paid, null


def by_condition(token: Tokens) -> list[tuple[int, Ints]]:
    """(even token, its rows' numbers, rising) of each condition that has rows."""
    even = token & ~np.uint32(1)
    order = np.argsort(even, kind="stable")
    tokens, starts = np.unique(even[order], return_index=True)
    rows = np.split(order, starts[1:]) if len(tokens) else []
    return [(int(one), here) for one, here in zip(tokens, rows, strict=True)]
