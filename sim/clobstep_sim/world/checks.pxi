# Safety, after every event: what must hold whatever goes wrong. docs/invariants.md has the numbers.

cdef void stop(W* w, int why, int detail, uint64_t order_id) noexcept nogil:
    """The first reason stays."""
    if w.stop == STOP_NONE:
        w.stop = why
        w.detail = detail
        w.detail_order = order_id


cdef int widen_sent(W* w, uint64_t id) noexcept nogil:
    cdef uint64_t room = 2 * id + 1024
    cdef uint8_t* more = <uint8_t*>realloc(w.sent, room)
    if more == NULL:
        stop(w, STOP_MEMORY, 0, 0)
        return 0
    memset(&more[w.room_sent], 0, room - w.room_sent)
    w.sent = more
    w.room_sent = room
    return 1


cdef void check_submit(W* w, const Effect* e) noexcept nogil:
    """29 no order is sent twice; 24 none in a state that forbids it; 21 none beyond what can be spent."""
    cdef State* s = w.s
    cdef Market* m = &s.markets[e.token >> 1]
    cdef Account* a = &s.tokens[e.token] if e.side == SIDE_SELL else &s.v.cash
    if e.order_id >= w.room_sent and not widen_sent(w, e.order_id):
        return
    if w.sent[e.order_id] & SENT_LEFT:
        stop(w, STOP_SUBMIT, 29, e.order_id)
    w.sent[e.order_id] |= SENT_LEFT
    if not w.checking:
        return
    if s.v.session != SS_TRADING and s.v.session != SS_DRAINING:
        stop(w, STOP_SUBMIT, 24, e.order_id)
    if s.v.venue != VS_NORMAL and (s.v.venue != VS_POST_ONLY or not e.flags & FLAG_ORDER_POST_ONLY):
        stop(w, STOP_SUBMIT, 24, e.order_id)
    if m.hold or m.resolved or not m.known or s.v.beat_lost or (m.feed != FS_SYNCED and m.feed != FS_SUSPECT):
        stop(w, STOP_SUBMIT, 24, e.order_id)
    if a.settled - a.outgoing - a.reserved - a.locked < 0:
        stop(w, STOP_SUBMIT, 21, e.order_id)


cdef int did_something(State* s) noexcept nogil:
    """More than a book that changed, a deadline that moved, a strategy that was woken."""
    cdef int64_t k
    for k in range(s.n_out):
        if s.out[k].kind != EF_TIMER and s.out[k].kind != EF_WAKE:
            return 1
    return 0


cdef void look_after(W* w, const Event* e) noexcept nogil:
    """After a step: what was seen, and the engine's own invariants."""
    cdef State* s = w.s
    cdef int broken
    cdef int64_t k
    w.seen_events[e.kind & 63] += not (s.refused or s.ignored)
    for k in range(s.n_out):
        w.seen_effects[s.out[k].kind & 31] += 1
        if s.out[k].kind == EF_ALERT:
            w.seen_alerts[s.out[k].code & 63] += 1
        elif s.out[k].kind == EF_REFUSED and s.out[k].code < N_REFUSALS:
            w.seen_refusals[s.out[k].code] += 1
        elif s.out[k].kind == EF_ORDER and s.out[k].flags < N_REFUSALS:
            w.seen_refusals[s.out[k].flags] += 1       # of an order that waited here
    if s.v.fault != FAULT_NONE and s.v.fault != FAULT_OPERATOR and s.v.fault != FAULT_CAPACITY \
            and not (s.v.fault == FAULT_RECONCILE and (w.read_lies or w.was_halted)):
        stop(w, STOP_FAULT, s.v.fault, s.v.fault_detail)
    if w.checking and (e.kind == EV_OPERATOR or EV_BALANCE <= e.kind <= EV_RECONCILED or did_something(s)):
        judge(w, e)
    # walks every table: after each event that did something (of the ladders, which are long, only those of
    # its market, which an intent leaves alone), and all there is now and then
    if w.checking:
        broken = 0
        if w.given % 64 == 0:
            broken = check_state(s)
        elif did_something(s):
            broken = check_all_but_ladders(s)
            if not broken and e.kind < EV_INTENT_SUBMIT and e.token != NO_TOKEN:
                broken = check_ladders(s, e.token & ~<uint32_t>1, (e.token | 1) + 1)
        if broken:
            stop(w, STOP_INVARIANT, broken, e.order_id)
