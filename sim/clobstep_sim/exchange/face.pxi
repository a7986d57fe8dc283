# What happens at the exchange: the half of its face that changes it.

cdef class Exchange(Made):
    """An empty exchange at `start_ns`. Make all markets before the first account.

    One call a thing that happens. Times come in and never go back. With `publishing` it says what
    happens, as event records: `words`.
    """

    cdef XOrder read(self, int64_t account, object order) except *:
        """An order's own terms; each is looked at once, so that what is checked is what is taken."""
        cdef XOrder o
        cdef int64_t token, side, price_pips, amount, tif, expire_ns
        memset(&o, 0, sizeof(XOrder))
        if len(order) != 8:
            raise ExchangeError(f"an order has 8 fields, not {len(order)}")
        o.id = index(order[0])
        token, side, price_pips, amount, tif = map(index, order[1:6])
        o.post_only, expire_ns = bool(order[6]), index(order[7])
        self.tokens_at(account, token)
        if not (side == SIDE_BUY or side == SIDE_SELL) or not 0 <= tif <= TIF_FAK or not 0 <= price_pips <= PIPS:
            raise ExchangeError(f"order {o.id}: side {side}, tif {tif}, price {price_pips} pips")
        if not -LARGEST <= amount <= LARGEST or not 0 <= expire_ns <= LATEST_NS:
            raise ExchangeError(f"order {o.id}: amount {amount} or expiry {expire_ns} is out of range")
        o.account, o.token, o.side = <int32_t>account, <int32_t>token, <uint8_t>side
        o.price_pips, o.original, o.tif, o.expire_ns = <int16_t>price_pips, amount, <uint8_t>tif, expire_ns
        return o

    cdef tuple place(self, XOrder* o):
        cdef int answer = arrive(&self.x, o)
        self.done()
        return answer, self.x.reason if answer == ANSWER_REJECTED else 0, self.x.matched

    def submit(self, int64_t account, uint64_t order_id, int64_t token, int side, int64_t price_pips,
               int64_t amount, int tif=0, bint post_only=False, int64_t expire_ns=0):
        """(ANSWER_*, Reject or 0, shares matched now). `amount`: microshares, micro-pUSD of a FAK or FOK BUY."""
        order = (order_id, token, side, price_pips, amount, tif, post_only, expire_ns)
        return self.submit_batch(account, [order])[0]

    def submit_batch(self, int64_t account, list orders):
        """As `submit`, for orders that arrive as one request: charged all or none."""
        cdef int32_t who = self.known(account)
        cdef Py_ssize_t n = len(orders)
        cdef Py_ssize_t k
        cdef XOrder* read = <XOrder*>malloc((n + 1) * sizeof(XOrder))
        if read == NULL:
            raise MemoryError
        try:
            for k in range(n):             # all or none: a bad one raises here
                read[k] = self.read(who, orders[k])
            reasons = [refused_by_state(&self.x, read[k].post_only) for k in range(n)]
            asked = reasons.count(NONE)    # what the venue's state refuses costs nothing
            if asked and not is_charged(&self.x, who, asked):
                reasons = [RJ_RATE_LIMIT if reason == NONE else reason for reason in reasons]
            return [
                self.place(&read[k]) if reasons[k] == NONE else (ANSWER_REJECTED, reasons[k], 0) for k in range(n)
            ]  # fmt: skip
        finally:
            free(read)

    def cancel(self, int64_t account, uint64_t order_id):
        """NONE (-1) when it is canceled, else the CancelReason of the refusal."""
        refused = cancel_order(&self.x, self.known(account), order_id)
        self.done()
        return refused

    def cancel_all(self, int64_t account, int64_t market=-1):
        """Ids of the resting orders it cancelled, oldest first; of one market, or of all."""
        cdef int32_t slot
        cdef int state = venue_state(&self.x)
        if market != NONE:
            self.market_at(market)
        gone = []
        slot = self.x.accounts[self.known(account)].oldest
        if state == VS_RESTARTING or state == VS_DISABLED or not is_cancel_charged(&self.x, <int32_t>account):
            return gone
        while slot != NONE:
            if self.x.orders[slot].state == ST_OPEN and market in (-1, self.x.orders[slot].token >> 1):
                gone.append(self.x.orders[slot].id)
            slot = self.x.orders[slot].later
        self.x.accounts[account].cancel_bucket -= len(gone) * SECOND   # it may so fall below nothing
        cancel_open(&self.x, <int32_t>account, <int32_t>market, CR_USER)
        self.done()
        return gone

    def advance(self, int64_t to_ns):
        """Let time pass up to here; what is due happens."""
        if to_ns > LATEST_NS:
            raise ExchangeError(f"{to_ns} lies beyond the year 2100")
        if to_ns < self.x.now_ns:
            raise ExchangeError(f"time goes back from {self.x.now_ns} to {to_ns}")
        pass_time(&self.x, to_ns)
        self.done()

    def fail(self, int64_t trade):
        """This trade will end FAILED instead of CONFIRMED."""
        if not 0 <= trade < self.x.n_trades or self.x.trades[trade].status in (TS_CONFIRMED, TS_FAILED):
            raise ExchangeError(f"trade {trade}: there is none, or it is final")
        self.x.trades[trade].fails = 1

    def beat(self, int64_t account):
        """A heartbeat; the first one switches the dead-man switch on."""
        beat_once(&self.x, self.known(account))
        self.done()

    def set_tick(self, int64_t market, int64_t tick_pips):
        """New orders obey it; resting ones stay."""
        if not 0 < tick_pips <= PIPS // 2:
            raise ExchangeError(f"a tick of {tick_pips} pips")
        self.market_at(market)
        change_tick(&self.x, <int32_t>market, <int32_t>tick_pips)
        self.done()

    def set_fee(self, int64_t market, int64_t fee_ppm):
        """Of trades from now on, in parts per million."""
        if not 0 <= fee_ppm <= 1_000_000:
            raise ExchangeError(f"a fee rate of {fee_ppm} parts per million")
        self.market_at(market).fee_ppm = fee_ppm

    def close(self, int64_t market):
        """No new orders; those that rest may be cancelled."""
        self.market_at(market).is_closed = 1

    def resolve(self, int64_t market, int64_t payout_pips):
        """What the first token pays; the second pays the rest. All its orders end. Once: more says nothing.

        The word names the winner, as the venue's message does; of a draw it names the first token.
        """
        if not 0 <= payout_pips <= PIPS:
            raise ExchangeError(f"a payout of {payout_pips} pips")
        if not self.market_at(market).is_resolved:
            resolve_market(&self.x, <int32_t>market, <int>payout_pips)
            self.done()

    def redeem(self, int64_t account, int64_t token, int64_t size):
        """Cash paid for tokens of a resolved market; -1 if it is not resolved or they are not there."""
        self.tokens_at(account, token)
        return redeem_tokens(&self.x, <int32_t>account, <int32_t>token, size)

    def split(self, int64_t account, int64_t market, int64_t size):
        """Cash into pairs, at once; whether it was covered."""
        self.market_at(market)
        return bool(convert(&self.x, self.known(account), <int32_t>market, size, 1))

    def merge(self, int64_t account, int64_t market, int64_t size):
        """Pairs into cash, at once; whether they were there."""
        self.market_at(market)
        return bool(convert(&self.x, self.known(account), <int32_t>market, size, -1))

    def restart(self, int64_t lasts_ns):
        """The matching engine restarts: 425 for so long, then two minutes post-only."""
        if not 0 <= lasts_ns <= LONGEST_NS:
            raise ExchangeError("a restart lasts a day at most")
        restart_engine(&self.x, lasts_ns)

    def set_state(self, int state):
        """A VenueState by hand; NORMAL gives it back to what a restart left."""
        if not VS_NORMAL <= state <= VS_RESTARTING:
            raise ExchangeError(f"no VenueState {state}")
        self.x.state = <uint8_t>state

    def snapshot(self, int64_t market):
        """Says the books of both tokens, as to somebody who just subscribed."""
        self.market_at(market)
        say_book(&self.x, <int32_t>(2 * market))
        say_book(&self.x, <int32_t>(2 * market + 1))
        self.done()

    def words(self):
        """What was said since the last call: (account, event record of EVENT_DTYPE as bytes), in order.

        Account -1 is the market channel. Both times are the exchange's; the venue's has whole milliseconds,
        that of a trade is when it matched, in whole seconds.
        """
        cdef int64_t k
        out = [
            (self.x.words[k].account, PyBytes_FromStringAndSize(<char*>&self.x.words[k].event, sizeof(Event)))
            for k in range(self.x.n_words)
        ]  # fmt: skip
        self.x.n_words = 0
        return out
