"""Keys: what is written and who may read it, the order of sources, and that nothing leaks."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import keyring
import pytest
import trio
from click.testing import CliRunner
from eth_account import Account
from keyring.backend import KeyringBackend

from clobstep.cli import main
from clobstep.live.orders import bench, keys
from clobstep.live.orders import credentials as api
from clobstep.live.orders.keys import KeySources, find_key, read_keystore, write_keystore
from clobstep.live.orders.private_files import KeysError, read_private, write_private
from clobstep.secret import Secret
from clobstep.venue.hosts import Hosts
from clobstep.venue.signing import _digest
from clobstep.venue.signing.signer import Signer, recover

KEY = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
ADDRESS = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
WORDS = "correct horse battery"
WORK = 2  # scrypt's least: what is tested here is not its cost
REPLY = {"apiKey": "5d1c-key", "secret": "c2VjcmV0LWJ5dGVz", "passphrase": "pa55-phrase"}
HOSTS = Hosts.loopback(8137)


def words() -> Secret:
    return Secret(WORDS)


def nobody() -> Secret:
    raise AssertionError("a passphrase was asked for")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "private"
    made.mkdir(mode=0o700)
    return made


@pytest.fixture
def keystore(folder: Path) -> Path:
    path = folder / "key.json"
    assert write_keystore(path, Secret(KEY), words(), work=WORK) == ADDRESS
    return path


# ---- private files


def test_a_private_file_is_its_owners_whatever_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "key.json"
    before = os.umask(0)
    try:
        write_private(path, b"x", replace=False)
    finally:
        os.umask(before)
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)
    assert read_private(path) == b"x"
    assert [p.name for p in path.parent.iterdir()] == ["key.json"]


def test_a_key_is_never_written_over_another(folder: Path) -> None:
    path = folder / "key.json"
    write_private(path, b"first", replace=False)
    with pytest.raises(KeysError, match="there is a file already; name another"):
        write_private(path, b"second", replace=False)
    assert path.read_bytes() == b"first"
    write_private(path, b"third", replace=True)
    assert path.read_bytes() == b"third"
    assert len(list(folder.iterdir())) == 1


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "key.json"
    write_private(path, b"first", replace=False)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(KeysError, match="No space left"):
        write_private(path, b"second", replace=True)
    assert path.read_bytes() == b"first"
    assert len(list(folder.iterdir())) == 1


@pytest.mark.parametrize("wide", [0o640, 0o604, 0o644, 0o660, 0o602, 0o610, 0o700, 0o666])
def test_a_file_wider_than_0600_is_refused_with_what_mends_it(folder: Path, wide: int) -> None:
    path = folder / "my key.json"
    write_private(path, b"x", replace=False)
    path.chmod(wide)
    with pytest.raises(
        KeysError, match=rf"its mode {wide:04o} is wider.*chmod 600 '.*/my key\.json'"
    ):
        read_private(path)
    path.chmod(0o400)
    assert read_private(path) == b"x"


def test_a_folder_that_others_can_write_to_is_refused(folder: Path) -> None:
    path = folder / "key.json"
    write_private(path, b"x", replace=False)
    folder.chmod(0o770)
    with pytest.raises(KeysError, match=r"others can write to this folder .* chmod 700"):
        read_private(path)
    with pytest.raises(KeysError, match="others can write to this folder"):
        write_private(folder / "other.json", b"x", replace=False)
    folder.chmod(0o700)
    assert read_private(path) == b"x"


def test_what_is_no_plain_or_no_small_file_is_refused(folder: Path) -> None:
    os.mkfifo(folder / "pipe", 0o600)
    for name, said in (("pipe", "no plain file"), (".", "no plain file"), ("none", "No such file")):
        with pytest.raises(KeysError, match=said):
            read_private(folder / name)
    write_private(folder / "large", bytes(65_537), replace=False)
    with pytest.raises(KeysError, match="more than 65536 bytes"):
        read_private(folder / "large")


# ---- the keystore


def test_a_keystore_is_read_by_the_wallets_of_others_and_theirs_by_us(
    keystore: Path, folder: Path
) -> None:
    told = json.loads(keystore.read_text())
    assert told["version"] == 3
    assert told["crypto"]["kdf"] == "scrypt"
    assert Account.decrypt(told, WORDS).hex().removeprefix("0x") == KEY
    assert KEY not in keystore.read_text()
    assert read_keystore(keystore, words).reveal() == KEY
    assert keys.keystore_address(keystore) == ADDRESS
    for kdf in ("scrypt", "pbkdf2"):
        theirs = folder / f"{kdf}.json"
        made = Account.encrypt(KEY, WORDS, kdf=kdf, iterations=WORK)
        write_private(theirs, json.dumps(made).encode(), replace=False)
        assert read_keystore(theirs, words).reveal() == KEY


def test_a_new_key_is_random_and_its_keystore_as_costly_as_those_of_others(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert keys.new_key().reveal() != keys.new_key().reveal()
    assert Signer(keys.new_key()).address != ADDRESS
    assert keys.WORK == 262_144
    with pytest.raises(KeysError, match="passphrase: shorter than 8 characters"):
        write_keystore(folder / "x.json", Secret(KEY), Secret("short"))
    with pytest.raises(KeysError, match="private key: it is not 64"):
        write_keystore(folder / "x.json", Secret(KEY[:-1]), words())
    assert not list(folder.iterdir())


def without(part: str, name: str) -> Callable[[dict[str, Any]], object]:
    return lambda made: (made[part] if part else made).pop(name)


def with_value(value: Any, *path: str) -> Callable[[dict[str, Any]], object]:
    def change(made: dict[str, Any]) -> None:
        for name in path[:-1]:
            made = made[name]
        made[path[-1]] = value

    return change


@pytest.mark.parametrize(
    "change, said",
    [
        (without("", "crypto"), "no keystore of version 3; make one"),
        (without("crypto", "mac"), "no keystore of version 3; make one"),
        (with_value({}, "crypto", "cipherparams"), "no keystore of version 3; make one"),
        (with_value(4, "version"), "no keystore of version 3 with"),
        (with_value("aes-256-gcm", "crypto", "cipher"), "no keystore of version 3 with"),
        (with_value(16, "crypto", "kdfparams", "dklen"), "no keystore of version 3 with"),
        (with_value(1 << 40, "crypto", "kdfparams", "n"), "takes more than 1024 MB"),
        (with_value(3, "crypto", "kdfparams", "n"), "scrypt with n 3"),
        (with_value(0, "crypto", "kdfparams", "r"), "r 0"),
        (with_value(1 << 20, "crypto", "kdfparams", "p"), "p 1048576"),
        (with_value("argon", "crypto", "kdf"), "neither scrypt nor pbkdf2"),
        (with_value("pbkdf2", "crypto", "kdf"), "neither scrypt nor pbkdf2"),
    ],
)
def test_a_keystore_that_cannot_be_or_costs_too_much_is_refused_before_it_is_tried(
    keystore: Path, change: Callable[[dict[str, Any]], object], said: str
) -> None:
    made = json.loads(keystore.read_text())
    change(made)
    keystore.write_text(json.dumps(made))
    with pytest.raises(KeysError, match=said):
        read_keystore(keystore, nobody)


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 5000, '{"version":3}', KEY, "\xff"])
def test_what_is_no_keystore_is_named_and_not_repeated(folder: Path, text: str) -> None:
    path = folder / "k.json"
    write_private(path, text.encode("latin-1"), replace=False)
    with pytest.raises(KeysError, match="it is no keystore of version 3") as caught:
        read_keystore(path, nobody)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        with_value("zz", "crypto", "mac"),
        with_value("00", "crypto", "ciphertext"),
        with_value("", "crypto", "kdfparams", "salt"),
    ],
)
def test_a_damaged_keystore_is_told_apart_from_nothing_but_said(
    keystore: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    made = json.loads(keystore.read_text())
    change(made)
    keystore.write_text(json.dumps(made))
    with pytest.raises(KeysError, match="another one, or the file is damaged"):
        read_keystore(keystore, words)


def test_a_keystore_of_another_address_is_refused(keystore: Path) -> None:
    made = json.loads(keystore.read_text())
    made["address"] = "11" * 20
    keystore.write_text(json.dumps(made))
    with pytest.raises(KeysError, match=rf"it says it is of 1111.* the key of {ADDRESS}"):
        read_keystore(keystore, words)


def test_a_wrong_passphrase_leaves_no_trace_of_it(keystore: Path) -> None:
    wrong = Secret("not the passphrase at all")
    with pytest.raises(KeysError, match="the passphrase is another one") as caught:
        read_keystore(keystore, lambda: wrong)
    assert caught.value.__context__ is None
    told = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    text = "".join(told.format())
    assert "wrong = ***" in text
    assert "the passphrase at all" not in text


# ---- sources


class Ring(KeyringBackend):
    """A keyring in memory."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password


@pytest.fixture
def ring() -> Iterator[Ring]:
    before = keyring.get_keyring()
    made = Ring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


def found(sources: KeySources, variables: Mapping[str, str] | None = None) -> tuple[str, list[str]]:
    """(the key, what was warned of)."""
    warned: list[str] = []
    key = find_key(sources, words, warned.append, variables or {})
    return key.reveal(), warned


def test_sources_are_taken_in_their_order(keystore: Path, ring: Ring) -> None:
    other, third = "11" * 32, "22" * 32
    keys.store_in_keyring("main", Secret(other))
    variables = {keys.VARIABLE: third}
    missing = keystore.with_name("missing.json")
    assert found(KeySources(keystore, "main", True), variables) == (KEY, [])
    assert found(KeySources(missing, "main", True), variables) == (other, [])
    key, warned = found(KeySources(missing, "", True), variables)
    assert key == third
    assert len(warned) == 1
    assert "every process of this user can read it" in warned[0]
    assert third not in warned[0]


def test_a_source_that_is_named_and_fails_is_not_skipped(keystore: Path, ring: Ring) -> None:
    keys.store_in_keyring("main", Secret("11" * 32))
    keystore.chmod(0o644)
    with pytest.raises(KeysError, match="is wider than 0600"):
        found(KeySources(keystore, "main", True), {keys.VARIABLE: "22" * 32})
    with pytest.raises(KeysError, match="keyring: it has no key 'other'"):
        found(KeySources(None, "other", True), {keys.VARIABLE: "22" * 32})


def test_the_environment_is_used_only_when_asked_for() -> None:
    with pytest.raises(KeysError, match=r"is set, but was not asked for\); see clobstep keys new"):
        found(KeySources(), {keys.VARIABLE: KEY})
    with pytest.raises(KeysError, match="no key: no keystore and no keyring is named; see"):
        found(KeySources())
    with pytest.raises(KeysError, match="CLOBSTEP_PRIVATE_KEY is not set"):
        found(KeySources(environment=True))
    with pytest.raises(KeysError, match="private key: it is not 64") as caught:
        found(KeySources(environment=True), {keys.VARIABLE: KEY[:60]})
    assert KEY[:60] not in str(caught.value)
    with pytest.raises(KeysError, match="No such file"):
        found(KeySources(Path("/nowhere/key.json")))


def test_a_keyring_that_is_not_there_says_what_else_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    from keyring.backends.fail import Keyring

    before = keyring.get_keyring()
    keyring.set_keyring(Keyring())
    try:
        with pytest.raises(KeysError, match=r"keyring: .*use a keystore file instead"):
            found(KeySources(None, "main"))
        with pytest.raises(KeysError, match="use a keystore file instead"):
            keys.store_in_keyring("main", Secret(KEY))
    finally:
        keyring.set_keyring(before)


def test_a_key_of_the_keyring_is_not_replaced(ring: Ring) -> None:
    assert keys.store_in_keyring("main", Secret(KEY)) == ADDRESS
    with pytest.raises(KeysError, match="there is a key 'main' already"):
        keys.store_in_keyring("main", Secret("11" * 32))
    assert found(KeySources(None, "main")) == (KEY, [])


@pytest.mark.parametrize(
    "sent, said",
    [(b"", "gave an empty line"), (b"\nx", "gave an empty line"), (b"\xff\n", "no UTF-8"),
     (b"x" * 5000, "more than 4096 bytes")],
)  # fmt: skip
def test_a_descriptor_gives_a_line_or_says_why_not(sent: bytes, said: str) -> None:
    ours, theirs = os.pipe()
    os.write(theirs, sent)
    os.close(theirs)
    with pytest.raises(KeysError, match=f"words: .*{said}"):
        keys.read_line(ours, "words")
    os.close(ours)
    with pytest.raises(KeysError, match=r"words: file descriptor \d+: Bad file descriptor"):
        keys.read_line(ours, "words")


# ---- credentials


def kept() -> api.Credentials:
    return api.Credentials(*map(Secret, REPLY.values()))


def test_credentials_lie_beside_the_keystore_and_belong_to_one_host(folder: Path) -> None:
    path = api.credentials_path(folder / "key.json")
    assert path.name == "key.api.json"
    api.write_credentials(path, kept(), HOSTS, ADDRESS)
    api.write_credentials(path, kept(), HOSTS, ADDRESS)
    assert mode(path) == 0o600
    got, address = api.read_credentials(path, HOSTS)
    assert [part.reveal() for part in got] == list(REPLY.values())
    assert address == ADDRESS
    for other in (Hosts(), Hosts.loopback(8138), Hosts(clob=HOSTS.clob, chain_id=80002)):
        with pytest.raises(KeysError, match=r"these are for http://127\.0\.0\.1:8137, chain 137"):
            api.read_credentials(path, other)
    path.chmod(0o640)
    with pytest.raises(KeysError, match="is wider than 0600"):
        api.read_credentials(path, HOSTS)


@pytest.mark.parametrize("text", ["", "{}", "[" * 5000, '{"clob":"x","passphrase":5}'])
def test_a_file_without_credentials_is_named(folder: Path, text: str) -> None:
    path = folder / "key.api.json"
    write_private(path, text.encode(), replace=False)
    with pytest.raises(KeysError, match="holds no API credentials") as caught:
        api.read_credentials(path, HOSTS)
    assert caught.value.__context__ is None


def asked(*replies: httpx.Response | Exception) -> tuple[Any, list[httpx.Request]]:
    """What derive gives, or its KeysError, when the venue answers so; and the requests."""
    sent: list[httpx.Request] = []
    left = list(replies)

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        reply = left.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply

    async def run() -> Any:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
            try:
                return await api.derive(client, HOSTS, Signer(Secret(KEY)), 1_700_000_000, 3)
            except KeysError as error:
                return error

    return trio.run(run), sent


def test_credentials_that_exist_are_derived_with_l1() -> None:
    (got, created), sent = asked(httpx.Response(200, json=REPLY))
    assert [part.reveal() for part in got] == list(REPLY.values())
    assert not created
    assert [(r.method, str(r.url)) for r in sent] == [
        ("GET", "http://127.0.0.1:8137/auth/derive-api-key")
    ]
    head = sent[0].headers
    assert head["POLY_ADDRESS"] == ADDRESS
    digest = _digest.typed_digest(
        _digest.domain_separator("ClobAuthDomain", "1", 137),
        _digest.login_struct(ADDRESS, 1_700_000_000, 3),
    )
    assert recover(digest, bytes.fromhex(head["POLY_SIGNATURE"][2:])) == ADDRESS


@pytest.mark.parametrize("status", [400, 404])
def test_where_there_are_none_they_are_made(status: int) -> None:
    none = httpx.Response(status, json={"error": "Could not derive api key!"})
    (_, created), sent = asked(none, httpx.Response(200, json=REPLY))
    assert created
    assert [(r.method, r.url.path) for r in sent] == [
        ("GET", "/auth/derive-api-key"), ("POST", "/auth/api-key"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "replies, said",
    [
        ([httpx.Response(401, json={"error": "Invalid L1 Request headers"})],
         "it answered 401, 'Invalid L1 Request headers'; is this machine's clock right"),
        ([httpx.Response(503, text="<html>")], "it answered 503"),
        ([httpx.Response(302, headers={"location": "https://elsewhere.example"})], "answered 302"),
        ([httpx.Response(404), httpx.Response(500, json={"error": f"no {KEY}"})],
         r"it answered 500, 'no \*\*\*'"),
        ([httpx.Response(200, json={"apiKey": "a"})], "holds no apiKey, secret and passphrase"),
        ([httpx.Response(200, text="[" * 5000)], "holds no apiKey"),
        ([httpx.Response(200, json={**REPLY, "secret": "*"})], "secret: it is not base64"),
        ([httpx.Response(200, json={**REPLY, "apiKey": "a\nb"})], "api_key: it is empty or has"),
        ([httpx.Response(200, content=bytes(70_000))], "more than 65536 bytes"),
        ([httpx.ConnectError("refused")], "no answer to GET /auth/derive-api-key: refused"),
        ([httpx.ReadTimeout("")], "no answer to GET /auth/derive-api-key: ReadTimeout"),
    ],
)  # fmt: skip
def test_every_other_answer_is_told(replies: list[Any], said: str) -> None:
    error, sent = asked(*replies)
    assert isinstance(error, KeysError)
    assert re.search(said, str(error))
    assert len(sent) == len(replies)
    assert REPLY["passphrase"] not in str(error)


# ---- the command


def call(*args: str, typed: str = "") -> tuple[int, str]:
    """Exit code, and all that was said on both streams."""
    done = CliRunner().invoke(main, ["keys", *args], input=typed)
    return done.exit_code, done.output


class Login(BaseHTTPRequestHandler):
    """Answers a login that is signed by the key."""

    def do_GET(self) -> None:
        right = self.headers["POLY_ADDRESS"] == ADDRESS and self.path == "/auth/derive-api-key"
        self.send_response(200 if right else 401)
        self.end_headers()
        self.wfile.write(json.dumps(REPLY if right else {"error": "who?"}).encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        """Be quiet."""


@pytest.fixture
def venue() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Login)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys.write_keystore, "__kwdefaults__", {"work": WORK})


def test_from_a_typed_key_to_credentials(folder: Path, venue: str, quick: None) -> None:
    path = folder / "main.json"
    code, out = call("import", "-k", str(path), typed=f"0x{KEY}\n{WORDS}\n{WORDS}\n")
    assert code == 0
    assert f"imported: the key of {ADDRESS}" in out
    assert f"next: clobstep keys derive -k {path}" in out
    code, told = call("derive", "-k", str(path), "--venue", venue, "--json", typed=f"{WORDS}\n")
    assert code == 0
    assert json.loads(told[told.index("{") :]) == {
        "address": ADDRESS, "venue": venue, "chain_id": 137, "created": False,
        "credentials": str(folder / "main.api.json"),
    }  # fmt: skip
    secrets = [KEY, WORDS, REPLY["secret"], REPLY["passphrase"], REPLY["apiKey"]]
    assert not [text for text in secrets if text in out + told]
    config = folder / "run.toml"
    config.write_text(f'[hosts]\nclob = "{venue}"\nchain_id = 80002\n')
    code, out = call("derive", "-k", str(path), "--config", str(config), typed=f"{WORDS}\n")
    assert code == 0
    assert "(there already)" in out
    assert api.read_credentials(folder / "main.api.json", Hosts(clob=venue, chain_id=80002))


def test_a_new_key_from_a_descriptor(folder: Path, quick: None) -> None:
    path, ours = folder / "new.json", os.pipe()
    os.write(ours[1], f"{WORDS}\n".encode())
    code, out = call("new", "-k", str(path), "--passphrase-fd", str(ours[0]), "--json")
    os.close(ours[0])
    os.close(ours[1])
    assert code == 0
    address = json.loads(out)["address"]
    assert Signer(read_keystore(path, words)).address == address
    assert read_keystore(path, words).reveal() not in out
    code, out = call("new", "-k", str(path))
    assert code == 2
    assert "there is a file already; name another with -k" in out


def test_a_keyring_and_the_environment_from_the_command(
    folder: Path, venue: str, ring: Ring, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call("import", "--keyring", "main", typed=f"{KEY}\n")[0] == 0
    path = str(folder / "none.json")
    assert call("derive", "-k", path, "--keyring", "main", "--venue", venue)[0] == 0
    monkeypatch.setenv(keys.VARIABLE, KEY)
    code, out = call("derive", "-k", path, "--key-from-environment", "--venue", venue)
    assert code == 0
    assert "warning: the key comes from CLOBSTEP_PRIVATE_KEY" in out
    assert KEY not in out


@pytest.mark.parametrize(
    "args, said",
    [
        (["derive", "-k", "/nowhere/key.json"], "No such file"),
        (["derive", "--venue", "ftp://x"], "is no address"),
        (["derive", "--venue", "http://example.com"], "is not encrypted"),
        (["import", "-k", "x.json", KEY], "unexpected extra argument"),
        (["import", "-k", "/proc/none/x.json"], "/proc/none"),
    ],
)
def test_wrong_use_of_the_command_exits_with_2(args: list[str], said: str, quick: None) -> None:
    code, out = call(*args, typed=f"{KEY}\n{WORDS}\n{WORDS}\n")
    assert code == 2
    assert said in out
    assert "Traceback" not in out


def test_a_config_without_hosts_is_named(folder: Path) -> None:
    for text, said in (("x = 1\n", "no table"), ("[hosts]\nclub = 1\n", "club"), ("[", "")):
        (folder / "c.toml").write_text(text)
        code, out = call("derive", "--config", str(folder / "c.toml"))
        assert code == 2
        assert said in out


def test_no_option_takes_a_key_or_a_passphrase() -> None:
    """What is an argument is seen by all who list processes, and stays in the shell's history."""
    from clobstep.cli import keys as module

    for sub in module.command.commands.values():
        for option in sub.params:
            assert option.name not in ("key", "private_key", "passphrase", "secret")


def test_reading_a_key_leaves_the_recursion_limit(folder: Path) -> None:
    """A package of the keystore raises it, and then nested JSON ends the process, not the read."""
    path = folder / "key.json"
    write_keystore(path, Secret(KEY), words(), work=WORK)
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from clobstep.live.orders.keys import read_keystore\n"
        "from clobstep.secret import Secret\nfrom clobstep.venue import wire\n"
        f"read_keystore(Path({str(path)!r}), lambda: Secret({WORDS!r}))\n"
        "assert 'py_ecc' in sys.modules\n"
        "try:\n    wire.decode(b'[' * 1_000_000)\n"
        "except wire.WireError as error:\n    print(error)\n"
    )
    path_of_ours = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": path_of_ours},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "it is nested too deeply\n")


def test_the_rows_of_the_bench_are_of_right_signatures() -> None:
    for measure in bench.rows(orders=101).values():
        row = measure()
        assert (row["orders"], row["signatures_right"]) == (101, True)
        assert 0 < row["p50_us"] <= row["p99_us"]
