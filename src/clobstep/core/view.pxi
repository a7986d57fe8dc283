# Read-only looks for people, strategies and tests. Owns nothing, changes nothing.

cdef object account_of(Account* a):
    return views.Account(a.settled, a.incoming, a.outgoing, a.reserved, a.locked, spendable(a))


cdef object order_of(Order* o):
    return views.OrderView(
        o.id, o.state, o.request, o.token, o.side, o.tif, o.post_only, o.origin, o.price_pips, o.original,
        o.filled, o.canceled, o.reversed, o.restored, o.overfill, o.leaves, o.reserved, bool(o.cancel_wanted),
        bool(o.done), bool(o.presumed))


cdef class View:
    """Cheap looks into an engine; each call reads the state as it is now."""

    cdef Engine engine

    def __cinit__(self, Engine engine not None):
        self.engine = engine

    cdef uint32_t token_index(self, object token) except? 0xFFFFFFFF:
        if type(token) is not int or not 0 <= token < 2 * self.engine.s.n_markets:
            raise IndexError(f"token: {token!r} is not in 0..{2 * self.engine.s.n_markets - 1}")
        return <uint32_t>token

    @property
    def now_ns(self):
        return self.engine.s.v.now_ns

    @property
    def halted(self):
        return self.engine.s.v.session == SS_HALTED

    @property
    def fault(self):
        return self.engine.s.v.fault

    @property
    def session(self):
        return self.engine.s.v.session

    @property
    def venue(self):
        return self.engine.s.v.venue

    @property
    def watermark_ns(self):
        return self.engine.s.v.watermark_ns

    @property
    def deadline_ns(self):
        """The armed deadline, or None."""
        return None if self.engine.s.v.deadline_ns == never() else self.engine.s.v.deadline_ns

    @property
    def cash(self):
        return account_of(&self.engine.s.v.cash)

    @property
    def risk(self):
        """What holds for all markets."""
        cdef Vars* v = &self.engine.s.v
        return views.RiskView(
            v.breaker.state, v.breaker.until_ns, v.venue_until_ns, bool(v.beat_lost), v.n_no_mark, v.n_short,
            v.last_sum, v.last_sum - v.day_base, v.last_sum - v.session_base)

    def token(self, token):
        """Account of a token, in microshares."""
        return account_of(&self.engine.s.tokens[self.token_index(token)])

    def market(self, token):
        """The condition of a token."""
        cdef State* s = self.engine.s
        cdef int32_t k = <int32_t>(self.token_index(token) >> 1)
        cdef Market* m = &s.markets[k]
        return views.MarketView(
            m.known, m.tick_pips, m.min_size, m.fee_ppm, m.flags, m.cluster, m.close_out_ns, bool(m.resolved),
            bool(m.hold), bool(m.loss_stop), bool(m.unhedged), m.breaker.state, m.breaker.rejects, m.flow,
            m.fees, s.tokens[2 * k].cost, s.tokens[2 * k + 1].cost, m.reserved_cash,
            market_exposure(s, k), m.n_orders, m.feed, m.generation, m.feed_ns, m.turn_ns,
            m.breaker.until_ns, m.profit, m.payout_pips, m.conversion, m.conversion_token, m.conversion_size)

    def book(self, token):
        """Best bid and ask of a token, with sizes."""
        cdef State* s = self.engine.s
        cdef uint32_t t = self.token_index(token)
        cdef int32_t bid = best_bid(s, t)
        cdef int32_t ask = best_ask(s, t)
        return views.BookView(
            bid, level_size(s, &s.ladders[t], bid), ask, level_size(s, &s.ladders[t ^ 1], s.ladders[t ^ 1].best_pips),
            s.markets[t >> 1].feed)

    def levels(self, token, side):
        """[(price_pips, size_microshares)] of one side (0 bids, 1 asks), best first."""
        cdef State* s = self.engine.s
        cdef uint32_t t = self.token_index(token)
        cdef int16_t* pips
        cdef int64_t* sizes
        cdef int64_t n
        if side not in (0, 1):
            raise ValueError(f"side: {side!r} is neither 0 (bids) nor 1 (asks)")
        pips = <int16_t*>malloc(WIDE_LEVELS * sizeof(int16_t))
        sizes = <int64_t*>malloc(WIDE_LEVELS * sizeof(int64_t))
        try:
            if pips == NULL or sizes == NULL:
                raise MemoryError("levels: no memory")
            n = levels_of(s, &s.ladders[t ^ <uint32_t>side], pips, sizes)
            return [(PIPS - pips[k] if side else pips[k], sizes[k]) for k in range(n)]
        finally:
            free(pips)
            free(sizes)

    def size_at(self, token, side, price_pips):
        """Microshares that one level shows (0 bids, 1 asks); 0 where there is none."""
        cdef State* s = self.engine.s
        cdef uint32_t t = self.token_index(token)
        if side not in (0, 1):
            raise ValueError(f"side: {side!r} is neither 0 (bids) nor 1 (asks)")
        if type(price_pips) is not int or not 0 < price_pips < PIPS:
            raise ValueError(f"price_pips: {price_pips!r} is not in 1..{PIPS - 1}")
        return level_size(s, &s.ladders[t ^ <uint32_t>side], <int32_t>(PIPS - price_pips if side else price_pips))

    def order(self, order_id):
        """An order, open or ended and still remembered; None when it is not known."""
        cdef Order* o
        if type(order_id) is not int or not 0 <= order_id < 1 << 64:
            raise TypeError(f"order_id: {order_id!r} is no unsigned 64-bit integer")
        o = find_order(self.engine.s, <uint64_t>order_id) if order_id else NULL
        return None if o == NULL else order_of(o)

    def orders(self):
        """Ids of the open orders, rising."""
        cdef State* s = self.engine.s
        cdef int32_t k
        return sorted([s.orders[k].id for k in range(s.c.orders) if s.orders[k].id])

    def counters(self):
        """Counts since the engine was made, by name."""
        settle_counters(self.engine.s)
        return {name: self.engine.s.v.counters[k] for k, name in enumerate(COUNTERS)}

    def refusals(self):
        """How often each refusal was answered, by name; those never answered are left out."""
        return {r.name: self.engine.s.v.refusals[r.value] for r in Refusal if self.engine.s.v.refusals[r.value]}
