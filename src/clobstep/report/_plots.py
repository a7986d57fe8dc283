"""The plots of the HTML report, as plain specifications for plotly.js. Draws nothing itself.

Owns: what is drawn from an Analysis, and in which of the page's colours ("@name" stands for a CSS
variable of the page, so that light and dark are decided where it is looked at). Times are
milliseconds UTC, prices pUSD a share. Text of files that stands in a specification is escaped here:
plotly.js reads a little HTML.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any, Final

import numpy as np

from clobstep.enums import PIPS
from clobstep.report import words
from clobstep.report._markup import minus
from clobstep.report._series import MOST, changes, thin
from clobstep.report.analysis import Analysis
from clobstep.report.band import Band
from clobstep.report.ledger import Ledger
from clobstep.report.means import Cell
from clobstep.report.mids import Ints
from clobstep.report.run import Rows, yes_prices

MOST_MARKETS: Final = 6
LINES: Final = ("@line-1", "@line-2", "@line-3", "@line-4", "@line-5", "@line-6")
_BAND_ROWS: Final = MOST // 4  # a step of a band is two points above and two below

Trace = dict[str, Any]


@dataclass(frozen=True)
class Plot:
    """One plot: an id of the page, a title and a caption (plain text), and what plotly.js takes."""

    id: str
    title: str
    caption: str
    height: int
    data: list[Trace]
    layout: dict[str, Any]


def busiest(found: Analysis) -> list[Ledger]:
    """The markets that are drawn: those with the most fills."""
    order = sorted(found.ledgers, key=lambda ledger: (-len(ledger.fills), ledger.token))
    return order[:MOST_MARKETS]


def equity(found: Analysis) -> Plot | None:
    """Profit and loss above, net inventory of the busiest markets below, on one time axis."""
    curve = found.equity
    if not len(curve.times_ns):
        return None
    moved = changes(curve.micros)
    rows = moved[thin(curve.times_ns[moved], (curve.micros[moved],))]
    data = [
        {
            "type": "scatter", "mode": "lines", "name": "P&L", "x": _ms(curve.times_ns[rows]),
            "y": _millionths(curve.micros[rows]), "showlegend": False,
            "line": {"color": "@accent", "width": 1.6, "shape": "hv"},
            "fill": "tozeroy", "fillcolor": "@accent-soft",
            "hovertemplate": "%{y:,.4f} pUSD<extra>P&L</extra>",
        }
    ]  # fmt: skip
    drawn = busiest(found)
    for ledger, color in zip(drawn, LINES, strict=False):
        times = np.array(ledger.step_times, np.int64)
        net = np.array(ledger.step_yes, np.int64) - np.array(ledger.step_no, np.int64)
        steps = thin(times, (net,))
        data.append({
            "type": "scatter", "mode": "lines", "name": escape(_name(found, ledger, 34)),
            "x": [*_ms(times[steps]), int(curve.times_ns[-1]) // 10**6],
            "y": [*_millionths(net[steps]), int(net[-1]) / 10**6], "yaxis": "y2",
            "line": {"color": color, "width": 1.4, "shape": "hv"},
            "hovertemplate": "%{y:,.2f} YES net<extra></extra>",
        })  # fmt: skip
    layout = {
        "xaxis": {"type": "date", "anchor": "y2", "range": _span(found)},
        "yaxis": {"title": "P&L, pUSD", "domain": [0.42, 1], "zeroline": True},
        "yaxis2": {"title": "net YES, shares", "domain": [0, 0.35], "zeroline": True},
        "legend": {"orientation": "h", "y": -0.12, "yanchor": "top"},
    }
    caption = (
        "Above: profit and loss in pUSD at last mids, fees taken off. Below: net inventory, YES "
        f"less NO. {_drawn(len(rows), len(moved), 'changes')}"
    )
    if len(found.ledgers) > len(drawn):
        caption += f" Inventory of the {len(drawn)} markets with the most fills."
    return Plot("plot-equity", "Equity and inventory", caption, 460, data, layout)


def prices(found: Analysis) -> list[Plot]:
    """One plot a market: the venue's best as a band, our fills on it."""
    return [_price(found, ledger, i) for i, ledger in enumerate(busiest(found))]


def _price(found: Analysis, ledger: Ledger, number: int) -> Plot:
    all_rows = found.run.bbo[found.run.bbo["token"] == ledger.token]
    moved = changes(*(all_rows[name].astype(np.int64) for name in ("bid_pips", "ask_pips", "gap")))
    times = all_rows["venue_time_ns"][moved].astype(np.int64)
    bid, ask = (all_rows[name][moved].astype(np.int64) for name in ("bid_pips", "ask_pips"))
    rows = thin(times, (bid, ask), _BAND_ROWS)
    gap = all_rows["gap"][moved][rows] != 0
    times, bid, ask = times[rows], bid[rows], ask[rows]
    has_bid, has_ask = (bid > 0) & ~gap, (ask < PIPS) & ~gap
    data = [_band(times, bid, ask, has_bid & has_ask)]
    for name, side, known in (("best bid", bid, has_bid), ("best ask", ask, has_ask)):
        data.append({
            "type": "scatter", "mode": "lines", "name": name, "x": _ms(times),
            "y": [pips / PIPS if k else None for pips, k in zip(side.tolist(), known, strict=True)],
            "line": {"color": "@edge", "width": 0.7, "shape": "hv"}, "showlegend": False,
            "hovertemplate": "%{y:.4f}<extra>" + name + "</extra>",
        })  # fmt: skip
    token_of_yes = ledger.fills["token"] & 1 == 0
    bought = (ledger.fills["side"] == 0) == token_of_yes  # buying NO is selling YES
    for some, name, symbol, color in (
        (bought, "longer in YES", "triangle-up", "@buy"),
        (~bought, "shorter in YES", "triangle-down", "@sell"),
    ):
        data += _marks(ledger, some, name, symbol, color)
    layout: dict[str, Any] = {
        "xaxis": {"type": "date", "range": _span(found)},
        "yaxis": {"title": "price of YES, pUSD"},
    }
    if ledger.marks.source == "payout":
        end = ledger.marks.time_ns // 10**6
        layout["shapes"] = [{
            "type": "line", "x0": end, "x1": end, "yref": "paper", "y0": 0, "y1": 1,
            "line": {"color": "@muted", "width": 1, "dash": "dot"},
        }]  # fmt: skip
        layout["annotations"] = [{
            "x": end, "y": 1, "yref": "paper", "xanchor": "right",
            "text": f"YES pays {words.price(ledger.marks.last())} ", "showarrow": False,
            "font": {"color": "@muted", "size": 11},
        }]  # fmt: skip
    caption = (
        "The venue's best bid to best ask, as a price of YES; no band where a side is empty or the "
        "feed was not to be believed. Fills of NO at p stand at 1 - p. Full marks made, hollow "
        f"ones took. {_drawn(len(rows), len(moved), 'changes of the best')}"
    )
    return Plot(f"plot-price-{number}", _name(found, ledger, 90), caption, 340, data, layout)


def _band(times: Ints, bid: Ints, ask: Ints, both: np.ndarray[Any, np.dtype[np.bool_]]) -> Trace:
    """Polygons between bid and ask, a part for each stretch in which both are there."""
    edge = np.flatnonzero(np.diff(both.astype(np.int8), prepend=0, append=0))
    xs: list[int | None] = []
    ys: list[float | None] = []
    when = times // 10**6
    for first, last in zip(edge[::2].tolist(), edge[1::2].tolist(), strict=True):
        after = min(last, len(when) - 1)
        x = np.repeat(np.append(when[first:last], when[after]), 2)[1:-1]
        above, below = np.repeat(ask[first:last], 2), np.repeat(bid[first:last], 2)
        xs += [*x.tolist(), *x[::-1].tolist(), None]
        ys += [*(above / PIPS).tolist(), *(below[::-1] / PIPS).tolist(), None]
    return {
        "type": "scatter", "mode": "lines", "x": xs, "y": ys, "fill": "toself",
        "fillcolor": "@band", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False,
    }  # fmt: skip


def _marks(ledger: Ledger, some: Any, name: str, symbol: str, color: str) -> list[Trace]:
    out = []
    fills = ledger.fills[some]
    made = fills["liquidity"] == 0
    for which, suffix, how in ((made, "", "made"), (~made, "-open", "took")):
        mine = fills[which]
        if not len(mine):
            continue
        rows = thin(mine["venue_time_ns"].astype(np.int64), (mine["price_pips"].astype(np.int64),))
        shown = mine[rows]
        out.append({
            "type": "scatter", "mode": "markers", "name": f"{name}, {how}",
            "x": _ms(shown["venue_time_ns"]),
            "y": (yes_prices(shown["token"], shown["price_pips"]) / PIPS).tolist(),
            "text": [_told(fill) for fill in shown],
            "marker": {"symbol": symbol + suffix, "color": color, "size": 10,
                       "line": {"color": color if suffix else "@page", "width": 1}},
            "hovertemplate": "%{text}<extra></extra>",
        })  # fmt: skip
    return out


def _told(fill: Rows) -> str:
    side, token = "SELL" if fill["side"] else "BUY", "NO" if int(fill["token"]) & 1 else "YES"
    size, price = words.shares(int(fill["size"])), words.price(2 * int(fill["price_pips"]))
    return f"{side} {size} {token} at {price}"


def markouts(found: Analysis) -> Plot | None:
    """A with its interval, A by size, and B, over the horizons; settle is another scale."""
    some = [cell for cell in found.curve if cell.tau_ns and cell.a.n]
    cells = [cell for cell in some if 10 * cell.a.n >= len(found.run.fills)]
    if not cells:
        return None
    names = [cell.name for cell in cells]
    data: list[Trace] = []
    sure = [cell for cell in cells if cell.interval and cell.interval.equal]
    if sure:
        data.append(_interval(sure))
    for name, values, color, dash in (
        ("A, from the fill price", [cell.a.cents for cell in cells], "@accent", "solid"),
        ("A by size", [cell.a.weighted_cents for cell in cells], "@accent", "dot"),
        ("B, from the mid at the fill", [cell.b.cents for cell in cells], "@sell", "dash"),
    ):
        data.append({
            "type": "scatter", "mode": "lines+markers", "name": name, "x": names, "y": values,
            "line": {"color": color, "width": 2 if dash == "solid" else 1.4, "dash": dash},
            "marker": {"size": 6}, "hovertemplate": "%{y:+.3f} cents",
        })  # fmt: skip
    layout = {
        "xaxis": {"type": "category", "title": "after the fill"},
        "yaxis": {"title": "cents a share", "zeroline": True},
        "legend": {"orientation": "h", "y": -0.2, "yanchor": "top"},
        "hovermode": "x unified",
    }
    caption = (
        "Mean markout in cents a share; shaded: 95 % of A. Above zero is good for us. Horizons are "
        "evenly spaced for reading, not to scale; settle stands in the table only."
    )
    if left := [f"{cell.name} ({cell.a.n:,})" for cell in some if cell not in cells]:
        caption += f" Known for less than a tenth of the fills, and not drawn: {', '.join(left)}."
    return Plot("plot-markouts", "Markouts", caption, 360, data, layout)


def _interval(cells: list[Cell]) -> Trace:
    low = [cell.interval.equal[0] for cell in cells if cell.interval and cell.interval.equal]
    high = [cell.interval.equal[1] for cell in cells if cell.interval and cell.interval.equal]
    names = [cell.name for cell in cells]
    return {
        "type": "scatter", "mode": "lines", "name": "95 % of A", "x": [*names, *names[::-1]],
        "y": [*high, *low[::-1]], "fill": "toself", "fillcolor": "@accent-soft",
        "line": {"width": 0}, "hoverinfo": "skip",
    }  # fmt: skip


def band(found: Band) -> Plot:
    """Profit under each fill model; the shaded span is the band, if one is claimed."""
    lines = found.lines[::-1]
    names = [escape(words.short(line.model, 30)) for line in lines]
    data = [{
        "type": "bar", "orientation": "h", "y": names,
        "x": [line.profit / 10**6 for line in lines],
        "marker": {"color": ["@muted" if line.beside else "@accent" for line in lines]},
        "text": [minus(words.cash(line.profit, sign=True)) for line in lines],
        "textposition": "auto",
        "hovertemplate": "%{y}: %{x:,.4f} pUSD<extra></extra>", "showlegend": False,
    }]  # fmt: skip
    layout: dict[str, Any] = {
        "xaxis": {"title": "P&L, pUSD", "zeroline": True},
        "yaxis": {"type": "category", "automargin": True},
        "hovermode": "closest",
    }
    if found.span:
        layout["shapes"] = [{
            "type": "rect", "x0": found.span[0] / 10**6, "x1": found.span[1] / 10**6,
            "yref": "paper", "y0": 0, "y1": 1, "fillcolor": "@accent-soft", "line": {"width": 0},
            "layer": "below",
        }]  # fmt: skip
    return Plot("plot-band", "Fill models", "", 90 + 38 * len(lines), data, layout)


def _name(found: Analysis, ledger: Ledger, width: int) -> str:
    names = {line.token: line.name for line in found.summary.markets}
    return words.short(names[ledger.token], width)


def _span(found: Analysis) -> list[int]:
    """The time axis of every plot: from the first best to the last change, a little wider."""
    bests, curve = found.run.bbo["venue_time_ns"], found.equity.times_ns
    edges = [int(times[i]) // 10**6 for times in (bests, curve) if len(times) for i in (0, -1)]
    wider = (max(edges) - min(edges)) // 100 + 1
    return [min(edges) - wider, max(edges) + wider]


def _ms(times: Ints) -> list[int]:
    return [int(time) for time in (times // 10**6).tolist()]


def _millionths(values: Ints) -> list[float]:
    return [value / 10**6 for value in values.tolist()]


def _drawn(shown: int, of: int, what: str) -> str:
    if shown == of:
        return f"All {of:,} {what} are drawn."
    return f"{shown:,} of {of:,} {what} are drawn, the extremes among them."
