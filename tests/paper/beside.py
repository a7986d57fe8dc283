"""The compiled venue beside the reference: same recording, same requests; what differs."""

from __future__ import annotations

from collections import Counter
from typing import Any

from clobstep import events
from clobstep.effects import Effect
from clobstep.enums import (
    AcceptStatus,
    CancelReason,
    EffectKind,
    EventKind,
    Flag,
    Reject,
    TradeStatus,
)
from paper.desk import Array, Outcome, requests_of
from paper.reference import Leg, Reference
from paper.reference_orders import Answer, Fill, Request
from paper.reference_queue import Model


def request_of(effect: Effect) -> Request:
    """A SUBMIT or CANCEL effect as the reference takes it."""
    if effect.kind == EffectKind.CANCEL:
        return Request(effect.time_ns, True, effect.order_id)
    return Request(
        effect.time_ns,
        False,
        effect.order_id,
        effect.token,
        effect.side,
        effect.price_pips,
        effect.size,
        effect.amount,
        effect.code,
        bool(effect.flags & Flag.ORDER_POST_ONLY),
        effect.deadline_ns,
    )


def fills_of(stepped: Array) -> list[tuple[Fill, int]]:
    """Fills as the compiled venue told the engine, and when that came to us."""
    found = []
    rows = stepped[stepped["kind"] == EventKind.TRADE]
    for row in rows[rows["code"] == TradeStatus.MATCHED]:
        fill = Fill(
            int(row["venue_time_ns"]),
            int(row["order_id"]),
            int(row["token"]),
            int(row["side"]),
            int(row["price_pips"]),
            int(row["size"]),
            bool(row["flags"] & Flag.ROLE_MAKER),
        )
        found.append((fill, int(row["time_ns"])))
    return found


NAMES: dict[int, Any] = {
    EventKind.ACCEPTED: AcceptStatus,
    EventKind.REJECTED: Reject,
    EventKind.CANCEL_REFUSED: CancelReason,
    EventKind.CANCELED: CancelReason,
}


def answers_of(stepped: Array) -> list[tuple[Answer, int]]:
    """All other words of the compiled venue."""
    found = []
    first, last = EventKind.ACCEPTED, EventKind.NOT_FOUND
    for row in stepped[(stepped["kind"] >= first) & (stepped["kind"] <= last)]:
        kind = EventKind(int(row["kind"]))
        detail = NAMES[kind](int(row["code"])).name if kind in NAMES else ""
        known = row["flags"] & Flag.SIZE_KNOWN
        answer = Answer(
            int(row["venue_time_ns"]),
            int(row["order_id"]),
            kind.name,
            detail,
            int(row["size"]) if known else 0,
        )
        found.append((answer, int(row["time_ns"])))
    return found


def merged(fills: list[Fill]) -> Counter[Fill]:
    """Fills of one order at one price and time, as one."""
    sums: Counter[Fill] = Counter()
    for fill in fills:
        sums[fill._replace(size=0)] += fill.size
    return Counter({fill._replace(size=size): 1 for fill, size in sums.items()})


def predict(recording: Array, outcome: Outcome, model: Model, **legs: Any) -> Reference:
    """What the venue must have done."""
    reference = Reference(model, **legs)
    data = [events.unpack(row.tobytes()) for row in recording]
    reference.run(data, [request_of(effect) for effect in requests_of(outcome)])
    return reference


def differences(outcome: Outcome, reference: Reference) -> list[str]:
    """Fills and answers that only one of the two has."""
    got = merged([fill for fill, _ in fills_of(outcome.events)])
    want = merged(reference.fills)
    told = Counter(
        answer
        for answer, _ in answers_of(outcome.events)
        # Behind the end of the recording orders still expire, as long as a redeem is on its way.
        if answer.detail != "EXPIRED" or answer.venue_ns <= reference.now
    )
    wanted = Counter(reference.answers)
    out = []
    for name, ours, theirs in (("fill", got, want), ("answer", told, wanted)):
        out += [f"compiled only: {name} {one}" for one in sorted((ours - theirs).elements())]
        out += [f"reference only: {name} {one}" for one in sorted((theirs - ours).elements())]
    return sorted(out, key=lambda line: int(line.partition("venue_ns=")[2].partition(",")[0]))


__all__ = ["Leg", "Model", "differences", "predict"]
