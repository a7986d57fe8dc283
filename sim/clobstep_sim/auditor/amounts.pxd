# Types of amounts.py where it is compiled. Products go beyond 64 bits: Python integers.

cpdef up(size, price_pips)


cpdef down(size, price_pips)


cpdef fee(size, price_pips, rate_ppm)


cpdef cash_order_fee(leaves, low_pips, rate_ppm)


cpdef shares_of(amount, price_pips)
