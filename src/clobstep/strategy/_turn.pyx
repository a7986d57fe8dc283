# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
# cython: auto_pickle=False, embedsignature=False, always_allow_keywords=True
"""A strategy's turn, for Python, and the base of compiled strategies.

Owns: the record of each intent. A turn reads the engine and collects intents; it changes nothing.
It is valid while the strategy's function runs and refuses to be used afterwards.
"""

from libc.stdlib cimport free, malloc
from libc.string cimport memcpy
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize


cdef class CompiledStrategy:
    """Base of strategies whose turn is a C function; a subclass sets `run`, `state` and `wakes`."""

    def __cinit__(self):
        self.run = NULL
        self.state = NULL
        self.wakes = WAKE_BBO | WAKE_ORDER
        self.timer_ns = 0


cdef class Turn:
    """What a strategy sees when it is woken, and where it puts what it wants.

    Prices are pips, sizes microshares, times nanoseconds. Orders get their ids here: they rise from
    the engine's last one.
    """

    def __cinit__(self):
        self.c = <CTurn*>malloc(sizeof(CTurn))
        if self.c == NULL:
            raise MemoryError("Turn: no memory")
        memset(self.c, 0, sizeof(CTurn))
        self.c.out = <Event*>malloc(TURN_INTENTS * sizeof(Event))
        if self.c.out == NULL:
            raise MemoryError("Turn: no memory")

    def __dealloc__(self):
        if self.c != NULL:
            free(self.c.out)
            free(self.c)

    cdef int ready(self) except -1:
        if not self.alive:
            raise RuntimeError("turn: used outside of on_wake; a strategy acts only when it is woken")
        return 0

    cdef uint32_t token_of(self, object token) except? 0xFFFFFFFF:
        if token is None:
            return self.c.token
        if type(token) is not int or not 0 <= token < 2 * self.c.s.n_markets:
            raise IndexError(f"token: {token!r} is not in 0..{2 * self.c.s.n_markets - 1}")
        return <uint32_t>token

    @property
    def now_ns(self):
        """The engine's time; a strategy has no other clock."""
        self.ready()
        return self.c.time_ns

    @property
    def token(self):
        """Even token of the market that woke the strategy."""
        return self.c.token

    @property
    def wake(self):
        """WAKE_* bits: why it was woken."""
        return self.c.wake

    @property
    def kind(self):
        """EventKind of the event that woke it."""
        self.ready()
        return self.c.event.kind

    @property
    def event(self):
        """The record of the event that woke it, 64 bytes; `clobstep.events.unpack` reads it."""
        self.ready()
        return PyBytes_FromStringAndSize(<const char*>self.c.event, sizeof(Event))

    @property
    def view(self):
        """Read-only looks into the engine."""
        self.ready()
        return self.the_view

    @property
    def markets(self):
        """Even tokens of every market the engine has metadata of."""
        self.ready()
        cdef int32_t k
        return [2 * k for k in range(self.c.s.n_markets) if self.c.s.markets[k].known]

    def best(self, token=None):
        """(bid_pips, ask_pips) of a token; an empty side is 0 or 10,000."""
        self.ready()
        cdef uint32_t t = self.token_of(token)
        return turn_bid(self.c, t), turn_ask(self.c, t)

    def position(self, token=None):
        """Microshares of a token held, settled or not yet."""
        self.ready()
        return turn_position(self.c, self.token_of(token))

    def spendable(self, token=None):
        """Microshares of a token, or with no token micro-pUSD of cash, that are free to be used."""
        self.ready()
        if token is None:
            return turn_spendable(&self.c.s.v.cash)
        return turn_spendable(&self.c.s.tokens[self.token_of(token)])

    def orders(self, token=None):
        """Ids of the market's open orders, the newest first."""
        self.ready()
        cdef int32_t slot = self.c.s.markets[self.token_of(token) >> 1].first_order
        cdef list out = []
        while slot != NIL:
            out.append(self.c.s.orders[slot].id)
            slot = self.c.s.orders[slot].next
        return out

    def rules(self, token=None):
        """(tick_pips, min_size, feed, is_open, close_out_ns) of a token's market; feed is a FeedState.

        `is_open`: metadata is known, and the market is not resolved. Cheaper than `view.market`.
        """
        self.ready()
        cdef Market* m = &self.c.s.markets[self.token_of(token) >> 1]
        return m.tick_pips, m.min_size, m.feed, m.known != 0 and m.resolved == 0, m.close_out_ns

    def quotes(self, token=None):
        """Our post-only orders that stand in a market: (bids, asks), each the newest first.

        An entry is (order_id, price_pips of the even token, queued). A BUY of YES and a SELL of NO
        are bids. Orders on their way out are left aside; a queued one waits for its predecessor.
        """
        self.ready()
        cdef int32_t slot = self.c.s.markets[self.token_of(token) >> 1].first_order
        cdef Order* o
        cdef int odd
        cdef list bids = []
        cdef list asks = []
        while slot != NIL:
            o = &self.c.s.orders[slot]
            slot = o.next
            if o.cancel_wanted or o.request == RS_CANCEL or not o.post_only:
                continue
            odd = o.token & 1
            (bids if (o.side == SIDE_BUY) != odd else asks).append(
                (o.id, PIPS - o.price_pips if odd else o.price_pips, o.state == OS_QUEUED))
        return bids, asks

    cdef uint64_t put(self, int kind, object replaces, object token, object side, object price_pips, object size,
                      object tif, object post_only, object overlap, object expiry_ns, object origin) except 0:
        self.ready()
        cdef uint32_t t = self.token_of(token)
        cdef int flags = (FLAG_ORDER_POST_ONLY if post_only else 0) | (FLAG_ORDER_OVERLAP if overlap else 0)
        cdef uint64_t order_id
        if not 0 <= side <= 1:
            raise ValueError(f"side: {side!r} is neither 0 (BUY) nor 1 (SELL)")
        if not 0 <= price_pips <= 10000:
            raise ValueError(f"price_pips: {price_pips!r} is not in 0..10000")
        if not 0 <= origin <= 3:
            raise ValueError(f"origin: {origin!r} is not in 0..3")
        if not 0 <= tif <= 3:
            raise ValueError(f"tif: {tif!r} is not in 0..3")
        if not 0 < size <= MAX_SIZE:
            raise ValueError(f"size: {size!r} microshares is not in 1..{MAX_SIZE}")
        flags |= <int>origin << 2
        order_id = turn_order(self.c, kind, <uint64_t>replaces, t, side, price_pips, size, tif, flags, expiry_ns)
        if order_id == 0:
            raise OverflowError(f"turn: more than {TURN_INTENTS} intents")
        return order_id

    def submit(self, token, side, price_pips, size, *, tif=0, post_only=False, expiry_ns=0, origin=0):
        """Ask for a new order; returns its id. Whether it goes out is the guard's to say.

        `size`: microshares, or micro-pUSD for a FAK or FOK BUY.
        """
        return self.put(EV_INTENT_SUBMIT, 0, token, side, price_pips, size, tif, post_only, False, expiry_ns, origin)

    def replace(self, order_id, token, side, price_pips, size, *, tif=0, post_only=False, overlap=False,
                expiry_ns=0, origin=0):
        """Ask for an order instead of another; it goes out when that one is proven dead.

        With `overlap` it goes out at once, and both count until then.
        """
        return self.put(EV_INTENT_REPLACE, order_id, token, side, price_pips, size, tif, post_only, overlap,
                        expiry_ns, origin)

    cdef Event* plain(self, int kind, uint32_t token) except NULL:
        self.ready()
        cdef Event* e = turn_intent(self.c, kind, token)
        if e == NULL:
            raise OverflowError(f"turn: more than {TURN_INTENTS} intents")
        return e

    def cancel(self, order_id):
        """Ask for an order's cancel; never refused."""
        self.plain(EV_INTENT_CANCEL, NO_TOKEN).order_id = order_id

    def cancel_market(self, token=None):
        """Cancel every order of a market."""
        self.plain(EV_INTENT_CANCEL_MARKET, self.token_of(token))

    def cancel_all(self):
        """Cancel every order."""
        self.plain(EV_INTENT_CANCEL_ALL, NO_TOKEN)

    cdef int convert(self, int kind, object token, object size) except -1:
        if not 0 < size <= MAX_SIZE:
            raise ValueError(f"size: {size!r} microshares is not in 1..{MAX_SIZE}")
        self.plain(kind, self.token_of(token)).size = size
        return 0

    def merge(self, token, size):
        """Turn `size` microshares of both tokens into cash."""
        self.convert(EV_INTENT_MERGE, token, size)

    def split(self, token, size):
        """Turn cash into `size` microshares of both tokens."""
        self.convert(EV_INTENT_SPLIT, token, size)

    def redeem(self, token, size):
        """Redeem `size` microshares of a resolved token."""
        self.convert(EV_INTENT_REDEEM, token, size)


def run_turn(Engine engine not None, event, strategy, Turn turn not None):
    """Give a strategy the turn that the engine's last step has woken; returns its intents as bytes.

    `event` is the 64-byte record of that step. Works for compiled strategies and for any object
    with `on_wake(turn)`. The intents are not stepped: that is the caller's, one after the other.
    """
    cdef Event ev
    cdef CompiledStrategy compiled
    if type(event) is not bytes or len(event) != sizeof(Event):
        raise ValueError(f"event: {sizeof(Event)} bytes needed")
    memcpy(&ev, PyBytes_AS_STRING(event), sizeof(Event))
    turn_begin(turn.c, engine.s, &ev, turn.c.out)
    if isinstance(strategy, CompiledStrategy):
        compiled = strategy
        if compiled.run == NULL:
            raise TypeError(f"{type(strategy).__name__}: a compiled strategy that sets no function")
        compiled.run(compiled.state, turn.c)
    else:
        if turn.engine is not engine:
            turn.engine = engine
            turn.the_view = engine.view
        turn.alive = 1
        try:
            strategy.on_wake(turn)
        finally:
            turn.alive = 0
    if turn.c.dropped:
        raise OverflowError(f"turn: {turn.c.dropped} intents more than {TURN_INTENTS}")
    return PyBytes_FromStringAndSize(<const char*>turn.c.out, turn.c.n_out * <Py_ssize_t>sizeof(Event))
