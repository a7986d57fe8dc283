"""Latency of our requests and of the venue's answers: constant, a table over time, or drawn.

Owns: how it is written down and how it is handed to the compiled venue. Drawn latency comes from a
table of quantiles in whole microseconds, picked by the seeded stream of the run, so that a seed
means the same everywhere.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import NormalDist

import numpy as np

from clobstep.units import UnitError, parse_duration

QUANTILES = 4_096
DEFAULT_LEG = "50ms"  # one way, from a server that is not beside the venue's; never zero


class LatencyError(ValueError):
    """A latency that cannot be read; says the way out."""


def span(text: str) -> int:
    """`20ms`, `1.5s` or `1h30m` as nanoseconds."""
    try:
        return parse_duration(text)
    except UnitError as error:
        raise LatencyError(str(error)) from None


@dataclass(frozen=True)
class Leg:
    """One way of one kind of message."""

    text: str
    constant_ns: int = 0
    rows: tuple[tuple[int, int], ...] = ()
    """(from this time, this latency), rising, in nanoseconds."""
    quantiles: tuple[int, ...] = ()

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
    ns = span(text)
    if ns <= 0:
        raise LatencyError(f"{text!r}: a latency of zero makes a result that nobody can have")
    return Leg(text, constant_ns=ns)


def lognormal(median: str, sigma: str) -> Leg:
    """Drawn from a lognormal distribution with this median and this sigma of the logarithm."""
    middle, spread = span(median), float(sigma)
    if middle < 1_000 or not 0 < spread <= 3:
        raise LatencyError(f"lognormal:{median}:{sigma}: the median is at least 1us, sigma in 0..3")
    normal = NormalDist()
    values = []
    for k in range(QUANTILES):
        factor = math.exp(spread * normal.inv_cdf((k + 0.5) / QUANTILES))
        values.append(max(round(middle * factor / 1_000), 1) * 1_000)
    return Leg(f"lognormal:{median}:{sigma}", quantiles=tuple(values))


def table(path: Path) -> Leg:
    """A file of `time_ns,latency_ns` lines, rising in time; each holds until the next."""
    rows: list[tuple[int, int]] = []
    try:
        lines = path.read_text().splitlines()
    except OSError as error:
        raise LatencyError(f"table:{path}: {error.strerror}") from None
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith(("#", "time")):
            continue
        try:
            at, latency = (int(part) for part in line.split(","))
        except ValueError:
            raise LatencyError(
                f"{path}, line {number}: {line!r} is not `time_ns,latency_ns`"
            ) from None
        if latency <= 0 or (rows and at <= rows[-1][0]):
            raise LatencyError(f"{path}, line {number}: times rise and latencies are above zero")
        rows.append((at, latency))
    if not rows:
        raise LatencyError(f"{path}: no line `time_ns,latency_ns`")
    return Leg(f"table:{path.name}", rows=tuple(rows))


def leg(text: str) -> Leg:
    """`50ms`, `lognormal:50ms:0.5` or `table:FILE`."""
    kind, _, rest = text.partition(":")
    if kind == "lognormal":
        median, _, sigma = rest.partition(":")
        try:
            return lognormal(median, sigma or "0.5")
        except ValueError as error:
            raise LatencyError(f"{text!r}: {error}") from None
    if kind == "table":
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
    if "=" not in text:
        every = leg(text)
        return Latency(every, every, every)
    for part in text.split(","):
        name, _, value = part.partition("=")
        if name not in ("submit", "cancel", "answer"):
            raise LatencyError(f"{name!r} is none of submit, cancel, answer")
        out = replace(out, **{name: leg(value)})
    return out
