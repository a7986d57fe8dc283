"""Analysis: everything a report says about one run, computed once.

Owns: what belongs into a report. The terminal, the JSON and the HTML print it and compute nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clobstep.report import bootstrap, segments
from clobstep.report.equity import Equity, equity
from clobstep.report.ledger import Ledger, ledgers
from clobstep.report.markouts import Markouts, Mask, markouts
from clobstep.report.means import Averages, Cell
from clobstep.report.mids import Mids
from clobstep.report.run import Run
from clobstep.report.spread import Share, Spread, makers, picked_off, share, spreads, toxic
from clobstep.report.summary import Summary, summarise


@dataclass(frozen=True)
class Bucket:
    """The fills of one bucket of one segment."""

    by: str
    name: str
    fills: int
    curve: tuple[Cell, ...]
    toxic: Share
    picked_off: Share


@dataclass(frozen=True)
class Analysis:
    """A run and all its figures. `seed` is that of the bootstrap."""

    run: Run
    seed: int
    summary: Summary
    ledgers: tuple[Ledger, ...]
    equity: Equity
    markouts: Markouts
    curve: tuple[Cell, ...]
    buckets: tuple[Bucket, ...]
    maker_spread: tuple[Spread, ...]
    taker_spread: tuple[Spread, ...]
    toxic: Share
    picked_off: Share
    assumed: tuple[str, ...]  # "market: fields" of what no file or option gave


def analyse(run: Run, *, seed: int = bootstrap.SEED) -> Analysis:
    """Check a run and compute every figure of its report. Raises RunError (run.py)."""
    run.check()
    mids = Mids(run)
    books, found = ledgers(run, mids), markouts(run, mids)
    averages = Averages(run, found, seed)
    every: Mask = np.ones(len(run.fills), np.bool_)
    made = makers(run)
    hit, judged = picked_off(run, found, mids)
    buckets = [
        Bucket(
            by=by,
            name=name,
            fills=int(some.sum()),
            curve=averages.curve(some),
            toxic=toxic(found, some),
            picked_off=share(hit, judged, some),
        )
        for by in segments.SEGMENTS
        for name, some in segments.segment(run, by).items()
    ]
    return Analysis(
        run=run,
        seed=seed,
        summary=summarise(run, books),
        ledgers=tuple(books),
        equity=equity(books),
        markouts=found,
        curve=averages.curve(every),
        buckets=tuple(buckets),
        maker_spread=spreads(run, found, made, maker=True),
        taker_spread=spreads(run, found, ~made, maker=False),
        toxic=toxic(found, every),
        picked_off=share(hit, judged, every),
        assumed=_assumed(run),
    )


def _assumed(run: Run) -> tuple[str, ...]:
    """Metadata that the import made up, a line a market; sorted by token."""
    lines = []
    for one in sorted(run.markets, key=lambda market: int(market["token"])):
        if one.get("assumed"):
            name = one.get("slug") or one.get("question") or f"token {one['token']}"
            lines.append(f"{name}: {', '.join(str(field) for field in one['assumed'])}")
    return tuple(lines)
