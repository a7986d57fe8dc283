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
from clobstep.enums import MAX_TIME_NS, NO_TOKEN, EventKind
from clobstep.units import UnitError, parse_time

HEAD = "time,source,key,size,amount"


class SignalsError(ValueError):
    """A file of signals that cannot be read; names the line and the way out."""


def read_signals(path: Path | str) -> NDArray[np.void]:
    """SIGNAL events in the order of their times. Errors: SignalsError naming the line."""
    path = Path(path)
    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "is no text"
        raise SignalsError(f"{path}: {why}") from None
    rows = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith(("#", "time")):
            continue
        try:
            rows.append(_row([part.strip() for part in line.split(",")]))
        except (UnitError, ValueError) as error:
            raise SignalsError(f"{path}, line {number}: {error}") from None
    if not rows:
        raise SignalsError(f"{path}: no line `{HEAD}[,token]`")
    rows.sort(key=lambda row: row[0])
    out = np.zeros(len(rows), EVENT_DTYPE)
    for column, name in enumerate(("time_ns", "order_id", "ref", "size", "amount", "token")):
        out[name] = [row[column] for row in rows]
    out["kind"] = EventKind.SIGNAL
    return out


def _row(parts: list[str]) -> tuple[int, ...]:
    if len(parts) not in (5, 6):
        raise ValueError(f"{len(parts)} fields, not `{HEAD}[,token]`")
    at = int(parse_time(int(parts[0]) if parts[0].isdecimal() else parts[0]))
    if at >= MAX_TIME_NS:
        raise ValueError(f"time {at} ns is beyond what an event can carry")
    row = [at]
    for name, text in zip(("source", "key", "size", "amount"), parts[1:5], strict=True):
        low, high = (0, (1 << 64) - 1) if name in ("source", "key") else (-1 << 63, (1 << 63) - 1)
        row.append(_whole(name, text, low, high))
    given = len(parts) == 6 and parts[5]
    row.append(_whole("token", parts[5], 0, (1 << 31) - 1) if given else NO_TOKEN)
    return tuple(row)


def _whole(name: str, text: str, low: int, high: int) -> int:
    try:
        value = int(text)
    except ValueError:
        raise ValueError(f"{name}: {text!r} is no whole number") from None
    if not low <= value <= high:
        raise ValueError(f"{name}: {text} is not in {low}..{high}")
    return value
