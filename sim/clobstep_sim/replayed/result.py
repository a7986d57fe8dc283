"""What a paper run returns: its arrays, and the figures of a report worked out when asked for.

Owns: nothing but short ways to ask. The figures are clobstep.report's, all integers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from clobstep import Engine
from clobstep.report.run import Run
from clobstep.units import format_cash

if TYPE_CHECKING:
    from clobstep.report.analysis import Analysis
    from clobstep.report.markouts import Markouts
    from clobstep.report.summary import Summary

PNL_DTYPE: Final = np.dtype([("time_ns", "<i8"), ("pnl_micros", "<i8")])


@dataclass(repr=False)
class PaperResult(Run):
    """The arrays of a Run (`fills`, `orders`, `bbo`, `conversions`, `settlements`), P&L, markouts.

    `counts`: what happened, by name. `engine`: as it ended; `engine.view` looks into it. `session`:
    the file that the run was written to, None if it was not.
    """

    engine: Engine = field(default_factory=Engine)
    counts: dict[str, int] = field(default_factory=dict)
    session: Path | None = None

    @property
    def chain(self) -> int:
        """Of every event and effect of the run: equal runs have equal chains."""
        return self.engine.chain

    @cached_property
    def analysis(self) -> Analysis:
        """Every figure of a report (clobstep.report.analysis)."""
        from clobstep.report.analysis import analyse

        return analyse(self)

    @property
    def pnl(self) -> NDArray[np.void]:
        """Profit and loss over time, PNL_DTYPE: fees and costs in, inventory at its marks.

        `pnl_micros` holds from `time_ns`, on the venue's clock, to the next row; the last one is
        the profit of the run.
        """
        equity = self.analysis.equity
        out = np.zeros(len(equity.times_ns), PNL_DTYPE)
        out["time_ns"], out["pnl_micros"] = equity.times_ns, equity.micros
        return out

    def summary(self) -> Summary:
        """Fills, money, inventory and orders: a line a market, and in all."""
        return self.analysis.summary

    def markouts(self) -> Markouts:
        """What each fill was worth later: arrays with a row a horizon and a column a fill."""
        return self.analysis.markouts

    def text(self) -> str:
        """The report of the terminal."""
        from clobstep.report import text

        return text.plain(text.report(self.analysis))

    def __repr__(self) -> str:
        head: dict[str, Any] = self.header
        profit = format_cash(self.summary().total.profit)
        return (
            f"<PaperResult: {head.get('strategy')} on {head.get('session')}, fill model "
            f"{head.get('fill_model')}: {len(self.fills)} fills, P&L {profit} pUSD>"
        )
