"""Many seeds of many profiles, on many processes or machines, each result kept as it comes.

Scheduling is joblib's: processes of this machine, or a Dask cluster. Workers of another build or
layout are refused. Results are the same wherever a seed ran.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final

import msgspec

from clobstep import __version__
from clobstep.enums import (
    LAYOUT_HASH,
    RULES_VERSION,
    TABLES,
    Alert,
    EffectKind,
    EventKind,
    Refusal,
    Reject,
)
from clobstep_sim.fuzz.marks import UNMET
from clobstep_sim.fuzz.profile import MARKET, Profile
from clobstep_sim.fuzz.seed import run_seed
from clobstep_sim.world import KNOBS

# A task is so many events, at least 0.1 s: far above what sending it costs. Large ones cost less,
# small ones end together.
LEAST_EVENTS: Final = 240_000
MOST_EVENTS: Final = 960_000
PARTS: Final = 8  # a worker has so many tasks or more, where that leaves them large enough
REST_EVENTS: Final = 10_000  # what coming to rest and the audit of a seed cost beside its events
BUILD: Final = (__version__, RULES_VERSION, LAYOUT_HASH)
# An operation that never succeeds in a campaign of many seeds is not tested by it.
OPERATIONS: Final = (
    EventKind.ACCEPTED, EventKind.CANCEL_ACCEPTED, EventKind.FOUND, EventKind.NOT_FOUND,
    EventKind.TRADE, EventKind.SPLIT, EventKind.MERGE, EventKind.RECONCILED, EventKind.RESTARTED,
)  # fmt: skip
MANY: Final = 100  # seeds
NO_MARK: Final = MARKET | {"theft_ppm"}  # the canary is no fault of a venue


class CampaignError(ValueError):
    """A campaign that cannot be run or continued; says why and the way out."""


class Row(msgspec.Struct):
    """What is kept of one seed."""

    profile: str
    seed: int
    events: int
    number: int
    said: list[str]
    chain: str
    given: int
    virtual_s: float
    crashes: int
    counts: dict[str, dict[int, int]]
    cells: str  # a bit for each cell of the core's tables, in hex
    build: tuple[str, int, int] = BUILD


@dataclass
class Tally:
    """What a campaign has come to."""

    rows: list[Row] = field(default_factory=list)
    marks: dict[str, Counter[int]] = field(default_factory=dict)
    cells: int = 0
    seconds: float = 0.0
    stopped: str = ""

    def add(self, row: Row) -> None:
        """One more seed."""
        self.rows.append(row)
        for kind, seen in row.counts.items():
            self.marks.setdefault(kind, Counter()).update(seen)
        self.cells |= int(row.cells, 16)

    @property
    def failed(self) -> list[Row]:
        """Seeds in which something broke, the first first."""
        return sorted((r for r in self.rows if r.said), key=lambda r: (r.profile, r.seed))

    def unhit(self) -> list[str]:
        """Marks that no seed has hit."""
        seen = {kind: set(marks) for kind, marks in self.marks.items()}
        out = [f"event {e.name}" for e in EventKind if e not in seen.get("events", ())]
        out += [f"effect {e.name}" for e in EffectKind if e not in seen.get("effects", ())]
        out += [f"alert {a.name}" for a in Alert if a not in seen.get("alerts", ())]
        out += [f"reject {r.name}" for r in Reject if r not in seen.get("rejects", ())]
        out += [f"refusal {r.name}" for r in Refusal if r and r not in seen.get("refusals", ())]
        unmet = [name for k, name in cells() if not self.cells >> k & 1]
        out += [f"cell {name}" for name in unmet if name not in UNMET]
        faults = seen.get("faults", ())
        out += [f"fault {n}" for k, n in enumerate(KNOBS) if n not in NO_MARK and k not in faults]
        return out

    def idle(self) -> list[str]:
        """Operations that never succeeded, if there were seeds enough to expect them."""
        if len(self.rows) < MANY or len({row.profile for row in self.rows}) < 2:
            return []
        return [o.name for o in OPERATIONS if o not in self.marks.get("events", ())]


def cells() -> Iterator[tuple[int, str]]:
    """The number and the name of each cell of the core's tables but those that cannot be."""
    first = 0
    for table, inputs, states, faults in TABLES:
        size = len(inputs) * len(states)
        for at in range(size):
            if not faults >> at & 1:
                name, state = inputs(at // len(states)).name, states(at % len(states)).name
                yield first + at, f"{table}: {name} in {state}"
        first += size


def row_of(profile: Profile, seed: int, events: int, audit: int) -> Row:
    """Run one seed."""
    result = run_seed(seed, profile, events, audit=audit)
    kinds = ("events", "effects", "alerts", "rejects", "refusals", "faults")
    return Row(
        profile.name, seed, events, result.number, result.said, f"{result.chain:016x}",
        result.counts["given"], result.virtual_ns / 1e9, result.crashes,
        {kind: result.counts[kind] for kind in kinds}, f"{result.counts['cells']:x}",
    )  # fmt: skip


def work(
    profile: Profile, seeds: range, events: int, audit: int, build: tuple[str, int, int]
) -> list[Row]:
    """A task: on whatever machine it runs, only by the same build."""
    if build != BUILD:
        raise CampaignError(
            f"this worker has clobstep {BUILD[0]}, rules {BUILD[1]}, layout {BUILD[2]:016x}; the "
            f"campaign {build[0]}, {build[1]}, {build[2]:016x}: install the same on every machine"
        )
    return [row_of(profile, seed, events, audit) for seed in seeds]


def task_size(n_profiles: int, seeds: Iterable[int], events: int, workers: int) -> int:
    """Seeds of a task."""
    least, most = (max(1, n // (events + REST_EVENTS)) for n in (LEAST_EVENTS, MOST_EVENTS))
    if isinstance(seeds, Sized):
        return min(most, max(least, n_profiles * len(seeds) // (PARTS * workers)))
    return least  # nobody knows when they end


def tasks(
    profiles: list[Profile], seeds: Iterable[int], size: int, known: set[tuple[str, int]]
) -> Iterator[tuple[Profile, range]]:
    """Runs of so many seeds, each profile in turn; what is known is left out."""
    source = iter(seeds)
    while chunk := [seed for _, seed in zip(range(size), source, strict=False)]:
        for profile in profiles:
            wanted = [seed for seed in chunk if (profile.name, seed) not in known]
            if len(wanted) == len(chunk):
                yield profile, range(chunk[0], chunk[-1] + 1)
            else:
                for seed in wanted:
                    yield profile, range(seed, seed + 1)


def until(first: int, seconds: float) -> Iterator[int]:
    """Seeds from one on until the time is over."""
    ends = time.monotonic() + seconds
    for seed in count(first):
        if time.monotonic() > ends:
            return
        yield seed


def run(
    profiles: list[Profile],
    seeds: Iterable[int],
    events: int,
    *,
    audit: int = 0,
    workers: int = 1,
    dask: str = "",
    store: Path | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Tally:
    """Run them all; ctrl-C or a lost cluster ends it with what there is (`stopped` says so)."""
    tally = Tally()
    known = _known(store, events, {p.name for p in profiles}, tally)
    began = time.perf_counter()
    try:
        size = task_size(len(profiles), seeds, events, workers)
        todo = tasks(profiles, seeds, size, known)
        for rows in _results(todo, events, audit, workers, dask):
            for row in rows:
                tally.add(row)
                _keep(store, row)
            progress(len(tally.rows))
    except KeyboardInterrupt:
        tally.stopped = "stopped by ctrl-C"
    tally.seconds = time.perf_counter() - began
    return tally


def _results(
    todo: Iterator[tuple[Profile, range]], events: int, audit: int, workers: int, dask: str
) -> Iterator[list[Row]]:
    if workers == 1 and not dask:
        for profile, seeds in todo:
            yield work(profile, seeds, events, audit, BUILD)
        return
    from joblib import Parallel, delayed

    with _backend(dask):
        parallel = Parallel(
            n_jobs=-1 if dask else workers, return_as="generator_unordered", batch_size=1
        )
        yield from parallel(delayed(work)(p, s, events, audit, BUILD) for p, s in todo)


def _backend(dask: str) -> AbstractContextManager[Any]:
    if not dask:
        return nullcontext()
    try:
        from distributed import Client
        from joblib import parallel_config
    except ImportError:
        raise CampaignError("a Dask cluster needs: pip install 'clobstep[cluster]'") from None
    try:
        Client(dask, timeout=10)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TimeoutError) as error:
        raise CampaignError(f"--dask {dask}: {error}") from None
    backend: AbstractContextManager[Any] = parallel_config(backend="dask")
    return backend


def _known(
    store: Path | None, events: int, profiles: set[str], tally: Tally
) -> set[tuple[str, int]]:
    """What a campaign that was interrupted has already: it is continued, not repeated."""
    if store is None or not store.exists():
        return set()
    decoder = msgspec.json.Decoder(Row)
    for number, line in enumerate(store.read_bytes().splitlines(), 1):
        try:
            row = decoder.decode(line)
        except msgspec.DecodeError as error:
            raise CampaignError(f"{store}, line {number}: {error}; name another --store") from None
        if row.build != BUILD or row.events != events:
            raise CampaignError(
                f"{store}, line {number}: made by clobstep {row.build[0]}, rules {row.build[1]}, "
                f"with {row.events} events a seed, not by this build with {events}; name another "
                "--store"
            )
        if row.profile in profiles:
            tally.add(row)
    return {(row.profile, row.seed) for row in tally.rows}


def _keep(store: Path | None, row: Row) -> None:
    if store is not None:
        with store.open("ab") as file:
            file.write(msgspec.json.encode(row) + b"\n")
