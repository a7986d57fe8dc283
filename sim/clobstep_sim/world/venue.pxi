# A request arrives at the venue.

cdef void answer_event(W* w, int32_t slot, int kind, int code) noexcept nogil:
    """Turn a request into its answer, in place."""
    cdef Event* e = &w.mails[slot].event
    cdef uint64_t id = e.order_id
    memset(e, 0, sizeof(Event))
    e.kind = <uint8_t>kind
    e.code = <uint8_t>code
    e.order_id = id
    e.token = NO_TOKEN
    e.time_ns = w.x.now_ns
    e.venue_time_ns = w.x.now_ns
    w.mails[slot].is_private = 1


cdef int is_stormy(W* w, uint32_t token) noexcept nogil:
    return w.now_ns < w.storm_until_ns and (w.storm_market == ex.NONE or w.storm_market == <int32_t>(token >> 1))


cdef int submit_one(W* w, int32_t slot, int charged) noexcept nogil:
    """One order of a request: its answer is put in its place. Whether the venue took it."""
    cdef Event* e = &w.mails[slot].event
    cdef X* x = w.x
    cdef XOrder o
    cdef int said
    cdef int code
    cdef int reason = ex.refused_by_state(x, e.flags & FLAG_ORDER_POST_ONLY)
    cdef int64_t matched
    if reason == ex.NONE and not charged:
        reason = RJ_RATE_LIMIT
    if reason == ex.NONE and is_stormy(w, e.token):
        reason = w.storm_reason
    if reason != ex.NONE:
        w.seen_rejects[reason] += 1
        answer_event(w, slot, EV_REJECTED, reason)
        return 0
    memset(&o, 0, sizeof(XOrder))
    o.account = OURS
    o.id = e.order_id
    o.token = <int32_t>e.token
    o.side = e.side
    o.price_pips = e.price_pips
    o.tif = e.code
    o.post_only = (e.flags & FLAG_ORDER_POST_ONLY) != 0
    o.expire_ns = w.mails[slot].more
    o.original = e.amount if o.side == SIDE_BUY and o.tif >= TIF_FOK else e.size
    said = ex.arrive(x, &o)
    if said == ex.ANSWER_REJECTED:
        w.seen_rejects[x.reason] += 1
        answer_event(w, slot, EV_REJECTED, x.reason)
        return 0
    matched = matched_of(&x.orders[x.arrived])
    code = AC_RESTING
    if said == ex.ANSWER_MATCHED:
        code = AC_MATCHED
    elif said == ex.ANSWER_DELAYED:
        code = AC_DELAYED
    if hit(w, UNMATCHED_PPM):
        code = AC_UNMATCHED
    answer_event(w, slot, EV_ACCEPTED, code)
    w.mails[slot].event.size = matched
    w.mails[slot].event.flags = FLAG_SIZE_KNOWN
    return 1


cdef void reject_later(W* w, uint64_t id) noexcept nogil:
    """Seen in the real world: accepted, then rejected after all. The order stands."""
    cdef Event e
    memset(&e, 0, sizeof(Event))
    e.kind = EV_REJECTED
    e.code = RJ_OTHER
    e.order_id = id
    e.token = NO_TOKEN
    tell_later(w, &e, w.now_ns + rest_delay(w) + kn_below(&w.form, SECOND), 1)


cdef void at_submit(W* w, int32_t first) noexcept nogil:
    """One order or a batch: charged as a whole."""
    cdef int32_t slot = first
    cdef int64_t n = 0
    cdef uint64_t id
    cdef int charged
    while slot != ex.NONE:
        n += 1
        slot = w.mails[slot].next
    charged = w.now_ns >= w.throttle_until_ns and ex.is_charged(w.x, OURS, n)
    w.batch_id += 1
    slot = first
    while slot != ex.NONE:
        id = w.mails[slot].event.order_id
        if submit_one(w, slot, charged):
            if hit(w, LATE_REJECT_PPM):
                reject_later(w, id)
        elif n > 1:
            w.mails[slot].event.amount = <int64_t>w.batch_id
        slot = w.mails[slot].next


cdef void at_cancel(W* w, int32_t slot) noexcept nogil:
    cdef uint64_t id = w.mails[slot].event.order_id
    cdef int32_t order
    cdef int refused
    if w.now_ns < w.throttle_until_ns:
        answer_event(w, slot, EV_CANCEL_REFUSED, CR_LATER)
        w.mails[slot].event.amount = kn_below(&w.form, 2) * SECOND
        return
    refused = ex.cancel_order(w.x, OURS, id)
    if refused != ex.NONE:
        answer_event(w, slot, EV_CANCEL_REFUSED, refused)
        return
    order = ex.find_order(w.x, OURS, id)
    answer_event(w, slot, EV_CANCEL_ACCEPTED, 0)
    w.mails[slot].event.size = matched_of(&w.x.orders[order])
    w.mails[slot].event.flags = FLAG_SIZE_KNOWN


cdef void at_mined(W* w, int32_t slot) noexcept nogil:
    """A split, merge or redeem is in a block, or failed: what became of it is kept until it was told."""
    cdef Event* e = &w.mails[slot].event
    cdef int32_t market = <int32_t>(e.token >> 1)
    cdef Conversion* c = &w.conversions[market]
    cdef int done = 0
    cdef int kind = e.kind
    if hit(w, CONVERT_FAILS_PPM):
        pass
    elif kind == EV_REDEEM:
        done = ex.redeem_tokens(w.x, OURS, <int32_t>e.token, e.size) >= 0
        e.price_pips = <int16_t>w.x.markets[market].payout_pips
        if e.token & 1:
            e.price_pips = <int16_t>(PIPS - e.price_pips)
    else:
        done = ex.convert(w.x, OURS, market, e.size, 1 if kind == EV_SPLIT else -1)
    if not done:
        e.kind = EV_CONVERSION_FAILED
    c.event = e[0]
    c.state = 2
    tell_later(w, &c.event, w.now_ns + delay(w, REST_FLOOR_US, REST_TAIL_US), 1)


cdef void error_500(W* w, int32_t first) noexcept nogil:
    """It says nothing about what happened."""
    cdef int kind = EV_SUBMIT_UNKNOWN if w.mails[first].what == ASK_SUBMIT else EV_CANCEL_UNKNOWN
    while first != ex.NONE:
        answer_event(w, first, kind, 0)
        first = w.mails[first].next


cdef void arrives(W* w, int32_t slot) noexcept nogil:
    """The mail is its own answer, or gives way to one."""
    cdef Mail* m = &w.mails[slot]
    cdef uint32_t line = m.line
    cdef int what = m.what
    cdef int32_t said = slot
    cdef int is_error = (what == ASK_SUBMIT or what == ASK_CANCEL) and hit(w, ERROR_PPM)
    cdef uint32_t token = m.event.token
    w.asked += 1
    if is_error and kn_chance(&w.form, 500000):
        error_500(w, slot)
        answer(w, slot)
        return
    if what == ASK_SUBMIT:
        at_submit(w, slot)
    elif what == ASK_CANCEL:
        at_cancel(w, slot)
    elif what == ASK_QUERY:
        said = look_up(w, m.event.order_id)
    elif what == ASK_READ:
        said = read_account(w)
    elif what == ASK_META:
        said = read_metadata(w, token)
    elif what == ASK_BOOK:
        said = ex.NONE
        ex.say_book(w.x, <int32_t>(token & ~<uint32_t>1))
        ex.say_book(w.x, <int32_t>(token | 1))
    elif what == ASK_CONVERT:
        w.mails[slot].what = ASK_MINED
        plan(w, w.now_ns + 2 * SECOND + kn_below(&w.form, 10 * SECOND), DO_ASK, slot)
        return
    elif what == ASK_MINED:
        at_mined(w, slot)
        said = ex.NONE
    else:                                  # a beat
        if w.now_ns >= w.throttle_until_ns and ex.venue_state(w.x) != VS_RESTARTING:
            ex.beat_once(w.x, OURS)
            answer_event(w, slot, EV_HEARTBEAT, 0)
            w.mails[slot].is_private = 0
        else:
            said = ex.NONE
    ex.publish(w.x)
    if is_error:
        error_500(w, slot)
    if said != slot:
        m = &w.mails[slot]
        set_line(w, said, line, m.more if what == ASK_READ else 0)
        drop_mail(w, slot)
    answer(w, said)
    carry(w)


cdef void set_line(W* w, int32_t slot, uint32_t line, int64_t read) noexcept nogil:
    """Whose answer it is."""
    while slot != ex.NONE:
        w.mails[slot].line = line
        w.mails[slot].more = read
        slot = w.mails[slot].next
