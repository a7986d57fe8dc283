"""Runs the live trader against the exchange on loopback, and proves it over time.

    python tools/live_runs/run.py profiles [--seconds 600] [--json FILE] [PROFILE ...]
    python tools/live_runs/run.py kill [--times 100] [--profile busy]
    python tools/live_runs/run.py soak [--seconds 300]

Each piece: venue and trader as processes of their own, real sockets and files; then calm, drain,
and all criteria of `judge`. Exit code 1 if one is not met. Needs the packages on PYTHONPATH.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from live_runs.judge import judge, table
from live_runs.person import Person
from live_runs.piece import START_S, Piece, Plan

SETTLE_S: Final = 90.0  # at most, for both to have the same books
SOAK: Final = Path(__file__).with_name("soak.toml")
SHORT_S: Final = (0.2, 6.0)  # how long a trader lives before it is killed
PLACES: Final = ("begun:1", "commit:{}", "committed:{}", "cancel:{}", "submit:{}", "read:{}",
                 "roll:{}")  # fmt: skip


def profile_piece(plan: Plan, seconds: float, settle: float = SETTLE_S) -> dict[str, Any]:
    """One profile for so long."""
    with Piece(plan) as piece:
        piece.begin()
        if not piece.trading():
            return _failed(piece, f"it did not trade within {START_S:g} s")
        person = Person(piece)
        person.watch(seconds)
        return _finish(piece, settle, person)


def kill_piece(plan: Plan, times: int, settle: float = SETTLE_S) -> dict[str, Any]:
    """Killed so many times, each at a moment that the seed draws, then left to end in peace."""
    rng = random.Random(plan.seed)
    deaths: dict[str, int] = {}
    with Piece(plan) as piece:
        person = Person(piece)
        for number in range(times):
            where = "anywhere"
            if number % 2:
                where = rng.choice(PLACES).format(1 + int(rng.expovariate(0.5)))
                piece.begin(where)
                code = person.watch(rng.uniform(3, 10), goes_on=False)
            else:
                piece.begin()
                if not number:
                    piece.trading()
                code = person.watch(rng.uniform(*SHORT_S), goes_on=False)
            if code is None:
                where = "anywhere" if where == "anywhere" else "late"
                piece.kill()
            name = where.partition(":")[0]
            deaths[name] = deaths.get(name, 0) + 1
            if code not in (None, -signal.SIGKILL):
                return _failed(piece, f"start {number + 1} ended by itself with {code}")
        piece.begin()
        if not piece.trading():
            return _failed(piece, f"it did not trade again within {START_S:g} s")
        person.watch(5.0)
        return _finish(piece, settle, person) | {"deaths": deaths}


def _finish(piece: Piece, settle: float, person: Person) -> dict[str, Any]:
    if piece.wait(0) is not None:
        return _failed(piece, "the trader ended by itself")
    differs = piece.settle(settle, lambda: person.look(goes_on=False))
    out, good = judge(piece, differs, piece.end(), person)
    return out | {"good": good}


def _failed(piece: Piece, why: str) -> dict[str, Any]:
    figures = f"{why}: {piece.error().strip().rpartition(chr(10))[2]}"
    return {
        "profile": piece.plan.profile, "seed": piece.plan.seed, "good": False,
        "criteria": [{"name": "ended by itself", "good": False, "figures": figures}],
    }  # fmt: skip


def soak_plan(folder: Path, seed: int) -> Plan:
    """Five hundred messages a second over many markets, with faults."""
    return Plan(str(SOAK), folder, seed, markets=32)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("what", choices=["profiles", "kill", "soak"])
    parser.add_argument("profiles", nargs="*", help="of `profiles`: which; all if none is given")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--times", type=int, default=100, help="of `kill`")
    parser.add_argument("--profile", default="busy", help="of `kill`")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--settle", type=float, default=SETTLE_S, help="seconds at most to settle")
    parser.add_argument("--json", type=Path, help="write all figures here")
    parser.add_argument("--keep", type=Path, help="keep the files of the runs in this folder")
    given = parser.parse_intermixed_args()
    base = given.keep or Path(tempfile.mkdtemp(prefix="live-runs-"))
    found = []
    try:
        for name, make in _pieces(given, base):
            shutil.rmtree(base / name, ignore_errors=True)
            found.append(make())
            print(table(found[-1]), flush=True)
    finally:
        if given.keep is None:
            shutil.rmtree(base, ignore_errors=True)
        if given.json:
            given.json.write_text(json.dumps(found, indent=1) + "\n")
    raise SystemExit(0 if found and all(one["good"] for one in found) else 1)


def _pieces(given: argparse.Namespace, base: Path) -> Any:
    """(name, what makes it) of what was asked for."""
    seed, settle = given.seed, given.settle
    if given.what == "kill":
        plan = Plan(given.profile, base / "kill", seed, most_mb=1)
        yield "kill", lambda: kill_piece(plan, given.times, settle)
    elif given.what == "soak":
        yield "soak", lambda: profile_piece(soak_plan(base / "soak", seed), given.seconds, settle)
    else:
        from clobstep_sim.fuzz.profile import load, names

        for name in given.profiles or names():
            markets = min(Plan.markets, max(load(name).scene["markets"]))
            plan = Plan(name, base / name, seed, markets)
            yield name, lambda p=plan: profile_piece(p, given.seconds, settle)


if __name__ == "__main__":
    main()
