"""`clobstep live` as a person runs it, at a venue on loopback: in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import venue_runs
from clobstep.replay.verify import replay
from clobstep.session.series import Series

PASSPHRASE = "correct horse\n"
CONFIG = """
[account]
keystore = "{folder}/key.json"
[markets]
slugs = ["{slug}"]
[caps]
market = "50"
total = "100"
loss_day = "20"
[session]
path = "{folder}/live.clob"
"""


class Desk:
    """A folder with a key, credentials and a configuration, and the venue they are for."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url
        self.config = folder / "c.toml"

    def make(self) -> Desk:
        """A key and all that belongs to it."""
        folder, url = self.folder, self.url
        self.clobstep("keys", "new", "-k", f"{folder}/key.json", "--passphrase-fd", "0")
        derive = ("keys", "derive", "-k", f"{folder}/key.json", "--venue", url)
        self.clobstep(*derive, "--passphrase-fd", "0")
        listed = json.loads(self.clobstep("markets", "--venue", url, "--json").stdout)
        self.write(CONFIG.format(folder=folder, slug=listed["markets"][0]["slug"]))
        return self

    def copy(self, folder: Path) -> Desk:
        """The same key with a configuration and sessions of its own."""
        other = Desk(folder, self.url)
        for name in ("key.json", "key.api.json"):
            shutil.copy(self.folder / name, folder / name)
        other.write(self.config.read_text().replace(str(self.folder), str(folder)))
        return other

    def write(self, text: str) -> None:
        self.config.write_text(text)

    def clobstep(self, *args: str, said: str = PASSPHRASE, rc: int = 0) -> Any:
        done = subprocess.run(
            [sys.executable, "-m", "clobstep", *args], input=said, capture_output=True, text=True,
            timeout=120,
        )  # fmt: skip
        assert done.returncode == rc, done.stdout + done.stderr
        return done

    def start(self, *args: str, said: str = "") -> subprocess.Popen[str]:
        """`clobstep live`, and not waited for."""
        process = subprocess.Popen(
            [sys.executable, "-m", "clobstep", "live", "-c", str(self.config), "--venue", self.url,
             "--passphrase-fd", "0", "--json", *args],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stdin is not None
        process.stdin.write(said + PASSPHRASE)
        process.stdin.flush()
        return process

    def live(self, *args: str, said: str = "", rc: int = 0) -> Any:
        """The passphrase is the first line of standard input, the confirmation the next."""
        given = ("live", "-c", str(self.config), "--venue", self.url, "--passphrase-fd", "0")
        return self.clobstep(*given, *args, said=said + PASSPHRASE, rc=rc)


@pytest.fixture(scope="module")
def venue() -> Iterator[venue_runs.Run]:
    with venue_runs.venue(accounts=64) as running:
        yield running


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, venue: venue_runs.Run) -> Desk:
    return Desk(tmp_path_factory.mktemp("desk"), venue.url).make()


@pytest.fixture
def desk(tmp_path: Path, made: Desk) -> Desk:
    return made.copy(tmp_path)


def test_a_dry_run_signs_and_sends_nothing(desk: Desk, venue: venue_runs.Run) -> None:
    before = venue.submits()
    told = json.loads(desk.live("--duration", "10s", "--json").stdout)
    assert told["dry_run"] is True
    assert told["signed"] > 0
    assert told["proven"] is True
    assert venue.submits() == before
    with Series.open(desk.folder / "live.clob") as session:
        assert replay(session, verify=True).same


def test_orders_are_sent_after_a_confirmation_and_a_signal_drains(
    tmp_path: Path, venue: venue_runs.Run
) -> None:
    desk = Desk(tmp_path, venue.url).make()  # an account of its own: others begin with what it had
    before = venue.submits()
    process = desk.start("--live", said="trade 100\n")
    venue_runs.until(lambda: venue.submits() > before)
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, out + err
    told = json.loads(out)
    assert told["proven"] is True
    assert told["state"] == "DRAINING"
    assert told["submits"] > 0
    assert venue.open_orders() == 0
    assert "At risk: 100 pUSD in all" in err


def test_a_log_file_is_for_its_owner_and_holds_no_secret(desk: Desk) -> None:
    log = desk.folder / "live.log"
    desk.live("--duration", "12s", "--log-file", str(log), "--log-json")
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert any(line["kind"] == "dry-run" for line in lines)
    assert log.stat().st_mode & 0o777 == 0o600
    kept = json.loads((desk.folder / "key.api.json").read_text())
    for name in ("api_key", "secret", "passphrase"):
        assert kept[name] not in log.read_text()


def test_a_dashboard_without_a_terminal_is_a_line_now_and_then(desk: Desk) -> None:
    done = desk.live("--duration", "3s", "--dashboard")
    assert "dry run" in done.stdout
    assert "every order is proven gone" in done.stdout


def test_metrics_of_a_run(desk: Desk) -> None:
    port = venue_runs.free_port()
    desk.write(desk.config.read_text() + f"[live]\nmetrics_port = {port}\n")
    process = desk.start()
    page = venue_runs.until(lambda: venue_runs.fetched(f"http://127.0.0.1:{port}/metrics"), 40)
    assert "clobstep_submits_total" in page
    os.kill(process.pid, signal.SIGTERM)
    out, _ = process.communicate(timeout=120)
    assert json.loads(out)["proven"] is True


def test_the_session_goes_on_in_a_new_part(desk: Desk) -> None:
    first = json.loads(desk.live("--duration", "6s", "--json").stdout)
    second = json.loads(desk.live("--duration", "14s", "--json").stdout)
    assert second["events"] > first["events"]
    assert second["signed"] > 0  # it was drained, and is resumed by whoever starts it
    assert second["notes"]["resumed"] == 1
    assert (first["session"], second["session"]) == (
        str(desk.folder / "live.0000.clob"), str(desk.folder / "live.0001.clob"),
    )  # fmt: skip
    with Series.open(desk.folder / "live.clob") as session:
        assert replay(session, verify=True).same


@pytest.mark.parametrize("typed", ["", "yes", "trade 10", "trade 1000"])
def test_without_the_confirmation_nothing_is_sent(
    desk: Desk, venue: venue_runs.Run, typed: str
) -> None:
    before = venue.submits()
    done = desk.live("--live", said=f"{typed}\n", rc=2)
    assert "not confirmed; nothing was sent" in done.stderr
    assert venue.submits() == before
    assert not list(desk.folder.glob("live*"))


def test_without_caps_no_order_is_sent(desk: Desk) -> None:
    desk.write(desk.config.read_text().replace('total = "100"', ""))
    assert "caps.total: not set" in desk.live("--live", rc=2).stderr


@pytest.mark.parametrize(
    "old, new, says",
    [
        ("slugs = [", 'slugs = ["no-such"] #', "market 'no-such': the venue knows none"),
        ("slugs = [", "#", "no market is named"),
        ("[caps]", "[strategy]\nname = 'makr'\n[caps]", "did you mean maker"),
        ("keystore =", "signature_type = 3\nkeystore =", "funder: signature type 3 has its money"),
        ("keystore =", f"funder = '0x{'11' * 20}'\nkeystore =", "is not the key's address"),
        ("key.json", "nokey.json", "nokey.json: No such file"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_named(desk: Desk, old: str, new: str, says: str) -> None:
    desk.write(desk.config.read_text().replace(old, new, 1))
    done = desk.live(rc=2)
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_session_of_other_settings_is_not_gone_on_with(desk: Desk) -> None:
    desk.live("--duration", "1s")
    desk.write(desk.config.read_text().replace('market = "50"', 'market = "60"'))
    done = desk.live(rc=2)
    assert "cap_market_micros was 50000000 and is 60000000 now" in done.stderr
    assert "session.path" in done.stderr


def test_the_session_can_be_looked_into(desk: Desk) -> None:
    told = json.loads(desk.live("--duration", "8s", "--json").stdout)
    done = desk.clobstep("inspect", told["session"], "--at", "-1")
    assert "ledger" in done.stdout
    assert "1000.00" in done.stdout


def test_other_hosts_are_not_given_on_the_command_line(desk: Desk) -> None:
    done = desk.clobstep(
        "live", "-c", str(desk.config), "--venue", "https://clob.example.org", rc=2
    )
    assert "it is for loopback" in done.stderr


def test_a_running_process_is_told(desk: Desk) -> None:
    process = desk.start()

    def status() -> str:
        done = subprocess.run(
            [sys.executable, "-m", "clobstep", "tell", "-c", str(desk.config), "status"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.stdout if "TRADING" in done.stdout else ""

    assert "open orders" in venue_runs.until(status, 40)
    for said, answer in (("drain", "taken; DRAINING"), ("resume", "taken; TRADING")):
        assert answer in desk.clobstep("tell", "-c", str(desk.config), said).stdout
    os.kill(process.pid, signal.SIGINT)
    out, _ = process.communicate(timeout=120)
    assert json.loads(out)["notes"]["operator"] == 2
    done = desk.clobstep("tell", "-c", str(desk.config), "status", rc=2)
    assert "start `clobstep live`" in done.stderr
