"""doctor: all is well at the venue; each check fails when its part is broken, and only that one."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio
import trio.testing

from clobstep.live.checks import machine
from clobstep.live.checks.metadata import missing_fields
from clobstep.live.checks.result import (
    Check,
    FailError,
    Result,
    SkipError,
    Verdict,
    passed,
    run_checks,
)
from clobstep.live.orders.checks.lists import DOCTOR
from clobstep.live.orders.credentials import credentials_path
from clobstep.secret import Secret
from clobstep.venue.hosts import Hosts
from clobstep_sim.server.asking import Answer, Ask
from clobstep_sim.server.public import Public
from clobstep_sim.server.reads import UNLIMITED, Reads
from live.checks_room import ELSEWHERE, Checked, Checks, run

NAMES = [one.name for one in DOCTOR]
ACCOUNT = NAMES[NAMES.index("key file") :]
EXCHANGE = "0xE111180000d2663C0091e4f400237545B87B996B"
NEG_RISK = "0xe2222d279d744050d28e00520010520000310F59"


def asked(*names: str) -> Callable[[Checks], Any]:
    async def body(made: Checks) -> Checked:
        return await made.doctor(*names)

    return body


def answers(data: object) -> Callable[[Any, Ask], Any]:
    async def handler(self: object, ask: Ask) -> Answer:
        return Answer(200, data)

    return handler


# ---- the whole


def test_all_is_well_at_the_venue(tmp_path: Path) -> None:
    found = run(tmp_path, asked())
    assert [one.name for one in found.results] == NAMES
    assert (found.failed, found.skipped) == ([], [])
    assert found["balance"].figures == {"micros": 1_000_000_000}
    assert found["market socket"].figures["tokens"] == 2


def test_without_a_key_the_rest_is_checked(tmp_path: Path) -> None:
    found = run(tmp_path, asked(), key=None)
    assert found.failed == []
    assert found.skipped == ACCOUNT
    assert "clobstep keys new" in found["key file"].fix
    assert "clobstep keys derive" in found["credentials"].fix


def test_no_passphrase_and_no_key_is_needed(tmp_path: Path) -> None:
    async def body(made: Checks) -> Checked:
        made.site.signer = None
        return await made.doctor()

    found = run(tmp_path, body)
    assert (found.failed, found.skipped) == ([], [])


def test_nothing_that_a_check_does_keeps_the_next_from_running() -> None:
    async def breaks(site: str) -> Result:
        raise ZeroDivisionError(f"in {site}")

    async def hangs(site: str) -> Result:
        await trio.sleep_forever()
        raise AssertionError

    async def fails(site: str) -> Result:
        raise FailError("no", "do")

    async def skips(site: str) -> Result:
        raise SkipError("not here", "there")

    async def both(site: str) -> Sequence[Result]:
        return [passed("one"), Result(Verdict.FAIL, "two", name="named")]

    async def main() -> tuple[list[Result], list[Result]]:
        heard: list[Result] = []
        checks = [
            Check("breaks", breaks), Check("hangs", hangs, 5.0), Check("fails", fails),
            Check("skips", skips), Check("both", both),
        ]  # fmt: skip
        return await run_checks(checks, "a site", heard.append), heard

    found, heard = trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    assert found == heard
    assert [(one.name, one.verdict.value, one.reason) for one in found] == [
        ("breaks", "FAIL", "the check itself broke: ZeroDivisionError: in a site"),
        ("hangs", "FAIL", "it took longer than 5 s"),
        ("fails", "FAIL", "no"),
        ("skips", "SKIPPED", "not here"),
        ("both", "PASS", "one"),
        ("named", "FAIL", "two"),
    ]
    assert [one.fix for one in found] == ["", "", "do", "there", "", ""]


def test_a_secret_in_what_a_check_says_is_taken_out() -> None:
    secret = Secret("a-secret-of-many-letters")

    async def tells(site: None) -> Result:
        text = secret.reveal()
        return passed(f"it is {text}", f"keep {text}", figures={"a": text, "b": [text]})

    (found,) = trio.run(run_checks, [Check("tells", tells)], None)
    assert secret.reveal() not in repr(found)
    assert found.figures == {"a": "***", "b": ["***"]}


# ---- the machine


def test_a_package_that_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "PACKAGES", ("numpy", "no-such-package"))
    found = run(tmp_path, asked("python", "packages"))
    assert found.failed == ["packages"]
    assert found["packages"].reason == "not installed: no-such-package"
    assert "pip install 'clobstep[live]'" in found["packages"].fix


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    async def body(made: Checks) -> Checked:
        config = made.site.config
        path = str(tmp_path / "none" / "s.clob")
        changed = msgspec.structs.replace(config.session, path=path)
        made.site.config = msgspec.structs.replace(config, session=changed)
        return await made.doctor("disk")

    found = run(tmp_path, body)
    assert found.failed == ["disk"]
    assert "there is no such folder" in found["disk"].reason


def test_a_folder_that_cannot_be_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(folder: Path) -> list[float]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(machine, "commits_ms", refused)
    found = run(tmp_path, asked("disk"))
    assert "cannot be written to: Permission denied" in found["disk"].reason


@pytest.mark.parametrize(
    "free_mb, commit_ms, fix", [(5, 1.0, "free 1,024 MB"), (5_000, 101.0, "a local disk")]
)
def test_a_disk_that_is_full_or_slow(free_mb: int, commit_ms: float, fix: str) -> None:
    with pytest.raises(FailError) as found:
        machine.judged(Path("/x"), free_mb, [commit_ms] * 3)
    assert fix in found.value.result.fix
    assert found.value.result.figures["free_mb"] == free_mb
    assert machine.judged(Path("/x"), 5_000, [1.0, 1.0, 900.0]).verdict is Verdict.PASS


# ---- the way there


def test_nobody_listens(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    async def body(made: Checks) -> Checked:
        made.site.config = msgspec.structs.replace(made.site.config, hosts=Hosts.loopback(port))
        return await made.doctor(*[n for n in NAMES if n.startswith("host ")])

    found = run(tmp_path, body)
    assert len(found.failed) == len(found.results) == 6
    for one in found.results:
        assert f"port {port} does not answer" in one.reason


def test_a_name_without_an_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def none(*args: Any, **given: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    async def body(made: Checks) -> Checked:
        monkeypatch.setattr(trio.socket, "getaddrinfo", none)
        return await made.doctor("host clob")

    found = run(tmp_path, body)
    assert "127.0.0.1 has no address: Name or service not known" in found["host clob"].reason


def test_a_host_that_is_not_configured_is_skipped(tmp_path: Path) -> None:
    async def body(made: Checks) -> Checked:
        hosts = msgspec.structs.replace(made.site.hosts, relayer="")
        made.site.config = msgspec.structs.replace(made.site.config, hosts=hosts)
        return await made.doctor("host relayer")

    assert run(tmp_path, body).skipped == ["host relayer"]


def test_a_venue_that_turns_requests_away(tmp_path: Path) -> None:
    async def body(made: Checks) -> Checked:
        made.running.faults.begin("throttle_every", {"seconds": 600})
        return await made.doctor("host clob", "clock")

    found = run(tmp_path, body)
    assert found.failed == ["host clob", "clock"]
    assert "HTTP 429" in found["host clob"].reason


def test_where_the_venue_takes_no_orders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = {"blocked": True, "ip": "192.0.2.7", "country": "DE", "region": "BE"}
    monkeypatch.setattr(Public, "geoblock", answers(data))
    found = run(tmp_path, asked("geoblock"))
    assert found.failed == ["geoblock"]
    assert "blocked in DE BE" in found["geoblock"].reason
    assert "192.0.2.7" not in repr(found.results)


def test_a_venue_of_other_orders(tmp_path: Path) -> None:
    found = run(tmp_path, asked("protocol"), protocol="v1")
    assert found.failed == ["protocol"]
    assert 'protocol = "v1"' in found["protocol"].fix


# ---- the markets


@pytest.mark.parametrize(
    "wanted, n",
    [
        ({"slugs": ["market-0-1", "market-1-1"]}, 2),
        ({"events": ["1"]}, 2),
        ({"events": ["event-0"]}, 2),
        ({"conditions": ["OF 1"], "slugs": ["market-1-1"]}, 1),
    ],
    ids=str,
)
def test_markets_are_found_by_each_name(tmp_path: Path, wanted: dict[str, Any], n: int) -> None:
    async def body(made: Checks) -> tuple[Checked, int, int]:
        condition = made.running.venue.names.condition(1)
        named = {k: [condition if v == "OF 1" else v for v in vs] for k, vs in wanted.items()}
        made.follow(**named)
        found = await made.doctor("markets", "market socket")
        return found, len(made.site.infos), len(made.site.rows)

    found, infos, rows = run(tmp_path, body)
    assert (found.failed, infos, rows) == ([], n, n)
    assert found["market socket"].figures["tokens"] == 2 * n


@pytest.mark.parametrize(
    "wanted, said",
    [
        ({"slugs": ["no-such-market"]}, "does not know: no-such-market"),
        ({"events": ["77"]}, "does not know: 77"),
        ({"events": ["no-such-event"]}, "does not know: no-such-event"),
        ({"conditions": ["0xabc"]}, "does not know: 0xabc"),
        ({"slugs": ["a/../b"]}, "slug"),
    ],
    ids=str,
)
def test_a_market_that_is_not_known(tmp_path: Path, wanted: dict[str, Any], said: str) -> None:
    async def body(made: Checks) -> Checked:
        made.follow(**wanted)
        return await made.doctor("markets")

    found = run(tmp_path, body)
    assert found.failed == ["markets"]
    assert said in found["markets"].reason


def test_a_market_that_takes_no_orders(tmp_path: Path) -> None:
    async def body(made: Checks) -> Checked:
        made.running.venue.exchange.close(0)
        made.follow(slugs=["market-0-1", "market-1-1"])
        return await made.doctor("markets")

    found = run(tmp_path, body)
    assert found["markets"].reason == "market-0-1: it does not accept orders"
    assert list(found["markets"].figures["not_tradable"]) == ["market-0-1"]


def test_fields_of_positions_and_of_fees_are_looked_for() -> None:
    assert "positionIds" in missing_fields({"version": "v2"})
    assert "clobTokenIds" in missing_fields({"version": "v1"})
    assert "feeSchedule" in missing_fields({"feesEnabled": True})
    assert "feeSchedule" not in missing_fields({"feesEnabled": False})


# ---- the key and the account


def test_a_key_file_that_others_can_read(tmp_path: Path) -> None:
    async def body(made: Checks) -> Checked:
        made.site.keystore.chmod(0o644)
        return await made.doctor("key file")

    found = run(tmp_path, body)
    assert found.failed == ["key file"]
    assert "its mode 0644 is wider than 0600" in found["key file"].reason


def test_a_folder_that_others_can_write_to(tmp_path: Path) -> None:
    async def body(made: Checks) -> Checked:
        made.site.keystore.parent.chmod(0o777)
        return await made.doctor("key file", "credentials", "login")

    found = run(tmp_path, body)
    assert (found.failed, found.skipped) == (["key file", "credentials"], ["login"])
    assert "chmod 700" in found["key file"].reason


def test_credentials_of_another_host(tmp_path: Path) -> None:
    async def body(made: Checks) -> Checked:
        path = credentials_path(made.site.keystore)
        port = str(made.running.port).encode()
        path.write_bytes(path.read_bytes().replace(port, b"1"))
        return await made.doctor("credentials")

    found = run(tmp_path, body)
    assert found.failed == ["credentials"]
    assert "these are for http://127.0.0.1:1," in found["credentials"].reason


def test_credentials_of_another_key(tmp_path: Path) -> None:
    async def body(made: Checks) -> Checked:
        path = made.site.keystore
        data = msgspec.json.decode(path.read_bytes())
        path.write_bytes(msgspec.json.encode(data | {"address": ELSEWHERE[2:]}))
        made.site.signer = None
        return await made.doctor("key file", "credentials")

    found = run(tmp_path, body)
    assert found.failed == ["credentials"]
    assert "the key is of 0x" in found["credentials"].reason


def test_credentials_that_the_venue_does_not_take(tmp_path: Path) -> None:
    async def body(made: Checks) -> Checked:
        made.running.faults.begin("key_every", {"seconds": 600})
        return await made.doctor("credentials", "login", "user socket", "balance")

    found = run(tmp_path, body)
    assert found.failed == ["login", "user socket", "balance"]


def test_the_wallet_is_judged_without_credentials_too(tmp_path: Path) -> None:
    async def body(made: Checks) -> Checked:
        credentials_path(made.site.keystore).unlink()
        made.site.signer = None
        made.configure(signature_type=2, funder=ELSEWHERE)
        return await made.doctor("key file", "credentials", "wallet")

    found = run(tmp_path, body)
    assert (found.failed, found.skipped) == ([], ["credentials"])
    assert "what it holds was not asked" in found["wallet"].reason


def test_an_account_without_money(tmp_path: Path) -> None:
    found = run(tmp_path, asked("credentials", "wallet", "balance"), cash_usd=0)
    assert found.failed == ["balance"]
    assert found["balance"].reason == "0.00 pUSD"


def test_an_account_in_closed_only_mode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reads, "closed_only", answers({"closed_only": True}))
    found = run(tmp_path, asked("credentials", "closed-only"))
    assert found.failed == ["closed-only"]


@pytest.mark.parametrize(
    "amount, verdict, reason, advice",
    [
        ("0", "FAIL", f"nothing is allowed: cash at {EXCHANGE}, shares at {EXCHANGE}", "allow the"),
        ("250000000", "PASS", f"cash at {EXCHANGE}: exactly 250.00", ""),
        ("150000000", "PASS", f"cash at {EXCHANGE}: exactly 150.00", "less than caps.total"),
        (UNLIMITED, "PASS", f"cash at {EXCHANGE}: unlimited", "keep no more in this wallet"),
    ],
)
def test_allowances(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, amount: str, verdict: str, reason: str,
    advice: str,
) -> None:  # fmt: skip
    data = {"balance": "5000000", "allowances": {EXCHANGE.lower(): amount}}
    monkeypatch.setattr(Reads, "balance", answers(data))

    async def body(made: Checks) -> Checked:
        config = made.site.config
        caps = msgspec.structs.replace(config.caps, total="200")
        made.site.config = msgspec.structs.replace(config, caps=caps)
        return await made.doctor("markets", "credentials", "allowances")

    found = run(tmp_path, body)["allowances"]
    assert found.verdict.value == verdict
    assert reason in found.reason
    assert found.fix.startswith(advice)
    assert bool(found.fix) == bool(advice)
    assert found.figures[f"cash {EXCHANGE}"] == amount


def test_each_exchange_needs_its_own_allowance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = {"balance": "5000000", "allowances": {EXCHANGE: "9000000"}}
    monkeypatch.setattr(Reads, "balance", answers(data))

    async def body(made: Checks) -> Checked:
        made.follow(slugs=["market-0-1", "market-1-1"])
        return await made.doctor("markets", "credentials", "allowances")

    found = run(tmp_path, body, neg_risk_markets=1)["allowances"]
    assert found.verdict is Verdict.FAIL
    assert f"nothing is allowed: cash at {NEG_RISK}, shares at {NEG_RISK};" in found.reason
