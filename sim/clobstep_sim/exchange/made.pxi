# How an exchange is made: its memory, its markets, its accounts.

cdef class Made(Looks):
    """An exchange with its markets and accounts."""

    def __cinit__(self, int64_t mined_ns=2_000_000_000, int64_t confirmed_ns=4_000_000_000,
                  bint publishing=False, int64_t start_ns=0):
        cdef int64_t k
        if not 0 < mined_ns <= confirmed_ns <= LONGEST_NS or not 0 <= start_ns <= LATEST_NS:
            raise ExchangeError("a trade is MINED after some time, and CONFIRMED no sooner; times are of 1970 to 2100")
        memset(&self.x, 0, sizeof(X))
        self.x.mined_ns = mined_ns
        self.x.confirmed_ns = confirmed_ns
        self.x.unused = NONE
        self.x.state = VS_NORMAL
        self.x.traded = NONE
        self.x.publishing = publishing
        self.x.now_ns = start_ns
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
        free(self.x.words)
        free(self.x.touched)
        free(self.x.prints)
        heap_free(&self.x.due)

    cdef int done(self) except -1:
        """After each thing that happened: its words are said."""
        publish(&self.x)
        if self.x.no_memory:
            raise MemoryError("the exchange ran out of memory")
        return 0

    def market(self, int64_t tick_pips=100, int64_t min_size=5_000_000, int64_t fee_ppm=0,
               int64_t delay_ns=0, bint per_market_gate=False, bint blocks=False):
        """A new condition; its tokens are 2 * its number and the one after. `blocks`: see rule 10."""
        cdef XMarket* more
        cdef XMarket* m
        cdef int64_t k
        if self.x.n_accounts:
            raise ExchangeError("make all markets before the first account")
        if not 0 < tick_pips <= PIPS // 2 or not 0 <= fee_ppm <= 1_000_000 or min_size < 0:
            raise ExchangeError("a market has a tick of 1 to 5000 pips and a fee rate up to 1000000")
        if not 0 <= delay_ns <= LONGEST_DELAY_NS:
            raise ExchangeError(f"a delay of {delay_ns} ns: a minute is the most")
        more = <XMarket*>realloc(self.x.markets, (self.x.n_markets + 1) * sizeof(XMarket))
        if more == NULL:
            raise MemoryError
        self.x.markets = more
        m = &more[self.x.n_markets]
        memset(m, 0, sizeof(XMarket))
        m.levels = <XLevel*>calloc(2 * (PIPS + 1), sizeof(XLevel))
        m.bits = <uint64_t*>calloc(2 * WORDS, sizeof(uint64_t))
        if m.levels == NULL or m.bits == NULL:
            free(m.levels)
            free(m.bits)
            raise MemoryError
        self.x.n_markets += 1
        for k in range(2 * (PIPS + 1)):
            m.levels[k].first = m.levels[k].last = NONE
        m.best[0] = m.best[1] = NONE
        m.tick_pips, m.min_size, m.fee_ppm = <int32_t>tick_pips, min_size, fee_ppm
        m.least_pips = m.tick_pips
        m.delay_ns, m.per_market_gate, m.blocks = delay_ns, per_market_gate, blocks
        return self.x.n_markets - 1

    def account(self, int64_t cash=0, bint unlimited=False, int64_t rate=0, int64_t burst=0,
                int64_t cancel_rate=0, int64_t cancel_burst=0):
        """A new account with settled cash; rate a second and burst of its buckets of orders and cancels, 0 for none."""
        cdef int32_t n = self.x.n_accounts
        cdef void* accounts
        cdef void* tokens
        cdef void* held
        cdef XAccount* a
        limits = (rate, burst, cancel_rate, cancel_burst)
        if not 0 <= cash <= MAX_SIZE or min(limits) < 0 or max(limits) > 1_000_000:
            raise ExchangeError(f"cash is 0 to {MAX_SIZE}, rates and bursts 0 to 1000000")
        accounts = realloc(self.x.accounts, (n + 1) * sizeof(XAccount))
        if accounts != NULL:
            self.x.accounts = <XAccount*>accounts
        tokens = realloc(self.x.tokens, (n + 1) * sizeof(void*))
        if tokens != NULL:
            self.x.tokens = <XTokens**>tokens
        held = realloc(self.x.market_held, (n + 1) * <size_t>(self.x.n_markets + 1) * sizeof(int64_t))
        if held != NULL:
            self.x.market_held = <int64_t*>held
        if accounts == NULL or tokens == NULL or held == NULL:
            raise MemoryError
        self.x.tokens[n] = <XTokens*>calloc(2 * self.x.n_markets + 2, sizeof(XTokens))
        if self.x.tokens[n] == NULL:
            raise MemoryError
        memset(&self.x.market_held[<int64_t>n * self.x.n_markets], 0, self.x.n_markets * sizeof(int64_t))
        a = &self.x.accounts[n]
        memset(a, 0, sizeof(XAccount))
        a.settled, a.unlimited, a.rate, a.burst = cash, unlimited, rate, burst
        a.bucket, a.bucket_ns, a.beat_ns = burst * SECOND, self.x.now_ns, -1
        a.cancel_rate, a.cancel_burst = cancel_rate, cancel_burst
        a.cancel_bucket, a.cancel_bucket_ns = cancel_burst * SECOND, self.x.now_ns
        a.oldest = a.newest = NONE
        self.x.n_accounts += 1
        return n

    def give(self, int64_t account, int64_t token, int64_t size):
        """Settled tokens out of nowhere, for the start of a case."""
        cdef XTokens* t = self.tokens_at(account, token)
        if not 0 <= size <= MAX_SIZE or t.settled + size > MAX_SIZE:
            raise ExchangeError(f"an account has 0 to {MAX_SIZE} of a token")
        t.settled += size
