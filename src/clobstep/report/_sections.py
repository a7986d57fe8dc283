"""The sections of the HTML report: tables and figures of an Analysis as markup.

Owns: what stands in which section. Computes nothing; words are in words.py.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TypeVar

from clobstep.enums import PIPS, Liquidity, Origin, Side
from clobstep.report import text, words
from clobstep.report._markup import Cell, Column, Html, cents, join, minus, signed, table, tag
from clobstep.report._plots import Plot
from clobstep.report.analysis import Analysis
from clobstep.report.band import Band
from clobstep.report.means import Cell as Horizon
from clobstep.report.mids import Null
from clobstep.report.spread import Spread
from clobstep.report.summary import Money, Summary

T = TypeVar("T")

MOST_FILLS = 500


def section(anchor: str, title: str, *parts: str | Html | None) -> Html:
    return tag("section", tag("h2", title), *parts, id=anchor)


def note(words_: str | None) -> Html | None:
    return tag("p", minus(words_), class_="note") if words_ else None


def figure(plot: Plot | None, *, title: bool = False) -> Html | None:
    """A place for a plot, and its specification for the script at the end of the page."""
    if plot is None:
        return None
    spec = json.dumps(
        {"data": plot.data, "layout": plot.layout}, sort_keys=True, separators=(",", ":"),
        allow_nan=False,
    )  # fmt: skip
    # Nothing in a specification can end the script element or begin a comment in it.
    safe = Html(spec.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))
    return tag(
        "figure",
        tag("h3", plot.title) if title else None,
        tag("div", id=plot.id, class_="plot", data_height=plot.height,
            style=f"min-height:{plot.height}px"),
        tag("script", safe, type="application/json", id=f"{plot.id}-spec"),
        tag("figcaption", plot.caption) if plot.caption else None,
    )  # fmt: skip


def tiles(found: Analysis) -> Html:
    total, fall = found.summary.total, found.equity.fall()
    ten = next(cell for cell in found.curve if cell.name == "10 s")
    kind = "pos" if total.profit > 0 else "neg" if total.profit < 0 else ""
    sure = join(("95 % ", tag("span", minus(words.interval(ten)), class_="nowrap")))
    own: list[tuple[str, str, str, str | Html]] = [
        ("P&L, pUSD", minus(words.cash(total.profit, decimals=2, sign=True)), kind,
         f"exactly {minus(words.cash(total.profit, decimals=6, sign=True))}"),
        ("fills", f"{total.fills:,}", "", f"{total.makers:,} made, {total.takers:,} took"),
        ("volume, pUSD", words.cash(total.volume, decimals=2), "",
         f"{words.shares(total.shares)} shares"),
        ("fees, pUSD", words.cash(total.fees, decimals=4), "", "takers only"),
        ("A after 10 s, cents", minus(words.cents(ten.a.cents)), "",
         sure if ten.a.n else "no fill has one"),
        ("deepest fall, pUSD", words.cash(fall.micros, decimals=2), "",
         words.time(fall.to_ns)[:19] if fall.micros else "never below a peak"),
    ]  # fmt: skip
    return tag("div", *(
        tag("div", tag("div", k, class_="k"), tag("div", v, class_=f"v {c}".strip()),
            tag("div", s, class_="s"), class_="tile")
        for k, v, c, s in own
    ), class_="tiles")  # fmt: skip


def money(found: Analysis) -> Html:
    """Profit and loss a market, by origin, and orders."""
    summary, digits = found.summary, text.decimals(found.summary)
    columns = [
        Column("market", number=False), Column("fills"), Column("volume"), Column("fees"),
        Column("realised", hint="average cost; settled markets at their payout"),
        Column("open", hint="unrealised, at the mark"), Column("P&L"),
        Column("held", hint="net inventory at the end or into the resolution"),
        Column("most held", hint="largest net inventory"),
        Column("mark", number=False, hint="price of YES at which inventory is valued"),
    ]  # fmt: skip
    rows: list[list[Cell | str]] = []
    for line in summary.markets:
        mark = f"{words.price(line.mark)}, {words.source_of_mark(line.mark_source, 0)}"
        if line.mark_age_ns > 5 * 10**9:
            mark += f", {words.duration(line.mark_age_ns)} old"
        rows.append([
            Cell(line.name, kind="name"), *_money(line.money, digits),
            Cell(text.held(line), abs(line.yes - line.no)),
            Cell(words.shares(line.most), line.most), Cell(mark, kind="dim nowrap"),
        ])  # fmt: skip
    last = ["total", *_money(summary.total, digits), "", words.shares(summary.most_net), ""]
    many = len(rows) > 12
    parts = [table(columns, rows, last=last, sortable=len(rows) > 1, scroll=many)]
    notes = text.notes_on_money(found)
    parts.append(note(" ".join(notes)) or Html())
    if len(summary.origins) > 1:
        parts += [tag("h3", "By origin"), _origins(summary, digits)]
    told = text.orders(summary)
    parts += [tag("h3", "Orders"), tag("p", " ".join(told[:3]))]
    if told[3:]:
        parts.append(tag("p", " ".join(told[3:])))
    return tag("div", *parts, class_="wide")


def _money(one: Money, digits: int) -> list[Cell | str]:
    return [
        Cell(f"{one.fills:,}", one.fills),
        Cell(words.cash(one.volume, decimals=2), one.volume),
        Cell(words.cash(one.fees, decimals=digits), one.fees),
        signed(one.realised, decimals=digits),
        signed(one.unrealised, decimals=digits),
        signed(one.profit, decimals=digits),
    ]


def _origins(summary: Summary, digits: int) -> Html:
    columns = [Column("origin", number=False), *map(Column, (
        "fills", "volume", "fees", "value held", "P&L",
    ))]  # fmt: skip
    rows: list[list[Cell | str]] = [
        [one.origin, f"{one.fills:,}", words.cash(one.volume, decimals=2),
         words.cash(one.fees, decimals=digits), minus(words.cash(one.value, decimals=digits)),
         signed(one.profit, decimals=digits)]
        for one in summary.origins
    ]  # fmt: skip
    if summary.not_by_origin:
        rest = signed(summary.not_by_origin, decimals=6)
        rows.append(["costs and rounding", "", "", "", "", rest])
    return table(columns, rows)


def markouts(found: Analysis) -> Html:
    columns = [
        Column("after", number=False), Column("n", hint="fills whose mid is known then"),
        Column("null", hint="fills whose mid is not"), Column("A", hint="mean, every fill alike"),
        Column("95 %", hint="of A"), Column("by size", hint="mean of A weighted by size"),
        Column("median"), Column("A < 0"), Column("edge", hint="at the fill, from the mid"),
        Column("B", hint="from the mid at the fill: minus the adverse selection"),
    ]  # fmt: skip
    rows = [[cell.name, *_horizon(cell)] for cell in found.curve]
    why = words.nulls(found.curve)
    return join((
        table(columns, rows),
        note(words.CONVENTIONS),
        note(words.sureness(found.curve, found.seed)),
        note(words.besides(found.curve)),
        note(f"Null: {why}." if why else None),
        tag("p", f"Toxic (A below zero at 10 s): {words.share_of(found.toxic)}. Picked off (a tick "
                 f"against us within 1 s): {words.share_of(found.picked_off)}."),
    ))  # fmt: skip


def _horizon(cell: Horizon) -> list[Cell | str]:
    return [
        f"{cell.a.n:,}", f"{cell.n_null:,}", cents(cell.a.cents),
        Cell(minus(words.interval(cell)), kind="dim"), cents(cell.a.weighted_cents),
        cents(cell.a.median_cents), minus(words.percent(cell.a.negative_share)),
        cents(cell.edge.cents), cents(cell.b.cents),
    ]  # fmt: skip


def spread(found: Analysis) -> Html:
    parts: list[str | Html | None] = [
        note(
            "Half-spreads in cents a share, by who took: realised = effective − impact is what the "
            "maker keeps. For fills we made that is us; for fills we took it is who we paid."
        )
    ]
    for title, lines in (
        ("Fills we made", found.maker_spread),
        ("Fills we took", found.taker_spread),
    ):
        if any(line.quoted.n for line in lines):
            parts += [tag("h3", title), _spread(lines)]
    if len(parts) == 1:
        parts.append(tag("p", "No fill has a known mid before it."))
    return join(parts)


def _spread(lines: Sequence[Spread]) -> Html:
    columns = [Column("after", number=False), *map(Column, (
        "n", "quoted", "effective", "impact", "realised",
    ))]  # fmt: skip
    rows = [
        [line.name, f"{line.quoted.n:,}", *(
            minus(words.cents(mean.cents, sign=False))
            for mean in (line.quoted, line.effective, line.impact, line.realised)
        )]
        for line in lines
        if line.quoted.n
    ]  # fmt: skip
    return table(columns, rows)


def segments(found: Analysis) -> Html:
    """A by bucket; the count of known fills stands beside each mean."""
    at = text.SEGMENT_AT
    columns = [Column("bucket", number=False), Column("fills"), *(
        Column(title) for name in at for title in (f"A {name}", "n")
    ), Column(f"95 % {text.SURE_AT}"), Column("toxic"), Column("picked off")]  # fmt: skip
    rows: list[list[Cell | str]] = []
    before = ""
    for one in found.buckets:
        if one.by != before:
            rows.append([one.by])
        before = one.by
        cells = {cell.name: cell for cell in one.curve}
        values: list[Cell | str] = []
        for name in at:
            values += [cents(cells[name].a.cents), Cell(f"{cells[name].a.n:,}", kind="dim")]
        rows.append([
            Cell(one.name, kind="name"), f"{one.fills:,}", *values,
            Cell(minus(words.interval(cells[text.SURE_AT])), kind="dim"),
            minus(words.percent(one.toxic.share)), minus(words.percent(one.picked_off.share)),
        ])  # fmt: skip
    return join((
        note("Cents a share. ~: blocks of time for want of clusters. ?: fewer than two blocks."),
        table(columns, rows),
    ))  # fmt: skip


def band(found: Band) -> Html:
    columns = [Column("model", number=False), Column("latency", number=False), *map(Column, (
        "fills", "fees", "A 10 s", "P&L", "over lowest",
    ))]  # fmt: skip
    lowest = min((line.profit for line in found.lines if not line.beside), default=0)
    rows: list[list[Cell | str]] = [
        [line.model, line.latency, f"{line.summary.total.fills:,}",
         words.cash(line.summary.total.fees), cents(line.markout.a.cents), signed(line.profit),
         "not in it" if line.beside else words.cash(line.profit - lowest)]
        for line in found.lines
    ]  # fmt: skip
    if found.span:
        low, high = (minus(words.cash(one, sign=True)) for one in found.span)
        told = tag("p", tag("strong", f"P&L {low} to {high} pUSD"), ", by the fill model alone.")
    else:
        told = tag("p", tag("strong", found.why[:1].upper() + found.why[1:]))
    return join((told, table(columns, rows)))


def fills(found: Analysis) -> Html:
    """The first fills, sortable; what is the same in all of them is said once above."""
    rows = found.run.fills
    columns = [
        Column("time, UTC", number=False), Column("market", number=False),
        Column("side", number=False), Column("price"), Column("size"), Column("cash"),
        Column("fee"), Column("liquidity", number=False), Column("A 10 s"), Column("A settle"),
        Column("queued"), Column("bid"), Column("ask"), Column("origin", number=False),
    ]  # fmt: skip
    names = {line.token: line.name for line in found.summary.markets}
    days = {words.time(int(when))[:10] for when in rows["venue_time_ns"][:MOST_FILLS]}
    body = [_fill(found, i, names, days) for i in range(min(len(rows), MOST_FILLS))]
    told = [f"All {len(rows):,} fills." if len(rows) <= MOST_FILLS else (
        f"The first {MOST_FILLS} of {len(rows):,} fills; the JSON has all."
    )]  # fmt: skip
    if len(days) == 1:
        told.append(f"Times of {min(days)}.")
    for one, what in ((names.values(), "market"), (found.summary.origins, "origin")):
        if len(one) == 1:
            column = [head.title for head in columns].index(what)
            (same,) = {row[column].text for row in body}
            told.append(f"{what.capitalize()}: {same}.")
            columns, body = _without(columns, column), [_without(row, column) for row in body]
    told.append("Prices of the token that was traded, A in cents a share. A click on a head sorts.")
    return join((note(" ".join(told)), table(columns, body, sortable=True, scroll=True)))


def _without(row: list[T], column: int) -> list[T]:
    return row[:column] + row[column + 1 :]


def _fill(found: Analysis, i: int, names: dict[int, str], days: set[str]) -> list[Cell]:
    fill, m = found.run.fills[i], found.markouts
    when, bid, ask, price, size, cash, fee, queued, token = (int(fill[name]) for name in (
        "venue_time_ns", "bid_pips", "ask_pips", "price_pips", "size", "cash_micros", "fee_micros",
        "queued_ns", "token",
    ))  # fmt: skip
    side = Side(fill["side"])
    shown = words.time(when)[11:] if len(days) == 1 else words.time(when)
    return [
        Cell(shown, when - int(found.run.fills["venue_time_ns"][0])),
        Cell(words.short(names[token & ~1], 60), kind="cut dim"),
        Cell(f"{side.name} {'NO' if token & 1 else 'YES'}", kind=side.name.lower()),
        Cell(words.price(2 * price), price),
        Cell(words.shares(size), size),
        Cell(words.cash(cash), cash),
        Cell(words.cash(fee) if fee else "–", fee),
        Cell(Liquidity(fill["liquidity"]).name),
        *(_half_pips(int(m.a[r][i]), int(m.a_null[r][i])) for r in (m.row("10 s"), -1)),
        Cell(words.duration(queued) if queued else "–", queued),
        Cell(words.price(2 * bid) if bid else "–", bid),
        Cell(words.price(2 * ask) if ask < PIPS else "–", ask),
        Cell(Origin(fill["origin"]).name, kind="dim"),
    ]


def _half_pips(value: int, null: int) -> Cell:
    return cents(value / 200) if null == Null.OK else Cell("–", kind="dim")
