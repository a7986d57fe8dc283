"""Books and the feed of a condition: docs/rules.md, 8, and the feed table.

Owns: `Condition.book`. Prices in pips.
"""

from __future__ import annotations

from typing import Final

from clobstep.enums import NO_TOKEN

from .codes import Alert, EffectKind, FeedInput, FeedSign, FeedState, Flag, Refusal, Side, Wake
from .parts import Book
from .records import Record
from .state import Condition, State
from .validate import level_price, level_size

NARROW_PIPS: Final = 5  # a narrow ladder has this grid (adr/0002)
GROUP_NS: Final = 250_000_000  # a group ends this long after its last event
RESYNC_PACE_NS: Final = 1_000_000_000  # a snapshot is asked for at most so often
S, I = FeedState, FeedInput  # noqa: E741
WORDS: Final[dict[int, FeedInput]] = {
    FeedSign.CONNECTED: I.CONNECTED,
    FeedSign.LOST: I.LOST,
    FeedSign.HASH_GOOD: I.HASH_GOOD,
    FeedSign.HASH_BAD: I.HASH_BAD,
    FeedSign.HASH_LASTING: I.HASH_LASTING,
    FeedSign.MIRROR_MISMATCH: I.MIRROR_MISMATCH,
    FeedSign.GAP: I.GAP,
}
# As plain numbers: a member of an enum is slow to get at, and these are asked for at each event.
DOWN: Final = int(S.DOWN)
WARMING: Final = int(S.WARMING)
SYNCING: Final = int(S.SYNCING)
SYNCED: Final = int(S.SYNCED)
SUSPECT: Final = int(S.SUSPECT)
STALE: Final = int(S.STALE)
MISSING_BEST: Final = int(I.MISSING_BEST)
CROSSED: Final = int(I.CROSSED)
AGREED: Final = int(I.AGREED)
SELL: Final = int(Side.SELL)
BOOK_END: Final = int(Flag.BOOK_END)
BOOK_BEST: Final = int(Flag.BOOK_BEST)
SNAP_FIRST: Final = int(Flag.SNAP_FIRST)
SNAP_LAST: Final = int(Flag.SNAP_LAST)
BBO: Final = int(Wake.BBO)


def listens(feed: int) -> bool:
    """Is the feed connected, so that silence says something?"""
    return feed in (WARMING, SYNCING, SYNCED, SUSPECT)


def quotable(feed: int) -> bool:
    """Is the book good enough to trade by?"""
    return feed in (SYNCED, SUSPECT)


def feed_input(st: State, condition: Condition, word: int) -> bool:
    """Apply one row of the feed table; False when the cell says `dup`."""
    book = condition.book
    state = book.feed
    if word == AGREED and state == SYNCED:  # what nearly every group of a good feed says
        return True
    if word == I.LOST or (word == I.RESTARTED and state != DOWN):
        if state == DOWN:
            return False
        _empty(st, condition)
        book.wants_snapshot = False  # until it is connected again
        _go(st, condition, DOWN)
    elif word == I.CONNECTED:
        if state != DOWN:
            return False
        _want(st, condition)
    elif word in (I.GAP, I.SILENCE):
        if state == DOWN:
            return False
        if state != STALE:
            _stale(st, condition)
    elif word in (MISSING_BEST, I.HASH_LASTING):
        if state in (SYNCED, SUSPECT):
            _stale(st, condition)
        elif state == WARMING and word == MISSING_BEST:
            book.agreed_row = 0
        elif state in (DOWN, SYNCING):
            return False
    elif word in (CROSSED, I.HASH_BAD, I.MIRROR_MISMATCH):
        if state == SYNCED:
            _go(st, condition, SUSPECT)
        elif state == WARMING and word == CROSSED:
            book.agreed_row = 0
        elif state in (DOWN, SYNCING):
            return False
    elif word in (AGREED, I.HASH_GOOD):
        calm = word == AGREED or not book.is_crossed()
        if state in (DOWN, SYNCING) or not calm:
            return False
        if state == SUSPECT:
            _go(st, condition, SYNCED)
        elif state == WARMING and word == AGREED:
            _warm(st, condition)
    elif word == I.TICK and state == SYNCED:
        _go(st, condition, SUSPECT)
    return True


def _warm(st: State, condition: Condition) -> None:
    book, c = condition.book, st.config
    book.agreed_row += 1
    long_enough = c.warm_time_ns != 0 and st.now - book.first_delta_ns >= c.warm_time_ns
    if long_enough and book.agreed_row >= c.warm_groups:
        _go(st, condition, SYNCED)


def _stale(st: State, condition: Condition) -> None:
    _go(st, condition, STALE)
    st.alert(Alert.FEED_STALE, 2 * condition.index)
    resync(st, condition)


def resync(st: State, condition: Condition) -> None:
    """Ask for a snapshot; again and again, until one begins."""
    _want(st, condition)
    book = condition.book
    if book.resync_ns and st.now - book.resync_ns < RESYNC_PACE_NS:
        book.wants_snapshot = True
        book.asked_ns = max(1, book.resync_ns + RESYNC_PACE_NS - st.config.stale_after_ns)
        return
    book.resync_ns = st.now
    st.counters["resyncs"] += 1
    st.emit(EffectKind.RESYNC, 2 * condition.index)


def _want(st: State, condition: Condition) -> None:
    condition.book.wants_snapshot = True
    condition.book.asked_ns = st.now


def _go(st: State, condition: Condition, state: int) -> None:
    if condition.book.feed != state:
        condition.book.feed = state
        st.wake(condition, Wake.FEED)


def _empty(st: State, condition: Condition) -> None:
    book = condition.book
    if st.wide:
        st.wide.discard(2 * condition.index)
        st.wide.discard(2 * condition.index + 1)
    book.even.clear()
    book.odd.clear()
    book.group_open = False
    book.group_venue_ns = 0
    book.carries = False
    book.agreed_row = 0


# ---- events


def delta(st: State, e: Record) -> None:
    """BOOK_DELTA: one level, absolute size; may carry the venue's own best."""
    condition = st.condition(e.token)
    book = condition.book
    _end_earlier_group(st, condition, e)
    if book.feed == DOWN:
        book.first_delta_ns = st.now
        book.agreed_row = 0
        _go(st, condition, WARMING)
    if not set_level(st, e.token, e.side, e.price_pips, e.size):
        _no_place(st, condition)
        return
    late = _late(book, e)
    _join_group(st, condition, e)
    st.n_deltas += 1
    if e.flags & BOOK_BEST and not late:
        _carry(book, e)
    if e.flags & BOOK_END:
        end_group(st, condition)
    look(st, condition)


def _late(book: Book, e: Record) -> bool:
    """Is it older than the last group, so that what it carries says nothing?"""
    return 0 < e.venue_time_ns < book.group_venue_ns


def best(st: State, e: Record) -> bool:
    """BEST: the venue's best without a change."""
    condition = st.condition(e.token)
    if _late(condition.book, e):
        return False
    if condition.book.feed == DOWN:
        return True
    _end_earlier_group(st, condition, e)
    _join_group(st, condition, e)
    _carry(condition.book, e)
    if e.flags & BOOK_END:
        end_group(st, condition)
    look(st, condition)
    return True


def snapshot(st: State, e: Record) -> bool:
    """BOOK_SNAPSHOT: up to three levels of one side; the first record clears, the last judges."""
    condition = st.condition(e.token)
    book = condition.book
    if not e.flags & SNAP_FIRST and book.feed != SYNCING:
        return st.refuse(Refusal.NO_SNAPSHOT_OPEN)
    book.last_ns = st.now
    if e.flags & SNAP_FIRST:
        _empty(st, condition)
        book.wants_snapshot = False
        _go(st, condition, SYNCING)
    whole = True
    for k in range(e.code):
        if not set_level(st, e.token, e.side, level_price(e, k), level_size(e, k)):
            whole = False
    if not whole:
        _no_place(st, condition)
        return True
    if e.flags & SNAP_LAST:
        st.counters["snapshots"] += 1
        if book.is_crossed():
            st.counters["crossed_snapshots"] += 1
            _empty(st, condition)
            _stale(st, condition)
        else:
            look(st, condition)
            _go(st, condition, SYNCED)
    return True


def sign(st: State, e: Record) -> bool:
    """FEED: a word about the feed of a condition, or of all; False when all knew it."""
    word = WORDS[e.code]
    conditions = st.conditions if e.token == NO_TOKEN else [st.condition(e.token)]
    taken = [feed_input(st, condition, word) for condition in conditions]
    counted = {I.HASH_BAD: "hash_bad", I.MIRROR_MISMATCH: "mirror_mismatches", I.GAP: "gaps"}
    if word in counted:
        st.counters[counted[word]] += len(conditions)
    return any(taken) or e.token == NO_TOKEN


def change_tick(st: State, condition: Condition, tick: int) -> None:
    """A tick that is another than before: the guard's grid changes, the book stays."""
    condition.tick = tick
    feed_input(st, condition, I.TICK)
    st.alert(Alert.TICK_CHANGED, 2 * condition.index)


# ---- levels and groups


def set_level(st: State, token: int, side: int, price: int, size: int) -> bool:
    """Asks are bids of the complement at 10,000 - p. A price off the 5-pip grid needs a place:
    False when there is none left."""
    condition = st.condition(token)
    if side == SELL:
        token, price = token ^ 1, 10_000 - price
    levels = condition.book.bids(token)
    if not size:
        levels.drop(price)
        return True
    if price % NARROW_PIPS and token not in st.wide:
        if len(st.wide) >= 2 * st.config.wide_books:
            return False
        st.wide.add(token)
    levels.put(price, size)
    return True


def _no_place(st: State, condition: Condition) -> None:
    """A level that we cannot hold: the book is not believed, all others go on (adr/0002)."""
    st.alert(Alert.BOOK_CAPACITY, 2 * condition.index)
    feed_input(st, condition, I.GAP)


def _end_earlier_group(st: State, condition: Condition, e: Record) -> None:
    book = condition.book
    book.last_ns = st.now
    if book.group_open and e.venue_time_ns > book.group_venue_ns:
        end_group(st, condition)


def _join_group(st: State, condition: Condition, e: Record) -> None:
    book = condition.book
    if not book.group_open:
        book.group_open = True
        book.group_venue_ns = max(book.group_venue_ns, e.venue_time_ns)
        book.carries = False
    book.group_last_ns = st.now


def _carry(book: Book, e: Record) -> None:
    book.carries = True
    if e.token & 1:
        book.carried_bid, book.carried_ask = 10_000 - e.ask_pips, 10_000 - e.bid_pips
    else:
        book.carried_bid, book.carried_ask = e.bid_pips, e.ask_pips


def end_group(st: State, condition: Condition) -> None:
    """Compare with the carried best, if there was one, and judge whether the book is crossed."""
    book = condition.book
    carried, book.carries, book.group_open = book.carries, False, False
    st.n_groups += 1
    if carried:
        bid, odd_bid = book.carried_bid, 10_000 - book.carried_ask
        if pruned := book.even.drop_above(bid) + book.odd.drop_above(odd_bid):
            st.counters["levels_pruned"] += pruned
        # nothing better is left: a carried best is there when it is the best
        if book.even.best() != bid or book.odd.best() != odd_bid:
            st.counters["best_missing"] += 1
            feed_input(st, condition, MISSING_BEST)
            return
    if book.is_crossed():
        st.n_crossed += 1
        feed_input(st, condition, CROSSED)
    elif carried:
        st.n_agreed += 1
        feed_input(st, condition, AGREED)


def wake_on(st: State, e: Record) -> None:
    """WAKE_ON: what a strategy wants to be woken by, from the present best on."""
    condition = st.condition(e.token)
    condition.wake_on = e.flags
    book = condition.book
    book.seen_bid, book.seen_ask = book.even.best(), 10_000 - book.odd.best()


def look(st: State, condition: Condition) -> None:
    """Did the best bid or ask change? Asked after book events, but not of half a snapshot."""
    book = condition.book
    bid, ask = book.even.best(), 10_000 - book.odd.best()
    if bid != book.seen_bid or ask != book.seen_ask:
        book.seen_bid, book.seen_ask = bid, ask
        st.wake(condition, BBO)
