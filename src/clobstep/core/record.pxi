# Whether a record is one: ranges by its kind's row in schema.py, and what a row cannot say.
# Reads the state only for the number of tokens, generations and time. Refuses in their order.

cdef int bad_content(State* s, const Event* ev) noexcept nogil:
    """What a kind's row cannot say: ranges that depend on the kind, on the token, on a code."""
    cdef int kind = ev.kind
    cdef int64_t size = ev.amount if ev.token == NO_TOKEN else ev.size
    if kind == EV_BOOK_SNAPSHOT:
        return check_snapshot(ev)
    if (kind == EV_MARKET or kind == EV_TICK_CHANGE) and not is_tick(ev.price_pips):
        return RF_BAD_PRICE
    if kind == EV_MARKET and (ev.amount > 1000000 or ev.ref > <uint64_t>MAX_TIME_NS):
        return RF_BAD_SIZE
    if (kind == EV_VENUE or kind == EV_CANCEL_REFUSED) and (ev.amount < 0 or ev.amount > MAX_TIME_NS // 4):
        return RF_BAD_SIZE
    if (kind == EV_OPENING or kind == EV_DEPOSIT or kind == EV_WITHDRAWAL or kind == EV_BALANCE) \
            and (size < 0 or size > MAX_SIZE):
        return RF_BAD_SIZE
    if kind == EV_ADJUSTMENT and (size < -MAX_SIZE or size > MAX_SIZE):
        return RF_BAD_SIZE
    if (kind == EV_PLACED or kind == EV_MATCHED or (kind == EV_FOUND and ev.code == FO_OPEN)) \
            and ev.amount == 0 and find_slot(s, ev.order_id) == NIL and find_tomb(s, ev.order_id) == NIL:
        return RF_BAD_SIZE
    if kind == EV_OPERATOR and (ev.code == OP_LIFT_LOSS_STOP or ev.code == OP_CLEAR_UNHEDGED) \
            and ev.token == NO_TOKEN:
        return RF_BAD_TOKEN
    if kind == EV_CLUSTER and ev.order_id == 0:
        return RF_BAD_ID
    return RF_NONE


cdef inline int is_plain(uint8_t kind) noexcept nogil:
    """Kinds of which the row in schema.py says all that can be wrong."""
    return (<uint8_t>(kind - EV_ACCEPTED) <= EV_CANCEL_ACCEPTED - EV_ACCEPTED) | (kind == EV_CANCELED) \
        | (<uint8_t>(kind - EV_INTENT_SUBMIT) <= EV_INTENT_CANCEL_ALL - EV_INTENT_SUBMIT) | (kind == EV_PRINT)


cdef inline int good_record(State* s, const Event* ev) noexcept nogil:
    """A record of a plain kind that `bad_record` would pass; a test holds the two together.

    Asked all at once, without a branch for each: which of them it is, if any, is found out the long way.
    """
    cdef const KindRule* rule = &KIND_RULES[ev.kind]
    cdef uint32_t needs = rule.needs
    cdef uint32_t wrong
    if not is_plain(ev.kind):
        return 0
    if needs & NEED_TOKEN and (ev.token >= <uint32_t>(2 * s.n_markets)
                               or ev.generation != s.markets[ev.token >> 1].generation):
        return 0
    wrong = <uint32_t>(ev.side > SIDE_SELL) * NEED_SIDE \
        | <uint32_t>(<uint16_t>ev.price_pips > PIPS) * NEED_PRICE \
        | <uint32_t>(<uint64_t>ev.size > <uint64_t>MAX_SIZE) * (NEED_SIZE | NEED_POSITIVE) \
        | <uint32_t>(ev.size == 0) * NEED_POSITIVE \
        | <uint32_t>(<uint64_t>ev.amount > <uint64_t>MAX_SIZE) * NEED_AMOUNT \
        | <uint32_t>(<uint64_t>ev.size > <uint64_t>MAX_SIZE) * ((ev.flags & FLAG_SIZE_KNOWN) != 0) * NEED_KNOWN_SIZE \
        | <uint32_t>(ev.order_id == 0) * NEED_ORDER \
        | <uint32_t>(ev.ref == 0) * NEED_REF
    return (wrong & needs) == 0 and not ev.flags & ~rule.flags and (ev.code < rule.codes or rule.codes == 0) \
        and <uint64_t>ev.time_ns < <uint64_t>MAX_TIME_NS \
        and (ev.time_ns - s.v.now_ns <= s.c.max_time_step_ns or not s.v.started)


cdef inline int bad_record(State* s, const Event* ev) noexcept nogil:
    """The first thing wrong with a record, in the order of the refusals, or RF_NONE."""
    cdef int code
    if cs_likely(good_record(s, ev)):
        return RF_NONE
    code = bad_row(s, ev)
    if RF_NONE < code <= RF_OLD_GENERATION:
        return code                        # the rest may be read only with a valid token
    return lower(code, bad_content(s, ev))


cdef int bad_row(State* s, const Event* ev) noexcept nogil:
    """The first thing that the kind's row in schema.py refuses."""
    cdef KindRule rule = KIND_RULES[ev.kind]
    if not rule.known:
        return RF_UNKNOWN_KIND
    if ev.time_ns < 0 or ev.time_ns >= MAX_TIME_NS:
        return RF_BAD_TIME
    if s.v.started and ev.time_ns - s.v.now_ns > s.c.max_time_step_ns and ev.kind != EV_RESTARTED:
        return RF_TIME_JUMP
    if rule.needs & (NEED_TOKEN | NEED_CASH_OR_TOKEN):
        if not (ev.token == NO_TOKEN and rule.needs & NEED_CASH_OR_TOKEN):
            if ev.token >= <uint32_t>(2 * s.n_markets):
                return RF_BAD_TOKEN
            if ev.generation != s.markets[ev.token >> 1].generation:
                return RF_OLD_GENERATION
    if rule.needs & NEED_SIDE and ev.side > SIDE_SELL:
        return RF_BAD_SIDE
    if rule.needs & NEED_PRICE and (ev.price_pips < 0 or ev.price_pips > PIPS):
        return RF_BAD_PRICE
    if rule.needs & NEED_BEST and (ev.bid_pips < 0 or ev.bid_pips > PIPS or ev.ask_pips < 0 or ev.ask_pips > PIPS):
        return RF_BAD_PRICE
    if ev.kind == EV_BOOK_DELTA and ev.flags & FLAG_BOOK_BEST and (
            ev.bid_pips < 0 or ev.bid_pips > PIPS or ev.ask_pips < 0 or ev.ask_pips > PIPS):
        return RF_BAD_PRICE
    if rule.needs & NEED_SIZE and (ev.size < 0 or ev.size > MAX_SIZE):
        return RF_BAD_SIZE
    if rule.needs & NEED_KNOWN_SIZE and ev.flags & FLAG_SIZE_KNOWN and (ev.size < 0 or ev.size > MAX_SIZE):
        return RF_BAD_SIZE
    if rule.needs & NEED_POSITIVE and (ev.size < 1 or ev.size > MAX_SIZE):
        return RF_BAD_SIZE
    if rule.needs & NEED_AMOUNT and (ev.amount < 0 or ev.amount > MAX_SIZE):
        return RF_BAD_SIZE
    if rule.codes and ev.code >= rule.codes:
        return RF_BAD_CODE
    if ev.flags & ~rule.flags:
        return RF_BAD_FLAGS
    if ev.kind == EV_TRADE and (ev.flags & 3 == 3 or ev.flags & 12 == 12):
        return RF_BAD_FLAGS
    if rule.needs & NEED_ORDER and ev.order_id == 0:
        return RF_BAD_ID
    if rule.needs & NEED_REF and ev.ref == 0:
        return RF_BAD_ID
    return RF_NONE


cdef inline int good_delta(State* s, const Event* ev) noexcept nogil:
    """A BOOK_DELTA that `bad_record` would pass and that is not late; a test holds the two together.

    What it does not pass goes the long way, so it may be stricter. Kind, side and flags are compared
    as one word (code, between them, is not looked at), and so are price, bid and ask: a lane beyond
    10,000 has its top bit set, itself or when 22,767 is added.
    """
    cdef uint32_t head
    cdef uint64_t prices
    memcpy(&head, &ev.kind, 4)
    memcpy(&prices, &ev.price_pips, 8)
    return (head & <uint32_t>0xFC00FEFF) == EV_BOOK_DELTA and s.v.started \
        and <uint64_t>ev.time_ns - <uint64_t>s.v.now_ns <= <uint64_t>s.c.max_time_step_ns \
        and ev.time_ns < MAX_TIME_NS and ev.token < <uint32_t>s.c.tokens \
        and ev.generation == s.markets[ev.token >> 1].generation and <uint64_t>ev.size <= <uint64_t>MAX_SIZE \
        and ((prices | (prices + <uint64_t>0x58EF58EF58EF)) & <uint64_t>0x800080008000) == 0
