# Which columns an effect has, as event_columns.pxi for events. No Python.

cdef enum:
    E_SEQ                                  # differences, as are the next two; all have 64 bits
    E_TIME
    E_PRICE
    E_TOKEN
    E_TAG
    EFFECT_DENSE                           # columns before this one have a value a record
    E_DEADLINE = EFFECT_DENSE              # to the time, or as it is: the tag says
    E_ORDER
    E_REF
    E_AUX
    E_SIZE                                 # shares, hundredths, rest
    E_SIZE_2
    E_SIZE_3
    E_AMOUNT
    E_AMOUNT_2
    E_AMOUNT_3
    EFFECT_COLUMNS
    EFFECT_DIFFERENCES = 1 << E_SEQ | 1 << E_TIME | 1 << E_PRICE
    # bits of a tag above kind, side, code, flags and generation: which fields are not 0
    IS_AHEAD = 1
    HAS_DEADLINE = 2
    HAS_ORDER_ID = 4
    HAS_EFFECT_REF = 8
    HAS_AUX = 16
    HAS_SIZE = 32
    HAS_EFFECT_AMOUNT = 64
    EFFECT_BITS = 48


cdef struct EffectPast:
    uint64_t seq
    uint64_t time
    uint16_t price


cdef uint64_t sparse_effect(const Effect* e, Head* head, uint64_t** c) noexcept nogil:
    """The fields that are mostly 0, and their bits."""
    cdef uint64_t ahead = <uint64_t>e.deadline_ns - <uint64_t>e.time_ns
    cdef uint64_t has = 0
    if e.deadline_ns and magnitude(ahead) < magnitude(<uint64_t>e.deadline_ns):
        has |= HAS_DEADLINE | IS_AHEAD
        add_value(c, head.length, E_DEADLINE, ahead)
    elif e.deadline_ns:
        has |= HAS_DEADLINE
        add_value(c, head.length, E_DEADLINE, <uint64_t>e.deadline_ns)
    if e.order_id:
        has |= HAS_ORDER_ID
        add_value(c, head.length, E_ORDER, e.order_id)
    if e.ref:
        has |= HAS_EFFECT_REF
        add_value(c, head.length, E_REF, e.ref)
    if e.aux:
        has |= HAS_AUX
        add_value(c, head.length, E_AUX, e.aux)
    if e.size:
        has |= HAS_SIZE
        add_split(c, head.length, E_SIZE, <uint64_t>e.size)
    if e.amount:
        has |= HAS_EFFECT_AMOUNT
        add_split(c, head.length, E_AMOUNT, <uint64_t>e.amount)
    return has


cdef void effect_columns(const Effect* effects, int64_t n, Head* head, Tags* tags, uint64_t** c) noexcept nogil:
    cdef EffectPast past
    cdef const Effect* e
    cdef uint64_t word
    cdef uint32_t small
    cdef int64_t i
    head.start[0] = effects[0].seq
    head.start[1] = <uint64_t>effects[0].time_ns
    past.seq = head.start[0]
    past.time = head.start[1]
    past.price = 0
    for i in range(n):
        e = &effects[i]
        c[E_SEQ][i] = e.seq - past.seq
        c[E_TIME][i] = <uint64_t>e.time_ns - past.time
        c[E_PRICE][i] = signed16(<uint16_t>e.price_pips - past.price)
        c[E_TOKEN][i] = e.token
        memcpy(&small, &e.kind, 4)         # kind, side, code, flags
        word = small | (<uint64_t>e.generation << 32)
        c[E_TAG][i] = tag_number(tags, word | (sparse_effect(e, head, c) << EFFECT_BITS))
        past.seq = e.seq
        past.time = <uint64_t>e.time_ns
        past.price = <uint16_t>e.price_pips


cdef int put_sparse_effect(Effect* e, uint64_t has, Column* sparse) noexcept nogil:
    """The fields that are mostly 0; 0 when a column ends too early."""
    cdef uint64_t deadline = 0
    cdef uint64_t aux = 0
    cdef uint64_t size = 0
    cdef uint64_t amount = 0
    e.order_id = 0
    e.ref = 0
    if has & HAS_DEADLINE and not take_value(&sparse[E_DEADLINE], &deadline):
        return 0
    if has & HAS_ORDER_ID and not take_value(&sparse[E_ORDER], &e.order_id):
        return 0
    if has & HAS_EFFECT_REF and not take_value(&sparse[E_REF], &e.ref):
        return 0
    if has & HAS_AUX and not take_value(&sparse[E_AUX], &aux):
        return 0
    if has & HAS_SIZE and not take_split(&sparse[E_SIZE], &size):
        return 0
    if has & HAS_EFFECT_AMOUNT and not take_split(&sparse[E_AMOUNT], &amount):
        return 0
    e.deadline_ns = <int64_t>(deadline + (<uint64_t>e.time_ns if has & IS_AHEAD else 0))
    e.aux = <uint32_t>aux
    e.size = <int64_t>size
    e.amount = <int64_t>amount
    return 1


cdef int put_effects(Effect* out, const Head* head, const uint64_t* tags, uint64_t** c, int64_t m,
                     Column* sparse, EffectPast* past) noexcept nogil:
    """Columns of a block to records; 0 when a tag is none, or a column ends too early."""
    cdef Effect* e
    cdef uint64_t word
    cdef uint32_t small
    cdef int64_t i
    for i in range(m):
        e = &out[i]
        if c[E_TAG][i] >= head.tags:
            return 0
        word = tags[c[E_TAG][i]]
        small = <uint32_t>word
        memcpy(&e.kind, &small, 4)
        e.generation = <uint16_t>(word >> 32)
        past.seq += unzigzag(c[E_SEQ][i]) * head.unit[E_SEQ]
        past.time += unzigzag(c[E_TIME][i]) * head.unit[E_TIME]
        past.price += <uint16_t>(unzigzag(c[E_PRICE][i]) * head.unit[E_PRICE])
        e.seq = past.seq
        e.time_ns = <int64_t>past.time
        e.price_pips = <int16_t>past.price
        e.token = <uint32_t>c[E_TOKEN][i]
        if not put_sparse_effect(e, word >> EFFECT_BITS, sparse):
            return 0
    return 1
