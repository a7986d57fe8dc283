"""What each read of the account found: every difference between the venue and us, by its verdict.

A read is what stands between RECONCILE_BEGUN and RECONCILED; the adapter lets no private word
between. So a fill booked in there is one that the channel had not told, and an alert in there is
about what the venue showed. Owns the words of the verdicts; reads a session, changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from clobstep import show
from clobstep.enums import Alert, EffectKind, EventKind
from clobstep.session.reader import Session
from clobstep.session.series import Series

VERDICTS: Final = {
    Alert.FOREIGN_ORDER: "venue order unknown to us",
    Alert.ORDER_MISSING: "ours unknown to the venue: looked up",
    Alert.FOREIGN_FILL: "fill of a foreign order: booked as FOREIGN",
    Alert.BALANCE_DIFFERS: "balance off beyond what is in flight: read again, then HALT",
    Alert.RISEN: "held dead and open: adopted and cancelled",
    Alert.LATE_FILL: "fill of an order held dead: booked",
    Alert.STALE_FACT: "old trade without a key: not booked",
    Alert.OVERFILL: "filled beyond its size: booked",
    Alert.FILL_MISMATCH: "fill on another token or side: booked as it says",
    Alert.SHORTFALL: "spendable below zero: booked in full",
}
MISSING_FILL: Final = "missing fill: booked"
_OPEN: Final = (Alert.ORDER_MISSING, Alert.BALANCE_DIFFERS)  # the read does not agree
_KINDS: Final = (EventKind.RECONCILE_BEGUN, EventKind.RECONCILED, EventKind.RESTARTED)


@dataclass
class Read:
    """One read: its first and last event, and (verdict, the effect in words) of each difference.

    `end_seq` 0: it was never told, because it failed or another one was begun.
    """

    begin_seq: int
    end_seq: int = 0
    agrees: bool = False
    differences: list[tuple[str, str]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types."""
        return {
            "begin_seq": self.begin_seq,
            "end_seq": self.end_seq or None,
            "agrees": self.agrees,
            "differences": [{"verdict": v, "effect": e} for v, e in self.differences],
        }


def reads(session: Session | Series) -> list[Read]:
    """Every read of the session, in order."""
    found = list(_spans(session))
    told = [one for one in found if one.end_seq]
    at = 0
    for effects in session.effects():
        kinds = effects["kind"]
        for effect in effects[(kinds == EffectKind.ALERT) | (kinds == EffectKind.FILL)]:
            seq = int(effect["seq"])
            while at < len(told) and told[at].end_seq < seq:
                at += 1
            if at == len(told):
                break
            if seq > told[at].begin_seq:
                _add(told[at], effect)
    return found


def _spans(session: Session | Series) -> Iterator[Read]:
    """Reads by their events."""
    first, one = session.begins_at + 1, None
    for events in session.events():
        for k in np.flatnonzero(np.isin(events["kind"], _KINDS)).tolist():
            kind, seq = int(events["kind"][k]), first + k
            if kind == EventKind.RECONCILED:
                if one is not None:
                    one.end_seq, one.agrees = seq, True
                    yield one
                one = None
                continue
            if one is not None:
                yield one  # it was not told
            one = Read(seq) if kind == EventKind.RECONCILE_BEGUN else None
        first += len(events)
    if one is not None:
        yield one


def _add(read: Read, effect: Any) -> None:
    """An effect of a read, if it is a difference."""
    text = show.effect(effect.tobytes())
    if effect["kind"] == EffectKind.FILL:
        read.differences.append((MISSING_FILL, text))
        return
    code = Alert(int(effect["code"]))
    if code in VERDICTS:
        read.differences.append((VERDICTS[code], text))
        read.agrees = read.agrees and code not in _OPEN
