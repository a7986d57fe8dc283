# The exchange looks at itself: what must always hold. For tests; it walks everything.

cdef str check_book(X* x, int32_t market):
    cdef XMarket* m = &x.markets[market]
    cdef XLevel* level
    cdef int64_t size
    cdef int32_t slot, before
    cdef int side, row, best
    for side in range(2):
        best = NONE
        for row in range(PIPS + 1):
            level = level_of(m, side, row)
            if (m.bits[side * WORDS + (row >> 6)] >> (row & 63) & 1) != (level.size > 0) \
                    or (level.first != NONE) != (level.size > 0) or (level.last != NONE) != (level.size > 0):
                return f"market {market}, side {side}, row {row}: its bit or its orders are not its size"
            if not level.size:
                continue
            if best == NONE or side == 0:
                best = row
            size, slot, before = 0, level.first, NONE
            while slot != NONE:
                if x.orders[slot].state != ST_OPEN or x.orders[slot].prev != before \
                        or x.orders[slot].row != row or x.orders[slot].book_side != side or x.orders[slot].leaves <= 0:
                    return f"market {market}, side {side}, row {row}: an order lies there that should not"
                size += x.orders[slot].leaves
                before, slot = slot, x.orders[slot].next
            if size != level.size or before != level.last:
                return f"market {market}, side {side}, row {row}: {level.size} displayed, orders hold {size}"
        if best != best_row(m, side):
            return f"market {market}, side {side}: its best row is {best}, not {best_row(m, side)}"
    if best_row(m, 0) != NONE and best_row(m, 1) != NONE and best_row(m, 0) >= best_row(m, 1):
        return f"market {market}: crossed"
    return ""


cdef str check_account(X* x, int32_t account):
    cdef XAccount* a = &x.accounts[account]
    cdef int64_t cash = 0
    cdef int32_t slot = a.oldest
    cdef int32_t k
    if a.unlimited:
        return ""
    held = [0] * (2 * x.n_markets)
    in_market = [0] * x.n_markets
    while slot != NONE:
        if x.orders[slot].state not in (ST_OPEN, ST_DELAYED):
            return f"account {account}: an order that ended is among the open ones"
        if x.orders[slot].side == SIDE_BUY:
            cash += x.orders[slot].held
            in_market[x.orders[slot].token >> 1] += x.orders[slot].held
        else:
            held[x.orders[slot].token] += x.orders[slot].held
        slot = x.orders[slot].later
    if cash != a.held:
        return f"account {account}: {a.held} held, its orders hold {cash}"
    for k in range(x.n_markets):
        if in_market[k] != x.market_held[<int64_t>account * x.n_markets + k]:
            return f"account {account}, market {k}: its orders hold {in_market[k]} of cash there"
    for k in range(2 * x.n_markets):
        if held[k] != x.tokens[account][k].held:
            return f"account {account}, token {k}: {x.tokens[account][k].held} held, its orders hold {held[k]}"
    return ""
