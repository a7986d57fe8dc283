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
    if o.id < w.room_sent and w.sent[o.id] & SENT_ENDED:
        w.sent[o.id] |= SENT_LATE
    w.mails[slot].is_held = code == AC_DELAYED and x.markets[o.token >> 1].blocks
    answer_event(w, slot, EV_ACCEPTED, code)
    w.mails[slot].event.size = matched
    w.mails[slot].event.flags = FLAG_SIZE_KNOWN
    return 1


cdef void reject_later(W* w, uint64_t id) noexcept nogil:
    """Seen in the real world: accepted, then rejected after all, soon or minutes later. The order stands."""
    cdef Event e
    cdef int64_t late
    memset(&e, 0, sizeof(Event))
    e.kind = EV_REJECTED
    e.code = RJ_OTHER
    e.order_id = id
    e.token = NO_TOKEN
    late = kn_below(&w.form, 120 * SECOND if kn_chance(&w.form, 500000) else SECOND)
    tell_later(w, &e, w.now_ns + rest_delay(w) + late, 1)


cdef int64_t at_submit(W* w, int32_t first) noexcept nogil:
    """One order or a batch: charged as a whole. For how long the answer is held back."""
    cdef int32_t slot = first
    cdef int64_t n = 0
    cdef int64_t held_ns = 0
    cdef uint64_t id
    cdef int charged
    cdef uint32_t token
    while slot != ex.NONE:
        n += 1
        slot = w.mails[slot].next
    charged = w.now_ns >= w.throttle_until_ns and ex.is_charged(w.x, OURS, n)
    w.batch_id += 1
    slot = first
    while slot != ex.NONE:
        id = w.mails[slot].event.order_id
        token = w.mails[slot].event.token
        if submit_one(w, slot, charged):
            if w.mails[slot].is_held:
                held_ns = max(held_ns, w.x.markets[token >> 1].delay_ns)
            if hit(w, LATE_REJECT_PPM):
                reject_later(w, id)
        elif n > 1:
            w.mails[slot].event.amount = <int64_t>w.batch_id
        slot = w.mails[slot].next
    return held_ns


cdef void at_held(W* w, int32_t slot) noexcept nogil:
    """The delay is over: what became of each order that waited is its answer."""
    cdef ex.XOrder* o
    while slot != ex.NONE:
        if w.mails[slot].is_held:
            o = &w.x.orders[ex.find_order(w.x, OURS, w.mails[slot].event.order_id)]
            if o.state == ex.ST_REJECTED:
                w.seen_rejects[o.reason] += 1
                answer_event(w, slot, EV_REJECTED, o.reason)
            else:
                answer_event(w, slot, EV_ACCEPTED, AC_MATCHED if o.shares else AC_RESTING)
                w.mails[slot].event.size = matched_of(o)
                w.mails[slot].event.flags = FLAG_SIZE_KNOWN
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
    was_converted(w, c, e)


cdef void tell_conversion(W* w, const Conversion* c, int64_t due_ns) noexcept nogil:
    cdef int32_t slot = new_mail(w)
    if slot == ex.NONE:
        return
    w.mails[slot].event = c.event
    w.mails[slot].number = c.number
    w.mails[slot].is_private = 1
    plan(w, due_ns, DO_TELL, slot)


cdef void was_converted(W* w, Conversion* c, const Event* e) noexcept nogil:
    """It is on the chain, or will never be: that is told, now and then late, now and then twice."""
    cdef int64_t due_ns = w.now_ns + delay(w, REST_FLOOR_US, REST_TAIL_US)
    if hit(w, CONVERT_LATE_PPM):
        due_ns += VERY_LATE_NS
    c.event = e[0]
    c.event.time_ns = w.x.now_ns           # said when it was mined, not when it was asked for
    c.state = 2
    tell_conversion(w, c, due_ns)
    if hit(w, CONVERT_DOUBLE_PPM):
        tell_conversion(w, c, due_ns + kn_below(&w.form, 60 * SECOND))


cdef void at_lost(W* w, int32_t slot) noexcept nogil:
    """Of a split, merge or redeem nothing came: it will never be on the chain."""
    cdef Event* e = &w.mails[slot].event
    e.kind = EV_CONVERSION_FAILED
    was_converted(w, &w.conversions[e.token >> 1], e)


cdef void turn_away(W* w, int32_t first) noexcept nogil:
    """An answer that says no to all of a request, if there is one. A failed read is begun again."""
    cdef int what = w.mails[first].what
    cdef int32_t slot = first
    if what == ASK_READ and not heap_push(&w.due, w.now_ns + rest_delay(w) + SECOND, 0, DO_CHORE, CHORE_READ_LATE,
                                          <uint32_t>w.mails[first].more):
        w.stop = STOP_MEMORY
    if what > ASK_CANCEL:
        drop_mail(w, first)
        return
    w.batch_id += 1
    while slot != ex.NONE:
        if what == ASK_CANCEL:
            answer_event(w, slot, EV_CANCEL_REFUSED, CR_OTHER)
        else:
            w.seen_rejects[RJ_AUTH] += 1
            answer_event(w, slot, EV_REJECTED, RJ_AUTH)
            if first != slot or w.mails[slot].next != ex.NONE:
                w.mails[slot].event.amount = <int64_t>w.batch_id
        slot = w.mails[slot].next
    answer(w, first)


cdef int is_turned_away(W* w, int what) noexcept nogil:
    """Before it is looked at: the key is revoked; a read comes too often, or errs."""
    if w.now_ns < w.key_until_ns and (what <= ASK_READ or what == ASK_BEAT):
        return 1
    if what < ASK_QUERY or what > ASK_META:
        return 0
    return w.now_ns < w.throttle_until_ns or hit(w, READ_ERROR_PPM)


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
    cdef int64_t held_ns = 0
    w.asked += 1
    if is_turned_away(w, what):
        turn_away(w, slot)
        return
    if is_error and kn_chance(&w.form, 500000):
        error_500(w, slot)
        answer(w, slot)
        return
    if what == ASK_SUBMIT:
        held_ns = at_submit(w, slot)
    elif what == ASK_HELD:
        at_held(w, slot)
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
    elif what == ASK_LOST:
        at_lost(w, slot)
        said = ex.NONE
    else:                                  # a beat
        if w.now_ns >= w.throttle_until_ns and ex.venue_state(w.x) != VS_RESTARTING:
            ex.beat_once(w.x, OURS)
            w.beat_at_ns = w.now_ns
            answer_event(w, slot, EV_HEARTBEAT, 0)
            w.mails[slot].is_private = 0
        else:
            said = ex.NONE
    ex.publish(w.x)
    if is_error:
        error_500(w, slot)
    elif held_ns:
        w.mails[slot].what = ASK_HELD
        plan(w, w.now_ns + held_ns, DO_ASK, slot)
        carry(w)
        return
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
