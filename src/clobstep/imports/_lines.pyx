# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
# cython: auto_pickle=False, embedsignature=False, always_allow_keywords=True
"""Lines of a recording whose form is the usual one, many at a time.

Theory of operation. A recording has millions of lines and a handful of forms. What envelope.py would
find in a usual line (its message, that message's kind, time and condition, when it came in) is found
here in one pass over the text, and the messages are laid behind each other for the scanner. A line
about which there is the least doubt is odd: it is handed back, and envelope.py judges it. So this
file decides nothing: it may only be fast where envelope.py would say the very same.

Owns: what is usual (lines_usual.pxi), which lines were there before, and what was earlier than
something before it. A usual line is printable ASCII; JSON is checked strictly, character by character.
"""

from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint64_t
from libc.stdlib cimport calloc, free, realloc
from libc.string cimport memchr, memcmp, memcpy, memset
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE

import numpy as np

include "lines_json.pxi"
include "lines_usual.pxi"
include "lines_seen.pxi"
include "lines_face.pxi"
