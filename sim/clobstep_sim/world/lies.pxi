# What is said of our orders, trades and account that is not so. No lie lasts: looking up, or the next read, puts
# it right; of what was matched and of money nothing false is said but for a balance.

cdef extern from *:
    """
    static const uint8_t LIES[][2] = {     /* kind, code; of an order that is open only the first N_OF_OPEN */
        {EV_ACCEPTED, AC_RESTING}, {EV_ACCEPTED, AC_DELAYED}, {EV_ACCEPTED, AC_DELAYED}, {EV_ACCEPTED, AC_MATCHED},
        {EV_ACCEPTED, AC_UNMATCHED}, {EV_REJECTED, RJ_OTHER}, {EV_REJECTED, RJ_KILLED}, {EV_SUBMIT_UNKNOWN, 0},
        {EV_CANCEL_ACCEPTED, 0}, {EV_CANCEL_REFUSED, CR_MATCHED_OR_GONE}, {EV_CANCEL_REFUSED, CR_LATER},
        {EV_CANCEL_UNKNOWN, 0}, {EV_CANCELED, CR_USER}, {EV_CANCELED, CR_EXPIRED}, {EV_NOT_FOUND, 0},
        {EV_PLACED, TIF_GTC}, {EV_MATCHED, TIF_GTC}, {EV_FOUND, FO_OPEN}, {EV_FOUND, FO_MATCHED},
        {EV_FOUND, FO_CANCELED}, {EV_CANCELED, CR_KILLED}, {EV_TRADE, 0}};
    #define ACCEPTED_DELAYED 1
    #define REJECTED_OTHER 5
    #define CANCEL_LATER 10
    #define KILLED_LATE 20
    #define N_OF_OPEN 15
    #define N_LIES 22
    """
    const uint8_t LIES[22][2]
    const int ACCEPTED_DELAYED
    const int REJECTED_OTHER
    const int CANCEL_LATER
    const int KILLED_LATE
    const int N_OF_OPEN
    const int N_LIES


cdef void word_of(Event* e, int which, uint64_t id) noexcept nogil:
    memset(e, 0, sizeof(Event))
    e.kind = LIES[which][0]
    e.code = LIES[which][1]
    e.order_id = id
    e.token = NO_TOKEN


cdef void may_lie(W* w, uint64_t id, int64_t soon_ns) noexcept nogil:
    """Something was asked or heard of an order: soon, or much later, something is said that is not so."""
    if id >= PERSONS or not hit(w, FALSE_WORD_PPM):
        return
    if kn_chance(&w.form, 200000):
        soon_ns = 100 * SECOND
    plan(w, w.now_ns + kn_below(&w.form, soon_ns), DO_LIE, <int32_t>id)


cdef void lie(W* w, uint64_t id) noexcept nogil:
    """Of an order that is open with us: that it was taken, rejected, killed, cancelled, or is not there."""
    cdef Order* o = find_open(w.s, id)
    cdef int32_t slot = ex.find_order(w.x, OURS, id)
    cdef int silence = 0
    cdef Event e
    if w.quiet or w.is_dead or w.reading or w.now_ns < w.pause_until_ns or o == NULL or o.state == OS_QUEUED:
        return
    if o.state == OS_LIVE and kn_chance(&w.form, 250000):
        unsettle(w, id)
    elif o.state == OS_SENT and kn_next_bit(&w.form):
        word_of(&e, REJECTED_OTHER, id)
        hear(w, &e)
        silence = w.mute_id == 0
    else:
        misreport(w, id, slot)
    if find_open(w.s, id) == NULL and may(w, AFTER_END_PPM):
        w.mute_id = id if silence else w.mute_id
        plan(w, w.now_ns + kn_below(&w.form, SECOND), DO_AFTER_END, <int32_t>id)


cdef void after_end(W* w, uint64_t id) noexcept nogil:
    """An order that we hold for over, by an untrue word, still rests: somebody takes a part of it, and the venue ends
    the rest. Its two services race, so that the end may be told before the trades that it counts."""
    cdef X* x = w.x
    cdef int32_t slot = ex.find_order(x, OURS, id)
    cdef ex.XWord last
    w.mute_id = 0 if w.mute_id == id else w.mute_id
    if w.quiet or slot == ex.NONE or x.orders[slot].state != ex.ST_OPEN:
        return
    w.seen_spells[AFTER_END_PPM] += take_part(w, slot)
    ex.cancel_slot(x, slot)
    if x.n_words > 1 and x.words[x.n_words - 1].event.kind == EV_CANCELED and kn_next_bit(&w.form):
        last = x.words[x.n_words - 1]
        memmove(&x.words[1], &x.words[0], (x.n_words - 1) * sizeof(ex.XWord))
        x.words[0] = last
    ex.publish(x)
    carry(w)


cdef int take_part(W* w, int32_t slot) noexcept nogil:
    """The crowd sells or buys through to half of an order, which is alone at its price then. Whether it was matched."""
    cdef ex.XOrder* o = &w.x.orders[slot]
    cdef int32_t market = o.token >> 1
    cdef int32_t best = ex.best_pips(w.x, 2 * market, 0 if o.book_side == SIDE_BUY else 1)
    cdef int32_t step = 1 if o.book_side == SIDE_BUY else -1
    cdef int32_t pips = o.row + step
    cdef int64_t size = o.leaves // 2
    cdef int64_t before = w.x.n_trades
    if w.x.markets[market].delay_ns:       # it would come too late
        return 0
    pull(w, level_at(w, market, o.book_side, o.row), 1)
    while (best - pips) * step >= 0:
        size += level_at(w, market, o.book_side, pips).size
        pips += step
    size = max(round_size(size + SIZE_GRAIN - 1), w.x.markets[market].min_size)
    place(w, market, o.book_side ^ 1, o.row, size, TIF_FAK, o.book_side == SIDE_SELL)
    return w.x.n_trades > before


cdef void may_be_untimely(W* w, int32_t market) noexcept nogil:
    """An order waits here, or at the venue: just then its market closes and resolves."""
    cdef ex.XMarket* m = &w.x.markets[market]
    if not m.is_closed and not m.is_resolved and hit(w, UNTIMELY_PPM):
        closes(w, market, 1)


cdef void unsettle(W* w, uint64_t id) noexcept nogil:
    """Rejected after it was taken, then in the taker's delay after all."""
    cdef Event e
    word_of(&e, REJECTED_OTHER, id)
    hear(w, &e)
    word_of(&e, ACCEPTED_DELAYED, id)
    if not w.stop and not w.is_dead:
        hear(w, &e)


cdef void may_unsettle(W* w, uint64_t id) noexcept nogil:
    """A trade of it is about to fail."""
    cdef Order* o = find_open(w.s, id)
    if o != NULL and o.state == OS_LIVE and not w.reading and id < PERSONS and hit(w, FALSE_WORD_PPM):
        unsettle(w, id)


cdef void misreport(W* w, uint64_t id, int32_t slot) noexcept nogil:
    """Any word there is of an open order; `slot` is the exchange's."""
    cdef Event e
    word_of(&e, <int>kn_below(&w.form, N_OF_OPEN), id)
    # that nothing was matched of an order which does not rest is no lie that heals: the venue's word that it is over
    if e.kind == EV_CANCELED or e.kind == EV_CANCEL_ACCEPTED or (e.kind == EV_ACCEPTED and e.code != AC_MATCHED):
        e.flags = FLAG_SIZE_KNOWN
        if slot != ex.NONE and w.x.orders[slot].state != ex.ST_REJECTED:
            e.size = matched_of(&w.x.orders[slot])
    hear(w, &e)


cdef void ghost(W* w, uint64_t id, const Order* o) noexcept nogil:
    """A trade of an order that was never sent; it fails, so that it comes to nothing."""
    cdef Event e
    word_of(&e, N_LIES - 1, id)
    w.ghosts += 1
    e.ref = (<uint64_t>1 << 50) + w.ghosts
    e.token = <uint32_t>(2 * any_market(w)) if o == NULL else o.token
    e.generation = w.generations[e.token >> 1]
    e.price_pips = <int16_t>(PIPS // 2)
    e.size = SHARE_MICROS if o == NULL or kn_next_bit(&w.form) else 2 * o.leaves
    e.code = TI_MATCHED
    e.time_ns = our_now(w)
    e.venue_time_ns = w.x.now_ns
    give(w, &e)
    if w.stop:
        return
    e.code = TI_FAILED
    give(w, &e)
    w.durable = w.n_log                    # nobody says it twice


cdef void may_stray(W* w, uint64_t id) noexcept nogil:
    """An order waits here, or is over: next comes a word about it that cannot be about it, or about one that
    never was."""
    if not hit(w, STRAY_PPM):
        return
    w.stray_id = PERSONS - 1 - <uint64_t>kn_below(&w.form, 1000) if kn_chance(&w.form, 300000) else id


cdef int likely(const Tombstone* t, int which) noexcept nogil:
    """An expiry and a cancel meet; or what was filled but for dust is told to have ended with more."""
    if t.bits & 15 == OS_EXPIRED:
        return CANCEL_LATER
    return KILLED_LATE if t.bits & 15 == OS_FILLED and t.filled < t.original else which


cdef void stray(W* w) noexcept nogil:
    """Taken for another order's. None of these may change more than counters."""
    cdef uint64_t id = w.stray_id
    cdef Order* o = find_open(w.s, id)
    cdef int32_t tomb = find_tomb(w.s, id)
    cdef int which = <int>kn_below(&w.form, N_LIES)
    cdef int state = OS_NONE
    cdef int64_t original = SHARE_MICROS
    cdef Event e
    w.stray_id = 0
    if tomb != NIL and kn_next_bit(&w.form):
        which = likely(&w.s.tombs[tomb], which)
    word_of(&e, which, id)
    if o != NULL:
        e.token, e.side, e.price_pips, original, state = o.token, o.side, o.price_pips, o.original, o.state
    elif tomb != NIL:
        e.token, e.price_pips, original = w.s.tombs[tomb].token, w.s.tombs[tomb].price_pips, w.s.tombs[tomb].original
        state = w.s.tombs[tomb].bits & 15
        if w.s.tombs[tomb].generation != w.generations[e.token >> 1]:
            return
    if w.reading or (state != OS_NONE and state != OS_QUEUED and state < OS_FILLED):
        return
    if e.kind == EV_TRADE:
        if state == OS_NONE or state == OS_QUEUED:
            ghost(w, id, o)
        return
    if e.kind == EV_PLACED or e.kind == EV_MATCHED or e.kind == EV_FOUND:
        if state == OS_NONE and e.code == FO_OPEN:
            return                         # it would be taken in
        if state == OS_NONE:
            e.token = 0
        e.generation = w.generations[e.token >> 1]
        e.amount = original
    # an order that is over, shown open with nothing left, says nothing new; without a size it would rise
    if e.kind != EV_CANCELED or (e.code == CR_KILLED and (state <= OS_QUEUED or state == OS_FILLED)):
        e.size = original
        e.flags = FLAG_SIZE_KNOWN if KIND_RULES[e.kind].flags & FLAG_SIZE_KNOWN else 0
    if e.kind == EV_CANCEL_ACCEPTED or (e.kind == EV_FOUND and e.code == FO_CANCELED) or not e.flags:
        e.size = e.flags = 0
    hear(w, &e)


cdef void hurries(W* w) noexcept nogil:
    """A person's words while the account is read, or before: stop, drain, go on, once or twice."""
    cdef int64_t roll
    cdef int k
    if not hit(w, HASTE_PPM):
        return
    for k in range(1 + kn_next_bit(&w.form)):
        roll = kn_below(&w.form, 3)
        operator_word(w, OP_DRAIN if roll == 0 else OP_RESUME if roll == 1 else OP_HALT)


cdef void starts_late(W* w) noexcept nogil:
    """The first read begins later; before it comes the end of one that a former life of ours had begun."""
    plan(w, w.now_ns + kn_below(&w.form, 120 * SECOND), DO_CHORE, CHORE_PERIOD)
    if kn_next_bit(&w.form):
        own_word(w, EV_BALANCE, 0)
    own_word(w, EV_RECONCILED, 0)
    hurries(w)
