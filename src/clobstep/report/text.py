"""A report for the terminal: rich tables that fit 100 columns.

Owns: which figures the terminal shows, and their order; all come from analysis.py. Text of files
goes in as `Text`, never as markup, and without control characters.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from clobstep.report import words
from clobstep.report.analysis import Analysis
from clobstep.report.band import Band
from clobstep.report.means import Cell
from clobstep.report.summary import MarketLine, Money, Summary

COLUMNS: Final = 100
MOST_MARKETS: Final = 20
SEGMENT_AT: Final = ("1 s", "10 s", "2 m", "settle")
SURE_AT: Final = "10 s"


def report(found: Analysis, band: Band | None = None, *, segments: bool = True) -> Group:
    """The whole report, to be printed by a rich console of at least 100 columns."""
    parts = list(_head(found))
    parts += _money(found)
    parts += _markouts(found)
    if segments:
        parts += _segments(found)
    if band is not None:
        parts += band_table(band)
    parts += _foot(found)
    return Group(*parts)


def plain(*parts: RenderableType) -> str:
    """Anything of this module as text without colours, 100 columns wide."""
    out = io.StringIO()
    console = Console(file=out, width=COLUMNS, color_system=None, highlight=False)
    for part in parts:
        console.print(part)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def band_table(band: Band) -> list[RenderableType]:
    """One line a fill model, and the span or why there is none."""
    table = _table("Fill models", ["model", "latency"], [
        "fills", "fees", "A 10 s, cents", "P&L", "over lowest",
    ])  # fmt: skip
    inside = [line.profit for line in band.lines if not line.beside]
    lowest = min(inside, default=0)
    for line in band.lines:
        table.add_row(
            _text(line.model, 24),
            _text(line.latency, 24),
            f"{line.summary.total.fills:,}",
            words.cash(line.summary.total.fees),
            words.cents(line.markout.a.cents),
            words.cash(line.profit, sign=True),
            "not in it" if line.beside else words.cash(line.profit - lowest),
            style="dim" if line.beside else "",
        )
    if band.span is None:
        last = Text(band.why, style="yellow")
    else:
        low, high = (words.cash(one, sign=True) for one in band.span)
        last = Text(f"band over fill models: P&L {low} to {high} pUSD", style="bold")
    return [table, last, Text()]


def _head(found: Analysis) -> Iterator[RenderableType]:
    label = words.label(found.run)
    yield Text(label, style="bold")
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in words.header(found.run):
        grid.add_row(name, Text(value, style="yellow" if value == words.NOT_STATED else ""))
    if found.assumed:
        grid.add_row(
            "ASSUMED", Text("; ".join(map(words.clean, found.assumed)), style="bold yellow")
        )
    yield grid
    yield Text()


def _money(found: Analysis) -> Iterator[RenderableType]:
    summary, digits = found.summary, decimals(found.summary)
    table = _table("Profit and loss, pUSD", ["market"], [
        "fills", "volume", "fees", "realised", "open", "P&L", "held", "most held",
    ])  # fmt: skip
    shown = sorted(summary.markets, key=lambda line: (-line.money.fills, line.token))
    for line in shown[:MOST_MARKETS]:
        table.add_row(_text(line.name, 22), *_columns(line.money, digits), held(line),
                      words.shares(line.most))  # fmt: skip
    if others := shown[MOST_MARKETS:]:
        rest = sum((line.money for line in others), Money())
        table.add_row(f"{len(others)} more", *_columns(rest, digits), "", "")
    table.add_section()
    table.add_row("total", *_columns(summary.total, digits), "", words.shares(summary.most_net),
                  style="bold")  # fmt: skip
    yield table
    yield from (Text(line, style="dim") for line in notes_on_money(found))
    yield Text()
    if len(summary.origins) > 1:
        yield _origins(summary)
        yield Text()
    yield from (Text(line) for line in orders(summary))
    yield Text()


def held(line: MarketLine) -> str:
    """Net inventory at the end, by the token that is left."""
    net = line.yes - line.no
    if not net:
        return f"{words.shares(line.yes)} pairs" if line.yes else "0"
    return f"{words.shares(abs(net))} {'YES' if net > 0 else 'NO'}"


def notes_on_money(found: Analysis) -> list[str]:
    """What the table of money rests on."""
    summary, fall = found.summary, found.equity.fall()
    total = summary.total
    marks = {
        words.source_of_mark(line.mark_source, line.mark_age_ns)
        for line in summary.markets
        if line.yes or line.no
    }
    out = [f"Held inventory is valued at: {'; '.join(sorted(marks)) or 'none is held'}."]
    fills = f"{words.plural(total.makers, 'fill')} made, {total.takers:,} took"
    out.append(
        f"{fills}; {words.shares(total.shares)} shares; deepest fall {words.cash(fall.micros)}."
    )
    if total.costs or total.converted:
        out.append(
            f"Merges and splits moved {words.cash(total.converted, sign=True)} and cost "
            f"{words.cash(total.costs)}."
        )
    if summary.cash_unexplained:
        out.append(
            f"The ledger's cash differs from what the fills explain by "
            f"{words.cash(summary.cash_unexplained, decimals=6, sign=True)}: fills are missing."
        )
    elif summary.cash_unexplained == 0:
        out.append("The ledger's cash is what the fills explain, to the micro.")
    return out


def orders(summary: Summary) -> list[str]:
    """Orders in sentences."""
    o = summary.orders
    if o is None:
        return ["Orders: not listed by this run."]
    short = words.percent(o.lived_short / o.lived if o.lived else None)
    filled = words.percent(o.filled_shares / o.posted_shares if o.posted_shares else None)
    a_fill, placed = words.ratio(o.canceled, o.fills), words.ratio(o.canceled, o.placed)
    counts = (
        (o.placed, "placed"), (o.filled, "filled"), (o.canceled, "cancelled"),
        (o.expired, "expired"), (o.rejected, "rejected"), (o.open, "open at the end"),
    )  # fmt: skip
    out = [f"Orders: {', '.join(f'{n:,} {what}' for n, what in counts)}."]
    out.append(
        f"Cancels: {a_fill} a fill, {placed} a placement. Of posted shares filled: {filled}."
    )
    out.append(f"Of {o.lived:,} resting orders that ended, {short} had lived under 1 s.")
    for what, why in (("Rejected", o.rejects), ("Refused by our guard", o.refused)):
        if why:
            told = ", ".join(f"{words.clean(name)} {n:,}" for name, n in why.items())
            out.append(f"{what}: {told}.")
    return out


def _origins(summary: Summary) -> Table:
    table = _table("By origin, pUSD", ["origin"], ["fills", "volume", "fees", "value held", "P&L"])
    for one in summary.origins:
        table.add_row(one.origin, f"{one.fills:,}", words.cash(one.volume), words.cash(one.fees),
                      words.cash(one.value), words.cash(one.profit, sign=True))  # fmt: skip
    if summary.not_by_origin:
        table.add_row("costs, rounding", "", "", "", "",
                      words.cash(summary.not_by_origin, decimals=6, sign=True))  # fmt: skip
    return table


def _markouts(found: Analysis) -> Iterator[RenderableType]:
    table = _table("Markouts, cents a share", ["after"], [
        "n", "null", "A", "95 %", "by size", "median", "A < 0", "edge", "B",
    ])  # fmt: skip
    for cell in found.curve:
        table.add_row(cell.name, *_markout_columns(cell))
    yield table
    yield Text(words.CONVENTIONS, style="dim")
    yield Text(words.sureness(found.curve, found.seed), style="dim")
    if fewer := words.besides(found.curve):
        yield Text(fewer, style="dim")
    if why := words.nulls(found.curve):
        yield Text(f"Null: {why}.", style="dim")
    yield Text()
    yield Text(f"Toxic (A < 0 at 10 s): {words.share_of(found.toxic)}")
    yield Text(f"Picked off (a tick against us within 1 s): {words.share_of(found.picked_off)}")
    yield Text()
    sides = ((found.maker_spread, "fills we made"), (found.taker_spread, "fills we took"))
    for spreads, whose in sides:
        if not any(one.quoted.n for one in spreads):
            continue
        table = _table(f"Half-spreads of {whose}, cents a share", ["after"], [
            "n", "quoted", "effective", "impact", "realised (kept by the maker)",
        ])  # fmt: skip
        for one in spreads:
            if one.quoted.n:
                table.add_row(one.name, f"{one.quoted.n:,}", *(
                    words.cents(mean.cents, sign=False)
                    for mean in (one.quoted, one.effective, one.impact, one.realised)
                ))  # fmt: skip
        yield table
        yield Text()


def _markout_columns(cell: Cell) -> Iterable[str]:
    return (
        f"{cell.a.n:,}",
        f"{cell.n_null:,}",
        words.cents(cell.a.cents),
        words.interval(cell),
        words.cents(cell.a.weighted_cents),
        words.cents(cell.a.median_cents),
        words.percent(cell.a.negative_share),
        words.cents(cell.edge.cents),
        words.cents(cell.b.cents),
    )


def _segments(found: Analysis) -> Iterator[RenderableType]:
    columns = ["fills", *(f"A {name}" for name in SEGMENT_AT), f"95 % {SURE_AT}", "toxic", "picked"]
    table = _table("Markouts A by segment, cents a share", ["bucket"], columns)
    before = ""
    for one in found.buckets:
        if one.by != before:
            table.add_row(Text(one.by, style="bold"))
        before = one.by
        cells = {cell.name: cell for cell in one.curve}
        table.add_row(
            _text(f"  {one.name}", 24),
            f"{one.fills:,}",
            *(words.cents(cells[name].a.cents) for name in SEGMENT_AT),
            words.interval(cells[SURE_AT]),
            words.percent(one.toxic.share),
            words.percent(one.picked_off.share),
        )
    if found.buckets:
        yield table
        yield Text()


def _foot(found: Analysis) -> Iterator[RenderableType]:
    yield Text("What this cannot show", style="bold")
    for line in words.limits(found.run):
        yield Text(f"- {line}", style="dim")


def decimals(summary: Summary) -> int:
    """How many decimals of pUSD its tables show: 2 where 100 pUSD are won or lost, else 4."""
    profits = (line.money.profit for line in summary.markets)
    return 2 if max((abs(one) for one in profits), default=0) >= 100_000_000 else 4


def _columns(money: Money, digits: int) -> Sequence[str]:
    return (
        f"{money.fills:,}",
        words.cash(money.volume, decimals=2),
        words.cash(money.fees, decimals=digits),
        words.cash(money.realised, decimals=digits, sign=True),
        words.cash(money.unrealised, decimals=digits, sign=True),
        words.cash(money.profit, decimals=digits, sign=True),
    )


def _table(title: str, left: Sequence[str], right: Sequence[str]) -> Table:
    table = Table(
        title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD,
        padding=(0, 1), show_edge=False, pad_edge=False, collapse_padding=True,
    )  # fmt: skip
    for name in left:
        table.add_column(name, no_wrap=True)
    for name in right:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _text(value: object, width: int) -> Text:
    return Text(words.short(value, width))
