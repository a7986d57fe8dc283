# The engine in the middle: what it is given, what is durable of it, and the strategy's turn.

cdef inline int64_t our_now(W* w) noexcept nogil:
    cdef int64_t time_ns = w.now_ns + w.clock_ns
    return time_ns - time_ns % w.grain_ns if cs_unlikely(w.grain_ns > 1) else time_ns


cdef int keep(W* w, const Event* e) noexcept nogil:
    cdef Event* more
    if w.n_log >= w.cap_log:
        more = <Event*>realloc(w.log, (2 * <size_t>w.cap_log + 4096) * sizeof(Event))
        if more == NULL:
            stop(w, STOP_MEMORY, 0, 0)
            return 0
        w.log = more
        w.cap_log = 2 * w.cap_log + 4096
    w.log[w.n_log] = e[0]
    w.n_log += 1
    return 1


cdef inline int is_persons(const Event* e) noexcept nogil:
    """A word that nobody says twice."""
    return EV_OPENING <= e.kind <= EV_WITHDRAWAL or e.kind == EV_OPERATOR or e.kind == EV_LOCK \
        or e.kind == EV_ADJUSTMENT


cdef int must_be_durable(W* w, const Event* e) noexcept nogil:
    """Before money leaves, and a person's word at once."""
    cdef int64_t k
    if is_persons(e):
        return 1
    for k in range(w.s.n_out):
        if is_money(&w.s.out[k]):
            return 1
    return 0


cdef int crashes(W* w, const Event* e) noexcept nogil:
    """The journal: what is durable from here on; whether our process dies before anything is sent."""
    if not must_be_durable(w, e):
        if w.n_log - w.durable >= 4096 or w.now_ns - w.durable_ns >= 50000000:
            w.durable = w.n_log - 1
            w.durable_ns = w.now_ns
        return 0
    if w.crash == CRASH_BEFORE_WRITE and not is_persons(e):
        w.n_log -= 1
        w.stop = STOP_CRASH
        return 1
    w.durable = w.n_log
    w.durable_ns = w.now_ns
    if w.crash == CRASH_BEFORE_SEND:
        w.stop = STOP_CRASH
        return 1
    return 0


cdef void give(W* w, const Event* e) noexcept nogil:
    """One event through the engine, into the journal, and what it wants done on its way."""
    w.s.n_out = 0
    step(w.s, e)
    w.given += 1
    if w.logging and (not keep(w, e) or crashes(w, e)):
        return
    look_after(w, e)
    if w.s.n_out:
        dispatch(w)
    if w.crash == CRASH_AFTER_SEND and w.logging and w.durable == w.n_log:
        send_batch(w)
        w.stop = STOP_CRASH


cdef void turn(W* w, const Event* e) noexcept nogil:
    """The strategy's intents follow the event that woke it."""
    cdef int32_t k
    turn_begin(w.turn, w.s, e, w.turn.out)
    w.wakes += 1
    w.strategy(w.strategy_state, w.turn)
    w.intents += w.turn.n_out
    for k in range(w.turn.n_out):
        if w.stop:
            return
        give(w, &w.turn.out[k])
    send_batch(w)


cdef void adjust(W* w) noexcept nogil:
    """A person's correction of cash."""
    cdef Event e
    memset(&e, 0, sizeof(Event))
    e.kind = EV_ADJUSTMENT
    e.token = NO_TOKEN
    e.amount = w.adjustment
    e.time_ns = our_now(w)
    w.adjustment = 0
    give(w, &e)


cdef void after_trade(W* w, const Event* e) noexcept nogil:
    """Seen in the real world: the same trade again with another size; FAILED after CONFIRMED, or before."""
    cdef Event again = e[0]
    if hit(w, TRADE_GARBLED_PPM):
        again.size += 10000
        give(w, &again)
        again.size -= 10000
    if (e.code == TI_CONFIRMED or e.code == TI_FAILED) and not w.stop and hit(w, TRADE_DISPUTED_PPM):
        again.code = TI_FAILED if e.code == TI_CONFIRMED else TI_CONFIRMED
        give(w, &again)


cdef void hear(W* w, const Event* told) noexcept nogil:
    """An event of the world, timed with our clock. `told` may lie in a table that grows while it is given."""
    cdef Event e
    cdef uint8_t code
    if w.stop or w.is_dead:
        return
    e = told[0]
    code = e.code
    if cs_likely(<uint64_t>told.time_ns < <uint64_t>BAD_STAMP_NS):
        e.time_ns = our_now(w)
    if e.kind == EV_TRADE and hit(w, UNSENT_PPM):
        e.code = TI_NOT_BROADCAST
        give(w, &e)
        if kn_next_bit(&w.form) and not w.stop:
            give(w, &e)
        e.code = code
    if e.kind == EV_TRADE and e.code == TI_FAILED:
        may_unsettle(w, e.order_id)
    if w.stop or w.is_dead:
        return
    give(w, &e)
    if e.kind == EV_TRADE and not w.stop:
        after_trade(w, &e)
    if w.adjustment and not w.stop:
        adjust(w)
    if EV_SPLIT <= e.kind <= EV_CONVERSION_FAILED and <int64_t>(e.token >> 1) < w.n_markets:
        w.conversions[e.token >> 1].told_at = w.n_log
    if w.s.wake_bits and not w.stop and not w.no_strategy:
        turn(w, &e)
    elif w.batch != ex.NONE:               # a queued order was released
        send_batch(w)
    if EV_ACCEPTED <= e.kind <= EV_TRADE:
        may_lie(w, e.order_id, SECOND)
    if w.stray_id and not w.stop:
        stray(w)
