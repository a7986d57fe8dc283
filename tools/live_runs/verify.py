"""A session that a run left, gone over once it is over: replay, invariants, names, breakers.

Owns what is read from the file. Whether a figure is good is said by `judge`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from typing import Any, Final

import numpy as np

from clobstep.core import EFFECT_DTYPE
from clobstep.effects import unpack_all
from clobstep.enums import Alert, EffectKind, EventKind, OperatorCode, Refusal
from clobstep.replay import state
from clobstep.replay.strategy import replay_strategy
from clobstep.replay.verify import replay
from clobstep.session.series import Series
from clobstep.strategy.load import load_strategy

CHECK_EVENTS: Final = 500
OPERATOR: Final = int(EventKind.OPERATOR)
RESTARTED: Final = int(EventKind.RESTARTED)
BREAKERS: Final = (Alert.BREAKER_OPEN, Alert.GLOBAL_BREAKER_OPEN, Alert.BREAKER_CLOSED)


def verify(path: Path, strategy: str, settings: dict[str, str]) -> dict[str, Any]:
    """The replays: of the engine and of the strategy."""
    with Series.open(path) as series:
        engine = replay(series, verify=True)
        again = replay_strategy(series, load_strategy(strategy, settings))
        parts, sealed = len(series.parts), series.sealed
    return {
        "parts": parts,
        "sealed": sealed,
        "events": engine.events,
        "chain": f"{engine.chain:016x}",
        "same": engine.same,
        "difference": engine.first.as_dict() if engine.first else None,
        "strategy": again.as_dict(),
    }


def check_all(path: Path, marks: list[tuple[int, int]]) -> dict[str, Any]:
    """Every invariant each few hundred events, and the chain at every commit that was told of."""
    broken: list[tuple[int, int]] = []
    lost: list[int] = []
    wanted = dict(marks)
    refused: Counter[str] = Counter()
    kinds: Counter[int] = Counter()
    with Series.open(path) as series:
        engine = state.at_begin(series)
        room = np.zeros(max(engine.effects_needed, 16_384), EFFECT_DTYPE)
        stops = sorted(wanted)
        at = 0
        for events in series.events(engine.seq):
            for kind, n in zip(*np.unique(events["kind"], return_counts=True), strict=True):
                kinds[int(kind)] += int(n)
            done = 0
            while done < len(events):
                while at < len(stops) and stops[at] <= engine.seq:
                    at += 1
                to_stop = stops[at] - engine.seq if at < len(stops) else CHECK_EVENTS
                n = min(CHECK_EVENTS, to_stop)
                taken, written = engine.step_batch(events[done : done + n], room)
                done += taken
                for effect in room[:written][room[:written]["kind"] == EffectKind.REFUSED]:
                    names = EventKind(int(effect["ref"])).name, Refusal(int(effect["code"])).name
                    refused[" ".join(names)] += 1
                if wanted.get(engine.seq, engine.chain) != engine.chain:
                    lost.append(engine.seq)
                if number := engine.check():
                    broken.append((engine.seq, number))
        lost += [seq for seq in stops if seq > engine.seq]
    return {
        "checked_each": CHECK_EVENTS,
        "broken": broken[:10],
        "commits": len(wanted),
        "commits_lost": lost[:10],
        "refused": dict(refused),
        "kinds": {EventKind(kind).name: n for kind, n in sorted(kinds.items())},
    }


def names_of(path: Path) -> tuple[set[str], set[str]]:
    """(hashes of orders, ids of trades) that the session knows."""
    with Series.open(path) as series:
        rows = series.interning_rows()
    by_kind: dict[str, set[str]] = defaultdict(set)
    for kind, _, text, _ in rows:
        by_kind[kind].add(text)
    return by_kind["order"], by_kind["trade"]


def alerts(path: Path) -> dict[str, Any]:
    """What people were told, by kind; and of each breaker when it opened and closed."""
    told: Counter[str] = Counter()
    pauses: dict[int, list[tuple[str, int, int]]] = defaultdict(list)
    with Series.open(path) as series:
        times = _Times(series)
        for found in series.effects():
            some = found[np.isin(found["kind"], (int(EffectKind.ALERT), int(EffectKind.HALT)))]
            for effect in unpack_all(some.tobytes()):
                if effect.kind == EffectKind.HALT:
                    told["HALT"] += 1
                    continue
                kind = Alert(effect.code)
                told[kind.name] += 1
                if kind in BREAKERS:
                    what = "closed" if kind == Alert.BREAKER_CLOSED else "open"
                    at = (what, effect.time_ns, effect.deadline_ns)
                    pauses[effect.token].append(at)
        end_ns = times.last
        drained_ns = times.drained
    return {"told": dict(told), "breakers": _breakers(pauses, drained_ns or end_ns)}


class _Times:
    """When the session ended, and when it was told to drain for good."""

    def __init__(self, series: Series) -> None:
        self.last = self.drained = 0
        for events in series.events():
            self.last = int(events["time_ns"][-1])
            for event in events[np.isin(events["kind"], (OPERATOR, RESTARTED))]:
                drains = event["kind"] == OPERATOR and event["code"] == OperatorCode.DRAIN
                if drains:
                    self.drained = self.drained or int(event["time_ns"])
                elif event["kind"] == RESTARTED or event["code"] == OperatorCode.RESUME:
                    self.drained = 0


def _breakers(pauses: dict[int, list[tuple[str, int, int]]], end_ns: int) -> dict[str, Any]:
    """Pauses that opened; of them probed (closed or opened again); and those nobody came back to.

    A pause that had not ended when the run was drained cannot have been probed.
    """
    opened = closed = reopened = early = 0
    forgotten = []
    for token, rows in pauses.items():
        for (what, at_ns, until_ns), after in zip(rows, [*rows[1:], None], strict=True):
            if what == "closed":
                closed += 1
                continue
            opened += 1
            if after is None and until_ns > end_ns:
                early += 1
            elif after is None:
                forgotten.append({"token": token, "at_ns": at_ns, "until_ns": until_ns})
            elif after[0] == "open":
                reopened += 1
    return {
        "opened": opened, "closed": closed, "probed_in_vain": reopened,
        "still_paused_at_the_end": early, "never_probed": forgotten,
    }  # fmt: skip
