# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
# cython: auto_pickle=False, embedsignature=False, always_allow_keywords=True
"""A strategy's turn, for Python, and the base of compiled strategies.

Owns: the record of each intent. A turn reads the engine and collects intents; it changes nothing.
It is valid while the strategy's function runs and refuses to be used afterwards.
"""

from libc.stdlib cimport free, malloc
from libc.string cimport memcpy
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.long cimport PyLong_AsLongLongAndOverflow, PyLong_AsUnsignedLongLong
from cpython.number cimport PyIndex_Check, PyNumber_Index

from clobstep.core._core cimport same_layout

if not same_layout():
    raise ImportError("clobstep.strategy was built against another core; build again: pip install .")


cdef object index_of(object value, str name, str hint):
    """A whole number as an int; a float, a text or a flag is none."""
    if value is True or value is False or not PyIndex_Check(value):
        raise TypeError(f"{name}: {value!r} is no integer{hint}")
    return PyNumber_Index(value)


cdef int64_t whole(object value, str name, int64_t low, int64_t high, str hint) except? -1:
    """A whole number within its range."""
    cdef int overflow = 0
    cdef int64_t n
    if type(value) is not int:
        value = index_of(value, name, hint)
    n = PyLong_AsLongLongAndOverflow(value, &overflow)
    if overflow or not low <= n <= high:
        raise ValueError(f"{name}: {value!r} is not in {low}..{high}{hint}")
    return n


cdef uint64_t id_of(object value, str name) except? 0:
    """An order's id: 1 to 2**64 - 1."""
    number = index_of(value, name, "; submit and replace return one")
    if not 0 < number < 1 << 64:
        raise ValueError(f"{name}: {value!r} is no id of an order; submit and replace return one")
    return PyLong_AsUnsignedLongLong(number)


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
        number = index_of(token, "token", "; a token is its index, as turn.token")
        if not 0 <= number < 2 * self.c.s.n_markets:
            raise IndexError(f"token: {token!r} is not in 0..{2 * self.c.s.n_markets - 1}")
        return <uint32_t>number

    @property
    def now_ns(self):
        """The engine's time; a strategy has no other clock."""
        self.ready()
        return self.c.time_ns

    @property
    def token(self):
        """Even token of the market that woke the strategy."""
        self.ready()
        return self.c.token

    @property
    def wake(self):
        """WAKE_* bits: why it was woken."""
        self.ready()
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

    @property
    def open_markets(self):
        """Even tokens of every market in which an order of ours is open."""
        self.ready()
        cdef int32_t k
        return [2 * k for k in range(self.c.s.n_markets) if self.c.s.markets[k].n_orders]

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

    def converting(self, token=None):
        """Whether a split, merge or redeem of a market is in flight; there is one at a time."""
        self.ready()
        return bool(self.c.s.markets[self.token_of(token) >> 1].conversion)

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
        """Our post-only orders in a market, and where the next may go: (bids, asks, below, above).

        A BUY of YES and a SELL of NO are bids; prices are the even token's. `bids` and `asks` are
        those that stand, the newest first, as (order_id, price_pips, queued, shares): a queued one
        waits for its predecessor's death, `shares` is what a SELL reserves, 0 of a BUY. Those on
        their way out are left aside, but can be met until they are proven dead: a new bid is to be
        below `below` and a new ask above `above`. While an order of ours is UNKNOWN nothing is to
        go out beside it: then that is 0, or 10,000.
        """
        self.ready()
        cdef int32_t slot = self.c.s.markets[self.token_of(token) >> 1].first_order
        cdef Order* o
        cdef int is_bid
        cdef int32_t price
        cdef int32_t below = <int32_t>PIPS
        cdef int32_t above = 0
        cdef list bids = []
        cdef list asks = []
        while slot != NIL:
            o = &self.c.s.orders[slot]
            slot = o.next
            if o.done:
                continue
            is_bid = (o.side == SIDE_BUY) != (o.token & 1)
            price = o.price_pips
            if o.token & 1:
                price = <int32_t>PIPS - price
            if o.state == OS_UNKNOWN:
                if is_bid:
                    below = 0
                else:
                    above = <int32_t>PIPS
            if is_bid and price > above:
                above = price
            elif not is_bid and price < below:
                below = price
            if o.post_only and not o.cancel_wanted and o.request != RS_CANCEL and o.state != OS_UNKNOWN:
                (bids if is_bid else asks).append(
                    (o.id, price, o.state == OS_QUEUED, o.reserved if o.side == SIDE_SELL else 0))
        return bids, asks, below, above

    cdef uint64_t put(self, int kind, object replaces, object token, object side, object price_pips, object size,
                      object tif, object post_only, object overlap, object expiry_ns, object origin) except 0:
        self.ready()
        cdef uint32_t t = self.token_of(token)
        cdef int way = <int>whole(side, "side", SIDE_BUY, SIDE_SELL, ": Side.BUY is 0, Side.SELL 1")
        cdef int32_t pips = <int32_t>whole(price_pips, "price_pips", 0, PIPS, "; 0.52 is 5200")
        cdef int64_t amount = whole(size, "size", 1, MAX_SIZE, ": microshares, micro-pUSD of a FAK or FOK BUY")
        cdef int force = <int>whole(tif, "tif", TIF_GTC, TIF_FAK, ": a Tif")
        cdef int64_t until = whole(expiry_ns, "expiry_ns", 0, MAX_TIME_NS, ": nanoseconds since 1970")
        cdef int flags = (FLAG_ORDER_POST_ONLY if post_only else 0) | (FLAG_ORDER_OVERLAP if overlap else 0)
        flags |= <int>whole(origin, "origin", ORIGIN_MAKER_QUOTE, ORIGIN_OTHER, ": an Origin") << 2
        cdef uint64_t target = 0 if kind == EV_INTENT_SUBMIT else id_of(replaces, "order_id")
        cdef uint64_t order_id = turn_order(self.c, kind, target, t, way, pips, amount, force, flags, until)
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
        self.ready()
        cdef uint64_t target = id_of(order_id, "order_id")
        self.plain(EV_INTENT_CANCEL, NO_TOKEN).order_id = target

    def cancel_market(self, token=None):
        """Cancel every order of a market."""
        self.ready()
        self.plain(EV_INTENT_CANCEL_MARKET, self.token_of(token))

    def cancel_all(self):
        """Cancel every order."""
        self.plain(EV_INTENT_CANCEL_ALL, NO_TOKEN)

    cdef int convert(self, int kind, object token, object size) except -1:
        self.ready()
        cdef uint32_t t = self.token_of(token)
        cdef int64_t amount = whole(size, "size", 1, MAX_SIZE, ": microshares")
        self.plain(kind, t).size = amount
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
        raise ValueError(f"event: a record of {sizeof(Event)} bytes, as it was stepped, not {event!r:.40}")
    if not engine.s.wake_bits:
        raise ValueError("run_turn: the engine's last step woke nobody; look for its WAKE effect first")
    if turn.alive:
        raise RuntimeError("run_turn: this turn is running; on_wake has no turns of its own to give")
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
