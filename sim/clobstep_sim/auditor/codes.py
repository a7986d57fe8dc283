"""The names of clobstep.enums for plain integers.

In Python 3.11 to get at a member of an enum takes ten times as long as at an attribute, and the
auditor asks for some at each event. A type checker sees the enums themselves.
"""

from __future__ import annotations

from enum import IntEnum
from types import SimpleNamespace
from typing import TYPE_CHECKING

from clobstep import enums

__all__ = (
    "AcceptStatus", "Alert", "BreakerState", "CancelReason", "EffectKind", "EventKind", "Evidence",
    "Fault", "FeedInput", "FeedSign", "FeedState", "Flag", "FoundStatus", "Heartbeat", "Liquidity",
    "OperatorCode", "OrderAction", "OrderInput", "OrderState", "Origin", "Refusal", "Reject",
    "RequestState", "SessionState", "Side", "Tif", "TradeState", "TradeStatus", "VenueState",
    "Verdict", "Wake",
)  # fmt: skip


def _plain(enum: type[IntEnum]) -> SimpleNamespace:
    return SimpleNamespace(**{name: int(member) for name, member in enum.__members__.items()})


if TYPE_CHECKING:
    from clobstep.enums import (
        AcceptStatus,
        Alert,
        BreakerState,
        CancelReason,
        EffectKind,
        EventKind,
        Evidence,
        Fault,
        FeedInput,
        FeedSign,
        FeedState,
        Flag,
        FoundStatus,
        Heartbeat,
        Liquidity,
        OperatorCode,
        OrderAction,
        OrderInput,
        OrderState,
        Origin,
        Refusal,
        Reject,
        RequestState,
        SessionState,
        Side,
        Tif,
        TradeState,
        TradeStatus,
        VenueState,
        Verdict,
        Wake,
    )  # fmt: skip
else:
    globals().update({name: _plain(getattr(enums, name)) for name in __all__})
