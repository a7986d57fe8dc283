"""A report as plain dicts, lists, text and numbers, for `json.dumps`.

Owns: the names in the JSON. Money and sums are exact integers in the unit that their names say
(micros, microshares, half_pips); only what ends in `_cents` or `_share` is a float, rounded by
nothing, and null where it is not known.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from clobstep.enums import Evidence, Liquidity, Origin, Side
from clobstep.report.analysis import Analysis
from clobstep.report.band import Band
from clobstep.report.markouts import Nulls, ok
from clobstep.report.means import Cell, Interval, Mean
from clobstep.report.mids import Ints, Null
from clobstep.report.spread import Share, Spread
from clobstep.report.summary import Summary
from clobstep.report.words import limits

Plain = dict[str, Any]
_NULLS: Final = {int(null): null.name for null in Null}


def analysis(found: Analysis, *, fills: bool = True) -> Plain:
    """Everything; `fills`: each fill with its markouts too."""
    fall = found.equity.fall()
    out: Plain = {
        "header": dict(found.run.header),
        "assumed": list(found.assumed),
        "limits": limits(found.run),
        "summary": summary(found.summary),
        "equity": {
            "points": len(found.equity.times_ns),
            "last_micros": int(found.equity.micros[-1]) if len(found.equity.micros) else 0,
            "deepest_fall_micros": fall.micros,
            "fell_from_ns": fall.from_ns,
            "fell_to_ns": fall.to_ns,
        },
        "bootstrap_seed": found.seed,
        "markouts": [cell(one) for one in found.curve],
        "segments": [
            {
                "by": one.by,
                "bucket": one.name,
                "fills": one.fills,
                "toxic": share(one.toxic),
                "picked_off": share(one.picked_off),
                "markouts": [cell(c) for c in one.curve],
            }
            for one in found.buckets
        ],
        "toxic": share(found.toxic),
        "picked_off": share(found.picked_off),
        "spread_of_maker_fills": [spread(one) for one in found.maker_spread],
        "spread_of_taker_fills": [spread(one) for one in found.taker_spread],
    }
    if fills:
        out["fills"] = _fills(found)
    return out


def band(found: Band) -> Plain:
    """The band over fill models."""
    return {
        "span_micros": list(found.span) if found.span else None,
        "why_not": found.why,
        "models": [
            {
                "fill_model": line.model,
                "label": line.label,
                "latency_model": line.latency,
                "in_band": not line.beside,
                "band_allowed": line.allowed,
                "profit_micros": line.profit,
                "fees_micros": line.summary.total.fees,
                "fills": line.summary.total.fills,
                "markout": cell(line.markout),
            }
            for line in found.lines
        ],
    }


def summary(found: Summary) -> Plain:
    """Money a market, in all and by origin; orders."""
    return {
        "total": _money(asdict(found.total)),
        "most_net_microshares": found.most_net,
        "cash_unexplained_micros": found.cash_unexplained,
        "markets": [
            {
                "token": line.token,
                "name": line.name,
                "cluster": line.cluster,
                **_money(asdict(line.money)),
                "yes_microshares": line.yes,
                "no_microshares": line.no,
                "most_net_microshares": line.most,
                "mark_half_pips": line.mark,
                "mark_source": line.mark_source,
                "mark_age_ns": line.mark_age_ns,
            }
            for line in found.markets
        ],
        "origins": [{"origin": one.origin, **_money(asdict(one))} for one in found.origins],
        "not_by_origin_micros": found.not_by_origin,
        "orders": asdict(found.orders) if found.orders else None,
    }


def cell(found: Cell) -> Plain:
    """One horizon."""
    return {
        "horizon": found.name,
        "tau_ns": found.tau_ns,
        "n": found.a.n,
        "n_null": found.n_null,
        "nulls": found.nulls,
        "a": mean(found.a),
        "a_where_b_is_known": mean(found.a_beside),
        "edge": mean(found.edge),
        "b": mean(found.b),
        "a_interval": interval(found.interval),
        "b_interval": interval(found.interval_b),
    }


def mean(found: Mean) -> Plain:
    return {
        "n": found.n,
        "total_half_pips": found.total,
        "weight_microshares": found.weight,
        "weighted_half_pip_microshares": found.weighted,
        "negative": found.negative,
        "median_quarter_pips": found.median_quarter_pips if found.n else None,
        "mean_cents": found.cents,
        "weighted_mean_cents": found.weighted_cents,
        "median_cents": found.median_cents,
        "negative_share": found.negative_share,
    }


def interval(found: Interval | None) -> Plain | None:
    if found is None:
        return None
    return {
        "equal_cents": list(found.equal) if found.equal else None,
        "weighted_cents": list(found.weighted) if found.weighted else None,
        "clusters": found.clusters,
        "insufficient": found.insufficient,
        "blocks": found.blocks,
        "block_ns": found.block_ns,
    }


def share(found: Share) -> Plain:
    return {**asdict(found), "known_share": found.share}


def spread(found: Spread) -> Plain:
    return {
        "horizon": found.name,
        **{name: mean(getattr(found, name)) for name in ("quoted", "effective", "impact")},
        "realised": mean(found.realised),
    }


def _money(columns: Plain) -> Plain:
    """Names with their units."""
    counts = {"fills", "makers", "takers"}
    out = {}
    for name, value in columns.items():
        if name in counts:
            out[name] = value
        elif name == "shares":
            out["shares_microshares"] = value
        elif name != "origin":
            out[f"{name}_micros"] = value
    return out


def _fills(found: Analysis) -> list[Plain]:
    """A dict a fill, made column by column: rows of numpy are slow one by one."""
    rows, m = found.run.fills, found.markouts
    columns: dict[str, list[Any]] = {name: rows[name].tolist() for name in rows.dtype.names or ()}
    for name, words in (
        ("side", Side), ("liquidity", Liquidity), ("evidence", Evidence), ("origin", Origin),
    ):  # fmt: skip
        columns[name] = [words(code).name for code in columns[name]]
    columns["edge_half_pips"] = _known(m.edge, m.edge_null)
    horizons = []
    for row in range(len(m.names)):
        a, b = _known(m.a[row], m.a_null[row]), _known(m.b[row], m.b_null[row])
        why = [_NULLS[code] for code in m.a_null[row].tolist()]
        horizons.append(list(zip(a, b, why, strict=True)))
    columns["markouts"] = [
        {
            name: {"a_half_pips": a, "b_half_pips": b, "null": why}
            for name, (a, b, why) in zip(m.names, all_of_one, strict=True)
        }
        for all_of_one in zip(*horizons, strict=True)
    ]
    names = list(columns)
    return [dict(zip(names, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _known(values: Ints, null: Nulls) -> list[int | None]:
    pairs = zip(values.tolist(), ok(null).tolist(), strict=True)
    return [value if known else None for value, known in pairs]
