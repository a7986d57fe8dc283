# The order machine: one input moves one order, its numbers and its reservation.
# Owns: Order.state and every quantity of an order. The table decides, the actions only compute.
# After `order_input` the pointer may be dead: an ended order has left its slot.

cdef int order_input(State* s, Order* o, int name, const Event* ev, int code) noexcept nogil:
    """Apply one input. `ev` may be NULL for inputs of our own; `code` is a refusal for DROP.

    Returns the verdict of the table. IGNORE and REFUSE change nothing.
    """
    cdef Cell cell = ORDER_TABLE[name][o.state]
    cdef int before = o.state
    met(s, ORDER_CELLS + name * N_ORDER_STATES + before)
    if cs_unlikely(cell.verdict != VD_TAKE):
        if cell.verdict == VD_FAULT:
            fault(s, FAULT_TABLE, <uint32_t>(1000 + name * 16 + o.state))
        return cell.verdict
    if cs_unlikely(is_ended(before) and not is_ended(cell.next) and s.v.free_order == NIL):
        fault(s, FAULT_CAPACITY, 1)        # it stays ended: there is no slot to come back to
        return VD_FAULT
    o.state = cell.next
    order_action(s, o, cell.action, name, before, ev)
    if cs_unlikely(is_ended(before) and not is_ended(o.state)):
        o = revive(s, o)
    re_reserve(s, o)
    if o.state != before:
        tell_order(s, o, code)
    if is_ended(o.state):
        if in_scratch(s, o):
            write_tomb(s, s.scratch_tomb, o)
        else:
            end_order(s, o)
    else:
        serve(s, o)
    return VD_TAKE


cdef inline void tell_order(State* s, Order* o, int code) noexcept nogil:
    cdef Effect* e = emit(s, EF_ORDER)
    e.order_id = o.id
    e.token = o.token
    e.generation = s.markets[o.token >> 1].generation
    e.side = o.side
    e.price_pips = o.price_pips
    e.code = o.state
    e.size = o.filled
    e.amount = o.leaves
    e.ref = <uint64_t>o.canceled
    e.deadline_ns = o.reversed
    e.flags = <uint8_t>code
    e.aux = o.origin
    wake(s, o.token, WAKE_ORDER)


cdef inline void end_order(State* s, Order* o) noexcept nogil:
    """Bury an ended order and let the one that waited for its death go."""
    cdef uint64_t successor = o.successor
    cdef int64_t filled = o.filled
    cdef uint32_t token = o.token
    cdef int side = o.side
    cdef int shares = unit_is_shares(o)
    cdef Order* heir = NULL
    if o.predecessor:                      # it is open: one that ends is forgotten by its heir
        heir = find_open(s, o.predecessor)
        if heir != NULL and heir.successor == o.id:
            heir.successor = 0             # the target may be replaced again
    request_input(s, o, RI_FINISHED)
    if o.probe:
        probe_ended(s, o)
    bury(s, o)
    if successor:
        heir = find_open(s, successor)
        if heir != NULL:
            heir.predecessor = 0
            if heir.state == OS_QUEUED:
                release(s, heir, filled, token, side, shares)


cdef inline int unit_is_shares(Order* o) noexcept nogil:
    """Share orders count shares; a FAK or FOK BUY counts pUSD."""
    return (o.side == SIDE_SELL) | (o.tif < TIF_FOK)


cdef inline void order_action(State* s, Order* o, int action, int name, int before, const Event* ev) noexcept nogil:
    """What most inputs do: accepted, or over. SUBMIT and QUEUE change no quantity."""
    if action == OA_ACCEPT:
        hear(s, o)
        if name == OI_ACCEPT_DELAYED:
            await_word(s, o, s.v.now_ns)
    elif action == OA_FINISH:
        o.canceled += o.leaves
        o.leaves = 0
        if name == OI_PRESUME_DEAD:
            o.presumed = 1
    elif action > OA_ACCEPT:
        rarer_action(s, o, action, name, before, ev)
    if cs_unlikely(ev != NULL and ev.kind == EV_FOUND) and ev.code == FO_OPEN and not is_ended(before):
        reopen(o, ev)
    if before != OS_LIVE and o.state == OS_LIVE:
        now_live(s, o, before)


cdef cs_apart rarer_action(State* s, Order* o, int action, int name, int before, const Event* ev) noexcept nogil:
    if action == OA_FILL or action == OA_FILL_LATE or action == OA_FILL_OVER:
        if not is_ended(before):
            hear(s, o)
        act_fill(s, o, action, ev)
    elif action == OA_MATCHED:
        hear(s, o)
        act_matched(s, o, name, ev)
    elif action == OA_LOSE:
        act_lose(s, o, name)
    elif action == OA_OWE:
        if is_ended(before):
            rate_again(s, o)
            if before == OS_REJECTED or o.presumed:
                came_alive(s, o)
            o.presumed = 0
        else:
            hear(s, o)
        act_owe(s, o, ev)
    elif action == OA_RISE:
        act_rise(s, o, ev)
    elif action == OA_REVERSE:
        add_to(s, &o.reversed, fill_unit(o, ev.size, ev.price_pips))
    elif action == OA_WANT_CANCEL:
        o.cancel_wanted = 1
        o.cancel_sent = 0                  # it never reached the book
        o.retry_ns = later(s.v.now_ns, most(ev.amount, s.c.cancel_retry_ns))
        arm(s, o.retry_ns)


cdef void reopen(Order* o, const Event* ev) noexcept nogil:
    """Looked up with less matched than we booked, after a FAILED: the venue shows that part open again."""
    cdef int64_t matched = most(ev.size, o.filled - o.reversed)
    if ev.flags & FLAG_SIZE_KNOWN and o.reversed > o.restored and o.original - matched > o.leaves:
        set_leaves(o, o.original - matched)


cdef void came_alive(State* s, Order* o) noexcept nogil:
    """What was held never to have lived was matched: read whether that is all."""
    alert(s, AL_LATE_FILL, o.token, o.id)
    ask_reconcile(s)


cdef inline void now_live(State* s, Order* o, int before) noexcept nogil:
    """However it became LIVE: what cannot rest for ever is looked up when the next word is overdue."""
    if o.done or o.tif >= TIF_FOK:
        await_word(s, o, s.v.now_ns)       # trades, or the end of what was not matched
    elif o.tif == TIF_GTD and o.expiry_ns:
        await_word(s, o, most(s.v.now_ns, o.expiry_ns))
    else:
        o.owed_ns = 0
    if before == OS_UNKNOWN and not o.done and o.request != RS_CANCEL:
        o.cancel_wanted = 1                # an UNKNOWN order that turns out to be open is cancelled


cdef inline int64_t fill_unit(Order* o, int64_t size, int64_t price_pips) noexcept nogil:
    return size if unit_is_shares(o) else notional_down(size, price_pips)


cdef inline int64_t fresh_unit(Order* o, const Event* ev) noexcept nogil:
    """What a fill adds to `filled`: an adopted order has counted its first trades already."""
    cdef int64_t unit = fill_unit(o, ev.size, ev.price_pips)
    return unit - least(unit, o.counted)


cdef inline void hear(State* s, Order* o) noexcept nogil:
    """The venue has taken the order: the breaker counts it once."""
    if not o.heard:
        o.heard = 1
        breaker_accepted(s, o)


cdef void act_fill(State* s, Order* o, int action, const Event* ev) noexcept nogil:
    """Count a booked fill. What exceeds leaves (or, late, what was cancelled) is overfill."""
    cdef int64_t unit = fresh_unit(o, ev)
    cdef int64_t room = 0
    o.counted -= fill_unit(o, ev.size, ev.price_pips) - unit
    add_to(s, &o.filled, unit)
    if action == OA_FILL:
        room = least(unit, o.leaves)
        o.leaves -= room
    elif action == OA_FILL_LATE:
        room = least(unit, o.canceled)
        o.canceled -= room
    add_to(s, &o.overfill, unit - room)
    if o.overfill > s.c.dust and unit > room:
        alert(s, AL_OVERFILL, o.token, o.id).amount = o.overfill


cdef inline void await_word(State* s, Order* o, int64_t from_ns) noexcept nogil:
    o.owed_ns = later(from_ns, s.c.owed_timeout_ns)
    arm(s, o.owed_ns)


cdef void act_matched(State* s, Order* o, int name, const Event* ev) noexcept nogil:
    """The venue states a matched size, or that the order is over (rules.md, 6)."""
    cdef int known = ev.flags & FLAG_SIZE_KNOWN
    cdef int64_t matched = ev.size if known else -1
    cdef int64_t rest
    if name == OI_ACCEPT_MATCHED and o.tif >= TIF_FOK:
        o.done = 1
        if not known and o.tif == TIF_FOK:
            matched = o.original
            o.venue_matched = matched
    if matched >= o.original - s.c.dust or (ev.kind == EV_FOUND and ev.code == FO_MATCHED):
        o.done = 1
    if o.done and matched >= 0 and o.tif >= TIF_FOK:
        rest = o.leaves - most(0, matched - o.filled)
        if rest > 0:
            o.canceled += rest
            o.leaves -= rest
    if matched >= 0 and o.venue_matched - o.filled > o.leaves:
        set_leaves(o, o.venue_matched - o.filled)      # matched after all, though held cancelled
    if o.done and o.leaves > 0:
        await_word(s, o, s.v.now_ns)


cdef inline void rate_again(State* s, Order* o) noexcept nogil:
    """An ended order that is reserved again takes the market's fee rate of this moment."""
    cdef Market* m = &s.markets[o.token >> 1]
    o.fee_ppm = m.fee_ppm if m.known else 0
    o.low_pips = low_price(s, m)


cdef void act_owe(State* s, Order* o, const Event* ev) noexcept nogil:
    """Cancelled, but more was matched than is booked: hold exactly what is owed."""
    o.done = 1
    set_leaves(o, o.venue_matched - o.filled)
    o.cancel_wanted = 0
    await_word(s, o, s.v.now_ns)


cdef void set_leaves(Order* o, int64_t leaves) noexcept nogil:
    """Set leaves; canceled, or where it would be negative restored, takes the difference."""
    o.leaves = leaves
    o.canceled = o.original + o.overfill + o.restored - o.filled - leaves
    if o.canceled < 0:
        o.restored -= o.canceled
        o.canceled = 0


cdef void act_lose(State* s, Order* o, int name) noexcept nogil:
    """To UNKNOWN: the reservation holds, a cancel by hash and looks decide."""
    alert(s, AL_ORDER_UNKNOWN, o.token, o.id)
    o.looks = 0
    o.base_ns = most(s.v.now_ns, o.base_ns)
    o.look_ns = s.v.now_ns
    o.owed_ns = 0
    o.cancel_sent = o.request == RS_CANCEL or name == OI_NOT_CANCELED
    o.cancel_wanted = not o.done and not o.cancel_sent


cdef void act_rise(State* s, Order* o, const Event* ev) noexcept nogil:
    """An ended order shows up open (RISEN): reserved again, cancelled at once, alerted."""
    set_leaves(o, o.original - (o.filled - o.reversed))    # what is open, and what is owed
    o.presumed = 0
    o.done = 0
    o.heard = 1
    o.cancel_wanted = 1
    rate_again(s, o)
    alert(s, AL_RISEN, o.token, o.id)
    count(s, CT_RISEN)


cdef int end_of_done(State* s, Order* o) noexcept nogil:
    """A done order that lacks no more than dust ends. 1 when it has (the pointer is dead then)."""
    if o.done and o.state == OS_LIVE and o.leaves <= s.c.dust:
        order_input(s, o, OI_DONE_REST if o.canceled else OI_DONE_FILLED, NULL, 0)
        return 1
    return 0


cdef inline void touch(Order* o) noexcept nogil:
    """Before an input: looks will count from the deadline of the request in flight now."""
    if o.state != OS_UNKNOWN:
        o.base_ns = o.request_ns if o.request != RS_IDLE else 0


cdef inline void state_matched(State* s, Order* o, const Event* ev) noexcept nogil:
    """The venue states a matched size; more than the order is for is garbage and holds nothing."""
    if ev.size > o.original + o.restored + s.c.dust:
        alert(s, AL_FILL_MISMATCH, o.token, o.id).amount = ev.size
    o.venue_matched = most(o.venue_matched, least(ev.size, o.original + o.restored))


cdef inline void venue_word(State* s, Order* o, int name, const Event* ev) noexcept nogil:
    """An input that the venue said: it answers a pending submit, and may end a done order."""
    cdef int verdict
    cdef uint64_t id = o.id
    if o.request != RS_IDLE:
        touch(o)
    o.touched_ns = s.v.now_ns
    o.recon_epoch = s.v.recon_epoch
    if ev.kind != EV_TRADE and ev.flags & KIND_RULES[ev.kind].flags & FLAG_SIZE_KNOWN:
        state_matched(s, o, ev)
    if name != OI_NOT_CANCELED and name != OI_CANCEL_LATER and name != OI_CANCEL_LOST:
        request_input(s, o, RI_SUBMIT_ANSWERED)
    verdict = order_input(s, o, name, ev, 0)
    if verdict == VD_IGNORE_DUPLICATE:
        s.ignored = 1
    if in_scratch(s, o):
        o = find_open(s, id)               # open again, or not at all
    if o == NULL or o.id != id or end_of_done(s, o):
        return                             # over: its slot is free
    if o.state != OS_UNKNOWN:
        o.base_ns = 0                      # looks that come wait for no request that was answered
    if verdict != VD_TAKE:
        serve(s, o)
