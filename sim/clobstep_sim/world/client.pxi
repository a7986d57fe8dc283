# What a live adapter does: effects become requests, and its own chores. It never decides about money.

cdef inline int is_money(const Effect* e) noexcept nogil:
    """Leaves only after the event that caused it is durable."""
    return e.kind == EF_SUBMIT or e.kind == EF_MERGE or e.kind == EF_SPLIT or e.kind == EF_REDEEM


cdef int32_t request(W* w, const Effect* e) noexcept nogil:
    """The mail of a request about what an effect names; NONE when there is no memory."""
    cdef int32_t slot = new_mail(w)
    cdef Event* m
    if slot == ex.NONE:
        return slot
    m = &w.mails[slot].event
    m.order_id = e.order_id
    m.token = e.token
    m.generation = e.generation
    m.side = e.side
    m.price_pips = e.price_pips
    m.size = e.size
    m.amount = e.amount
    m.code = e.code
    m.flags = e.flags
    w.mails[slot].more = e.deadline_ns
    return slot


cdef void into_batch(W* w, int32_t slot) noexcept nogil:
    """Submits of one turn go together, fifteen at most."""
    if w.batch == ex.NONE:
        w.batch = slot
    else:
        w.mails[w.batch_last].next = slot
    w.batch_last = slot
    w.batch_n += 1
    if w.batch_n == 15:
        send_batch(w)


cdef void send_batch(W* w) noexcept nogil:
    cdef int32_t slot = w.batch
    w.batch = ex.NONE
    w.batch_n = 0
    if slot != ex.NONE:
        ask(w, slot, ASK_SUBMIT)


cdef void convert_effect(W* w, const Effect* e) noexcept nogil:
    cdef int32_t slot = request(w, e)
    cdef Conversion* c = &w.conversions[e.token >> 1]
    cdef Event* m
    if slot == ex.NONE:
        return
    m = &w.mails[slot].event
    m.kind = EV_SPLIT if e.kind == EF_SPLIT else EV_MERGE if e.kind == EF_MERGE else EV_REDEEM
    m.code = 0
    m.flags = 0
    m.amount = 0
    m.side = 0
    m.price_pips = 0
    c.event = m[0]
    c.number += 1
    w.mails[slot].number = c.number
    c.state = 1
    c.told_at = NEVER
    ask(w, slot, ASK_CONVERT)


cdef void dispatch(W* w) noexcept nogil:
    """Everything the engine wants done after an event."""
    cdef int64_t k
    cdef const Effect* e
    cdef int32_t slot
    for k in range(w.s.n_out):
        e = &w.s.out[k]
        if e.kind == EF_SUBMIT:
            check_submit(w, e)
            slot = request(w, e)
            if slot != ex.NONE:
                into_batch(w, slot)
            may_lie(w, e.order_id, SECOND // 20)
        elif e.kind == EF_ORDER:
            if e.code == OS_QUEUED or e.code >= OS_FILLED:
                may_stray(w, e.order_id)
            if e.code == OS_QUEUED or e.code == OS_DELAYED:
                may_be_untimely(w, <int32_t>(e.token >> 1))
        elif e.kind == EF_CANCEL or e.kind == EF_QUERY:
            slot = request(w, e)
            if slot != ex.NONE:
                ask(w, slot, ASK_CANCEL if e.kind == EF_CANCEL else ASK_QUERY)
        elif e.kind == EF_RECONCILE:
            plan(w, w.now_ns, DO_CHORE, CHORE_READ)
        elif e.kind == EF_RESYNC:
            slot = request(w, e)
            if slot != ex.NONE:
                ask(w, slot, ASK_BOOK)
        elif e.kind == EF_REFRESH:
            refresh(w, e.token)
        elif e.kind == EF_MERGE or e.kind == EF_SPLIT or e.kind == EF_REDEEM:
            convert_effect(w, e)
        elif e.ref - 1 >= <uint64_t>w.last_trade:      # no trade of the exchange's
            pass
        elif e.kind == EF_FILL:
            look_at_fee(w, e)
        elif e.kind == EF_SETTLED and e.code == TS_CONFIRMED and w.x.trades[e.ref - 1].taker_id == e.order_id:
            w.adjustment += w.fates[e.ref - 1].owed        # once, where we met ourselves


cdef void look_at_fee(W* w, const Effect* e) noexcept nogil:
    """The venue changed its rate and we did not know yet: a person sees the fee on the chain and books it.

    No message states a fee. Any other fee that is not the exchange's is the engine's own mistake, and stays.
    """
    cdef ex.XTrade* t = &w.x.trades[e.ref - 1]
    cdef Fate* fate = &w.fates[e.ref - 1]
    cdef int64_t held = w.s.markets[e.token >> 1].fee_ppm
    if t.taker == OURS and t.taker_id == e.order_id and held != fate.fee_ppm:
        fate.owed = ex.fee_by_rate(held, t.shares, t.taker_pips) - t.fee


cdef void refresh(W* w, uint32_t token) noexcept nogil:
    """Read a market's metadata, unless its source is down."""
    cdef int32_t slot
    if w.now_ns < w.gamma_until_ns and not w.quiet:
        return
    slot = new_mail(w)
    if slot != ex.NONE:
        w.mails[slot].event.token = token
        ask(w, slot, ASK_META)


cdef void own_word(W* w, int kind, int code) noexcept nogil:
    """An event that the client says of itself."""
    cdef Event e
    memset(&e, 0, sizeof(Event))
    e.kind = <uint8_t>kind
    e.code = <uint8_t>code
    e.token = NO_TOKEN
    hear(w, &e)


cdef void begin_read(W* w) noexcept nogil:
    """Orders, trades and balances, in one look. Private words wait until it is told: none can overtake it."""
    cdef int32_t slot
    if w.reading:
        return
    own_word(w, EV_RECONCILE_BEGUN, 0)
    hurries(w)
    slot = new_mail(w)
    if slot == ex.NONE:
        return
    w.reading = 1
    w.read_number += 1
    w.mails[slot].more = w.read_number
    ask(w, slot, ASK_READ)
    if not heap_push(&w.due, w.now_ns + READ_LATE_NS, 0, DO_CHORE, CHORE_READ_LATE, w.read_number):
        w.stop = STOP_MEMORY


cdef void release(W* w, int64_t until_ns) noexcept nogil:
    """What waited for the read and was said until then is heard; the rest goes on waiting."""
    cdef int32_t slot = w.held
    cdef int32_t following
    w.held = ex.NONE
    while slot != ex.NONE:
        following = w.mails[slot].next
        w.mails[slot].next = ex.NONE
        if w.mails[slot].event.time_ns > until_ns:
            hold_back(w, slot)
        else:
            hear(w, &w.mails[slot].event)
            drop_mail(w, slot)
        slot = following
    while w.user.n and w.user.first_ns <= w.now_ns and w.user.ring[w.user.head].event.time_ns <= until_ns:
        from_pipe(w, &w.user)


cdef void end_read(W* w) noexcept nogil:
    w.reading = 0
    release(w, NEVER)


cdef int64_t said_at(W* w, int32_t slot) noexcept nogil:
    """When a read was made."""
    while w.mails[slot].next != ex.NONE:
        slot = w.mails[slot].next
    return w.mails[slot].event.time_ns


cdef void hold_back(W* w, int32_t slot) noexcept nogil:
    """A chain of private words, until the read is told."""
    if w.held == ex.NONE:
        w.held = slot
    else:
        w.mails[w.held_last].next = slot
    w.held_last = slot
    while w.mails[w.held_last].next != ex.NONE:
        w.held_last = w.mails[w.held_last].next


cdef int is_old_news(W* w, const Mail* m) noexcept nogil:
    """How a conversion ended, once more: it was looked up when our process started, or is told twice."""
    cdef const Conversion* c = &w.conversions[m.event.token >> 1]
    return m.number != c.number or c.told_at <= w.n_log


cdef void is_told(W* w, int32_t slot) noexcept nogil:
    """An answer is with us: each of its events, unless our process died meanwhile."""
    cdef int32_t first = slot
    cdef int is_read = w.mails[slot].what == 0 and w.mails[slot].more > 0
    if w.mails[slot].line != w.line or w.is_dead:
        drop_mail(w, slot)
        return
    if is_read and (not w.reading or w.mails[slot].more != w.read_number):
        drop_mail(w, slot)                 # it came too late, another one was begun
        return
    if EV_SPLIT <= w.mails[slot].event.kind <= EV_CONVERSION_FAILED and is_old_news(w, &w.mails[slot]):
        drop_mail(w, slot)
        return
    if not is_read and w.reading and w.mails[slot].is_private:
        hold_back(w, slot)
        return
    if is_read:                            # words that are older than the read go before it
        release(w, said_at(w, slot))
    while slot != ex.NONE:
        if w.mails[slot].event.kind == EV_HEARTBEAT:
            w.beat_heard_ns = w.now_ns
        elif not w.stop and not w.is_dead:
            hear(w, &w.mails[slot].event)
        slot = w.mails[slot].next
    drop_mail(w, first)
    if is_read and not w.is_dead:
        was_read(w)
        end_read(w)


cdef void was_read(W* w) noexcept nogil:
    """Trades that were final then need not be read again: the engine has the word, if it is durable."""
    w.told_before = w.told_trades
    w.told_at = w.n_log
    while w.told_trades < w.read_final and w.x.trades[w.told_trades].time_ns < w.s.v.watermark_ns - SECOND:
        w.told_trades += 1


cdef void beat(W* w) noexcept nogil:
    """Every 5 s, as long as the engine is well; it is told when the venue does not answer."""
    cdef int32_t slot
    cdef int lost = w.now_ns - w.beat_heard_ns > 8 * SECOND
    plan(w, w.now_ns + BEAT_NS, DO_CHORE, CHORE_BEAT)
    if w.checking:
        judge_exchange(w)
    if w.is_dead or w.is_booting or w.now_ns < w.pause_until_ns:
        return
    if lost != w.beat_lost:
        w.beat_lost = <uint8_t>lost
        own_word(w, EV_HEARTBEAT, HB_LOST_BEAT if lost else HB_HEALTHY)
    if w.s.v.session == SS_HALTED:
        w.durable = w.n_log                # a person starts it again: nothing is lost, all is read
        die(w, w.now_ns + 20 * SECOND)
        return
    slot = new_mail(w)
    if slot != ex.NONE:
        ask(w, slot, ASK_BEAT)


cdef void connect_feed(W* w) noexcept nogil:
    """Subscribe again: the books come first."""
    cdef int32_t market
    w.feed.is_down = 0
    own_word(w, EV_FEED, SIGN_CONNECTED)
    for market in range(w.n_markets):
        if hit(w, NO_BOOK_PPM):
            continue
        ex.say_book(w.x, 2 * market)
        ex.say_book(w.x, 2 * market + 1)
    carry(w)


cdef void lose_feed(W* w, int64_t until_ns) noexcept nogil:
    """The market socket breaks; the client connects again later."""
    w.feed.is_down = 1
    empty(&w.feed)
    if not w.is_dead:
        own_word(w, EV_FEED, SIGN_LOST)
    plan(w, until_ns, DO_CHORE, CHORE_FEED)


cdef void lose_user(W* w, int64_t until_ns) noexcept nogil:
    w.user.is_down = 1
    empty(&w.user)
    plan(w, until_ns, DO_CHORE, CHORE_USER)


cdef void boot(W* w) noexcept nogil:
    """Our process starts again: what it knew is what was durable; the rest it reads."""
    cdef int32_t market
    cdef Conversion* c
    cdef Event e
    w.is_dead = 0
    w.is_booting = 1
    own_word(w, EV_RESTARTED, 0)
    w.beat_heard_ns = w.now_ns
    w.beat_lost = 0
    own_word(w, EV_HEARTBEAT, HB_HEALTHY)
    w.user.is_down = 0
    connect_feed(w)
    for market in range(w.n_markets):      # a transaction is looked up on the chain
        if w.s.markets[market].conversion and w.conversions[market].state != 1:
            c = &w.conversions[market]
            if c.state == 0 or c.told_at <= w.n_log:
                memset(&c.event, 0, sizeof(Event))     # that was an older one: this one never left
                c.event.token = <uint32_t>(2 * market)
                c.event.generation = w.generations[market]
                c.event.kind = EV_CONVERSION_FAILED
                c.state = 2                # nor will it, if we die again before this is durable
                c.number += 1
            e = c.event
            hear(w, &e)
    w.is_booting = 0
    begin_read(w)


cdef void die(W* w, int64_t until_ns) noexcept nogil:
    """Our process ends: all that was on its way to it is lost."""
    w.line += 1
    w.is_dead = 1
    w.reading = 0
    drop_mail(w, w.held)
    w.held = ex.NONE
    drop_mail(w, w.batch)
    w.batch = ex.NONE
    w.batch_n = 0
    empty(&w.feed)
    empty(&w.user)
    w.feed.is_down = w.user.is_down = 1
    plan(w, until_ns, DO_CHORE, CHORE_BOOT)


cdef void chore(W* w, int what, uint32_t number) noexcept nogil:
    cdef int32_t market
    if what == CHORE_BOOT:
        boot(w)
    elif what == CHORE_BEAT:
        beat(w)
    elif what == CHORE_PERIOD:
        plan(w, w.now_ns + w.knobs[READ_EVERY] * SECOND, DO_CHORE, CHORE_PERIOD)
        if not w.is_dead:
            begin_read(w)
    elif what == CHORE_TIMER:
        plan(w, w.now_ns + w.timer_ns, DO_CHORE, CHORE_TIMER)
        if not w.is_dead:
            own_word(w, EV_TIMER, 0)
    elif what == CHORE_META:
        plan(w, w.now_ns + w.knobs[META_EVERY] * SECOND, DO_CHORE, CHORE_META)
        if not w.is_dead:
            for market in range(w.n_markets):
                refresh(w, <uint32_t>(2 * market))
    elif what >= CHORE_REDEEM:
        if not w.is_alone:
            redeem_for_us(w, what - CHORE_REDEEM)
    elif what >= CHORE_ROLL and w.is_alone:
        roll_alone(w, what - CHORE_ROLL)
    elif what >= CHORE_ROLL:
        roll_market(w, what - CHORE_ROLL)
    elif w.is_dead:
        return
    elif what == CHORE_READ:
        begin_read(w)
    elif what == CHORE_READ_LATE:
        if w.reading and number == w.read_number:
            end_read(w)
            begin_read(w)
    elif what == CHORE_FEED:
        if w.feed.is_down:
            connect_feed(w)
    elif what == CHORE_USER and w.user.is_down:
        w.user.is_down = 0
        begin_read(w)                      # what the channel said meanwhile is read instead
