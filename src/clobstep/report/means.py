"""Averages of markouts over a set of fills: exact sums and counts, and how sure the mean is.

Owns: what a cell of a markout table holds. Sums are Python integers of half-pips (mids.py); floats
appear in the properties that a report prints, in cents a share, and in the intervals.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from clobstep.report import bootstrap
from clobstep.report.markouts import Markouts, Mask, ok
from clobstep.report.mids import Ints, Null
from clobstep.report.run import Run

HALF_PIPS_A_CENT: Final = 200
_HALF: Final = 24  # bits: a half of a size, times 20,000, times 1e6 fills fits 63 bits
BLOCK_NS: Final = 60_000_000_000  # least length of a block of time, where clusters are too few


@dataclass(frozen=True)
class Interval:
    """95 % of a mean, in cents a share, equally and size-weighted; None where it cannot be said.

    `blocks` is how many were resampled. With fewer than two clusters `insufficient` is true: the
    blocks are then stretches of `block_ns` of the venue's time, which do not see what a whole event
    shares (its outcome), so the true interval is wider. With fewer than two of them: no interval.
    """

    equal: tuple[float, float] | None
    weighted: tuple[float, float] | None
    clusters: int
    blocks: int
    block_ns: int = 0

    @property
    def insufficient(self) -> bool:
        return self.clusters < 2

    def label(self) -> str:
        """What was resampled, in words."""
        if not self.insufficient:
            return f"{self.clusters} clusters"
        found = f"{self.clusters} cluster{'s' * (self.clusters != 1)}, INSUFFICIENT"
        if self.equal is None:
            return found
        return f"{self.blocks} blocks of {self.block_ns // 10**9} s ({found})"


@dataclass(frozen=True)
class Mean:
    """One figure over n fills. Half-pips; weights are microshares."""

    n: int = 0
    total: int = 0  # sum of half-pips
    weight: int = 0  # sum of sizes
    weighted: int = 0  # sum of half-pips * size; / 20,000 is micro-pUSD
    negative: int = 0  # how many are below 0
    median_quarter_pips: int = 0  # twice the median in half-pips, so that it is whole

    @property
    def cents(self) -> float | None:
        """Equal-weighted mean, cents a share."""
        return self.total / (self.n * HALF_PIPS_A_CENT) if self.n else None

    @property
    def weighted_cents(self) -> float | None:
        """Size-weighted mean, cents a share."""
        return self.weighted / (self.weight * HALF_PIPS_A_CENT) if self.weight else None

    @property
    def median_cents(self) -> float | None:
        return self.median_quarter_pips / (2 * HALF_PIPS_A_CENT) if self.n else None

    @property
    def negative_share(self) -> float | None:
        return self.negative / self.n if self.n else None

    @property
    def micros(self) -> int:
        """The sum over all shares in micro-pUSD, floor."""
        return self.weighted // 20_000


@dataclass(frozen=True)
class Cell:
    """Markouts of a set of fills at one horizon.

    `a` is over the fills whose mid at the horizon is known. `edge` and `b` are over those whose mid
    at the fill is known too, and `a_beside` is A over just these: a_beside = edge + b exactly, in
    sums and in means. (Where the mid at the fill is known of all, a_beside is a.)
    """

    name: str
    tau_ns: int
    a: Mean
    a_beside: Mean
    edge: Mean
    b: Mean
    nulls: dict[str, int] = field(default_factory=dict)  # of A: name of mids.Null -> fills
    interval: Interval | None = None  # of A
    interval_b: Interval | None = None

    @property
    def n_null(self) -> int:
        return sum(self.nulls.values())


def mean(values: Ints, sizes: Ints) -> Mean:
    """The exact sums of values (half-pips) and sizes (microshares)."""
    n = len(values)
    if not n:
        return Mean()
    ordered, all_in_one = np.sort(values), np.zeros(n, np.int64)
    return Mean(
        n=n,
        total=int(values.sum()),
        weight=sum(sizes.tolist()),
        weighted=products(values, sizes, all_in_one, 1)[0],
        negative=int((values < 0).sum()),
        median_quarter_pips=int(ordered[(n - 1) // 2]) + int(ordered[n // 2]),
    )


def products(values: Ints, sizes: Ints, member: Ints, blocks: int) -> list[int]:
    """Exact sums of values * sizes, one a block. Products may be beyond 64 bits: in two halves."""
    high, low = np.zeros(blocks, np.int64), np.zeros(blocks, np.int64)
    np.add.at(high, member, values * (sizes >> _HALF))
    np.add.at(low, member, values * (sizes & ((1 << _HALF) - 1)))
    return [(h << _HALF) + w for h, w in zip(high.tolist(), low.tolist(), strict=True)]


class Averages:
    """Cells over subsets of the fills of one run; knows each fill's size, time and cluster."""

    def __init__(self, run: Run, found: Markouts, seed: int = bootstrap.SEED) -> None:
        self.found, self.seed = found, seed
        self.sizes: Ints = run.fills["size"].astype(np.int64)
        self.when: Ints = run.fills["venue_time_ns"].astype(np.int64)
        names = run.clusters(run.fills["token"])
        number = {name: i for i, name in enumerate(sorted(set(names)))}
        self.cluster: Ints = np.array([number[name] for name in names], np.int64)

    def cell(self, row: int, some: Mask, *, sure: bool = True) -> Cell:
        """Horizon `row` over the fills where `some`; `sure`: with intervals."""
        m = self.found
        with_a = some & ok(m.a_null[row])
        with_b = some & ok(m.b_null[row])
        why = np.bincount(m.a_null[row][some & ~with_a], minlength=len(Null))
        settle = m.tau_ns[row] == 0

        def figure(values: Ints, where: Mask) -> Mean:
            return mean(values[where], self.sizes[where])

        return Cell(
            name=m.names[row],
            tau_ns=m.tau_ns[row],
            a=figure(m.a[row], with_a),
            a_beside=figure(m.a[row], with_b),
            edge=figure(m.edge, with_b),
            b=figure(m.b[row], with_b),
            nulls={Null(i).name: int(n) for i, n in enumerate(why) if n},
            interval=self._interval(m.a[row], with_a, m.tau_ns[row], settle) if sure else None,
            interval_b=self._interval(m.b[row], with_b, m.tau_ns[row], settle) if sure else None,
        )

    def curve(self, some: Mask, *, sure: bool = True) -> tuple[Cell, ...]:
        """A cell a horizon, settle last."""
        return tuple(self.cell(row, some, sure=sure) for row in range(len(self.found.names)))

    def _interval(self, values: Ints, some: Mask, tau_ns: int, settle: bool) -> Interval:
        block, block_ns = self.cluster[some], 0
        clusters = len(np.unique(block))
        if clusters < 2:
            # The outcome is one draw a market, whatever the time of the fills: no blocks of time.
            block_ns = 0 if settle else max(BLOCK_NS, tau_ns)
            block = self.when[some] // block_ns if block_ns else block
        blocks, member = np.unique(block, return_inverse=True)
        if len(blocks) < 2:
            return Interval(None, None, clusters, len(blocks))
        one = np.ones(int(some.sum()), np.int64)
        chosen, sizes = values[some], self.sizes[some]
        equal = _sums(chosen, one, member, len(blocks))
        weighted = _sums(chosen, sizes, member, len(blocks))
        return Interval(
            equal=_cents(bootstrap.percentiles(equal, self.seed)),
            weighted=_cents(bootstrap.percentiles(weighted, self.seed)),
            clusters=clusters,
            blocks=len(blocks),
            block_ns=block_ns,
        )


def _sums(values: Ints, weights: Ints, member: Ints, blocks: int) -> bootstrap.Ratio:
    ones = np.ones(len(values), np.int64)
    tops = products(values, weights, member, blocks)
    return bootstrap.Ratio(tops, products(ones, weights, member, blocks))


def _cents(pair: tuple[float, float] | None) -> tuple[float, float] | None:
    return None if pair is None else (pair[0] / HALF_PIPS_A_CENT, pair[1] / HALF_PIPS_A_CENT)
