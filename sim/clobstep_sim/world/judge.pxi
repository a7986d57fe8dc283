# The engine judged from outside: by what it is told and what it says, not by what its guard thinks.
# docs/invariants.md has the numbers. Owns: Judged, what is remembered of each market; one more for all.
#
# After a crash only what was durable counts: what is remembered is set back to that (`judge_again`).

cdef void verdict(W* w, int number, uint64_t order_id) noexcept nogil:
    stop(w, STOP_JUDGED, number, order_id)


cdef inline int64_t held_in_all(const Account* a) noexcept nogil:
    return a.settled + a.incoming - a.outgoing


cdef int adds_risk(State* s, const Effect* e) noexcept nogil:
    """Whether a submit does more than bring both tokens' totals together, with all that is open (rules.md, 7)."""
    cdef uint32_t longer = e.token if e.side == SIDE_BUY else e.token ^ 1
    cdef int64_t room = held_in_all(&s.tokens[longer ^ 1]) - held_in_all(&s.tokens[longer])
    cdef int32_t slot = s.markets[e.token >> 1].first_order
    cdef Order* o
    if e.side == SIDE_BUY and e.code >= TIF_FOK:
        return 1
    while slot != NIL:
        o = &s.orders[slot]
        slot = o.next
        if o.id != e.order_id and (o.side == SIDE_BUY) == (o.token == longer):
            if o.side == SIDE_BUY and o.tif >= TIF_FOK:
                return 1
            room -= o.leaves
    return e.size > room


cdef int64_t fee_held(int64_t cash, int64_t rate, int64_t share_pips) noexcept nogil:
    """floor(cash * rate * share / 10^10 / 10) * 10, for a FAK or FOK BUY."""
    return cs_muldiv_floor(cash, rate * share_pips, <int64_t>100000000000) * 10


cdef int64_t needs(State* s, const Order* o) noexcept nogil:
    """What an open order has to hold (rules.md, 3)."""
    cdef Order* old = find_open(s, o.predecessor) if o.state == OS_QUEUED else NULL
    cdef int is_heir = old != NULL and old.token == o.token and old.side == o.side
    cdef int64_t leaves = o.leaves
    cdef int64_t need
    if is_heir and not (o.side == SIDE_BUY and (o.tif >= TIF_FOK or old.tif >= TIF_FOK)):
        leaves = max(0, leaves - max(0, old.filled - o.asked_filled))
    need = leaves
    if o.side == SIDE_BUY and o.tif >= TIF_FOK:
        need += fee_held(leaves, o.fee_ppm, PIPS - o.low_pips)
    elif o.side == SIDE_BUY:
        need = (leaves * o.price_pips + PIPS - 1) // PIPS
        if not o.post_only:
            need += ex.fee_by_rate(o.fee_ppm, leaves, o.price_pips)
    return max(0, need - old.reserved) if is_heir else need


cdef void judge_holds(W* w, int32_t market) noexcept nogil:
    """48 every open order of a market holds what it needs."""
    cdef int32_t slot = w.s.markets[market].first_order
    while slot != NIL:
        if w.s.orders[slot].reserved != needs(w.s, &w.s.orders[slot]):
            verdict(w, 48, w.s.orders[slot].id)
        slot = w.s.orders[slot].next


cdef int is_malformed(State* s, const Effect* e) noexcept nogil:
    """Off the market's grid, smaller than it takes, on a book that is crossed or silent, or post-only and crossing."""
    cdef Market* m = &s.markets[e.token >> 1]
    cdef int32_t bid = s.ladders[e.token].best_pips
    cdef int32_t other = s.ladders[e.token ^ 1].best_pips
    if bid and other and bid + other >= PIPS:
        return 1
    if s.v.now_ns - m.feed_ns > s.c.stale_after_ns:
        return 1
    if m.known == 1 and (e.price_pips % m.tick_pips or e.price_pips < m.tick_pips
                         or e.price_pips > PIPS - m.tick_pips):
        return 1
    if e.side == SIDE_BUY and e.code >= TIF_FOK:
        return 0
    if e.size % SIZE_GRAIN or (m.known == 1 and e.size < m.min_size):
        return 1
    if not e.flags & FLAG_ORDER_POST_ONLY:
        return 0
    return other > 0 and e.price_pips + other >= PIPS if e.side == SIDE_BUY else bid > 0 and e.price_pips <= bid


cdef int64_t exposed(State* s, int32_t market) noexcept nogil:
    """What a market's positions cost, and the cash that its open orders and its split hold."""
    cdef int64_t sum = max(s.tokens[2 * market].cost, 0) + max(s.tokens[2 * market + 1].cost, 0)
    cdef int32_t slot = s.markets[market].first_order
    if s.markets[market].conversion == EF_SPLIT:
        sum += s.markets[market].conversion_size
    while slot != NIL:
        if s.orders[slot].side == SIDE_BUY:
            sum += s.orders[slot].reserved
        slot = s.orders[slot].next
    return sum


cdef int64_t orders_in(State* s, int32_t market) noexcept nogil:
    cdef int32_t slot = s.markets[market].first_order
    cdef int64_t n = 0
    while slot != NIL:
        n += 1
        slot = s.orders[slot].next
    return n


cdef void judge_caps(W* w, const Effect* e) noexcept nogil:
    """40 what adds risk leaves no more orders open, and no more money exposed, than the caps allow."""
    cdef State* s = w.s
    cdef int32_t own = <int32_t>(e.token >> 1)
    cdef int is_order = e.kind == EF_SUBMIT
    cdef int64_t orders = 0
    cdef int64_t cluster = 0
    cdef int64_t total = 0
    cdef int64_t sum
    cdef int32_t market
    for market in range(s.n_markets):
        orders += orders_in(s, market)
        sum = exposed(s, market)
        total += sum
        if s.markets[market].cluster == s.markets[own].cluster:
            cluster += sum
    if is_order and ((s.c.cap_orders_market and orders_in(s, own) > s.c.cap_orders_market)
                     or (s.c.cap_orders_total and orders > s.c.cap_orders_total)):
        verdict(w, 40, e.order_id)
    if is_order and e.side == SIDE_SELL:
        return
    if (s.c.cap_market_micros and exposed(s, own) > s.c.cap_market_micros) \
            or (s.c.cap_cluster_micros and s.markets[own].cluster and cluster > s.c.cap_cluster_micros) \
            or (s.c.cap_total_micros and total > s.c.cap_total_micros):
        verdict(w, 40, e.order_id)


cdef int spends(Judged* j, int64_t rate, int64_t burst, int64_t now_ns) noexcept nogil:
    """One out of a budget; whether it was there."""
    if not j.has_spent:
        j.budget = burst * SECOND
    elif now_ns > j.budget_ns:
        j.budget = min(burst * SECOND, j.budget + min(now_ns - j.budget_ns, burst * SECOND) * rate)
    j.has_spent = 1
    j.budget_ns = max(now_ns, j.budget_ns)
    j.budget -= SECOND
    return j.budget >= 0


cdef void judge_pace(W* w, const Effect* e, const Event* cause, int adds) noexcept nogil:
    """41 no turn within the cooldown of another one, no more submits than the budgets. What was queued
    passed both when it was asked for."""
    cdef State* s = w.s
    cdef Judged* j = &w.judged[e.token >> 1]
    cdef int is_same = j.turn_ns != NEVER and cause.amount != 0 and cause.amount == j.turn
    if cause.kind != EV_INTENT_SUBMIT and cause.kind != EV_INTENT_REPLACE:
        return
    if adds and not is_same and j.turn_ns != NEVER and s.v.now_ns - j.turn_ns < s.c.cooldown_ns:
        verdict(w, 41, e.order_id)
    if not is_same:
        j.turn = cause.amount
        j.turn_ns = s.v.now_ns
    if not spends(j, s.c.market_rate, s.c.market_burst, s.v.now_ns):
        verdict(w, 41, e.order_id)
    if not spends(&w.judged[ALL_MARKETS], s.c.signer_rate, s.c.signer_burst, s.v.now_ns):
        verdict(w, 41, e.order_id)


cdef void judge_submit(W* w, const Effect* e, const Event* cause) noexcept nogil:
    cdef State* s = w.s
    cdef Market* m = &s.markets[e.token >> 1]
    cdef Judged* j = &w.judged[e.token >> 1]
    cdef int adds = adds_risk(s, e)
    if j.is_held or is_malformed(s, e):
        verdict(w, 24, e.order_id)
    if adds and (j.is_stopped or w.judged[ALL_MARKETS].is_stopped or s.v.session == SS_DRAINING or s.v.n_no_mark
                 or s.v.n_short or m.unhedged or (m.close_out_ns and s.v.now_ns >= m.close_out_ns)):
        verdict(w, 24, e.order_id)
    if adds:
        judge_caps(w, e)
    judge_holds(w, <int32_t>(e.token >> 1))
    judge_pace(w, e, cause, adds)
    judge_probe(w, j, e.order_id)
    judge_probe(w, &w.judged[ALL_MARKETS], e.order_id)


cdef void judge_alert(W* w, const Effect* e) noexcept nogil:
    """What it says that it will keep to."""
    cdef Judged* j = &w.judged[ALL_MARKETS if e.token == NO_TOKEN else e.token >> 1]
    if e.code == AL_BREAKER_OPEN or e.code == AL_GLOBAL_BREAKER_OPEN:
        judge_opening(w, e, j)
    elif e.code == AL_BREAKER_CLOSED:
        j.until_ns = 0
        j.probe = 0
        j.rejects = 0
    elif e.code == AL_LOSS_STOP:
        j = &w.judged[e.token >> 1 if e.aux == 0 else ALL_MARKETS]
        j.is_stopped = 1
    elif e.code == AL_NEG_RISK_HOLD:
        j.is_held = 1
    elif e.order_id and e.order_id < w.room_sent and (
            e.code == AL_RISEN or e.code == AL_LATE_FILL or e.code == AL_FOREIGN_FILL or e.code == AL_FOREIGN_ORDER):
        w.sent[e.order_id] |= SENT_TOLD


cdef void judge_operator(W* w, const Event* e) noexcept nogil:
    """A person's word that was taken: what it lifts, and what it stops."""
    cdef int32_t k
    if e.code == OP_DRAIN:
        w.judged[ALL_MARKETS].is_stopped = 1
    elif e.code == OP_RESUME:
        w.judged[ALL_MARKETS].is_stopped = 0
    elif e.code == OP_LIFT_LOSS_STOP:
        w.judged[e.token >> 1].is_stopped = 0
    elif e.code == OP_LIFT_HOLD:
        for k in range(w.n_markets):
            if e.token == NO_TOKEN or <int32_t>(e.token >> 1) == k:
                w.judged[k].is_held = 0


cdef int says(State* s, int code, uint64_t order_id, uint64_t ref) noexcept nogil:
    """Whether this alert came in the step at hand; 0 stands for any order, any trade."""
    cdef int64_t k
    for k in range(s.n_out):
        if s.out[k].kind == EF_ALERT and s.out[k].code == code and (order_id == 0 or s.out[k].order_id == order_id) \
                and (ref == 0 or s.out[k].ref == ref):
            return 1
    return 0


cdef void judge_cancels(W* w, int32_t market) noexcept nogil:
    """49 what stops a market asks for the end of all its orders, in the same step."""
    cdef int32_t slot = w.s.markets[market].first_order
    cdef Order* o
    while slot != NIL:
        o = &w.s.orders[slot]
        slot = o.next
        if not (o.cancel_wanted or o.done or o.request == RS_CANCEL or (o.state == OS_UNKNOWN and o.cancel_sent)):
            verdict(w, 49, o.id)


cdef void judge_stops(W* w, const Event* cause) noexcept nogil:
    """A hold, a loss, a person's word."""
    cdef State* s = w.s
    cdef int all_of_them = cause.kind == EV_OPERATOR and cause.code == OP_CANCEL_ALL
    cdef int32_t market
    cdef int64_t k
    for k in range(s.n_out):
        if s.out[k].kind != EF_ALERT:
            continue
        if s.out[k].code == AL_NEG_RISK_HOLD or (s.out[k].code == AL_LOSS_STOP and s.out[k].aux == 0):
            judge_cancels(w, <int32_t>(s.out[k].token >> 1))
        elif s.out[k].code == AL_LOSS_STOP:
            all_of_them = 1
    for market in range(s.n_markets if all_of_them else 0):
        judge_cancels(w, market)


cdef void judge_read(W* w, const Event* cause) noexcept nogil:
    """50 a read that found a difference leaves the watermark where it was."""
    if cause.kind == EV_RECONCILE_BEGUN:
        w.read_differs = 0
    w.read_differs |= says(w.s, AL_BALANCE_DIFFERS, 0, 0) or says(w.s, AL_ORDER_MISSING, 0, 0)
    if cause.kind == EV_RECONCILED and w.read_differs and w.s.v.watermark_ns != w.watermark_ns:
        verdict(w, 50, 0)
    w.watermark_ns = w.s.v.watermark_ns


cdef void judge_silence(W* w) noexcept nogil:
    """43 what halts, fails, is lost sight of or has no cover is said, in the step in which it happens."""
    cdef State* s = w.s
    cdef int64_t k
    cdef int halt = 0
    for k in range(s.n_out):
        halt |= s.out[k].kind == EF_HALT
        if s.out[k].kind == EF_ORDER and s.out[k].code == OS_UNKNOWN \
                and not says(s, AL_ORDER_UNKNOWN, s.out[k].order_id, 0):
            verdict(w, 43, s.out[k].order_id)
        elif s.out[k].kind == EF_SETTLED and s.out[k].code == TS_FAILED \
                and not (s.markets[s.out[k].token >> 1].unhedged and says(s, AL_TRADE_FAILED, 0, s.out[k].ref)):
            verdict(w, 43, s.out[k].order_id)
    if (s.v.session == SS_HALTED) != w.was_halted:
        w.was_halted = s.v.session == SS_HALTED
        if w.was_halted and not halt:
            verdict(w, 43, 0)
    if (s.v.n_short != 0) != w.was_short:
        w.was_short = s.v.n_short != 0
        if not says(s, AL_SHORTFALL if w.was_short else AL_SHORTFALL_ENDED, 0, 0):
            verdict(w, 43, 0)


cdef int is_venues(const Event* cause) noexcept nogil:
    """KILLED and CANCELED are the venue's own words; a fill that comes after them is booked without an alert."""
    return cause.kind == EV_REJECTED and cause.code == RJ_KILLED \
        or cause.kind == EV_CANCELED or cause.kind == EV_CANCEL_ACCEPTED


cdef void judge(W* w, const Event* cause) noexcept nogil:
    """After a step that said something."""
    cdef State* s = w.s
    cdef const Effect* e
    cdef int64_t k
    if cause.kind == EV_OPERATOR and not s.refused:
        judge_operator(w, cause)
    if cause.kind == EV_REJECTED and cause.code <= RJ_TIMED_OUT:
        count_reject(w, cause)
    for k in range(s.n_out):
        e = &s.out[k]
        if e.kind == EF_ORDER and e.code >= OS_FILLED and e.order_id < w.room_sent:
            w.sent[e.order_id] |= 0 if is_venues(cause) else SENT_ENDED
            probe_is_over(&w.judged[e.token >> 1], e.order_id)
            probe_is_over(&w.judged[ALL_MARKETS], e.order_id)
        if e.kind == EF_ALERT:
            judge_alert(w, e)
        elif e.kind == EF_SUBMIT:
            judge_submit(w, e, cause)
        elif e.kind == EF_SPLIT:
            judge_caps(w, e)
    judge_stops(w, cause)
    judge_read(w, cause)
    judge_silence(w)


cdef void judge_again_one(Judged* j, const Breaker* b, int is_stopped, int is_held) noexcept nogil:
    j.until_ns = b.until_ns if b.state != BS_CLOSED else 0
    j.pause_ns = b.until_ns - b.opened_ns
    j.probe = b.probe
    j.rejects = max(j.rejects, b.rejects)
    j.is_stopped = <uint8_t>is_stopped
    j.is_held = <uint8_t>is_held


cdef void judge_again(W* w) noexcept nogil:
    """The engine was made again from what was durable."""
    cdef State* s = w.s
    cdef int32_t k
    cdef uint64_t id
    for k in range(w.n_markets):
        judge_again_one(&w.judged[k], &s.markets[k].breaker, s.markets[k].loss_stop, s.markets[k].hold)
    judge_again_one(&w.judged[ALL_MARKETS], &s.v.breaker, s.v.drained, 0)
    w.was_halted = s.v.session == SS_HALTED
    w.was_short = s.v.n_short != 0
    w.watermark_ns = s.v.watermark_ns
    w.read_differs = 0
    for id in range(w.room_sent):          # whether it was held dead is not known any more
        w.sent[id] &= ~<uint8_t>(SENT_ENDED | SENT_BEFORE)


cdef int64_t truth_of(W* w, int32_t market, int is_fee) noexcept nogil:
    """What the exchange moved for us in a market; the fees with those that the engine booked by an older rate."""
    cdef ex.XTokens* pair = &w.x.tokens[OURS][2 * market]
    cdef int64_t sum = pair[0].fees + pair[1].fees if is_fee else pair[0].flow + pair[1].flow
    cdef int64_t k
    for k in range(w.judged[market].first_trade, w.last_trade if is_fee else 0):
        if w.x.trades[k].taker_token >> 1 == market and w.x.trades[k].status == TS_CONFIRMED:
            sum += w.fates[k].owed
    return sum


cdef void judge_books(W* w, int32_t market) noexcept nogil:
    """47 a market that is given away leaves the exchange's flow, fees and payout behind."""
    if w.s.markets[market].payout_pips != w.x.markets[market].payout_pips:
        verdict(w, 47, <uint64_t>market)
    if w.s.markets[market].flow != truth_of(w, market, 0) or w.s.markets[market].fees != truth_of(w, market, 1):
        verdict(w, 47, <uint64_t>market)


cdef void judge_exchange(W* w) noexcept nogil:
    """46 the exchange does what it owes us: orders end by their expiry, and when beats stop."""
    cdef int32_t slot = ex.overdue(w.x, OURS, w.now_ns, w.beat_at_ns)
    if slot != ex.NONE:
        verdict(w, 46, w.x.orders[slot].id)
