# What the venue says about an order: answers, user channel, look-ups. Owns: the mapping of events to
# inputs of the order machine, and the adoption of orders we did not send.

cdef int order_answer(State* s, const Event* ev, int name) noexcept nogil:
    """An input for an order we must know; of an unknown id it is refused."""
    cdef Order* o = find_order(s, ev.order_id)
    if o == NULL:
        return stranger(s, name)
    return spoken(s, o, name, ev)


cdef inline int stranger(State* s, int name) noexcept nogil:
    """The refusal of a word about an order we do not know."""
    met(s, ORDER_CELLS + name * N_ORDER_STATES + OS_NONE)
    return RF_ORDER_UNKNOWN


cdef inline int refuses(State* s, Order* o, int name) noexcept nogil:
    """Whether the table refuses it: asked where something else happens before the table is gone by."""
    if ORDER_TABLE[name][o.state].verdict != VD_REFUSE:
        return 0
    met(s, ORDER_CELLS + name * N_ORDER_STATES + o.state)
    return 1


cdef inline int spoken(State* s, Order* o, int name, const Event* ev) noexcept nogil:
    """venue_word, with the table's refusal as a refusal of the event."""
    if refuses(s, o, name):
        return RF_ILLEGAL
    venue_word(s, o, name, ev)
    return RF_NONE


cdef inline int risen(Order* o, const Event* ev, int looked_up) noexcept nogil:
    """Whether this proof of life concerns an order held dead (rules.md, 6)."""
    cdef int64_t matched = o.filled - o.reversed
    if not is_ended(o.state):
        return 0
    if not (o.state == OS_REJECTED or o.presumed or looked_up):
        return 0                           # a late placement proves nothing; a look does
    if ev.flags & FLAG_SIZE_KNOWN:
        matched = most(matched, ev.size)
    return o.original - matched > 0


cdef int take_accepted(State* s, const Event* ev) noexcept nogil:
    cdef Order* o = find_order(s, ev.order_id)
    cdef int name = OI_ACCEPT_LIVE if ev.code == AC_RESTING else OI_ACCEPT_DELAYED
    if ev.code == AC_UNMATCHED:
        name = OI_ACCEPT_UNCLEAR
    elif ev.code == AC_MATCHED:
        name = OI_ACCEPT_MATCHED
    elif o != NULL and risen(o, ev, 0):
        name = OI_RISEN
    return stranger(s, name) if o == NULL else spoken(s, o, name, ev)


cdef int take_rejected(State* s, const Event* ev) noexcept nogil:
    """A reject also tells the breaker, the venue's state and whoever keeps the metadata."""
    cdef Order* o = find_order(s, ev.order_id)
    cdef Effect* e
    cdef int name = OI_REJECT
    if ev.code == RJ_KILLED:
        name = OI_KILL
    elif ev.code == RJ_DUPLICATED:
        name = OI_ACCEPT_UNCLEAR
    elif o != NULL and o.state == OS_UNKNOWN and (o.heard or o.filled):
        name = OI_ACCEPT_UNCLEAR           # a reject after an accept: looked up, as in LIVE
    if o == NULL:
        return stranger(s, name)
    if refuses(s, o, name):
        return RF_ILLEGAL
    if name != OI_ACCEPT_UNCLEAR and ORDER_TABLE[name][o.state].verdict == VD_TAKE:
        breaker_rejected(s, o, ev.code, <uint64_t>ev.amount)
    if ev.code == RJ_BALANCE:
        alert(s, AL_RESERVATION_REFUSED, o.token, o.id)
    elif ev.code == RJ_TICK or ev.code == RJ_MIN_SIZE:
        e = emit(s, EF_REFRESH)
        e.token = o.token
        e.generation = s.markets[o.token >> 1].generation
    if ev.code == RJ_RESTARTING:           # before the order ends and lets a successor go
        venue_input(s, VI_SEEN_RESTARTING, 0)
    elif ev.code == RJ_POST_ONLY_MODE:
        venue_input(s, VI_SEEN_POST_ONLY, 0)
    elif ev.code == RJ_CANCEL_ONLY:
        venue_input(s, VI_SEEN_CANCEL_ONLY, 0)
    elif ev.code == RJ_DISABLED:
        venue_input(s, VI_SEEN_DISABLED, 0)
    venue_word(s, o, name, ev)
    return RF_NONE


cdef int cancellation(State* s, Order* o, int reason, const Event* ev) noexcept nogil:
    """CANCELED, CANCEL_ACCEPTED, FOUND CANCELED or EXPIRED: is anything owed?"""
    cdef int name = OI_EXPIRE_DONE if reason == CR_EXPIRED else OI_CANCEL_DONE
    cdef int64_t matched = 0 if o == NULL else o.venue_matched
    if o == NULL:
        return stranger(s, OI_CANCEL_OWED if ev.flags & FLAG_SIZE_KNOWN and ev.size > 0 else name)
    if ev.flags & FLAG_SIZE_KNOWN:
        matched = most(matched, least(ev.size, o.original + o.restored))
    if matched > o.filled:
        name = OI_CANCEL_OWED
    if refuses(s, o, name):
        return RF_ILLEGAL
    o.venue_matched = matched
    venue_word(s, o, name, ev)
    return RF_NONE


cdef int take_cancel_answer(State* s, const Event* ev) noexcept nogil:
    """CANCEL_ACCEPTED, CANCEL_REFUSED, CANCEL_UNKNOWN."""
    cdef Order* o = find_order(s, ev.order_id)
    cdef int name
    if ev.kind == EV_CANCEL_REFUSED:
        name = OI_CANCEL_LATER if ev.code == CR_LATER else OI_NOT_CANCELED
    elif ev.kind == EV_CANCEL_UNKNOWN:
        name = OI_CANCEL_LOST
    else:
        name = OI_CANCEL_DONE
    if o == NULL:
        return stranger(s, name)
    if refuses(s, o, name):
        return RF_ILLEGAL
    touch(o)
    request_input(s, o, RI_CANCEL_ANSWERED)
    if name == OI_CANCEL_DONE:
        return cancellation(s, o, CR_USER, ev)
    return spoken(s, o, name, ev)


cdef int take_canceled(State* s, const Event* ev) noexcept nogil:
    return cancellation(s, find_order(s, ev.order_id), ev.code, ev)


cdef int adopt_foreign(State* s, const Event* ev) noexcept nogil:
    """An open order we did not send is never ignored: adopted, and cancelled if so configured.

    One that is over (all matched, FAK, FOK) is only told: its trades come on their own.
    """
    cdef Order* o
    cdef Market* m = &s.markets[ev.token >> 1]
    if (ev.kind != EV_FOUND and ev.code >= TIF_FOK) \
            or (ev.flags & FLAG_SIZE_KNOWN and ev.size >= ev.amount - s.c.dust):
        alert(s, AL_FOREIGN_ORDER, ev.token, ev.order_id)
        return RF_NONE
    forget_tomb(s, ev.order_id)
    o = take_slot(s, ev.order_id, ev.token)
    if o == NULL:
        ask_reconcile(s)
        return RF_ORDER_TABLE_FULL
    o.original = ev.amount
    o.filled = least(ev.size, ev.amount) if ev.flags & FLAG_SIZE_KNOWN else 0
    o.counted = o.filled
    o.leaves = o.original - o.filled
    o.price_pips = ev.price_pips
    o.side = ev.side
    o.tif = ev.code if ev.kind != EV_FOUND else TIF_GTC
    o.origin = ORIGIN_FOREIGN
    o.crossed = 2
    o.heard = 1
    o.breaker_epoch = NO_EPOCH
    o.fee_ppm = m.fee_ppm
    o.low_pips = low_price(s, m)
    o.generation = m.generation
    o.touched_ns = s.v.now_ns
    o.recon_epoch = s.v.recon_epoch
    count(s, CT_ADOPTED)
    alert(s, AL_FOREIGN_ORDER, ev.token, ev.order_id)
    o.cancel_wanted = <uint8_t>s.c.cancel_foreign
    if ev.kind == EV_FOUND:
        order_input(s, o, OI_FOUND_OPEN, ev, 0)
    else:
        order_input(s, o, OI_PLACED if ev.kind == EV_PLACED else OI_MATCHED_MORE, ev, 0)
    return RF_NONE


cdef int take_order_word(State* s, const Event* ev) noexcept nogil:
    """PLACED and MATCHED of the user channel."""
    cdef Order* o = find_order(s, ev.order_id)
    if o == NULL:
        return adopt_foreign(s, ev)
    if ev.kind == EV_PLACED:
        return spoken(s, o, OI_RISEN if risen(o, ev, 0) else OI_PLACED, ev)
    return spoken(s, o, OI_MATCHED_MORE, ev)


cdef void catch_up(State* s, Order* o, int64_t matched) noexcept nogil:
    """An adopted order that is over: trades of it may have been booked before it was adopted, and their
    keys forgotten since. They will not be told again, so its numbers follow the venue's."""
    cdef int64_t more = matched - o.filled
    cdef int64_t room
    if o.origin != ORIGIN_FOREIGN or o.state != OS_UNKNOWN or more <= 0:
        return
    room = least(more, o.leaves)
    add_to(s, &o.filled, more)
    add_to(s, &o.overfill, more - room)
    o.counted += more
    o.leaves -= room


cdef int take_found(State* s, const Event* ev) noexcept nogil:
    """FOUND: an order looked up, or read in a reconciliation."""
    cdef Order* o = find_order(s, ev.order_id)
    cdef int code = CR_EXPIRED if ev.code == FO_EXPIRED else CR_USER
    if o == NULL:
        if ev.code == FO_OPEN:
            return adopt_foreign(s, ev)
        if ev.code == FO_MATCHED:
            return RF_ORDER_UNKNOWN
        return cancellation(s, o, code, ev)
    if o.state != OS_QUEUED:               # never sent: the table refuses, and nothing may have changed
        touch(o)
    if request_input(s, o, RI_QUERY_ANSWERED) == VD_TAKE:
        o.look_ns = next_look(s)
    if ev.code == FO_OPEN:
        return spoken(s, o, OI_RISEN if risen(o, ev, 1) else OI_FOUND_OPEN, ev)
    if ev.flags & FLAG_SIZE_KNOWN:
        catch_up(s, o, ev.size)
    if ev.code == FO_MATCHED:
        return spoken(s, o, OI_MATCHED_MORE, ev)
    return cancellation(s, o, code, ev)


cdef inline int64_t next_look(State* s) noexcept nogil:
    return later(s.v.now_ns, s.c.unknown_span_ns // s.c.unknown_looks)


cdef int take_not_found(State* s, const Event* ev) noexcept nogil:
    """NOT_FOUND: an empty look; enough of them over enough time prove an UNKNOWN order dead."""
    cdef Order* o = find_order(s, ev.order_id)
    if o == NULL:
        return stranger(s, OI_FOUND_GONE)
    if refuses(s, o, OI_FOUND_GONE):
        return RF_ILLEGAL
    if o.request != RS_QUERY:
        request_input(s, o, RI_QUERY_ANSWERED)
        if ORDER_TABLE[OI_FOUND_GONE][o.state].verdict == VD_IGNORE_DUPLICATE:
            met(s, ORDER_CELLS + OI_FOUND_GONE * N_ORDER_STATES + o.state)
        s.ignored = 1
        return RF_NONE
    touch(o)
    request_input(s, o, RI_QUERY_ANSWERED)
    o.look_ns = next_look(s)
    if o.state != OS_UNKNOWN:
        order_input(s, o, OI_FOUND_GONE, ev, 0)
        return RF_NONE
    if (o.cancel_sent or o.done) and s.v.now_ns >= o.base_ns and cancel_goes(s):
        o.looks = <uint8_t>least(255, o.looks + 1)
        if o.looks >= s.c.unknown_looks and s.v.now_ns - o.base_ns >= s.c.unknown_span_ns:
            order_input(s, o, OI_PRESUME_DEAD, ev, 0)
            return RF_NONE
    serve(s, o)
    return RF_NONE
