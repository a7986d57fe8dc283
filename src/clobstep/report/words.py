"""What reports say in words: numbers as text, the header's lines, and what a model cannot show.

Owns: the wording, so that the terminal and the HTML say the same. Money is rounded here and only
here, half to even, from exact micros; the JSON carries the micros.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from clobstep import units
from clobstep.report.means import Cell
from clobstep.report.run import HEADER, Run
from clobstep.report.spread import Share

NOT_STATED: Final = "not stated"
NONE: Final = "-"

# What the columns of a markout table mean, for a line under it.
CONVENTIONS: Final = (
    "A from the fill price, B from the mid at the fill, in cents a share of the token traded; "
    "edge is the mid at the fill less the price (BUY); A = edge + B. Positive is good for us."
)
LIMITS: Final = (
    "Our orders move nobody: a real one would be seen, joined, undercut or traded with.",
    "Latency is what the model says, not what a venue did.",
    "Queue position is inferred from sizes at a level: the venue shows no single orders.",
    "Matches that mint or merge pairs, failed settlements and restarts count as recorded, if so.",
    "Maker rebates, liquidity and holding rewards are left out: they depend on other makers.",
    "Marks are mids. What inventory could be sold for is less, in a thin book much less.",
    "Fills of one event share its fate: many fills are not many experiments. See the clusters.",
)
# Words by which a fill model is known, and what it cannot show.
MODEL_LIMITS: Final = (
    (
        ("trade-through",),
        "Fills only when a trade prints through our price: few of them, and the worst ones.",
    ),
    (
        ("risk-averse",),
        "Size that goes without a print is taken to have been behind us: few fills, and late.",
    ),
    (
        ("prob", "probabilistic", "power", "log"),
        "Size that goes without a print is shared out by a curve that nobody has measured here.",
    ),
    (
        ("front",),
        "We are first in every queue: an upper bound of fills that no real order reaches.",
    ),
    (
        ("naive",),
        "A caricature, shown so that the gap to an honest model can be seen; never a result.",
    ),
    (
        ("crossing",),
        "Only crossing fills can be seen in this recording; when a queue would have filled, not.",
    ),
)


# ---- Numbers


def cash(micros: int, *, decimals: int = 4, sign: bool = False) -> str:
    """Micros as pUSD with fixed decimals, thousands grouped: -1234567800 is "-1,234.5678"."""
    step = 10 ** (6 - decimals)
    whole, rest = divmod(abs(micros), step)
    if 2 * rest > step or (2 * rest == step and whole & 1):
        whole += 1
    unit, part = divmod(whole, 10**decimals)
    text = f"{unit:,}.{part:0{decimals}d}" if decimals else f"{unit:,}"
    if whole and micros < 0:
        return f"-{text}"
    return f"+{text}" if sign and whole else text


def shares(microshares: int) -> str:
    """Microshares as shares with two decimals, half to even, thousands grouped."""
    return cash(microshares, decimals=2)


def price(half_pips: int) -> str:
    """Half-pips as pUSD a share: 10100 is "0.505"."""
    pips, half = divmod(half_pips, 2)
    text = f"{pips // units.PIPS_PER_UNIT}.{pips % units.PIPS_PER_UNIT:04d}{'5' * half}"
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction.rstrip('0').ljust(2, '0')}"


def cents(value: float | None, *, sign: bool = True) -> str:
    """Cents a share with three decimals."""
    if value is None:
        return NONE
    text = f"{value:+.3f}" if sign else f"{value:.3f}"
    return text if float(text) else text.lstrip("+-")


def percent(value: float | None) -> str:
    return NONE if value is None else f"{100 * value:.1f} %"


def ratio(top: int, bottom: int) -> str:
    return f"{top / bottom:.2f}" if bottom else NONE


def interval(cell: Cell) -> str:
    """The interval of A in cents: "?" where it cannot be said, "~" where blocks of time stand in
    for clusters."""
    found = cell.interval
    if found is None or not cell.a.n:
        return NONE
    if found.equal is None:
        return "?"
    return f"{'~' * found.insufficient}[{cents(found.equal[0])}, {cents(found.equal[1])}]"


def share_of(found: Share) -> str:
    """A share with its counts: what could not be judged is told too."""
    if not found.n:
        return f"{NONE} (0 of 0; {found.n_null} not known)"
    null = f"; {found.n_null:,} not known" if found.n_null else ""
    return f"{percent(found.share)} ({found.count:,} of {found.n:,}{null})"


def duration(ns: int) -> str:
    """A length of time for reading: one or two units."""
    if ns < 10**9:
        return f"{ns / 10**6:.0f} ms" if ns else "0 s"
    seconds, parts = ns // 10**9, []
    for name, length in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, length)
        if count:
            parts.append(f"{count} {name}")
    return " ".join(parts[:2])


def time(ns: int) -> str:
    """UTC to the millisecond."""
    return units.format_time(ns)[:-7].replace("T", " ")


def short(text: object, width: int) -> str:
    """`clean`, cut to a width."""
    told = clean(text)
    return told if len(told) <= width else f"{told[: width - 1].rstrip()}…"


def clean(text: object) -> str:
    """Text of a file on one line: control characters (escapes of a terminal too) become spaces."""
    return "".join(c if c.isprintable() else " " for c in str(text))


def plural(n: int, word: str) -> str:
    return f"{n:,} {word}{'s' * (n != 1)}"


# ---- Sentences


def header(run: Run) -> list[tuple[str, str]]:
    """(what, value) of every line of the header; what nobody stated says so."""
    out = []
    for key, name in HEADER.items():
        value: Any = run.header.get(key)
        if key == "gap_ns" and isinstance(value, int):
            value = duration(value)
        if value is None or value == "":
            value = NOT_STATED
        if isinstance(value, dict):
            value = ", ".join(f"{k}={v}" for k, v in value.items()) or "defaults"
        out.append((name, clean(value)))
    return out


def label(run: Run) -> str:
    """What the result is, before any number is read."""
    model = str(run.header.get("fill_model") or NOT_STATED)
    said = str(run.header.get("label") or "")
    return clean(f"{said} (fill model {model})" if said else f"fill model {model}")


def limits(run: Run) -> list[str]:
    """What this run cannot show: of its fill model first, then what holds for all."""
    model, said = str(run.header.get("fill_model") or ""), str(run.header.get("label") or "")
    named = set(re.split(r"[^a-z-]+", f"{model} {said}".lower()))
    own = [text for names, text in MODEL_LIMITS if named & set(names)]
    if not model:
        own = ["No fill model is stated: nothing can be said about how these fills came about."]
    if measured := run.header.get("bias"):
        own.append(str(measured))
    return [*own, *run.header.get("limits", LIMITS)]


def nulls(cells: Sequence[Cell]) -> str:
    """Why markouts are missing, over all cells of a curve."""
    why = {
        "RESOLVED": "resolved by then", "ENDED": "run ended before", "GAP": "gap in the feed",
        "NO_BOOK": "no two-sided book", "OLD": "book older than 5 s", "NOT_SETTLED": "not settled",
    }  # fmt: skip
    found = []
    for cell in cells:
        if cell.nulls:
            parts = ", ".join(f"{n:,} {why[name]}" for name, n in cell.nulls.items())
            found.append(f"{cell.name}: {parts}")
    return "; ".join(found)


def sureness(cells: Sequence[Cell], seed: int) -> str:
    """What the intervals of a curve were made of, once."""
    labels: dict[str, list[str]] = {}
    for cell in cells:
        if cell.interval is not None and cell.a.n:
            labels.setdefault(cell.interval.label(), []).append(cell.name)
    if not labels:
        return "95 % intervals: no fills."
    told = "; ".join(f"{', '.join(names)}: {label}" for label, names in labels.items())
    told = next(iter(labels)) if len(labels) == 1 else told
    marks = ""
    if "INSUFFICIENT" in told:
        marks = " ~: blocks of time for want of clusters, too narrow. ?: cannot be said."
    return f"95 % of A: bootstrap of whole clusters, seed {seed}; {told}.{marks}"


def besides(cells: Sequence[Cell]) -> str:
    """Where edge and B are of fewer fills than A, and what A is over those."""
    fewer = [cell for cell in cells if cell.b.n != cell.a.n]
    if not fewer:
        return ""
    told = ", ".join(
        f"{cell.name}: {cell.b.n:,} of {cell.a.n:,}, A {cents(cell.a_beside.cents)}"
        for cell in fewer
    )
    return f"Edge and B are of the fills whose mid at the fill is known: {told}."


def source_of_mark(source: str, age_ns: int) -> str:
    """Where the value of inventory comes from."""
    told = {
        "payout": "payout", "mid": "last mid", "fill": "last fill's price", "none": "half, no mark",
    }[source]  # fmt: skip
    return f"{told}, {duration(age_ns)} before the end" if age_ns > 5 * 10**9 else told
