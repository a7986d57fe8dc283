"""An independent, plain model of the core, written from docs/ without reading the core.

`Auditor(config).step(event)` predicts the effects of each 64-byte event; `compare`,
`compare_effects` and `follow` (over a journal) hold engine and auditor against each other;
`Auditor.check` proves the auditor's own ledger. The core's tables and code are not used: only names
and numbers (`clobstep.enums`) and the settings (`clobstep.config`). It is Python and runs as such;
the .pxd files give types to what is asked at each event, for a release build to compile.
"""

from __future__ import annotations

from .compare import compare
from .effects import compare_effects, follow
from .model import Auditor
from .records import Effect, Event, decode, decode_effects, encode

__all__ = [
    "Auditor",
    "Effect",
    "Event",
    "compare",
    "compare_effects",
    "decode",
    "decode_effects",
    "encode",
    "follow",
]
