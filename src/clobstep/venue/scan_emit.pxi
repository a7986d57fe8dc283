# From an object that was read to event records. Owns: what each kind of message becomes; the check of
# mirrored changes. Room for the records is given by the message's length before it is read.

cdef Event* put(Scan* s, int kind, uint32_t token) noexcept nogil:
    cdef Event* e = &s.events[s.n_events]
    memset(e, 0, sizeof(Event))
    s.n_events += 1
    s.counts.events += 1
    e.time_ns = s.message.time_ns
    e.venue_time_ns = s.message.venue_time_ns
    e.token = token
    e.kind = <uint8_t>kind
    return e


cdef inline void put_sign(Scan* s, uint32_t token, int sign) noexcept nogil:
    put(s, EV_FEED, token).code = <uint8_t>sign


cdef Mark* put_mark(Scan* s, uint32_t token, int kind) noexcept nogil:
    """For a hash check: the next events are of this change, book, print or tick. NULL: not wanted."""
    cdef Mark* mark
    if s.marks == NULL:
        return NULL
    mark = &s.marks[s.n_marks]
    s.n_marks += 1
    memset(mark, 0, sizeof(Mark))
    mark.venue_time_ns = s.message.venue_time_ns
    mark.object_event = s.message.first_event
    mark.first_event = s.n_events
    mark.token = token
    mark.kind = kind
    return mark


cdef int shape_of(const Message* m) noexcept nogil:
    """By event_type, or without one by the keys that only one kind of message has."""
    cdef const Span* t = &m.fields[K_EVENT_TYPE]
    if t.sort == V_STRING:
        if t.n == 4:
            return M_BOOK if memcmp(t.at, b"book", 4) == 0 else M_UNKNOWN
        if t.n == 12:
            if memcmp(t.at, b"price_change", 12) == 0:
                return M_PRICE_CHANGE
            return M_BEST_BID_ASK if memcmp(t.at, b"best_bid_ask", 12) == 0 else M_UNKNOWN
        if t.n == 16:
            if memcmp(t.at, b"last_trade_price", 16) == 0:
                return M_LAST_TRADE_PRICE
            return M_TICK_SIZE_CHANGE if memcmp(t.at, b"tick_size_change", 16) == 0 else M_UNKNOWN
        if t.n == 10:
            return M_NEW_MARKET if memcmp(t.at, b"new_market", 10) == 0 else M_UNKNOWN
        if t.n == 15:
            return M_MARKET_RESOLVED if memcmp(t.at, b"market_resolved", 15) == 0 else M_UNKNOWN
        return M_UNKNOWN
    if t.sort != V_ABSENT:
        return M_UNKNOWN
    if has(m, K_BIDS) or has(m, K_ASKS):
        return M_BOOK
    if has(m, K_PRICE_CHANGES) or has(m, K_CHANGES):
        return M_PRICE_CHANGE
    if has(m, K_NEW_TICK_SIZE):
        return M_TICK_SIZE_CHANGE
    if has(m, K_WINNING_ASSET_ID):
        return M_MARKET_RESOLVED
    if has(m, K_PRICE) and has(m, K_SIZE) and has(m, K_SIDE):
        return M_LAST_TRADE_PRICE
    if has(m, K_BEST_BID) and has(m, K_BEST_ASK):
        return M_BEST_BID_ASK
    return M_UNKNOWN


cdef inline int has(const Message* m, int key) noexcept nogil:
    return m.seen >> key & 1


cdef void keep_troubles(Scan* s, int a, int b) noexcept nogil:
    """Forget what was wrong with arrays that this kind of message does not have."""
    cdef int64_t k
    cdef int64_t kept = s.message.first_trouble
    for k in range(s.message.first_trouble, s.n_troubles):
        if s.troubles[k].part == a or s.troubles[k].part == b:
            s.troubles[kept] = s.troubles[k]
            kept += 1
    s.counts.troubles -= s.n_troubles - kept
    s.n_troubles = kept


cdef void finish_object(Scan* s) noexcept nogil:
    """The object is whole: say what it is and give its events."""
    cdef Message* m = &s.message
    cdef int shape = shape_of(m)
    cdef int taken = 1
    cdef Span whole
    if shape == M_PRICE_CHANGE:
        keep_troubles(s, K_PRICE_CHANGES, K_CHANGES)
    elif shape == M_BOOK:
        keep_troubles(s, K_BIDS, K_ASKS)
    else:
        keep_troubles(s, -1, -1)
    if shape == M_UNKNOWN or shape == M_NEW_MARKET:
        whole.sort = V_NESTED
        whole.at = m.start
        whole.n = s.p - m.start
        if shape == M_NEW_MARKET:
            s.counts.new_markets += 1
            trouble(s, P_NEW_MARKET, K_OTHER, K_OTHER, -1, &whole)
        else:
            s.counts.unknown_types += 1
            trouble(s, P_UNKNOWN_TYPE if has(m, K_EVENT_TYPE) else P_NO_TYPE, K_EVENT_TYPE, K_OTHER, -1, &whole)
        return
    if m.twice:
        trouble(s, P_TWICE, m.twice, K_OTHER, -1, NULL)
        m.bad[0] = 1
    if not set_times(s):
        s.counts.not_taken += 1
        return
    if shape == M_PRICE_CHANGE:
        s.counts.price_changes += 1
        taken = finish_changes(s)
    elif shape == M_BOOK:
        s.counts.books += 1
        taken = finish_book(s)
    elif shape == M_LAST_TRADE_PRICE:
        s.counts.last_trade_prices += 1
        taken = not m.twice and finish_print(s)
    elif shape == M_TICK_SIZE_CHANGE:
        s.counts.tick_size_changes += 1
        taken = not m.twice and finish_tick(s)
    elif shape == M_BEST_BID_ASK:
        s.counts.best_bid_asks += 1
        taken = not m.twice and finish_best(s)
    else:
        s.counts.markets_resolved += 1
        taken = not m.twice and finish_resolved(s)
    s.counts.not_taken += not taken


cdef int set_times(Scan* s) noexcept nogil:
    """The venue's time, 0 if it cannot be read; ours, or the venue's for it. 0: there is no time at all."""
    cdef Message* m = &s.message
    m.venue_time_ns = 0
    told(s, K_TIMESTAMP, K_OTHER, -1, &m.fields[K_TIMESTAMP], read_time(&m.fields[K_TIMESTAMP], &m.venue_time_ns))
    m.time_ns = s.time_ns
    if s.time_ns < 0:
        m.time_ns = m.venue_time_ns + s.assumed_delay_ns
        if m.venue_time_ns == 0:
            trouble(s, P_NO_TIME, K_TIMESTAMP, K_OTHER, -1, NULL)
            return 0
    return 1


cdef uint32_t token_of(Scan* s, int key, int part, int64_t entry, const Span* asset) noexcept nogil:
    """The token of an asset, from the table or the slow way; NO_TOKEN, and told, if it has none."""
    cdef const Place* place
    cdef uint32_t token
    if is_id(asset) != P_NONE:
        trouble(s, is_id(asset), key, part, entry, asset)
        return NO_TOKEN
    place = find_id(s.table, asset.at, asset.n)
    if place != NULL and not (place.is_open and s.message.fields[K_MARKET].n > 0):
        token = place.token
    else:
        token = slow_token(s.owner, &s.message.fields[K_MARKET], asset)
    if token == NO_TOKEN:
        trouble(s, P_STRANGER, key, part, entry, asset)
    return token


cdef int finish_print(Scan* s) noexcept nogil:
    cdef Message* m = &s.message
    cdef Event* e
    cdef int16_t pips = 0
    cdef int64_t size = 0
    cdef uint8_t side = 0
    cdef uint32_t token
    cdef int problem = read_size(&m.fields[K_SIZE], &size)
    cdef int ok = told(s, K_PRICE, K_OTHER, -1, &m.fields[K_PRICE], read_price(&m.fields[K_PRICE], &pips))
    if problem == P_NONE and size == 0:
        problem = P_RANGE
    ok = told(s, K_SIZE, K_OTHER, -1, &m.fields[K_SIZE], problem) and ok
    ok = told(s, K_SIDE, K_OTHER, -1, &m.fields[K_SIDE], read_side(&m.fields[K_SIDE], &side)) and ok
    if not ok:
        return 0
    token = token_of(s, K_ASSET_ID, K_OTHER, -1, &m.fields[K_ASSET_ID])
    if token == NO_TOKEN:
        return 0
    put_mark(s, token, M_LAST_TRADE_PRICE)
    e = put(s, EV_PRINT, token)
    e.price_pips = pips
    e.size = size
    e.side = side
    return 1


cdef int finish_tick(Scan* s) noexcept nogil:
    cdef Message* m = &s.message
    cdef int16_t pips = 0
    cdef uint32_t token
    if not told(s, K_NEW_TICK_SIZE, K_OTHER, -1, &m.fields[K_NEW_TICK_SIZE],
                read_tick(&m.fields[K_NEW_TICK_SIZE], &pips)):
        return 0
    token = token_of(s, K_ASSET_ID, K_OTHER, -1, &m.fields[K_ASSET_ID])
    if token == NO_TOKEN:
        return 0
    put_mark(s, token, M_TICK_SIZE_CHANGE)
    put(s, EV_TICK_CHANGE, token).price_pips = pips
    return 1


cdef int finish_best(Scan* s) noexcept nogil:
    cdef Message* m = &s.message
    cdef Event* e
    cdef int16_t bid = 0
    cdef int16_t ask = 0
    cdef uint32_t token
    cdef int ok = told(s, K_BEST_BID, K_OTHER, -1, &m.fields[K_BEST_BID],
                       read_best(&m.fields[K_BEST_BID], SIDE_BUY, &bid))
    ok = told(s, K_BEST_ASK, K_OTHER, -1, &m.fields[K_BEST_ASK],
              read_best(&m.fields[K_BEST_ASK], SIDE_SELL, &ask)) and ok
    if not ok:
        return 0
    token = token_of(s, K_ASSET_ID, K_OTHER, -1, &m.fields[K_ASSET_ID])
    if token == NO_TOKEN:
        return 0
    e = put(s, EV_BEST, token)
    e.bid_pips = bid
    e.ask_pips = ask
    return 1


cdef int finish_resolved(Scan* s) noexcept nogil:
    """The winner is paid 1; the core gives the complement the rest."""
    cdef uint32_t token = token_of(s, K_WINNING_ASSET_ID, K_OTHER, -1, &s.message.fields[K_WINNING_ASSET_ID])
    if token == NO_TOKEN:
        return 0
    put(s, EV_RESOLVED, token).price_pips = <int16_t>PIPS
    return 1


cdef int finish_book(Scan* s) noexcept nogil:
    """A snapshot is taken whole or not at all: one with a hole would be believed. Then GAP is said."""
    cdef Message* m = &s.message
    cdef Mark* mark
    cdef uint32_t token
    cdef int ok = not m.twice and not m.bad[1]
    cdef int side
    for side in range(2):
        if m.sides[side].sort == V_ABSENT:
            trouble(s, P_SORT if has(m, K_BIDS + side) else P_MISSING, K_BIDS + side, K_OTHER, -1,
                    &m.fields[K_BIDS + side])
            ok = 0
    token = token_of(s, K_ASSET_ID, K_OTHER, -1, &m.fields[K_ASSET_ID])
    if token == NO_TOKEN:
        return 0
    if not ok:
        s.counts.gaps += 1
        put_sign(s, token, SIGN_GAP)
        return 0
    mark = put_mark(s, token, M_BOOK)
    if mark != NULL:
        mark.hash = m.fields[K_HASH]
        memcpy(mark.stated, &m.fields[K_TICK_SIZE], sizeof(mark.stated))
    put_book(s, token)
    return 1


cdef void put_book(Scan* s, uint32_t token) noexcept nogil:
    """Three levels a record: bids, then asks, as the venue orders them; an empty book is one record."""
    cdef int64_t first = s.n_events
    cdef int side
    cdef int64_t k
    cdef int64_t n
    cdef Level* level
    cdef Event* e
    for side in range(2):
        n = s.message.sides[side].n
        for k in range(0, n, 3):
            level = &s.message.sides[side].levels[k]
            e = put(s, EV_BOOK_SNAPSHOT, token)
            e.side = <uint8_t>side
            e.price_pips = level[0].price_pips
            e.size = level[0].size
            e.code = 1
            if k + 1 < n:
                e.bid_pips = level[1].price_pips
                e.amount = level[1].size
                e.code = 2
            if k + 2 < n:
                e.ask_pips = level[2].price_pips
                e.order_id = <uint64_t>level[2].size
                e.code = 3
    if s.n_events == first:
        put(s, EV_BOOK_SNAPSHOT, token)
    s.events[first].flags |= FLAG_SNAP_FIRST
    s.events[s.n_events - 1].flags |= FLAG_SNAP_LAST
