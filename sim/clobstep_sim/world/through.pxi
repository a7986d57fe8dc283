# The exchange's words by way of a Python function, before the network has them: slow, for comparing.

cdef int replace_words(X* x, list words) except -1:
    """These instead of those that the exchange has said."""
    cdef int64_t n = len(words)
    cdef int64_t k
    cdef XWord* more
    if n > x.room_words:
        more = <XWord*>realloc(x.words, <size_t>n * sizeof(XWord))
        if more == NULL:
            raise MemoryError
        x.words = more
        x.room_words = n
    for k in range(n):
        account, record = words[k]
        if len(record) != sizeof(Event):
            raise WorldError(f"a word has {sizeof(Event)} bytes, not {len(record)}")
        x.words[k].account = account
        memcpy(&x.words[k].event, <char*>record, sizeof(Event))
        if x.words[k].event.token != NO_TOKEN and <int64_t>(x.words[k].event.token >> 1) >= x.n_markets:
            raise WorldError(f"a word about token {x.words[k].event.token}: there are {2 * x.n_markets}")
    x.n_words = n
    return 0


cdef void go_through(W* w) noexcept with gil:
    """What it raises ends the run and is raised there."""
    cdef World world = <World>w.through
    cdef X* x = w.x
    cdef int64_t k
    if world.raised is not None:
        x.n_words = 0
        return
    try:
        said = [
            (x.words[k].account, PyBytes_FromStringAndSize(<char*>&x.words[k].event, sizeof(Event)))
            for k in range(x.n_words)
        ]  # fmt: skip
        replace_words(x, world.through(said))
    except BaseException as error:
        world.raised = error
        x.n_words = 0
        stop(w, STOP_THROUGH, 0, 0)
