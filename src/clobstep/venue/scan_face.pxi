# The Python face: owns all memory of a scan, and turns what was wrong into Python's words.

cdef enum:
    ROOM_AT_FIRST = 4096
    TEXT_TOLD = 200                    # bytes of a value that a trouble keeps
    OBJECT_TOLD = 65536                # bytes of an object or frame


cdef void* grown(void* block, int64_t n) except NULL:
    cdef void* larger = realloc(block, n)
    if larger == NULL:
        raise MemoryError
    return larger


cdef uint32_t slow_token(void* owner, const Span* market, const Span* asset) noexcept with gil:
    """An asset that the table does not have. What Python raises is kept until the scan has ended."""
    cdef Scanner scanner = <Scanner>owner
    cdef uint32_t token
    try:
        named, condition = scanner._ask(
            market.at[:market.n] if market.sort == V_STRING else b"", asset.at[:asset.n])
        if named is None:
            return NO_TOKEN                      # and asked again: it may have one later
        token = named
        learn_id(scanner.s.table, asset.at, asset.n, token, not condition)
        return token
    except BaseException as error:
        scanner._raised = error
        return NO_TOKEN


cdef object text_of(const Span* v):
    """A scalar's text, or None where there is none."""
    if v.sort == V_ABSENT or v.sort == V_NULL or v.sort == V_NESTED:
        return None
    return v.at[:v.n]


cdef const int64_t* times_of(times, int64_t n) except? NULL:
    """The first of n times, or NULL for none. The array is the caller's to keep."""
    if times is None:
        return NULL
    if times.dtype != np.int64 or times.ndim != 1 or not times.flags.c_contiguous:
        raise TypeError("times must be one contiguous row of int64")
    if len(times) != n:
        raise ValueError(f"{len(times)} times for {n} messages: give one each")
    return <const int64_t*><size_t>times.ctypes.data


cdef int64_t lines_of(const uint8_t* p, const uint8_t* end) noexcept nogil:
    """How many lines there are; the last may lack its newline."""
    cdef int64_t n = 0
    cdef const uint8_t* line_end
    while p < end:
        line_end = <const uint8_t*>memchr(p, c'\n', end - p)
        n += 1
        p = line_end + 1 if line_end != NULL else end
    return n


cdef class Scanner:
    """Reads messages into `events`, a numpy array of EVENT_DTYPE that it reuses and enlarges.

    `ask(market: bytes, asset: bytes) -> (int | None, str)` names the token of an asset not known yet
    (None: it gets none now) and its condition; while that is "" it is asked again when a message has one.
    """

    cdef Scan s
    cdef Table table
    cdef object _ask
    cdef readonly object events
    cdef object _troubles
    cdef object _marks
    cdef object _raised
    cdef bint _busy
    cdef readonly int64_t message      # the place of the one that is read, or was read last

    def __cinit__(self, ask, *, bint marks=False, bint fast=True, int64_t assumed_delay_ns=0):
        memset(&self.s, 0, sizeof(Scan))
        memset(&self.table, 0, sizeof(Table))
        self._ask = ask
        self.events = np.zeros(0, EVENT_DTYPE)
        self._troubles = []
        self._marks = [] if marks else None
        self.s.table = &self.table
        self.s.owner = <void*>self
        self.s.use_fast = fast
        self.s.assumed_delay_ns = assumed_delay_ns
        if not widen_table(&self.table, 64):
            raise MemoryError
        self._make_room(ROOM_AT_FIRST)

    def __dealloc__(self):
        free(self.table.places)
        free(self.table.text)
        free(self.s.arena)
        free(self.s.changes)
        free(self.s.levels)
        free(self.s.marks)

    cdef int _make_room(self, int64_t n) except -1:
        """Scratch for a message of n bytes, and records for all that it can become.

        The shortest change that is kept, `{"asset_id":1},`, has 15 bytes and gives at most a record;
        the shortest that can be read has 47 and gives at most three. The shortest level has 21 bytes.
        Of the other messages none gives more than a record for 23 bytes.
        """
        cdef Scan* s = &self.s
        cdef int64_t room = n // 12 + 4
        cdef int64_t wanted = s.n_events + n // 8 + 8
        if room > s.room:
            room *= 2
            s.arena = <uint8_t*>grown(s.arena, 12 * room)
            s.changes = <Change*>grown(s.changes, room * sizeof(Change))
            s.levels = <Level*>grown(s.levels, 2 * room * sizeof(Level))
            if self._marks is not None:
                s.marks = <Mark*>grown(s.marks, 4 * room * sizeof(Mark))
            s.room = room
        if wanted > s.event_room:
            larger = np.zeros(2 * wanted, EVENT_DTYPE)
            larger[:s.n_events] = self.events[:s.n_events]
            self.events = larger
            s.events = <Event*><size_t>larger.ctypes.data
            s.event_room = 2 * wanted
        return 0

    cdef int _one(self, const uint8_t* at, int64_t n, int64_t time_ns, int64_t index) except -1:
        """Read one message and keep what was wrong with it."""
        cdef Scan* s = &self.s
        self.message = index
        if n // 12 + 4 > s.room or s.n_events + n // 8 + 8 > s.event_room:
            self._make_room(n)
        s.base = at
        s.p = at
        s.end = at + n
        s.time_ns = time_ns
        s.arena_n = 0
        s.n_troubles = 0
        s.fault = P_NONE
        read_frame(s)
        if s.n_troubles or s.fault:
            self._keep_troubles(index)
        if s.n_marks:
            self._keep_marks()
        if self._raised is not None:
            raised, self._raised = self._raised, None
            raise raised
        return 0

    cdef int _keep_troubles(self, int64_t index) except -1:
        cdef Scan* s = &self.s
        cdef Trouble* t
        cdef int64_t k
        cdef int64_t most
        for k in range(s.n_troubles):
            t = &s.troubles[k]
            most = OBJECT_TOLD if t.code >= P_UNKNOWN_TYPE and t.code <= P_NEW_MARKET else TEXT_TOLD
            text = t.text[:min(t.n, most)] if t.text != NULL else b""
            self._troubles.append((t.code, t.key, t.part, t.entry, index, t.at, text))
        if s.fault:
            text = s.base[:min(s.end - s.base, OBJECT_TOLD)]
            self._troubles.append((s.fault, K_OTHER, K_OTHER, -1, index, s.fault_at, text))
        return 0

    cdef int _keep_marks(self) except -1:
        cdef Mark* m
        cdef int64_t k
        for k in range(self.s.n_marks):
            m = &self.s.marks[k]
            self._marks.append((
                m.kind, m.token, m.venue_time_ns, m.object_event, m.first_event, text_of(&m.hash),
                text_of(&m.stated[0]), text_of(&m.stated[1]), text_of(&m.stated[2]), text_of(&m.stated[3])))
        self.s.n_marks = 0
        return 0

    cdef int _begin(self) except -1:
        if self._busy:
            raise RuntimeError("a scan is running: `ask` may not scan")
        self.s.n_events = 0
        self.s.n_marks = 0
        if self._marks:
            self._marks = []
        self._busy = True
        return 0

    def scan(self, raw, int64_t time_ns):
        """Read one message, bytes or a buffer of them; returns how many records `events` begins with."""
        cdef Py_buffer view
        self._begin()
        try:
            if PyBytes_CheckExact(raw):
                self._one(<const uint8_t*>PyBytes_AS_STRING(raw), PyBytes_GET_SIZE(raw), time_ns, 0)
            else:
                PyObject_GetBuffer(raw, &view, PyBUF_SIMPLE)
                try:
                    self._one(<const uint8_t*>view.buf, view.len, time_ns, 0)
                finally:
                    PyBuffer_Release(&view)
        finally:
            self._busy = False
        return self.s.n_events

    def scan_many(self, list raws, times, int64_t time_ns):
        """Read a list of messages as bytes, at `times` (int64, one a message) or all at `time_ns`."""
        cdef const int64_t* at = times_of(times, len(raws))
        cdef int64_t k
        self._begin()
        try:
            for k in range(len(raws)):
                raw = raws[k]
                if not PyBytes_CheckExact(raw):
                    raise TypeError(f"message {k} is {type(raw).__name__}, not bytes")
                self._one(<const uint8_t*>PyBytes_AS_STRING(raw), PyBytes_GET_SIZE(raw),
                          at[k] if at != NULL else time_ns, k)
        finally:
            self._busy = False
        return self.s.n_events

    def scan_lines(self, buffer, times, int64_t time_ns, ends=None):
        """Read messages that a newline ends each, out of one buffer.

        `ends` (int64, one a message) is told how many records there are after each.
        """
        cdef Py_buffer view
        cdef int64_t* told = NULL
        cdef const uint8_t* p
        cdef const uint8_t* end
        cdef const uint8_t* line_end
        cdef const int64_t* at
        cdef int64_t k = 0
        PyObject_GetBuffer(buffer, &view, PyBUF_SIMPLE)
        try:
            p = <const uint8_t*>view.buf
            end = p + view.len
            at = times_of(times, lines_of(p, end) if times is not None else 0)
            if ends is not None:
                told = <int64_t*>times_of(ends, lines_of(p, end))
            self._begin()
            while p < end:
                line_end = <const uint8_t*>memchr(p, c'\n', end - p)
                if line_end == NULL:
                    line_end = end
                self._one(p, line_end - p, at[k] if at != NULL else time_ns, k)
                if told != NULL:
                    told[k] = self.s.n_events
                p = line_end + 1
                k += 1
        finally:
            self._busy = False
            PyBuffer_Release(&view)
        return self.s.n_events

    def take_troubles(self):
        """(problem, key, part, entry, message, offset, text) of what was wrong since the last call."""
        taken, self._troubles = self._troubles, []
        return taken

    @property
    def troubled(self):
        """Whether there are troubles to take."""
        return len(self._troubles) > 0

    @property
    def marks(self):
        """What a hash check needs of the last scan, a tuple each.

        (kind, token, venue time, first event of its object, its own first event, hash, tick_size,
        min_order_size, neg_risk, last_trade_price): bytes where the message says them, else None.
        """
        return self._marks

    def counts(self):
        """What was read since the scanner was made, by name."""
        return self.s.counts
