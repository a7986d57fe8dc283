# What every part of the core uses: counting, emitting effects, faults, deadlines, checked sums.
# Owns the output buffer of the step at hand. A status code is never ignored; nothing here raises.

cdef inline void count(State* s, int counter) noexcept nogil:
    s.v.counters[counter] += 1


cdef void settle_counters(State* s) noexcept nogil:
    """A calm delta is counted once; before anybody looks, all that it stands for."""
    cdef uint64_t n = s.v.counters[COUNT_CALM]
    s.v.counters[COUNT_CALM] = 0
    s.v.counters[CT_TAKEN] += n
    count_deltas(s, n)


cdef inline void count_deltas(State* s, uint64_t n) noexcept nogil:
    """So many deltas that were a whole group each, and agreed."""
    s.v.counters[CT_DELTAS] += n
    s.v.counters[CT_GROUPS] += n
    s.v.counters[CT_GROUPS_AGREED] += n


cdef inline Effect* emit(State* s, int kind) noexcept nogil:
    """The next effect, zeroed and stamped. Beyond the stated bound it is a fault, not an overrun."""
    cdef Effect* e
    if cs_unlikely(s.n_out >= s.cap_out):
        s.v.fault = FAULT_EFFECTS
        s.v.session = SS_HALTED
        e = &s.spill
    else:
        e = &s.out[s.n_out]
        s.n_out += 1
    memset(e, 0, sizeof(Effect))
    e.seq = s.v.seq
    e.time_ns = s.v.now_ns
    e.kind = <uint8_t>kind
    e.token = NO_TOKEN
    return e


cdef void fault(State* s, int code, uint32_t detail) noexcept nogil:
    """An internal promise is broken: HALT. The first fault is kept; facts are still booked after it."""
    cdef Effect* e
    if s.v.fault == FAULT_NONE:
        s.v.fault = <uint8_t>code
        s.v.fault_detail = detail
    if s.v.session != SS_HALTED:
        s.v.session = SS_HALTED
        e = emit(s, EF_HALT)
        e.code = <uint8_t>code
        e.aux = detail


cdef Effect* alert(State* s, int code, uint32_t token, uint64_t order_id) noexcept nogil:
    cdef Effect* e = emit(s, EF_ALERT)
    e.code = <uint8_t>code
    e.token = token
    e.order_id = order_id
    if token != NO_TOKEN:
        e.generation = s.markets[token >> 1].generation
    count(s, CT_ALERTS)
    return e


cdef void ask_reconcile(State* s) noexcept nogil:
    """Ask for a read of the venue, unless one is asked for or under way."""
    if not s.v.recon_asked and not s.v.recon_open:
        s.v.recon_asked = 1
        emit(s, EF_RECONCILE)


cdef inline void arm(State* s, int64_t deadline_ns) noexcept nogil:
    """A deadline exists: the earliest known one may come down, never up (the sweep does that)."""
    if deadline_ns < s.v.deadline_ns:
        s.v.deadline_ns = deadline_ns


cdef inline void wake(State* s, uint32_t token, int bits) noexcept nogil:
    cdef int wanted = s.markets[token >> 1].wake & bits
    if wanted:
        s.wake_bits |= <uint8_t>wanted
        s.wake_token = token


cdef inline void met(State* s, int cell) noexcept nogil:
    """A cell of a table was gone by, or done without being asked; a campaign's marks."""
    if cs_unlikely(s.cells != NULL):
        s.cells[cell] = 1


cdef inline void add_to(State* s, int64_t* target, int64_t amount) noexcept nogil:
    """Checked addition: beyond 2**61, so that sums of a few still fit, is a fault that changes nothing."""
    cdef int64_t result = 0
    if cs_unlikely(cs_add_overflows(target[0], amount, &result) or result > CLOBSTEP_SUM_LIMIT
                   or result < -CLOBSTEP_SUM_LIMIT):
        fault(s, FAULT_OVERFLOW, 0)
        return
    target[0] = result


cdef inline int64_t least(int64_t a, int64_t b) noexcept nogil:
    return a if a < b else b


cdef inline int64_t most(int64_t a, int64_t b) noexcept nogil:
    return a if a > b else b


cdef inline int64_t later(int64_t now_ns, int64_t span_ns) noexcept nogil:
    """now + span; both are at most 2**62, so the sum fits."""
    return now_ns + span_ns


cdef inline int64_t notional_up(int64_t size, int64_t price_pips) noexcept nogil:
    """What a BUY reserves: rounded up, so that no fill finds too little."""
    return (size * price_pips + PIPS - 1) // PIPS


cdef inline int64_t notional_down(int64_t size, int64_t price_pips) noexcept nogil:
    """What a fill moves, BUY or SELL: floored in 21 of 21 recorded on-chain legs."""
    return size * price_pips // PIPS


cdef inline int64_t fee_of(int64_t size, int64_t price_pips, int64_t rate_ppm) noexcept nogil:
    """Taker fee, floored to 5 decimals of pUSD: 21 of 21 real on-chain legs."""
    if rate_ppm == 0:
        return 0
    return cs_mul4_div(size, rate_ppm, price_pips, PIPS - price_pips, <int64_t>1000000000000000) * FEE_GRAIN


cdef inline int64_t cash_fee_of(int64_t amount, int64_t low_pips, int64_t rate_ppm) noexcept nogil:
    """Most fee that spending `amount` at `low_pips` or above can cost (rules.md, 3)."""
    if rate_ppm == 0:
        return 0
    return cs_mul4_div(amount, rate_ppm, PIPS - low_pips, 1, <int64_t>100000000000) * FEE_GRAIN


cdef inline int64_t bucket_level(Bucket* b, int64_t rate, int64_t burst, int64_t now_ns) noexcept nogil:
    """Level at `now_ns`, in 1e-9 of a token; does not change the bucket."""
    cdef int64_t full = burst * 1000000000
    cdef int64_t missing = full - b.level
    cdef int64_t passed = now_ns - b.time_ns
    if b.time_ns < 0 or passed >= missing // rate + 1:
        return full
    return b.level + passed * rate


cdef inline void bucket_spend(Bucket* b, int64_t rate, int64_t burst, int64_t now_ns) noexcept nogil:
    b.level = bucket_level(b, rate, burst, now_ns) - 1000000000
    b.time_ns = now_ns
