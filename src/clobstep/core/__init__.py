"""The deterministic core: `Engine`, the record types, and what the extension was built as.

Imports the compiled extension and refuses one that was built from another schema. numpy is loaded
only when EVENT_DTYPE or EFFECT_DTYPE is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clobstep import enums
from clobstep.core._core import BUILD_MODE, LAYOUT_HASH, RULES_VERSION, Engine, View
from clobstep.core.views import Account, BookView, MarketView, OrderView, RiskView

if TYPE_CHECKING:
    import numpy as np

    EVENT_DTYPE: np.dtype[np.void]
    EFFECT_DTYPE: np.dtype[np.void]

if LAYOUT_HASH != enums.LAYOUT_HASH:
    raise ImportError(
        f"clobstep.core._core was built from another schema (layout {LAYOUT_HASH:016x}, "
        f"sources {enums.LAYOUT_HASH:016x}); build again: pip install ."
    )

__all__ = [
    "BUILD_MODE", "EFFECT_DTYPE", "EVENT_DTYPE", "LAYOUT_HASH", "RULES_VERSION",
    "Account", "BookView", "Engine", "MarketView", "OrderView", "RiskView",
    "View",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in ("EVENT_DTYPE", "EFFECT_DTYPE"):
        raise AttributeError(f"module 'clobstep.core' has no attribute {name!r}")
    import numpy as np

    fields = enums.EVENT_FIELDS if name == "EVENT_DTYPE" else enums.EFFECT_FIELDS
    globals()[name] = np.dtype(list(fields))
    return globals()[name]
