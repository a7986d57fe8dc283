"""The simulator: imports clobstep, never the reverse.

    from clobstep_sim import paper       trade a strategy on paper against a recorded session

It holds the paper venue (`replayed`) and the auditor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clobstep_sim.replayed.paper import paper as paper
    from clobstep_sim.replayed.result import PaperResult as PaperResult
    from clobstep_sim.replayed.settings import PaperSettings as PaperSettings

__all__ = ["PaperResult", "PaperSettings", "paper"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'clobstep_sim' has no attribute {name!r}")
    from clobstep_sim.replayed import paper as module

    return getattr(module, name)
