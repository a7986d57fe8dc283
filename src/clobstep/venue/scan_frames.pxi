# Frames: one object or an array of objects. A frame that ends early keeps the objects before it; the
# beats `PING` and `PONG`, which are no JSON, are counted. Owns no state.

cdef void read_frame(Scan* s) noexcept nogil:
    """One message, from its first byte to its last."""
    cdef Span other
    s.counts.messages += 1
    skip_space(s)
    if s.p == s.end:
        s.counts.empty += 1
        return
    if s.p[0] == c'{':
        if not read_one(s):
            return
    elif s.p[0] == c'[':
        s.p += 1
        if not is_next(s, c']'):
            while True:
                skip_space(s)
                s.message.start = s.p
                if s.p < s.end and s.p[0] == c'{':
                    if not read_one(s):
                        return
                elif get_value(s, &other, 0):
                    trouble(s, P_NOT_OBJECT, K_OTHER, K_OTHER, -1, &other)
                else:
                    return
                if is_next(s, c']'):
                    break
                if not take(s, c','):
                    return
    elif is_beat(s):
        s.counts.pings += 1
        return
    else:
        fail(s, P_SYNTAX)
        return
    skip_space(s)
    if s.p < s.end:
        fail(s, P_TAIL)


cdef int read_one(Scan* s) noexcept nogil:
    if s.use_fast and fast_message(s):
        return 1
    if read_object(s):
        return 1
    s.counts.troubles -= s.n_troubles - s.message.first_trouble
    s.n_troubles = s.message.first_trouble       # of an object that is none
    return 0


cdef int is_beat(Scan* s) noexcept nogil:
    """The text that the venue answers a PING with."""
    if s.end - s.p < 4 or (memcmp(s.p, b"PONG", 4) != 0 and memcmp(s.p, b"PING", 4) != 0):
        return 0
    s.p += 4
    skip_space(s)
    return s.p == s.end
