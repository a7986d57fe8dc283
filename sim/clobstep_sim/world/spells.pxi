# Faults that last a while. Each kind has its own stream for when; what it is like is drawn from `form`.

cdef void next_spell(W* w, int knob) noexcept nogil:
    """When the next of this kind begins."""
    if w.knobs[knob]:
        plan(w, w.now_ns + kn_exponential(&w.streams[knob], w.knobs[knob] * 1000) * 1000000 + 1, DO_SPELL, knob)


cdef int is_spell(int knob) noexcept nogil:
    return FIRST_SPELL <= knob <= LAST_SPELL or FIRST_MORE <= knob <= LAST_MORE or knob == POLL_EVERY \
        or knob == BALANCE_LIE_EVERY


cdef void begin_agenda(W* w) noexcept nogil:
    """Crowd and spells."""
    cdef int k
    for k in range(w.n_markets):
        plan(w, w.now_ns + 1 + k, DO_CROWD, k)
    for k in range(N_KNOBS):
        if is_spell(k):
            next_spell(w, k)


cdef inline int64_t lasts(W* w, int64_t mean_s) noexcept nogil:
    """From now until then."""
    return w.now_ns + kn_exponential(&w.form, mean_s * 1000) * 1000000 + 1


cdef int32_t any_market(W* w) noexcept nogil:
    return <int32_t>kn_below(&w.form, w.n_markets)


cdef void storm(W* w) noexcept nogil:
    """Every order is rejected, for a reason that counts or one that does not."""
    w.storm_market = any_market(w) if kn_chance(&w.form, 600000) else ex.NONE
    w.storm_reason = <uint8_t>kn_below(&w.form, RJ_RATE_LIMIT + 1)
    if w.storm_reason == RJ_KILLED:        # says that nothing was there to match
        w.storm_reason = RJ_OTHER
    w.storm_until_ns = lasts(w, 60)


cdef void venue_spell(W* w, int knob) noexcept nogil:
    """The venue's own states; some are announced."""
    cdef Event e
    cdef int state
    if knob == RESTART_EVERY:
        ex.restart_engine(w.x, lasts(w, 60) - w.now_ns)
        return
    state = VS_POST_ONLY + <int>kn_below(&w.form, 3)
    w.x.state = <uint8_t>state
    plan(w, lasts(w, 30), DO_END, STATE_EVERY)
    if kn_next_bit(&w.form):
        memset(&e, 0, sizeof(Event))
        e.kind = EV_VENUE
        e.code = <uint8_t>state
        e.token = NO_TOKEN
        tell_later(w, &e, w.now_ns + SECOND, 0)


cdef void metadata_spell(W* w, int knob) noexcept nogil:
    cdef int32_t market = any_market(w)
    cdef ex.XMarket* m = &w.x.markets[market]
    cdef int32_t tick
    if knob == FLAG_EVERY:
        w.meta_flags[market] ^= FLAG_META_NEG_RISK if kn_next_bit(&w.form) else FLAG_META_AUGMENTED
    elif knob == TICK_EVERY:
        tick = 100 if kn_next_bit(&w.form) else 10 if kn_chance(&w.form, 600000) else 1
        if hit(w, GRID_PPM):
            tick = 1000 if kn_chance(&w.form, 300000) else 50 if kn_next_bit(&w.form) else 25
        if kn_chance(&w.form, 700000):
            ex.change_tick(w.x, market, tick)
        else:                              # the feed does not say it; metadata does
            m.tick_pips = tick
            m.least_pips = min(m.least_pips, tick)
    elif knob == FEE_EVERY:
        m.fee_ppm = 10000 * kn_below(&w.form, 8)
    elif knob == GAME_EVERY:
        w.crowds[market].close_out_ns = (lasts(w, 150) // SECOND + 1) * SECOND
        if hit(w, CLEARED_PPM):
            plan(w, w.crowds[market].close_out_ns, DO_END, END_CLEARED + market)
    elif knob == MINIMUM_EVERY:
        m.min_size = SHARE_MICROS * (1 + kn_below(&w.form, 15))
    elif not m.is_closed and not m.is_resolved:
        closes(w, market, kn_chance(&w.form, 300000))
    carry(w)


cdef void closes(W* w, int32_t market, int at_once) noexcept nogil:
    """It resolves later, or at once: that is told on another channel than what became of its orders."""
    w.x.markets[market].is_closed = 1
    plan(w, w.now_ns + 1 if at_once else lasts(w, 120), DO_END, 1000 + market)


cdef void resolves(W* w, int32_t market, int payout_pips) noexcept nogil:
    """And a minute later its place may go to another."""
    if w.is_alone and w.x.markets[market].is_resolved:
        return                             # somebody ended it by hand
    ex.resolve_market(w.x, market, payout_pips)
    carry(w)
    plan(w, w.now_ns + 60 * SECOND, DO_CHORE, CHORE_ROLL + market)


cdef void operator_word(W* w, int code) noexcept nogil:
    """About everything, or about one market."""
    cdef Event e
    cdef int32_t market = any_market(w)
    memset(&e, 0, sizeof(Event))
    e.kind = EV_OPERATOR
    e.code = <uint8_t>code
    e.token = NO_TOKEN
    if code == OP_LIFT_LOSS_STOP or code == OP_CLEAR_UNHEDGED or (code >= OP_LIFT_HOLD and kn_next_bit(&w.form)):
        e.token = <uint32_t>(2 * market)
        e.generation = w.generations[market]
    hear(w, &e)


cdef void operates(W* w) noexcept nogil:
    """A person: stops, goes on, lifts what only a person lifts."""
    cdef int64_t roll = kn_below(&w.form, 100)
    if roll < 12:
        operator_word(w, OP_DRAIN)
    elif roll < 50:
        operator_word(w, OP_RESUME)
    elif roll < 55:
        operator_word(w, OP_HALT)
    elif roll < 62:
        operator_word(w, OP_CANCEL_ALL)
    elif roll < 80:
        operator_word(w, OP_LIFT_HOLD)
    elif roll < 85:
        operator_word(w, OP_LIFT_LOSS_STOP)
    elif roll < 90:
        operator_word(w, OP_RESET_BREAKER)
    else:
        operator_word(w, OP_CLEAR_UNHEDGED)


cdef void moves_money(W* w) noexcept nogil:
    """A deposit, a withdrawal of what is free, or the venue locks more than we know of. Nobody does so while
    the account is read."""
    cdef Event e
    cdef ex.XAccount* a = &w.x.accounts[OURS]
    cdef int64_t amount = SECOND // 1000 * (1 + kn_below(&w.form, 50))
    cdef int64_t roll = kn_below(&w.form, 4)
    memset(&e, 0, sizeof(Event))
    e.token = NO_TOKEN
    e.amount = amount
    if w.reading:
        return
    if roll < 2:
        e.kind = EV_DEPOSIT
        a.settled += amount
    elif roll == 2:
        if a.settled - a.out - a.held < amount or turn_spendable(&w.s.v.cash) < amount:
            return
        e.kind = EV_WITHDRAWAL
        a.settled -= amount
    else:
        e.kind = EV_LOCK
        if w.s.v.cash.locked:
            e.amount = 0
    hear(w, &e)


cdef void feed_sign(W* w) noexcept nogil:
    """What the codec says of a book whose hash or mirror does not fit."""
    cdef Event e
    memset(&e, 0, sizeof(Event))
    e.kind = EV_FEED
    e.token = <uint32_t>(2 * any_market(w))
    e.generation = w.generations[e.token >> 1]
    e.code = <uint8_t>(SIGN_HASH_GOOD + kn_below(&w.form, SIGN_GAP - SIGN_HASH_GOOD + 2))
    if e.code > SIGN_GAP:
        e.code = SIGN_CONNECTED            # once more
    hear(w, &e)


cdef void person_trades(W* w) noexcept nogil:
    """Somebody uses our account by hand: orders we did not send."""
    cdef int32_t token = <int32_t>(2 * any_market(w)) | kn_next_bit(&w.form)
    cdef ex.XMarket* m = &w.x.markets[token >> 1]
    cdef XOrder o
    memset(&o, 0, sizeof(XOrder))
    o.account = OURS
    w.persons += 1
    o.id = PERSONS + w.persons
    o.token = token
    o.side = SIDE_BUY
    o.original = 10000000 * (1 + kn_below(&w.form, 8))
    o.price_pips = <int16_t>(ex.best_pips(w.x, token, 0) // m.tick_pips * m.tick_pips)
    if kn_next_bit(&w.form):               # takes; what is left over rests, or not
        o.price_pips = <int16_t>(min(ex.best_pips(w.x, token, 1) // m.tick_pips * m.tick_pips, PIPS - m.tick_pips))
        o.tif = TIF_FAK if kn_next_bit(&w.form) else TIF_GTC
    ex.arrive(w.x, &o)
    ex.publish(w.x)
    carry(w)


cdef void cancel_past_us(W* w) noexcept nogil:
    """All orders of ours, and the engine has not asked for it."""
    ex.cancel_open(w.x, OURS, ex.NONE, CR_USER)
    ex.publish(w.x)
    carry(w)


cdef void disk_errs(W* w) noexcept nogil:
    """The journal is slow for a while. Or it is full, or the next write fails: then the process cancels all, writes
    nothing more, sends nothing more and ends; a person mends the disk and starts it again."""
    if w.is_dead or kn_chance(&w.form, 700000):
        w.disk_until_ns = lasts(w, 3)
    else:
        cancel_past_us(w)
        w.crash = CRASH_BEFORE_WRITE


cdef void twin_acts(W* w) noexcept nogil:
    """A second process of ours: it starts and cancels all, or trades, or splits by hand what the chain then shows."""
    cdef Event e
    cdef int32_t market = any_market(w)
    cdef int64_t roll = kn_below(&w.form, 3)
    if roll == 0:
        cancel_past_us(w)
    elif roll == 1:
        person_trades(w)
        person_trades(w)
    elif not w.is_dead and not w.reading and not w.s.markets[market].conversion \
            and ex.convert(w.x, OURS, market, SHARE_MICROS, 1):
        memset(&e, 0, sizeof(Event))
        e.kind = EV_SPLIT
        e.token = <uint32_t>(2 * market)
        e.generation = w.generations[market]
        e.size = SHARE_MICROS
        hear(w, &e)
        w.durable = w.n_log                # nobody says it twice


cdef void venue_holds(W* w) noexcept nogil:
    """Cash of ours, for no order that is open: all of it, or a part."""
    cdef ex.XAccount* a = &w.x.accounts[OURS]
    a.phantom = a.settled // (1 + kn_below(&w.form, 3))
    plan(w, lasts(w, 90), DO_END, PHANTOM_EVERY)


cdef void falls_silent(W* w) noexcept nogil:
    """Both sockets, and nobody says that they broke."""
    cdef int64_t until_ns = lasts(w, 60)
    cdef int32_t market
    w.silent_until_ns = max(w.silent_until_ns, until_ns)
    for market in range(w.n_markets):
        w.stalled_ns[market] = max(w.stalled_ns[market], until_ns)


cdef void revoke_key(W* w) noexcept nogil:
    """Nothing private is answered, and the user channel is closed."""
    w.key_until_ns = lasts(w, 60)
    w.silent_until_ns = max(w.silent_until_ns, w.key_until_ns)
    lose_user(w, w.key_until_ns)


cdef void signals(W* w) noexcept nogil:
    """Words from outside: a number for the strategy, the offset of the clocks."""
    cdef Event e
    memset(&e, 0, sizeof(Event))
    e.kind = EV_SIGNAL if kn_next_bit(&w.form) else EV_CLOCK
    e.token = NO_TOKEN
    e.order_id = 1
    e.size = kn_below(&w.form, PIPS)
    e.amount = w.clock_ns
    hear(w, &e)


cdef void steps_clock(W* w) noexcept nogil:
    """By seconds, or by nearly an hour, which is as far as the engine believes at once; from there back."""
    cdef int is_off = w.clock_ns >= 1800 * SECOND or w.clock_ns <= -1800 * SECOND
    w.clock_ns = kn_exponential(&w.form, 5000) * 1000000 * (2 * kn_next_bit(&w.form) - 1)
    w.grain_ns = SECOND if hit(w, COARSE_PPM) else 1
    if not is_off and hit(w, HOUR_PPM):
        w.clock_ns = 3400 * SECOND * (2 * kn_next_bit(&w.form) - 1)


cdef void polls(W* w) noexcept nogil:
    """The venue's page of its state is asked: it says that orders are taken, though takers have to wait.
    Or it says what is not so."""
    cdef Event e
    cdef int is_wrong
    if w.is_dead:
        return
    is_wrong = hit(w, PAGE_LIES_PPM)
    if not is_wrong and (ex.venue_state(w.x) == VS_RESTARTING or w.x.state != VS_NORMAL):
        return
    memset(&e, 0, sizeof(Event))
    e.kind = EV_VENUE
    e.code = VS_NORMAL
    e.token = NO_TOKEN
    if is_wrong:
        e.code = <uint8_t>kn_below(&w.form, VS_RESTARTING + 1)
        hear(w, &e)
        e.code = <uint8_t>kn_below(&w.form, VS_RESTARTING + 1)
    hear(w, &e)


cdef void client_spell(W* w, int knob) noexcept nogil:
    """What hits our side: needs a process that lives."""
    if knob == FEED_LOST_EVERY:
        lose_feed(w, lasts(w, 10))
    elif knob == FEED_SIGN_EVERY:
        feed_sign(w)
        signals(w)
    elif knob == PERSON_EVERY:
        person_trades(w)
    elif knob == USER_LOST_EVERY:
        lose_user(w, lasts(w, 20))
    elif knob == CRASH_EVERY:
        w.crash = <uint8_t>(CRASH_NOW + kn_below(&w.form, 4))
        if w.crash == CRASH_NOW:
            w.stop = STOP_CRASH
    elif knob == PAUSE_EVERY:
        w.pause_until_ns = w.now_ns + 30 * SECOND
    elif knob == CLOCK_EVERY:
        steps_clock(w)
    elif knob == MONEY_EVERY:
        moves_money(w)
    elif knob == OPERATOR_EVERY:
        operates(w)


cdef void more_spells(W* w, int knob) noexcept nogil:
    if knob == KEY_EVERY:
        revoke_key(w)
    elif knob == PHANTOM_EVERY:
        venue_holds(w)
    elif knob == TWIN_EVERY:
        twin_acts(w)
    elif knob == HALF_OPEN_EVERY:
        falls_silent(w)
    elif knob == POLL_EVERY:
        polls(w)
    elif knob == BALANCE_LIE_EVERY:
        w.lie_until_ns = lasts(w, 30)
    else:
        disk_errs(w)


cdef void spell(W* w, int knob) noexcept nogil:
    """One begins, and when the next will is drawn."""
    if not w.quiet:
        next_spell(w, knob)
        begins(w, knob)


cdef void begins(W* w, int knob) noexcept nogil:
    w.seen_spells[knob] += 1
    if knob == STORM_EVERY:
        storm(w)
    elif knob == FEED_STALL_EVERY:
        w.stalled_ns[any_market(w)] = lasts(w, 45)
    elif knob == FEED_CLOG_EVERY:
        w.clog_until_ns = lasts(w, 2)
    elif knob == THROTTLE_EVERY:
        w.throttle_until_ns = lasts(w, 10)
    elif knob == QUEUE_EVERY:
        w.queue_until_ns = lasts(w, 30)
    elif knob == GAMMA_DOWN_EVERY:
        w.gamma_until_ns = lasts(w, 1800)
    elif knob == BURST_EVERY:
        w.burst_until_ns = lasts(w, 2)
    elif knob == RESTART_EVERY or knob == STATE_EVERY:
        venue_spell(w, knob)
    elif FLAG_EVERY <= knob <= GAME_EVERY or knob == MINIMUM_EVERY:
        metadata_spell(w, knob)
    elif knob >= FIRST_MORE:
        more_spells(w, knob)
    elif not w.is_dead:
        client_spell(w, knob)
    elif w.is_alone:
        spell_alone(w, knob)


cdef void spell_ends(W* w, int32_t what) noexcept nogil:
    cdef int32_t account
    cdef int payout
    if what == STATE_EVERY:
        w.x.state = VS_NORMAL
    elif what == PHANTOM_EVERY:
        w.x.accounts[OURS].phantom = 0
    elif what >= END_CLEARED:              # a game begins
        for account in range(w.x.n_accounts if not w.quiet else 0):
            ex.cancel_open(w.x, account, what - END_CLEARED, CR_USER)
        ex.publish(w.x)
        carry(w)
    elif what >= 1000:                     # a closed market resolves
        payout = PIPS * kn_next_bit(&w.form)
        resolves(w, what - 1000, PIPS // 2 if hit(w, DRAW_PPM) else payout)
