# The Python face: Engine. Owns the memory of a State. Everything here is checked before the core
# sees it; nothing here decides.

cdef int allocate(State* s) except -1:
    """All tables at once; MemoryError when one cannot be had."""
    cdef int64_t size = 4
    s.n_markets = <int32_t>(s.c.tokens // 2)
    while size < 2 * s.c.orders:
        size *= 2
    s.order_mask = <uint32_t>(size - 1)
    s.fill_mask = <uint32_t>(s.c.fills - 1)
    s.tomb_mask = <uint32_t>(s.c.tombstones - 1)
    s.cap_out = most_effects(s)
    s.ladders = <Ladder*>calloc(<size_t>s.c.tokens, sizeof(Ladder))
    s.wides = <WideLadder*>calloc(<size_t>(2 * s.c.wide_books + 1), sizeof(WideLadder))
    s.markets = <Market*>calloc(<size_t>s.n_markets, sizeof(Market))
    s.tokens = <Account*>calloc(<size_t>s.c.tokens, sizeof(Account))
    s.orders = <Order*>calloc(<size_t>s.c.orders, sizeof(Order))
    s.order_index = <int32_t*>calloc(<size_t>size, sizeof(int32_t))
    s.tombs = <Tombstone*>calloc(<size_t>s.c.tombstones, sizeof(Tombstone))
    s.tomb_index = <int32_t*>calloc(<size_t>(2 * s.c.tombstones), sizeof(int32_t))
    s.fills = <Fill*>calloc(<size_t>s.c.fills, sizeof(Fill))
    s.clusters = <Cluster*>calloc(<size_t>(2 * s.n_markets), sizeof(Cluster))
    s.out = <Effect*>calloc(<size_t>s.cap_out, sizeof(Effect))
    if s.ladders == NULL or s.wides == NULL or s.markets == NULL or s.tokens == NULL or s.orders == NULL \
            or s.order_index == NULL or s.tombs == NULL or s.tomb_index == NULL or s.fills == NULL \
            or s.clusters == NULL or s.out == NULL:
        raise MemoryError("Engine: the configured tables do not fit into memory")
    return 0


cdef int64_t bytes_of(State* s) noexcept nogil:
    cdef Section raw[N_RAW]
    cdef int64_t size = sizeof(State) + s.c.tokens * <int64_t>sizeof(Ladder) \
        + (2 * s.c.wide_books + 1) * <int64_t>sizeof(WideLadder) + most_effects(s) * <int64_t>sizeof(Effect)
    cdef int k
    raw_sections(s, raw)
    for k in range(N_RAW):
        size += raw[k].size
    return size


cdef void begin(State* s) noexcept nogil:
    """The state before the first event."""
    cdef int32_t k
    for k in range(2 * s.n_markets):
        s.ladders[k].wide = -1
    for k in range(s.n_markets):
        reset_market(&s.markets[k], 0)
    for k in range(<int32_t>s.c.orders):
        s.orders[k].next = k + 1
    s.orders[s.c.orders - 1].next = NIL
    s.v.free_order = 0
    s.v.chain = <uint64_t>0x243f6a8885a308d3ULL ^ CLOBSTEP_RULES_VERSION
    s.v.deadline_ns = never()
    s.v.armed_ns = never()
    s.v.bucket.time_ns = -1
    s.v.cancel_bucket.time_ns = -1
    s.v.day = -1
    s.v.session = SS_STARTING


cdef void release_memory(State* s) noexcept:
    free(s.ladders)
    free(s.wides)
    free(s.markets)
    free(s.tokens)
    free(s.orders)
    free(s.order_index)
    free(s.tombs)
    free(s.tomb_index)
    free(s.fills)
    free(s.clusters)
    free(s.out)
    free(s.cells)
    free(s)


cdef int watch_cells(State* s) noexcept nogil:
    """From now on note each cell of the tables that is gone by (`State.cells`). -1: no memory."""
    if s.cells == NULL:
        s.cells = <uint8_t*>calloc(N_CELLS, sizeof(uint8_t))
    return 0 if s.cells != NULL else -1


cdef object config_of(State* s):
    return EngineConfig(*[(<int64_t*>&s.c)[k] for k in range(N_CONFIG)])


cdef int read_array(object array, object dtype, str name, bint writable, Py_buffer* view) except -1:
    """A one-dimensional contiguous array of our records; anything else is named."""
    cdef object found = getattr(array, "dtype", None)
    if found is None:
        raise TypeError(f"{name}: a numpy array of {name_of_dtype(name)} is needed, not {type(array).__name__}")
    if found is not dtype and found != dtype:
        raise TypeError(f"{name}: {dtype_difference(found, dtype)}; use numpy.zeros(n, {name_of_dtype(name)})")
    if array.ndim != 1:
        raise ValueError(f"{name}: {array.ndim} dimensions, 1 needed")
    if not array.flags.c_contiguous:
        raise ValueError(f"{name}: not contiguous; pass numpy.ascontiguousarray({name})")
    if writable and not array.flags.writeable:
        raise ValueError(f"{name}: read-only; the effects are written into it")
    PyObject_GetBuffer(array, view, PyBUF_WRITABLE if writable else PyBUF_SIMPLE)
    return 0


cdef str name_of_dtype(str name):
    return "clobstep.EVENT_DTYPE" if name == "events" else "clobstep.EFFECT_DTYPE"


cdef str dtype_difference(object found, object wanted):
    """What differs first between two record types, in words."""
    if found.names is None:
        return f"dtype {found} is no record"
    for name in wanted.names:
        if name not in found.names:
            return f"dtype lacks the field {name!r}"
        if found.fields[name] != wanted.fields[name]:
            return (f"field {name!r} is {found.fields[name][0]} at {found.fields[name][1]}, "
                    f"not {wanted.fields[name][0]} at {wanted.fields[name][1]}")
    return f"dtype has {found.itemsize} bytes a record, not {wanted.itemsize}"


cdef class Engine:
    """A trading engine: events in, effects out, nothing else.

    `Engine(config)` allocates all its memory at once; it stays constant in the number of events.
    An engine is not for use from several threads at a time.
    """

    def __cinit__(self, config=None):
        cdef int k
        if config is None:
            config = EngineConfig()
        if not isinstance(config, EngineConfig):
            raise TypeError(f"Engine: config is a {type(config).__name__}, not a clobstep.EngineConfig")
        self.s = <State*>calloc(1, sizeof(State))
        if self.s == NULL:
            raise MemoryError("Engine: no memory for the state")
        for k, name in enumerate(CONFIG_NAMES):
            (<int64_t*>&self.s.c)[k] = getattr(config, name)
        allocate(self.s)
        begin(self.s)

    def __dealloc__(self):
        if self.s != NULL:
            release_memory(self.s)

    @property
    def config(self):
        """The EngineConfig it was made with."""
        return config_of(self.s)

    @property
    def seq(self):
        """Number of events stepped."""
        return self.s.v.seq

    @property
    def chain(self):
        """64-bit chain of every event and effect so far."""
        return self.s.v.chain

    @property
    def effects_needed(self):
        """Length of an effects array that fits the worst case of any event."""
        return most_effects(self.s)

    @property
    def allocated_bytes(self):
        """Bytes of all its tables together; constant in the number of events."""
        return bytes_of(self.s)

    @property
    def view(self):
        """Read-only looks into the state."""
        return View(self)

    def step(self, event):
        """Step one 64-byte event; returns its effects, 72 bytes each.

        Errors: TypeError when `event` is not bytes, ValueError when it is not 64 bytes long.
        """
        cdef State* s = self.s
        if type(event) is not bytes:
            raise TypeError(f"event: {type(event).__name__} given, bytes needed")
        if PyBytes_GET_SIZE(event) != sizeof(Event):
            raise ValueError(f"event: {len(event)} bytes, {sizeof(Event)} needed")
        cdef Event ev
        memcpy(&ev, PyBytes_AS_STRING(event), sizeof(Event))
        s.n_out = 0
        step(s, &ev)
        return PyBytes_FromStringAndSize(<char*>s.out, s.n_out * <Py_ssize_t>sizeof(Effect))

    def step_batch(self, events, effects):
        """Step up to 4,096 events of an array; returns (events taken, effects written).

        `events` is an array of EVENT_DTYPE, `effects` a writable one of EFFECT_DTYPE. Stops before
        an event whose worst case does not fit into what is left of `effects`, and after one that
        wakes a strategy. Errors: TypeError, ValueError naming the argument; a ValueError when not
        even the first event's worst case fits (see `effects_needed`). An error has taken nothing.
        """
        cdef Py_buffer eb
        cdef Py_buffer fb
        cdef State* s = self.s
        cdef Effect* own_out = s.out
        cdef int64_t own_cap = s.cap_out
        cdef int64_t n
        cdef int64_t taken
        cdef int64_t written
        cdef int64_t bound
        event_dtype, effect_dtype = dtypes()
        read_array(events, event_dtype, "events", False, &eb)
        try:
            read_array(effects, effect_dtype, "effects", True, &fb)
        except BaseException:
            PyBuffer_Release(&eb)
            raise
        n = least(eb.len // <Py_ssize_t>sizeof(Event), CHUNK)
        s.out = <Effect*>fb.buf
        s.cap_out = fb.len // <Py_ssize_t>sizeof(Effect)
        s.n_out = 0
        taken = step_many(s, <const Event*>eb.buf, n)
        written = s.n_out
        bound = effects_bound(s, <const Event*>eb.buf) if n and not taken else 0
        s.out = own_out
        s.cap_out = own_cap
        PyBuffer_Release(&eb)
        PyBuffer_Release(&fb)
        if bound:
            raise ValueError(f"effects: room for {len(effects)}, the first event may have {bound}; "
                             f"pass an array of at least engine.effects_needed = {self.effects_needed}")
        return taken, written

    def apply_deltas(self, events):
        """Apply BOOK_DELTA events to the books only, and return a checksum of the best prices.

        The function that `step` calls for a delta, without chain, deadlines and effects: for
        rebuilding books and for measuring them. Other kinds and malformed records are passed over.
        The checksum is the sum over deltas of 31 x best bid + best ask, in pips, modulo 2**64.
        """
        cdef Py_buffer eb
        cdef uint64_t checksum
        read_array(events, dtypes()[0], "events", False, &eb)
        self.s.n_out = 0
        self.s.v.started = 1
        checksum = apply_deltas(self.s, <const Event*>eb.buf, eb.len // <Py_ssize_t>sizeof(Event))
        PyBuffer_Release(&eb)
        return checksum

    def check(self):
        """0, or the number of the first broken invariant (docs/invariants.md)."""
        return check_state(self.s)

    def snapshot(self):
        """The whole state as bytes; `Engine.restore` makes an equal engine of them."""
        settle_counters(self.s)
        return snapshot_of(self.s)

    @classmethod
    def restore(cls, snapshot):
        """An engine in the state of a snapshot.

        Errors: TypeError; ValueError naming what is foreign, old, short or damaged.
        """
        return restore_into(snapshot)

    def _break_invariant(self, number):
        """Debug builds only: damage the state so that `check` finds invariant `number`."""
        if not CLOBSTEP_IS_DEBUG:
            raise RuntimeError("only in debug builds (CLOBSTEP_BUILD=debug)")
        return bool(break_invariant(self.s, number))


cdef object dtypes():
    global _DTYPES
    if _DTYPES is None:
        from clobstep.core import EFFECT_DTYPE, EVENT_DTYPE
        _DTYPES = (EVENT_DTYPE, EFFECT_DTYPE)
    return _DTYPES


cdef bytes snapshot_of(State* s):
    cdef Section raw[N_RAW]
    cdef int16_t* pips = <int16_t*>malloc(WIDE_LEVELS * sizeof(int16_t))
    cdef int64_t* sizes = <int64_t*>malloc(WIDE_LEVELS * sizeof(int64_t))
    cdef int64_t size
    cdef int64_t books
    cdef uint64_t word
    cdef char* at
    cdef int k
    if pips == NULL or sizes == NULL:
        free(pips)
        free(sizes)
        raise MemoryError("snapshot: no memory")
    raw_sections(s, raw)
    books = books_size(s, pips, sizes)
    size = 24 + <int64_t>sizeof(Config) + <int64_t>sizeof(Vars) + 8 + books + 8
    for k in range(N_RAW):
        size += 8 + raw[k].size
    result = PyBytes_FromStringAndSize(NULL, size)
    at = PyBytes_AS_STRING(result)
    memcpy(at, b"CLOBSTEP", 8)
    word = SNAPSHOT_FORMAT
    memcpy(at + 8, &word, 8)
    word = CLOBSTEP_LAYOUT_HASH
    memcpy(at + 16, &word, 8)
    at += 24
    memcpy(at, &s.c, sizeof(Config))
    at += sizeof(Config)
    memcpy(at, &s.v, sizeof(Vars))
    at += sizeof(Vars)
    for k in range(N_RAW):
        memcpy(at, &raw[k].size, 8)
        memcpy(at + 8, raw[k].data, <size_t>raw[k].size)
        at += 8 + raw[k].size
    memcpy(at, &books, 8)
    write_books(s, at + 8, pips, sizes)
    at += 8 + books
    word = digest(PyBytes_AS_STRING(result), size - 8)
    memcpy(at, &word, 8)
    free(pips)
    free(sizes)
    return result


cdef uint64_t word_at(bytes data, int64_t at):
    cdef uint64_t word
    memcpy(&word, PyBytes_AS_STRING(data) + at, 8)
    return word


cdef object restore_into(object snapshot):
    """Check header, digest and every section's length before anything is believed."""
    cdef Config config
    cdef Section raw[N_RAW]
    cdef Engine engine
    cdef const char* at
    cdef const char* end
    cdef const char* start
    cdef int64_t size
    cdef int k
    if type(snapshot) is not bytes:
        raise TypeError(f"snapshot: {type(snapshot).__name__} given, bytes needed")
    size = len(snapshot)
    start = PyBytes_AS_STRING(snapshot)
    if size < 32 + sizeof(Config) + sizeof(Vars) or snapshot[:8] != b"CLOBSTEP":
        raise ValueError(f"snapshot: {size} bytes that are no clobstep snapshot (magic)")
    if word_at(snapshot, 8) != SNAPSHOT_FORMAT:
        raise ValueError(f"snapshot: format {word_at(snapshot, 8)}, this engine reads {SNAPSHOT_FORMAT}")
    if word_at(snapshot, 16) != CLOBSTEP_LAYOUT_HASH:
        raise ValueError(f"snapshot: layout {word_at(snapshot, 16):016x}, this engine has "
                         f"{CLOBSTEP_LAYOUT_HASH:016x}; replay the session's events instead")
    if word_at(snapshot, size - 8) != digest(PyBytes_AS_STRING(snapshot), size - 8):
        raise ValueError("snapshot: damaged (digest); take an earlier one or replay the events")
    memcpy(&config, PyBytes_AS_STRING(snapshot) + 24, sizeof(Config))
    engine = Engine(EngineConfig(*[(<int64_t*>&config)[j] for j in range(N_CONFIG)]))
    at = start + 24 + sizeof(Config)
    end = start + size - 8
    memcpy(&engine.s.v, at, sizeof(Vars))
    at += sizeof(Vars)
    raw_sections(engine.s, raw)
    for k in range(N_RAW):
        if end - at < 8 + raw[k].size or (<const int64_t*>at)[0] != raw[k].size:
            raise ValueError(f"snapshot: section {k} has another length than its configuration says")
        memcpy(raw[k].data, at + 8, <size_t>raw[k].size)
        at += 8 + raw[k].size
    if end - at < 8 or not read_books(engine.s, at + 8, end - at - 8):
        raise ValueError("snapshot: section books is no list of levels")
    return engine
