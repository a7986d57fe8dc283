"""The band: one strategy on one recording under several fill models, side by side.

Owns: when a band may be claimed. Nobody knows which fill model is right; the span of profits over
honest ones says how much the answer hangs on it. Where a recording cannot feed the models (no
deltas, no prints), they all show crossing fills only, and a span of them would look like certainty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from clobstep.report.ledger import ledgers
from clobstep.report.markouts import markouts
from clobstep.report.means import Averages, Cell
from clobstep.report.mids import Mids
from clobstep.report.run import Run, RunError
from clobstep.report.summary import Summary, summarise

SAME = ("session", "data_hash", "strategy", "params")
SHOWN_AT = "10 s"  # the horizon of the one markout in the table


@dataclass(frozen=True)
class BandLine:
    """One model. `beside`: shown for comparison, not part of the band (such as `naive`)."""

    model: str
    label: str
    latency: str
    beside: bool
    allowed: bool
    summary: Summary
    markout: Cell

    @property
    def profit(self) -> int:
        return self.summary.total.profit


@dataclass(frozen=True)
class Band:
    """The models, and the span of their profits in micros; `span` is None with `why` saying why."""

    lines: tuple[BandLine, ...]
    span: tuple[int, int] | None
    why: str


def band(runs: Sequence[Run], beside: Sequence[Run] = ()) -> Band:
    """The band over `runs`; those in `beside` are listed with it and do not count.

    Raises RunError when the runs are not of one session, data, strategy and settings.
    """
    every = [*runs, *beside]
    for run in every[1:]:
        for name in SAME:
            here, first = run.header.get(name), every[0].header.get(name)
            if here != first:
                raise RunError(
                    f"no band over different runs: {name} is {here!r} under "
                    f"{run.header.get('fill_model')} and {first!r} under "
                    f"{every[0].header.get('fill_model')}; run every model on the same session"
                )
    lines = tuple(_line(run, i >= len(runs)) for i, run in enumerate(every))
    inside = [line for line in lines if not line.beside]
    refused = [line for line in inside if not line.allowed]
    if refused:
        said = refused[0].label or "the recording does not hold what the model needs"
        return Band(lines, None, f"no band is claimed: {refused[0].model}: {said}")
    if len(inside) < 2:
        return Band(lines, None, "no band is claimed: it takes two fill models")
    profits = [line.profit for line in inside]
    return Band(lines, (min(profits), max(profits)), "")


def _line(run: Run, beside: bool) -> BandLine:
    run.check()
    mids = Mids(run)
    found = markouts(run, mids)
    every = np.ones(len(run.fills), np.bool_)
    return BandLine(
        model=str(run.header.get("fill_model") or "not stated"),
        label=str(run.header.get("label") or ""),
        latency=str(run.header.get("latency_model") or "not stated"),
        beside=beside,
        allowed=run.header.get("band_allowed") is True,
        summary=summarise(run, ledgers(run, mids)),
        markout=Averages(run, found).cell(found.row(SHOWN_AT), every),
    )
