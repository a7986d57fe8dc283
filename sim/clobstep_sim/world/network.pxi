# Delays, and what does not arrive, arrives twice or late.

cdef inline int may(W* w, int knob) noexcept nogil:
    """Whether this chance comes true now. Each has its own stream; nothing is drawn of one that is off."""
    if cs_likely(w.knobs[knob] == 0) or w.quiet:
        return 0
    return kn_chance(&w.streams[knob], w.knobs[knob])


cdef inline int hit(W* w, int knob) noexcept nogil:
    """The same, and what comes of it is sure to happen, so that it counts."""
    if not may(w, knob):
        return 0
    w.seen_spells[knob] += 1
    return 1


cdef inline int64_t delay(W* w, int floor, int tail) noexcept nogil:
    return MICROSECOND * (w.knobs[floor] + kn_exponential(&w.network, w.knobs[tail]))


cdef int64_t rest_delay(W* w) noexcept nogil:
    """Of a request, or of its answer; longer while the venue queues."""
    cdef int64_t ns = delay(w, REST_FLOOR_US, REST_TAIL_US)
    if w.now_ns < w.queue_until_ns:
        ns += kn_exponential(&w.network, 2000000) * MICROSECOND
    return ns


cdef void garble(W* w, Event* e) noexcept nogil:
    """A record that no venue should send; the engine refuses what it cannot read."""
    cdef uint64_t* r = &w.form
    cdef int64_t what = kn_below(r, 11)
    if what == 0:
        e.price_pips = <int16_t>(10001 + kn_below(r, 20000))
    elif what == 1:
        e.size = -kn_below(r, 1000000) - 1
    elif what == 2:
        e.size = MAX_SIZE + 1 + kn_below(r, 1000000)
    elif what == 3:
        e.token = <uint32_t>(w.s.c.tokens + kn_below(r, 1000))
    elif what == 4:
        e.side = <uint8_t>(2 + kn_below(r, 200))
    elif what == 5:
        e.generation += 1
    elif what == 6:
        e.code = 200
    elif what == 7:
        e.flags |= 128
    elif what == 8:                        # stamped with no time, or one that is years ahead
        e.time_ns = -1
    elif what == 9:
        e.time_ns = BAD_STAMP_NS
    else:
        e.kind = <uint8_t>(100 + kn_below(r, 100))


cdef void tell_later(W* w, const Event* e, int64_t due_ns, int is_private) noexcept nogil:
    """Past its pipe: out of order."""
    cdef int32_t slot = new_mail(w)
    if slot == ex.NONE:
        return
    w.mails[slot].event = e[0]
    w.mails[slot].is_private = <uint8_t>is_private
    plan(w, due_ns, DO_TELL, slot)


cdef int cross(W* w, const Event* e, int64_t due_ns, int64_t apart_ns) noexcept nogil:
    """A level on the wrong side of the book, in a group of its own if it is apart, and the word that takes it away.
    Whether there was a side to be wrong about."""
    cdef Event wrong = e[0]
    if e.kind != EV_BOOK_DELTA:
        return 0
    wrong.price_pips = <int16_t>(w.s.ladders[e.token ^ 1].best_pips)
    wrong.price_pips = <int16_t>(PIPS - wrong.price_pips)
    if e.side == SIDE_SELL:
        wrong.price_pips = <int16_t>w.s.ladders[e.token].best_pips
    if wrong.price_pips <= 0 or wrong.price_pips >= PIPS:
        return 0
    wrong.size = SECOND
    wrong.flags = 0
    wrong.venue_time_ns += apart_ns
    put(w, &w.feed, &wrong, due_ns)
    wrong.size = 0
    tell_later(w, &wrong, due_ns + kn_below(&w.form, SECOND), 0)
    return 1


cdef void feed_word(W* w, Event* e, int64_t due_ns) noexcept nogil:
    """A word of the market channel on its way to us."""
    cdef int32_t market = <int32_t>(e.token >> 1)
    e.generation = w.generations[market]
    if w.feed.is_down or w.now_ns < w.stalled_ns[market] or hit(w, FEED_DROP_PPM):
        return
    if may(w, FEED_CROSSED_PPM):
        w.seen_spells[FEED_CROSSED_PPM] += cross(w, e, due_ns, kn_next_bit(&w.form) * SECOND // 1000)
    if hit(w, FEED_LATE_PPM):
        tell_later(w, e, due_ns + kn_below(&w.form, 2 * SECOND), 0)
        return
    put(w, &w.feed, e, due_ns)
    if w.s.markets[market].feed == FS_WARMING and may(w, EARLY_CROSS_PPM):
        w.seen_spells[EARLY_CROSS_PPM] += cross(w, e, due_ns, SECOND // 1000)
    if cs_unlikely(w.taping):
        record(w, e)
    if hit(w, FEED_DOUBLE_PPM):
        put(w, &w.feed, e, due_ns)
    if hit(w, FEED_GARBAGE_PPM):
        garble(w, e)
        put(w, &w.feed, e, due_ns)


cdef void user_word(W* w, Event* e) noexcept nogil:
    """A word of the user channel on its way to us."""
    cdef int64_t due_ns = w.now_ns + delay(w, USER_FLOOR_US, USER_TAIL_US)
    cdef Event odd
    if e.token != NO_TOKEN:
        e.generation = w.generations[e.token >> 1]
    if w.user.is_down or w.now_ns < w.silent_until_ns or hit(w, USER_DROP_PPM):
        return
    if e.kind == EV_PLACED and w.mute_id == e.order_id:
        return
    if e.kind == EV_TRADE and hit(w, ROLE_LIE_PPM):
        e.flags ^= FLAG_WS_TAKER | FLAG_WS_MAKER
        if w.s.markets[e.token >> 1].fee_ppm == 0 and w.x.markets[e.token >> 1].fee_ppm == 0:
            e.flags ^= FLAG_ROLE_TAKER | FLAG_ROLE_MAKER       # where no fee hangs on it
    if e.kind == EV_TRADE and e.order_id > PERSONS and e.flags & FLAG_ROLE_TAKER and hit(w, ROLE_MISSING_PPM):
        e.flags &= ~<uint8_t>(FLAG_ROLE_TAKER | FLAG_WS_TAKER | FLAG_WS_MAKER)
    if e.kind == EV_CANCELED and e.size and hit(w, CANCEL_ODD_PPM):
        odd = e[0]
        odd.size = 0
        put(w, &w.user, &odd, due_ns)
    if hit(w, USER_LATE_PPM):
        tell_later(w, e, due_ns + kn_below(&w.form, 20 * SECOND), 1)
        return
    put(w, &w.user, e, due_ns)
    if hit(w, USER_DOUBLE_PPM):
        tell_later(w, e, due_ns + kn_below(&w.form, 5 * SECOND), 1)


cdef void draw_fates(W* w) noexcept nogil:
    """Of trades that just happened: whether they fail in the end, or need more than one try."""
    cdef X* x = w.x
    cdef Fate* more
    if x.n_trades > w.room_fates:
        more = <Fate*>realloc(w.fates, 2 * x.n_trades * sizeof(Fate))
        if more == NULL:
            w.stop = STOP_MEMORY
            return
        memset(&more[w.room_fates], 0, (2 * x.n_trades - w.room_fates) * sizeof(Fate))
        w.fates = more
        w.room_fates = 2 * x.n_trades
    while w.last_trade < x.n_trades:
        w.fates[w.last_trade].fee_ppm = x.markets[x.trades[w.last_trade].taker_token >> 1].fee_ppm
        if hit(w, TRADE_FAILS_PPM):
            x.trades[w.last_trade].fails = 1
        if hit(w, TRADE_RETRIES_PPM):
            x.trades[w.last_trade].retries = <uint8_t>(1 + kn_below(&w.form, 3))
        w.last_trade += 1


cdef void carry(W* w) noexcept nogil:
    """What the exchange has said since the last time goes into the pipes."""
    cdef X* x = w.x
    cdef int64_t due_ns
    cdef int64_t k
    if x.n_words == 0:
        return
    if w.last_trade < x.n_trades:
        draw_fates(w)
    if cs_unlikely(w.through != NULL):
        go_through(w)
    due_ns = w.now_ns + delay(w, FEED_FLOOR_US, FEED_TAIL_US)
    if due_ns < w.clog_until_ns:
        due_ns = w.clog_until_ns
    for k in range(x.n_words):
        if x.words[k].account == ex.NONE:
            feed_word(w, &x.words[k].event, due_ns)
        elif x.words[k].account == OURS:
            user_word(w, &x.words[k].event)
    x.n_words = 0
    w.taped_trades = x.n_trades


cdef int32_t copy_of(W* w, int32_t slot) noexcept nogil:
    """The same request once more: one order or a batch."""
    cdef int32_t first = ex.NONE
    cdef int32_t last = ex.NONE
    cdef int32_t twin
    while slot != ex.NONE:
        twin = append(w, &first, &last)
        if twin == ex.NONE:
            return first
        w.mails[twin] = w.mails[slot]
        w.mails[twin].next = ex.NONE
        slot = w.mails[slot].next
    return first


cdef void ask(W* w, int32_t slot, int what) noexcept nogil:
    """A request leaves."""
    cdef int64_t due_ns = w.now_ns + rest_delay(w)
    cdef int32_t twin
    w.mails[slot].what = <uint8_t>what
    if what != ASK_CONVERT and hit(w, ASK_DROP_PPM):
        drop_mail(w, slot)
        return
    if what == ASK_SUBMIT and hit(w, ASK_VERY_LATE_PPM):
        due_ns += VERY_LATE_NS
    if w.now_ns < w.disk_until_ns and (what == ASK_SUBMIT or what == ASK_CONVERT):
        due_ns += w.disk_until_ns - w.now_ns
    if what == ASK_CONVERT and hit(w, CONVERT_LOST_PPM):
        w.mails[slot].what = ASK_LOST
        due_ns += VERY_LATE_NS
    plan(w, due_ns, DO_ASK, slot)
    if (what == ASK_SUBMIT or what == ASK_CANCEL) and hit(w, ASK_DOUBLE_PPM):
        twin = copy_of(w, slot)
        if twin != ex.NONE:
            plan(w, due_ns + kn_below(&w.form, SECOND), DO_ASK, twin)


cdef void mute(W* w, int32_t slot) noexcept nogil:
    """What says that this order was taken cannot be read."""
    while slot != ex.NONE:
        if w.mails[slot].event.kind == EV_ACCEPTED and w.mails[slot].event.order_id == w.mute_id:
            answer_event(w, slot, EV_SUBMIT_UNKNOWN, 0)
        slot = w.mails[slot].next


cdef void answer(W* w, int32_t slot) noexcept nogil:
    """The answer to a request (a chain) goes down to us; `line` says to whom."""
    cdef int64_t due_ns = w.now_ns + rest_delay(w)
    if slot == ex.NONE:
        return
    if w.mute_id:
        mute(w, slot)
    if hit(w, ANSWER_DROP_PPM):
        drop_mail(w, slot)
        return
    if hit(w, ANSWER_LATE_PPM):
        due_ns += kn_below(&w.form, 15 * SECOND)
    plan(w, due_ns, DO_TELL, slot)
