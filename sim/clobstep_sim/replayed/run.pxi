# The Python face: PaperRun. Owns the memory of a run; checks what the loop may rely on.

cdef void wake_python(Paper* p) noexcept:
    """Run a strategy written in Python; what it raises ends the run and is raised by it."""
    cdef PaperRun face = <PaperRun>p.face
    try:
        face.turn.alive = 1
        face.on_wake(face.turn)
    except BaseException as error:
        face.raised = error
        p.error = 2
    finally:
        face.turn.alive = 0


cdef void flush_log(Paper* p) noexcept:
    """Hand the kept events and effects to the sink."""
    cdef PaperRun face = <PaperRun>p.face
    try:
        face.flush()
    except BaseException as error:
        face.raised = error
        p.error = 3


cdef bytes rows_of(const void* data, int64_t n, size_t each):
    return PyBytes_FromStringAndSize(<const char*>data, n * <Py_ssize_t>each)


cdef int check_latency(object kind, object constant_ns, bytes at, bytes value) except -1:
    """Latencies are above zero and at most a day; a table has a row at least, its times rise."""
    cdef list times
    cdef list values
    if kind not in (0, 1, 2):
        raise ValueError(f"latency: kind {kind!r} is none of 0 constant, 1 table, 2 quantiles")
    if len(at) % 8 or len(value) % 8:
        raise ValueError("latency: times and values are 64-bit integers, as bytes")
    values = [constant_ns] if kind == 0 else memoryview(value).cast("q").tolist()
    times = memoryview(at).cast("q").tolist()
    if not values or not all(0 < one <= DAY_NS for one in values):
        raise ValueError("latency: every value is above 0 and at most a day, and there is one at least")
    if kind == 1 and (len(times) != len(values) or times != sorted(times)):
        raise ValueError("latency: a table has a time for each value, and times rise")
    return 0


cdef int check_events(const Event* events, int64_t n) except -1:
    """Only what a market says, and signals: our own orders and money come from this run alone."""
    cdef int64_t k
    if <size_t>events % sizeof(int64_t):
        raise ValueError("events: not aligned to 8 bytes; copy the array")
    for k in range(n):
        if events[k].kind > EV_RETIRE and events[k].kind != EV_SIGNAL:
            raise ValueError(
                f"events: number {k} is of kind {events[k].kind}; a recording holds the market's own "
                f"words (kinds up to {EV_RETIRE}) and signals. `recording.load` leaves all others out")
    return 0


cdef int read_latency(Latency* leg, object spec, object keep) except -1:
    """(kind, constant_ns, at, value) with at and value bytes of int64; `keep` holds them alive."""
    cdef const char* at
    cdef const char* value
    kind, constant_ns, at_bytes, value_bytes = spec
    keep.append((at_bytes, value_bytes))
    check_latency(kind, constant_ns, at_bytes, value_bytes)
    memset(leg, 0, sizeof(Latency))
    leg.kind = kind
    leg.constant_ns = constant_ns
    at = at_bytes
    value = value_bytes
    leg.at = <int64_t*>at
    leg.value = <int64_t*>value
    leg.n = <int32_t>(len(value_bytes) // 8)
    leg.least_ns = min(memoryview(value_bytes).cast("q")) if kind else constant_ns
    return 0


# What a run may be set to: times up to a year, so that no sum of times leaves 63 bits.
YEAR_NS = 366 * 86_400 * 1_000_000_000
LEAST_TIMER_NS = 1_000_000
SETTING_RANGES = (
    ("fill", FILL_CROSSING, FILL_NAIVE), ("power", 1, 3), ("print_lag_ns", 0, DAY_NS),
    ("settle_ns", 0, YEAR_NS), ("convert_ns", 0, YEAR_NS), ("convert_cost", 0, MAX_SIZE),
    ("redeem_ns", 0, YEAR_NS), ("refresh_ns", 1_000_000_000, 1 << 60), ("feed_ns", 0, DAY_NS),
    ("timer_ns", 0, 1 << 60), ("oldest_ns", 0, DAY_NS), ("seed", 0, (1 << 64) - 1),
)


cdef class PaperRun:
    """One run of an engine against a recording.

    `events`: 64-byte records of the market (kinds up to RESOLVED), in the order of the recording.
    `first`: records that are stepped before them, at their own times. `settings`: integers by name,
    as in `Settings`. `latency`: for submit, cancel and answer (kind, constant_ns, at, value).
    `sink(events, effects, marks, seq, chain)` takes what was stepped, as bytes; None keeps nothing.
    """

    cdef Paper p
    cdef Engine engine
    cdef Turn turn
    cdef Py_buffer view
    cdef bint has_view
    cdef object strategy
    cdef object on_wake
    cdef object sink
    cdef object raised
    cdef list held
    cdef bytes first
    cdef bint began
    cdef bint ran

    def __cinit__(self, Engine engine not None, events, strategy, bytes first, dict settings, latency, sink=None):
        cdef int k
        cdef int64_t n_events
        cdef CompiledStrategy compiled
        memset(&self.p, 0, sizeof(Paper))
        if not same_layout():
            raise ImportError("clobstep_sim.replayed was built against another core; build again: pip install .")
        self.engine = engine
        self.turn = Turn()
        self.strategy = strategy
        self.sink = sink
        self.held = []
        self.first = first
        PyObject_GetBuffer(events, &self.view, PyBUF_SIMPLE)
        self.has_view = True
        if self.view.len % sizeof(Event) or len(first) % sizeof(Event):
            raise ValueError(f"events: {self.view.len} bytes are no whole number of {sizeof(Event)}-byte records")
        self.p.s = engine.s
        self.p.events = <const Event*>self.view.buf
        n_events = self.view.len // <Py_ssize_t>sizeof(Event)
        self.p.end = self.p.events + n_events
        self.p.next_venue = self.p.events
        self.p.next_ours = self.p.events
        check_events(self.p.events, n_events)
        self.p.begins_ns = begins_at(self.p.events, n_events)
        self.p.most_ns = min(self.p.begins_ns + SPAN_NS, MAX_TIME_NS - 1)
        self.p.venue_last_ns = self.p.begins_ns
        self.p.ours_last_ns = self.p.begins_ns
        self.p.steady = is_steady(self.p.events, n_events, self.p.begins_ns, self.p.most_ns)
        self.p.n_venues = engine.s.n_markets
        self.p.rows.first_cap = 1024 + min(n_events // 8, FIRST_ROWS)
        self.p.free_rest = -1
        self.p.expiry_ns = NEVER
        self.p.requests.first_ns = NEVER
        self.p.answers.first_ns = NEVER
        self.p.slow.first_ns = NEVER
        self.p.refresh_ns = NEVER
        self.p.turn = self.turn.c
        self.turn.engine = engine
        self.turn.the_view = engine.view
        self.turn.c.s = engine.s
        self.p.face = <void*>self
        if isinstance(strategy, CompiledStrategy):
            compiled = strategy
            if compiled.run == NULL:
                raise TypeError(f"{type(strategy).__name__}: a compiled strategy that sets no function")
            self.p.compiled = compiled.run
            self.p.compiled_state = compiled.state
        else:
            self.on_wake = strategy.on_wake
        self.read_settings(settings)
        self.p.steady = self.p.steady and self.p.set.oldest_ns == 0
        for leg, spec in zip(("submit", "cancel", "answer"), latency, strict=True):
            if leg == "submit":
                read_latency(&self.p.submit, spec, self.held)
            elif leg == "cancel":
                read_latency(&self.p.cancel, spec, self.held)
            else:
                read_latency(&self.p.answer, spec, self.held)
        self.p.has_queues = self.p.set.fill != FILL_CROSSING and self.p.set.fill != FILL_NAIVE
        self.p.answer_ns = min(self.p.answer.least_ns, self.p.set.convert_ns)
        for k in range(N_STREAMS):
            self.p.streams[k] = kn_stream(self.p.set.seed, k)
        self.make_tables()

    cdef int read_settings(self, dict given) except -1:
        cdef Settings* s = &self.p.set
        for name, least, most in SETTING_RANGES:
            if not least <= given[name] <= most:
                raise ValueError(f"{name}: {given[name]!r} is not in {least}..{most}")
        if 0 < given["timer_ns"] < LEAST_TIMER_NS:
            raise ValueError(f"timer_ns: {given['timer_ns']!r} is neither 0 (none) nor {LEAST_TIMER_NS} or more")
        s.fill = given["fill"]
        s.power = given["power"]
        s.print_lag_ns = given["print_lag_ns"]
        s.settle_ns = given["settle_ns"]
        s.convert_ns = given["convert_ns"]
        s.convert_cost = given["convert_cost"]
        s.redeem_ns = given["redeem_ns"]
        s.refresh_ns = given["refresh_ns"]
        s.feed_ns = given["feed_ns"]
        s.timer_ns = given["timer_ns"]
        s.oldest_ns = given["oldest_ns"]
        s.seed = given["seed"]
        return 0

    cdef int make_tables(self) except -1:
        cdef int32_t k
        cdef Paper* p = &self.p
        p.venues = <Venue*>calloc(p.n_venues, sizeof(Venue))
        p.meta = <Event*>calloc(p.n_venues, sizeof(Event))
        p.clusters = <Event*>calloc(p.n_venues, sizeof(Event))
        if p.venues == NULL or p.meta == NULL or p.clusters == NULL:
            raise MemoryError("paper: no memory for the venue")
        for k in range(p.n_venues):
            p.venues[k].first[0] = -1
            p.venues[k].first[1] = -1
            p.venues[k].generation = self.engine.s.markets[k].generation
        if self.sink is None:
            return 0
        p.logging = 1
        p.cap_log = 16384
        p.cap_effects = 65536 + self.engine.s.cap_out
        p.log = <Event*>malloc(p.cap_log * sizeof(Event))
        p.log_effects = <Effect*>malloc(p.cap_effects * sizeof(Effect))
        p.marks = <uint64_t*>malloc((p.cap_log // 256 + 2) * 16)
        if p.log == NULL or p.log_effects == NULL or p.marks == NULL:
            raise MemoryError("paper: no memory for the log")
        return 0

    def __dealloc__(self):
        cdef int32_t k
        cdef int32_t block
        cdef Queue* q
        if self.p.venues != NULL:
            for k in range(self.p.n_venues):
                free(self.p.venues[k].books)
                free(self.p.venues[k].staged)
                free(self.p.venues[k].staged_bits)
                free(self.p.venues[k].gone.at)
                free(self.p.venues[k].printed.at)
                free(self.p.venues[k].own.at)
        for k in range(3):
            q = &self.p.requests if k == 0 else &self.p.answers if k == 1 else &self.p.slow
            free(q.ring)
            for block in range(q.size // BLOCK):
                free(q.blocks[block])
            free(q.blocks)
            free(q.unused)
        free(self.p.venues)
        free(self.p.meta)
        free(self.p.clusters)
        free(self.p.rests)
        free(self.p.rows.fills)
        free(self.p.rows.bests)
        free(self.p.rows.orders)
        free(self.p.rows.conversions)
        free(self.p.log)
        free(self.p.log_effects)
        free(self.p.marks)
        free(self.p.stream)
        if self.has_view:
            PyBuffer_Release(&self.view)

    cdef int flush(self) except -1:
        cdef Paper* p = &self.p
        if p.n_log == 0:
            return 0
        self.sink(
            rows_of(p.log, p.n_log, sizeof(Event)), rows_of(p.log_effects, p.n_effects, sizeof(Effect)),
            rows_of(p.marks, p.n_marks, 16), p.log_seq, p.log_chain)
        p.n_log = 0
        p.n_effects = 0
        p.n_marks = 0
        return 0

    def run(self):
        """Run to the end. Raises what the strategy or the sink raised; once only."""
        cdef Paper* p = &self.p
        if self.ran:
            raise RuntimeError("paper: a run runs once; make a new one")
        self.ran = True
        self.begin()
        with nogil:
            run_paper(p)
        self.settle()

    cdef int begin(self) except -1:
        """What stands before the market's first event; once."""
        cdef Paper* p = &self.p
        cdef const char* raw = self.first
        cdef Event ev
        cdef int64_t k
        if self.began:
            return 0
        self.began = True
        for k in range(len(self.first) // <Py_ssize_t>sizeof(Event)):
            memcpy(&ev, raw + k * <int64_t>sizeof(Event), sizeof(Event))
            if ev.time_ns > p.ours_ns:
                p.ours_ns = ev.time_ns
            give(p, &ev)
            if not p.s.refused and (ev.kind == EV_MARKET or ev.kind == EV_CLUSTER):
                keep_meta(p, &ev)
        p.timer_ns = p.ours_ns + p.set.timer_ns if p.set.timer_ns else NEVER
        return 0

    cdef int settle(self) except -1:
        """Keep what was stepped, and raise what went wrong."""
        cdef Paper* p = &self.p
        if self.raised is None and p.logging:
            self.flush()
        if self.raised is not None:
            raise self.raised
        if p.error == 1:
            raise MemoryError("paper: no memory for the venue's queues and rows")
        if p.error == 5:
            raise RuntimeError("paper: the engine stays at a deadline that is over; please report this")
        if p.error == 6:
            raise ValueError("paper: an order id out of turn; order ids rise one by one from 1")
        if p.error == 4:
            raise OverflowError(f"paper: the strategy asked for more than {TURN_INTENTS} intents in a turn")
        return 0

    def fills(self):
        """Rows of FILL_DTYPE, as bytes, in the order of their matches."""
        return rows_of(self.p.rows.fills, self.p.rows.n_fills, sizeof(FillRow))

    def bests(self):
        """Rows of BBO_DTYPE, as bytes, in the order of the venue's time."""
        return rows_of(self.p.rows.bests, self.p.rows.n_bests, sizeof(BestRow))

    def conversions(self):
        """Rows of merges, splits and redeems, as bytes."""
        return rows_of(self.p.rows.conversions, self.p.rows.n_conversions, sizeof(ConversionRow))

    def settlements(self):
        """(venue time, even token, payout of YES in pips) of each market whose resolution the engine took."""
        return [
            (self.p.venues[k].resolved_ns, 2 * k, self.p.venues[k].payout_pips)
            for k in range(self.p.n_venues) if self.p.venues[k].settled]

    def orders(self):
        """Rows of what is known of each order, as bytes; ids that were never sent are left out."""
        cdef int64_t k
        cdef int64_t n = 0
        out = PyBytes_FromStringAndSize(NULL, self.p.rows.n_orders * <Py_ssize_t>sizeof(Known))
        cdef char* at = out
        for k in range(1, self.p.rows.n_orders + 1):
            if self.p.rows.orders[k].id:
                memcpy(at + n * <int64_t>sizeof(Known), &self.p.rows.orders[k], sizeof(Known))
                n += 1
        return out[:n * <int64_t>sizeof(Known)]

    def counts(self):
        """What happened, by name."""
        return {
            "wakes": self.p.wakes, "intents": self.p.intents, "cost_micros": self.p.cost_micros,
            "crossing_fills": self.p.crossing_fills, "print_fills": self.p.print_fills, "gaps": self.p.gaps,
            "unsound": self.p.unsound,
            "venue_ns": self.p.venue_ns, "ours_ns": self.p.ours_ns,
        }
