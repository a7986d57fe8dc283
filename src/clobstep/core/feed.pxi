# Books of a condition as a verified feed. Owns: Market.feed, the open group, marks of trust.
# Touches ladders (book.pxi) and emits RESYNC, alerts and wakes; never an order.

cdef enum:
    GROUP_DUE_NS = 250000000           # a group without an end mark is compared after this
    RESYNC_PACE_NS = 1000000000        # a condition's snapshot is asked for at most so often


cdef int feed_input(State* s, int32_t market, int name) noexcept nogil:
    """Move one feed by its table. Returns the verdict."""
    cdef Market* m = &s.markets[market]
    cdef Cell cell = FEED_TABLE[name][m.feed]
    met(s, FEED_CELLS + name * N_FEED_STATES + m.feed)
    if cell.verdict == VD_FAULT:
        fault(s, FAULT_TABLE, <uint32_t>name)
        return VD_FAULT
    if cell.verdict != VD_TAKE:
        return cell.verdict
    if m.feed != cell.next:
        m.feed = cell.next
        wake(s, <uint32_t>(2 * market), WAKE_FEED)
    feed_action(s, market, m, cell.action)
    return VD_TAKE


cdef void feed_action(State* s, int32_t market, Market* m, int action) noexcept nogil:
    cdef uint32_t token = <uint32_t>(2 * market)
    if action == FA_DROP or action == FA_CLEAR or action == FA_SPOIL:
        clear_ladder(s, &s.ladders[token])
        clear_ladder(s, &s.ladders[token + 1])
        m.group_open = 0
        m.group_best = 0
        m.crossed = 0
        m.agreed_groups = 0
        m.warm_since_ns = 0
        m.asked_ns = 0
        m.group_time_ns = 0
    if action == FA_RESYNC or action == FA_SPOIL:
        alert(s, AL_FEED_STALE, token, 0)
        ask_snapshot(s, token)
    elif action == FA_COOL:
        m.agreed_groups = 0
    elif action == FA_WARM:
        m.agreed_groups += 1
        if m.warm_since_ns == 0:
            m.warm_since_ns = s.v.now_ns
        if s.c.warm_time_ns and m.agreed_groups >= s.c.warm_groups \
                and s.v.now_ns - m.warm_since_ns >= s.c.warm_time_ns:
            feed_input(s, market, FI_WARMED)


cdef void await_snapshot(State* s, Market* m) noexcept nogil:
    """From now on a snapshot is owed; it is asked for again while none has begun."""
    m.asked_ns = s.v.now_ns
    arm(s, later(s.v.now_ns, s.c.stale_after_ns))


cdef void ask_snapshot(State* s, uint32_t token) noexcept nogil:
    """Ask, or wait until it may be asked again: each answer is a book of either token, and if neither is
    any good (crossed, no room for its grid) to ask at once for each would double the requests every time."""
    cdef Effect* e
    cdef Market* m = &s.markets[token >> 1]
    if m.resync_ns and s.v.now_ns - m.resync_ns < RESYNC_PACE_NS:
        m.asked_ns = most(1, m.resync_ns + RESYNC_PACE_NS - s.c.stale_after_ns)
        arm(s, later(m.asked_ns, s.c.stale_after_ns))
        return
    await_snapshot(s, m)
    m.resync_ns = s.v.now_ns
    e = emit(s, EF_RESYNC)
    e.token = token
    e.generation = s.markets[token >> 1].generation
    count(s, CT_RESYNCS)


cdef void prune_above(State* s, uint32_t token, int32_t best_pips) noexcept nogil:
    """Delete our levels better than the venue's own best: their deletion was lost on the way."""
    cdef Ladder* ladder = &s.ladders[token]
    while ladder.best_pips > best_pips:
        store_level(s, ladder, ladder.best_pips, 0)
        count(s, CT_LEVELS_PRUNED)


cdef void close_group(State* s, int32_t market, Market* m) noexcept nogil:
    """Compare our best with the carried one after the last event of a group (rules.md, 8)."""
    cdef uint32_t token = <uint32_t>(2 * market)
    cdef int name
    m.group_open = 0
    count(s, CT_GROUPS)
    if m.group_best:
        m.group_best = 0
        if cs_unlikely(s.ladders[token].best_pips > m.group_bid):
            prune_above(s, token, m.group_bid)
        if cs_unlikely(s.ladders[token + 1].best_pips > PIPS - m.group_ask):
            prune_above(s, token + 1, <int32_t>PIPS - m.group_ask)
        name = FI_AGREED
        if s.ladders[token].best_pips != m.group_bid \
                or s.ladders[token + 1].best_pips != PIPS - m.group_ask:
            name = FI_MISSING_BEST
            count(s, CT_BEST_MISSING)
        m.crossed = <uint8_t>is_crossed(s, token)
        if cs_unlikely(m.crossed and name == FI_AGREED):
            name = FI_CROSSED
    else:
        m.crossed = <uint8_t>is_crossed(s, token)
        if cs_likely(not m.crossed):
            return                      # nothing was carried: nothing to compare
        name = FI_CROSSED
    if name == FI_CROSSED:
        count(s, CT_CROSSED_GROUPS)
    elif name == FI_AGREED:
        count(s, CT_GROUPS_AGREED)
        if cs_likely(m.feed == FS_SYNCED):
            met(s, FEED_CELLS + FI_AGREED * N_FEED_STATES + FS_SYNCED)
            return
    feed_input(s, market, name)


cdef inline void open_group(State* s, Market* m, const Event* ev) noexcept nogil:
    m.group_open = 1
    m.group_time_ns = most(m.group_time_ns, ev.venue_time_ns)
    m.group_due_ns = s.v.now_ns + GROUP_DUE_NS


cdef inline int is_late(const Market* m, const Event* ev) noexcept nogil:
    """Older than the last group: what it carries as the venue's best is not the best any more."""
    return 0 < ev.venue_time_ns < m.group_time_ns


cdef inline void carry(Market* m, const Event* ev) noexcept nogil:
    """Keep the venue's best as the even token sees it."""
    cdef int odd = ev.token & 1
    m.group_best = 1
    m.group_bid = <int16_t>(PIPS - ev.ask_pips) if odd else ev.bid_pips
    m.group_ask = <int16_t>(PIPS - ev.bid_pips) if odd else ev.ask_pips


cdef inline void told_best(State* s, int32_t market, Market* m) noexcept nogil:
    """Wake a strategy that wants to know when the best bid or ask has changed."""
    cdef int32_t bid = s.ladders[2 * market].best_pips
    cdef int32_t ask = s.ladders[2 * market + 1].best_pips
    if bid != m.seen_bid or ask != m.seen_ask:
        m.seen_bid = bid
        m.seen_ask = ask
        wake(s, <uint32_t>(2 * market), WAKE_BBO)


cdef void grouped_delta(State* s, const Event* ev) noexcept nogil:
    """The group of a delta that is stored: open it, keep what it carries, close it at its end."""
    cdef int32_t market = <int32_t>(ev.token >> 1)
    cdef Market* m = &s.markets[market]
    if not m.group_open:
        open_group(s, m, ev)
        if not ev.flags & FLAG_BOOK_END:
            arm(s, m.group_due_ns)
    m.group_due_ns = s.v.now_ns + GROUP_DUE_NS
    if ev.flags & FLAG_BOOK_BEST and not is_late(m, ev):
        carry(m, ev)
    if ev.flags & FLAG_BOOK_END:
        close_group(s, market, m)


cdef void before_delta(State* s, const Event* ev) noexcept nogil:
    """What a delta may have to do first: end an older group, wake a feed that was DOWN."""
    cdef int32_t market = <int32_t>(ev.token >> 1)
    cdef Market* m = &s.markets[market]
    if m.group_open and ev.venue_time_ns > m.group_time_ns:
        close_group(s, market, m)
    if m.feed == FS_DOWN:
        feed_input(s, market, FI_DELTA)
        m.warm_since_ns = s.v.now_ns
        arm(s, later(s.v.now_ns, s.c.stale_after_ns))


cdef inline int agrees(const Ladder* own, const Ladder* other, const Event* ev) noexcept nogil:
    """A whole group in one delta whose carried best is ours and not crossed: the common case."""
    cdef int32_t bid = own.best_pips
    cdef int32_t ask = <int32_t>PIPS - other.best_pips
    return ((bid ^ ev.bid_pips) | (ask ^ ev.ask_pips)) == 0 and (bid < ask or bid == 0 or ask == PIPS)


cdef enum:
    DELTA_LONG = 0                     # nothing was done
    DELTA_DISAGREES = 1                # stored, and its group is to be compared
    DELTA_DONE = 2


cdef inline int calm_delta(State* s, const Event* ev, Market* m, Ladder* own, Ladder* other) noexcept nogil:
    """A delta that is a whole group of a book that is believed: most are. No call is made from here.

    One that is done is counted by the caller.
    """
    cdef int32_t pips = cs_bid_pips(ev.price_pips, ev.side)
    cdef Ladder* ladder = other if ev.side else own
    if cs_unlikely(((m.feed ^ FS_SYNCED) | m.group_open | (ev.flags ^ (FLAG_BOOK_BEST | FLAG_BOOK_END))) != 0
                   or ev.venue_time_ns < m.group_time_ns):
        return DELTA_LONG
    if cs_unlikely(off_narrow(ladder, pips)):
        return DELTA_LONG
    store_narrow(ladder, pips, ev.size)
    m.feed_ns = s.v.now_ns
    if cs_unlikely(not agrees(own, other, ev)):
        return DELTA_DISAGREES
    m.group_time_ns = ev.venue_time_ns
    return DELTA_DONE


cdef void long_delta(State* s, const Event* ev) noexcept nogil:
    """Any delta, already validated."""
    cdef Market* m = &s.markets[ev.token >> 1]
    cdef int32_t pips = cs_bid_pips(ev.price_pips, ev.side)
    cdef int was = m.feed
    if m.feed != FS_SYNCED or m.group_open:
        before_delta(s, ev)
    if was != FS_DOWN:
        met(s, FEED_CELLS + FI_DELTA * N_FEED_STATES + m.feed)
    if cs_unlikely(not store_level(s, &s.ladders[ev.token ^ ev.side], pips, ev.size)):
        alert(s, AL_BOOK_CAPACITY, ev.token, 0)
        feed_input(s, <int32_t>(ev.token >> 1), FI_GAP)
        return                             # taken: the book is not believed any more
    m.feed_ns = s.v.now_ns
    count(s, CT_DELTAS)
    after_delta(s, ev, m)


cdef void after_delta(State* s, const Event* ev, Market* m) noexcept nogil:
    """What a delta that is stored does to its group, and who is woken."""
    grouped_delta(s, ev)
    if m.wake:
        told_best(s, <int32_t>(ev.token >> 1), m)


cdef inline int take_delta(State* s, const Event* ev) noexcept nogil:
    """BOOK_DELTA, already validated. Returns a refusal or RF_NONE."""
    long_delta(s, ev)
    return RF_NONE


cdef int take_best(State* s, const Event* ev) noexcept nogil:
    """BEST: the venue's own best without a change of a level."""
    cdef int32_t market = <int32_t>(ev.token >> 1)
    cdef Market* m = &s.markets[market]
    if m.group_open and ev.venue_time_ns > m.group_time_ns:
        close_group(s, market, m)
    if m.feed == FS_DOWN:                  # it holds nothing to compare
        met(s, FEED_CELLS + N_FEED_STATES * FI_MISSING_BEST + FS_DOWN)
        return RF_NONE
    if is_late(m, ev):
        s.ignored = 1
        return RF_NONE
    if not m.group_open:
        open_group(s, m, ev)
        arm(s, m.group_due_ns)
    m.group_due_ns = s.v.now_ns + GROUP_DUE_NS
    carry(m, ev)
    m.feed_ns = s.v.now_ns
    if ev.flags & FLAG_BOOK_END:
        close_group(s, market, m)
    if m.wake:
        told_best(s, market, m)
    return RF_NONE


cdef int put_level(State* s, const Event* ev, int16_t price_pips, int64_t size) noexcept nogil:
    cdef int32_t pips = <int32_t>PIPS - price_pips if ev.side else price_pips
    return store_level(s, &s.ladders[ev.token ^ ev.side], pips, size)


cdef int bad_level(int16_t price_pips, int64_t size) noexcept nogil:
    if price_pips < 0 or price_pips > PIPS:
        return RF_BAD_PRICE
    if size < 0 or size > MAX_SIZE:
        return RF_BAD_SIZE
    return RF_NONE


cdef inline int lower(int a, int b) noexcept nogil:
    """The refusal that precedes, where RF_NONE is none."""
    if a == RF_NONE or (b != RF_NONE and b < a):
        return b
    return a


cdef int check_snapshot(const Event* ev) noexcept nogil:
    """Everything that can be wrong with a snapshot record, before any of it is applied."""
    cdef int code = RF_NONE
    if ev.code > 0:
        code = bad_level(ev.price_pips, ev.size)
    if ev.code > 1:
        code = lower(code, bad_level(ev.bid_pips, ev.amount))
    if ev.code > 2:
        code = lower(code, bad_level(ev.ask_pips, <int64_t>ev.order_id))
    if ev.code > 3:
        code = lower(code, RF_BAD_CODE)
    return code


cdef int take_snapshot(State* s, const Event* ev) noexcept nogil:
    """BOOK_SNAPSHOT: FIRST clears, LAST completes; a crossed one is not believed."""
    cdef int32_t market = <int32_t>(ev.token >> 1)
    cdef Market* m = &s.markets[market]
    cdef int fits = 1
    if not ev.flags & FLAG_SNAP_FIRST and FEED_TABLE[FI_SNAPSHOT_LEVELS][m.feed].verdict == VD_REFUSE:
        met(s, FEED_CELLS + m.feed + N_FEED_STATES * (
            FI_SNAPSHOT_LAST if ev.flags & FLAG_SNAP_LAST else FI_SNAPSHOT_LEVELS))
        return RF_NO_SNAPSHOT_OPEN
    m.feed_ns = s.v.now_ns
    if ev.flags & FLAG_SNAP_FIRST:
        feed_input(s, market, FI_SNAPSHOT_FIRST)
        arm(s, later(s.v.now_ns, s.c.stale_after_ns))
    else:
        feed_input(s, market, FI_SNAPSHOT_LEVELS)
    if ev.code > 0:
        fits = put_level(s, ev, ev.price_pips, ev.size)
    if ev.code > 1:
        fits = put_level(s, ev, ev.bid_pips, ev.amount) and fits
    if ev.code > 2:
        fits = put_level(s, ev, ev.ask_pips, <int64_t>ev.order_id) and fits
    if not fits:
        alert(s, AL_BOOK_CAPACITY, ev.token, 0)
        feed_input(s, market, FI_GAP)
        return RF_NONE
    if ev.flags & FLAG_SNAP_LAST:
        count(s, CT_SNAPSHOTS)
        if is_crossed(s, ev.token):
            count(s, CT_CROSSED_SNAPSHOTS)
            feed_input(s, market, FI_SNAPSHOT_CROSSED)
            return RF_NONE
        feed_input(s, market, FI_SNAPSHOT_LAST)
    if m.wake and ev.flags & FLAG_SNAP_LAST:
        told_best(s, market, m)
    return RF_NONE


cdef int feed_sign(State* s, int32_t market, int sign) noexcept nogil:
    """One sign for one feed; returns the table's verdict."""
    if sign == SIGN_HASH_BAD:
        count(s, CT_HASH_BAD)
    elif sign == SIGN_MIRROR_MISMATCH:
        count(s, CT_MIRROR_MISMATCHES)
    elif sign == SIGN_GAP:
        count(s, CT_GAPS)
    if sign == SIGN_CONNECTED:
        if s.markets[market].feed == FS_DOWN:
            await_snapshot(s, &s.markets[market])
        return feed_input(s, market, FI_CONNECTED)
    elif sign == SIGN_LOST:
        return feed_input(s, market, FI_LOST)
    elif sign == SIGN_HASH_GOOD:
        if is_crossed(s, <uint32_t>(2 * market)):
            return VD_IGNORE_DUPLICATE     # the venue's own book is crossed: still not to be quoted on
        return feed_input(s, market, FI_HASH_GOOD)
    elif sign == SIGN_HASH_BAD:
        return feed_input(s, market, FI_HASH_BAD)
    elif sign == SIGN_HASH_LASTING:
        return feed_input(s, market, FI_HASH_LASTING)
    elif sign == SIGN_MIRROR_MISMATCH:
        return feed_input(s, market, FI_MIRROR_MISMATCH)
    return feed_input(s, market, FI_GAP)


cdef int take_feed(State* s, const Event* ev) noexcept nogil:
    """FEED: of one condition, or of all when the token is NO_TOKEN."""
    cdef int32_t market
    if ev.token != NO_TOKEN:
        s.ignored = feed_sign(s, <int32_t>(ev.token >> 1), ev.code) == VD_IGNORE_DUPLICATE
        return RF_NONE
    for market in range(s.n_markets):
        feed_sign(s, market, ev.code)
    return RF_NONE
