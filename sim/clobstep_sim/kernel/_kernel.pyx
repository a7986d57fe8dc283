# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: auto_pickle=False, embedsignature=False
"""The Python face of the kernel: random streams by name, and a heap of what is due."""

from libc.stdint cimport int64_t, uint64_t

from clobstep_sim.kernel.draws cimport kn_below, kn_chance, kn_exponential, kn_log2, kn_next, kn_stream
from clobstep_sim.kernel.heap cimport Due, Heap, heap_free, heap_pop, heap_push


def number_of(str name):
    """The number of a name (FNV-1a, 64 bits): streams are told apart by it, not by their order."""
    cdef uint64_t told = 0xCBF29CE484222325
    for byte in name.encode():
        told = (told ^ <uint64_t>byte) * <uint64_t>0x100000001B3
    return told


def log2_of(uint64_t x):
    """floor(log2(x) * 2^16); ValueError for 0."""
    if x == 0:
        raise ValueError("0 has no logarithm")
    return kn_log2(x)


cdef class Stream:
    """Whole numbers of one name; the same for a seed on every machine, Python and numpy.

    A draw more in one stream shifts no other.
    """

    cdef uint64_t state

    def __cinit__(self, uint64_t seed, str name):
        self.state = kn_stream(seed, <uint64_t>number_of(name))

    def next(self):
        """0 .. 2^64 - 1."""
        return kn_next(&self.state)

    def below(self, int64_t n):
        """0 .. n - 1; ValueError if n is not above 0."""
        if n <= 0:
            raise ValueError(f"nothing is below {n}")
        return kn_below(&self.state, n)

    def chance(self, int64_t millionths):
        """True so many times of a million."""
        return bool(kn_chance(&self.state, millionths))

    def exponential(self, int64_t mean):
        """Exponential with this mean, rounded down; ValueError for a mean below 0 or from 2^40 on."""
        if not 0 <= mean < 1 << 40:
            raise ValueError(f"a mean of {mean} is not in 0 .. 2^40 - 1")
        return kn_exponential(&self.state, mean)


cdef class Agenda:
    """What is due when: by time, then by rank, then in the order it was put."""

    cdef Heap heap

    def __dealloc__(self):
        heap_free(&self.heap)

    def __len__(self):
        return self.heap.n

    def put(self, int64_t due_ns, int rank, int kind, int slot):
        """`rank` 0..255: of what is due at one time the lower goes first."""
        if not 0 <= rank <= 255:
            raise ValueError(f"rank {rank} is not in 0..255")
        if not heap_push(&self.heap, due_ns, rank, kind, slot, 0):
            raise MemoryError

    def take(self):
        """The first: (due_ns, kind, slot); IndexError when nothing is due any more."""
        cdef Due first
        if not self.heap.n:
            raise IndexError("nothing is due")
        first = heap_pop(&self.heap)
        return first.due_ns, first.kind, first.slot
