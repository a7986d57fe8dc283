"""The venue's errors as data: status and text -> what it proves, the likely cause, the way out.

Source: PROTOCOL facts, section 2.3, and the threads users opened about these texts. Both the texts
of today and the symbolic names of before March 2026 are listed, in lower case, as parts of what the
venue writes. The first row that fits decides, so that the narrower stands before the wider.
Owns the table, and nothing else: `errors` says how it is read.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from clobstep.enums import Reject, VenueState


class Row(NamedTuple):
    """One kind of error. `reject` None: it does not say whether the order was taken."""

    statuses: tuple[int, ...]  # (): any that a refusal may have
    phrases: tuple[str, ...]  # any of them in the text; (): the status alone says it
    reject: Reject | None
    retry: bool  # whether the same wish, as a new order, may succeed later without a change
    cause: str
    fix: str
    venue: VenueState | None = None  # the state it shows the venue to be in


ROWS: Final = (
    # ---- the venue's state and its limits
    Row(
        (503,), ("post-only mode", "post_only_mode", "post only mode"),
        Reject.POST_ONLY_MODE, True,
        "the matching engine has restarted and takes post-only orders only, for about 2 minutes",
        "wait, or send post-only orders",
        VenueState.POST_ONLY,
    ),
    Row(
        (503,), ("cancel-only", "cancel only"), Reject.CANCEL_ONLY, True,
        "the venue takes cancels only", "wait; see the venue's status page",
        VenueState.CANCEL_ONLY,
    ),
    Row(
        (503,), ("trading is currently disabled", "trading is disabled"),
        Reject.DISABLED, True,
        "the venue has stopped trading; cancels are refused too",
        "wait; see the venue's status page",
        VenueState.DISABLED,
    ),
    Row(
        (425,), (), Reject.RESTARTING, True,
        "the matching engine restarts; every order end point answers so",
        "wait 1 or 2 seconds, then longer; two post-only minutes follow",
        VenueState.RESTARTING,
    ),
    Row(
        (429,), ("rate limit exceeded", "too many requests"), Reject.RATE_LIMIT, True,
        "more requests than the signer's or the address's bucket holds",
        "wait as long as Retry-After says; lower signer_rate and signer_burst",
    ),
    Row(
        (429,), (), Reject.RATE_LIMIT, True,
        "more requests than the signer's or the address's bucket holds",
        "wait as long as Retry-After says; lower signer_rate and signer_burst",
    ),
    # ---- who we are
    Row(
        (401,), ("unauthorized", "invalid api key", "invalid l1 request headers"),
        Reject.AUTH, False,
        "the API key is not the venue's, was revoked, or the clock is wrong",
        "derive the key again; check the clock against GET /time",
    ),
    Row(
        (401,), (), Reject.AUTH, False,
        "the request's credentials were not taken",
        "derive the key again; check the clock against GET /time",
    ),
    Row(
        (403,), ("restricted in your region", "geoblock", "region"), Reject.BANNED, False,
        "the venue takes no orders from where this machine stands",
        "see GET /api/geoblock; trade from where it is allowed",
    ),
    Row(
        (403,), (), Reject.BANNED, False,
        "the venue's proxy turned the request away: a blocked region, or an address it distrusts",
        "see GET /api/geoblock; try another address; do not repeat quickly",
    ),
    Row(
        (400,), ("address banned", "closed only mode", "closed-only"), Reject.BANNED, False,
        "the account is banned, or may only close positions",
        "see GET /auth/ban-status/closed-only; ask the venue",
    ),
    Row(
        (400,), ("maker address not allowed", "deposit wallet flow"), Reject.PAYLOAD, False,
        "accounts made since May 2026 trade from a deposit wallet (signature type 3)",
        "set signature_type = 3 and funder to the deposit wallet's address",
    ),
    Row(
        (400,), ("address of the api key", "signer address has to be"), Reject.PAYLOAD, False,
        "the order's signer is not the address the API key was made for; for a deposit wallet "
        "it often means that the wallet's contract is not deployed yet",
        "derive the key with the signer of the orders; deploy the wallet by a first deposit",
    ),
    Row(
        (400,), ("owner of the api key", "order owner has to be"), Reject.PAYLOAD, False,
        "the order names another API key as its owner", "use one key for orders and headers",
    ),
    Row(
        (400,), ("order_version_mismatch", "version mismatch"), Reject.PAYLOAD, False,
        "the order was signed for another version of the exchange",
        "read GET /version and sign for that one",
    ),
    Row(
        (400,), ("invalid signature",), Reject.PAYLOAD, False,
        "signature type and funder do not go together, or a negRisk token was signed for the "
        "plain exchange",
        "check signature_type, funder and the market's neg_risk",
    ),
    # ---- a normal end
    Row(
        (400,),
        ("fully filled or killed", "couldn't be fully filled", "fok_order_not_filled",
         "no orders found to match with fak"),
        Reject.KILLED, True,
        "nothing to match with at this price or better", "none is needed; a new price may fill",
    ),
    # ---- already there
    Row(
        (400, 409), ("duplicated", "invalid_order_duplicated"), Reject.DUPLICATED, False,
        "this very order was taken before", "none: it is looked up by its hash",
    ),
    # ---- the order itself
    Row(
        (400,), ("breaks minimum tick size", "invalid_order_min_tick_size", "tick size rule"),
        Reject.TICK, False,
        "the market's tick changed, or the price is not on its grid",
        "the market is read again; round prices to its tick",
    ),
    Row(
        (400,), ("min size: $", "invalid amount for a marketable buy"),
        Reject.MIN_NOTIONAL, False,
        "a BUY that would match at once must be worth 1 pUSD", "buy for 1 pUSD or more",
    ),
    Row(
        (400,), ("lower than the minimum", "invalid_order_min_size"), Reject.MIN_SIZE, False,
        "below the market's minimum size, 5 shares as a rule",
        "the market is read again; use its min_size",
    ),
    Row(
        (400,), ("invalid_post_only_order_type",), Reject.PAYLOAD, False,
        "post-only goes with GTC and GTD only", "do not set post_only on FAK or FOK",
    ),
    Row(
        (400,), ("crosses book", "crosses the book", "invalid_post_only_order"),
        Reject.POST_ONLY_CROSS, True,
        "the post-only order would have matched at once", "quote further from the other side",
    ),
    Row(
        (400,),
        ("not enough balance", "insufficient balance", "the balance is not enough",
         "invalid_order_not_enough_balance", "allowance is not enough"),
        Reject.BALANCE, False,
        "cash or tokens do not cover it: open orders and trades in settlement count too; tokens "
        "just bought show up seconds later",
        "wait for settlement, GET /balance-allowance/update, check allowances",
    ),
    Row(
        (400,), ("invalid expiration", "invalid_order_expiration"), Reject.EXPIRATION, False,
        "a GTD must end at least 3 minutes ahead; others have expiration 0",
        "check the clock; ask for a later expiry",
    ),
    Row(
        (400,), ("invalid amounts", "max accuracy of"), Reject.AMOUNTS, False,
        "more decimals than the venue takes: a market BUY has 2 of pUSD and 4 of shares",
        "a fault of ours: report it with the order",
    ),
    Row(
        (400,), ("canceled in the ctf exchange",), Reject.PAYLOAD, False,
        "the order was cancelled on the chain", "send a new order",
    ),
    Row(
        (400,), ("too many orders in payload",), Reject.PAYLOAD, False,
        "more than 15 orders in one request", "a fault of ours: report it",
    ),
    Row(
        (400,), ("invalid order payload", "invalid payload"), Reject.PAYLOAD, False,
        "the venue could not read the request", "a fault of ours: report it with the order",
    ),
    # ---- the market
    Row(
        (400,), ("not yet ready to process", "market_not_ready"), Reject.MARKET_NOT_READY, True,
        "the market has been announced but does not trade yet", "try again later",
    ),
    Row(
        (400,), ("match delayed due to market conditions", "order_delayed"),
        Reject.MATCH_DELAYED, True, "the venue holds matching back for a moment", "try again",
    ),
    Row(
        (400, 404),
        ("orderbook does not exist", "no orderbook exists", "market is closed",
         "market not found", "does not exist"),
        Reject.MARKET_CLOSED, False,
        "the market is closed or resolved, or not served by the order book yet",
        "take the market out, or try again later when it is new",
    ),
    # ---- rejected before the book
    Row(
        (500,), ("order timed out",), Reject.TIMED_OUT, True,
        "the venue was too slow and gave up before the order reached the book",
        "none: a new order may be sent",
    ),
    # ---- it may have executed
    Row(
        (500,),
        ("could not insert order", "invalid_order_error", "could not run the execution",
         "execution_error", "there are no matching orders", "contains rounding issues",
         "discrepancy greater than allowed", "delaying_order_error", "error delaying",
         "internal server error"),
        None, False,
        "the venue failed on the way, nobody knows how far it came",
        "none: it is looked up by its hash, and its reservation holds until that is known",
    ),
)  # fmt: skip

# What has no text of the venue's, as rows too, so that people are told the same way.
NOT_SENT: Final = Row(
    (), (), Reject.TIMED_OUT, True,
    "no connection, no name or no certificate: nothing reached the venue",
    "check the network and the [hosts] addresses",
)  # fmt: skip
NO_ANSWER: Final = Row(
    (), (), None, False,
    "the connection broke or the answer is late: it may have executed",
    "none: it is looked up by its hash",
)  # fmt: skip
NOT_UNDERSTOOD: Final = Row(
    (), (), None, False,
    "the answer is not the venue's usual one: a proxy's page, or cut short",
    "none: it is looked up by its hash",
)  # fmt: skip
STRANGE: Final = Row(
    (), (), Reject.OTHER, False,
    "the venue refused with a text that is in no table",
    "read the text; if it is a common one, report it so that it gets a row",
)  # fmt: skip
