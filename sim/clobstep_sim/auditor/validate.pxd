# Types of validate.py where it is compiled.
from libc.stdint cimport int32_t, int64_t, uint32_t

cimport cython

from .records cimport Record
from .state cimport State

cdef tuple NEEDS, CODES_OF, FLAGS_OF
cdef int32_t IN_TOKEN, IN_TOKEN_OR_CASH, IN_SIDE, IN_PRICE, IN_TICK, IN_SIZE, IN_SIZE_ABOVE_0
cdef int32_t IN_SIZE_IF_KNOWN, IN_MONEY, IN_AMOUNT, IN_ORDER_ID, IN_REF, IN_ADOPTING
cdef int32_t IN_NO_NEGATIVE, KNOWN
cdef int32_t GOOD, RESTARTED, BOOK_DELTA, BOOK_SNAPSHOT, BEST, MARKET, FOUND, TRADE, ADJUSTMENT
cdef int32_t OPERATOR, OPEN, SIZE_KNOWN, BOOK_BEST
cdef int64_t LARGEST, LATEST_NS
cdef uint32_t NOBODY


@cython.locals(needs=int32_t, token=int32_t, codes=int32_t, allowed=int32_t)
cpdef int32_t refusal_of(State st, Record e) except -1


cdef int32_t _token(State st, Record e, int32_t needs) except -1


cdef bint _adopts(State st, Record e) except -1


cdef bint _of_a_market(Record e) except -1


cdef bint _both_roles(Record e) except -1


cdef bint _price(int32_t pips) except -1


@cython.locals(n=int32_t)
cdef bint _prices_good(Record e, int32_t needs) except -1


@cython.locals(n=int32_t, said=int64_t)
cdef bint _sizes_good(Record e, int32_t needs) except -1


cpdef int32_t level_price(Record e, int32_t k) except? -1


cpdef int64_t level_size(Record e, int32_t k) except? -1
