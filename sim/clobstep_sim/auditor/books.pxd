# Types of books.py where it is compiled.
from libc.stdint cimport int32_t, int64_t, uint32_t

cimport cython

from .parts cimport Book, Ladder
from .records cimport Record
from .state cimport Condition, State
from .validate cimport level_price, level_size

cdef int64_t GROUP_NS
cdef int32_t NARROW_PIPS
cdef int32_t DOWN, WARMING, SYNCING, SYNCED, SUSPECT, STALE, MISSING_BEST, CROSSED, AGREED
cdef int32_t SELL, BOOK_END, BOOK_BEST, SNAP_FIRST, SNAP_LAST, BBO


cpdef bint quotable(int32_t feed) except -1


cpdef bint listens(int32_t feed) except -1


@cython.locals(book=Book, state=int32_t, calm=bint)
cpdef bint feed_input(State st, Condition condition, int32_t word) except -1


cdef _go(State st, Condition condition, int32_t state)


@cython.locals(book=Book)
cdef _empty(State st, Condition condition)


@cython.locals(condition=Condition, book=Book, late=bint)
cpdef delta(State st, Record e)


cdef bint _late(Book book, Record e) except -1


@cython.locals(condition=Condition)
cpdef bint best(State st, Record e) except -1


@cython.locals(condition=Condition, book=Book, k=int32_t, whole=bint)
cpdef bint snapshot(State st, Record e) except -1


@cython.locals(condition=Condition, levels=Ladder)
cpdef bint set_level(State st, uint32_t token, int32_t side, int32_t price, int64_t size) except -1


@cython.locals(book=Book)
cdef _end_earlier_group(State st, Condition condition, Record e)


@cython.locals(book=Book)
cdef _join_group(State st, Condition condition, Record e)


cdef _carry(Book book, Record e)


@cython.locals(book=Book, carried=bint, bid=int32_t, odd_bid=int32_t, pruned=int64_t)
cpdef end_group(State st, Condition condition)


@cython.locals(book=Book, bid=int32_t, ask=int32_t)
cpdef look(State st, Condition condition)
