# The Python face: one exchange, one call a thing that happens. Times come in and never go back.

class ExchangeError(ValueError):
    """What was asked cannot be; says what and the way out."""


cdef class Exchange:
    """An empty exchange at time 0 (ns). Make all markets before the first account."""

    cdef X x

    def __cinit__(self, int64_t mined_ns=2_000_000_000, int64_t confirmed_ns=4_000_000_000):
        cdef int64_t k
        if not 0 < mined_ns <= confirmed_ns:
            raise ExchangeError("a trade is MINED after some time, and CONFIRMED no sooner")
        memset(&self.x, 0, sizeof(X))
        self.x.mined_ns = mined_ns
        self.x.confirmed_ns = confirmed_ns
        self.x.unused = NONE
        self.x.state = VS_NORMAL
        self.x.mask = 255
        self.x.places = <XPlace*>malloc(256 * sizeof(XPlace))
        if self.x.places == NULL:
            raise MemoryError
        for k in range(256):
            self.x.places[k].slot = NONE

    def __dealloc__(self):
        cdef int32_t k
        for k in range(self.x.n_markets):
            free(self.x.markets[k].levels)
            free(self.x.markets[k].bits)
        for k in range(self.x.n_accounts):
            free(self.x.tokens[k])
        free(self.x.markets)
        free(self.x.accounts)
        free(self.x.tokens)
        free(self.x.market_held)
        free(self.x.orders)
        free(self.x.trades)
        free(self.x.places)
        heap_free(&self.x.due)

    cdef int done(self) except -1:
        if self.x.no_memory:
            raise MemoryError("the exchange ran out of memory")
        return 0

    cdef int32_t known(self, int64_t account) except -1:
        if not 0 <= account < self.x.n_accounts:
            raise ExchangeError(f"account {account}: there are {self.x.n_accounts}")
        return <int32_t>account

    cdef XMarket* market_at(self, int64_t market) except NULL:
        if not 0 <= market < self.x.n_markets:
            raise ExchangeError(f"market {market}: there are {self.x.n_markets}")
        return &self.x.markets[market]

    cdef XTokens* tokens_at(self, int64_t account, int64_t token) except NULL:
        self.market_at(token >> 1)
        return &self.x.tokens[self.known(account)][token]

    @property
    def now_ns(self):
        """The exchange's time."""
        return self.x.now_ns

    def market(self, int64_t tick_pips=100, int64_t min_size=5_000_000, int64_t fee_ppm=0,
               int64_t delay_ns=0, bint per_market_gate=False):
        """A new condition; its tokens are 2 * its number and the one after."""
        cdef XMarket* more
        cdef XMarket* m
        if self.x.n_accounts:
            raise ExchangeError("make all markets before the first account")
        if not 0 < tick_pips <= PIPS // 2 or not 0 <= fee_ppm <= 1_000_000 or min_size < 0 or delay_ns < 0:
            raise ExchangeError("a market has a tick of 1 to 5000 pips and a fee rate up to 1000000")
        more = <XMarket*>realloc(self.x.markets, (self.x.n_markets + 1) * sizeof(XMarket))
        if more == NULL:
            raise MemoryError
        self.x.markets = more
        m = &more[self.x.n_markets]
        memset(m, 0, sizeof(XMarket))
        m.levels = <XLevel*>calloc(2 * (PIPS + 1), sizeof(XLevel))
        m.bits = <uint64_t*>calloc(2 * WORDS, sizeof(uint64_t))
        self.x.n_markets += 1
        if m.levels == NULL or m.bits == NULL:
            raise MemoryError
        m.tick_pips, m.min_size, m.fee_ppm = <int32_t>tick_pips, min_size, fee_ppm
        m.delay_ns, m.per_market_gate = delay_ns, per_market_gate
        return self.x.n_markets - 1

    def account(self, int64_t cash=0, bint unlimited=False, int64_t rate=0, int64_t burst=0):
        """A new account with settled cash; `rate` a second and `burst` of its order bucket, 0 for none."""
        cdef int32_t n = self.x.n_accounts
        cdef void* accounts
        cdef void* tokens
        cdef void* held
        cdef XAccount* a
        if cash < 0 or rate < 0 or burst < 0 or rate > 1_000_000 or burst > 1_000_000:
            raise ExchangeError("cash, rate and burst are not negative, rate and burst at most 1000000")
        accounts = realloc(self.x.accounts, (n + 1) * sizeof(XAccount))
        if accounts != NULL:
            self.x.accounts = <XAccount*>accounts
        tokens = realloc(self.x.tokens, (n + 1) * sizeof(void*))
        if tokens != NULL:
            self.x.tokens = <XTokens**>tokens
        held = realloc(self.x.market_held, (n + 1) * (self.x.n_markets + 1) * sizeof(int64_t))
        if held != NULL:
            self.x.market_held = <int64_t*>held
        if accounts == NULL or tokens == NULL or held == NULL:
            raise MemoryError
        self.x.tokens[n] = <XTokens*>calloc(2 * self.x.n_markets + 2, sizeof(XTokens))
        if self.x.tokens[n] == NULL:
            raise MemoryError
        memset(&self.x.market_held[n * self.x.n_markets], 0, self.x.n_markets * sizeof(int64_t))
        a = &self.x.accounts[n]
        memset(a, 0, sizeof(XAccount))
        a.settled, a.unlimited, a.rate, a.burst = cash, unlimited, rate, burst
        a.bucket, a.bucket_ns, a.beat_ns = burst * SECOND, self.x.now_ns, -1
        a.oldest = a.newest = NONE
        self.x.n_accounts += 1
        return n

    def give(self, int64_t account, int64_t token, int64_t size):
        """Settled tokens out of nowhere, for the start of a case."""
        self.tokens_at(account, token).settled += size

    cdef tuple place(self, int64_t account, object order):
        cdef XOrder o
        memset(&o, 0, sizeof(XOrder))
        order_id, token, side, price_pips, amount, tif, post_only, expire_ns = order
        self.tokens_at(account, token)
        if side not in (SIDE_BUY, SIDE_SELL) or not 0 <= tif <= TIF_FAK or not 0 <= price_pips <= PIPS:
            raise ExchangeError(f"order {order_id}: side {side}, tif {tif}, price {price_pips} pips")
        if not -MAX_SIZE <= amount <= MAX_SIZE:
            raise ExchangeError(f"order {order_id}: amount {amount} is out of range")
        o.id, o.account, o.token, o.side = order_id, <int32_t>account, token, side
        o.price_pips, o.original, o.tif, o.post_only, o.expire_ns = price_pips, amount, tif, post_only, expire_ns
        before = self.x.n_trades
        answer = arrive(&self.x, &o)
        self.done()
        matched = 0
        for k in range(before, self.x.n_trades):
            matched += self.x.trades[k].shares
        return answer, self.x.reason if answer == ANSWER_REJECTED else 0, matched

    def submit(self, int64_t account, uint64_t order_id, int64_t token, int side, int64_t price_pips,
               int64_t amount, int tif=0, bint post_only=False, int64_t expire_ns=0):
        """(ANSWER_*, Reject or 0, shares matched now). `amount`: microshares, micro-pUSD of a FAK or FOK BUY."""
        order = (order_id, token, side, price_pips, amount, tif, post_only, expire_ns)
        return self.submit_batch(account, [order])[0]

    def submit_batch(self, int64_t account, list orders):
        """As `submit`, for orders that arrive as one request: charged all or none."""
        cdef int32_t k = self.known(account)
        reasons = [refused_by_state(&self.x, order[6]) for order in orders]
        asked = reasons.count(NONE)        # what the venue's state refuses costs nothing
        if asked and not is_charged(&self.x, k, asked):
            reasons = [RJ_RATE_LIMIT if reason == NONE else reason for reason in reasons]
        return [
            self.place(account, order) if reason == NONE else (ANSWER_REJECTED, reason, 0)
            for reason, order in zip(reasons, orders)
        ]  # fmt: skip

    def cancel(self, int64_t account, uint64_t order_id):
        """NONE (-1) when it is canceled, else the CancelReason of the refusal."""
        cdef int state = venue_state(&self.x)
        cdef int32_t slot = find_order(&self.x, self.known(account), order_id)
        if state == VS_RESTARTING or state == VS_DISABLED:
            return CR_LATER
        if slot == NONE or self.x.orders[slot].state > ST_OPEN:
            return CR_MATCHED_OR_GONE
        if self.x.orders[slot].state == ST_DELAYED:
            return CR_OTHER
        end_order(&self.x, slot, ST_CANCELED, CR_USER)
        return NONE

    def cancel_all(self, int64_t account, int64_t market=-1):
        """Ids of the resting orders it cancelled, oldest first; of one market, or of all."""
        cdef int32_t slot
        cdef int state = venue_state(&self.x)
        gone = []
        slot = self.x.accounts[self.known(account)].oldest
        if state == VS_RESTARTING or state == VS_DISABLED:
            return gone
        while slot != NONE:
            if self.x.orders[slot].state == ST_OPEN and market in (-1, self.x.orders[slot].token >> 1):
                gone.append(self.x.orders[slot].id)
            slot = self.x.orders[slot].later
        cancel_open(&self.x, <int32_t>account, <int32_t>market, CR_USER)
        return gone

    def advance(self, int64_t to_ns):
        """Let time pass up to here; what is due happens."""
        if to_ns < self.x.now_ns:
            raise ExchangeError(f"time goes back from {self.x.now_ns} to {to_ns}")
        pass_time(&self.x, to_ns)
        self.done()

    def trades(self, int64_t since=0):
        """(taker id, maker id, shares, taker's pips, fee, status, taker's cash, maker's cash) from a number on."""
        out = []
        for k in range(since, self.x.n_trades):
            t = self.x.trades[k]
            out.append((t.taker_id, t.maker_id, t.shares, t.taker_pips, t.fee, t.status, t.taker_cash, t.maker_cash))
        return out

    def book(self, int64_t token):
        """Bids and asks of a token as (pips, microshares), best first."""
        cdef XMarket* m = self.market_at(token >> 1)
        cdef int side, row
        sides = []
        for side in range(2):
            levels = []
            row = best_row(m, side)
            while row != NONE:
                levels.append((own_pips(<int32_t>token, row), level_of(m, side, row).size))
                row = next_row(m, side, row)
            sides.append(levels)
        return (sides[1], sides[0]) if token & 1 else (sides[0], sides[1])

    def order(self, int64_t account, uint64_t order_id):
        """What the exchange knows of an order; None if it never came."""
        cdef int32_t slot = find_order(&self.x, self.known(account), order_id)
        if slot == NONE:
            return None
        o = self.x.orders[slot]
        return {
            "state": o.state, "reason": o.reason, "leaves": o.leaves, "shares": o.shares, "cash": o.cash,
            "original": o.original, "held": o.held, "token": o.token, "side": o.side, "price_pips": o.price_pips,
        }  # fmt: skip

    def money(self, int64_t account):
        """Cash of an account: settled, out and coming (not confirmed), held by open orders."""
        a = self.x.accounts[self.known(account)]
        return {"settled": a.settled, "out": a.out, "coming": a.coming, "held": a.held}

    def tokens(self, int64_t account, int64_t token):
        """The same of a token."""
        t = self.tokens_at(account, token)[0]
        return {"settled": t.settled, "out": t.out, "coming": t.coming, "held": t.held}

    def fail(self, int64_t trade):
        """This trade will end FAILED instead of CONFIRMED."""
        if not 0 <= trade < self.x.n_trades or self.x.trades[trade].status >= TS_CONFIRMED:
            raise ExchangeError(f"trade {trade}: there is none, or it is final")
        self.x.trades[trade].fails = 1

    def beat(self, int64_t account):
        """A heartbeat; the first one switches the dead-man switch on."""
        self.x.accounts[self.known(account)].beat_ns = self.x.now_ns
        if not self.x.is_checking:
            self.x.is_checking = 1
            heap_push(&self.x.due, (self.x.now_ns // CHECKER_NS + 1) * CHECKER_NS, 3, DUE_CHECKER, 0)

    def set_tick(self, int64_t market, int64_t tick_pips):
        """New orders obey it; resting ones stay."""
        if not 0 < tick_pips <= PIPS // 2:
            raise ExchangeError(f"a tick of {tick_pips} pips")
        self.market_at(market).tick_pips = <int32_t>tick_pips

    def set_fee(self, int64_t market, int64_t fee_ppm):
        """Of trades from now on, in parts per million."""
        if not 0 <= fee_ppm <= 1_000_000:
            raise ExchangeError(f"a fee rate of {fee_ppm} parts per million")
        self.market_at(market).fee_ppm = fee_ppm

    def close(self, int64_t market):
        """No new orders; those that rest may be cancelled."""
        self.market_at(market).is_closed = 1

    def resolve(self, int64_t market, int64_t payout_pips):
        """What the first token pays; the second pays the rest. All its orders end."""
        if not 0 <= payout_pips <= PIPS:
            raise ExchangeError(f"a payout of {payout_pips} pips")
        self.market_at(market)
        resolve_market(&self.x, <int32_t>market, <int>payout_pips)

    def redeem(self, int64_t account, int64_t token, int64_t size):
        """Cash paid for tokens of a resolved market; -1 if it is not resolved or they are not there."""
        cdef XMarket* m = self.market_at(token >> 1)
        cdef XTokens* t = self.tokens_at(account, token)
        if not m.is_resolved or size <= 0 or free_tokens(&self.x, <int32_t>account, <int32_t>token) < size:
            return -1
        paid = cash_down(size, own_pips(<int32_t>token, m.payout_pips))
        t.settled -= size
        self.x.accounts[account].settled += paid
        return paid

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
        if lasts_ns < 0:
            raise ExchangeError("a restart lasts some time")
        self.x.restart_until_ns = self.x.now_ns + lasts_ns
        self.x.post_only_until_ns = self.x.restart_until_ns + POST_ONLY_NS

    def set_state(self, int state):
        """A VenueState by hand; NORMAL gives it back to what a restart left."""
        if not VS_NORMAL <= state <= VS_RESTARTING:
            raise ExchangeError(f"no VenueState {state}")
        self.x.state = <uint8_t>state

    def check(self):
        """What does not hold, or an empty string."""
        for k in range(self.x.n_markets):
            if wrong := check_book(&self.x, k):
                return wrong
        for k in range(self.x.n_accounts):
            if wrong := check_account(&self.x, k):
                return wrong
        return ""
