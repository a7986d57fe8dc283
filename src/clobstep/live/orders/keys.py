"""Where the private key comes from: a keystore, the system's keyring, or the environment.

Owns the order of the sources and the keystore's form: version 3, as Ethereum's wallets write it,
with scrypt. The key is never an argument and never in a configuration file: both are seen by others
and copied into backups and logs.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from clobstep.live.depth import bound_depth
from clobstep.live.orders.private_files import KeysError, read_private, write_private
from clobstep.secret import Secret
from clobstep.venue.signing.errors import SigningError
from clobstep.venue.signing.signer import Signer, check_key

VARIABLE: Final = "CLOBSTEP_PRIVATE_KEY"
KEYRING_SERVICE: Final = "clobstep"
SHORTEST_PASSPHRASE: Final = 8
LONGEST_LINE: Final = 4096
WORK: Final = 1 << 18  # scrypt's n: a second and 256 MB a try
MOST_MEMORY: Final = 1 << 30
MOST_ROUNDS: Final = 10_000_000


# ---- the keystore


class _Params(msgspec.Struct, omit_defaults=True):
    """Of either function; what is 0 or "" is not said."""

    dklen: int
    salt: str
    n: int = 0
    r: int = 0
    p: int = 0
    c: int = 0
    prf: str = ""


class _CipherParams(msgspec.Struct):
    iv: str


class _Crypto(msgspec.Struct):
    cipher: str
    cipherparams: _CipherParams
    ciphertext: str
    kdf: str
    kdfparams: _Params
    mac: str


class _Keystore(msgspec.Struct):
    crypto: _Crypto
    version: int
    address: str = ""


def write_keystore(path: Path, key: Secret, passphrase: Secret, *, work: int = WORK) -> str:
    """Encrypt a key into a new file and return its address. Never over a file that is there."""
    with _same_recursion_limit():
        from eth_keyfile.keyfile import create_keyfile_json

    bound_depth()
    signer = _signer(key)
    if len(passphrase.reveal()) < SHORTEST_PASSPHRASE:
        raise KeysError(f"passphrase: shorter than {SHORTEST_PASSPHRASE} characters; take more")
    made = create_keyfile_json(
        bytes.fromhex(key.reveal().removeprefix("0x")),
        passphrase.reveal().encode(),
        kdf="scrypt",
        iterations=work,
    )
    write_private(path, msgspec.json.format(msgspec.json.encode(made)), replace=False)
    return signer.address


def read_keystore(path: Path, passphrase: Callable[[], Secret]) -> Secret:
    """The key of a keystore. The file is judged before the passphrase is asked for."""
    with _same_recursion_limit():
        from eth_keyfile.keyfile import decode_keyfile_json

    bound_depth()
    store = _checked(path, read_private(path))
    words = passphrase()
    raw = None
    with suppress(ValueError, TypeError):  # their frames hold the passphrase: told below
        raw = decode_keyfile_json(msgspec.to_builtins(store), words.reveal().encode())
    if raw is None:
        raise KeysError(f"{path}: the passphrase is another one, or the file is damaged")
    key = Secret(raw.hex())
    address = _signer(key).address
    if store.address and store.address.lower().removeprefix("0x") != address[2:].lower():
        raise KeysError(f"{path}: it says it is of {store.address}, and holds the key of {address}")
    return key


@contextmanager
def _same_recursion_limit() -> Iterator[None]:
    """For an import below which a package (py_ecc) sets the process's limit to 100,000.

    With that, what a peer nests deeply overflows the C stack where it should be a RecursionError.
    """
    limit = sys.getrecursionlimit()
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


def keystore_address(path: Path) -> str:
    """The address that a keystore says it is of, "" if it does not; needs no passphrase."""
    address = _checked(path, read_private(path)).address
    return f"0x{address.removeprefix('0x')}" if address else ""


def _checked(path: Path, data: bytes) -> _Keystore:
    """A keystore that can be decrypted in bounded time and memory."""
    try:
        store = msgspec.json.decode(data, type=_Keystore)
    except (ValueError, RecursionError):  # its text may repeat what is in the file
        raise KeysError(
            f"{path}: it is no keystore of version 3; make one: clobstep keys new"
        ) from None
    params = store.crypto.kdfparams
    if store.version != 3 or store.crypto.cipher != "aes-128-ctr" or params.dklen != 32:
        raise KeysError(f"{path}: it is no keystore of version 3 with aes-128-ctr and dklen 32")
    if store.crypto.kdf == "scrypt":
        power = params.n > 1 and params.n & (params.n - 1) == 0
        if not (power and params.r > 0 and 0 < params.p <= 16):
            raise KeysError(f"{path}: scrypt with n {params.n}, r {params.r}, p {params.p} is none")
        if 128 * params.n * params.r > MOST_MEMORY:
            raise KeysError(f"{path}: its scrypt takes more than {MOST_MEMORY >> 20} MB")
    elif store.crypto.kdf != "pbkdf2" or not 0 < params.c <= MOST_ROUNDS:
        raise KeysError(f"{path}: its key derivation is neither scrypt nor pbkdf2 of sane rounds")
    return store


def _signer(key: Secret) -> Signer:
    try:
        return Signer(key)
    except SigningError as error:
        raise KeysError(str(error)) from None


# ---- sources


class KeySources(NamedTuple):
    """Where to look, in this order. `environment`: only because somebody said so in words."""

    keystore: Path | None = None
    keyring: str = ""  # the name under which `store_in_keyring` put it
    environment: bool = False


def new_key() -> Secret:
    """A random private key of the system's own randomness."""
    while True:
        key = Secret(secrets.token_hex(32))
        try:
            check_key(key)
        except SigningError:  # once in 2^127
            continue
        return key


def find_key(
    sources: KeySources,
    passphrase: Callable[[], Secret],
    warn: Callable[[str], None],
    environment: Mapping[str, str] | None = None,
) -> Secret:
    """The key of the first source that is named. What is named and fails is an error, not skipped.

    A keystore that is not there is skipped only if another source is named. `environment` is
    os.environ, but for tests.
    """
    variables = os.environ if environment is None else environment
    other = bool(sources.keyring) or sources.environment
    if sources.keystore is not None and (sources.keystore.exists() or not other):
        return read_keystore(sources.keystore, passphrase)
    if sources.keyring:
        return _from_keyring(sources.keyring)
    if not sources.environment:
        hint = f" ({VARIABLE} is set, but was not asked for)" if VARIABLE in variables else ""
        raise KeysError(f"no key: no keystore and no keyring is named{hint}; see clobstep keys new")
    if not variables.get(VARIABLE):
        raise KeysError(f"no key: {VARIABLE} is not set")
    warn(
        f"the key comes from {VARIABLE}: every process of this user can read it; a keystore is "
        "safer (clobstep keys import)"
    )
    key = Secret(variables[VARIABLE].strip())
    _signer(key)
    return key


def store_in_keyring(name: str, key: Secret) -> str:
    """Keep a key in the system's keyring under a name and return its address."""
    import keyring
    from keyring.errors import KeyringError

    signer = _signer(key)
    try:
        if keyring.get_password(KEYRING_SERVICE, name) is not None:
            raise KeysError(f"keyring: there is a key {name!r} already; take another name")
        keyring.set_password(KEYRING_SERVICE, name, key.reveal())
    except KeyringError as error:
        raise KeysError(f"keyring: {error}; use a keystore file instead") from None
    return signer.address


def _from_keyring(name: str) -> Secret:
    import keyring
    from keyring.errors import KeyringError

    try:
        text = keyring.get_password(KEYRING_SERVICE, name)
    except KeyringError as error:
        raise KeysError(f"keyring: {error}; use a keystore file instead") from None
    if text is None:
        raise KeysError(f"keyring: it has no key {name!r}; clobstep keys import --keyring {name}")
    key = Secret(text)
    _signer(key)
    return key


def read_line(fd: int, what: str) -> Secret:
    """A line of a file descriptor, byte by byte, so that the next reader finds the next line."""
    line = bytearray()
    try:
        while (byte := os.read(fd, 1)) not in (b"", b"\n"):
            line += byte
            if len(line) > LONGEST_LINE:
                raise KeysError(f"{what}: its line has more than {LONGEST_LINE} bytes")
        text = line.decode().removesuffix("\r")
    except OSError as error:
        raise KeysError(f"{what}: file descriptor {fd}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise KeysError(f"{what}: the line of file descriptor {fd} is no UTF-8") from None
    if not text:
        raise KeysError(f"{what}: file descriptor {fd} gave an empty line")
    return Secret(text)
