"""Run: what happened in one run, as arrays. A paper run returns it; every report reads only it.

Owns: the record formats below and `check`, which says whether the arrays can be true. Whoever
fills a Run (the paper venue, a live session, a test) writes plain integers: prices in pips, sizes
in microshares, cash and fees in micro-pUSD, times in nanoseconds since 1970, UTC. Token 2k is the
YES of a condition, 2k+1 its NO; the books of both are one, so `bbo` has the YES side only.

Two clocks: `venue_time_ns` is the venue's (match time of a fill, exchange time of a book),
`time_ns` ours (when we heard of it). Markouts and equity use the venue's, lifetimes of orders ours.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from clobstep.enums import PIPS

Rows = NDArray[np.void]

FILL_DTYPE: Final = np.dtype(
    [
        ("time_ns", "<i8"),  # our clock: when the fill was booked; rows rise in it
        ("venue_time_ns", "<i8"),  # the venue's clock: when it matched
        ("order_id", "<u8"),  # our order
        ("trade", "<u8"),  # the venue's trade; (trade, order_id) is unique
        ("token", "<u4"),  # the token that was bought or sold
        ("side", "u1"),  # enums.Side, of that token: 0 BUY, 1 SELL
        ("liquidity", "u1"),  # enums.Liquidity: 0 MAKER, 1 TAKER, 2 UNKNOWN
        ("evidence", "u1"),  # enums.Evidence: what decided the liquidity
        ("origin", "u1"),  # enums.Origin: which part of the strategy wanted the order
        ("price_pips", "<i2"),  # of that token, 0..10000
        ("size", "<i8"),  # microshares, > 0
        ("cash_micros", "<i8"),  # moved, without the fee: floor(size * price_pips / 10000)
        ("fee_micros", "<i8"),  # paid, >= 0; 0 for MAKER
        ("bid_pips", "<i2"),  # venue's best of the SAME token strictly before the fill; 0 empty
        ("ask_pips", "<i2"),  # the same; 10000 empty
        ("queued_ns", "<i8"),  # how long the order had lain at its level; 0 when it took
        ("quote_width_pips", "<i2"),  # our ask less our bid at the fill, same token; 0 not known
    ]
)
BBO_DTYPE: Final = np.dtype(
    [
        # One row a change of a condition's best bid or ask. A row that repeats the last best says
        # that it still stood then: write one at least each second while the condition's feed is
        # heard, because a best that nobody spoke of for 5 s is too old for a markout.
        ("venue_time_ns", "<i8"),  # rows rise in it, over all conditions; the last of a tie counts
        ("token", "<u4"),  # the even token (YES)
        ("bid_pips", "<i2"),  # 0: no bids
        ("ask_pips", "<i2"),  # 10000: no asks
        ("gap", "u1"),  # 1: not to be believed from here to the condition's next row
    ]
)
SETTLEMENT_DTYPE: Final = np.dtype(
    [
        ("time_ns", "<i8"),  # the venue's clock: when the market resolved
        ("token", "<u4"),  # the even token (YES); one row a condition
        ("payout_pips", "<i2"),  # a share of YES pays this, one of NO pays 10000 less this
    ]
)
ORDER_DTYPE: Final = np.dtype(
    [
        ("order_id", "<u8"),
        ("token", "<u4"),
        ("side", "u1"),  # enums.Side, of that token
        ("tif", "u1"),  # enums.Tif
        ("origin", "u1"),  # enums.Origin
        ("state", "u1"),  # enums.OrderState at the end of the run
        ("reject", "u1"),  # enums.Reject; means something in state REJECTED only
        ("price_pips", "<i2"),  # limit
        ("original", "<i8"),  # in the order's unit: microshares; micro-pUSD for FAK and FOK buys
        ("filled", "<i8"),  # the same unit
        ("canceled", "<i8"),  # the same unit
        ("placed_ns", "<i8"),  # our clock: the SUBMIT effect
        ("accepted_ns", "<i8"),  # our clock: first word that the venue had it; 0 never
        ("ended_ns", "<i8"),  # our clock: FILLED, CANCELED, REJECTED or EXPIRED; 0 still open
    ]
)
CONVERSION_DTYPE: Final = np.dtype(
    [
        ("time_ns", "<i8"),  # our clock: when it was done
        ("token", "<u4"),  # MERGE and SPLIT: the even token; REDEEM: the token redeemed
        ("kind", "u1"),  # MERGE, SPLIT or REDEEM, below
        ("size", "<i8"),  # pairs, or shares redeemed: microshares, > 0
        ("cash_micros", "<i8"),  # what cash moved, + came in (a split: negative), without the cost
        ("cost_micros", "<i8"),  # what it cost on top, >= 0
    ]
)
MERGE: Final = 1  # pairs into cash, 1 pUSD a pair
SPLIT: Final = 2  # cash into pairs
REDEEM: Final = 3  # shares of a resolved token into their payout

# What the header of every report prints, in this order. A key that is missing or empty is printed
# as "not stated": what nobody wrote down must not look like an answer. Beside these:
#   band_allowed   bool: the recording holds what the fill model needs, so a band may be claimed
#   label          str: what the result is, in plain words ("crossing fills only")
#   end_ns         int: the venue's time when the run ended; default: the last row of bbo
#   bias           str: how far the fill model was from the truth where that is known
#   limits         list of str: what the run cannot show; default: what paper cannot
HEADER: Final[dict[str, str]] = {
    "session": "session",
    "strategy": "strategy",
    "params": "settings of the strategy",
    "fill_model": "fill model",
    "latency_model": "latency model",
    "fee_source": "source of the fees",
    "code_version": "code version",
    "config_hash": "configuration hash",
    "data_hash": "data hash",
    "seed": "seed",
    "gap_ns": "gaps in the feed, excluded",
    "verify": "replay",
}


class RunError(ValueError):
    """A Run that cannot be true: which array, which row, what is wrong with it."""


def empty(dtype: np.dtype[np.void]) -> Rows:
    """No rows of a format."""
    return np.zeros(0, dtype)


@dataclass
class Run:
    """One run of one strategy under one fill model; arrays as the formats above say.

    `totals`: integers the run counted itself, each optional: `cash_start_micros` and
    `cash_end_micros` (settled + incoming - outgoing; with both, the summary checks the ledger
    against the fills), `deposits_micros` (came in from outside meanwhile), `reserved_max_micros`,
    and `refused` (dict: name of a Refusal -> how often the guard said it).

    `markets`: one dict a condition, a MarketInfo as builtins and `token` (its even token). Read
    here: `token`, `slug`, `question`, `condition`, `event` (the cluster of the bootstrap; without
    it the condition is its own), `tick_pips`, `end_ns`, and `assumed` (names of fields that nobody
    gave and the import made up). `header`: see HEADER.
    """

    fills: Rows = field(default_factory=lambda: empty(FILL_DTYPE))
    bbo: Rows = field(default_factory=lambda: empty(BBO_DTYPE))
    settlements: Rows = field(default_factory=lambda: empty(SETTLEMENT_DTYPE))
    orders: Rows = field(default_factory=lambda: empty(ORDER_DTYPE))
    conversions: Rows = field(default_factory=lambda: empty(CONVERSION_DTYPE))
    totals: dict[str, Any] = field(default_factory=dict)
    markets: list[dict[str, Any]] = field(default_factory=list)
    header: dict[str, Any] = field(default_factory=dict)

    def market(self, token: int) -> dict[str, Any]:
        """The market of a token, of either side; LookupError if `markets` has none."""
        for one in self.markets:
            if one["token"] == token & ~1:
                return one
        raise LookupError(f"no market of token {token} in Run.markets")

    def cluster(self, token: int) -> str:
        """What a token's market shares its fate with: its event, else its condition."""
        one = self.market(token)
        return str(one.get("event") or one.get("condition") or one["token"])

    def clusters(self, tokens: NDArray[np.uint32]) -> list[str]:
        """The cluster of each token."""
        known = {token: self.cluster(token) for token in np.unique(tokens).tolist()}
        return [known[token] for token in tokens.tolist()]

    def end_ns(self) -> int:
        """The venue's time when the run ended: what lies behind it was not seen."""
        if "end_ns" in self.header:
            return int(self.header["end_ns"])
        return int(self.bbo["venue_time_ns"][-1]) if len(self.bbo) else 0

    def check(self) -> None:
        """Raise RunError for the first thing that cannot be: formats, order, ranges, amounts."""
        from clobstep.report._check import check

        check(self)


def signs(fills: Rows) -> NDArray[np.int64]:
    """+1 for a BUY, -1 for a SELL, a fill."""
    return 1 - 2 * fills["side"].astype(np.int64)


def yes_prices(token: NDArray[np.uint32], price_pips: NDArray[np.int16]) -> NDArray[np.int64]:
    """Prices of either token as prices of YES: a NO at p is a YES at 1 - p."""
    price = price_pips.astype(np.int64)
    return np.where(token & 1, PIPS - price, price)
