# Which columns an event has. Owns: what is predicted from what. No Python.
#
# A time is told from the venue's time, that from the last one; a price from the best of its side, a
# best from the last one of its token; the levels of a snapshot from each other. Sizes are whole
# shares, hundredths and the rest. All arithmetic is modulo 2**64, so every record comes back as it was.

cdef enum:
    C_VENUE                                # differences
    C_TIME                                 # differences
    C_SIZE                                 # shares; hundredths and the rest stand below
    C_TOKEN
    EVENT_WIDE                             # columns before this one have 64 bits, the next ones 16
    C_PRICE = EVENT_WIDE                   # differences, as are the next two
    C_BID
    C_ASK
    C_SIZE_2
    C_SIZE_3
    C_TAG
    EVENT_DENSE                            # columns before this one have a value a record
    C_AMOUNT = EVENT_DENSE
    C_AMOUNT_2
    C_AMOUNT_3
    C_ORDER
    C_ORDER_2
    C_ORDER_3
    C_REF
    EVENT_COLUMNS
    EVENT_DIFFERENCES = 1 << C_VENUE | 1 << C_TIME | 1 << C_PRICE | 1 << C_BID | 1 << C_ASK
    TOKENS_KEPT = 256                      # whose last prices are kept, by the low bits of the token
    # bits of a tag, where a record's `ask_pips` would stand: which fields are not 0
    HAS_VENUE = 1
    HAS_AMOUNT = 2
    HAS_ORDER = 4
    HAS_REF = 8
    HAS_SPARSE = HAS_AMOUNT | HAS_ORDER | HAS_REF


cdef struct Prices:
    uint16_t bid
    uint16_t ask


cdef struct EventPast:                     # what the next record is told from
    uint64_t time
    uint64_t venue
    uint16_t level
    Prices last[TOKENS_KEPT]


cdef inline uint64_t signed16(uint16_t difference) noexcept nogil:
    return <uint64_t><int64_t><int16_t>difference


cdef void event_prices(const Event* ev, EventPast* past, uint64_t** c, int64_t i) noexcept nogil:
    cdef Prices* last = &past.last[ev.token % TOKENS_KEPT]
    cdef uint16_t price = <uint16_t>ev.price_pips
    cdef uint16_t bid = <uint16_t>ev.bid_pips
    cdef uint16_t ask = <uint16_t>ev.ask_pips
    if ev.kind == EV_BOOK_SNAPSHOT:
        c[C_PRICE][i] = signed16(price - past.level)
        c[C_BID][i] = signed16(bid - price)
        c[C_ASK][i] = signed16(ask - bid)
        past.level = ask
        return
    c[C_BID][i] = signed16(bid - last.bid)
    c[C_ASK][i] = signed16(ask - last.ask)
    c[C_PRICE][i] = signed16(price - (ask if ev.side else bid))
    last.bid = bid
    last.ask = ask


cdef void event_columns(const Event* events, int64_t n, Head* head, Tags* tags, uint64_t** c) noexcept nogil:
    cdef EventPast past
    cdef const Event* ev
    cdef uint64_t word
    cdef uint64_t has
    cdef uint64_t venue
    cdef int64_t i
    memset(&past, 0, sizeof(EventPast))
    past.time = head.start[0]
    past.venue = head.start[1]
    for i in range(n):
        ev = &events[i]
        venue = <uint64_t>ev.venue_time_ns
        c[C_VENUE][i] = venue - past.venue if venue else 0
        c[C_TIME][i] = <uint64_t>ev.time_ns - (venue if venue else past.time)
        past.time = <uint64_t>ev.time_ns
        past.venue = venue if venue else past.venue
        event_prices(ev, &past, c, i)
        c[C_SIZE][i] = <uint64_t>ev.size // 1000000
        c[C_SIZE_2][i] = <uint64_t>ev.size // 10000 % 100
        c[C_SIZE_3][i] = <uint64_t>ev.size % 10000
        c[C_TOKEN][i] = ev.token
        has = HAS_VENUE if venue else 0
        if ev.amount:
            has |= HAS_AMOUNT
            add_split(c, head.length, C_AMOUNT, <uint64_t>ev.amount)
        if ev.order_id:
            has |= HAS_ORDER
            add_split(c, head.length, C_ORDER, ev.order_id)
        if ev.ref:
            has |= HAS_REF
            add_value(c, head.length, C_REF, ev.ref)
        memcpy(&word, &ev.ask_pips, 8)     # ask, generation, kind, side, code, flags
        c[C_TAG][i] = tag_number(tags, (word & ~<uint64_t>0xFFFF) | has)


cdef void event_starts(const Event* events, int64_t n, uint64_t* start) noexcept nogil:
    """The first times, so that no difference is to 1970."""
    cdef int64_t i
    start[0] = <uint64_t>events[0].time_ns
    for i in range(n):
        if events[i].venue_time_ns:
            start[1] = <uint64_t>events[i].venue_time_ns
            return


cdef inline void put_prices(Event* ev, EventPast* past, uint16_t** h, int64_t i) noexcept nogil:
    cdef Prices* last = &past.last[ev.token % TOKENS_KEPT]
    cdef uint16_t price = h[C_PRICE][i]
    cdef uint16_t bid = h[C_BID][i]
    cdef uint16_t ask = h[C_ASK][i]
    if ev.kind == EV_BOOK_SNAPSHOT:
        price += past.level
        bid += price
        ask += bid
        past.level = ask
    else:
        bid += last.bid
        ask += last.ask
        price += ask if ev.side else bid
        last.bid = bid
        last.ask = ask
    ev.price_pips = <int16_t>price
    ev.bid_pips = <int16_t>bid
    ev.ask_pips = <int16_t>ask


cdef int put_sparse(Event* ev, uint64_t word, Column* sparse) noexcept nogil:
    """The fields that are mostly 0; 0 when a column ends too early."""
    cdef uint64_t value
    if word & HAS_AMOUNT:
        if not take_split(&sparse[C_AMOUNT], &value):
            return 0
        ev.amount = <int64_t>value
    if word & HAS_ORDER:
        if not take_split(&sparse[C_ORDER], &value):
            return 0
        ev.order_id = value
    if word & HAS_REF:
        if not take_value(&sparse[C_REF], &value):
            return 0
        ev.ref = value
    return 1


cdef int put_events(Event* out, const Head* head, const uint64_t* tags, uint64_t** c, uint16_t** h,
                    int64_t m, Column* sparse, EventPast* past) noexcept nogil:
    """Columns of a block to records; 0 when a tag is none, or a column ends too early."""
    cdef uint64_t time = past.time         # kept in registers: the records could overlap `past`
    cdef uint64_t venue = past.venue
    cdef uint64_t time_unit = head.unit[C_TIME]
    cdef uint64_t venue_unit = head.unit[C_VENUE]
    cdef Event* ev
    cdef uint64_t word
    cdef int64_t i
    for i in range(m):
        ev = &out[i]
        if h[C_TAG][i] >= head.tags:
            return 0
        word = tags[h[C_TAG][i]]
        memcpy(&ev.ask_pips, &word, 8)
        if word & HAS_VENUE:
            venue += unzigzag(c[C_VENUE][i]) * venue_unit
            ev.venue_time_ns = <int64_t>venue
            time = venue + unzigzag(c[C_TIME][i]) * time_unit
        else:
            ev.venue_time_ns = 0
            time += unzigzag(c[C_TIME][i]) * time_unit
        ev.time_ns = <int64_t>time
        ev.token = <uint32_t>c[C_TOKEN][i]
        put_prices(ev, past, h, i)
        ev.size = <int64_t>(c[C_SIZE][i] * 1000000 + h[C_SIZE_2][i] * <uint64_t>10000 + h[C_SIZE_3][i])
        ev.amount = 0
        ev.order_id = 0
        ev.ref = 0
        if word & HAS_SPARSE and not put_sparse(ev, word, sparse):
            return 0
    past.time = time
    past.venue = venue
    return 1
