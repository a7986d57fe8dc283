"""The CLOB's own metadata, and the files that recorders write beside their recordings.

Three shapes: `/clob-markets` with its abbreviated keys (PROTOCOL facts, section 2.4), the CLOB's
`/markets` with long ones, and what two public recorders keep: `condition_id` with `outcomes`, and
`conditionId` with `upTokenId` and `downTokenId`. Owns nothing; touches no file.
"""

from __future__ import annotations

from typing import Any

from clobstep import units
from clobstep.venue.gamma_details import NAMES, Names, soft_clob
from clobstep.venue.market_info import Fields, MarketInfo, asset_pair, fee_rate, no_first


def short(f: Fields, names: Names = NAMES) -> MarketInfo:
    """An object of `/clob-markets`: c, t, mts, mos, nr, fd, ao, gst and others that we do not need.

    `nr` is left out where it is false, and `fd` where there is no fee: the official client reads
    them so. Without `fd` a base fee above 0 contradicts that, and the fee is not known.
    """
    (yes, no), _ = _tokens(f, "t", "t", "o")
    fee, remarks = fee_rate(f.inner("fd"), "r", "e", "to")
    if not f.has("fd") and not f.get("tbf")[1]:
        fee = 0
    more, odd = soft_clob(f, names)
    return MarketInfo(
        condition=f.condition("c"),
        yes=yes,
        no=no,
        tick_pips=f.number(units.parse_tick, "mts"),
        min_size=f.number(units.parse_size, "mos"),
        fee_ppm=fee,
        neg_risk=bool(f.flag("nr")),
        accepting=f.flag("ao"),
        start_ns=f.time("gst", "aot"),
        remarks=(*remarks, *odd),
        source=f.source,
        **more,
    )


def long(f: Fields) -> MarketInfo:
    """An object of the CLOB's `/markets`: condition_id and tokens, one of which may have won."""
    (yes, no), tokens = _tokens(f, "tokens", "token_id", "outcome")
    good = [f.flag(name) for name in ("enable_order_book", "accepting_orders", "active")]
    bad = [f.flag(name) for name in ("closed", "archived")]
    accepting = False if False in good or True in bad else good[1]
    return MarketInfo(
        condition=f.condition("condition_id"),
        yes=yes,
        no=no,
        slug=f.text("market_slug"),
        question=f.text("question"),
        cluster=f.text("neg_risk_market_id") or None,
        tick_pips=f.number(units.parse_tick, "minimum_tick_size"),
        min_size=f.number(units.parse_size, "minimum_order_size"),
        neg_risk=f.flag("neg_risk"),
        accepting=accepting,
        start_ns=f.time("game_start_time", "accepting_order_timestamp"),
        end_ns=f.time("end_date_iso"),
        payout_yes_pips=_payout(f, tokens),
        source=f.source,
    )


def recorded(f: Fields) -> MarketInfo:
    """condition_id with outcomes of {token_id, outcome}, as a recorder of up-or-down markets has.

    Its fee_parameters hold Gamma's schedule as raw_fee_config; its taker_fee_bps is no rate.
    """
    (yes, no), _ = _tokens(f, "outcomes", "token_id", "outcome")
    fees = f.inner("fee_parameters")
    fee: int | None = None
    remarks: tuple[str, ...] = ()
    if fees is not None:
        fee, remarks = fee_rate(fees.inner("raw_fee_config"), "rate", "exponent", "takerOnly")
        fee = 0 if fees.flag("fees_enabled") is False else fee
    return MarketInfo(
        condition=f.condition("condition_id"),
        yes=yes,
        no=no,
        slug=f.text("slug"),
        question=f.text("title", "question"),
        tick_pips=f.number(units.parse_tick, "tick_size"),
        min_size=f.number(units.parse_size, "min_order_size"),
        fee_ppm=fee,
        accepting=True if f.text("lifecycle_state") == "active" else None,
        start_ns=f.time("start_ts"),
        end_ns=f.time("end_ts"),
        remarks=remarks,
        source=f.source,
    )


def up_or_down(f: Fields) -> MarketInfo:
    """conditionId with upTokenId and downTokenId."""
    yes, no = asset_pair(f, "upTokenId", [f.get("upTokenId")[1], f.get("downTokenId")[1]])
    return MarketInfo(
        condition=f.condition("conditionId"),
        yes=yes,
        no=no,
        slug=f.text("slug"),
        question=f.text("question", "title"),
        tick_pips=f.number(units.parse_tick, "tickSize"),
        min_size=f.number(units.parse_size, "minOrderSize"),
        start_ns=f.time("startTs"),
        end_ns=f.time("endTs"),
        source=f.source,
    )


def _tokens(
    f: Fields, field: str, id_key: str, outcome_key: str
) -> tuple[tuple[str | None, str | None], list[dict[str, Any]]]:
    """The two asset ids and the two objects they stand in, YES first."""
    tokens = f.items(field) or []
    for token in tokens:
        if not isinstance(token, dict):
            raise f.error(field, "a token is no object")
    if no_first(f, field, [token.get(outcome_key) for token in tokens]):
        tokens = tokens[::-1]
    return asset_pair(f, field, [token.get(id_key) for token in tokens]), tokens


def _payout(f: Fields, tokens: list[dict[str, Any]]) -> int | None:
    won = [token.get("winner") is True for token in tokens]
    if f.flag("is_50_50_outcome") and f.flag("closed"):
        return 5_000
    return {(True, False): 10_000, (False, True): 0}.get((won[0], won[1]))
