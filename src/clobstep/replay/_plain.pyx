"""Books rebuilt the plain way, beside the core: an array a token, a group closed when it ends.

Owns: a second opinion. It shares the record layout with the core and nothing else: no bitmap, no
feed states, no engine. With `repair` levels better than the carried best are deleted at a group's
end, as the core does; without it they stay, which shows what the repair is for.
"""

from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from libc.stdint cimport int16_t, int32_t, int64_t, uint8_t, uint32_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset

from clobstep.core.schema cimport (
    EV_BEST, EV_BOOK_DELTA, EV_BOOK_SNAPSHOT, EV_FEED, FLAG_BOOK_BEST, FLAG_BOOK_END,
    FLAG_SNAP_FIRST, MAX_SIZE, NO_TOKEN, PIPS, SIGN_LOST, Event,
)

cdef enum:
    PLACES = 10001


cdef struct Group:
    int64_t time_ns                        # venue time of the open or the last group
    int32_t bid                            # the carried best, as the even token sees it
    int32_t ask
    uint8_t open
    uint8_t best


cdef struct Count:
    int64_t groups                         # ended, with a best carried, from `since_ns` on
    int64_t differ                         # our best was not the carried one
    int64_t lacking                        # of these: worse than the carried one, not better
    int64_t pruned                         # levels that the repair deleted


cdef inline int in_range(int16_t pips) noexcept nogil:
    return 0 <= pips <= PIPS


cdef int sound(const Event* ev) noexcept nogil:
    """Whether the core takes this change; what it refuses changes no book."""
    if (ev.kind == EV_BEST or ev.flags & FLAG_BOOK_BEST) \
            and not (in_range(ev.bid_pips) and in_range(ev.ask_pips)):
        return 0
    return ev.kind == EV_BEST or (in_range(ev.price_pips) and 0 <= ev.size <= MAX_SIZE)


cdef class PlainBooks:
    """Books of `tokens` tokens. Groups of a venue time before `since_ns` are not counted."""

    cdef int64_t** levels                  # by token, made when it is first spoken of
    cdef int32_t* best                     # by token: highest bid, 0 for none
    cdef Group* groups
    cdef Count* counts
    cdef int32_t n_tokens
    cdef int repair
    cdef int64_t since_ns

    def __cinit__(self, int tokens, *, bint repair, since_ns=0):
        if tokens < 2 or tokens % 2:
            raise ValueError(f"tokens: {tokens} is no even number of at least 2")
        self.n_tokens = tokens
        self.repair = repair
        self.since_ns = since_ns
        self.levels = <int64_t**>calloc(tokens, sizeof(int64_t*))
        self.best = <int32_t*>calloc(tokens, sizeof(int32_t))
        self.groups = <Group*>calloc(tokens // 2, sizeof(Group))
        self.counts = <Count*>calloc(tokens // 2, sizeof(Count))
        if self.levels == NULL or self.best == NULL or self.groups == NULL or self.counts == NULL:
            raise MemoryError("PlainBooks: no memory for the tables")

    def __dealloc__(self):
        cdef int32_t token
        if self.levels != NULL:
            for token in range(self.n_tokens):
                free(self.levels[token])
        free(self.levels)
        free(self.best)
        free(self.groups)
        free(self.counts)

    def apply(self, events):
        """Take events of EVENT_DTYPE, in order; other kinds than those of books are passed over."""
        cdef Py_buffer view
        cdef int64_t k
        cdef int64_t n
        cdef int fits = 1
        PyObject_GetBuffer(events, &view, PyBUF_SIMPLE)
        try:
            if view.len % <Py_ssize_t>sizeof(Event):
                raise ValueError(f"events: {view.len} bytes are no whole records")
            n = view.len // <Py_ssize_t>sizeof(Event)
            with nogil:
                for k in range(n):
                    fits = self.take(&(<const Event*>view.buf)[k])
                    if not fits:
                        break
        finally:
            PyBuffer_Release(&view)
        if not fits:
            raise MemoryError("PlainBooks: no memory for a ladder")

    def finish(self):
        """End every group that is open."""
        cdef int32_t market
        for market in range(self.n_tokens // 2):
            self.close_group(market)

    def count(self, int market):
        """(groups, groups that differ, of these lacking the best, levels pruned) of a market."""
        if not 0 <= market < self.n_tokens // 2:
            raise IndexError(f"market {market} of {self.n_tokens // 2}")
        cdef Count* c = &self.counts[market]
        return c.groups, c.differ, c.lacking, c.pruned

    cdef int take(self, const Event* ev) noexcept nogil:
        """One event. 0: no memory."""
        if ev.kind == EV_FEED:
            if ev.code == SIGN_LOST:
                self.lose(ev.token)
            return 1
        if ev.kind != EV_BOOK_DELTA and ev.kind != EV_BOOK_SNAPSHOT and ev.kind != EV_BEST:
            return 1
        if ev.token >= <uint32_t>self.n_tokens or ev.side > 1 or not self.room(ev.token):
            return ev.token >= <uint32_t>self.n_tokens or ev.side > 1
        if ev.kind == EV_BOOK_SNAPSHOT:
            self.snapshot(ev)
        elif sound(ev):
            self.change(ev)
        return 1

    cdef int room(self, uint32_t token) noexcept nogil:
        cdef uint32_t k
        for k in range(2):
            if self.levels[token ^ k] == NULL:
                self.levels[token ^ k] = <int64_t*>calloc(PLACES, sizeof(int64_t))
        return self.levels[token] != NULL and self.levels[token ^ 1] != NULL

    cdef void change(self, const Event* ev) noexcept nogil:
        cdef int32_t market = <int32_t>(ev.token >> 1)
        cdef Group* g = &self.groups[market]
        if g.open and ev.venue_time_ns > g.time_ns:
            self.close_group(market)
        if ev.kind == EV_BOOK_DELTA:
            self.store(ev, ev.price_pips, ev.size)
        if not g.open:
            g.open = 1
            if ev.venue_time_ns > g.time_ns:
                g.time_ns = ev.venue_time_ns
        if (ev.kind == EV_BEST or ev.flags & FLAG_BOOK_BEST) \
                and not (0 < ev.venue_time_ns < g.time_ns):
            g.best = 1
            g.bid = <int32_t>PIPS - ev.ask_pips if ev.token & 1 else ev.bid_pips
            g.ask = <int32_t>PIPS - ev.bid_pips if ev.token & 1 else ev.ask_pips
        if ev.flags & FLAG_BOOK_END:
            self.close_group(market)

    cdef void snapshot(self, const Event* ev) noexcept nogil:
        cdef Group* g = &self.groups[ev.token >> 1]
        if ev.flags & FLAG_SNAP_FIRST:
            self.clear(ev.token)
            self.clear(ev.token ^ 1)
            g.open = 0
            g.best = 0
            g.time_ns = 0
        if ev.code > 0:
            self.store(ev, ev.price_pips, ev.size)
        if ev.code > 1:
            self.store(ev, ev.bid_pips, ev.amount)
        if ev.code > 2:
            self.store(ev, ev.ask_pips, <int64_t>ev.order_id)

    cdef void store(self, const Event* ev, int16_t price_pips, int64_t size) noexcept nogil:
        cdef uint32_t token = ev.token ^ ev.side
        cdef int32_t pips = <int32_t>PIPS - price_pips if ev.side else price_pips
        if not in_range(price_pips) or size < 0 or size > MAX_SIZE:
            return
        self.levels[token][pips] = size
        if size and pips > self.best[token]:
            self.best[token] = pips
        elif not size and pips == self.best[token]:
            self.lower(token)

    cdef void lower(self, uint32_t token) noexcept nogil:
        """The best level is gone: find the next below."""
        cdef int32_t pips = self.best[token]
        while pips > 0 and self.levels[token][pips] == 0:
            pips -= 1
        self.best[token] = pips

    cdef void clear(self, uint32_t token) noexcept nogil:
        if self.levels[token] != NULL:
            memset(self.levels[token], 0, PLACES * sizeof(int64_t))
        self.best[token] = 0

    cdef void lose(self, uint32_t token) noexcept nogil:
        """The feed of a market, or of all, was lost: its book is not known any more."""
        cdef uint32_t first = 0
        cdef uint32_t last = <uint32_t>self.n_tokens
        cdef uint32_t k
        if token != NO_TOKEN:
            if token >= last:
                return
            first = token & ~<uint32_t>1
            last = first + 2
        for k in range(first, last):
            self.clear(k)
            memset(&self.groups[k >> 1], 0, sizeof(Group))

    cdef int64_t prune(self, uint32_t token, int32_t best) noexcept nogil:
        cdef int64_t pruned = 0
        while self.best[token] > best:
            self.levels[token][self.best[token]] = 0
            self.lower(token)
            pruned += 1
        return pruned

    cdef void close_group(self, int32_t market) noexcept nogil:
        cdef Group* g = &self.groups[market]
        cdef Count* c = &self.counts[market]
        cdef uint32_t even = <uint32_t>(2 * market)
        cdef int counted = g.time_ns >= self.since_ns
        cdef int64_t pruned
        cdef int32_t bid
        cdef int32_t ask
        if not g.open:
            return
        g.open = 0
        if not g.best:
            return
        g.best = 0
        if self.repair:
            pruned = self.prune(even, g.bid) + self.prune(even + 1, <int32_t>PIPS - g.ask)
            c.pruned += pruned if counted else 0
        if not counted:
            return
        bid = self.best[even]
        ask = <int32_t>PIPS - self.best[even + 1]
        c.groups += 1
        if bid != g.bid or ask != g.ask:
            c.differ += 1
            c.lacking += bid < g.bid or ask > g.ask
