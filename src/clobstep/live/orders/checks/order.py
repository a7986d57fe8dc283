"""An order of the smallest size, as live trading would make it: signed and hashed, and not sent.

It is a BUY at the lowest price of the grid, post-only, and ends by itself after five minutes: sent,
it rests far from the touch, costs nothing, and is gone even if nobody cancels it.
Owns the choice of the market, the price and the size.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from clobstep import units
from clobstep.effects import Effect
from clobstep.enums import EffectKind, Flag, Side, Tif
from clobstep.live.checks.result import FailError, Result, SkipError, passed
from clobstep.live.clock import SECOND
from clobstep.live.orders.checks.site import AccountSite
from clobstep.live.orders.credentials import owner
from clobstep.live.orders.desk import Holder, Made, Terms, make_order
from clobstep.venue import wire
from clobstep.venue.market_info import MarketInfo
from clobstep.venue.metadata_events import name
from clobstep.venue.rest import requests
from clobstep.venue.rest.answer import value_of
from clobstep.venue.rest.errors import Outcome, classify
from clobstep.venue.signing.amounts import CENT
from clobstep.venue.signing.contracts import exchange_of
from clobstep.venue.signing.errors import SigningError
from clobstep.venue.signing.signer import signed_by
from clobstep.venue.tradable import takes_orders

LIVES_S: Final = 300  # a GTD order needs 180
FAR: Final = 5  # ticks from the lowest price to the best bid, at least
MOST_MARKETS: Final = 20  # whose books are asked for
MOST_MICROS: Final = 1_000_000  # what the order may cost if all goes wrong
SALT_BITS: Final = 52


class Plan(NamedTuple):
    """The order, and how it is told from others."""

    info: MarketInfo
    side: str  # of the market: YES or NO
    effect: Effect
    terms: Terms
    made: Made

    @property
    def cost_micros(self) -> int:
        return self.effect.size * self.effect.price_pips // 10_000


async def order(site: AccountSite) -> Result:
    """Build, sign, hash. Nothing leaves but questions about the book."""
    if site.signer is None:
        raise SkipError("no key: nothing can be signed", "clobstep keys new")
    shown = site.shown
    info, side, book = await _choice(site)
    account = site.config.account
    holder = Holder(site.signer, site.funder, account.signature_type, owner(shown))
    hosts = site.hosts
    try:
        domain = exchange_of(info.version or None, info.neg_risk, hosts.chain_id, hosts.protocol)
        terms = Terms(int((info.yes if side == "YES" else info.no) or 0), domain)
        effect = _effect(site, info)
        made = make_order(effect, holder, terms)
        by = signed_by(domain, made.fields, made.signature)
    except SigningError as error:
        raise FailError(str(error), "see the wallet's check and [account]") from None
    if by != site.signer.address:
        raise FailError(f"the signature is of {by}, not of {site.signer.address}")
    plan = Plan(info, side, effect, terms, made)
    _check_terms(plan, book)
    if plan.cost_micros > MOST_MICROS:
        raise SkipError("the smallest order of these markets costs more than 1 pUSD")
    site.plan = plan
    return passed(f"{told(plan)}; built, signed, not sent", figures=_figures(plan))


def told(plan: Plan) -> str:
    """The order in a line."""
    effect = plan.effect
    return (
        f"BUY {units.format_size(effect.size)} {plan.side} of {name(plan.info)} at "
        f"{units.format_price(effect.price_pips)}, post-only, for the exchange "
        f"{plan.terms.domain.contract} (domain version {plan.terms.domain.version}), "
        f"makerAmount {plan.made.fields.maker_amount}, takerAmount "
        f"{plan.made.fields.taker_amount}, hash {plan.made.order_hash}"
    )


def _figures(plan: Plan) -> dict[str, Any]:
    fields = plan.made.fields
    return {
        "market": name(plan.info),
        "condition": plan.info.condition,
        "side": plan.side,
        "price_pips": plan.effect.price_pips,
        "size": plan.effect.size,
        "maker_amount": fields.maker_amount,
        "taker_amount": fields.taker_amount,
        "exchange": plan.terms.domain.contract,
        "exchange_version": plan.terms.domain.version,
        "neg_risk": plan.info.neg_risk,
        "order_hash": plan.made.order_hash,
        "maker": fields.maker,
        "signature_type": fields.signature_type,
    }


def _effect(site: AccountSite, info: MarketInfo) -> Effect:
    """What the engine would say. Its salt is our time, as a session's first is."""
    now_ns = site.calls.venue_now_ns()
    size = -(-(info.min_size or 0) // CENT) * CENT
    return Effect(
        seq=0,
        time_ns=now_ns,
        order_id=1,
        ref=(now_ns // 1_000) % (1 << SALT_BITS),
        size=size,
        amount=0,
        deadline_ns=(now_ns // SECOND + LIVES_S) * SECOND,
        token=0,
        price_pips=info.tick_pips or 0,
        generation=0,
        kind=EffectKind.SUBMIT,
        side=Side.BUY,
        code=Tif.GTD,
        flags=Flag.ORDER_POST_ONLY,
        aux=0,
    )


async def _choice(site: AccountSite) -> tuple[MarketInfo, str, dict[str, Any]]:
    """The token whose best bid is farthest from the lowest price. Errors: SkipError, FailError."""
    best: tuple[int, MarketInfo, str, dict[str, Any]] | None = None
    for info in [i for i in site.infos if takes_orders(i)][:MOST_MARKETS]:
        for side, asset in (("YES", info.yes), ("NO", info.no)):
            book = await _book(site, asset or "")
            bid = max((wire.price_pips(level["price"]) for level in book["bids"]), default=0)
            if best is None or bid // (info.tick_pips or 1) > best[0]:
                best = bid // (info.tick_pips or 1), info, side, book
    if best is None:
        raise SkipError("no market takes orders", "see the check of the markets")
    if best[0] <= FAR:
        raise SkipError(
            "no token's best bid is far from the lowest price: an order could be matched",
            "name a market under [markets] whose price is in the middle",
        )
    return best[1:]


async def _book(site: AccountSite, asset: str) -> dict[str, Any]:
    reply = await site.http.call(requests.book_request(asset))
    verdict = classify(reply)
    if verdict.outcome is not Outcome.OK:
        raise FailError(f"GET /book: {verdict.why or reply.status}", "ask again")
    try:
        book = value_of(reply.body)
        levels = [*book["bids"], *book["asks"]]
        for level in levels:
            wire.price_pips(level["price"])
    except (wire.WireError, KeyError, TypeError) as error:
        raise FailError(f"GET /book is no book: {error!r}"[:300], "ask again") from None
    return dict(book)


def _check_terms(plan: Plan, book: dict[str, Any]) -> None:
    """The CLOB's own book names the same exchange and grid. Errors: FailError."""
    info = plan.info
    said = book.get("neg_risk")
    if isinstance(said, bool) and said != info.neg_risk:
        raise FailError(
            f"neg risk: Gamma says {info.neg_risk} of {name(info)}, the CLOB {said}: the order "
            "would be signed for the wrong exchange",
            "wait until they agree; this market is not to be traded",
        )
    tick = book.get("tick_size")
    if tick is not None and wire.price_pips(tick) != info.tick_pips:
        raise FailError(
            f"tick: Gamma says {units.format_price(info.tick_pips or 0)} of {name(info)}, the CLOB "
            f"{tick}",
            "ask again: a tick that has just changed takes a moment",
        )
