# Matching: price, then time; at the maker's price. Owns: XTrade.

cdef inline int own_pips(int32_t token, int row) noexcept nogil:
    """A row of the book as a price of this token."""
    return PIPS - row if token & 1 else row


cdef XTrade* new_trade(X* x) noexcept nogil:
    cdef XTrade* more
    if x.n_trades >= x.room_trades:
        more = <XTrade*>realloc(x.trades, (2 * <size_t>x.room_trades + 256) * sizeof(XTrade))
        if more == NULL:
            x.no_memory = 1
            return NULL
        x.trades = more
        x.room_trades = 2 * x.room_trades + 256
    memset(&x.trades[x.n_trades], 0, sizeof(XTrade))
    x.n_trades += 1
    return &x.trades[x.n_trades - 1]


cdef int64_t overfill_of(X* x, XOrder* taker, XOrder* maker, int64_t shares) noexcept nogil:
    """Seen in the real world: an order filled by a few microshares more than it was for. Only when asked for."""
    cdef XAccount* a = &x.accounts[maker.account]
    cdef int64_t more = x.overfill
    if not more or a.unlimited or not x.accounts[taker.account].unlimited or maker.side == SIDE_SELL \
            or shares != maker.leaves or a.settled - a.out - a.held < MIN_NOTIONAL:
        return 0
    x.overfill = 0
    return more


cdef void trade(X* x, XOrder* taker, int32_t maker_slot, int64_t shares) noexcept nogil:
    """One maker met. The taker's leaves are its caller's; the maker ends when nothing is left of it."""
    cdef XOrder* maker = &x.orders[maker_slot]
    cdef XMarket* m = &x.markets[taker.token >> 1]
    cdef int pips = own_pips(taker.token, maker.row)
    cdef int64_t stood = shares            # of what was displayed
    cdef int64_t cash, maker_cash, fee
    cdef XTrade* t
    shares += overfill_of(x, taker, maker, shares)
    cash = cash_down(shares, pips)
    maker_cash = cash_down(shares, maker.price_pips)
    x.matched += shares
    taker.shares += shares
    taker.cash += cash
    maker.shares += shares
    maker.cash += maker_cash
    if not (x.accounts[taker.account].unlimited and x.accounts[maker.account].unlimited):
        t = new_trade(x)
        if t == NULL:
            return
        fee = fee_of(m, shares, pips)
        t.shares = shares
        t.time_ns = x.now_ns
        t.fee = fee
        t.taker_cash = cash
        t.maker_cash = maker_cash
        t.taker_id = taker.id
        t.maker_id = maker.id
        t.taker = taker.account
        t.maker = maker.account
        t.taker_token = taker.token
        t.maker_token = maker.token
        t.taker_pips = <int16_t>pips
        t.maker_pips = maker.price_pips
        t.taker_side = taker.side
        t.maker_side = maker.side
        t.status = TS_MATCHED
        move(x, t.taker, t.taker_token, t.taker_side, shares, cash, fee, 1, 0)
        move(x, t.maker, t.maker_token, t.maker_side, shares, maker_cash, 0, 1, 0)
        tell_order(x, maker, EV_MATCHED, maker.tif)
        tell_trade(x, x.n_trades - 1, 1)
        tell_trade(x, x.n_trades - 1, 0)
        if not heap_push(&x.due, x.now_ns + x.mined_ns, 0, DUE_WORD, <int32_t>(x.n_trades - 1), 0):
            x.no_memory = 1
    level_of(m, maker.book_side, maker.row).size -= stood
    touch(x, maker)
    maker.leaves -= stood
    if maker.leaves:
        hold_leaves(x, maker)
    else:
        end_order(x, maker_slot, ST_FILLED, 0)


cdef int64_t meet(X* x, XOrder* o, int is_real) noexcept nogil:
    """What would be left of it, in its own unit, after all makers it crosses; if real, it takes them.

    A BUY for an amount of pUSD takes floor(left / price) of each maker and pays floor(shares * price).
    It is whole once a maker has all it still wants; one that would be paid nothing is passed over.
    """
    cdef XMarket* m = &x.markets[o.token >> 1]
    cdef int other = o.book_side ^ 1
    cdef int row = best_row(m, other)
    cdef int64_t left = o.leaves
    cdef int64_t wanted, taken, cash
    cdef int32_t slot, following
    cdef int64_t before
    cdef int pips, worse
    while row != NONE and left and crosses(o.book_side, o.row, row):
        pips = own_pips(o.token, row)
        worse = next_row(m, other, row)    # the row may be gone after the last order on it
        slot = level_of(m, other, row).first
        before = o.shares
        while slot != NONE and left:
            following = x.orders[slot].next
            wanted = left
            if o.is_cash:
                wanted = left * PIPS // pips
            taken = min(wanted, x.orders[slot].leaves)
            cash = cash_down(taken, pips)
            if o.is_cash and cash == 0:
                if wanted <= x.orders[slot].leaves:
                    left = 0
                slot = following
                continue
            left = left - cash if o.is_cash else left - taken
            if o.is_cash and taken == wanted:
                left = 0
            if is_real:
                trade(x, o, slot, taken)
            slot = following
        later_print(x, o, pips, o.shares - before)
        row = worse
    return left


cdef inline int would_trade(X* x, XOrder* o) noexcept nogil:
    cdef int row = best_row(&x.markets[o.token >> 1], o.book_side ^ 1)
    return row != NONE and crosses(o.book_side, o.row, row)
