"""Lets the fuzzing kill every mutant, and says how many seeds each one took.

    python tools/mutants/hunt.py [--json FILE] [--workers 2] [NUMBER ...]

Seed by seed, each through all profiles, until something breaks: first what the world alone sees
(invariants, the exchange's truth, the replay), then, if nothing did, the auditor over the journals.
Exit code 1 if a mutant lives. The real core (number 0) must live through all of it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tools")]

import builds  # noqa: E402
from mutants import build, table  # noqa: E402

ONE = """
import json, sys
from clobstep.core import _core
_core._plant(int(sys.argv[1]))
from clobstep_sim.fuzz import profile, seed
profiles = [profile.load(name) for name in profile.names()]
def hunt(seeds, events, audit):
    for number in range(1, seeds + 1):
        for one in profiles:
            result = seed.run_seed(number, one, events, audit=audit)
            if result.said:
                return [number, one.name, result.number, result.said[0]]
    return None
seeds, audited, events, all_events = map(int, sys.argv[2:])
world, auditor = hunt(seeds, events, 0), hunt(audited, all_events, all_events)
print(json.dumps({"world": world, "auditor": auditor}))
"""
LIMIT_S = 1200
EVENTS, AUDITED = 20_000, 20_000
PAGE = ROOT / "docs" / "simulation.md"
MARK = "<!-- mutants -->"

Found = dict[str, list[object] | None]


def hunt(number: int, library: Path, seeds: int, audited: int) -> Found:
    """What killed it, for the world and the auditor: seeds it took, profile, invariant, words."""
    env = {**os.environ, "PYTHONPATH": str(library)}
    command = [
        builds.this_python().executable,
        "-c",
        ONE,
        *map(str, (number, seeds, audited, EVENTS, AUDITED)),
    ]
    try:
        done = subprocess.run(
            command, env=env, capture_output=True, text=True, check=False, timeout=LIMIT_S
        )
    except subprocess.TimeoutExpired:
        return {"world": [0, "", 0, f"no end within {LIMIT_S} s"], "auditor": None}
    if done.returncode:
        return {
            "world": [0, "", 0, f"the process ended with {done.returncode}: {done.stderr[-200:]}"],
            "auditor": None,
        }
    found: Found = json.loads(done.stdout)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("numbers", nargs="*", type=int, help="mutants; all if none is given")
    parser.add_argument("--json", type=Path, help="write what was found here")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seeds", type=int, default=80, help="seeds of 20,000 events a profile")
    parser.add_argument(
        "--audited", type=int, default=10, help="seeds of 20,000 events, with the auditor"
    )
    parser.add_argument("--docs", action="store_true", help="write the table of docs/simulation.md")
    given = parser.parse_args()
    library = build.tree()
    mutants = [m for m in table.load() if not given.numbers or m.number in given.numbers]
    control = hunt(0, library, given.seeds, given.audited)
    if control != {"world": None, "auditor": None}:
        raise SystemExit(f"without any planted bug: {control}")
    alive = []
    results: dict[str, Found] = {}
    with ThreadPoolExecutor(given.workers) as pool:
        made = pool.map(lambda m: hunt(m.number, library, given.seeds, given.audited), mutants)
        for mutant, found in zip(mutants, made, strict=True):
            results[mutant.name] = found
            world, auditor = found["world"], found["auditor"]
            if world is None and auditor is None:
                alive.append(mutant.name)
            line = f"{mutant.number:3} {mutant.name:36} world {said(world):40}"
            print(f"{line} auditor {said(auditor)}", flush=True)
    if given.json:
        given.json.write_text(json.dumps(results, indent=1) + "\n")
    if given.docs:
        write_docs(results, given.seeds, given.audited)
    print(
        f"{len(mutants) - len(alive)} of {len(mutants)} killed"
        + (f"; alive: {', '.join(alive)}" if alive else "")
    )
    raise SystemExit(1 if alive else 0)


def write_docs(results: dict[str, Found], seeds: int, audited: int) -> None:
    """The table of seeds to kill, between its marks."""
    head = (
        f"Of each profile at most {seeds} seeds of {EVENTS:,} events looked at by the world alone, "
        f"and {audited} of {AUDITED:,} gone over by the auditor."
    )
    lines = [
        head,
        "",
        "| planted bug | the world, seeds | invariant | the auditor, seeds |",
        "|---|---|---|---|",
    ]
    for mutant in table.load():
        if mutant.name in results:
            world, auditor = results[mutant.name]["world"], results[mutant.name]["auditor"]
            first = f"{world[0]} ({world[1]})" if world else "lives"
            number = str(world[2]) if world else ""
            second = f"{auditor[0]} ({auditor[1]})" if auditor else "lives"
            lines.append(f"| {mutant.bug} | {first} | {number} | {second} |")
    before, mark, rest = PAGE.read_text().partition(MARK)
    after = rest.partition(MARK)[2]
    PAGE.write_text(f"{before}{mark}\n" + "\n".join(lines) + f"\n{MARK}{after}")


def said(found: list[object] | None) -> str:
    """Seeds, profile and invariant in a few words."""
    return "-" if found is None else f"seed {found[0]} {found[1]} ({found[2]})"


if __name__ == "__main__":
    main()
