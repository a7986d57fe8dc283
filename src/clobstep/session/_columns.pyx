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


cdef int stays_long(const uint8_t* plane, int64_t n) except -1:
    """Noise may still repeat itself, as the levels of one snapshot do in the next: zstd would know."""
    some = PyBytes_FromStringAndSize(<const char*>plane, n)
    return 5 * len(zstandard.ZstdCompressor(compression_params=FORM).compress(some)) > 4 * n


cdef bytes packed(Head* head, Tags* tags, uint64_t** c, int differences):
    """Columns to planes, and those to a pack. The columns are changed."""
    cdef int64_t inside_size
    cdef int64_t outside_size
    cdef uint8_t* at
    cdef uint8_t* aside
    cdef int k
    cdef int j
    head.tags = tags.n
    for k in range(head.columns):
        if differences >> k & 1:
            head.unit[k] = common_unit(c[k], head.n)
            as_multiples(c[k], head.n, head.unit[k])
        head.planes[k] = <uint8_t>planes_of(c[k], head.length[k], &head.base[k])
    pack_sizes(head, &inside_size, &outside_size)
    inside = PyBytes_FromStringAndSize(NULL, inside_size)
    outside = PyBytes_FromStringAndSize(NULL, inside_size)
    at = <uint8_t*>PyBytes_AS_STRING(inside) + sizeof(Head)
    aside = <uint8_t*>PyBytes_AS_STRING(outside)
    memcpy(at, tags.words, 8 * <size_t>tags.n)
    at += 8 * <int64_t>tags.n
    for k in range(head.columns):
        for j in range(head.planes[k]):
            put_plane(at, c[k], head.length[k], head.base[k], j)
            if is_noise(at, head.length[k]) and stays_long(at, head.length[k]):
                head.plain[k] |= 1 << j
                memcpy(aside, at, head.length[k])
                aside += head.length[k]
            else:
                at += head.length[k]
    at = <uint8_t*>PyBytes_AS_STRING(inside)
    memcpy(at, head, sizeof(Head))
    pack_sizes(head, &inside_size, &outside_size)
    frame = zstandard.ZstdCompressor(compression_params=FORM).compress(inside[:inside_size])
    return len(frame).to_bytes(4, "little") + frame + outside[:outside_size]


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


cdef bytes inside_of(bytes data, int columns, int dense, int64_t room, Head* head):
    """What the frame of a pack holds, with a head that fits all lengths. Errors: ValueError, zstd's."""
    cdef int64_t most = sizeof(Head) + MOST_RECORDS * (8 + 8 * <int64_t>columns)
    cdef int64_t frame = int.from_bytes(data[:4], "little")
    cdef int64_t inside_size
    cdef int64_t outside_size
    cdef int k
    if PyBytes_GET_SIZE(data) < 4 or PyBytes_GET_SIZE(data) - 4 < frame:
        raise ValueError("the bytes are no columns")
    view = memoryview(data)[4:4 + frame]
    if not <int64_t>sizeof(Head) <= zstandard.frame_content_size(view) <= most:
        raise ValueError("the bytes are no columns")
    inside = zstandard.ZstdDecompressor().decompress(view)
    if PyBytes_GET_SIZE(inside) < <int64_t>sizeof(Head):
        raise ValueError("the bytes are no columns")
    memcpy(head, PyBytes_AS_STRING(inside), sizeof(Head))
    if (head.columns != columns or not pack_sizes(head, &inside_size, &outside_size)
            or inside_size != PyBytes_GET_SIZE(inside) or outside_size != PyBytes_GET_SIZE(data) - 4 - frame):
        raise ValueError("the columns are not as long as their head says")
    if head.n > room:
        raise ValueError(f"{head.n} records, there is room for {room}")
    for k in range(dense):
        if head.length[k] != head.n:
            raise ValueError(f"column {k} has {head.length[k]} values for {head.n} records")
    return inside


cdef int unpacked(const Head* head, const char* inside, const uint8_t* outside, int dense, int differences,
                  uint8_t* out) noexcept nogil:
    """Records into `out`, block by block; 0 when they cannot be."""
    cdef uint64_t values[MOST_COLUMNS][BLOCK]
    cdef uint64_t* c[MOST_COLUMNS]         # of 64 bits a value
    cdef uint16_t* h[MOST_COLUMNS]         # of 16
    cdef int wide = EVENT_WIDE if head.columns == EVENT_COLUMNS else dense
    cdef Column columns[MOST_COLUMNS]
    cdef const uint64_t* tags = <const uint64_t*>(inside + sizeof(Head))
    cdef EventPast events
    cdef EffectPast effects
    cdef int64_t done = 0
    cdef int64_t m
    cdef int k
    find_planes(head, <const uint8_t*>inside, outside, columns)
    memset(&events, 0, sizeof(EventPast))
    events.time = effects.seq = head.start[0]
    events.venue = effects.time = head.start[1]
    effects.price = 0
    for k in range(head.columns):
        c[k] = values[k]
        h[k] = <uint16_t*>values[k]
    while done < head.n:
        m = head.n - done if head.n - done < BLOCK else BLOCK
        for k in range(dense):
            if done and not head.planes[k]:
                continue                   # a column that never changes is filled once
            if k < wide:
                get_wide(c[k], &columns[k], done, m if head.planes[k] else BLOCK)
            else:
                get_narrow(h[k], &columns[k], done, m if head.planes[k] else BLOCK)
                if differences >> k & 1:
                    narrow_differences(h[k], m if head.planes[k] else BLOCK, <uint16_t>head.unit[k])
        if head.columns == EVENT_COLUMNS:
            if not put_events(<Event*>out + done, head, tags, c, h, m, columns, &events):
                return 0
        elif not put_effects(<Effect*>out + done, head, tags, c, m, columns, &effects):
            return 0
        done += m
    return 1


cdef int64_t unpack(data, const uint8_t[::1] out, int64_t width, int columns, int dense, int differences) except -1:
    cdef Head head
    cdef const uint8_t* outside
    cdef int64_t frame
    if type(data) is not bytes:
        raise TypeError(f"bytes are needed, not {type(data).__name__}")
    inside = inside_of(data, columns, dense, out.shape[0] // width, &head)
    frame = int.from_bytes(data[:4], "little")
    outside = <const uint8_t*>PyBytes_AS_STRING(data) + 4 + frame
    if not unpacked(&head, PyBytes_AS_STRING(inside), outside, dense, differences, <uint8_t*>&out[0]):
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
