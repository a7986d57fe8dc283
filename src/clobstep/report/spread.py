"""Where the spread of our trades went, and how often a fill was picked off.

Owns: the decomposition of REPORTS' trade sign D (+1 when the taker bought), and the pick-off rule.

    quoted half-spread     (ask - bid) / 2           before the fill
    effective half-spread  D * (p - m(t))            what the taker paid
    price impact           D * (m(t + tau) - m(t))   what the taker was right about
    realised half-spread   D * (p - m(t + tau))      what the maker kept = effective - impact

For our maker fills D = -s: effective is our edge, impact is -B, realised is A. For our taker fills
D = s, and all three have the other sign of ours. Sources: SEC Rule 605 (there full spreads, against
the mid 5 minutes later); Huang and Stoll 1996.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from clobstep.enums import Liquidity
from clobstep.report.markouts import Markouts, Mask, ok
from clobstep.report.means import Mean, mean
from clobstep.report.mids import FULL, Ints, Mids, Null, by_condition
from clobstep.report.run import Run, signs

PICK_OFF_NS: Final = 1_000_000_000
TOXIC_AT: Final = "10 s"
ASSUMED_TICK_PIPS: Final = 100  # of a market that does not say its tick


@dataclass(frozen=True)
class Spread:
    """The decomposition of one set of fills at one horizon; only fills with both mids known."""

    name: str
    quoted: Mean
    effective: Mean
    impact: Mean
    realised: Mean


@dataclass(frozen=True)
class Share:
    """`count` of `n` fills, and how many of all could not be judged."""

    count: int
    n: int
    n_null: int

    @property
    def share(self) -> float | None:
        return self.count / self.n if self.n else None


def makers(run: Run) -> Mask:
    """Fills that made; those whose liquidity is UNKNOWN count as having taken."""
    made: Mask = run.fills["liquidity"] == Liquidity.MAKER
    return made


def spreads(run: Run, found: Markouts, some: Mask, *, maker: bool) -> tuple[Spread, ...]:
    """The decomposition of the fills in `some`, all makers or all takers, a row a horizon."""
    fills, sign = run.fills, 1 if maker else -1
    sizes = fills["size"].astype(np.int64)
    quoted = fills["ask_pips"].astype(np.int64) - fills["bid_pips"]  # in half-pips, halved
    out = []
    for row, name in enumerate(found.names):
        here = some & ok(found.b_null[row])

        def figure(values: Ints, where: Mask = here) -> Mean:
            return mean(values[where], sizes[where])

        out.append(
            Spread(
                name=name,
                quoted=figure(quoted),
                effective=figure(sign * found.edge),
                impact=figure(-sign * found.b[row]),
                realised=figure(sign * found.a[row]),
            )
        )
    return tuple(out)


def toxic(found: Markouts, some: Mask) -> Share:
    """Fills whose markout A at 10 s is negative."""
    row = found.row(TOXIC_AT)
    known = some & ok(found.a_null[row])
    bad = int((found.a[row][known] < 0).sum())
    return Share(bad, int(known.sum()), int(some.sum() - known.sum()))


def picked_off(run: Run, found: Markouts, mids: Mids) -> tuple[Mask, Mask]:
    """(picked off, could be judged) a fill.

    Picked off: some two-sided mid of the token in (t, t + 1 s] is at least one tick against us from
    the mid before the fill. It cannot be judged without that mid, nor where the second has a gap,
    a resolution or the end of the run in it.
    """
    fills = run.fills
    when = fills["venue_time_ns"].astype(np.int64)
    second = found.a_null[found.row("1 s")]
    blind = np.isin(second, [Null.RESOLVED, Null.ENDED, Null.GAP])
    judged = ok(found.edge_null) & ~blind
    # Everything in YES: buying NO is selling YES.
    sign = signs(fills)
    before = sign * found.edge + 2 * fills["price_pips"].astype(np.int64)
    odd = (fills["token"] & 1) != 0
    sign, before = np.where(odd, -sign, sign), np.where(odd, FULL - before, before)
    off = np.zeros(len(fills), np.bool_)
    for even, rows in by_condition(fills["token"]):
        book = mids.conditions[even]
        tick = int(run.market(even).get("tick_pips") or ASSUMED_TICK_PIPS)
        first = np.searchsorted(book.times, when[rows], "right")
        last = np.searchsorted(book.times, when[rows] + PICK_OFF_NS, "right")
        down, up = _extremes(book.mids, first, last)
        worst = np.where(sign[rows] > 0, down - before[rows], before[rows] - up)
        off[rows] = worst <= -2 * tick
    return off & judged, judged


def _extremes(mids: Ints, first: Ints, last: Ints) -> tuple[Ints, Ints]:
    """The lowest and the highest two-sided mid in each stretch first:last; where there is none,
    what is far above and far below every mid."""
    far = np.int64(2 * FULL)
    bounds = np.stack([first, last], axis=1).ravel()
    ends = []
    for none, extreme in ((far, np.minimum), (-far, np.maximum)):
        known = np.append(np.where(mids >= 0, mids, none), none)
        found = extreme.reduceat(known, bounds)[::2]
        ends.append(np.where(first < last, found, none))
    return ends[0], ends[1]


def share(hit: Mask, judged: Mask, some: Mask) -> Share:
    """How many of the fills in `some` were hit, of those that could be judged."""
    known = judged & some
    return Share(int((hit & some).sum()), int(known.sum()), int(some.sum() - known.sum()))
