"""The arrays of a report's Run, out of a journal's events and effects.

Owns: nothing of its own is decided here; what was booked is what the engine's effects say, and the
exchange says to the nanosecond when a trade was made (the user channel tells seconds only).

A market whose place was given to another is a market of its own in a report: its token is the
place's token, and two for each place a generation.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from clobstep.core import EVENT_DTYPE
from clobstep.enums import (
    PIPS,
    AcceptStatus,
    EffectKind,
    EventKind,
    FeedSign,
    Flag,
    Liquidity,
    OrderState,
    Side,
)
from clobstep.report.run import (
    BBO_DTYPE,
    CONVERSION_DTYPE,
    FILL_DTYPE,
    MERGE,
    ORDER_DTYPE,
    REDEEM,
    SETTLEMENT_DTYPE,
    SPLIT,
    yes_prices,
)
from clobstep_sim.soak.market import Slice

Array = NDArray[np.void]
Ints = NDArray[np.int64]
SECOND: Final = 1_000_000_000
MILLISECOND: Final = 1_000_000
CONVERSIONS: Final = {EventKind.MERGE: MERGE, EventKind.SPLIT: SPLIT, EventKind.REDEEM: REDEEM}


def _table(*kinds: int) -> NDArray[np.bool_]:
    out = np.zeros(256, np.bool_)
    out[list(kinds)] = True
    return out


KEPT: Final = _table(
    EventKind.ACCEPTED,
    EventKind.REJECTED,
    EventKind.CANCEL_ACCEPTED,
    EventKind.RESOLVED,
    *CONVERSIONS,
)
BEST_COLUMNS: Final = ("token", "venue_time_ns", "bid_pips", "ask_pips", "gap")
SAID: Final = _table(EffectKind.SUBMIT, EffectKind.ORDER, EffectKind.FILL)


def _is_bid(rows: Array) -> NDArray[np.bool_]:
    """Whether it is a bid in the book of YES."""
    return np.asarray((rows["side"] == Side.BUY) != (rows["token"] & 1 == 1))


def _with_best(fills: Array, bbo: Array) -> Array:
    """The best prices strictly before each fill of a market; the channel tells milliseconds."""
    told = fills["venue_time_ns"] // MILLISECOND * MILLISECOND
    at = np.searchsorted(bbo["venue_time_ns"], told) - 1
    if not len(bbo):
        return fills
    bid = np.where(at >= 0, bbo["bid_pips"][at], 0)
    ask = np.where(at >= 0, bbo["ask_pips"][at], PIPS)
    odd = fills["token"] & 1 == 1
    fills["bid_pips"] = np.where(odd, PIPS - ask, bid)
    fills["ask_pips"] = np.where(odd, PIPS - bid, ask)
    return fills


def _as_one(parts: list[Array]) -> list[Array]:
    """All of them in one array; what is put together once stays so."""
    return parts if len(parts) == 1 else [np.concatenate(parts)]


def _first_times(said: Array, order_ids: NDArray[np.uint64]) -> Ints:
    """The venue's time of the first word about each order; 0 where there is none."""
    ids, first = np.unique(said["order_id"], return_index=True)
    if not len(ids):
        return np.zeros(len(order_ids), np.int64)
    at = np.minimum(np.searchsorted(ids, order_ids), len(ids) - 1)
    times = said["venue_time_ns"][first].astype(np.int64)
    return np.where(ids[at] == order_ids, times[at], 0)


def _widths(fills: Array, orders: Array, begin_ns: Ints) -> NDArray[np.int16]:
    """Our ask less our bid at each fill of a market: to the newest quote of the other side.

    0 where none lay there.
    """
    here, begin = orders[begin_ns > 0], begin_ns[begin_ns > 0]
    order = np.argsort(begin, kind="stable")
    here, begin = here[order], begin[order]
    out = np.zeros(len(fills), np.int16)
    for bid in (False, True):
        mine = _is_bid(fills) == bid
        other = _is_bid(here) != bid
        if not (mine.any() and other.any()):
            continue
        quotes, since = here[other], begin[other]
        at = np.searchsorted(since, fills["venue_time_ns"][mine], side="right") - 1
        quote = quotes[np.maximum(at, 0)]
        lies = (at >= 0) & (
            (quote["ended_ns"] == 0) | (quote["ended_ns"] >= fills["venue_time_ns"][mine])
        )
        apart = yes_prices(quote["token"], quote["price_pips"])
        apart = apart - yes_prices(fills["token"][mine], fills["price_pips"][mine])
        out[mine] = np.where(lies, apart if bid else -apart, 0)
    return out


class Rows:
    """Takes slices as they come, keeps what a report needs, and makes its arrays at the end."""

    def __init__(self, places: int) -> None:
        self.places = places
        self.events = np.zeros(0, EVENT_DTYPE)
        self._kept: list[Array] = []
        self._said: list[Array] = []
        self._bests: list[Array] = []
        self._last: dict[int, tuple[int, ...]] = {}  # by market: second, bid, ask, gap
        self.n_events = self.n_intents = 0

    def take(self, piece: Slice) -> None:
        """One more slice, directly behind the last one."""
        first = piece.seq - len(piece.events)
        kinds, said = piece.events["kind"], piece.effects["kind"]
        refused = piece.effects["seq"][said == EffectKind.REFUSED].astype(np.int64) - first - 1
        kept = KEPT[kinds]
        kept[refused] = False
        self._kept.append(piece.events[kept])
        self._said.append(piece.effects[SAID[said]])
        self._bests.append(self._best(piece.events, kinds))
        self.n_events += len(kinds)
        asked = (kinds >= EventKind.INTENT_SUBMIT) & (kinds <= EventKind.INTENT_REDEEM)
        self.n_intents += int(np.count_nonzero(asked))

    def report_token(
        self, token: NDArray[np.unsignedinteger], generation: NDArray[np.unsignedinteger]
    ) -> NDArray[np.uint32]:
        """The token that a report knows it by."""
        return token.astype(np.uint32) + np.uint32(2 * self.places) * generation.astype(np.uint32)

    def _best(self, events: Array, kinds: NDArray[np.uint8]) -> Array:
        """The venue's own best, where it changed and once a second; a lost connection is a gap."""
        carried = kinds == EventKind.BEST
        carried |= (kinds == EventKind.BOOK_DELTA) & (events["flags"] & Flag.BOOK_BEST != 0)
        told = np.flatnonzero(carried)
        token, bid, ask = (events[name][told] for name in ("token", "bid_pips", "ask_pips"))
        odd = token & 1 == 1
        columns = [
            self.report_token(token & ~np.uint32(1), events["generation"][told]),
            events["venue_time_ns"][told],
            np.where(odd, PIPS - ask, bid),
            np.where(odd, PIPS - bid, ask),
            np.zeros(len(told), np.uint8),
        ]
        tokens = np.flatnonzero(np.bincount(columns[0]))
        feed = events[kinds == EventKind.FEED]
        lost_ns = feed["time_ns"][feed["code"] == FeedSign.LOST]
        if len(lost_ns):
            gaps = self._gaps(lost_ns, tokens)
            columns = [np.concatenate(both) for both in zip(columns, gaps, strict=True)]
        times_ns = columns[1]
        if np.any(times_ns[1:] < times_ns[:-1]):
            order = np.argsort(times_ns, kind="stable")
            columns = [column[order] for column in columns]
        parts = [self._thin(int(token), columns, len(tokens) == 1) for token in tokens]
        return np.concatenate([np.zeros(0, BBO_DTYPE), *parts])

    def _gaps(self, times_ns: Ints, tokens: Ints) -> list[NDArray[Any]]:
        """A lost connection: the last best of each market is not to be believed any more."""
        n = len(times_ns) * len(tokens)
        return [
            np.tile(tokens, len(times_ns)).astype(np.uint32),
            np.repeat(times_ns, len(tokens)),
            np.zeros(n, np.int16),
            np.full(n, PIPS, np.int16),
            np.ones(n, np.uint8),
        ]

    def _thin(self, token: int, columns: list[NDArray[Any]], is_alone: bool) -> Array:
        """A market's rows without those that repeat its last one within the same second."""
        mine = columns if is_alone else [c[columns[0] == token] for c in columns]
        new = np.zeros(len(mine[0]), np.bool_)
        last = self._last.get(token)
        compared = [mine[1] // SECOND, *mine[2:]]
        now = tuple(int(column[-1]) for column in compared)
        for k, column in enumerate(compared):
            new[1:] |= column[1:] != column[:-1]
            new[0] |= last is None or column[0] != last[k]
        self._last[token] = now
        out = np.zeros(np.count_nonzero(new), BBO_DTYPE)
        for name, column in zip(BEST_COLUMNS, mine, strict=True):
            out[name] = column[new]
        return out

    def bests(self) -> Array:
        """BBO_DTYPE."""
        rows: Array = np.concatenate(self._bests) if self._bests else np.zeros(0, BBO_DTYPE)
        return rows[np.argsort(rows["venue_time_ns"], kind="stable")]

    def effects(self, kind: EffectKind) -> Array:
        """All effects of a kind."""
        self._said = _as_one(self._said)
        found: Array = self._said[0][self._said[0]["kind"] == kind]
        return found

    def facts(self, *kinds: EventKind) -> Array:
        """All events of these kinds that the engine took."""
        self._kept = _as_one(self._kept)
        found: Array = self._kept[0][_table(*kinds)[self._kept[0]["kind"]]]
        return found

    def orders(self) -> Array:
        """ORDER_DTYPE: one row an order that was sent."""
        sent = self.effects(EffectKind.SUBMIT)
        _, first = np.unique(sent["order_id"], return_index=True)
        sent = sent[first]
        out = np.zeros(len(sent), ORDER_DTYPE)
        for name in ("order_id", "side", "price_pips"):
            out[name] = sent[name]
        out["token"] = self.report_token(sent["token"], sent["generation"])
        out["tif"], out["origin"], out["placed_ns"] = sent["code"], sent["aux"], sent["time_ns"]
        in_cash = (sent["side"] == Side.BUY) & (sent["code"] >= 2)
        out["original"] = np.where(in_cash, sent["amount"], sent["size"])
        self._lives(out)
        reject = self.facts(EventKind.REJECTED)
        at = np.searchsorted(out["order_id"], reject["order_id"])
        known = (at < len(out)) & (
            out["order_id"][np.minimum(at, len(out) - 1)] == reject["order_id"]
        )
        out["reject"][at[known]] = reject["code"][known]
        return out

    def _lives(self, out: Array) -> None:
        """What became of each order."""
        told = self.effects(EffectKind.ORDER)
        told = told[np.isin(told["order_id"], out["order_id"])]
        at = np.searchsorted(out["order_id"], told["order_id"])
        out["state"][at] = told["code"]  # in order: the last word stays
        out["filled"][at] = told["size"]
        out["canceled"][at] = told["ref"]
        over = told["code"] >= OrderState.FILLED
        heard = (told["code"] >= OrderState.DELAYED) & (told["code"] != OrderState.UNKNOWN)
        for mask, name in ((heard, "accepted_ns"), (over, "ended_ns")):
            where, times = at[mask][::-1], told["time_ns"][mask][::-1]
            out[name][where] = times  # backwards: the first word stays
        open_again = ~np.isin(out["state"], [s for s in OrderState if s >= OrderState.FILLED])
        out["ended_ns"][open_again] = 0
        late = (out["ended_ns"] != 0) & (out["ended_ns"] < out["placed_ns"])
        out["ended_ns"][late] = out["placed_ns"][late]  # our clock was set back meanwhile

    def fills(self, matched_ns: Ints, orders: Array, bbo: Array) -> Array:
        """FILL_DTYPE. `matched_ns`: when the exchange made each of its trades, by number."""
        told = self.effects(EffectKind.FILL)
        out = np.zeros(len(told), FILL_DTYPE)
        for name in ("time_ns", "order_id", "side", "price_pips", "size"):
            out[name] = told[name]
        out["trade"], out["cash_micros"] = told["ref"], np.abs(told["deadline_ns"])
        out["fee_micros"], out["liquidity"] = told["amount"], told["code"]
        out["evidence"], out["origin"] = told["flags"], told["aux"]
        out["token"] = self.report_token(told["token"], told["generation"])
        out["venue_time_ns"] = matched_ns[told["ref"].astype(np.int64) - 1]
        out["time_ns"] = np.maximum.accumulate(out["time_ns"])
        orders = orders[np.argsort(orders["token"] & ~np.uint32(1), kind="stable")]
        begin_ns = self.arrivals(orders["order_id"])
        markets = orders["token"] & ~np.uint32(1)
        arrived_ns = self.arrivals(out["order_id"])
        made = out["liquidity"] == Liquidity.MAKER
        queued = np.where(made & (arrived_ns > 0), out["venue_time_ns"] - arrived_ns, 0)
        out["queued_ns"] = np.maximum(queued, 0)
        out["ask_pips"] = PIPS
        for token in np.unique(out["token"] & ~np.uint32(1)):
            mine = np.flatnonzero((out["token"] & ~np.uint32(1)) == token)
            out[mine] = _with_best(out[mine], bbo[bbo["token"] == token])
            here = slice(*np.searchsorted(markets, [token, token + 1]))
            out["quote_width_pips"][mine] = _widths(out[mine], orders[here], begin_ns[here])
        return out

    def arrivals(self, order_ids: NDArray[np.uint64]) -> Ints:
        """When the venue took each of these orders, its own time; 0 where it did not say so."""
        said = self.facts(EventKind.ACCEPTED)
        return _first_times(said[said["code"] != AcceptStatus.UNMATCHED], order_ids)

    def cancels(self, order_ids: NDArray[np.uint64]) -> Ints:
        """When the venue canceled each of them at our request, its own time; 0 if it did not."""
        return _first_times(self.facts(EventKind.CANCEL_ACCEPTED), order_ids)

    def settlements(self) -> Array:
        """SETTLEMENT_DTYPE, the first word of each market."""
        said = self.facts(EventKind.RESOLVED)
        out = np.zeros(len(said), SETTLEMENT_DTYPE)
        odd = said["token"] & 1 == 1
        out["token"] = self.report_token(said["token"] & ~np.uint32(1), said["generation"])
        out["time_ns"] = said["venue_time_ns"]
        out["payout_pips"] = np.where(odd, PIPS - said["price_pips"], said["price_pips"])
        _, first = np.unique(out["token"], return_index=True)
        return out[np.sort(first)]

    def conversions(self) -> Array:
        """CONVERSION_DTYPE."""
        done = self.facts(*CONVERSIONS)
        out = np.zeros(len(done), CONVERSION_DTYPE)
        redeemed = done["kind"] == EventKind.REDEEM
        token = np.where(redeemed, done["token"], done["token"] & ~np.uint32(1))
        out["token"] = self.report_token(token, done["generation"])
        out["time_ns"], out["size"] = done["time_ns"], done["size"]
        out["kind"] = [CONVERSIONS[EventKind(int(kind))] for kind in done["kind"]]
        paid = done["size"] * done["price_pips"].astype(np.int64) // PIPS
        pairs = np.where(done["kind"] == EventKind.MERGE, done["size"], -done["size"])
        out["cash_micros"] = np.where(redeemed, paid, pairs)
        return out

    def tokens(self) -> list[int]:
        """Even report tokens of all markets there were."""
        return sorted({int(t) for rows in self._bests for t in np.unique(rows["token"])})
