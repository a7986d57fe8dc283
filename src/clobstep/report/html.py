"""A report as one HTML file that opens without a network and loads nothing.

Owns: the page. The plots need plotly (an extra); its script is put into the file once. Without it
the file has every table, and says how to get the plots. The same input gives the same bytes: no
clock, no chance, ids are fixed. A policy in the page's head forbids every request.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from clobstep.report import _plots, _sections, _style, words
from clobstep.report._markup import Html, join, tag
from clobstep.report.analysis import Analysis
from clobstep.report.band import Band

POLICY: Final = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; base-uri 'none'; form-action 'none'"
)
NO_PLOTS: Final = "Plots need plotly: pip install 'clobstep[report]'"


def write(path: Path | str, found: Analysis, band: Band | None = None) -> int:
    """Write the page; gives its size in bytes."""
    data = page(found, band).encode()
    return Path(path).write_bytes(data)


def page(found: Analysis, band: Band | None = None) -> str:
    """The whole file as text."""
    script = _plotly()
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", f"{_title(found)} – clobstep report"),
        tag("style", Html(_style.CSS)),
    )
    body = tag(
        "body",
        tag("main", *_body(found, band, plots=script is not None)),
        tag("script", Html(_style.SORTING)),
        tag("script", Html(script)) if script else None,
        tag("script", Html(_style.PLOTTING)) if script else None,
    )
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


def _plotly() -> str | None:
    """The text of plotly.js, or None where plotly is not installed."""
    try:
        from plotly.offline import get_plotlyjs  # type: ignore[import-untyped]
    except ImportError:
        return None
    return str(get_plotlyjs())


def has_plots() -> bool:
    """Whether plotly is installed, so that a page has plots."""
    return _plotly() is not None


def _title(found: Analysis) -> str:
    header = found.run.header
    strategy = str(header.get("strategy") or "a strategy")
    return words.clean(f"{strategy} on {header.get('session') or 'a session'}")


def _body(found: Analysis, band: Band | None, *, plots: bool) -> list[Html]:
    drawn = found if plots else None
    parts = [
        ("summary", "Summary", [_sections.tiles(found), _sections.money(found)]),
        ("equity", "Equity and inventory", [_sections.figure(_plots.equity(drawn))])
        if drawn else None,
        ("prices", "Prices and fills", _prices(drawn)) if drawn and found.ledgers else None,
        ("markouts", "Markouts", [
            _sections.figure(_plots.markouts(drawn)) if drawn else None, _sections.markouts(found),
        ]),
        ("spread", "Where the spread went", [_sections.spread(found)]),
        ("segments", "Markouts by segment", [_sections.segments(found)]),
        ("models", "Fill models", [
            _sections.figure(_plots.band(band)) if plots else None, _sections.band(band),
        ]) if band else None,
        ("fills", "Fills", [_sections.fills(found)]),
        ("basis", "What it rests on", [_basis(found)]),
        ("limits", "What this cannot show", [
            tag("ul", *(tag("li", line) for line in words.limits(found.run))),
        ]),
    ]  # fmt: skip
    kept = [part for part in parts if part]
    nav = tag("nav", *(tag("a", title, href=f"#{anchor}") for anchor, title, _ in kept))
    sections = [_sections.section(anchor, title, *inner) for anchor, title, inner in kept]
    footer = "Made by clobstep. One file that loads nothing; exact figures are in the JSON."
    if plots:
        footer += " Drag in a plot to zoom, click twice to see all."
    return [_head(found, plots=plots), nav, *sections, tag("footer", footer)]


def _head(found: Analysis, *, plots: bool) -> Html:
    run = found.run
    model = words.clean(run.header.get("fill_model") or words.NOT_STATED)
    chips = [tag("span", f"fill model: {model}", class_="chip")]
    if label := words.clean(run.header.get("label") or ""):
        chips.insert(0, tag("span", label, class_="chip warn"))
    verify = words.clean(run.header.get("verify") or words.NOT_STATED)
    good = "OK" in verify and "FAIL" not in verify.upper()
    kind = "good" if good else "bad" if "FAIL" in verify.upper() else "warn"
    chips.append(tag("span", f"replay: {verify}", class_=f"chip {kind}"))
    if found.assumed:
        told = words.plural(len(found.assumed), "market")
        chips.append(tag("span", f"assumed metadata in {told}", class_="chip warn"))
    return tag(
        "header",
        tag("h1", _title(found)),
        tag("p", _period(found), class_="lead"),
        tag("p", f"What this strategy would have done on a recording, under one assumption of how "
                 f"its orders fill: {words.label(run)}. It is an estimate and not a record of "
                 f"trades; what it cannot show stands at the end."),
        tag("div", *chips, class_="chips"),
        None if plots else tag("p", NO_PLOTS, class_="assumed"),
    )  # fmt: skip


def _period(found: Analysis) -> str:
    bbo = found.run.bbo["venue_time_ns"]
    markets = words.plural(len(found.run.markets), "market")
    if not len(bbo):
        return markets
    first, last = int(bbo[0]), int(bbo[-1])
    length = words.duration(last - first)
    return f"{words.time(first)[:19]} to {words.time(last)[:19]} UTC, {length}; {markets}"


def _prices(found: Analysis | None) -> list[Html | None]:
    if found is None:
        return []
    plots = _plots.prices(found)
    out: list[Html | None] = [_sections.figure(plot, title=True) for plot in plots]
    if len(found.ledgers) > len(plots):
        out.append(_sections.note(
            f"The {len(plots)} markets with the most fills, of {len(found.ledgers):,} traded."
        ))  # fmt: skip
    return out


def _basis(found: Analysis) -> Html:
    lines = []
    for name, value in words.header(found.run):
        kind = "chip warn" if value == words.NOT_STATED else None
        mono = "hash" in name or "version" in name
        shown = tag("span", value, class_=kind or ("mono" if mono else None))
        lines += [tag("dt", name), tag("dd", shown)]
    parts: list[Html | None] = [tag("dl", *lines)]
    if found.assumed:
        told = tag("strong", "Assumed: ")
        why = "neither a file nor an option gave these, so they were made up."
        parts.append(tag("div", told, why, tag("ul", *(tag("li", one) for one in found.assumed)),
                         class_="assumed"))  # fmt: skip
    else:
        parts.append(_sections.note("No metadata was assumed."))
    return join(parts)
