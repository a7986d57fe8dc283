# What the crowd wants: when it acts, what is fair, how large and how deep. Integers only.

from clobstep_sim.kernel.draws cimport kn_next

cdef enum:
    MILLION = 1000000
    FAIR_GRAIN = 256           # of `fair`, in a pip
    HEAT_GRAIN = 65536
    MOST_EXCITED = 50000000    # fifty times the usual rate
    SHARE_MICROS = 1000000


cdef inline int kn_next_bit(uint64_t* stream) noexcept nogil:
    return <int>kn_below(stream, 2)


cdef int64_t root(int64_t x) noexcept nogil:
    """floor(sqrt(x)), x < 2^40."""
    cdef int64_t r = 0
    cdef int64_t bit = 1 << 20
    while bit:
        if (r + bit) * (r + bit) <= x:
            r += bit
        bit >>= 1
    return r


cdef inline int64_t rate_of(W* w, Crowd* c) noexcept nogil:
    """The rate of acts, in millionths of the usual one: each act so far raises it, and that fades."""
    cdef int64_t excite = w.knobs[CROWD_EXCITE_PPM]
    cdef int64_t at_rest = (MILLION - excite) * (10 if w.now_ns < w.burst_until_ns else 1) + 1
    cdef int64_t fades_us = 1000 * w.knobs[CROWD_EXCITE_MS] + 1
    return at_rest + min(MOST_EXCITED, c.heat * (c.gap_ns // MICROSECOND) // fades_us * excite // HEAT_GRAIN)


cdef int comes_to_act(W* w, Crowd* c) noexcept nogil:
    """Whether this time is an act: the rate may have fallen since it was planned."""
    cdef int64_t before = c.rate
    cdef int64_t past_us = (w.now_ns - c.heat_ns) // MICROSECOND
    cdef int64_t x = min(past_us * HEAT_GRAIN // (1000 * w.knobs[CROWD_EXCITE_MS] + 1), 64 * HEAT_GRAIN)
    c.heat_ns += past_us * MICROSECOND
    # e^-x by the first terms of e^x: with fewer each act would lead to more than it should
    x += x * x // (2 * HEAT_GRAIN) * (3 * HEAT_GRAIN + x) // (3 * HEAT_GRAIN)
    c.heat = c.heat * HEAT_GRAIN // (HEAT_GRAIN + x)
    c.rate = rate_of(w, c)
    if c.rate < before and kn_below(&c.rhythm, before) >= c.rate:
        return 0
    c.heat += HEAT_GRAIN
    c.rate = rate_of(w, c)
    return 1


cdef void move_fair(W* w, Crowd* c) noexcept nogil:
    """The chance that a random walk ends above zero: moves most where it is open who wins, and faster as
    time runs out, so that it is near 0 or 1 some time before the end."""
    cdef int64_t pips = c.fair // FAIR_GRAIN
    cdef int64_t step = kn_exponential(&c.news, FAIR_GRAIN * w.knobs[CROWD_MOVE_PIPS])
    cdef int64_t least = 300                # an endless market stays where it can be traded
    cdef int64_t left
    if kn_chance(&c.news, w.knobs[CROWD_SHOCK_PPM]):
        step *= 12
    step = step * (4 * pips * (PIPS - pips) // PIPS) // PIPS
    if c.end_ns != NEVER:
        least = 2
        left = (c.end_ns - w.now_ns) // SECOND - w.knobs[CROWD_LIFE_S] // 8
        left = max(left, w.knobs[CROWD_LIFE_S] // 90 + 1)
        step = step * root((w.knobs[CROWD_LIFE_S] << 16) // left) >> 8
    c.fair += step if kn_next_bit(&c.news) else -step
    c.fair = min(max(c.fair, FAIR_GRAIN * least), FAIR_GRAIN * (PIPS - least))


cdef void want(W* w, int32_t market) noexcept nogil:
    """The best prices that makers would quote now."""
    cdef Crowd* c = &w.crowds[market]
    cdef int64_t tick = w.x.markets[market].tick_pips
    cdef int64_t fair = c.fair // FAIR_GRAIN
    cdef int64_t edge = w.knobs[CROWD_EDGE_PIPS]
    cdef int32_t bid = <int32_t>max(0, (fair - edge) // tick * tick)
    cdef int32_t ask = <int32_t>min(PIPS, max(bid + tick, (fair + edge + tick - 1) // tick * tick))
    c.is_moving |= bid != c.bid or ask != c.ask
    c.bid = bid
    c.ask = ask


cdef int64_t heavier(W* w, uint64_t* stream, int64_t size) noexcept nogil:
    """Now and then twice as large, half as often four times, and so on."""
    cdef uint64_t coins
    if kn_chance(stream, w.knobs[CROWD_TAIL_PPM]):
        coins = kn_next(stream)
        size *= 2
        while coins & 1 and size < 20000 * <int64_t>SHARE_MICROS:
            size *= 2
            coins >>= 1
    return size


cdef inline int64_t rounded(W* w, int64_t size) noexcept nogil:
    """To the multiples that this market likes."""
    cdef int64_t unit = w.knobs[CROWD_ROUND_SHARES] * SHARE_MICROS
    return size if unit == 0 else max(unit, size // unit * unit)


cdef int64_t lot(W* w, uint64_t* stream) noexcept nogil:
    """A quote's size: half a mean lot or a small multiple, else any whole number of shares."""
    cdef int64_t unit = max(5, w.knobs[CROWD_LOT_SHARES] // 2)
    cdef uint64_t r = kn_next(stream)
    cdef int64_t size
    if r & 1023 < 600:
        size = unit * <int64_t>(<uint64_t>0x6432211111 >> 4 * ((r >> 10 & 0xFFFF) * 10 >> 16) & 15)
    else:
        size = unit + <int64_t>((r >> 10 & 0xFFFF) * <uint64_t>(5 * unit) >> 16)
    size = heavier(w, stream, size * SHARE_MICROS)
    if r >> 26 & 7 == 0:
        size += SIZE_GRAIN * <int64_t>(r >> 32 & 63)
    return rounded(w, size)


cdef int64_t spending(W* w, uint64_t* stream, int64_t pips) noexcept nogil:
    """Micro-pUSD of a taker: a dollar, some whole dollars, or any sum; less where shares are cheap."""
    cdef int64_t cash = MILLION + kn_exponential(stream, MILLION * w.knobs[CROWD_CASH_USD] * 2 * pips // PIPS)
    cdef int64_t roll = kn_below(stream, 4)
    if roll == 0:
        cash = MILLION
    elif roll == 1:
        cash = cash // MILLION * MILLION
    return heavier(w, stream, cash) // SIZE_GRAIN * SIZE_GRAIN


cdef int64_t wanted(W* w, int32_t market, int side, int32_t pips) noexcept nogil:
    """How much should lie there: less at the very best, thinner far away, much at the ends, each level as
    it is liked."""
    cdef Crowd* c = &w.crowds[market]
    cdef int64_t tick = w.x.markets[market].tick_pips
    cdef int64_t away = (c.bid - pips if side == SIDE_BUY else pips - c.ask) // tick
    cdef int64_t from_end = (pips if side == SIDE_BUY else PIPS - pips) // tick
    cdef int64_t thin = w.knobs[CROWD_THIN_TICKS] + 1
    cdef int64_t size = w.knobs[CROWD_DEPTH_SHARES] * SHARE_MICROS // 16
    cdef uint64_t seed = c.taste + <uint64_t>(2 * pips + side)
    cdef uint64_t liked = kn_next(&seed)
    if away >= w.knobs[CROWD_LEVELS] and from_end > 1:
        return 0
    size = size * <int64_t>(8 + (liked & 15)) // 4 * min(2 + away, 4) * thin // (thin + away)
    if liked >> 4 & 3 == 0:
        size *= 2
    if liked >> 6 & 7 == 0:
        size *= 3
    return (size + w.knobs[CROWD_ENDS_SHARES] * SHARE_MICROS // (from_end * from_end)) // SIZE_GRAIN * SIZE_GRAIN
