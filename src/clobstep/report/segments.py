"""Segments: the fills of a run sorted into named buckets, a way of sorting a function.

Owns: the edges of the buckets and their names. Reads a Run; computes no markout.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clobstep.enums import Liquidity, Origin, Side
from clobstep.report.run import Run

Names = list[str]
_MINUTE: Final = 60 * 10**9
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR
MOST_CLUSTERS: Final = 20  # with more, those with fewest fills are put together

# (upper edge, name): a value belongs to the first whose edge is above it; the last takes the rest.
PRICES: Final = (
    (1_000, "0 to 0.1"), (3_000, "0.1 to 0.3"), (7_000, "0.3 to 0.7"), (9_000, "0.7 to 0.9"),
    (None, "0.9 to 1"),
)  # fmt: skip
TO_CLOSE: Final = (
    (1, "past its end"), (10 * _MINUTE, "under 10 m"), (_HOUR, "10 m to 1 h"),
    (6 * _HOUR, "1 to 6 h"), (_DAY, "6 to 24 h"), (7 * _DAY, "1 to 7 d"), (None, "over 7 d"),
)  # fmt: skip
QUEUED: Final = (
    (10**9, "under 1 s"), (10 * 10**9, "1 to 10 s"), (_MINUTE, "10 s to 1 m"),
    (10 * _MINUTE, "1 to 10 m"), (None, "over 10 m"),
)  # fmt: skip
WIDTHS: Final = (
    (1, "not known"), (101, "up to 1 cent"), (201, "1 to 2 cents"), (501, "2 to 5 cents"),
    (None, "over 5 cents"),
)  # fmt: skip
Edges = tuple[tuple[int | None, str], ...]


def _bucket(values: NDArray[np.int64], edges: Edges) -> Names:
    inner = np.array([edge for edge, _ in edges if edge is not None], np.int64)
    return [edges[i][1] for i in np.searchsorted(inner, values, "right")]


def _side(run: Run) -> Names:
    return [Side(side).name for side in run.fills["side"]]


def _price(run: Run) -> Names:
    return _bucket(run.fills["price_pips"].astype(np.int64), PRICES)


def _to_close(run: Run) -> Names:
    known = {t: run.market(t).get("end_ns") for t in np.unique(run.fills["token"]).tolist()}
    ends = [known[token] for token in run.fills["token"].tolist()]
    left = np.array([end or 0 for end in ends], np.int64) - run.fills["venue_time_ns"]
    named = _bucket(left, TO_CLOSE)
    return [name if end else "not known" for name, end in zip(named, ends, strict=True)]


def _liquidity(run: Run) -> Names:
    return [Liquidity(one).name for one in run.fills["liquidity"]]


def _origin(run: Run) -> Names:
    return [Origin(one).name for one in run.fills["origin"]]


def _queued(run: Run) -> Names:
    named = _bucket(run.fills["queued_ns"].astype(np.int64), QUEUED)
    maker = (run.fills["liquidity"] == Liquidity.MAKER).tolist()
    return [name if rested else "took" for name, rested in zip(named, maker, strict=True)]


def _width(run: Run) -> Names:
    return _bucket(run.fills["quote_width_pips"].astype(np.int64), WIDTHS)


def _cluster(run: Run) -> Names:
    names = run.clusters(run.fills["token"])
    ordered = sorted(Counter(names).items(), key=lambda pair: (-pair[1], pair[0]))
    kept = {name for name, _ in ordered[:MOST_CLUSTERS]}
    rest = f"{len(ordered) - MOST_CLUSTERS} others"
    return [name if name in kept else rest for name in names]


SEGMENTS: Final[dict[str, Callable[[Run], Names]]] = {
    "side": _side,
    "price": _price,
    "time to close": _to_close,
    "liquidity": _liquidity,
    "origin": _origin,
    "queue age": _queued,
    "quote width": _width,
    "cluster": _cluster,
}
_ORDERS: Final[dict[str, Edges]] = {
    "price": PRICES, "time to close": TO_CLOSE, "queue age": QUEUED, "quote width": WIDTHS,
}  # fmt: skip


def segment(run: Run, by: str) -> dict[str, NDArray[np.bool_]]:
    """Bucket name -> which fills are in it; buckets without fills are left out."""
    names = np.array(SEGMENTS[by](run), dtype=object)
    found = dict.fromkeys(name for _, name in _ORDERS.get(by, ()))
    for name in sorted(set(names.tolist())):
        found[name] = None
    return {name: names == name for name in found if (names == name).any()}
