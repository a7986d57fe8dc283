"""Every name a person may meet, with what it means and what to do: the data of `clobstep explain`.

Owns the index over schema.py (meanings) and advice.py (what to do). Imports neither the core nor
numpy; the schema is read here because enum comments are not there at run time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import Final

from clobstep import schema, units
from clobstep.cli import advice, states

Detail = tuple[str, str]

_NEEDS: Final = {
    "T": "token with generation",
    "C": "token, or NO_TOKEN",
    "M": "token with metadata",
    "S": "side",
    "P": "price 0..10000 pips",
    "B": "best bid and ask",
    "Z": "size 0 or more",
    "+": "size above 0",
    "A": "amount 0 or more",
    "O": "order id",
    "K": "ref",
    "k": "a size that is not negative if SIZE_KNOWN",
}
_LABELS: Final = {
    "Side": "side",
    "Tif": "time in force",
    "Origin": "origin",
    "Liquidity": "liquidity",
    "Evidence": "evidence of maker or taker",
    "CancelReason": "cancel reason",
    "OperatorCode": "operator's word",
    "FeedSign": "sign of the feed",
    "Heartbeat": "heartbeat",
    "AcceptStatus": "answer to a submit",
    "FoundStatus": "status looked up",
    "Wake": "wake bit",
    "Flag": "flag bit",
}
_GUARD_COLUMNS: Final = ("adds risk", "lessens risk", "cancel", "merge")


@dataclass(frozen=True, slots=True)
class Meaning:
    """One meaning of a name; a name such as UNHEDGED may have several."""

    name: str
    what: str
    code: int | None
    means: str
    do: str = ""
    details: tuple[Detail, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """The same as plain JSON types."""
        return {**asdict(self), "details": dict(self.details)}


def _refusals() -> Iterator[Meaning]:
    for name, code, means in schema.REFUSALS:
        details: list[Detail] = []
        if name in schema.GUARD:
            cells = zip(_GUARD_COLUMNS, schema.GUARD[name], strict=True)
            details.append(("allows", ", ".join(f"{what}: {cell}" for what, cell in cells)))
        yield Meaning(name, "refusal", code, means, advice.REFUSALS[name], tuple(details))


def _events() -> Iterator[Meaning]:
    for name, code, needs, enum, _, means in schema.EVENTS:
        details = [("needs", ", ".join(_NEEDS[letter] for letter in needs))] if needs else []
        if enum:
            details.append(("code", f"a {enum}"))
        yield Meaning(name, "event", code, means, details=tuple(details))


def _rejects() -> Iterator[Meaning]:
    for name, code, means, counts in schema.REJECTS:
        word = "yes" if counts else "no, not"
        details = (("counted", f"{word}, towards the breaker"),)
        yield Meaning(name, "reject reason", code, means, advice.REJECTS[name], details)


def _settings() -> Iterator[Meaning]:
    for name, default, least, most, means in schema.CONFIG:
        text = f"{default:,}"
        if name.endswith("_ns") and default:
            text = units.format_duration(default)
        elif name.endswith("_micros") and default:
            text = f"{units.format_cash(default)} pUSD"
        details = (("default", text), ("allowed", f"{least:,} to {most:,}"))
        yield Meaning(name, "setting", None, means, details=details)


def _others() -> Iterator[Meaning]:
    for what, rows, advised in (
        ("alert", schema.ALERTS, advice.ALERTS),
        ("fault", schema.FAULTS, advice.FAULTS),
        ("effect", schema.EFFECTS, advice.EFFECTS),
    ):
        for name, code, means in rows:
            yield Meaning(name, what, code, means, advised[name])
    for enum, label in _LABELS.items():
        for name, code, means in schema.ENUMS[enum]:
            yield Meaning(name, label, code, means or states.WORDS[enum][name])
    for machine in schema.MACHINES:
        for code, name in enumerate(machine.states):
            means = states.STATES[machine.name][name]
            yield Meaning(name, f"{machine.name} state", code, means)
    for name in schema.COUNTERS:
        yield Meaning(name, "counter", None, f"view.counters()[{name!r}]")


def meanings() -> list[Meaning]:
    """Every meaning of every name, in the order in which a person should read them."""
    return [*_refusals(), *_events(), *_rejects(), *_settings(), *_others()]


def find(every: list[Meaning], text: str) -> list[Meaning]:
    """The meanings of a name in any case, with - or spaces for _; none: an empty list."""
    wanted = _fold(text)
    return [meaning for meaning in every if _fold(meaning.name) == wanted]


def near(every: list[Meaning], text: str, count: int = 5) -> list[str]:
    """The names most like `text`, best first: by spelling, then those that contain it."""
    wanted = _fold(text)
    folded = {_fold(meaning.name): meaning.name for meaning in every}
    close = get_close_matches(wanted, folded, n=count, cutoff=0.6)
    inside = [name for name in folded if wanted and wanted in name and name not in close]
    return [folded[name] for name in (close + sorted(inside, key=len))[:count]]


def _fold(text: str) -> str:
    return text.strip().upper().replace("-", "_").replace(" ", "_")
