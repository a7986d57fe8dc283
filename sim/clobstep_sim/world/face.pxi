# The Python face: World. Owns the memory of a run.

class WorldError(ValueError):
    """What was asked cannot be; says what and the way out."""


cdef void keep_met(W* w) noexcept nogil:
    """What this engine met; another may follow it."""
    cdef int k
    for k in range(N_CELLS):
        w.met[k] |= w.s.cells[k]


cdef void start_pipe(Pipe* p) noexcept nogil:
    p.first_ns = NEVER


cdef class World:
    """An engine, an exchange (account 0 is the crowd, 1 ours; more are others who come from outside), and a seed.

    `knobs`: a value for each of `KNOBS`, in that order. `strategy`: a CompiledStrategy, or None for
    the gambler. `checking`: look after the engine's own invariants after each event. `logging`: keep
    the events, for a replay and for crashes. `through`: a function that is given the words of each moment as
    Exchange.words() gives them, and gives back those that the network is to carry. `start` first, then `run`.
    """

    cdef W w
    cdef Engine engine
    cdef Looks exchange
    cdef object strategy
    cdef object the_turn
    cdef object through
    cdef object raised                     # what `through` raised

    def __cinit__(self, uint64_t seed, list knobs, Engine engine not None, Looks exchange not None,
                  strategy=None, bint checking=True, bint logging=True, through=None):
        cdef int k
        cdef W* w = &self.w
        cdef CompiledStrategy compiled
        memset(w, 0, sizeof(W))
        w.grain_ns = 1
        w.x = &exchange.x
        w.s = engine.s
        w.n_markets = exchange.x.n_markets
        if not same_layout():
            raise ImportError("clobstep_sim.world was built against another core; build again: pip install .")
        if exchange.x.n_accounts < 2 or not exchange.x.accounts[CROWD].unlimited or not exchange.x.publishing:
            raise WorldError("an exchange that publishes, its first accounts the crowd (unlimited) and ours")
        if w.n_markets < 1 or w.n_markets > min(64, engine.s.n_markets):
            raise WorldError(f"{w.n_markets} markets: 1 to 64, and no more than the engine has places for")
        self.engine, self.exchange, self.strategy = engine, exchange, strategy
        if watch_cells(w.s) != 0:
            raise MemoryError
        if len(knobs) != N_KNOBS:
            raise WorldError(f"{len(knobs)} knobs given, there are {N_KNOBS}")
        for k in range(N_KNOBS):
            w.knobs[k] = knobs[k]
        for k in range(N_KNOBS):
            w.streams[k] = kn_stream(seed, k)
        w.network = kn_stream(seed, 1001)
        w.luck = kn_stream(seed, 1002)
        w.form = kn_stream(seed, 1003)
        w.now_ns = exchange.x.now_ns
        w.free_mail = w.held = w.batch = ex.NONE
        start_pipe(&w.feed)
        start_pipe(&w.user)
        w.checking, w.logging = checking, logging
        self.through = through
        if through is not None:
            w.through = <void*>self
        w.turn = <CTurn*>calloc(1, sizeof(CTurn))
        w.crowds = <Crowd*>calloc(w.n_markets, sizeof(Crowd))
        w.conversions = <Conversion*>calloc(w.n_markets, sizeof(Conversion))
        w.generations = <uint16_t*>calloc(w.n_markets, sizeof(uint16_t))
        w.stalled_ns = <int64_t*>calloc(w.n_markets, sizeof(int64_t))
        if w.turn == NULL or w.crowds == NULL or w.conversions == NULL or w.generations == NULL or w.stalled_ns == NULL:
            raise MemoryError
        w.turn.out = <Event*>malloc(TURN_INTENTS * sizeof(Event))
        if w.turn.out == NULL:
            raise MemoryError
        for k in range(ALL_MARKETS + 1):
            w.judged[k].turn_ns = NEVER
        for k in range(w.n_markets):
            w.crowds[k].stream = kn_stream(seed, 2000 + k)
            w.crowds[k].fair = 256 * (1500 + kn_below(&w.crowds[k].stream, 7000))
            w.crowds[k].gap_ns = w.knobs[CROWD_GAP_US] * MICROSECOND
            w.meta_flags[k] = FLAG_META_OPEN
        w.strategy = gamble
        w.strategy_state = w
        w.wake_flags = 63
        if strategy is not None:
            compiled = strategy
            w.timer_ns = strategy.timer_ns
            w.wake_flags = <uint8_t>int(strategy.wakes)
            if compiled.run == NULL:
                raise WorldError(f"{type(strategy).__name__}: a compiled strategy that sets no function")
            w.strategy, w.strategy_state = compiled.run, compiled.state

    def __dealloc__(self):
        cdef int k
        cdef W* w = &self.w
        if w.turn != NULL:
            free(w.turn.out)
        if w.crowds != NULL:
            for k in range(w.n_markets):
                free(w.crowds[k].rest)
        free(w.turn)
        free(w.crowds)
        free(w.conversions)
        free(w.generations)
        free(w.stalled_ns)
        free(w.mails)
        free(w.feed.ring)
        free(w.user.ring)
        free(w.sent)
        free(w.fates)
        free(w.log)
        free(w.tape)
        free(w.taped)
        heap_free(&w.due)

    cdef int settled(self) except -1:
        if self.raised is not None:
            raise self.raised
        if self.w.stop == STOP_MEMORY or self.w.x.no_memory:
            raise MemoryError("the world ran out of memory")
        return 0

    def hear(self, bytes event):
        """One 64-byte event for the engine, now: openings, what a strategy wants to be woken by."""
        cdef Event e
        if len(event) != sizeof(Event):
            raise WorldError(f"an event has {sizeof(Event)} bytes, not {len(event)}")
        memcpy(&e, <char*>event, sizeof(Event))
        hear(&self.w, &e)
        self.settled()

    def warm(self, int64_t acts):
        """So many acts of the crowd in each market before the engine is there."""
        cdef int64_t k
        cdef int32_t market
        for k in range(acts):
            for market in range(self.w.n_markets):
                crowd_warms(&self.w, market)
        ex.publish(self.w.x)
        self.w.x.n_words = 0
        self.settled()

    def start(self):
        """The client connects, reads metadata and the account; crowd and spells begin."""
        cdef W* w = &self.w
        w.beat_heard_ns = w.now_ns
        w.grain_ns = SECOND if hit(w, COARSE_PPM) else 1
        own_word(w, EV_HEARTBEAT, HB_HEALTHY)
        own_word(w, EV_VENUE, VS_NORMAL)
        connect_feed(w)
        begin_agenda(w)
        chore(w, CHORE_META, 0)
        chore(w, CHORE_BEAT, 0)
        if hit(w, LATE_START_PPM):
            starts_late(w)
        else:
            chore(w, CHORE_PERIOD, 0)
        if w.timer_ns:
            chore(w, CHORE_TIMER, 0)
        self.settled()

    def start_alone(self):
        """Instead of `start`: crowd and spells begin, and no client. Others trade through the exchange's own face,
        and hear what `through` is given; the engine is not used."""
        cdef W* w = &self.w
        w.is_alone = w.is_dead = w.feed.is_down = w.user.is_down = 1
        begin_agenda(w)
        self.settled()

    def carry(self):
        """What the exchange has said by itself since the last time goes on its way now."""
        carry(&self.w)
        self.settled()

    def begin(self, int knob):
        """This spell begins now, for as long and in the way that chance says."""
        if not is_spell(knob):
            raise WorldError(f"knob {knob} is no spell")
        begins(&self.w, knob)
        self.settled()

    def end_market(self, int64_t market, int payout_pips):
        """It closes and resolves now; once all was redeemed its place is given to a new one."""
        if not 0 <= market < self.w.n_markets or self.w.x.markets[market].is_resolved:
            raise WorldError(f"market {market}: there is none, or it has resolved")
        if not 0 <= payout_pips <= PIPS:
            raise WorldError(f"a payout of {payout_pips} pips")
        resolves(&self.w, <int32_t>market, payout_pips)
        self.settled()

    def spells(self):
        """What is at work now: until when each lasts (0 or past: it does not), and what of it differs by market."""
        cdef W* w = &self.w
        cdef int k
        return {
            "storm": w.storm_until_ns, "storm_market": w.storm_market, "storm_reason": w.storm_reason,
            "throttle": w.throttle_until_ns, "queue": w.queue_until_ns, "gamma": w.gamma_until_ns,
            "clog": w.clog_until_ns, "key": w.key_until_ns, "silent": w.silent_until_ns, "lie": w.lie_until_ns,
            "stalled": [w.stalled_ns[k] for k in range(w.n_markets)],
            "flags": [w.meta_flags[k] for k in range(w.n_markets)],
            "close_out": [w.crowds[k].close_out_ns for k in range(w.n_markets)],
            "generations": [w.generations[k] for k in range(w.n_markets)],
            "seen": {k: w.seen_spells[k] for k in range(N_KNOBS) if w.seen_spells[k]},
            "quiet": bool(w.quiet), "state": ex.venue_state(w.x), "phantom": w.x.accounts[OURS].phantom,
            "moved_micros": w.moved_micros,
        }  # fmt: skip

    def run(self, int64_t events, int64_t until_ns=NEVER):
        """Until the engine has had so many events in all, or that time; a STOP_* code, 0 for none."""
        with nogil:
            run_world(&self.w, events, min(until_ns, NEVER - 1))
        self.settled()
        return self.w.stop

    def revive(self, Engine engine not None, int64_t after_ns):
        """After a crash: the engine that what is durable makes; its process starts so much later."""
        cdef W* w = &self.w
        cdef int k
        if w.stop != STOP_CRASH:
            raise WorldError("nothing crashed")
        if engine.s.n_markets < w.n_markets:
            raise WorldError(f"an engine with places for {engine.s.n_markets} markets, there are {w.n_markets}")
        keep_met(w)
        self.engine = engine
        w.s = engine.s
        if watch_cells(w.s) != 0:
            raise MemoryError
        w.stop = STOP_NONE
        w.crash = 0
        w.n_log = w.durable
        if w.told_at > w.durable:
            w.told_trades = w.told_before
        for k in range(w.n_markets):
            if w.conversions[k].told_at > w.durable:
                w.conversions[k].told_at = NEVER   # it has to be told again
        judge_again(w)
        die(w, w.now_ns + after_ns)
        self.settled()

    def calm(self):
        """No more faults: what has begun ends, connections come back."""
        cdef W* w = &self.w
        cdef int k
        w.quiet = 1
        w.x.state = VS_NORMAL
        w.storm_until_ns = w.throttle_until_ns = w.queue_until_ns = w.gamma_until_ns = w.lie_until_ns = 0
        w.pause_until_ns = w.clog_until_ns = w.burst_until_ns = 0
        w.key_until_ns = w.silent_until_ns = w.disk_until_ns = w.x.accounts[OURS].phantom = 0
        for k in range(w.n_markets):
            w.stalled_ns[k] = 0
        w.clock_ns = 0
        w.grain_ns = 1
        if not w.is_dead:
            lose_feed(w, w.now_ns + SECOND)
            lose_user(w, w.now_ns + SECOND)

        for k in range(w.n_markets):
            w.crowds[k].gap_ns = 2 * SECOND
            w.meta_flags[k] = FLAG_META_OPEN
            w.crowds[k].close_out_ns = 0
        self.settled()

    def read(self):
        """The account is read now."""
        begin_read(&self.w)
        self.settled()

    def rest(self):
        """The strategy wants nothing any more; metadata are read once more."""
        cdef int k
        self.w.no_strategy = 1
        for k in range(self.w.n_markets):
            refresh(&self.w, <uint32_t>(2 * k))
        self.settled()

    def log(self):
        """The events so far, as bytes; after a crash those that are durable."""
        cdef int64_t n = self.w.durable if self.w.stop == STOP_CRASH else self.w.n_log
        return PyBytes_FromStringAndSize(<char*>self.w.log, n * <Py_ssize_t>sizeof(Event))

    def take(self):
        """As `log`, and the journal begins anew behind it: whoever takes keeps what an engine is revived from."""
        cdef W* w = &self.w
        cdef int k
        cdef int64_t n = w.durable if w.stop == STOP_CRASH else w.n_log
        taken = PyBytes_FromStringAndSize(<char*>w.log, n * <Py_ssize_t>sizeof(Event))
        w.n_log -= n
        w.durable = 0
        w.told_at -= n
        for k in range(w.n_markets):
            if w.conversions[k].told_at != NEVER:
                w.conversions[k].told_at -= n
        memmove(w.log, w.log + n, w.n_log * sizeof(Event))
        return taken

    def record(self):
        """From now on the market feed that the client hears is kept, without our own orders."""
        cdef W* w = &self.w
        cdef int side, row
        cdef int32_t market
        if w.taping:
            return
        w.taped = <int64_t*>calloc(2 * w.n_markets * (PIPS + 1), sizeof(int64_t))
        if w.taped == NULL:
            raise MemoryError
        for market in range(w.n_markets):
            for side in range(2):
                for row in range(PIPS + 1):
                    w.taped[(2 * market + side) * (PIPS + 1) + row] = \
                        level_at(w, market, side, row).size - own_at(w, market, side, row)
        w.taped_trades = w.x.n_trades
        w.taping = 1

    def tape(self):
        """What was kept so far, as bytes of events."""
        return PyBytes_FromStringAndSize(<char*>self.w.tape, self.w.n_tape * <Py_ssize_t>sizeof(Event))

    @property
    def now_ns(self):
        """The world's time."""
        return self.w.now_ns

    @property
    def stopped(self):
        """(STOP_* code, detail, order id) of what ended the run."""
        return self.w.stop, self.w.detail, self.w.detail_order

    @property
    def open_mail(self):
        """Whether requests or answers are still under way, or words in a pipe."""
        cdef W* w = &self.w
        cdef int64_t k
        if w.feed.n or w.user.n or w.reading or w.is_dead:
            return True
        for k in range(w.due.n):
            if w.due.items[k].kind == DO_ASK or w.due.items[k].kind == DO_TELL:
                if w.mails[w.due.items[k].slot].what not in (ASK_BEAT, ASK_BOOK, ASK_META):
                    return True
        return False

    def stuck_breakers(self):
        """Markets (64: all) whose breaker is open after its pause, or waits for a probe that is over."""
        cdef State* s = self.w.s
        cdef Breaker* b
        cdef int k
        out = []
        for k in [*range(self.w.n_markets), ALL_MARKETS]:
            b = &s.v.breaker if k == ALL_MARKETS else &s.markets[k].breaker
            if b.state == BS_OPEN and s.v.now_ns > self.w.judged[k].until_ns + SECOND:
                out.append(k)
            if b.state == BS_HALF_OPEN and b.probe and find_open(s, b.probe) == NULL:
                out.append(k)
        return out

    def late_and_unsaid(self):
        """Ids of orders that the venue took after the engine held them for over, and of which it said nothing."""
        cdef uint64_t k
        return [k for k in range(self.w.room_sent) if self.w.sent[k] & (SENT_LATE | SENT_TOLD) == SENT_LATE]

    def truth(self, int64_t market):
        """(flow, fees) of ours in a market, by the exchange; the fees with those that were booked by an older rate."""
        if not 0 <= market < self.w.n_markets:
            raise WorldError(f"market {market}: there are {self.w.n_markets}")
        return truth_of(&self.w, <int32_t>market, 0), truth_of(&self.w, <int32_t>market, 1)

    def flags(self, int64_t market, int flags):
        """A market's metadata flags, for the start of a case."""
        if not 0 <= market < self.w.n_markets:
            raise WorldError(f"market {market}: there are {self.w.n_markets}")
        self.w.meta_flags[market] = <uint8_t>flags

    def counts(self):
        """What happened: events by kind and so on; for marks and for speed."""
        cdef W* w = &self.w
        keep_met(w)
        return {
            "given": w.given, "acts": w.acts, "asked": w.asked, "wakes": w.wakes, "intents": w.intents,
            "events": {k: w.seen_events[k] for k in range(64) if w.seen_events[k]},
            "effects": {k: w.seen_effects[k] for k in range(32) if w.seen_effects[k]},
            "alerts": {k: w.seen_alerts[k] for k in range(64) if w.seen_alerts[k]},
            "rejects": {k: w.seen_rejects[k] for k in range(32) if w.seen_rejects[k]},
            "refusals": {k: w.seen_refusals[k] for k in range(N_REFUSALS) if w.seen_refusals[k]},
            "cells": sum(1 << k for k in range(N_CELLS) if w.met[k]),
            "faults": {k: w.seen_spells[k] for k in range(N_KNOBS) if w.seen_spells[k]},
        }  # fmt: skip
