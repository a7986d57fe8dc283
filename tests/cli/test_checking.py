"""doctor and live-check as a person types them: exit codes, what is printed, what is asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

import venue_runs
from clobstep.cli import checking, main
from clobstep.live.orders import keys
from venue_runs import Run

WORDS = "correct horse battery"
KEY = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"  # a public test key


@pytest.fixture(scope="module")
def venue() -> Iterator[Run]:
    with venue_runs.venue(venue_runs.quick(crowd_gap_us=10**9), markets=2) as found:
        yield found


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nobody's own key is looked for, and nothing lies about where the tests run."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    tmp_path.chmod(0o700)
    return tmp_path


@pytest.fixture
def keystore(home: Path, venue: Run, monkeypatch: pytest.MonkeyPatch) -> str:
    """A key and its credentials of the venue."""
    write = keys.write_keystore
    monkeypatch.setattr(keys, "write_keystore", lambda *given: write(*given, work=2))
    typed = f"{KEY}\n{WORDS}\n{WORDS}\n"
    assert call("keys", "import", "-k", "key.json", typed=typed)[0] == 0
    done = call("keys", "derive", "-k", "key.json", "--venue", venue.url, typed=f"{WORDS}\n")
    assert done[0] == 0
    assert f"next: clobstep doctor -k key.json --venue {venue.url}" in done[1]
    return "key.json"


def call(*args: str, typed: str = "") -> tuple[int, str]:
    """(exit code, what was printed to either stream)."""
    done = CliRunner().invoke(main, args, input=typed)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def test_doctor_without_a_key(venue: Run) -> None:
    code, out = call("doctor", "--venue", venue.url)
    assert code == 0
    assert "PASS     market socket" in out
    assert "SKIPPED  key file" in out
    assert "14 passed, 0 failed, 8 skipped" in out
    assert "next: clobstep keys new -k " in out


def test_doctor_with_all_there_is(venue: Run, keystore: str) -> None:
    code, out = call("doctor", "--venue", venue.url, "-k", keystore)
    assert code == 0
    assert "22 passed, 0 failed, 0 skipped" in out
    assert f"next: clobstep live-check --venue {venue.url} --keystore key.json" in out
    assert "passphrase" not in out


def test_doctor_as_json(venue: Run) -> None:
    code, out = call("doctor", "--venue", venue.url, "--json")
    found = json.loads(out)
    assert (code, found["ok"], found["counts"]["fail"]) == (0, True, 0)
    by_name = {one["name"]: one for one in found["results"]}
    assert by_name["geoblock"]["figures"]["country"] == "IE"
    assert by_name["balance"]["verdict"] == "SKIPPED"
    assert by_name["balance"]["reason"]


def test_doctor_says_what_failed(venue: Run, home: Path) -> None:
    (home / "c.toml").write_text('[markets]\nslugs = ["no-such-market"]\n')
    code, out = call("doctor", "--venue", venue.url, "--config", "c.toml")
    assert code == 1
    assert "FAIL     markets                 Gamma does not know: no-such-market" in out
    assert "         -> correct the names under [markets]" in out
    assert (
        f"next: mend what failed, then clobstep doctor --config c.toml --venue {venue.url}" in out
    )


def test_live_check_up_to_the_sending(venue: Run, keystore: str) -> None:
    code, out = call("live-check", "--venue", venue.url, "-k", keystore, typed=f"{WORDS}\n")
    assert code == 0
    assert "built, signed, not sent" in out
    assert "SKIPPED  order sent" in out
    assert "--send" in out.splitlines()[-1]
    assert KEY not in out


def test_live_check_sends_after_the_typed_word(venue: Run, keystore: str) -> None:
    args = ("live-check", "--venue", venue.url, "-k", keystore, "--send")
    code, out = call(*args, typed=f"{WORDS}\nyes\n")
    assert code == 2
    assert "not confirmed: nothing was asked and nothing was sent" in out
    assert "PASS" not in out
    code, out = call(*args, typed=f"{WORDS}\nsend\n")
    assert code == 0
    assert "PASS     cancelled" in out
    assert "15 passed, 0 failed, 0 skipped" in out


def test_live_check_without_asking_on_loopback(venue: Run, keystore: str, home: Path) -> None:
    (home / "words").write_text(f"{WORDS}\n")
    args = ("live-check", "--venue", venue.url, "-k", keystore, "--send", "--yes-send", "--json")
    with (home / "words").open("rb") as file:
        code, out = call(*args, "--passphrase-fd", str(file.fileno()))
    found = json.loads(out)
    assert (code, found["counts"]) == (0, {"pass": 15, "fail": 0, "skipped": 0})
    built = next(one for one in found["results"] if one["name"] == "order built")
    assert built["figures"]["order_hash"].startswith("0x")


def test_live_check_without_a_key_skips_what_needs_one(venue: Run) -> None:
    code, out = call("live-check", "--venue", venue.url)
    assert code == 0
    assert "4 passed, 0 failed, 7 skipped" in out
    assert "next: clobstep doctor" in out


@pytest.mark.parametrize(
    "args, said",
    [
        (["doctor", "--venue", "https://example.com"], "belong in the file's [hosts]"),
        (["doctor", "--venue", "http://127.0.0.1:99999999"], "Port out of range"),
        (["doctor", "--config", "none.toml"], "does not exist"),
        (["doctor", "--config", "bad.toml"], "markt"),
        (["doctor", "--wait", "0"], "is not in the range"),
        (["live-check", "--yes-send"], "on loopback only"),
        (["live-check", "-k", "none.json"], "No such file"),
    ],
)
def test_wrong_use_exits_with_2(home: Path, args: list[str], said: str) -> None:
    (home / "bad.toml").write_text('[caps]\nmarkt = "5"\n')
    code, out = call(*args)
    assert code == 2
    assert said in out
    assert "Traceback" not in out


def test_a_wrong_passphrase_exits_with_2(venue: Run, keystore: str) -> None:
    code, out = call("live-check", "--venue", venue.url, "-k", keystore, typed="another one\n")
    assert code == 2
    assert "the passphrase is another one" in out


def test_a_missing_package_says_what_to_install() -> None:
    wanted = pytest.raises(checking.Unreadable, match=r"pip install 'clobstep\[live\]'")
    with wanted, checking.errors():
        raise ModuleNotFoundError("No module named 'coincurve'", name="coincurve")
