"""Outside signals from a file: lines that become SIGNAL events between those of the market.

    time,source,key,size,amount[,token]      for example 2026-04-21T22:00:01Z,1,7,5200,0,0

Owns: the form. `source` and `key` say what it is, `size` and `amount` are its two integers, `token`
the market it is for; without one it is for all. Times are ISO text or integers of nanoseconds.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from clobstep.core import EVENT_DTYPE
from clobstep.enums import NO_TOKEN, EventKind
from clobstep.units import UnitError, parse_time

HEAD = "time,source,key,size,amount"


class SignalsError(ValueError):
    """A file of signals that cannot be read; names the line and the way out."""


def read_signals(path: Path) -> NDArray[np.void]:
    """SIGNAL events in the order of their times. Errors: SignalsError, OSError."""
    rows = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.strip() or line.startswith(("#", "time")):
            continue
        parts = [part.strip() for part in line.split(",")]
        if len(parts) not in (5, 6):
            raise SignalsError(f"{path}, line {number}: {len(parts)} fields, not `{HEAD}[,token]`")
        try:
            at = parse_time(int(parts[0]) if parts[0].isdigit() else parts[0])
            source, key, size, amount = (int(part) for part in parts[1:5])
            token = int(parts[5]) if len(parts) == 6 and parts[5] else NO_TOKEN
            rows.append((at, source, key, size, amount, token))
        except (UnitError, ValueError) as error:
            raise SignalsError(f"{path}, line {number}: {error}") from None
    rows.sort(key=lambda row: row[0])
    out = np.zeros(len(rows), EVENT_DTYPE)
    try:
        for name, column in (
            ("time_ns", 0),
            ("order_id", 1),
            ("ref", 2),
            ("size", 3),
            ("amount", 4),
            ("token", 5),
        ):
            out[name] = [row[column] for row in rows]
    except (OverflowError, ValueError) as error:
        raise SignalsError(
            f"{path}: {error}; every number fits 64 bits, source and key are not negative"
        ) from None
    out["kind"] = EventKind.SIGNAL
    return out
