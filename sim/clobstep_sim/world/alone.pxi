# A venue without a client of ours: its clients are outside and speak its protocol. The client in here is dead from the
# beginning, so that crowd, spells and closings go on and nothing reaches an engine.

cdef int is_left(W* w, int32_t market) noexcept nogil:
    """Whether somebody still holds what is worth something there, or waits for a trade to settle."""
    cdef ex.XTokens* t
    cdef int32_t account, token, pays
    for account in range(1, w.x.n_accounts):
        for token in range(2 * market, 2 * market + 2):
            t = &w.x.tokens[account][token]
            pays = w.x.markets[market].payout_pips
            if token & 1:
                pays = PIPS - pays
            if t.out or t.coming or (t.settled and pays):
                return 1
    return 0


cdef void roll_alone(W* w, int32_t market) noexcept nogil:
    """A resolved market's place goes to a new one, once all that pays was redeemed; what pays nothing is forgotten."""
    cdef int32_t account
    if not w.x.markets[market].is_resolved:
        return
    if is_left(w, market):
        plan(w, w.now_ns + 60 * SECOND, DO_CHORE, CHORE_ROLL + market)
        return
    for account in range(1, w.x.n_accounts):
        w.x.tokens[account][2 * market].settled = w.x.tokens[account][2 * market + 1].settled = 0
    w.generations[market] += 1
    ex.reopen(w.x, market)
    w.crowds[market].close_out_ns = 0
    w.meta_flags[market] = FLAG_META_OPEN


cdef void moves_cash(W* w) noexcept nogil:
    """A deposit to the first account, or a withdrawal of what is free: no channel tells either."""
    cdef ex.XAccount* a = &w.x.accounts[OURS]
    cdef int64_t amount = SECOND // 1000 * (1 + kn_below(&w.form, 50))
    if not kn_next_bit(&w.form):
        if a.settled - a.out - a.held < amount:
            return
        amount = -amount
    a.settled += amount
    w.moved_micros += amount


cdef void spell_alone(W* w, int knob) noexcept nogil:
    """What hits a client's side of the venue. Lost sockets are counted only: whoever holds them reads the counts."""
    if knob == PERSON_EVERY:
        person_trades(w)
    elif knob == MONEY_EVERY:
        moves_cash(w)
