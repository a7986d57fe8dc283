"""`cancel-all`: with the API credentials alone, until nothing is open; it never claims more."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing
from click.testing import CliRunner
from py_clob_client_v2.client import ClobClient
from py_clob_client_v2.clob_types import OrderArgs

import venue_runs
from clobstep.cli import main
from clobstep.live.clock import SECOND, Clock
from clobstep.live.depth import bound_depth
from clobstep.live.orders.credentials import write_credentials
from clobstep.live.orders.sweep import Swept, sweep
from clobstep.secret import Secret
from clobstep.venue.hosts import Hosts
from clobstep.venue.rest.request import Failure, Reply, Request
from clobstep.venue.signing.auth import Credentials

EMPTY = b'{"data":[],"next_cursor":"LTE="}'
ONE = b'{"data":[{"id":"0xaa"}],"next_cursor":"LTE="}'
GONE = b'{"canceled":["0xaa","0xbb"],"not_canceled":{}}'
NONE = b'{"canceled":[],"not_canceled":{}}'


@pytest.fixture(scope="module")
def run() -> Iterator[venue_runs.Run]:
    with venue_runs.venue(venue_runs.quick(crowd_gap_us=10**9), markets=1) as found:
        yield found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "private"
    made.mkdir(mode=0o700)
    return made


def client(run: venue_runs.Run, number: int) -> ClobClient:
    made = ClobClient(run.url, 137, f"0x{number:064x}")
    made.set_api_creds(made.create_or_derive_api_key())
    return made


def keep(folder: Path, run: venue_runs.Run, c: ClobClient) -> Path:
    """Its credentials beside a keystore that is not there."""
    creds = c.creds
    made = Credentials(*map(Secret, (creds.api_key, creds.api_secret, creds.api_passphrase)))
    write_credentials(folder / "key.api.json", made, Hosts(clob=run.url), c.get_address())
    return folder / "key.json"


def order(run: venue_runs.Run, c: ClobClient, cents: int) -> None:
    c.create_and_post_order(
        OrderArgs(token_id=run.asset(0), price=cents / 100, size=10, side="BUY")
    )


def call(*args: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, ["cancel-all", *args])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    return done.exit_code, done.stdout, done.stderr


def test_all_orders_go_without_a_key_a_passphrase_or_a_session(
    run: venue_runs.Run, folder: Path
) -> None:
    c, other = client(run, 21), client(run, 22)
    for cents in (1, 2, 3):
        order(run, c, cents)
    order(run, other, 2)
    path = keep(folder, run, c)
    assert not path.exists()
    given = ("-k", str(path), "--venue", run.url, "--settle", "1")
    code, out, _ = call(*given, "--json")
    assert code == 0
    told = json.loads(out)
    assert told["address"] == c.get_address()
    assert (told["proven"], told["cancelled"], told["left"]) == (True, 3, 0)
    assert c.get_open_orders() == []
    assert len(other.get_open_orders()) == 1
    code, out, _ = call(*given)
    assert code == 0
    assert "has no open order" in out
    assert "0 were cancelled now" in out
    assert "next: clobstep cancel-all" in out


def test_a_configuration_that_is_wrong_elsewhere_is_good_enough(
    run: venue_runs.Run, folder: Path
) -> None:
    c = client(run, 21)
    order(run, c, 2)
    path, config = keep(folder, run, c), folder / "live.toml"
    config.write_text(
        f'[hosts]\nclob = "{run.url}"\n[account]\nkeystore = "{path}"\n[caps]\nmarkt = 1\n'
    )
    assert call("--config", str(config), "--settle", "0")[0] == 0
    assert c.get_open_orders() == []


def test_a_key_that_was_revoked_is_told_with_what_helps(run: venue_runs.Run, folder: Path) -> None:
    c = client(run, 23)
    path = keep(folder, run, c)
    c.delete_api_key()
    code, out, err = call("-k", str(path), "--venue", run.url)
    assert code == 1
    assert out == ""
    assert "not all orders are proven gone" in err
    assert "Invalid api key" in err
    assert "clobstep keys derive" in err
    for secret in (c.creds.api_secret, c.creds.api_passphrase):
        assert secret not in err


def test_a_venue_that_is_not_there_is_not_believed_to_be_empty(folder: Path) -> None:
    hosts = Hosts(clob="http://127.0.0.1:9")
    made = Credentials(Secret("5d1c-key"), Secret("c2VjcmV0LWJ5dGVz"), Secret("pa55-phrase"))
    write_credentials(folder / "key.api.json", made, hosts, "0xA")
    given = ("-k", str(folder / "key.json"), "--venue", hosts.clob, "--seconds", "1", "--json")
    code, out, err = call(*given)
    assert code == 1
    assert (json.loads(out)["proven"], json.loads(out)["left"]) == (False, None)
    assert "what is open could not be read" in err


@pytest.mark.parametrize(
    "args, said",
    [
        (["-k", "/nowhere/key.json"], "No such file"),
        (["--venue", "http://example.com"], "is not encrypted"),
        (["--config", "/nowhere/live.toml"], "No such file"),
        (["--seconds", "0"], "--seconds"),
        (["all"], "unexpected extra argument"),
        (["-k", "{folder}/key.json"], "these are for http://127.0.0.1:9, chain 137"),
        (["-k", "{folder}/wide.json"], "is wider than 0600"),
        (["-k", "{folder}/torn.json"], "it holds no API credentials"),
        (["--config", "{folder}"], "is a directory"),
        (["--config", "{folder}/torn.api.json"], "no TOML"),
        (["--config", "{folder}/list.toml"], "hosts is no table"),
        (["--config", "{folder}/number.toml"], "account.keystore is no text"),
    ],
)
def test_wrong_use_exits_with_2(folder: Path, args: list[str], said: str) -> None:
    made = Credentials(Secret("5d1c-key"), Secret("c2VjcmV0LWJ5dGVz"), Secret("pa55-phrase"))
    for name in ("key", "wide", "torn"):
        hosts = Hosts(clob="http://127.0.0.1:9")
        write_credentials(folder / f"{name}.api.json", made, hosts, "0xA")
    (folder / "wide.api.json").chmod(0o644)
    (folder / "torn.api.json").write_text('{"clob":"http://x","secret":"c2VjcmV0LWJ5dGVz"')
    (folder / "list.toml").write_text("hosts = 1\n")
    (folder / "number.toml").write_text("[account]\nkeystore = 1\n")
    assert stat.S_IMODE((folder / "key.api.json").stat().st_mode) == 0o600
    code, out, err = call(*[arg.format(folder=folder) for arg in args])
    assert code == 2
    assert said in err
    assert "Traceback" not in out + err
    assert "c2VjcmV0LWJ5dGVz" not in out + err


# ---- against a venue that is scripted


class Script:
    """Answers to DELETE and GET, each in its order; the last stays."""

    def __init__(self, deletes: list[Reply], looks: list[Reply]) -> None:
        self.answers = {"DELETE": deletes, "GET": looks}
        self.asked: list[tuple[float, str, str]] = []

    async def call(self, request: Request) -> Reply:
        cursor = dict(request.query).get("next_cursor", "")
        self.asked.append((trio.current_time(), request.method, cursor))
        left = self.answers[request.method]
        return left.pop(0) if len(left) > 1 else left[0]


def swept(script: Script, **given: Any) -> tuple[Swept, list[str]]:
    bound_depth()  # the official client has raised it
    said: list[str] = []
    settings = {"within_ns": 60 * SECOND, "settle_ns": 4 * SECOND} | given

    async def work() -> Swept:
        return await sweep(script.call, Clock(), say=said.append, **settings)

    clock = trio.testing.MockClock(autojump_threshold=0)
    return trio.run(work, clock=clock), said


def ok(body: bytes) -> Reply:
    return Reply(200, body)


def test_it_looks_twice_because_an_order_may_be_on_its_way() -> None:
    script = Script([ok(NONE)], [ok(EMPTY), ok(ONE), ok(EMPTY)])
    found, said = swept(script)
    assert found.proven
    looks = [round(at) for at, method, _ in script.asked if method == "GET"]
    assert looks == [0, 4, 5, 9]
    assert said == ["1 are still open"]


def test_an_empty_page_that_is_not_the_last_proves_nothing() -> None:
    more = ok(b'{"data":[],"next_cursor":"NTAw"}')
    script = Script([ok(GONE)], [more, ok(ONE), more, ok(EMPTY)])
    found, _ = swept(script, settle_ns=0)
    assert (found.proven, found.cancelled) == (True, 2)
    assert [cursor for _, method, cursor in script.asked if method == "GET"] == [
        "MA==", "NTAw", "MA==", "NTAw",
    ]  # fmt: skip
    endless, _ = swept(Script([ok(GONE)], [more]))
    assert not endless.proven
    assert "pages have no end" in endless.why


def html(status: int) -> Reply:
    return Reply(status, b"<html><h1>502 Bad Gateway</h1></html>")


BAD: list[Callable[[], Reply]] = [
    lambda: Reply(0, failure=Failure.NOT_SENT, why="clob: name not known"),
    lambda: Reply(0, failure=Failure.NO_ANSWER, why="clob: no answer in 6 s"),
    lambda: html(502),
    lambda: html(200),
    lambda: ok(b'{"data":{},"next_cursor":"LTE="}'),
    lambda: ok(b'{"data":[]}'),
    lambda: ok(b'{"data":[' + b"[" * 100_000),
    lambda: ok(b"\xff\xfe"),
    lambda: ok(b""),
    lambda: Reply(500, b'{"error":"Internal server error"}'),
    lambda: Reply(503, b'{"error":"Trading is currently disabled"}'),
    lambda: Reply(401, b'{"error":"Unauthorized/Invalid api key"}'),
]


@pytest.mark.parametrize("bad", BAD, ids=range(len(BAD)))
def test_what_cannot_be_read_is_never_taken_for_empty(bad: Callable[[], Reply]) -> None:
    script = Script([bad()], [bad()])
    found, said = swept(script)
    assert (found.proven, found.left) == (False, None)
    assert found.why
    is_401 = bad().status == 401
    assert (found.asked == 1) is is_401  # of no use to ask again
    assert len(said) == (0 if is_401 else 1)  # and each thing is said once
    again = Script([bad(), ok(GONE)], [bad(), ok(EMPTY)])
    found, _ = swept(again)
    assert found.proven is not is_401


def test_a_cancel_that_fails_is_repeated_until_the_venue_is_empty() -> None:
    busy = Reply(503, b'{"error":"Trading is currently disabled. Please try again."}')
    script = Script([busy, busy, ok(GONE), ok(NONE)], [ok(ONE), ok(ONE), ok(EMPTY)])
    found, said = swept(script)
    assert found == Swept(True, 2, 0, 4)
    assert "cancel-all was not taken" in said[0]


def test_it_ends_when_its_time_is_over() -> None:
    found, _ = swept(Script([ok(NONE)], [ok(ONE)]), within_ns=10 * SECOND)
    assert found == Swept(False, 0, 1, 10, "1 are still open")
