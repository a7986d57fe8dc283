"""Latency of our requests and of the venue's answers: constant, a table over time, or drawn.

Owns: how it is written down and how it is handed to the compiled venue. Drawn latency comes from a
table of quantiles in whole microseconds, picked by the seeded stream of the run, so that a seed
means the same everywhere.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import NormalDist

import numpy as np

from clobstep.units import UnitError, parse_duration, parse_time

QUANTILES = 4_096
LONGEST_NS = 3_600_000_000_000  # an hour: no message of a venue takes longer
FORMS = "20ms, lognormal:20ms:0.5 or table:FILE"
DEFAULT_LEG = "50ms"  # one way, from a server that is not beside the venue's; never zero


class LatencyError(ValueError):
    """A latency that cannot be read; says the way out."""


def span(text: str) -> int:
    """`20ms` or `1.5s` as nanoseconds, above zero and at most an hour."""
    try:
        ns = int(parse_duration(text))
    except (UnitError, TypeError) as error:
        raise LatencyError(f"latency: {error}; write {FORMS}") from None
    if ns <= 0:
        raise LatencyError(f"latency {text}: zero makes a result that nobody can have")
    if ns > LONGEST_NS:
        raise LatencyError(f"latency {text}: an hour is the most")
    return ns


@dataclass(frozen=True)
class Leg:
    """One way of one kind of message."""

    text: str
    constant_ns: int = 0
    rows: tuple[tuple[int, int], ...] = ()
    """(from this time, this latency), rising, in nanoseconds."""
    quantiles: tuple[int, ...] = ()

    @property
    def digest(self) -> str:
        """Of what it holds: a table is named by its file, which may change."""
        held = repr((self.constant_ns, self.rows, self.quantiles)).encode()
        return hashlib.sha256(held).hexdigest()[:16]

    @property
    def median_ns(self) -> int:
        """The middle of what it can be."""
        if self.rows:
            return sorted(latency for _, latency in self.rows)[len(self.rows) // 2]
        return self.quantiles[len(self.quantiles) // 2] if self.quantiles else self.constant_ns

    @property
    def spec(self) -> tuple[int, int, bytes, bytes]:
        """As the compiled venue takes it: kind, constant, times, values."""
        if self.rows:
            at = np.array([row[0] for row in self.rows], np.int64)
            value = np.array([row[1] for row in self.rows], np.int64)
            return 1, 0, at.tobytes(), value.tobytes()
        if self.quantiles:
            return 2, 0, b"", np.array(self.quantiles, np.int64).tobytes()
        return 0, self.constant_ns, b"", b""


def constant(text: str) -> Leg:
    """Always the same."""
    return Leg(text, constant_ns=span(text))


def lognormal(median: str, sigma: str) -> Leg:
    """Drawn from a lognormal distribution with this median and this sigma of the logarithm."""
    text, middle = f"lognormal:{median}:{sigma}", span(median)
    try:
        spread = float(sigma)
    except ValueError:
        raise LatencyError(f"{text}: sigma {sigma!r} is no number such as 0.5") from None
    if middle < 1_000:
        raise LatencyError(f"{text}: the median is at least 1us")
    if not 0 < spread <= 3:
        raise LatencyError(f"{text}: sigma is above 0 and at most 3")
    normal = NormalDist()
    values = []
    for k in range(QUANTILES):
        factor = math.exp(spread * normal.inv_cdf((k + 0.5) / QUANTILES))
        values.append(min(max(round(middle * factor / 1_000), 1) * 1_000, LONGEST_NS))
    return Leg(text, quantiles=tuple(values))


def table(path: Path) -> Leg:
    """A file of `time,latency` lines, rising in time; each holds until the next.

    Times are UTC text or nanoseconds since 1970, latencies `20ms` or nanoseconds.
    """
    rows: list[tuple[int, int]] = []
    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "is no text"
        raise LatencyError(f"table:{path}: {why}") from None
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith(("#", "time")):
            continue
        at, comma, latency = (part.strip() for part in line.partition(","))
        try:
            if not comma:
                raise UnitError(f"{line!r} is not `time,latency`")
            row = (
                int(parse_time(int(at) if at.isdecimal() else at)),
                int(latency) if latency.isdecimal() else int(parse_duration(latency)),
            )
        except UnitError as error:
            raise LatencyError(f"{path}, line {number}: {error}") from None
        if rows and row[0] <= rows[-1][0]:
            raise LatencyError(f"{path}, line {number}: its time is not after the line before it")
        if not 0 < row[1] <= LONGEST_NS:
            raise LatencyError(f"{path}, line {number}: a latency is above zero, an hour at most")
        rows.append(row)
    if not rows:
        raise LatencyError(f"{path}: no line `time,latency`")
    return Leg(f"table:{path.name}", rows=tuple(rows))


def leg(text: str) -> Leg:
    """`50ms`, `lognormal:50ms:0.5` or `table:FILE`."""
    kind, _, rest = text.partition(":")
    if kind == "lognormal":
        median, _, sigma = rest.partition(":")
        return lognormal(median, sigma or "0.5")
    if kind == "table":
        if not rest:
            raise LatencyError("table: names no file, as in table:latency.csv")
        return table(Path(rest))
    return constant(text)


@dataclass(frozen=True)
class Latency:
    """Of the three kinds of messages: a submit and a cancel to the venue, an answer back to us."""

    submit: Leg
    cancel: Leg
    answer: Leg

    @property
    def text(self) -> str:
        """For the header of a report."""
        parts = {self.submit.text, self.cancel.text, self.answer.text}
        if len(parts) == 1:
            return f"{self.submit.text} each way"
        return f"submit {self.submit.text}, cancel {self.cancel.text}, answer {self.answer.text}"


def read(text: str | Latency | None) -> Latency:
    """One latency for all (`50ms`), or `submit=50ms,cancel=30ms,answer=20ms`."""
    if isinstance(text, Latency):
        return text
    every = leg(DEFAULT_LEG)
    out = Latency(every, every, every)
    if text is None:
        return out
    if not isinstance(text, str):
        raise LatencyError(f"latency: {text!r} is no text; write {FORMS}")
    if "=" not in text or text.startswith("table:"):
        every = leg(text)
        return Latency(every, every, every)
    seen = set()
    for part in text.split(","):
        name, _, value = part.partition("=")
        if name not in ("submit", "cancel", "answer"):
            raise LatencyError(f"latency: {name!r} is none of submit, cancel, answer")
        if name in seen:
            raise LatencyError(f"latency: {name} is given twice")
        seen.add(name)
        out = replace(out, **{name: leg(value)})
    return out
