"""How deep a venue may nest what it sends: no deeper than the C stack can follow.

JSON is decoded by recursion in C, which Python's recursion limit ends in time. Libraries raise that
limit for the whole process (py_ecc, which keystores need, to 100,000), and then some kilobytes of
"[" end the process before any of its orders is cancelled. Owns the limit of a live process.
"""

from __future__ import annotations

import sys
from typing import Final

MOST: Final = 3_000  # calls; a decoder's take well below a kilobyte of an 8 MiB stack


def bound_depth() -> None:
    """Take back what a library raised. Harmless when it is low enough."""
    if sys.getrecursionlimit() > MOST:
        sys.setrecursionlimit(MOST)
