# What the exchange says: the market channel to everybody, the user channel to each account. Owns:
# XWord, what of a level was shown. Each word is an event record, timed at the venue; who hears it when
# is the network's affair.
#
# Of a trade, in the order that recordings show: the changed levels with the best after it, both tokens'
# books, their best bid and ask, and the print some 21 ms later.

cdef enum:
    LEVELS_A_RECORD = 3

cdef extern from *:
    """
    #define PRINT_LATER_NS 21000000LL
    #define MILLISECOND 1000000LL
    """
    const int64_t PRINT_LATER_NS
    const int64_t MILLISECOND


cdef Event* say(X* x, int32_t account, int kind, uint32_t token) noexcept nogil:
    """A new word, timed now; NULL when there is no memory. Account NONE: the market channel."""
    cdef XWord* more
    cdef Event* e
    if x.n_words >= x.room_words:
        more = <XWord*>realloc(x.words, (2 * <size_t>x.room_words + 256) * sizeof(XWord))
        if more == NULL:
            x.no_memory = 1
            return NULL
        x.words = more
        x.room_words = 2 * x.room_words + 256
    x.words[x.n_words].account = account
    e = &x.words[x.n_words].event
    x.n_words += 1
    memset(e, 0, sizeof(Event))
    e.time_ns = x.now_ns
    e.venue_time_ns = x.now_ns // MILLISECOND * MILLISECOND
    e.kind = <uint8_t>kind
    e.token = token
    return e


cdef void touch(X* x, XOrder* o) noexcept nogil:
    """Its level changed."""
    cdef XTouch* more
    if not x.publishing:
        return
    if x.n_touched >= x.room_touched:
        more = <XTouch*>realloc(x.touched, (2 * <size_t>x.room_touched + 64) * sizeof(XTouch))
        if more == NULL:
            x.no_memory = 1
            return
        x.touched = more
        x.room_touched = 2 * x.room_touched + 64
    x.touched[x.n_touched].token = o.token
    x.touched[x.n_touched].row = o.row
    x.touched[x.n_touched].side = o.book_side
    x.n_touched += 1


cdef void say_book(X* x, int32_t token) noexcept nogil:
    """A whole book of a token, worst prices first; an empty one is one record."""
    cdef XMarket* m = &x.markets[token >> 1]
    cdef int64_t before = x.n_words
    cdef Event* e = NULL
    cdef int side, book_side, row, n, k
    for side in range(2):
        book_side = side ^ (token & 1)
        n = 0
        row = best_row(m, book_side)
        while row != NONE:
            x.rows[n] = <int16_t>row
            n += 1
            row = next_row(m, book_side, row)
        for k in range(n):
            row = x.rows[n - 1 - k]
            if k % LEVELS_A_RECORD == 0:
                e = say(x, NONE, EV_BOOK_SNAPSHOT, token)
                if e == NULL:
                    return
                e.side = <uint8_t>side
                e.price_pips = <int16_t>own_pips(token, row)
                e.size = level_of(m, book_side, row).size
            elif k % LEVELS_A_RECORD == 1:
                e.bid_pips = <int16_t>own_pips(token, row)
                e.amount = level_of(m, book_side, row).size
            else:
                e.ask_pips = <int16_t>own_pips(token, row)
                e.order_id = <uint64_t>level_of(m, book_side, row).size
            e.code = <uint8_t>(k % LEVELS_A_RECORD + 1)
    if x.n_words == before and say(x, NONE, EV_BOOK_SNAPSHOT, token) == NULL:
        return
    x.words[before].event.flags |= FLAG_SNAP_FIRST
    x.words[x.n_words - 1].event.flags |= FLAG_SNAP_LAST


cdef void say_best(X* x, int32_t token, int kind) noexcept nogil:
    """The best bid and ask of a token, on the last word or, of kind BEST, on one of their own."""
    cdef XMarket* m = &x.markets[token >> 1]
    cdef Event* e = say(x, NONE, kind, token) if kind == EV_BEST else &x.words[x.n_words - 1].event
    cdef int bid = best_row(m, token & 1)
    cdef int ask = best_row(m, (token & 1) ^ 1)
    if e == NULL:
        return
    e.bid_pips = <int16_t>(0 if bid == NONE else own_pips(token, bid))
    e.ask_pips = <int16_t>(PIPS if ask == NONE else own_pips(token, ask))


cdef void publish(X* x) noexcept nogil:
    """All that changed since the last time: one group of changes, and what follows a trade."""
    cdef XLevel* level
    cdef Event* e
    cdef int64_t k
    cdef int32_t token
    for k in range(x.n_touched):
        token = x.touched[k].token         # in recordings either token stands first
        level = level_of(&x.markets[token >> 1], x.touched[k].side, x.touched[k].row)
        if level.size == level.shown:
            continue
        level.shown = level.size
        e = say(x, NONE, EV_BOOK_DELTA, token)
        if e == NULL:
            return
        e.side = <uint8_t>(x.touched[k].side ^ (token & 1))
        e.price_pips = <int16_t>own_pips(token, x.touched[k].row)
        e.size = level.size
        e.flags = FLAG_BOOK_BEST
        say_best(x, token, EV_BOOK_DELTA)
    x.n_touched = 0
    if x.traded == NONE:
        return
    for token in range(2 * x.traded, 2 * x.traded + 2):
        say_book(x, token)
    for token in range(2 * x.traded, 2 * x.traded + 2):
        say_best(x, token, EV_BEST)
    x.traded = NONE


cdef void later_print(X* x, XOrder* taker, int pips, int64_t shares) noexcept nogil:
    """A print of what a taker met at one price, told when the books were."""
    cdef XPrint* more
    if not x.publishing or not shares:
        return
    x.traded = taker.token >> 1
    if x.n_prints >= x.room_prints:
        more = <XPrint*>realloc(x.prints, (2 * <size_t>x.room_prints + 64) * sizeof(XPrint))
        if more == NULL:
            x.no_memory = 1
            return
        x.prints = more
        x.room_prints = 2 * x.room_prints + 64
    x.prints[x.n_prints].shares = shares
    x.prints[x.n_prints].token = taker.token
    x.prints[x.n_prints].pips = <int16_t>pips
    x.prints[x.n_prints].side = taker.side
    if not heap_push(&x.due, x.now_ns + PRINT_LATER_NS, 4, DUE_PRINT, <int32_t>x.n_prints, 0):
        x.no_memory = 1
    x.n_prints += 1


cdef void say_print(X* x, int32_t which) noexcept nogil:
    cdef XPrint* p = &x.prints[which]
    cdef Event* e = say(x, NONE, EV_PRINT, p.token)
    if e == NULL:
        return
    e.price_pips = p.pips
    e.size = p.shares
    e.side = p.side
    x.printed += 1
    if x.printed == x.n_prints:            # all were told: their room is free again
        x.printed = x.n_prints = 0


cdef void tell_order(X* x, XOrder* o, int kind, int code) noexcept nogil:
    """A word about an order, to its account.

    In what unit the venue counts what a FAK or FOK BUY has matched is not known, so as with the codec
    only nothing and the whole are said of it.
    """
    cdef int64_t size = o.cash if o.is_cash else o.shares
    cdef Event* e
    if not x.publishing or x.accounts[o.account].unlimited:
        return
    e = say(x, o.account, kind, 0 if kind == EV_CANCELED else <uint32_t>o.token)
    if e == NULL:
        return
    e.order_id = o.id
    e.code = <uint8_t>code
    if not o.is_cash or size == 0 or size == o.original:
        e.size = size
        e.flags = FLAG_SIZE_KNOWN
    if kind != EV_CANCELED:
        e.side = o.side
        e.price_pips = o.price_pips
        e.amount = o.original


cdef void trade_word(X* x, int64_t which, int is_maker, Event* e) noexcept nogil:
    """What a trade's word to one side of it says: its own slice. Times are the caller's, but the match's.

    An account that met itself hears one message, a TAKER's, in which its maker order stands too.
    """
    cdef XTrade* t = &x.trades[which]
    e.kind = EV_TRADE
    e.token = <uint32_t>(t.maker_token if is_maker else t.taker_token)
    e.order_id = t.maker_id if is_maker else t.taker_id
    e.ref = <uint64_t>(which + 1)
    e.venue_time_ns = t.time_ns // SECOND * SECOND      # match_time is in seconds
    e.side = t.maker_side if is_maker else t.taker_side
    e.price_pips = t.maker_pips if is_maker else t.taker_pips
    e.size = t.shares
    e.code = <uint8_t>(t.status - TS_MATCHED + TI_MATCHED)
    if not is_maker:
        e.flags = FLAG_ROLE_TAKER | FLAG_WS_TAKER
    else:
        e.flags = FLAG_ROLE_MAKER if t.taker == t.maker else FLAG_ROLE_MAKER | FLAG_WS_MAKER


cdef void tell_trade(X* x, int64_t which, int is_maker) noexcept nogil:
    """A word about a trade, to one side of it."""
    cdef int32_t account = x.trades[which].maker if is_maker else x.trades[which].taker
    cdef Event* e
    if not x.publishing or x.accounts[account].unlimited:
        return
    e = say(x, account, EV_TRADE, 0)
    if e != NULL:
        trade_word(x, which, is_maker, e)


cdef int32_t best_pips(X* x, int32_t token, int side) noexcept nogil:
    """The best bid (side 0) or ask of a token; 0 and 10,000 when there is none."""
    cdef int row = best_row(&x.markets[token >> 1], side ^ (token & 1))
    if row == NONE:
        return PIPS if side else 0
    return own_pips(token, row)
