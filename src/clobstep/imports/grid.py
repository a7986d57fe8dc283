"""Prices of books and trades that are no multiple of their market's tick.

They are taken: a book may hold what was quoted before its tick changed. But where there are many,
or where the tick was assumed, the tick is wrong, and a strategy would quote on the wrong grid.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from clobstep.enums import EventKind
from clobstep.imports.recording import Events
from clobstep.units import format_price

_LEVELS: Final = ("price_pips", "bid_pips", "ask_pips")  # of a snapshot; `code` are in use
_SET: Final = (EventKind.MARKET, EventKind.TICK_CHANGE)
_ONE: Final = (EventKind.BOOK_DELTA, EventKind.PRINT)


class OffTick:
    """Counts them in events as they are stepped; `tokens` is the engine's setting."""

    def __init__(self, tokens: int) -> None:
        self.ticks = np.ones(tokens // 2, np.int64)  # 1: not known yet, every price fits
        self.stepped = 0
        self.count = 0
        self.such = ""

    def watch(self, events: Events) -> None:
        """The next events, in order."""
        at = 0
        for place in np.flatnonzero(np.isin(events["kind"], _SET)).tolist():
            self._look(events, at, place)
            at = place
            condition, tick = int(events["token"][at]) >> 1, int(events["price_pips"][at])
            if condition < len(self.ticks) and tick > 0:
                self.ticks[condition] = tick
        self._look(events, at, len(events))
        self.stepped += len(events)

    def _look(self, events: Events, start: int, stop: int) -> None:
        part = events[start:stop]
        conditions = part["token"].astype(np.int64) >> 1
        ticks = self.ticks[np.minimum(conditions, len(self.ticks) - 1)]
        snapshot = part["kind"] == EventKind.BOOK_SNAPSHOT
        for nth, name in enumerate(_LEVELS):
            looked = snapshot & (part["code"] > nth)
            if nth == 0:
                looked |= np.isin(part["kind"], _ONE)
            found = np.flatnonzero(looked & (part[name] % ticks != 0))
            self.count += len(found)
            if len(found) and not self.such:
                k = int(found[0])
                price, tick = format_price(int(part[name][k])), format_price(int(ticks[k]))
                number = self.stepped + start + k + 1
                self.such = f"event {number}, token {part['token'][k]}: {price}, tick {tick}"

    def said(self) -> list[str]:
        """What the person is told: nothing if every price was on its grid."""
        if not self.count:
            return []
        text = f"{self.count:,} x price off its market's tick (such as {self.such}): taken as it is"
        return [f"{text}; where the tick is finer, give --tick or --markets FILE"]
