"""A venue and a trader, each a process of its own, and what they say while they run.

Owns the two processes and the folder of their files. Judges nothing.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import httpx
import msgspec

from clobstep.enums import SessionState

TOOLS: Final = Path(__file__).resolve().parents[1]
SECOND: Final = 1_000_000_000
START_S: Final = 600.0  # to read the account, where most answers are late
END_S: Final = 150.0
LOOK_S: Final = 0.25
TAIL_BYTES: Final = 1 << 18  # of the statuses: more than a few lines of many markets
# a twentieth of what is usual, so that minutes see whole pauses
SCALED: Final = {
    "breaker_base_ns": 15 * SECOND,
    "breaker_max_ns": 360 * SECOND,
    "global_window_ns": 3 * SECOND,
    "post_only_ns": 6 * SECOND,
    "venue_retry_ns": 3 * SECOND // 2,
    "unknown_span_ns": 3 * SECOND,
    "owed_timeout_ns": 3 * SECOND,
    "stale_after_ns": 10 * SECOND,
}


@dataclass
class Plan:
    """What a piece is made of. `most_mb` 0: the session never rolls by its size."""

    profile: str
    folder: Path
    seed: int = 1
    markets: int = 4
    engine: Mapping[str, int] = field(default_factory=lambda: SCALED)
    settings: Mapping[str, str] = field(default_factory=dict)
    strategy: str = "maker"
    most_mb: int = 64
    caps: tuple[str, str, str] = ("200", "500", "400")
    venue: tuple[str, ...] = ()

    @property
    def session(self) -> Path:
        return self.folder / "live.clob"

    def write_config(self) -> Path:
        """The trader's TOML file."""
        market, total, day = self.caps
        settings = "".join(f"{k} = {json.dumps(v)}\n" for k, v in self.settings.items())
        engine = "".join(f"{k} = {v}\n" for k, v in self.engine.items())
        path = self.folder / "clobstep.toml"
        path.write_text(
            f'[caps]\nmarket = "{market}"\ntotal = "{total}"\nloss_day = "{day}"\n'
            f'[strategy]\nname = "{self.strategy}"\n[strategy.settings]\n{settings}'
            f'[session]\npath = "{self.session}"\nmost_mb = {self.most_mb}\n'
            f'[live]\nread_every = "15s"\nrefresh = "30s"\n[engine]\n{engine}'
        )
        return path


class Piece:
    """One run: a venue while the context lasts, and a trader that may be killed and begun again."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.port = 0
        self.trader: subprocess.Popen[bytes] | None = None
        self._venue: subprocess.Popen[bytes] | None = None
        self._client = httpx.Client(trust_env=False, timeout=20.0)
        plan.folder.mkdir(parents=True, exist_ok=True)
        self._config = plan.write_config()

    def __enter__(self) -> Self:
        plan = self.plan
        with (plan.folder / "venue.err").open("wb") as err:
            self._venue = subprocess.Popen(
                [
                    sys.executable, "-m", "clobstep.cli", "venue", "--json", "--control",
                    "--port", "0", "--profile", plan.profile, "--seed", str(plan.seed),
                    "--markets", str(plan.markets), *plan.venue,
                ],
                stdout=subprocess.PIPE, stderr=err,
            )  # fmt: skip
        assert self._venue.stdout is not None
        line = self._venue.stdout.readline()
        if not line:
            self._venue.wait()
            raise RuntimeError(f"no venue: {(plan.folder / 'venue.err').read_text()}")
        self.port = int(json.loads(line)["port"])
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._client.close()
        for process in (self.trader, self._venue):
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()
        if self._venue is not None and self._venue.stdout is not None:
            self._venue.stdout.close()

    # ---- the trader

    def begin(self, die_at: str = "") -> None:
        """Start the trader on the session, whether or not there is one."""
        assert self.trader is None or self.trader.poll() is not None, "one at a time"
        (self.plan.folder / "error.txt").unlink(missing_ok=True)
        path = os.pathsep.join(p for p in (str(TOOLS), os.environ.get("PYTHONPATH", "")) if p)
        with (self.plan.folder / "trader.err").open("ab") as err:
            self.trader = subprocess.Popen(
                [
                    sys.executable, "-m", "live_runs.trader", "--config", str(self._config),
                    "--port", str(self.port), "--dir", str(self.plan.folder),
                    *(("--die-at", die_at) if die_at else ()),
                ],
                env=os.environ | {"PYTHONPATH": path}, stderr=err,
            )  # fmt: skip

    def wait(self, seconds: float) -> int | None:
        """Let it run for so long; its exit code if it ended."""
        assert self.trader is not None
        try:
            return self.trader.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def kill(self) -> None:
        """With no warning."""
        assert self.trader is not None
        self.trader.kill()
        self.trader.wait()

    def signal(self, number: signal.Signals) -> None:
        assert self.trader is not None
        self.trader.send_signal(number)

    def trading(self) -> bool:
        """Wait until it has read its account: before that there is nothing to compare."""
        before = len(self.statuses())
        until = time.monotonic() + START_S
        while time.monotonic() < until and self.wait(LOOK_S) is None:
            told = self.statuses()
            if len(told) > before and told[-1]["session"] == SessionState.TRADING:
                return True
        return False

    def end(self) -> int | None:
        """Ask it to drain and end; its exit code, None if it does not end."""
        self.signal(signal.SIGTERM)
        return self.wait(END_S)

    def status(self) -> dict[str, Any] | None:
        """The last whole line it said."""
        path = self.plan.folder / "status.jsonl"
        if not path.exists():
            return None
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - TAIL_BYTES))
            found = _lines(file.read())
        return found[-1] if found else None

    def statuses(self) -> list[dict[str, Any]]:
        """All of them; a kill may have cut one."""
        path = self.plan.folder / "status.jsonl"
        return _lines(path.read_bytes()) if path.exists() else []

    def commits(self) -> list[tuple[int, int]]:
        """(number, chain) of every commit that was acknowledged, in order."""
        path = self.plan.folder / "commits"
        lines = path.read_text().splitlines() if path.exists() else []
        whole = [line.split() for line in lines if len(line.split()) == 2]
        return [(int(seq), int(chain, 16)) for seq, chain in whole if len(chain) == 16]

    def error(self) -> str:
        """What the trader died of, or nothing."""
        path = self.plan.folder / "error.txt"
        return path.read_text() if path.exists() else ""

    # ---- the venue

    def truth(self) -> dict[str, Any]:
        found: dict[str, Any] = self._client.get(self._url("truth")).json()
        return found

    def moved_micros(self) -> int:
        """Cash that was put into the account by hand, less what was taken out."""
        accounts = self._without_trades()["accounts"]
        return int(accounts[0]["moved_micros"]) if accounts else 0

    def markets(self) -> list[str]:
        """Conditions of the markets that there are now."""
        return [str(row["condition"]) for row in self._without_trades()["markets"]]

    def _without_trades(self) -> dict[str, Any]:
        found: dict[str, Any] = self._client.get(self._url("truth"), params={"trades": "no"}).json()
        return found

    def posted(self) -> dict[str, Any]:
        found: dict[str, Any] = self._client.get(self._url("posted")).json()
        return found

    def calm(self) -> None:
        self._client.post(self._url("calm")).raise_for_status()

    def spell(self, name: str, **given: Any) -> None:
        answer = self._client.post(self._url("spell"), json={"name": name, **given})
        answer.raise_for_status()

    def _url(self, what: str) -> str:
        return f"http://127.0.0.1:{self.port}/control/{what}"

    # ---- to its end

    def settle(self, seconds: float, look: Callable[[], None] = lambda: None) -> list[str]:
        """Calm the venue, drain the trader, wait until both have the same books; what differs.

        `look` is called before each comparison.
        """
        self.calm()
        self.signal(signal.SIGUSR1)
        until = time.monotonic() + seconds
        while True:
            time.sleep(LOOK_S)
            look()
            found = differences(self.truth(), self.status())
            ended = self.trader is not None and self.trader.poll() is not None
            if not found or ended or time.monotonic() > until:
                return found


def _lines(raw: bytes) -> list[dict[str, Any]]:
    """Those that are whole."""
    found = []
    for line in raw.splitlines():
        try:
            found.append(msgspec.json.decode(line, type=dict[str, Any]))
        except msgspec.MsgspecError:
            continue
    return found


def differences(truth: dict[str, Any], status: dict[str, Any] | None) -> list[str]:
    """Where the trader's books and the exchange's are not the same, or not at rest."""
    if status is None:
        return ["the trader has said nothing"]
    accounts = truth["accounts"]
    if not accounts:
        return ["nobody has logged in"]
    theirs, found = accounts[0], []
    money, cash = theirs["cash"], status["cash"]
    if money["out"] or money["coming"]:
        found.append(f"cash is under way at the exchange: {money}")
    if cash["incoming"] or cash["outgoing"]:
        found.append(f"cash is under way with us: {cash}")
    if money["settled"] != cash["settled"]:
        found.append(f"cash: {money['settled']} at the exchange, {cash['settled']} with us")
    held = {asset: row["settled"] for asset, row in theirs["tokens"].items() if row["settled"]}
    held |= {asset: n for asset, n in theirs["left"].items() if n}
    ours = {asset: row["settled"] for asset, row in status["tokens"].items() if row["settled"]}
    for asset in sorted({*held, *ours}):
        if held.get(asset, 0) != ours.get(asset, 0):
            amounts = f"{held.get(asset, 0)} at the exchange, {ours.get(asset, 0)} with us"
            found.append(f"token {asset[:12]}...: {amounts}")
    for asset, row in status["tokens"].items():
        if row["incoming"] or row["outgoing"]:
            found.append(f"token {asset[:12]}... is under way with us: {row}")
    if theirs["orders"]:
        found.append(f"open at the exchange: {sorted(theirs['orders'])}")
    if status["orders"]:
        found.append(f"open with us: {status['open']}")
    return found
