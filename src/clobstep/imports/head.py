"""What makes a session of a recording: metadata of its markets, the engine's settings, the head.

Owns the choices an import makes for the engine, each with its reason. Reads no file.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import msgspec
import numpy as np

from clobstep import EngineConfig, units
from clobstep.core import EVENT_DTYPE
from clobstep.enums import NO_TOKEN, EventKind, FeedSign, Flag
from clobstep.imports.exact import Ints
from clobstep.imports.known import KnownPairs
from clobstep.imports.recording import Events, Options, Recording, feed_event
from clobstep.venue.markets import MarketInfo, market_events, with_defaults

WARM_TIME_NS: Final = 300_000_000_000  # a book that starts empty is believed after this
WARM_GROUPS: Final = 10  # and after so many agreeing groups in a row
_NARROW_STEP: Final = 5  # pips: what lies between needs a wide ladder (rules.md, 8)
_SAMPLES: Final = 2_000_000
_BOOK_KINDS: Final = (int(EventKind.BOOK_DELTA), int(EventKind.BEST), int(EventKind.BOOK_SNAPSHOT))


@dataclass(slots=True)
class Seen:
    """What a pass over all events tells: sizes and times."""

    first_ns: int = 0
    last_ns: int = 0
    largest_step_ns: int = 0
    longest_silence_ns: int = 0
    cadence_ns: int = 0
    wide: set[int] = field(default_factory=set)
    carried: bool = False  # a change carries the venue's own best
    kinds: Counter[str] = field(default_factory=Counter)


def look(recording: Recording) -> Seen:
    """Pass over the spooled events once; what they hold is told to the recording."""
    seen = Seen()
    n_markets = max(recording.interning.n_tokens // 2, 1)
    last_of = np.zeros(n_markets, np.int64)
    gaps: list[Ints] = []
    for chunk in recording.spool.chunks():
        times = chunk["time_ns"]
        if not seen.first_ns:
            seen.first_ns = seen.last_ns = int(times[0])
        steps = np.diff(times, prepend=seen.last_ns)
        seen.largest_step_ns = max(seen.largest_step_ns, int(steps.max()))
        seen.last_ns = int(times[-1])
        for kind, count in zip(*np.unique(chunk["kind"], return_counts=True), strict=True):
            seen.kinds[EventKind(int(kind)).name] += int(count)
        seen.wide |= _wide(chunk)
        changed = chunk["kind"] == EventKind.BOOK_DELTA
        seen.carried |= bool(np.any(chunk["flags"][changed] & int(Flag.BOOK_BEST)))
        gaps.append(_gaps(chunk, last_of))
    every = np.concatenate(gaps) if gaps else np.zeros(0, np.int64)
    if len(every):
        seen.longest_silence_ns = int(every.max())
        seen.cadence_ns = int(np.median(every[:_SAMPLES]))
    held = recording.held
    held.deltas = "BOOK_DELTA" in seen.kinds
    held.snapshots = "BOOK_SNAPSHOT" in seen.kinds
    held.prints = "PRINT" in seen.kinds
    held.carried_best = seen.carried
    if not held.receive_times:
        recording.said.append(
            "no receive times finer than a second: our time is the venue's, and the feed's latency "
            "is not known"
        )
    return seen


def _wide(chunk: Events) -> set[int]:
    """Conditions with a price between the levels of a narrow ladder."""
    kind, code = chunk["kind"], chunk["code"]
    snapshot = kind == EventKind.BOOK_SNAPSHOT
    off = ((kind == EventKind.BOOK_DELTA) | (snapshot & (code > 0))) & (
        chunk["price_pips"] % _NARROW_STEP != 0
    )
    off |= snapshot & (code > 1) & (chunk["bid_pips"] % _NARROW_STEP != 0)
    off |= snapshot & (code > 2) & (chunk["ask_pips"] % _NARROW_STEP != 0)
    return set((chunk["token"][off] >> 1).tolist())


def _gaps(chunk: Events, last_of: Ints) -> Ints:
    """Times between one book and the next of each condition; `last_of` is brought up to date."""
    book = np.isin(chunk["kind"], _BOOK_KINDS)
    book &= (chunk["kind"] != EventKind.BOOK_SNAPSHOT) | (chunk["flags"] & int(Flag.SNAP_LAST) != 0)
    rows = np.flatnonzero(book)
    market = (chunk["token"][rows] >> 1).astype(np.int64)
    order = np.argsort(market, kind="stable")
    market, times = market[order], chunk["time_ns"][rows][order]
    first = np.ones(len(market), np.bool_)
    first[1:] = market[1:] != market[:-1]
    before = np.concatenate((np.zeros(1, np.int64), times[:-1])) if len(times) else times
    before = np.where(first, last_of[market], before)
    last_of[market] = times  # of several for one index numpy keeps the last
    return np.asarray((times - before)[before > 0], np.int64)


def settings(recording: Recording, seen: Seen) -> EngineConfig:
    """The engine's settings, sized from what was seen."""
    plain = EngineConfig()
    span = seen.last_ns - seen.first_ns
    return EngineConfig(
        tokens=max(recording.interning.n_tokens, 2),
        wide_books=len(seen.wide),
        # A gap in a recording is a fact: it must not be refused as a jump of the clock.
        max_time_step_ns=max(plain.max_time_step_ns, seen.largest_step_ns),
        # The metadata was read once and is that of the whole recording: it does not grow old.
        metadata_cycle_ns=max(plain.metadata_cycle_ns, span),
        warm_time_ns=WARM_TIME_NS if recording.without_first_book else 0,
        warm_groups=WARM_GROUPS if recording.without_first_book else plain.warm_groups,
        # Without snapshots a book that went STALE by silence could never come back.
        stale_after_ns=max(
            plain.stale_after_ns,
            2 * seen.longest_silence_ns if recording.without_first_book else 0,
        ),
    )


def metadata(recording: Recording, options: Options) -> dict[int, MarketInfo]:
    """Metadata of each condition, by even token; what nobody says is assumed, by name.

    Options come before what the recording says (its first book, the tick before a change), and that
    before the file, which may have been written when the tick had changed.
    """
    infos = {}
    interning = recording.interning
    asked = {
        "tick_pips": options.tick_pips,
        "min_size": options.min_size,
        "fee_ppm": options.fee_ppm,
    }
    for even in range(0, interning.n_tokens, 2):
        found = _from_file(interning, even)
        for name, value in recording.facts_of.get(even, {}).items():
            before = getattr(found, name)
            if before not in (None, value):
                recording.said.append(
                    f"{found.slug or found.condition}: --markets says {_said(name, before)}, the "
                    f"recording {_said(name, value)}, which is taken"
                )
            found = msgspec.structs.replace(found, **{name: value})
        said = {name: value for name, value in asked.items() if value is not None}
        infos[even] = with_defaults(msgspec.structs.replace(found, **said))
    return infos


def _from_file(interning: KnownPairs, even: int) -> MarketInfo:
    condition = interning.condition(even)
    assets = [interning.asset(even), interning.asset(even + 1)]
    for asset in assets:
        info = interning.info_of(condition, asset or "")
        if info is not None:
            return info
    return MarketInfo(condition=condition, yes=assets[0], no=assets[1])


def assumed_lines(infos: dict[int, MarketInfo]) -> list[str]:
    """What was assumed, a line a field and value, for the manifest and the person."""
    met: Counter[str] = Counter()
    for info in infos.values():
        for name in info.assumed:
            met[_said(name, getattr(info, name))] += 1
    return [f"{text} ({count} of {len(infos)} markets)" for text, count in met.items()]


def _said(name: str, value: int | bool) -> str:
    if name == "tick_pips":
        return f"tick {units.format_price(value)}"
    if name == "min_size":
        return f"minimum size {units.format_size(value)} shares"
    if name == "fee_ppm":
        return f"fee rate {units.format_size(value)}"
    words = {"accepting": "taking orders", "neg_risk": "negRisk", "augmented": "negRisk augmented"}
    return words[name] if value else f"not {words[name]}"


def events(recording: Recording, infos: dict[int, MarketInfo], at_ns: int) -> Events:
    """FEED CONNECTED of all, and CLUSTER and MARKET of each condition."""
    records = b"".join(market_events(info, even, at_ns) for even, info in infos.items())
    made = np.frombuffer(records, EVENT_DTYPE)
    if recording.connects_itself:
        return made
    return np.concatenate((feed_event(FeedSign.CONNECTED, NO_TOKEN, at_ns), made))
