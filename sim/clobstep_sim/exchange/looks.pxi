# Looks at the exchange, the half of its face that changes nothing.

cdef extern from *:
    """
    #define LONGEST_NS (86400 * SECOND)
    #define LATEST_NS 4102444800000000000LL
    #define LONGEST_DELAY_NS (60 * SECOND)  /* the venue's are 3 s; less than a GTD order lives */
    #define LARGEST 10000000000000LL        /* of an order: so many fit a level that none can overflow */
    """
    const int64_t LONGEST_DELAY_NS
    const int64_t LARGEST
    const int64_t LONGEST_NS
    const int64_t LATEST_NS


class ExchangeError(ValueError):
    """What was asked cannot be; says what and the way out."""


cdef class Looks:
    """An exchange to look at."""

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

    def trades(self, int64_t since=0):
        """(taker id, maker id, shares, taker's pips, fee, status, taker's cash, maker's cash) from a number on."""
        out = []
        if since < 0:
            raise ExchangeError(f"trades from {since} on: they are numbered from 0")
        for k in range(since, self.x.n_trades):
            t = self.x.trades[k]
            out.append((t.taker_id, t.maker_id, t.shares, t.taker_pips, t.fee, t.status, t.taker_cash, t.maker_cash))
        return out

    def trade(self, int64_t number):
        """Who met whom in a trade, each in its own terms; what changes later is in `trades`."""
        if not 0 <= number < self.x.n_trades:
            raise ExchangeError(f"trade {number}: there are {self.x.n_trades}")
        t = self.x.trades[number]
        return {
            "shares": t.shares, "time_ns": t.time_ns,
            "taker": t.taker, "taker_id": t.taker_id, "taker_token": t.taker_token, "taker_side": t.taker_side,
            "taker_pips": t.taker_pips,
            "maker": t.maker, "maker_id": t.maker_id, "maker_token": t.maker_token, "maker_side": t.maker_side,
            "maker_pips": t.maker_pips,
        }  # fmt: skip

    def trade_times(self):
        """When each trade was made: bytes of int64 nanoseconds."""
        out = bytearray(8 * self.x.n_trades)
        cdef int64_t[::1] times
        if self.x.n_trades:
            times = memoryview(out).cast("q")
            for k in range(self.x.n_trades):
                times[k] = self.x.trades[k].time_ns
        return bytes(out)

    def terms(self):
        """What holds of each market now."""
        return [
            {
                "tick_pips": m.tick_pips, "min_size": m.min_size, "fee_ppm": m.fee_ppm, "delay_ns": m.delay_ns,
                "is_closed": m.is_closed, "is_resolved": m.is_resolved, "payout_pips": m.payout_pips,
            }
            for m in self.x.markets[:self.x.n_markets]
        ]  # fmt: skip

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
            "tif": o.tif, "expire_ns": o.expire_ns, "arrived_ns": o.arrived_ns,
        }  # fmt: skip

    def open_orders(self, int64_t account):
        """Ids of an account's resting and delayed orders, oldest first."""
        cdef int32_t slot = self.x.accounts[self.known(account)].oldest
        ids = []
        while slot != NONE:
            ids.append(self.x.orders[slot].id)
            slot = self.x.orders[slot].later
        return ids

    def money(self, int64_t account):
        """Cash of an account: settled, out and coming (not confirmed), held by open orders."""
        a = self.x.accounts[self.known(account)]
        return {"settled": a.settled, "out": a.out, "coming": a.coming, "held": a.held}

    def tokens(self, int64_t account, int64_t token):
        """The same of a token."""
        t = self.tokens_at(account, token)[0]
        return {
            "settled": t.settled, "out": t.out, "coming": t.coming, "held": t.held, "flow": t.flow, "fees": t.fees,
        }  # fmt: skip

    def overdue(self, int64_t account, int64_t at_ns, int64_t beat_ns=0):
        """Id of an order that should not rest any more at that time: past its expiry, or 15 s after the last beat."""
        cdef int32_t slot = overdue(&self.x, self.known(account), at_ns, beat_ns)
        return None if slot == NONE else self.x.orders[slot].id

    def check(self):
        """What does not hold, or an empty string."""
        for k in range(self.x.n_markets):
            if wrong := check_book(&self.x, k):
                return wrong
        for k in range(self.x.n_accounts):
            if wrong := check_account(&self.x, k):
                return wrong
        return ""
