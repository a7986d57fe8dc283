"""How the values in a scenario are written: decimals, names, times since noon.

A `Field` says where a named value stands in an effect or a view and how it is read and shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import IntEnum
from typing import Final, NamedTuple

from clobstep import enums, units
from clobstep.enums import EffectKind

NOON_NS: Final = int(units.parse_time("2026-11-23T12:00:00Z"))
"""0s in every scenario."""

_TIME: Final = re.compile(r"(-?)((?:\d+(?:\.\d+)?(?:h|m|s|ms|us|ns)\+?)+)")


def is_time(word: str) -> bool:
    return _TIME.fullmatch(word) is not None


def read_time(word: str) -> int:
    """Read "90s" or "2h+5s" after noon (or, with a minus, before it) as nanoseconds of UTC."""
    found = _TIME.fullmatch(word)
    if found is None:
        raise ValueError(f"{word!r} is no time such as 90s or 2h+5s")
    since = sum(units.parse_duration(part) for part in found[2].split("+"))
    return NOON_NS + (-since if found[1] else since)


def show_time(time_ns: int) -> str:
    since = time_ns - NOON_NS
    return f"{'-' * (since < 0)}{units.format_duration(abs(since))}"


class Field(NamedTuple):
    """One value: the attribute that holds it, and what kind of value it is."""

    attribute: str
    kind: str | type[IntEnum]

    def read(self, word: str) -> int:
        """Read what a scenario says; ValueError if it is no such value."""
        if not isinstance(self.kind, str):
            if word not in self.kind.__members__:
                raise ValueError(f"{word!r} is none of {', '.join(self.kind.__members__)}")
            return int(self.kind[word])
        if self.kind in ("bid", "ask", "time") and word == "none":
            return 10_000 if self.kind == "ask" else 0
        if self.kind == "flag":
            return {"no": 0, "yes": 1}[word]
        if self.kind == "time":
            return read_time(word)
        if self.kind in ("price", "bid", "ask"):
            return units.parse_price(word)
        return int(word) if self.kind == "int" else units.parse_cash(word)

    def show(self, value: int) -> str:
        """Show what the engine says, in the same form."""
        if not isinstance(self.kind, str):
            return next((m.name for m in self.kind if m == value), str(value))
        if (self.kind == "ask" and value == 10_000) or (self.kind in ("bid", "time") and not value):
            return "none"
        if self.kind == "flag":
            return "yes" if value else "no"
        if self.kind == "int":
            return str(value)
        by_kind = {"time": show_time, "decimal": units.format_size}
        return by_kind.get(self.kind, units.format_price)(value)

    def of(self, holder: object) -> int:
        """The value in an effect or view, as an integer whatever it is there."""
        value = int(getattr(holder, self.attribute))
        return int(value != 0) if self.kind == "flag" else value


def _f(attribute: str, kind: str | type[IntEnum] = "decimal") -> Field:
    return Field(attribute, kind)


class EffectForm(NamedTuple):
    """How an effect is written: the fields that stand first, without a name, and the others."""

    first: tuple[Field, ...]
    named: Mapping[str, Field]


_ID: Final = _f("order_id", "int")
_TOKEN: Final = _f("token", "int")
_ORIGIN: Final = _f("aux", enums.Origin)
_ORDER_FIELDS: Final = {
    "token": _TOKEN,
    "side": _f("side", enums.Side),
    "price": _f("price_pips", "price"),
}
_CONVERSION: Final = EffectForm((_TOKEN,), {"size": _f("size")})

EFFECTS: Final[dict[EffectKind, EffectForm]] = {
    EffectKind.REFUSED: EffectForm(
        (_f("code", enums.Refusal),),
        {"event": _f("ref", enums.EventKind), "order": _ID, "token": _TOKEN},
    ),
    EffectKind.SUBMIT: EffectForm(
        (_ID,),
        _ORDER_FIELDS
        | {
            "size": _f("size"),
            "amount": _f("amount"),
            "tif": _f("code", enums.Tif),
            "post_only": _f("flags", "flag"),
            "origin": _ORIGIN,
            "expiry": _f("deadline_ns", "time"),
            "salt": _f("ref", "int"),
        },
    ),
    EffectKind.CANCEL: EffectForm((_ID,), {"token": _TOKEN}),
    EffectKind.QUERY: EffectForm((_ID,), {"token": _TOKEN}),
    EffectKind.ORDER: EffectForm(
        (_ID, _f("code", enums.OrderState)),
        {
            "filled": _f("size"),
            "leaves": _f("amount"),
            "canceled": _f("ref"),
            "reversed": _f("deadline_ns"),
            "dropped": _f("flags", enums.Refusal),
            "origin": _ORIGIN,
        },
    ),
    EffectKind.FILL: EffectForm(
        (_ID,),
        _ORDER_FIELDS
        | {
            "size": _f("size"),
            "fee": _f("amount"),
            "cash": _f("deadline_ns"),
            "trade": _f("ref", "int"),
            "liquidity": _f("code", enums.Liquidity),
            "by": _f("flags", enums.Evidence),
            "origin": _ORIGIN,
        },
    ),
    EffectKind.SETTLED: EffectForm(
        (_f("ref", "int"), _f("code", enums.TradeState)),
        {"order": _ID, "size": _f("size")},
    ),
    EffectKind.TIMER: EffectForm((_f("deadline_ns", "time"),), {}),
    EffectKind.RESYNC: EffectForm((_TOKEN,), {}),
    EffectKind.RECONCILE: EffectForm((), {}),
    EffectKind.ALERT: EffectForm(
        (_f("code", enums.Alert),),
        {
            "token": _TOKEN,
            "order": _ID,
            "ref": _f("ref", "int"),
            "until": _f("deadline_ns", "time"),
            "amount": _f("amount"),
            "aux": _f("aux", "int"),
        },
    ),
    EffectKind.WAKE: EffectForm((_TOKEN,), {"bits": _f("flags", "int")}),
    EffectKind.HALT: EffectForm((_f("code", enums.Fault),), {"aux": _f("aux", "int")}),
    EffectKind.MERGE: _CONVERSION,
    EffectKind.SPLIT: _CONVERSION,
    EffectKind.REDEEM: _CONVERSION,
    EffectKind.REFRESH: EffectForm((_TOKEN,), {}),
}

_ACCOUNT: Final = {
    name: _f(name)
    for name in ("settled", "incoming", "outgoing", "reserved", "locked", "spendable")
}
VIEWS: Final[dict[str, dict[str, Field]]] = {
    "cash": _ACCOUNT,
    "token": _ACCOUNT,
    "order": {
        "state": _f("state", enums.OrderState),
        "request": _f("request", enums.RequestState),
        "token": _TOKEN,
        "side": _f("side", enums.Side),
        "tif": _f("tif", enums.Tif),
        "origin": _f("origin", enums.Origin),
        "price": _f("price_pips", "price"),
        "cancel_wanted": _f("cancel_wanted", "flag"),
        "done": _f("done", "flag"),
        "presumed": _f("presumed", "flag"),
    }
    | {
        name: _f(name)
        for name in (
            "original",
            "filled",
            "canceled",
            "reversed",
            "restored",
            "overfill",
            "leaves",
            "reserved",
        )
    },
    "book": {
        "bid": _f("bid_pips", "bid"),
        "ask": _f("ask_pips", "ask"),
        "bid_size": _f("bid_size"),
        "ask_size": _f("ask_size"),
        "feed": _f("feed", enums.FeedState),
    },
    "market": {
        "known": _f("known", "flag"),
        "tick": _f("tick_pips", "price"),
        "min_size": _f("min_size"),
        "fee_rate": _f("fee_ppm"),
        "cluster": _f("cluster", "int"),
        "resolved": _f("resolved", "flag"),
        "hold": _f("hold", "flag"),
        "loss_stop": _f("loss_stop", "flag"),
        "unhedged": _f("unhedged", "flag"),
        "breaker": _f("breaker", enums.BreakerState),
        "feed": _f("feed", enums.FeedState),
    }
    | {name: _f(name, "int") for name in ("rejects", "open_orders", "generation")}
    | {
        name: _f(name)
        for name in ("flow", "fees", "cost_yes", "cost_no", "reserved_cash", "exposure")
    },
    "engine": {
        "session": _f("session", enums.SessionState),
        "venue": _f("venue", enums.VenueState),
        "halted": _f("halted", "flag"),
        "fault": _f("fault", enums.Fault),
        "now": _f("now_ns", "time"),
        "watermark": _f("watermark_ns", "time"),
        "deadline": _f("deadline_ns", "time"),
    },
}
