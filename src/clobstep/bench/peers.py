"""Peers, measured by their scripts in the same run.

`clobstep bench --peers DIR` looks into DIR for gen_data.py and export_bin.py (the stream),
bench_ceiling.c (a two-level bitmap book in C: the limit) and bench_hbt.py (hftbacktest). What is
missing is left out and said. Nothing of DIR is copied or changed; data goes to PEERS_DATA, else to
DIR/data if it is there, else to a temporary folder.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

CHECKSUM_CENT = 1579688242  # what every book must reach on the stream at tick 0.01
CEILING_ROW = "two-level bitmap, branchless"
RATE = r"\s+max\s+([\d.]+).*?median\s+([\d.]+)"
HBT_FEED = r"(cent \w+ wait_next_feed, no strategy)" + RATE
HBT_MAKER = r"(cent \w+ MM risk_adverse lat20ms)" + RATE
NAUTILUS_LINE = r"(cent nautilus decode \+ parse_to_deltas.*?)" + RATE


class PeersError(Exception):
    """A peer could not be measured; says which and the way out."""


def _run(command: list[str], env: dict[str, str], what: str) -> str:
    done = subprocess.run(  # noqa: S603 - the scripts of the folder the user named
        command, env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        tail = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise PeersError(f"{what} failed: {' '.join(tail) or done.returncode}")
    return done.stdout


class Peers:
    """The scripts of one folder, and the stream they share."""

    def __init__(self, folder: Path, python: str, say: Callable[[str], None]) -> None:
        self.folder = folder
        self.python = python
        self.say = say
        self.scratch = Path(tempfile.mkdtemp(prefix="clobstep-peers-"))
        local = folder / "data"
        chosen = os.environ.get("PEERS_DATA")
        self.data = Path(chosen) if chosen else local if local.is_dir() else self.scratch / "data"
        self.env = {**os.environ, "PEERS_DATA": str(self.data)}

    def close(self) -> None:
        """Remove what was made for this run."""
        shutil.rmtree(self.scratch, ignore_errors=True)

    def stream_file(self) -> Path:
        """The stream at tick 0.01, made if it is not there."""
        path = self.data / "l2_cent.npz"
        if not path.is_file():
            self.say("making the peers' stream (20 s)")
            for script in ("gen_data.py", "export_bin.py"):
                _run(
                    [self.python, str(self.folder / script)],
                    self.env,
                    f"{script} (needs numpy and pyarrow in --peer-python)",
                )
        return path

    def ceiling(self) -> dict[str, Any]:
        """Row of the two-level bitmap in C, compiled here with -O3 -march=native."""
        binary = self.scratch / "ceiling"
        source = self.folder / "bench_ceiling.c"
        if not binary.is_file():
            compiler = os.environ.get("CC", "cc")
            _run(
                [compiler, "-O3", "-march=native", "-w", "-o", str(binary), str(source)],
                self.env,
                "bench_ceiling.c",
            )
        files = [str(self.data / name) for name in ("deltas_cent.bin", "snap0_cent.bin")]
        text = _run([str(binary), *files, "99"], self.env, "bench_ceiling")
        line = next(x for x in text.splitlines() if x.startswith(CEILING_ROW))
        found = re.search(r"best ([\d.]+) M/s\s+median ([\d.]+) M/s.*chk (\d+)", line)
        if found is None:
            raise PeersError(f"bench_ceiling printed no figure: {line}")
        return {
            "row": CEILING_ROW,
            "best_m_per_s": float(found[1]),
            "median_m_per_s": float(found[2]),
            "checksum_right": int(found[3]) == CHECKSUM_CENT,
        }

    def hftbacktest(self) -> dict[str, dict[str, Any]]:
        """hftbacktest: its feed loop, and its maker with 20 ms; the faster of its two depths."""
        self.say("running hftbacktest (two minutes)")
        text = _run(
            [self.python, str(self.folder / "bench_hbt.py"), "cent"],
            self.env,
            "bench_hbt.py (needs hftbacktest in --peer-python)",
        )
        return {
            "hftbacktest": _best_row(text, HBT_FEED, "bench_hbt.py"),
            "hftbacktest_maker": _best_row(text, HBT_MAKER, "bench_hbt.py"),
        }

    def messages_file(self) -> Path:
        """The stream as messages of the market channel."""
        self.stream_file()
        return self.data / "ws_cent.jsonl"

    def nautilus(self, python: str) -> dict[str, Any]:
        """nautilus_trader's own path from message to deltas, in millions a second."""
        self.say("running nautilus_trader's decoding (a minute)")
        text = _run(
            [python, str(self.folder / "bench_decode.py"), "cent"],
            self.env,
            "bench_decode.py (needs nautilus_trader, msgspec and orjson in --nautilus-python)",
        )
        row = _best_row(text, NAUTILUS_LINE, "bench_decode.py")
        for name in ("best_m_per_s", "median_m_per_s"):
            row[name] = round(row[name] / 1e3, 4)  # printed in thousands
        return row


def _best_row(text: str, line: str, script: str) -> dict[str, Any]:
    """The fastest of the printed rows that look like `line`."""
    best: dict[str, Any] = {}
    for printed in text.splitlines():
        found = re.match(line, printed)
        if found and (not best or float(found[2]) > best["best_m_per_s"]):
            best = {
                "row": found[1],
                "best_m_per_s": float(found[2]),
                "median_m_per_s": float(found[3]),
            }
    if not best:
        raise PeersError(f"{script} printed no row like {line.partition(chr(92))[0]}")
    return best
