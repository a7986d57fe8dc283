"""A world's words by way of the venue's bytes and the product's codecs, for `World(through=...)`.

Owns: how many words went so, and which kinds went on directly because bytes cannot say them
(docs/exchange.md).
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from clobstep import events
from clobstep.enums import PIPS, CancelReason, EventKind, Tif
from clobstep.events import Event
from clobstep_sim.exchange import Exchange
from clobstep_sim.exchange.frames import EVERYBODY, Ear, Frames

SECOND: Final = 1_000_000_000
GTD_EARLY_NS: Final = 60 * SECOND  # a GTD order ends this long before its expiry

Words = list[tuple[int, bytes]]


class Wire:
    """What an account's codecs make of the exchange's words. Make the markets before it."""

    def __init__(self, exchange: Exchange, account: int) -> None:
        self._exchange = exchange
        self._frames = Frames(exchange)
        self._ear = Ear(exchange, account)
        self._account = account
        self.counts: Counter[str] = Counter()

    def __call__(self, words: Words) -> Words:
        """Words of a moment, written and read again, each in its place."""
        heard: Words = []
        for account, record in words:
            if account not in (EVERYBODY, self._account):
                continue
            e = events.unpack(record)
            if account != EVERYBODY:
                self._ear.owns(e.order_id)
            if not self._is_sayable(account, e):
                self.counts[f"direct {EventKind(e.kind).name}"] += 1
                heard.append((account, record))
                continue
            for frame in self._frames.say([(account, record)]):
                self.counts["messages"] += 1
                heard += [(account, event) for event in self._ear.hear(frame)]
        for note in self._ear.take_notes():
            self.counts[f"note {note.kind}"] += 1
        return heard

    def _is_sayable(self, account: int, e: Event) -> bool:
        """Not a draw; not a cancel in the last fraction of a second of a GTD order."""
        if e.kind == EventKind.RESOLVED:
            return e.price_pips == PIPS
        if e.kind != EventKind.CANCELED or e.code != CancelReason.USER:
            return True
        order = self._exchange.order(account, e.order_id)
        assert order is not None, "a word of an order that never came"
        written_ns = order["expire_ns"] // SECOND * SECOND
        return order["tif"] != Tif.GTD or e.venue_time_ns < written_ns - GTD_EARLY_NS
