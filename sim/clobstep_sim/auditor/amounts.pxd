# Types of amounts.py where it is compiled. Fees are products of four: Python integers.
from libc.stdint cimport int32_t, int64_t


cpdef int64_t share(int64_t amount, int32_t part, int32_t whole) except? -1


cpdef int64_t up(int64_t size, int32_t price_pips) except? -1


cpdef int64_t down(int64_t size, int32_t price_pips) except? -1


cpdef fee(size, price_pips, rate_ppm)


cpdef cash_order_fee(leaves, low_pips, rate_ppm)


cpdef shares_of(amount, price_pips)
