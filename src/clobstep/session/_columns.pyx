# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""Records as columns: what a sealed chunk of a session holds, and back.

`pack` turns records into columns of differences, each column into byte planes, and all of them into
one zstd frame; `unpack` fills an array that the caller reuses. Owns: the form of a pack, whose version
is CODEC. Any record comes back bit for bit; bytes that are no pack are a ValueError, never a crash.
"""

import zstandard

from libc.stdint cimport int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE

from clobstep.core.schema cimport CLOBSTEP_LAYOUT_HASH, Effect, EV_BOOK_SNAPSHOT, Event

from clobstep.core import EFFECT_DTYPE, EVENT_DTYPE, LAYOUT_HASH

include "planes.pxi"
include "event_columns.pxi"
include "effect_columns.pxi"

CODEC = 1
# Measured (docs/sessions.md): long matches only, because a plane is runs or noise.
FORM = zstandard.ZstdCompressionParameters(
    strategy=zstandard.STRATEGY_DFAST, min_match=7, window_log=17, hash_log=15, chain_log=15, search_log=1)
if CLOBSTEP_LAYOUT_HASH != LAYOUT_HASH:
    raise ImportError("clobstep.session._columns was built for other records; build again: pip install .")


cdef const uint8_t[::1] bytes_of(records, dtype):
    """The records' own memory. Errors: TypeError, ValueError."""
    if getattr(records, "dtype", None) != dtype:
        raise TypeError(f"an array of {dtype.itemsize}-byte records is needed, not {type(records).__name__} "
                        f"of {getattr(records, 'dtype', None)}")
    if records.ndim != 1 or not records.flags.c_contiguous:
        raise ValueError("the array is not contiguous: pass numpy.ascontiguousarray(...)")
    return records.view("u1")


cdef bytes packed(Head* head, Tags* tags, uint64_t** c, int differences):
    """Columns to planes, and all to one frame. The columns are changed."""
    cdef int64_t size
    cdef uint8_t* at
    cdef int k
    for k in range(head.columns):
        if differences >> k & 1:
            head.unit[k] = common_unit(c[k], head.n)
            as_multiples(c[k], head.n, head.unit[k])
        head.planes[k] = <uint8_t>planes_of(c[k], head.length[k], &head.base[k])
    head.tags = tags.n
    size = inside_size(head)
    inside = PyBytes_FromStringAndSize(NULL, size)
    at = <uint8_t*>PyBytes_AS_STRING(inside)
    memcpy(at, head, sizeof(Head))
    at += sizeof(Head)
    memcpy(at, tags.words, 8 * <size_t>tags.n)
    at += 8 * <int64_t>tags.n
    for k in range(head.columns):
        at = put_planes(at, c[k], head.length[k], head.base[k], head.planes[k])
    return zstandard.ZstdCompressor(compression_params=FORM).compress(inside)


cdef bytes pack(const uint8_t[::1] data, int64_t width, int columns, int dense, int differences):
    cdef Head head
    cdef Tags tags
    cdef uint64_t* c[MOST_COLUMNS]
    cdef int64_t n = data.shape[0] // width
    cdef uint64_t* values
    cdef int k
    if not 0 < n <= MOST_RECORDS:
        raise ValueError(f"{n} records: a pack holds 1 to {MOST_RECORDS}")
    memset(&head, 0, sizeof(Head))
    head.n = <uint32_t>n
    head.columns = <uint8_t>columns
    for k in range(dense):
        head.length[k] = head.n
    values = <uint64_t*>malloc(<size_t>(columns * n * 8))
    try:
        if not begin_tags(&tags) or values == NULL:
            raise MemoryError("no memory for the columns")
        for k in range(columns):
            c[k] = values + k * n
        if columns == EVENT_COLUMNS:
            event_starts(<const Event*>&data[0], n, head.start)
            event_columns(<const Event*>&data[0], n, &head, &tags, c)
        else:
            effect_columns(<const Effect*>&data[0], n, &head, &tags, c)
        return packed(&head, &tags, c, differences)
    finally:
        end_tags(&tags)
        free(values)


def pack_events(events):
    """1 to 65,536 events as bytes. Errors: TypeError, ValueError for another array or length."""
    return pack(bytes_of(events, EVENT_DTYPE), sizeof(Event), EVENT_COLUMNS, EVENT_DENSE, EVENT_DIFFERENCES)


def pack_effects(effects):
    """1 to 65,536 effects as bytes. Errors: as pack_events."""
    return pack(bytes_of(effects, EFFECT_DTYPE), sizeof(Effect), EFFECT_COLUMNS, EFFECT_DENSE, EFFECT_DIFFERENCES)


cdef bytes inside_of(bytes data, int columns, int64_t room, Head* head):
    """The inside of a pack, with a head that fits its length."""
    cdef int64_t most = sizeof(Head) + MOST_RECORDS * (8 + 8 * <int64_t>columns)
    cdef int64_t stated = zstandard.frame_content_size(data)
    if stated < <int64_t>sizeof(Head) or stated > most:
        raise ValueError("the bytes are no columns")
    inside = zstandard.ZstdDecompressor().decompress(data)
    if PyBytes_GET_SIZE(inside) < <int64_t>sizeof(Head):
        raise ValueError("the bytes are no columns")
    memcpy(head, PyBytes_AS_STRING(inside), sizeof(Head))
    if head.columns != columns or inside_size(head) != PyBytes_GET_SIZE(inside):
        raise ValueError("the columns are not as long as their head says")
    if head.n > room:
        raise ValueError(f"{head.n} records, there is room for {room}")
    return inside


cdef int unpacked(bytes inside, const Head* head, int dense, int differences, uint8_t* out) noexcept:
    """Records into `out`, block by block; 0 when they cannot be."""
    cdef uint64_t values[MOST_COLUMNS][BLOCK]
    cdef uint64_t* c[MOST_COLUMNS]         # of 64 bits a value
    cdef uint16_t* h[MOST_COLUMNS]         # of 16
    cdef int wide = EVENT_WIDE if head.columns == EVENT_COLUMNS else dense
    cdef Sparse sparse[MOST_COLUMNS]
    cdef const char* start = PyBytes_AS_STRING(inside)
    cdef const uint64_t* tags = <const uint64_t*>(start + sizeof(Head))
    cdef const uint8_t* at = <const uint8_t*>(start + sizeof(Head) + 8 * <int64_t>head.tags)
    cdef EventPast events
    cdef EffectPast effects
    cdef int64_t n = head.n
    cdef int64_t done = 0
    cdef int64_t m
    cdef int64_t some
    cdef int k
    memset(&events, 0, sizeof(EventPast))
    events.time = effects.seq = head.start[0]
    events.venue = effects.time = head.start[1]
    effects.price = 0
    for k in range(head.columns):
        c[k] = values[k]
        h[k] = <uint16_t*>values[k]
        sparse[k] = Sparse(at, head.length[k], head.length[k], head.base[k], head.planes[k])
        at += head.length[k] * <int64_t>head.planes[k]
    while done < n:
        m = n - done if n - done < BLOCK else BLOCK
        for k in range(dense):
            if done and not head.planes[k]:
                continue                   # a column that never changes is filled once
            some = m if head.planes[k] else BLOCK
            if k < wide:
                get_wide(c[k], sparse[k].at + done, n, some, head.base[k], head.planes[k])
            else:
                get_narrow(h[k], sparse[k].at + done, n, some, <uint16_t>head.base[k], head.planes[k])
                if differences >> k & 1:
                    narrow_differences(h[k], some, <uint16_t>head.unit[k])
        if head.columns == EVENT_COLUMNS:
            if not put_events(<Event*>out + done, head, tags, c, h, m, sparse, &events):
                return 0
        elif not put_effects(<Effect*>out + done, head, tags, c, m, sparse, &effects):
            return 0
        done += m
    return 1


cdef int64_t unpack(data, const uint8_t[::1] out, int64_t width, int columns, int dense, int differences) except -1:
    cdef Head head
    cdef int k
    if type(data) is not bytes:
        raise TypeError(f"bytes are needed, not {type(data).__name__}")
    inside = inside_of(data, columns, out.shape[0] // width, &head)
    for k in range(dense):
        if head.length[k] != head.n:
            raise ValueError(f"column {k} has {head.length[k]} values for {head.n} records")
    if not unpacked(inside, &head, dense, differences, <uint8_t*>&out[0]):
        raise ValueError("a tag is none, or a column ends too early")
    return head.n


def unpack_events(data, out):
    """Fill `out` from the start and return the number of events.

    Errors: ValueError when the bytes are no pack of events or `out` is too short; zstandard.ZstdError.
    """
    return unpack(data, bytes_of(out, EVENT_DTYPE), sizeof(Event), EVENT_COLUMNS, EVENT_DENSE, EVENT_DIFFERENCES)


def unpack_effects(data, out):
    """Fill `out` from the start and return the number of effects. Errors: as unpack_events."""
    return unpack(data, bytes_of(out, EFFECT_DTYPE), sizeof(Effect), EFFECT_COLUMNS, EFFECT_DENSE, EFFECT_DIFFERENCES)
