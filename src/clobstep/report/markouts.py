"""Markouts: what each fill was worth a little later, in both conventions, exactly.

Owns: the horizons and the figures of one fill. Asks mids.py for mids; averages are in means.py.

For a fill at price p, side s (+1 BUY, -1 SELL), with m(t) the mid of the same token just before it:

    A(tau) = s * (m(t + tau) - p)       from the fill price: what the trade earned a share
    B(tau) = s * (m(t + tau) - m(t))    from the mid at the fill: minus the adverse selection
    edge   = s * (m(t) - p)             what was earned at the fill; A = edge + B, always

All are integers in half-pips a share (mids.py). At `settle` the payout stands for m(t + tau).
A is null where m(t + tau) is; edge where m(t) is; B where either is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clobstep.report.mids import Ints, Mids, Null
from clobstep.report.run import Run, signs

HORIZONS: Final = (
    ("100 ms", 100_000_000),
    ("1 s", 1_000_000_000),
    ("5 s", 5_000_000_000),
    ("10 s", 10_000_000_000),
    ("30 s", 30_000_000_000),
    ("2 m", 120_000_000_000),
    ("10 m", 600_000_000_000),
)
SETTLE: Final = "settle"

Nulls = NDArray[np.uint8]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Markouts:
    """Half-pips of n fills (columns) at h horizons and settle, the last row. A 0 beside a null."""

    names: tuple[str, ...]  # of the rows: the horizons, and "settle"
    tau_ns: tuple[int, ...]  # of the rows; 0 for settle
    edge: Ints  # (n,)
    edge_null: Nulls  # (n,) mids.Null of the mid at the fill
    a: Ints  # (h + 1, n)
    a_null: Nulls  # (h + 1, n) mids.Null of the mid at the horizon
    b: Ints  # (h + 1, n)
    b_null: Nulls  # (h + 1, n) a_null, or edge_null where that is OK

    def row(self, name: str) -> int:
        """The row of a horizon by its name."""
        return self.names.index(name)


def markouts(run: Run, mids: Mids | None = None) -> Markouts:
    """Markouts of all fills of a run, nulls by the rules of `mids` (by default: age 5 s)."""
    mids = mids or Mids(run)
    fills, sign = run.fills, signs(run.fills)
    when, token = fills["venue_time_ns"].astype(np.int64), fills["token"]
    price = 2 * fills["price_pips"].astype(np.int64)
    before, edge_null = mids.before(fills)
    after = [mids.at(token, when, when + tau) for _, tau in HORIZONS]
    after.append(mids.payout(token))
    later = np.stack([mid for mid, _ in after])
    a_null = np.stack([null for _, null in after])
    b_null = np.where(a_null == Null.OK, edge_null, a_null)
    return Markouts(
        names=(*(name for name, _ in HORIZONS), SETTLE),
        tau_ns=(*(tau for _, tau in HORIZONS), 0),
        edge=np.where(edge_null == Null.OK, sign * (before - price), 0),
        edge_null=edge_null,
        a=np.where(a_null == Null.OK, sign * (later - price), 0),
        a_null=a_null,
        b=np.where(b_null == Null.OK, sign * (later - before), 0),
        b_null=b_null,
    )


def ok(null: Nulls) -> Mask:
    """Where a figure is known."""
    return np.equal(null, Null.OK)
