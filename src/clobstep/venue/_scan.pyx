# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
# cython: auto_pickle=False, embedsignature=False, always_allow_keywords=True
"""Bytes of the market channel -> event records, in one pass over the text.

Theory of operation. A message is read once. The forms in which the venue writes its common messages
are tried first (scan_fast.pxi); whatever differs goes through the general reader (scan_objects.pxi),
which takes keys in any order, white space, escapes and unknown keys. Values become integers as they
are read, assets become tokens by a hash table; at the end of an object it is known what it was, and
its records are written (scan_emit.pxi, scan_changes.pxi). No Python object is made on the way but for
an asset seen for the first time, and for what could not be read.

Owns the cursor, its scratch memory and the array of records. Two rules: nothing is read before the
message's first byte or behind its last; and whatever is not taken is told as a trouble.
"""

from libc.stdint cimport int16_t, int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, realloc
from libc.string cimport memchr, memcmp, memcpy, memset
from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_GET_SIZE

from clobstep.core.schema cimport *

import numpy as np

from clobstep.core import EVENT_DTYPE

include "scan_words.pxi"
include "scan_tokens.pxi"
include "scan_state.pxi"
include "scan_text.pxi"
include "scan_numbers.pxi"
include "scan_objects.pxi"
include "scan_fast.pxi"
include "scan_changes.pxi"
include "scan_emit.pxi"
include "scan_frames.pxi"
include "scan_face.pxi"
