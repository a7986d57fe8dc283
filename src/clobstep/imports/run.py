"""Import: files of others in, one sealed session out.

Theory of operation. A reader turns the files into event records in a spool, and counts what it
does not take. One pass over the spool tells how large an engine is needed. Then the head and all
events run through that engine into the session, so that it has effects and a chain from the start.

Owns: that order, the manifest of an imported session, and what the person is told.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from clobstep import Engine
from clobstep.enums import Alert, EffectKind, FeedState, Refusal
from clobstep.imports import head, shape, snapshots
from clobstep.imports.grid import OffTick
from clobstep.imports.known import KnownPairs
from clobstep.imports.recording import Events, Options, Progress, Recording, Spool, quiet
from clobstep.imports.tally import RecordingError, Tally
from clobstep.session.manifest import Holds, Manifest, Source
from clobstep.session.recorder import Recorder
from clobstep.session.writer import SessionWriter
from clobstep.venue.interning import InterningError
from clobstep.venue.markets import MarketInfo, MarketsError, merge, read_markets

_HASH_BYTES: Final = 1 << 20


@dataclass(slots=True)
class ImportResult:
    """What an import did. `events` is 0 when nothing could be taken; then there is no session."""

    out: Path
    shape: str
    events: int
    chain: int
    bytes: int
    recording: Recording
    infos: dict[int, MarketInfo]
    assumed: list[str]
    kinds: dict[str, int]
    alerts: dict[str, int]
    refusals: dict[str, int]
    feeds: dict[str, int]
    counters: dict[str, int]
    first_ns: int = 0
    last_ns: int = 0

    def as_dict(self) -> dict[str, Any]:
        """The same as plain JSON types."""
        r = self.recording
        return {
            "session": str(self.out) if self.events else None,
            "shape": self.shape,
            "events": self.events,
            "chain": f"{self.chain:016x}",
            "bytes": self.bytes,
            "first_ns": self.first_ns,
            "last_ns": self.last_ns,
            "files": {tally.name: tally.as_dict() for tally in r.tallies},
            "out_of_order": r.out_of_order,
            "books_out_of_order": r.books_out_of_order,
            "said": r.said,
            "holds": dataclasses.asdict(r.held),
            "markets": _markets(r, self.infos),
            "assumed": self.assumed,
            "kinds": self.kinds,
            "alerts": self.alerts,
            "refusals": self.refusals,
            "feeds": self.feeds,
            "counters": {**r.counters, **self.counters},
            "facts": r.facts,
        }


def import_files(
    files: Sequence[Path | str],
    out: Path | str,
    *,
    options: Options | None = None,
    markets: Sequence[Path | str] = (),
    created_ns: int = 0,
    progress: Progress = quiet,
) -> ImportResult:
    """Make the session `out` of recordings in `files`, which are one stream.

    Raises RecordingError for files that cannot be read, SessionError for a session that cannot be
    written; what single lines lack is counted in the result. Nothing taken: no session is made.
    """
    paths = [Path(file) for file in files]
    asked = options or Options()
    _can_be_made(Path(out))
    kind, data, tables = _sorted_out(paths)
    if asked.market is not None and kind != snapshots.SHAPE:
        raise RecordingError(f"--market {asked.market}: only for {snapshots.SHAPE}, not {kind}")
    infos = _metadata([*tables, *(Path(name) for name in markets)])
    spool = Spool()
    try:
        try:
            recording = shape.READERS[kind](data, KnownPairs(infos), spool, asked, progress)
        except InterningError as error:
            raise RecordingError(f"{error}; import fewer markets at a time") from None
        if not spool.n_events:
            return _nothing(Path(out), kind, recording)
        return _write(Path(out), kind, recording, asked, paths, created_ns, progress)
    finally:
        spool.close()


def _can_be_made(out: Path) -> None:
    """Say now, not after everything was read, that the session cannot be written."""
    if out.exists():
        raise RecordingError(f"{out}: is there already; name another file or remove it")
    if not out.absolute().parent.is_dir():
        raise RecordingError(f"{out}: its folder is not there; make it first")


def _sorted_out(paths: list[Path]) -> tuple[str, list[Path], list[Path]]:
    """The one shape of the recordings, their files, and tables of markets among them."""
    if not paths:
        raise RecordingError("no file was named; give one or more recordings")
    shapes = {path: shape.detect(path) for path in paths}
    data = [path for path in paths if shapes[path] != shape.MARKETS]
    kinds = {shapes[path] for path in data}
    if not kinds:
        raise RecordingError(f"{paths[0]} is a table of markets; name the table of their books too")
    if len(kinds) > 1:
        named = ", ".join(f"{path.name}: {shapes[path]}" for path in data)
        raise RecordingError(f"the files have different shapes ({named}); import them apart")
    return kinds.pop(), data, [path for path in paths if shapes[path] == shape.MARKETS]


def _metadata(paths: list[Path]) -> list[MarketInfo]:
    found: list[MarketInfo] = []
    try:
        for path in paths:
            with path.open("rb") as file:
                table = file.read(4) == b"PAR1"
            found += snapshots.market_table(path) if table else read_markets(path)
        return merge(found)
    except MarketsError as error:
        raise RecordingError(f"--markets: {error}") from None
    except OSError as error:
        raise RecordingError(
            f"--markets: {error.filename} cannot be read: {error.strerror}"
        ) from None


def _nothing(out: Path, kind: str, recording: Recording) -> ImportResult:
    return ImportResult(out, kind, 0, 0, 0, recording, {}, [], {}, {}, {}, {}, {})


def _write(
    out: Path,
    kind: str,
    recording: Recording,
    options: Options,
    paths: list[Path],
    created_ns: int,
    progress: Progress,
) -> ImportResult:
    seen = head.look(recording)
    config = head.settings(recording, seen)
    infos = head.metadata(recording, options)
    assumed = head.assumed_lines(infos)
    engine = Engine(config)
    told = Manifest.of("import", config, created_ns=created_ns)
    _fill(told, kind, recording, options, paths, infos, assumed, seen)
    count, off_tick = _Count(), OffTick(config.tokens)
    writer = SessionWriter.create(out, told)
    try:
        first = head.events(recording, infos, seen.first_ns)
        _run(recording, engine, writer, first, count, off_tick, progress)
        recording.said += off_tick.said()
        writer.seal(told)
    except BaseException:
        writer.close()
        out.unlink(missing_ok=True)  # half an import is no session
        for ending in ("-wal", "-shm"):
            out.with_name(out.name + ending).unlink(missing_ok=True)
        raise
    feeds = Counter(
        FeedState(engine.view.book(even).feed).name for even in range(0, config.tokens, 2)
    )
    return ImportResult(
        out, kind, engine.seq, engine.chain, out.stat().st_size, recording, infos, assumed,
        dict(seen.kinds), dict(count.alerts), dict(count.refusals), dict(feeds),
        {name: n for name, n in engine.view.counters().items() if n}, seen.first_ns, seen.last_ns,
    )  # fmt: skip


class _Count:
    """Alerts and refusals of all effects, by name."""

    def __init__(self) -> None:
        self.alerts: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()

    def watch(self, _: Events, effects: Events) -> None:
        for kind, names, into in (
            (EffectKind.ALERT, Alert, self.alerts),
            (EffectKind.REFUSED, Refusal, self.refusals),
        ):
            codes = effects["code"][effects["kind"] == kind]
            for code, count in zip(*np.unique(codes, return_counts=True), strict=True):
                into[names(int(code)).name] += int(count)


def _run(
    recording: Recording,
    engine: Engine,
    writer: SessionWriter,
    first: Events,
    count: _Count,
    off_tick: OffTick,
    progress: Progress,
) -> None:
    recorder = Recorder(engine, writer, watch=count.watch)
    writer.intern(recording.interning.rows())
    off_tick.watch(first)
    recorder.step(first)
    done, total = 0, recording.spool.n_events
    for chunk in recording.spool.chunks():
        progress("stepping events", done, total)
        off_tick.watch(chunk)
        recorder.step(chunk)
        done += len(chunk)
    for kind, text in recording.notes:
        writer.note(0, kind, text)
    recorder.snapshot()


def _fill(
    told: Manifest,
    kind: str,
    recording: Recording,
    options: Options,
    paths: list[Path],
    infos: dict[int, MarketInfo],
    assumed: list[str],
    seen: head.Seen,
) -> None:
    """The manifest's own words about an import."""
    told.raw = "dropped"  # the files are still there: `sources` names them by their SHA-256
    told.holds = Holds(**dataclasses.asdict(recording.held), cadence_ns=seen.cadence_ns)
    told.markets = _markets(recording, infos)
    told.assumed = assumed
    told.sources = [_source(path, recording.tallies) for path in paths]
    told.settings = {
        "shape": kind,
        "options": {k: v for k, v in dataclasses.asdict(options).items() if v is not None},
        "files": {tally.name: tally.as_dict() for tally in recording.tallies},
        "out_of_order": recording.out_of_order,
        "books_out_of_order": recording.books_out_of_order,
        "said": recording.said,
        "counters": recording.counters,
        **recording.facts,
    }


def _markets(recording: Recording, infos: dict[int, MarketInfo]) -> list[dict[str, Any]]:
    known = recording.interning.pairs_known_from
    return [
        {**msgspec.to_builtins(info), "token": even, "pair_known_from": known(even)}
        for even, info in infos.items()
    ]


def _source(path: Path, tallies: list[Tally]) -> Source:
    told = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_HASH_BYTES):
            told.update(block)
    tally = next((t for t in tallies if t.paths[0] == path), None)
    return Source(
        name=path.name,
        sha256=told.hexdigest(),
        bytes=path.stat().st_size,
        lines=tally.taken if tally else 0,
        skipped={name: r.count for name, r in tally.skipped.items()} if tally else {},
    )
