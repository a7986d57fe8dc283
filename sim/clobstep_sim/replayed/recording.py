"""A recording to trade against: the market events of a session, and what it says of itself.

Owns: which events of a session are the market's. Private events of a live session are left out: on
paper it is our strategy's orders that meet the feed, not those of then.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clobstep.core import EVENT_DTYPE
from clobstep.enums import EventKind
from clobstep.session.manifest import Manifest
from clobstep.session.reader import Session
from clobstep.session.series import Series

Array = NDArray[np.void]


class RecordingError(ValueError):
    """A session that cannot be traded against; says why and the way out."""


@dataclass(frozen=True)
class Recording:
    """Market events in their order, 64 bytes each, and the manifest they came with."""

    name: str
    events: Array
    manifest: Manifest
    interning: tuple[tuple[str, int, str, str], ...] = ()
    signals: int = 0

    @property
    def data_hash(self) -> str:
        """Name of the content: of the sealed file, else of its chain."""
        sealed = self.manifest.sealed
        return sealed.digest[:16] if sealed else "not sealed"

    @property
    def tokens(self) -> list[int]:
        """Even tokens that any event names, of those that there are places for."""
        named = self.events["token"][self.events["kind"] != EventKind.FEED]
        places = self.manifest.config["tokens"]
        return sorted({int(token) & ~1 for token in np.unique(named) if token < places})


def load(session: Session | Series | Path | str) -> Recording:
    """The market events of a session file. Errors: those of `Session.open`, RecordingError."""
    if not isinstance(session, Session | Series):
        with Session.open(session) as opened:
            return load(opened)
    parts = []
    for chunk in session.events():
        market = chunk[chunk["kind"] <= EventKind.RETIRE]
        parts.append(market.copy())
    events = np.concatenate(parts) if parts else np.zeros(0, EVENT_DTYPE)
    name = Path(session.path).name
    if not np.any(events["kind"] <= EventKind.BEST):
        raise RecordingError(
            f"{name}: no market data in it; import a recording of the market channel"
        )
    return Recording(name, events, session.manifest, tuple(session.interning_rows()))


def with_signals(recording: Recording, signals: Array) -> Recording:
    """The recording with SIGNAL events between its own, by our time."""
    from dataclasses import replace

    ours = np.maximum.accumulate(recording.events["time_ns"])
    at = np.searchsorted(ours, signals["time_ns"], side="right")
    events = np.insert(recording.events, at, signals)
    return replace(recording, events=events, signals=len(signals))


def market_of(recording: Recording, token: int) -> dict[str, Any]:
    """What the manifest says of a token's market; empty when it says nothing."""
    for one in recording.manifest.markets:
        if one.get("token") == token & ~1:
            return one
    return {}
