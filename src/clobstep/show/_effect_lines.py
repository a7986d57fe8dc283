"""What stands in the line of each kind of effect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from clobstep.effects import Effect
from clobstep.enums import (
    NO_TOKEN,
    Alert,
    EffectKind,
    EventKind,
    Evidence,
    Fault,
    Flag,
    Liquidity,
    OrderState,
    Origin,
    Refusal,
    Tif,
    TradeState,
    VenueState,
    Wake,
)
from clobstep.show import _parts as p
from clobstep.show import _words as words
from clobstep.units import format_cash, format_size


def _refused(e: Effect) -> str:
    kind = p.name(EventKind, e.ref)
    code = p.name(Refusal, e.code)
    why = p.when(code in words.REFUSALS, f" - {words.REFUSALS.get(code)}")
    return f"{kind}{p.when(e.order_id, f' order {e.order_id}')}: {code}{why}"


def _submit(e: Effect) -> str:
    return p.join(
        f"order {e.order_id} {p.level(e)} {p.name(Tif, e.code)}"
        + p.when(e.flags & Flag.ORDER_POST_ONLY, " post-only"),
        f"{format_cash(e.amount)} pUSD",
        f"salt {e.ref}",
        p.when(e.deadline_ns, f"expiry {p.time(e.deadline_ns)}"),
        p.when(e.aux, p.name(Origin, e.aux)),
    )


def _order_state(e: Effect) -> str:
    return p.join(
        f"{e.order_id} {p.name(OrderState, e.code)}",
        f"filled {format_size(e.size)}",
        f"leaves {format_size(e.amount)}",
        p.when(e.ref, f"canceled {format_size(e.ref)}"),
        p.when(e.deadline_ns, f"reversed {format_size(e.deadline_ns)}"),
        p.when(e.flags, f"dropped: {p.name(Refusal, e.flags)}"),
        p.when(e.aux, p.name(Origin, e.aux)),
    )


def _fill(e: Effect) -> str:
    return p.join(
        f"order {e.order_id} {p.level(e)}",
        f"{p.name(Liquidity, e.code)} by {p.name(Evidence, e.flags)}",
        f"cash {format_cash(e.deadline_ns)}",
        f"fee {format_cash(e.amount)}",
        f"trade {e.ref}",
        p.when(e.aux, p.name(Origin, e.aux)),
    )


def _alert(e: Effect) -> str:
    name = p.name(Alert, e.code)
    details = {
        "BREAKER_OPEN": f"until {p.time(e.deadline_ns)}",
        "GLOBAL_BREAKER_OPEN": f"until {p.time(e.deadline_ns)}",
        "BALANCE_DIFFERS": f"by {format_size(e.amount)}",
        "VENUE_STATE": f"now {p.name(VenueState, e.aux)}",
        "LOSS_STOP": f"of the {dict(enumerate(('market', 'day', 'session'))).get(e.aux, e.aux)}",
    }
    about = p.join(
        p.when(e.order_id, f"order {e.order_id}"),
        p.when(e.token != NO_TOKEN, p.token(e)),
        p.when(e.ref, f"ref {e.ref}"),
        details.get(name, ""),
    )
    why = p.when(name in words.ALERTS, f" - {words.ALERTS.get(name)}")
    return f"{name}{p.when(about, f' {about}')}{why}"


def _converted(e: Effect) -> str:
    return f"{format_size(e.size)} of {p.token(e)}"


def _about_order(e: Effect) -> str:
    return f"order {e.order_id}"


EFFECTS: Final[dict[EffectKind, Callable[[Effect], str]]] = {
    EffectKind.REFUSED: _refused,
    EffectKind.SUBMIT: _submit,
    EffectKind.CANCEL: _about_order,
    EffectKind.QUERY: _about_order,
    EffectKind.ORDER: _order_state,
    EffectKind.FILL: _fill,
    EffectKind.SETTLED: lambda e: (
        f"trade {e.ref} of order {e.order_id} {p.name(TradeState, e.code)}, "
        f"size {format_size(e.size)}"
    ),
    EffectKind.TIMER: lambda e: f"at {p.time(e.deadline_ns)}",
    EffectKind.RESYNC: p.token,
    EffectKind.RECONCILE: lambda _: "",
    EffectKind.ALERT: _alert,
    EffectKind.WAKE: lambda e: f"{p.token(e)} {p.bits(Wake, e.flags)}",
    EffectKind.HALT: lambda e: f"{p.name(Fault, e.code)}{p.when(e.aux, f', detail {e.aux}')}",
    EffectKind.MERGE: _converted,
    EffectKind.SPLIT: _converted,
    EffectKind.REDEEM: _converted,
    EffectKind.REFRESH: p.token,
}
