# The Python face: owns the messages found until they are taken, and the tables of what was there before.

cdef enum:
    ROOM = 16384                       # messages that are held at most


cdef class Lines:
    """Reads lines and holds the messages of the usual ones until `take`.

    `remembered`: among how many lines before it a repeated one is looked for, 0 for all.
    `line_bytes`: a longer line is taken in pieces of so many.
    """

    cdef Seen seen
    cdef int64_t n                     # messages that are held
    cdef uint8_t* text                 # them, a newline behind each
    cdef int64_t text_n
    cdef int64_t text_room
    cdef uint8_t* quoted               # a line's payload without its escapes
    cdef int64_t quoted_room
    cdef int64_t line_bytes
    cdef object _columns
    cdef int64_t* ends
    cdef int64_t* times
    cdef int64_t* received
    cdef int64_t* numbers
    cdef int32_t* markets
    cdef int8_t* kinds
    cdef dict _markets                 # condition -> place
    cdef int64_t* last_of              # by market: its latest time
    cdef int64_t last_room
    cdef int64_t last_ns               # of all
    cdef readonly int64_t number       # of the last line that was read, from 1
    cdef readonly object odd           # the line that somebody else has to judge, or None
    cdef readonly list empty           # numbers of lines
    cdef readonly list repeated
    cdef readonly list coarse          # received at a whole second
    cdef readonly int64_t out_of_order
    cdef readonly int64_t books_out_of_order

    def __cinit__(self, int64_t remembered, int64_t line_bytes):
        memset(&self.seen, 0, sizeof(Seen))
        self.seen.remembered = remembered
        self.line_bytes = line_bytes
        self._markets = {}
        self._begin()
        columns = [np.empty(ROOM, np.int64) for _ in range(4)]
        columns += [np.empty(ROOM, np.int32), np.empty(ROOM, np.int8)]
        at = [<size_t>column.ctypes.data for column in columns]
        self._columns = columns
        self.ends = <int64_t*><size_t>at[0]
        self.times = <int64_t*><size_t>at[1]
        self.received = <int64_t*><size_t>at[2]
        self.numbers = <int64_t*><size_t>at[3]
        self.markets = <int32_t*><size_t>at[4]
        self.kinds = <int8_t*><size_t>at[5]

    def __dealloc__(self):
        free(self.seen.places)
        free(self.text)
        free(self.quoted)
        free(self.last_of)

    cdef int _begin(self) except -1:
        """Nothing is held; what was belongs to whoever took it."""
        self.empty, self.repeated, self.coarse = [], [], []
        self.n = self.text_n = 0
        return 0

    cdef int _make_room(self, int64_t n) except -1:
        """For the messages of n bytes of lines more, and for one line of them."""
        cdef void* block
        if self.text_n + n + 1 > self.text_room:
            block = realloc(self.text, 2 * (self.text_n + n) + 4096)
            if block == NULL:
                raise MemoryError
            self.text = <uint8_t*>block
            self.text_room = 2 * (self.text_n + n) + 4096
        if n > self.quoted_room:
            block = realloc(self.quoted, 2 * n)
            if block == NULL:
                raise MemoryError
            self.quoted = <uint8_t*>block
            self.quoted_room = 2 * n
        return 0

    @property
    def is_full(self):
        """Whether `take` has to be called before more is read."""
        return self.n == ROOM

    @property
    def held(self):
        """How many messages are held."""
        return self.n

    @property
    def n_markets(self):
        """How many markets have a place."""
        return len(self._markets)

    @property
    def conditions(self):
        """The markets' conditions, each at its place."""
        return list(self._markets)

    def read(self, bytes block, int64_t at, int64_t number, bint is_last):
        """Read the lines of a block from `at`, up to an odd one, a half one, or as many as are held.

        `number` is that of the line before. Returns where to go on; a line without an end is left,
        unless the block is the last one.
        """
        cdef const uint8_t* first = <const uint8_t*>PyBytes_AS_STRING(block)
        cdef const uint8_t* p = first + at
        cdef const uint8_t* end = first + PyBytes_GET_SIZE(block)
        cdef const uint8_t* line_end
        cdef int64_t most
        self.odd = None
        while p < end and self.n < ROOM:
            most = min(end - p, self.line_bytes)
            line_end = <const uint8_t*>memchr(p, c'\n', most)
            if line_end != NULL:
                line_end += 1
            elif is_last or most == self.line_bytes:
                line_end = p + most
            else:
                break
            number += 1
            self.number = number
            if not self._line(p, line_end):
                self.odd = p[:line_end - p]
                p = line_end
                break
            p = line_end
        self.number = number
        return p - first

    cdef int _line(self, const uint8_t* p, const uint8_t* end) except -1:
        """Take one line; 0: it is odd."""
        cdef Text line = stripped(p, end)
        cdef Usual usual
        cdef int32_t market
        cdef int repeated
        if line.n == 0:
            self.empty.append(self.number)
            return 1
        self._make_room(line.n)
        if not is_usual(line, self.quoted, &usual):
            return 0
        repeated = is_repeated(&self.seen, line.at, line.n)
        if repeated < 0:
            raise MemoryError
        if repeated:
            self.repeated.append(self.number)
            return 1
        if usual.is_coarse:
            self.coarse.append(self.number)
        market = self._market(usual.condition.at[:usual.condition.n])
        self._watch(usual.kind, market, usual.time_ns)
        memcpy(self.text + self.text_n, usual.message.at, usual.message.n)
        self.text_n += usual.message.n
        self.text[self.text_n] = c'\n'
        self.text_n += 1
        self.ends[self.n] = self.text_n
        self.times[self.n] = usual.time_ns
        self.received[self.n] = usual.received_ns
        self.numbers[self.n] = self.number
        self.markets[self.n] = market
        self.kinds[self.n] = <int8_t>usual.kind
        self.n += 1
        return 1

    cdef int32_t _market(self, bytes condition) except -1:
        """The place of a condition, from 0; a new one gets the next."""
        cdef object known = self._markets.get(condition)
        cdef int64_t room
        cdef void* block
        if known is not None:
            return known
        if len(self._markets) >= self.last_room:
            room = 2 * self.last_room + 64
            block = realloc(self.last_of, room * sizeof(int64_t))
            if block == NULL:
                raise MemoryError
            self.last_of = <int64_t*>block
            self.last_room = room
        self.last_of[len(self._markets)] = 0
        self._markets[condition] = len(self._markets)
        return self._markets[condition]

    cdef void _watch(self, int kind, int32_t market, int64_t time_ns) noexcept:
        """Count what was pushed earlier, by exchange time, than something before it.

        A book that was asked for, or that answers a subscription, has the time of its last change,
        and is not told here.
        """
        self.out_of_order += time_ns < self.last_ns
        self.last_ns = max(self.last_ns, time_ns)
        if kind == K_BOOK or kind == K_PRICE_CHANGE:
            self.books_out_of_order += time_ns < self.last_of[market]
            self.last_of[market] = max(self.last_of[market], time_ns)

    def place_of(self, bytes condition):
        """The place of a market, from 0; a new one gets the next."""
        return self._market(condition)

    def watch(self, kind, bytes condition, int64_t time_ns):
        """Count the pushed message of an odd line if it is earlier than something before it."""
        cdef int32_t market = self._market(condition)
        if not condition:                        # of all of them
            self.last_of[market] = self.last_ns
        self._watch(KINDS.index(kind) if kind in KINDS else K_NONE, market, time_ns)

    def is_repeated(self, bytes line):
        """Whether the odd line was there among the last ones, which is counted; else remember it."""
        cdef const uint8_t* p = <const uint8_t*>PyBytes_AS_STRING(line)
        cdef Text text = stripped(p, p + PyBytes_GET_SIZE(line))
        cdef int repeated = is_repeated(&self.seen, text.at, text.n)
        if repeated < 0:
            raise MemoryError
        if repeated:
            self.repeated.append(self.number)
        return repeated == 1

    def take(self):
        """What is held: (messages, ends, times, received, numbers, markets, kinds), a row each.

        A newline stands behind each message, and its end behind that. `received` is 0 where it is
        not known finer than to the second; a kind is a place in KINDS.
        """
        text = PyBytes_FromStringAndSize(<char*>self.text, self.text_n)
        taken = (text, *(column[:self.n].copy() for column in self._columns))
        self._begin()
        return taken


def gathered(list texts, of, firsts, ends):
    """Parts of texts behind each other: row k is texts[of[k]][firsts[k]:ends[k]]."""
    cdef const int32_t[::1] text_of = of
    cdef const int64_t[::1] first = firsts
    cdef const int64_t[::1] end = ends
    cdef int64_t n = 0
    cdef int64_t k
    cdef bytes text
    cdef bytes out
    cdef char* into
    if not len(first) == len(end) == len(text_of):
        raise ValueError("three rows of one length are needed")
    for k in range(len(first)):
        if not 0 <= text_of[k] < len(texts):
            raise ValueError(f"row {k} is of no text")
        text = texts[text_of[k]]
        if not 0 <= first[k] <= end[k] <= PyBytes_GET_SIZE(text):
            raise ValueError(f"row {k} is no part of its text")
        n += end[k] - first[k]
    out = PyBytes_FromStringAndSize(NULL, n)
    into = PyBytes_AS_STRING(out)
    for k in range(len(first)):
        text = texts[text_of[k]]
        memcpy(into, PyBytes_AS_STRING(text) + first[k], end[k] - first[k])
        into += end[k] - first[k]
    return out
