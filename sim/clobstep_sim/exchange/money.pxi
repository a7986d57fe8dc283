# Accounts: what is settled, what is on its way, what open orders hold, and the gate before an order.
#
# PROTOCOL.md 8: balance >= open orders + matched and unconfirmed + this order with its fee, over all
# markets (strict) or, if the market says so, open orders of the same market only. What is to come in
# does not count: a SELL right after a BUY fails until it is confirmed.

cdef inline int64_t cash_up(int64_t shares, int64_t pips) noexcept nogil:
    return (shares * pips + PIPS - 1) // PIPS


cdef inline int64_t cash_down(int64_t shares, int64_t pips) noexcept nogil:
    return shares * pips // PIPS


cdef int64_t fee_by_rate(int64_t fee_ppm, int64_t shares, int64_t pips) noexcept nogil:
    """Of a taker: floored to 5 decimals."""
    return cs_muldiv_floor(shares, fee_ppm * pips * (PIPS - pips), <int64_t>1000000000000000) * 10


cdef inline int64_t fee_of(XMarket* m, int64_t shares, int64_t pips) noexcept nogil:
    return fee_by_rate(m.fee_ppm, shares, pips)


cdef int64_t need_of(X* x, XOrder* o) noexcept nogil:
    """What a new order needs: cash of a BUY, with the fee it may have to pay; tokens of a SELL."""
    cdef XMarket* m = &x.markets[o.token >> 1]
    if o.side == SIDE_SELL:
        return o.leaves
    if o.is_cash:
        return o.leaves + cs_muldiv_floor(o.leaves, m.fee_ppm * (PIPS - m.least_pips), <int64_t>100000000000) * 10
    return cash_up(o.leaves, o.price_pips) + (0 if o.post_only else fee_of(m, o.leaves, o.price_pips))


cdef void hold(X* x, XOrder* o, int64_t amount) noexcept nogil:
    """From now on the gate counts `amount` for this order."""
    cdef XAccount* a = &x.accounts[o.account]
    if a.unlimited:
        return
    if o.side == SIDE_SELL:
        x.tokens[o.account][o.token].held += amount - o.held
    else:
        a.held += amount - o.held
        x.market_held[<int64_t>o.account * x.n_markets + (o.token >> 1)] += amount - o.held
    o.held = amount


cdef inline void hold_leaves(X* x, XOrder* o) noexcept nogil:
    """As an order that rests or has ended."""
    hold(x, o, o.leaves if o.side == SIDE_SELL else cash_up(o.leaves, o.price_pips))


cdef int64_t free_cash(X* x, int32_t account, int32_t market) noexcept nogil:
    """What a new order of this market may need."""
    cdef XAccount* a = &x.accounts[account]
    if x.markets[market].per_market_gate:
        return a.settled - a.out - a.phantom - x.market_held[<int64_t>account * x.n_markets + market]
    return a.settled - a.out - a.phantom - a.held


cdef inline int64_t free_tokens(X* x, int32_t account, int32_t token) noexcept nogil:
    cdef XTokens* t = &x.tokens[account][token]
    return t.settled - t.out - t.held


cdef int is_covered(X* x, XOrder* o) noexcept nogil:
    """Whether the gate lets it in; what it holds already does not count against it."""
    if x.accounts[o.account].unlimited:
        return 1
    if o.side == SIDE_SELL:
        return need_of(x, o) <= free_tokens(x, o.account, o.token) + o.held
    return need_of(x, o) <= free_cash(x, o.account, o.token >> 1) + o.held


cdef void move(X* x, int32_t account, int32_t token, int side, int64_t shares, int64_t cash,
               int64_t fee, int sign, int confirmed) noexcept nogil:
    """A trade's money on its way (sign 1), or off it again (-1) and then settled or not."""
    cdef XAccount* a = &x.accounts[account]
    cdef XTokens* t
    if a.unlimited:
        return
    t = &x.tokens[account][token]
    if confirmed:
        t.flow += cash if side == SIDE_SELL else -cash
        t.fees += fee
    if side == SIDE_BUY:
        a.out += sign * (cash + fee)
        t.coming += sign * shares
        if confirmed:
            a.settled -= cash + fee
            t.settled += shares
    else:
        t.out += sign * shares
        a.coming += sign * (cash - fee)
        if confirmed:
            t.settled -= shares
            a.settled += cash - fee


cdef int convert(X* x, int32_t account, int32_t market, int64_t size, int sign) noexcept nogil:
    """Split (1) cash into pairs, or merge (-1) them; whether what is free covers it."""
    cdef XAccount* a = &x.accounts[account]
    cdef XTokens* pair = &x.tokens[account][2 * market]
    if size <= 0 or size > MAX_SIZE or x.markets[market].is_resolved:
        return 0
    if sign > 0 and a.settled - a.out - a.held < size:
        return 0
    if sign < 0 and (free_tokens(x, account, 2 * market) < size or free_tokens(x, account, 2 * market + 1) < size):
        return 0
    a.settled -= sign * size
    pair[0].flow -= sign * size
    pair[0].settled += sign * size
    pair[1].settled += sign * size
    return 1


cdef int64_t redeem_tokens(X* x, int32_t account, int32_t token, int64_t size) noexcept nogil:
    """Cash paid for tokens of a resolved market; NONE if it is not resolved or they are not there."""
    cdef XMarket* m = &x.markets[token >> 1]
    cdef int64_t paid
    if not m.is_resolved or not 0 < size <= MAX_SIZE or free_tokens(x, account, token) < size:
        return NONE
    paid = cash_down(size, own_pips(token, m.payout_pips))
    x.tokens[account][token].settled -= size
    x.tokens[account][token].flow += paid
    x.accounts[account].settled += paid
    return paid
