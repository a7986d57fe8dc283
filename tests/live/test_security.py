"""What people with real keys expect, point by point; where a point has its own file it is named.

1 and 12 are here and in tests/gates, 2 and 3 in test_keys.py, 4 here and in test_secret.py,
5 in tests/cli/test_live.py (a confirmation that is not typed, caps that are not set, a dry run) and
test_config.py, 9 in test_cancel_all.py, 11 in tests/session/test_redact.py.
"""

from __future__ import annotations

import ast
import json
import logging
import os
import re
import socket
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio
from click.testing import CliRunner

import builds
import sbom
from clobstep.cli import main
from clobstep.live.http import HttpLanes
from clobstep.replay.verify import replay
from clobstep.session.redact import redacted_copy
from clobstep.session.series import Series
from clobstep.venue.hosts import Hosts
from clobstep.venue.rest.request import Reply, Request
from clobstep_sim.fuzz import profile
from clobstep_sim.server.server import NotLoopbackError, serve
from clobstep_sim.server.venue import VenueSettings
from live import room

SOURCES = [*(builds.ROOT / "src").rglob("*.py"), *(builds.ROOT / "sim").rglob("*.py")]
OUR_SIGNERS = ("clobstep.venue.signing", "clobstep.live.orders")
HEX_KEY = room.KEY.removeprefix("0x")


# ---- 1: no key, no signer


@pytest.mark.parametrize(
    "code",
    [
        "main(['fuzz', '--seeds', '1:3', '--events', '500', '--json'], standalone_mode=False)",
        "main(['demo', '--report', '{out}/d.html'], standalone_mode=False)",
        "main(['markets', '--file', '{out}/page.json', '--json'], standalone_mode=False)",
        "import clobstep.live.gamma, clobstep.live.market_socket, clobstep.live.refresher",
        "import clobstep.live.user_socket, clobstep.live.task, clobstep.live.config",
        "import clobstep.imports.run, clobstep.replay.verify, clobstep_sim.replayed.paper",
    ],
)
def test_what_needs_no_key_never_loads_what_signs(tmp_path: Path, code: str) -> None:
    (tmp_path / "page.json").write_text('{"markets":[]}')
    run = f"from clobstep.cli import main\n{code.replace('{out}', str(tmp_path))}"
    told = f"{run}\nimport sys\nprint('LOADED', *sorted(sys.modules))"
    path = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run(
        [sys.executable, "-c", told], check=True, capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": path},
    )  # fmt: skip
    loaded = done.stdout.rpartition("LOADED ")[2].split()
    assert "clobstep.cli" in loaded
    assert not [name for name in loaded if name.startswith(OUR_SIGNERS)]
    assert not {"coincurve", "eth_keyfile", "eth_account", "keyring"} & set(loaded)


# ---- 4 and 6: a whole run, and all that it leaves behind


class Wire:
    """Everything that was sent, and every address that was asked for, while `on`."""

    def __init__(self) -> None:
        self.on = False
        self.sent: set[str] = set()  # what proves who we are
        self.builders: set[str] = set()
        self.places: set[tuple[str, int]] = set()

    def audit(self, event: str, args: tuple[Any, ...]) -> None:
        """Python's own hook: below every library."""
        if not self.on:
            return
        if event == "socket.connect" and isinstance(args[1], tuple):
            self.places.add((str(args[1][0]), int(args[1][1])))
        elif event == "socket.getaddrinfo":
            self.places.add((str(args[0]), int(args[1] or 0)))

    def request(self, headers: dict[str, str], body: bytes) -> None:
        found = {k.lower(): v for k, v in headers.items()}
        self.sent |= {found[k] for k in ("poly_signature", "poly_passphrase") if k in found}
        data = json.loads(body) if body else None
        for one in data if isinstance(data, list) else [data]:
            if isinstance(one, dict) and "order" in one:
                self.sent.add(one["order"]["signature"])
                self.builders.add(one["order"]["builder"])


WIRE = Wire()
sys.addaudithook(WIRE.audit)  # it stays for the process, and does nothing when it is off


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    """Watches; a proxy of the environment is there, and must not be used."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    call = HttpLanes.call

    async def watched(
        self: HttpLanes, request: Request, headers: Any = None, *, host: str = "clob"
    ) -> Reply:
        WIRE.request(dict(headers or {}), request.body)
        return await call(self, request, headers, host=host)

    monkeypatch.setattr(HttpLanes, "call", watched)
    WIRE.sent, WIRE.builders, WIRE.places, WIRE.on = set(), set(), set(), True
    yield WIRE
    WIRE.on = False


class Breaks:
    """A strategy that raises in the middle, with all that it can see in its frame."""

    def __init__(self, inner: Any) -> None:
        self.inner, self.settings, self.wakes = inner, inner.settings, inner.wakes
        self.timer_ns, self.engine = inner.timer_ns, dict(inner.engine)
        self.desk: Any = None

    def on_wake(self, turn: Any) -> None:
        desk = self.desk
        if desk.trader.desk.signed > 2:
            raise RuntimeError(f"broken with {desk.credentials!r}, {desk.signer!r}, {desk}")
        self.inner.on_wake(turn)


def everything(folder: Path) -> Iterator[bytes]:
    """Every file, and what is packed inside the sessions."""
    for path in folder.rglob("*"):
        if path.is_file():
            yield path.read_bytes()
    with Series.open(folder / "live.clob") as series:
        for raw in series.raw():
            yield raw.payload
        yield repr((series.notes(), series.interning_rows(), series.manifest)).encode()


@pytest.mark.parametrize("breaks", [False, True], ids=["drained", "broken"])
def test_a_whole_run_leaves_no_secret_and_asks_nobody_else(
    tmp_path: Path,
    wire: Wire,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    breaks: bool,
) -> None:
    caplog.set_level(logging.DEBUG)
    from clobstep.strategy.load import load_strategy

    inner = load_strategy("maker", {})
    strategy = Breaks(inner) if breaks else inner
    told: list[str] = []
    kept: list[str] = []

    async def run() -> None:
        wire.on = False
        async with room.venue("busy", speed=10.0) as running:
            wire.on = True
            async with room.trader(tmp_path, running.port, strategy=strategy, speed=10.0) as desk:
                if breaks:
                    strategy.desk = desk
                kept.extend(part.reveal() for part in desk.credentials[1:])
                kept.append(desk.credentials.api_key.reveal())
                try:
                    async with trio.open_nursery() as nursery:
                        nursery.start_soon(desk.trader.run)
                        if breaks:
                            await trio.sleep(30)
                        await room.until(lambda: desk.trader.desk.signed > 2)
                        await trio.sleep(2)
                        running.faults.calm()
                        desk.trader.stop()
                except BaseExceptionGroup:
                    told.append(traceback.format_exc())
                    desk.trader.core.recorder.writer.close()
                told.append("\n".join(note.text for note in desk.notes))
            wire.on = False
            assert wire.places == {("127.0.0.1", running.port)}

    trio.run(run)
    assert ("broken with" in told[0]) is breaks
    if not breaks:
        with Series.open(tmp_path / "live.clob") as one:
            chain = replay(one).chain
        redacted_copy(tmp_path / "live.clob", tmp_path / "shared")
        with Series.open(tmp_path / "shared" / "live.clob") as copy:
            assert (replay(copy).same, replay(copy).chain) == (True, chain)
            ids = repr(list(copy.raw())) + repr(copy.notes())
            assert kept[2] not in ids  # the API key's id
        done = CliRunner().invoke(
            main, ["export", str(tmp_path / "live.clob"), "-o", str(tmp_path / "tables")]
        )
        assert done.exit_code == 0, done.output
        told.append(done.output)
    out = capfd.readouterr()
    told += [out.out, out.err, caplog.text]
    secrets = {HEX_KEY, *kept[:2], *wire.sent}
    assert len(wire.sent) > 6  # orders were signed and requests proven
    found = [*everything(tmp_path), *(text.encode() for text in told)]
    assert not [s[:12] for s in secrets for data in found if s.encode() in data]
    assert wire.builders == {"0x" + "0" * 64}  # nobody earns from our orders unasked


def test_a_redirect_is_not_followed() -> None:
    asked: list[str] = []

    def moved(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(302, headers={"location": "http://evil.example/"})

    async def run() -> None:
        transport = httpx.MockTransport(moved)
        async with HttpLanes(Hosts.loopback(9), transport=transport) as http:
            assert (await http.call(Request("GET", "/time"))).status == 302

    trio.run(run)
    assert asked == ["http://127.0.0.1:9/time"]


# ---- 7: nothing approves anything


def test_no_code_approves_or_sends_a_transaction_of_its_own() -> None:
    words = re.compile(
        r"setApprovalForAll|eth_sendRawTransaction|\bapprove\(|095ea7b3|a22cb465|sign_transaction"
    )
    assert not [path for path in SOURCES if words.search(path.read_text())]
    assert words.search("token.approve(exchange, 2**256 - 1)")


# ---- 8: what is installed


def test_every_locked_package_has_a_hash_and_only_wheels_are_taken() -> None:
    for name in ("test.txt", "build.txt"):
        text = (builds.ROOT / "requirements" / name).read_text()
        found = sbom.packages(text)
        assert len(found) == len(re.findall(r"^\S+==", text, re.M)) > 3
        assert all(len(one["hashes"][0]["content"]) == 64 for one in found)
    make = (builds.ROOT / "Makefile").read_text()
    assert "--require-hashes --only-binary=:all: -r requirements/test.txt" in make


def test_the_bill_of_materials_names_what_signs_and_refuses_what_has_no_hash() -> None:
    done = subprocess.run(
        [sys.executable, str(builds.ROOT / "tools" / "sbom.py")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    made = json.loads(done.stdout)
    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.5")
    assert {"coincurve", "trio", "httpx"} <= {one["name"] for one in made["components"]}
    assert made["components"][0]["purl"].startswith("pkg:pypi/")
    with pytest.raises(ValueError, match="without a hash: b; run make lock"):
        sbom.packages(f"a==1 \\\n --hash=sha256:{'0' * 64}\nb==2\n")


# ---- 10: loopback


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.1", "example.com", ""])
def test_the_exchange_listens_to_nobody_else_unasked(host: str) -> None:
    settings = VenueSettings(profile.load("calm"))
    with pytest.raises(NotLoopbackError, match="--let-others-in"):
        trio.run(lambda: serve(settings, 0, host))
    if host:
        done = CliRunner().invoke(main, ["venue", "--host", host, "--port", "0"])
        assert done.exit_code == 2
        assert "has no TLS" in done.output


# ---- 12: data is data


def test_nothing_evaluates_or_unpickles_or_starts_a_program() -> None:
    """By name, in all of the product; the command line loads its own modules late."""
    banned = {
        "eval",
        "exec",
        "pickle",
        "marshal",
        "shelve",
        "yaml",
        "subprocess",
        "system",
        "popen",
    }
    found = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.id] if isinstance(node, ast.Name) else []
            if isinstance(node, ast.Import):
                names = [alias.name.partition(".")[0] for alias in node.names]
            if isinstance(node, ast.ImportFrom):
                names = [(node.module or "").partition(".")[0]]
            if isinstance(node, ast.Attribute) and ast.unparse(node) in ("os.system", "os.popen"):
                names = [node.attr]
            found |= {(path.name, name) for name in names if name in banned}
    assert {name for _, name in found} <= {"subprocess"}
    # A bench starts a venue of our own in another process; what trades starts nothing.
    assert not [name for name, _ in found if "live" in name or "venue" in name]


def test_keystores_do_not_make_the_process_fall_to_deep_json(tmp_path: Path) -> None:
    """py_ecc raises Python's limit to 100,000; then nested JSON overflows the C stack."""
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from clobstep.secret import Secret\n"
        "from clobstep.live.orders.keys import write_keystore, read_keystore\n"
        f"path = Path({str(tmp_path)!r}) / 'k' / 'key.json'\n"
        f"write_keystore(path, Secret({HEX_KEY!r}), Secret('long enough words'), work=2)\n"
        "read_keystore(path, lambda: Secret('long enough words'))\n"
        "from clobstep.venue import wire\n"
        "try: wire.decode(b'[' * 1_000_000)\n"
        "except wire.WireError as error: print(error)\n"
    )
    path = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": path},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "it is nested too deeply\n"), done.stderr


# ---- the user who types anything


@pytest.mark.parametrize(
    "args, said",
    [
        (["venue", "--profile", "nope", "--port", "0"], "nope"),
        (["venue", "--port", "70000"], "--port"),
        (["venue", "--speed", "0"], "--speed"),
        (["venue", "--markets", "2", "--v3-markets", "9", "--port", "0"], "more than --markets 2"),
        (["venue", "--markets", "2", "--neg-risk-markets", "3"], "more than --markets 2"),
        (["markets", "--file", "{dir}/none.json"], "No such file"),
        (["markets", "--file", "{dir}/torn.json"], "torn.json"),
        (["markets", "--venue", "ftp://x"], "is no address"),
        (["markets", "--venue", "http://example.com"], "is not encrypted"),
        (["markets", "--venue", "http://127.0.0.1:9", "--event", "x"], "GET http://127.0.0.1:9"),
        (["markets", "--save", "/nowhere/x.json"], "there is no folder"),
        (["markets", "--end-before", "tomorrow"], "write 2026-12-01"),
        (["keys", "new", "-k", "/proc/self/key.json"], "/proc/self"),
        (["keys", "derive", "-k", "{dir}"], "is a directory"),
        (["keys", "import", "-k", "{dir}/torn.json"], "there is a file already"),
        (["keys", "derive", "--config", "{dir}/none.toml"], "does not exist"),
        (["keys", "derive", "-k", "{dir}/torn.json"], "torn.json"),
        (["cancel-all", "-k", "{dir}/none.json"], "No such file"),
        (["export", "{dir}/torn.json", "--redact", "-o", "{dir}/out"], "torn.json"),
    ],
)
def test_wrong_use_is_told_in_words(tmp_path: Path, args: list[str], said: str) -> None:
    (tmp_path / "torn.json").write_text('{"markets":[{"a"')
    given = [arg.format(dir=tmp_path) for arg in args]
    done = CliRunner().invoke(main, given, input=2 * "long enough words\n")
    assert done.exit_code == 2, done.output
    assert said in " ".join(done.output.split())
    assert isinstance(done.exception, SystemExit)
    assert "Traceback" not in done.output


def test_a_port_that_is_taken_is_told_in_words() -> None:
    path = os.pathsep.join(filter(None, sys.path))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "clobstep.cli", "venue", "--port", port],
            capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": path},
        )  # fmt: skip
    assert done.returncode == 2
    assert "in use" in done.stderr
    assert "Traceback" not in done.stderr
