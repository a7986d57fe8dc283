# The venue's state, the session, reconciliation, restart, and a person's word.
# Owns: Vars.session, Vars.venue, the watermark.

cdef int session_input(State* s, int name, int code, uint32_t detail) noexcept nogil:
    """Move the session by its table. `code` and `detail` are the fault of a HALT."""
    cdef Cell cell = SESSION_TABLE[name][s.v.session]
    met(s, SESSION_CELLS + name * N_SESSION_STATES + s.v.session)
    if cell.verdict == VD_IGNORE_DUPLICATE:
        s.ignored = 1
    if cell.verdict != VD_TAKE:
        return cell.verdict
    if cell.action == SA_SETTLE:
        s.v.reconciled = 1
    elif cell.action == SA_REFETCH:
        s.v.reconciled = 0
    if cell.action == SA_HALT:
        fault(s, code, detail)
        return VD_TAKE
    s.v.session = cell.next
    if cell.action == SA_DRAIN:
        s.v.drained = 1
        cancel_all(s)
    elif cell.action == SA_REFETCH:
        ask_reconcile(s)
    return VD_TAKE


cdef void venue_input(State* s, int name, int64_t lasts_ns) noexcept nogil:
    cdef Cell cell = VENUE_TABLE[name][s.v.venue]
    cdef int went = cancel_goes(s)
    cdef int before = s.v.venue
    met(s, VENUE_CELLS + name * N_VENUE_STATES + before)
    if cell.verdict == VD_FAULT:
        fault(s, FAULT_TABLE, <uint32_t>(4000 + name))
        return
    s.v.venue = cell.next
    s.v.after_restart = cell.next == VS_POST_ONLY and (before == VS_RESTARTING or s.v.after_restart)
    if cell.action == VA_CAREFUL:
        s.v.venue_until_ns = later(s.v.now_ns, lasts_ns if lasts_ns else s.c.post_only_ns)
        arm(s, s.v.venue_until_ns)
    elif cell.action == VA_STOP:
        s.v.venue_until_ns = later(s.v.now_ns, lasts_ns if lasts_ns else s.c.venue_retry_ns)
        arm(s, s.v.venue_until_ns)
    elif cell.action == VA_RESUME:
        s.v.venue_until_ns = 0
    if s.v.venue != before:
        alert(s, AL_VENUE_STATE, NO_TOKEN, 0).aux = s.v.venue
    if not went and cancel_goes(s):
        serve_all(s)


cdef int take_venue(State* s, const Event* ev) noexcept nogil:
    if ev.code == VS_NORMAL and s.v.venue == VS_POST_ONLY and s.v.after_restart:
        s.ignored = 1                      # two post-only minutes follow a restart, whatever a poll says
    elif ev.code == VS_NORMAL:
        venue_input(s, VI_SEEN_NORMAL, ev.amount)
    elif ev.code == VS_POST_ONLY:
        venue_input(s, VI_SEEN_POST_ONLY, ev.amount)
    elif ev.code == VS_CANCEL_ONLY:
        venue_input(s, VI_SEEN_CANCEL_ONLY, ev.amount)
    elif ev.code == VS_DISABLED:
        venue_input(s, VI_SEEN_DISABLED, ev.amount)
    else:
        venue_input(s, VI_SEEN_RESTARTING, ev.amount)
    return RF_NONE


cdef int take_heartbeat(State* s, const Event* ev) noexcept nogil:
    cdef uint8_t lost = 1 if ev.code == HB_LOST_BEAT else 0
    if lost and not s.v.beat_lost:
        alert(s, AL_HEARTBEAT_LOST, NO_TOKEN, 0)
    s.v.beat_lost = lost
    return RF_NONE


cdef int take_recon_begun(State* s) noexcept nogil:
    if session_input(s, SI_RECONCILE_BEGUN, 0, 0) == VD_REFUSE:
        return RF_ILLEGAL
    s.v.recon_epoch += 1
    s.v.recon_open = 1
    s.v.recon_asked = 0
    s.v.recon_differences = 0
    s.v.recon_ns = s.v.now_ns
    return RF_NONE


cdef enum:
    RECON_BALANCES = 2         # of `recon_failed`: not only orders differed


cdef void find_missing(State* s) noexcept nogil:
    """Orders we hold open that a whole read of the venue did not show."""
    cdef int32_t market
    cdef int32_t slot
    cdef int32_t following
    cdef Order* o
    for market in range(s.n_markets):
        slot = s.markets[market].first_order
        while slot != NIL:
            o = &s.orders[slot]
            following = o.next
            if (o.state == OS_LIVE or o.state == OS_DELAYED) and not o.done \
                    and o.recon_epoch != s.v.recon_epoch:
                s.v.recon_differences += 1
                alert(s, AL_ORDER_MISSING, o.token, o.id)
                touch(o)
                order_input(s, o, OI_FOUND_GONE, NULL, 0)
            slot = following


cdef int take_reconciled(State* s, const Event* ev) noexcept nogil:
    """RECONCILED: everything read up to venue_time_ns; differences are read again, those of balances then halt."""
    cdef int name
    cdef int32_t market
    cdef int32_t balances = s.v.recon_differences
    if SESSION_TABLE[SI_RECONCILED][s.v.session].verdict == VD_REFUSE:
        name = SI_DIFFERS if balances else SI_RECONCILED
        met(s, SESSION_CELLS + name * N_SESSION_STATES + s.v.session)
        return RF_ILLEGAL
    if not s.v.recon_open:
        return RF_ILLEGAL
    s.v.recon_open = 0
    find_missing(s)
    if s.v.recon_differences == 0:
        name = SI_RECONCILED
    else:
        name = SI_DIFFERS_AGAIN if balances and s.v.recon_failed == RECON_BALANCES else SI_DIFFERS
    s.v.recon_failed = RECON_BALANCES if balances else s.v.recon_differences != 0
    s.v.recon_differences = 0
    session_input(s, name, FAULT_RECONCILE, 0)
    if s.v.recon_failed:
        return RF_NONE
    s.v.openings_over = 1
    if s.v.drained and s.v.session == SS_TRADING:
        session_input(s, SI_DRAIN, 0, 0)   # halted or restarted while draining: that still stands
    for market in range(s.n_markets):
        hedged_now(s, market)
    raise_watermark(s, ev.venue_time_ns)
    purge_fills(s)
    return RF_NONE


cdef int take_restarted(State* s) noexcept nogil:
    """RESTARTED: what had no answer is not known; HALT ends here, by way of a reconciliation."""
    cdef int32_t market
    cdef int32_t slot
    cdef int32_t following
    cdef Order* o
    s.v.fault = FAULT_NONE
    s.v.fault_detail = 0
    s.v.armed_ns = 0
    s.v.reconciled = 0
    s.v.recon_open = 0
    s.v.recon_asked = 0
    session_input(s, SI_RESTARTED, 0, 0)
    for market in range(s.n_markets):
        feed_input(s, market, FI_RESTARTED)
        slot = s.markets[market].first_order
        while slot != NIL:
            o = &s.orders[slot]
            following = o.next
            touch(o)
            if o.request == RS_CANCEL:
                o.cancel_wanted = 1
            elif o.request == RS_QUERY:
                o.look_ns = s.v.now_ns
            request_input(s, o, RI_RESTARTED)
            order_input(s, o, OI_RESTARTED, NULL, 0)
            slot = following
    return RF_NONE


cdef void lift_holds(State* s, uint32_t token) noexcept nogil:
    cdef int32_t market
    for market in range(s.n_markets):
        if token == NO_TOKEN or <int32_t>(token >> 1) == market:
            s.markets[market].hold = 0


cdef int take_operator(State* s, const Event* ev) noexcept nogil:
    """A person's word; that a market is named where one is needed has been checked."""
    cdef int one = ev.token != NO_TOKEN
    cdef int verdict = VD_TAKE
    cdef Market* m = &s.markets[ev.token >> 1] if one else NULL
    if ev.code == OP_DRAIN:
        verdict = session_input(s, SI_DRAIN, 0, 0)
    elif ev.code == OP_RESUME:
        verdict = session_input(s, SI_RESUME if s.v.reconciled else SI_RESUME_UNREAD, 0, 0)
        if verdict == VD_TAKE:
            s.v.drained = 0
            s.v.day_base = s.v.last_sum    # a stop that was lifted counts from here
            s.v.session_base = s.v.last_sum
            s.v.day_breach_ns = 0
            s.v.session_breach_ns = 0
    elif ev.code == OP_HALT:
        if session_input(s, SI_HALT, FAULT_OPERATOR, 0) == VD_TAKE:
            alert(s, AL_DISK_OR_OPERATOR_HALT, NO_TOKEN, 0)
    elif ev.code == OP_CANCEL_ALL:
        cancel_all(s)
    elif ev.code == OP_LIFT_HOLD:
        lift_holds(s, ev.token)
    elif ev.code == OP_RESET_BREAKER:
        s.ignored = (m.breaker.state if one else s.v.breaker.state) == BS_CLOSED
        breaker_input(s, &m.breaker if one else &s.v.breaker, BI_OPERATOR_RESET,
                      ev.token & ~<uint32_t>1 if one else NO_TOKEN)
    elif ev.code == OP_LIFT_LOSS_STOP:
        m.loss_stop = 0
        m.loss_base = m.profit
        m.breach_ns = 0
    elif m.unhedged:
        m.unhedged = 0
        alert(s, AL_UNHEDGED_ENDED, ev.token & ~<uint32_t>1, 0)
    return RF_ILLEGAL if verdict == VD_REFUSE else RF_NONE
