# step: total, bounded, the same for every way in. Checks (record.pxi), lets time pass, applies, tells.
# Owns: the order of these, the chain, the sequence number. A refused event leaves only counters.

cdef void tell_stale(State* s, const Event* ev) noexcept nogil:
    """A fact about money that cannot be booked as it stands: alert, and read the venue again."""
    count(s, CT_STALE_FACTS)
    alert(s, AL_STALE_FACT, ev.token, ev.order_id).ref = ev.ref
    ask_reconcile(s)


cdef int stale_fact(State* s, const Event* ev) noexcept nogil:
    """A trade below the watermark whose key is gone: told, never booked."""
    if ev.venue_time_ns <= 0 or ev.venue_time_ns >= s.v.watermark_ns \
            or find_fill(s, ev.ref, ev.order_id) != NULL:
        return 0
    tell_stale(s, ev)
    return 1


cdef void wake_any(State* s, int bit) noexcept nogil:
    """For events of no market: the first market whose strategy wants the bit."""
    cdef int32_t market
    for market in range(s.n_markets):
        if s.markets[market].wake & bit:
            wake(s, <uint32_t>(2 * market), bit)
            return


cdef int apply_market(State* s, const Event* ev) noexcept nogil:
    """Kinds below 20: market data, metadata, venue, time."""
    cdef int kind = ev.kind
    if kind == EV_BOOK_DELTA:
        return take_delta(s, ev)
    elif kind == EV_BOOK_SNAPSHOT:
        return take_snapshot(s, ev)
    elif kind == EV_PRINT:
        s.markets[ev.token >> 1].last_price_pips = ev.price_pips
        count(s, CT_PRINTS)
        wake(s, ev.token, WAKE_PRINT)
    elif kind == EV_BEST:
        return take_best(s, ev)
    elif kind == EV_TICK_CHANGE:
        return take_tick(s, ev)
    elif kind == EV_FEED:
        return take_feed(s, ev)
    elif kind == EV_MARKET:
        return take_market(s, ev)
    elif kind == EV_CLUSTER:
        return take_cluster(s, ev)
    elif kind == EV_RESOLVED:
        return take_resolved(s, ev)
    elif kind == EV_RETIRE:
        return take_retire(s, ev)
    elif kind == EV_VENUE:
        return take_venue(s, ev)
    elif kind == EV_HEARTBEAT:
        return take_heartbeat(s, ev)
    elif kind == EV_TIMER:
        count(s, CT_TIMERS)
        wake_any(s, WAKE_TIMER)
    return RF_NONE                         # CLOCK is only journaled


cdef inline int apply_private(State* s, const Event* ev) noexcept nogil:
    """Kinds 20 to 49: what the venue says about our orders, trades and account."""
    cdef int kind = ev.kind
    if kind == EV_ACCEPTED:
        return take_accepted(s, ev)
    elif kind == EV_REJECTED:
        return take_rejected(s, ev)
    elif kind == EV_SUBMIT_UNKNOWN:
        return order_answer(s, ev, OI_LOSE)
    elif kind == EV_CANCEL_ACCEPTED or kind == EV_CANCEL_REFUSED or kind == EV_CANCEL_UNKNOWN:
        return take_cancel_answer(s, ev)
    elif kind == EV_PLACED or kind == EV_MATCHED:
        return take_order_word(s, ev)
    elif kind == EV_CANCELED:
        return take_canceled(s, ev)
    elif kind == EV_FOUND:
        return take_found(s, ev)
    elif kind == EV_NOT_FOUND:
        return take_not_found(s, ev)
    elif kind == EV_TRADE:
        return take_trade(s, ev)
    elif kind == EV_OPENING or kind == EV_DEPOSIT:
        return take_deposit(s, ev, 1)
    elif kind == EV_WITHDRAWAL:
        return take_deposit(s, ev, -1)
    elif kind == EV_SPLIT:
        convert_done(s, ev, EF_SPLIT)
    elif kind == EV_MERGE:
        convert_done(s, ev, EF_MERGE)
    elif kind == EV_REDEEM:
        convert_done(s, ev, EF_REDEEM)
    elif kind == EV_CONVERSION_FAILED:
        return convert_failed(s, ev)
    elif kind == EV_ADJUSTMENT:
        return take_adjustment(s, ev)
    elif kind == EV_BALANCE:
        return take_balance(s, ev)
    elif kind == EV_LOCK:
        return take_lock(s, ev)
    elif kind == EV_RECONCILE_BEGUN:
        return take_recon_begun(s)
    elif kind == EV_RECONCILED:
        return take_reconciled(s, ev)
    return RF_NONE


cdef inline int apply_wish(State* s, const Event* ev, int64_t time_ns) noexcept nogil:
    """Kinds from 50: intents, signals, the operator, restart."""
    cdef int kind = ev.kind
    cdef int code
    if kind == EV_INTENT_SUBMIT:
        return intent_submit(s, ev, time_ns)
    elif kind == EV_INTENT_REPLACE:
        return intent_replace(s, ev, time_ns)
    elif kind == EV_INTENT_CANCEL:
        return intent_cancel(s, ev)
    elif kind == EV_INTENT_CANCEL_MARKET:
        cancel_market(s, <int32_t>(ev.token >> 1))
    elif kind == EV_INTENT_CANCEL_ALL:
        cancel_all(s)
    elif kind == EV_INTENT_MERGE:
        return intent_convert(s, ev, EF_MERGE)
    elif kind == EV_INTENT_SPLIT:
        return intent_convert(s, ev, EF_SPLIT)
    elif kind == EV_INTENT_REDEEM:
        return intent_convert(s, ev, EF_REDEEM)
    elif kind == EV_SIGNAL:
        if ev.token != NO_TOKEN:
            wake(s, ev.token, WAKE_SIGNAL)
        else:
            wake_any(s, WAKE_SIGNAL)
    elif kind == EV_OPERATOR:
        code = take_operator(s, ev)
        if code == RF_NONE:
            wake_any(s, WAKE_SIGNAL)
        return code
    elif kind == EV_RESTARTED:
        return take_restarted(s)
    elif kind == EV_WAKE_ON:
        s.markets[ev.token >> 1].wake = ev.flags
        s.markets[ev.token >> 1].seen_bid = s.ladders[ev.token & ~<uint32_t>1].best_pips
        s.markets[ev.token >> 1].seen_ask = s.ladders[ev.token | 1].best_pips
    return RF_NONE


cdef int apply(State* s, const Event* ev, int64_t time_ns) noexcept nogil:
    """The content of a well-formed event. A refusal has changed nothing."""
    cdef int code
    if ev.kind >= EV_INTENT_SUBMIT:
        if ev.kind > EV_INTENT_REPLACE:    # of a submit and a replace the guard decides before time moves
            s.v.now_ns = time_ns
        code = apply_wish(s, ev, time_ns)
    elif ev.kind == EV_TRADE and stale_fact(s, ev):
        return RF_STALE_FACT
    else:
        s.v.now_ns = time_ns
        code = apply_private(s, ev) if ev.kind >= EV_ACCEPTED else apply_market(s, ev)
    return code


cdef void refuse(State* s, const Event* ev, int code) noexcept nogil:
    cdef Effect* e = emit(s, EF_REFUSED)
    e.code = <uint8_t>code
    e.ref = ev.kind
    e.order_id = ev.order_id
    e.token = ev.token
    e.generation = ev.generation
    count(s, CT_REFUSED)
    s.v.refusals[code] += 1
    s.refused = 1


cdef cs_apart finish(State* s) noexcept nogil:
    """Arm the timer, wake the strategy, fold the effects; nothing is done where there is none of it."""
    cdef Effect* e
    cdef int64_t k
    if cs_unlikely(s.v.deadline_ns != s.v.armed_ns):
        s.v.armed_ns = s.v.deadline_ns
        if s.v.deadline_ns != never():
            e = emit(s, EF_TIMER)
            e.deadline_ns = s.v.deadline_ns
    if s.wake_bits:
        e = emit(s, EF_WAKE)
        e.token = s.wake_token
        e.generation = s.markets[s.wake_token >> 1].generation
        e.flags = s.wake_bits
        count(s, CT_WAKES)
    for k in range(s.first_out, s.n_out):
        s.v.chain = cs_chain9(s.v.chain, &s.out[k])


cdef void untime(State* s, int64_t was_ns) noexcept nogil:
    """A refused event did not happen at its time; what it asks for all the same is asked now."""
    cdef int64_t k
    s.v.now_ns = was_ns
    for k in range(s.first_out, s.n_out):
        s.out[k].time_ns = was_ns


cdef cs_apart step_any(State* s, const Event* ev) noexcept nogil:
    """Everything but a well-formed delta with nothing due."""
    cdef int code = bad_record(s, ev)
    cdef int64_t was = s.v.now_ns
    cdef int64_t time_ns
    if code == RF_NONE:
        time_ns = ev.time_ns
        if s.v.started and time_ns < was:
            count(s, CT_LATE_TIMES)
            time_ns = was
        if time_ns >= s.v.deadline_ns:
            s.v.now_ns = time_ns
            sweep(s)
        code = apply(s, ev, time_ns)
    if code != RF_NONE:
        if not s.served:                   # nothing was due: no trace of the time either
            untime(s, was)
        if code == RF_OLD_GENERATION and ev.kind == EV_TRADE:
            tell_stale(s, ev)
        refuse(s, ev, code)
    else:
        s.v.started = 1
        count(s, CT_IGNORED if s.ignored else CT_TAKEN)
    tell_short(s)
    if CLOBSTEP_IS_DEBUG:
        audit(s)
    finish(s)


cdef void audit(State* s) noexcept nogil:
    """Debug builds: every invariant after every event; a broken one halts."""
    cdef int broken
    if s.v.fault == FAULT_NONE:
        broken = check_state(s)
        if broken:
            fault(s, FAULT_INVARIANT, <uint32_t>broken)


cdef void step(State* s, const Event* ev) noexcept nogil:
    """(state, event) -> effects, appended to the state's output buffer."""
    s.v.seq += 1
    s.v.chain = cs_chain8(s.v.chain, ev)
    s.first_out = s.n_out
    s.wake_bits = 0
    s.refused = 0
    s.ignored = 0
    s.served = 0
    if cs_likely(good_delta(s, ev) and ev.time_ns < s.v.deadline_ns
                 and not CLOBSTEP_IS_DEBUG):
        step_delta(s, ev)
    else:
        step_any(s, ev)


cdef inline void step_delta(State* s, const Event* ev) noexcept nogil:
    """A well-formed delta with nothing due. The calm ones need no more than stands here."""
    cdef Market* m = &s.markets[ev.token >> 1]
    cdef int done
    s.v.now_ns = ev.time_ns
    done = calm_delta(s, ev, m, &s.ladders[ev.token], &s.ladders[ev.token ^ 1])
    if cs_unlikely(done != DELTA_DONE):
        step_restless(s, ev, done)
        return
    count(s, COUNT_CALM)
    if m.wake:
        told_best(s, <int32_t>(ev.token >> 1), m)
    if cs_unlikely(s.wake_bits or s.v.deadline_ns != s.v.armed_ns):
        finish(s)


cdef cs_apart apply_restless(State* s, const Event* ev, int done) noexcept nogil:
    """The rest of a delta that is not calm, or of one that somebody may have to be told of."""
    cdef Market* m = &s.markets[ev.token >> 1]
    if done == DELTA_LONG:
        long_delta(s, ev)
    elif done == DELTA_DISAGREES:
        count(s, CT_DELTAS)
        after_delta(s, ev, m)
    else:
        told_best(s, <int32_t>(ev.token >> 1), m)


cdef cs_apart step_restless(State* s, const Event* ev, int done) noexcept nogil:
    count(s, CT_TAKEN)
    apply_restless(s, ev, done)
    finish(s)


cdef int64_t effects_bound(State* s, const Event* ev) noexcept nogil:
    """The most effects this event can have now. One hold may cancel every open order."""
    cdef int heavy = ev.time_ns >= s.v.deadline_ns
    cdef int kind = ev.kind
    if kind == EV_FEED or kind == EV_MARKET or kind == EV_CLUSTER or kind == EV_RESOLVED \
            or kind == EV_VENUE or kind == EV_RECONCILED or kind == EV_INTENT_CANCEL_MARKET \
            or kind == EV_INTENT_CANCEL_ALL or kind == EV_OPERATOR or kind == EV_RESTARTED \
            or kind == EV_REJECTED:
        heavy = 1
    if not heavy:
        return BOUND_ONE
    return BOUND_ONE + BOUND_ORDER * <int64_t>s.v.n_orders + BOUND_MARKET * <int64_t>s.n_markets


cdef int64_t most_effects(State* s) noexcept nogil:
    """A buffer of this size fits the worst case of every event."""
    return BOUND_ONE + BOUND_ORDER * s.c.orders + BOUND_MARKET * <int64_t>s.n_markets


cdef int64_t step_many(State* s, const Event* events, int64_t n) noexcept nogil:
    """Step until the effects of the next event may not fit, or a strategy is to be woken."""
    cdef int64_t k = 0
    while k < n:
        if cs_unlikely(s.cap_out - s.n_out < BOUND_ONE or events[k].kind != EV_BOOK_DELTA
                       or events[k].time_ns >= s.v.deadline_ns):
            if effects_bound(s, &events[k]) > s.cap_out - s.n_out:
                break
        step(s, &events[k])
        k += 1
        if cs_unlikely(s.wake_bits):
            break
    return k


cdef uint64_t apply_deltas(State* s, const Event* events, int64_t n) noexcept nogil:
    """The book path alone: each delta stored and compared; sum of 31 x best bid + best ask, in pips."""
    cdef uint64_t sum_ = 0
    cdef uint64_t n_done = 0
    cdef Ladder* ladders = s.ladders
    cdef Ladder* own
    cdef Ladder* other
    cdef int64_t k
    cdef int done
    for k in range(n):
        if cs_likely(good_delta(s, &events[k])):
            own = &ladders[events[k].token]
            other = &ladders[events[k].token ^ 1]
            s.v.now_ns = events[k].time_ns
            done = calm_delta(s, &events[k], &s.markets[events[k].token >> 1], own, other)
            n_done += done == DELTA_DONE
            if cs_unlikely((done ^ DELTA_DONE) | s.markets[events[k].token >> 1].wake):
                apply_restless(s, &events[k], done)
            sum_ += <uint64_t>(31 * own.best_pips + <int32_t>PIPS - other.best_pips)
            if cs_unlikely(s.n_out):
                s.n_out = 0                # alerts are not for this caller
    count_deltas(s, n_done)
    s.wake_bits = 0
    return sum_
