"""The same orders on paper: what a fill model makes of orders whose fate the exchange knows.

Theory of operation. A maker trades in the exchange itself. The public feed that its own client
heard is the recording, its own quotes in it, as anybody would have recorded it. Each order that the
venue took is sent to the paper venue again, to arrive a nanosecond before it did (what is displayed
then has it not), and is canceled when it was canceled. An order that was filled has no such moment:
its shadow is canceled when the next order of its side came, as the maker would have done had it
not been filled, but not before the print of that fill, for paper learns of a trade by its print. So
both have the same orders, one a side, over the same time; only who was filled, when and by how much
is inferred.

Owns: the script of the shadow, and the run on paper.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from clobstep import events
from clobstep.core import EVENT_DTYPE
from clobstep.enums import NO_TOKEN, EventKind, OrderState, Side, Tif, Wake
from clobstep.strategy.protocol import Plain, Turn
from clobstep_sim.replayed.paper import paper
from clobstep_sim.replayed.recording import Recording, with_signals
from clobstep_sim.replayed.result import PaperResult
from clobstep_sim.replayed.settings import PaperSettings

Array = NDArray[np.void]
Ints = NDArray[np.int64]

LEG_NS: Final = 1_000_000  # of each leg on paper; the script leaves so much earlier
LEG: Final = "1ms"
PRINT_NS: Final = 30_000_000  # a trade is printed within so long; the made market takes 21 ms
SUBMIT: Final = 1
CANCEL: Final = 2
LIFE_DTYPE: Final = np.dtype(
    [
        ("order_id", "<u8"),
        ("token", "<u4"),
        ("side", "u1"),
        ("price_pips", "<i2"),
        ("size", "<i8"),
        ("arrived_ns", "<i8"),  # the venue's clock
        ("ended_ns", "<i8"),  # the same: canceled, or the next of its side came
        ("filled", "<i8"),
    ]
)


def lives(orders: Array, arrived_ns: Ints, canceled_ns: Ints, filled_ns: Ints) -> Array:
    """LIFE_DTYPE of the resting orders that the venue took, by arrival.

    `orders`: ORDER_DTYPE; `arrived_ns`, `canceled_ns`, `filled_ns` (the last fill): by the venue's
    clock, 0 where it never was.
    """
    took = (arrived_ns > 0) & (orders["tif"] == Tif.GTC) & (orders["state"] != OrderState.REJECTED)
    order = np.argsort(arrived_ns[took], kind="stable")
    mine = orders[took][order]
    out = np.zeros(len(mine), LIFE_DTYPE)
    for name in ("order_id", "token", "side", "price_pips", "filled"):
        out[name] = mine[name]
    out["size"] = mine["original"]
    out["arrived_ns"] = arrived_ns[took][order]
    out["ended_ns"] = canceled_ns[took][order]
    printed_ns = filled_ns[took][order] + PRINT_NS
    bid = (out["side"] == Side.BUY) != (out["token"] & 1 == 1)
    group = (out["token"] & ~np.uint32(1)) + bid
    for one in np.unique(group):
        at = np.flatnonzero(group == one)
        following = np.append(out["arrived_ns"][at[1:]], np.iinfo(np.int64).max)
        ends = out["ended_ns"][at]
        out["ended_ns"][at] = np.where(ends > 0, ends, np.maximum(following, printed_ns[at]))
    return out


def script(found: Array) -> Array:
    """SIGNAL events: each order's submit and its cancel, a leg before they are due."""
    ends = found["ended_ns"] < np.iinfo(np.int64).max
    rows = np.zeros(len(found) + int(ends.sum()), EVENT_DTYPE)
    first, second = rows[: len(found)], rows[len(found) :]
    first["time_ns"] = found["arrived_ns"] - LEG_NS - 1
    first["ref"], first["size"] = np.arange(len(found)), SUBMIT
    second["time_ns"] = found["ended_ns"][ends] - LEG_NS - 1
    second["ref"], second["size"] = np.flatnonzero(ends), CANCEL
    rows["kind"], rows["token"], rows["order_id"] = EventKind.SIGNAL, NO_TOKEN, 1
    return rows[np.argsort(rows["time_ns"], kind="stable")]


class Shadow(Plain):
    """Does what the script says, and nothing else."""

    wakes = Wake.SIGNAL
    engine: ClassVar[dict[str, int]] = {}

    def __init__(self, found: Array) -> None:
        super().__init__(None)
        self.found = found
        self.ids: dict[int, int] = {}  # of the script -> order id on paper

    def on_wake(self, turn: Turn) -> None:
        """One line of the script."""
        if turn.kind != EventKind.SIGNAL:
            return
        signal = events.unpack(turn.event)
        which = signal.ref
        if signal.size == SUBMIT:
            life = self.found[which]
            self.ids[which] = turn.submit(
                int(life["token"]), Side(int(life["side"])), int(life["price_pips"]),
                int(life["size"]), post_only=True,
            )  # fmt: skip
        elif which in self.ids:
            turn.cancel(self.ids[which])


def shadow(recording: Recording, found: Array, fill: str, **settings: Any) -> PaperResult:
    """The paper venue's word on these orders, under one fill model."""
    chosen = PaperSettings(
        fill=fill, latency=LEG, feed_latency="0ms", **settings
    )  # fmt: skip
    return paper(with_signals(recording, script(found)), Shadow(found), settings=chosen)
