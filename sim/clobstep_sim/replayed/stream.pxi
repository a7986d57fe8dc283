# A run on a feed that goes on: the events that came so far, and how far it may run. Owns: their memory.

cdef class PaperStream(PaperRun):
    """A run to which more events come: `feed` and `advance` in turns, and `run` for the rest at its end.

    Made as a PaperRun is, of the events that are there. What comes out is the same to the bit as that of a
    run of the whole recording, as long as `advance` stays behind what is still to come (`late` counts).
    """

    cdef readonly int64_t late
    """Events that came after the venue had passed their time."""

    def __cinit__(self, *args, **kwargs):
        cdef Paper* p = &self.p
        cdef int64_t n = p.end - p.events
        p.steady = 0
        p.stream_cap = max(4096, 2 * n)
        p.stream = <Event*>malloc(p.stream_cap * sizeof(Event))
        if p.stream == NULL:
            raise MemoryError("paper: no memory for the feed")
        memcpy(p.stream, p.events, n * sizeof(Event))
        p.events = p.next_venue = p.next_ours = p.stream
        p.end = p.stream + n
        p.ours_due_ns = NEVER

    cdef int widen(self, int64_t n) except -1:
        """Room for so many more; what both sides have had is let go."""
        cdef Paper* p = &self.p
        cdef Event* room
        cdef int64_t had = min(p.next_venue, p.next_ours) - p.events
        cdef int64_t venue = p.next_venue - p.events - had
        cdef int64_t ours = p.next_ours - p.events - had
        cdef int64_t left = p.end - p.events - had
        if p.end - p.events + n <= p.stream_cap:
            return 0
        memmove(p.stream, p.stream + had, left * sizeof(Event))
        if left + n > p.stream_cap // 2:
            room = <Event*>realloc(p.stream, 2 * (left + n) * sizeof(Event))
            if room == NULL:
                self.move(ours, venue, left)
                raise MemoryError("paper: no memory for the feed")
            p.stream, p.stream_cap = room, 2 * (left + n)
        self.move(ours, venue, left)
        return 0

    cdef void move(self, int64_t ours, int64_t venue, int64_t left) noexcept:
        cdef Paper* p = &self.p
        p.events = p.stream
        p.next_ours = p.events + ours
        p.next_venue = p.events + venue
        p.end = p.events + left

    def feed(self, events):
        """More events of the market, in the order they came."""
        cdef Paper* p = &self.p
        cdef Py_buffer more
        cdef const Event* ev
        cdef int64_t n, k
        if self.ran:
            raise RuntimeError("paper: the run is over")
        PyObject_GetBuffer(events, &more, PyBUF_SIMPLE)
        try:
            ev = <const Event*>more.buf
            n = more.len // <Py_ssize_t>sizeof(Event)
            if more.len % sizeof(Event):
                raise ValueError(f"events: {more.len} bytes are no whole number of {sizeof(Event)}-byte records")
            check_events(ev, n)
            self.widen(n)
            for k in range(n):
                self.late += is_timed(&ev[k]) and counts_ns(p, &ev[k]) < p.venue_ns
            memcpy(p.stream + (p.end - p.events), ev, more.len)
            p.end += n
        finally:
            PyBuffer_Release(&more)
        if p.begins_ns == 0:
            p.begins_ns = p.venue_last_ns = p.ours_last_ns = begins_at(p.events, p.end - p.events)
            p.most_ns = min(p.begins_ns + SPAN_NS, MAX_TIME_NS - 1)

    def advance(self, int64_t until_ns):
        """Run up to that time, and hand what was stepped to the sink. Raises as `run` does."""
        if self.ran:
            raise RuntimeError("paper: the run is over")
        self.begin()
        with nogil:
            run_stream(&self.p, until_ns)
        self.settle()
