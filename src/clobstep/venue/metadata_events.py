"""Metadata of the live venue as events: what a market is now, and what became different.

CLUSTER comes before MARKET, and MARKET before RESOLVED; one cycle of a whole event says its CLUSTER
first, so that a flag that appears holds all of its markets before any of them is said to be new.
A market that may not be traded (`tradable`) is never said to be open.
Owns: when a market is closed out, what a cluster is called, and the words about changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

import msgspec

from clobstep import events, units
from clobstep.enums import EventKind, Flag
from clobstep.venue import tradable
from clobstep.venue.closing import about, is_pinned, when
from clobstep.venue.interning import Interning, InterningError
from clobstep.venue.market_info import MarketInfo
from clobstep.venue.markets import with_defaults

_UNPROVEN: Final = ("requested", "proposed", "disputed")  # the oracle may still say otherwise
_PROVEN: Final = ("resolved", "settled")
# What a page that does not say it cannot take back: without it a market is more dangerous.
_CARRIED: Final = (
    "yes", "no", "cluster", "event_id", "event_slug", "tick_pips", "min_size", "fee_ppm",
    "neg_risk", "event_neg_risk", "augmented", "version", "close_out_ns", "end_ns",
    "game_start_ns", "payout_yes_pips", "fee_exponent", "fee_taker_only", "taker_delay_ns",
    "taker_delay_blocks",
)  # fmt: skip


class CloseOut(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From when on only less risk is taken: by a market's own word, else by this choice.

    Before the game starts where there is one; else before the end date, which is the earliest
    moment at which the venue may resolve. None: that date is no reason.
    """

    before_game_ns: int | None = 0
    before_end_ns: int | None = 0

    def of(self, info: MarketInfo) -> int:
        """The time, 0 for never."""
        if info.close_out_ns is not None:
            return info.close_out_ns
        for date, window in (
            (info.game_start_ns, self.before_game_ns),
            (info.end_ns, self.before_end_ns),
        ):
            if date is not None and window is not None:
                return max(date - window, 1)
        return 0


class Change(NamedTuple):
    """Event records, one after the other, and what happened in words."""

    events: bytes = b""
    words: tuple[str, ...] = ()


def cluster_name(info: MarketInfo) -> str:
    """What its event goes by: the event's id, which stays when a negRiskMarketID appears."""
    return info.event_id or info.cluster or ""


def name(info: MarketInfo) -> str:
    """What a person calls it."""
    return info.slug or info.condition


def carried(before: MarketInfo, after: MarketInfo) -> MarketInfo:
    """What a newer answer says, with what only the older one said of things that matter.

    Other tokens than before are never taken: the places of the old ones are in records already.
    """
    kept = {
        field: getattr(before, field)
        for field in _CARRIED
        if getattr(after, field) in (None, "") and getattr(before, field) not in (None, "")
    }
    odd = []
    for field in ("yes", "no"):
        held, given = getattr(before, field), getattr(after, field)
        if held and given and held != given:
            kept[field] = held
            odd.append(field)
    if odd:
        text = f"it names other tokens than before ({', '.join(odd)}): not taken"
        kept["remarks"] = (*after.remarks, text)
        kept["contradicted"] = (*after.contradicted, *odd)
    return msgspec.structs.replace(after, **kept) if kept else after


def payout(info: MarketInfo) -> int | None:
    """What a YES share pays, if it is certain: RESOLVED cannot be taken back.

    Closed, prices pinned, and the oracle not in the middle of it. Half and half is also the price
    of a market that never traded, so it needs the oracle's own word.
    """
    status = info.uma_status.lower()
    if info.payout_yes_pips is None or status in _UNPROVEN:
        return None
    if status in _PROVEN or is_pinned(info) or not info.market_id:
        return info.payout_yes_pips
    return None


class MetadataEvents:
    """Makes the events. Places of tokens and numbers of clusters come from the interning."""

    def __init__(
        self,
        interning: Interning,
        *,
        close_out: CloseOut | None = None,
        rules: tradable.Rules = tradable.RULES,
    ) -> None:
        self.interning = interning
        self.close_out = CloseOut() if close_out is None else close_out
        self.rules = rules

    def market(self, info: MarketInfo, at_ns: int) -> bytes:
        """MARKET. Errors: InterningError when its tokens cannot have their places."""
        even = self.interning.pair(info.condition, info.yes, info.no)
        full = with_defaults(info)
        assert full.tick_pips is not None
        assert full.min_size is not None
        assert full.fee_ppm is not None
        flags = risk_flags(full)
        flags |= Flag.META_OPEN if tradable.takes_orders(info, self.rules) else 0
        flags |= Flag.META_ASSUMED if full.assumed else 0
        named = cluster_name(full)
        return events.raw(
            EventKind.MARKET,
            at=at_ns,
            token=even,
            price_pips=full.tick_pips,
            size=full.min_size,
            amount=full.fee_ppm,
            order_id=self.interning.cluster(named) if named else 0,
            ref=self.close_out.of(full),
            flags=flags,
        )

    def cluster(self, named: str, infos: Iterable[MarketInfo], at_ns: int) -> bytes:
        """CLUSTER: a flag counts for the event if it or any of its markets has it."""
        flags = 0
        for info in infos:
            flags |= event_flags(info)
        number = self.interning.cluster(named)
        return events.raw(EventKind.CLUSTER, at=at_ns, order_id=number, flags=flags)

    def resolved(self, info: MarketInfo, at_ns: int) -> bytes:
        """RESOLVED, b"" if the payout is not certain or no place of YES is known."""
        paid = payout(info)
        token = self.interning.find(info.yes) if info.yes else None
        if paid is None or token is None:
            return b""
        return events.raw(
            EventKind.RESOLVED,
            at=at_ns,
            venue_time_ns=info.closed_ns or 0,
            token=token,
            price_pips=paid,
        )

    def changes(self, before: MarketInfo | None, after: MarketInfo, at_ns: int) -> Change:
        """As `cycle`, of one market that stands for its whole event."""
        known = {} if before is None else {before.condition: before}
        return self.cycle(known, [after], at_ns)

    def cycle(
        self,
        before: Mapping[str, MarketInfo],
        after: Iterable[MarketInfo],
        at_ns: int,
        *,
        others: Iterable[MarketInfo] = (),
    ) -> Change:
        """CLUSTER and MARKET of each market in `after`, and what is different from `before`.

        MARKET comes also if nothing changed: to the core it says that the metadata is fresh. A
        changed tick, fee or minimum is in it. `before` may hold more markets than `after`, and
        `others` are markets that we do not follow: both count for the flags of their event.
        """
        fresh = {i.condition: i for i in after}
        whole = {**{i.condition: i for i in others}, **before, **fresh}
        words: list[str] = []
        records: list[bytes] = []
        for named in self._clusters(before, fresh):
            ours = [i for i in whole.values() if named in (cluster_name(i), _was(before, i))]
            records.append(self.cluster(named, ours, at_ns))
        markets: list[bytes] = []
        for info in fresh.values():
            known = before.get(info.condition)
            try:
                markets.append(self.market(info, at_ns))
            except InterningError as error:
                words.append(f"{name(info)}: left out: {error}")
                continue
            if known is None or payout(known) is None:
                markets.append(self.resolved(info, at_ns))
            words += differences(known, info, self.rules)
        return Change(b"".join([*records, *markets]), tuple(words))

    def _clusters(
        self, before: Mapping[str, MarketInfo], fresh: Mapping[str, MarketInfo]
    ) -> list[str]:
        """Names of the events touched: also what one was called until now, for its holds."""
        found: dict[str, None] = {}
        for info in fresh.values():
            for named in (_was(before, info), cluster_name(info)):
                if named:
                    found[named] = None
        return list(found)


def risk_flags(info: MarketInfo) -> int:
    """META_NEG_RISK and META_AUGMENTED, as MARKET and CLUSTER carry them."""
    return (Flag.META_NEG_RISK if info.neg_risk else 0) | (
        Flag.META_AUGMENTED if info.augmented else 0
    )


def event_flags(info: MarketInfo) -> int:
    """The same as far as this market knows them of its event: CLUSTER carries those of all."""
    return risk_flags(info) | (Flag.META_NEG_RISK if info.event_neg_risk else 0)


def differences(
    before: MarketInfo | None, after: MarketInfo, rules: tradable.Rules = tradable.RULES
) -> list[str]:
    """What a person should hear of a market that was read again."""
    if before is None:
        return []
    said = []
    for field, label, show in _SHOWN:
        old, new = getattr(before, field), getattr(after, field)
        if old != new and new is not None:
            said.append(f"{label} {_show(show, old)} -> {_show(show, new)}")
    was, now = tradable.takes_orders(before, rules), tradable.takes_orders(after, rules)
    if was and not now:
        reasons = [r.value for r in tradable.why_not(after, rules) if r not in tradable.ADVICE]
        said.append(f"no longer traded: {', '.join(reasons)}")
    elif now and not was:
        said.append("may be traded now")
    paid = payout(after)
    if paid is not None and payout(before) is None:
        said.append(f"resolved: YES pays {units.format_price(paid)}")
    new_remarks = [text for text in after.remarks if text not in before.remarks]
    return [f"{name(after)}: {text}" for text in (*said, *new_remarks)]


def _was(before: Mapping[str, MarketInfo], info: MarketInfo) -> str:
    known = before.get(info.condition)
    return cluster_name(known) if known is not None else ""


def _show(kind: str, value: object) -> str:
    if value is None or value == "":
        return "not said"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        if kind == "price":
            return units.format_price(value)
        if kind == "time":
            return when(value)
        if kind == "span":
            return about(value)
        return units.format_size(value)
    return str(value)


_SHOWN: Final = (
    ("neg_risk", "negRisk", ""), ("event_neg_risk", "negRisk of its event", ""),
    ("augmented", "negRisk augmented", ""),
    ("tick_pips", "tick", "price"), ("min_size", "minimum size", ""), ("fee_ppm", "fee rate", ""),
    ("taker_delay_ns", "taker delay", "span"), ("end_ns", "end date", "time"),
    ("game_start_ns", "game start", "time"), ("uma_status", "resolution", ""),
    ("version", "protocol version", ""),
)  # fmt: skip
