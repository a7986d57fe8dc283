"""The API credentials of a key: how they are had from the venue, and where they are kept.

They lie in a file of their own beside the keystore, readable by its owner only and not encrypted:
`cancel-all` must work in an emergency without a passphrase, and they can be had again at any time.
They cannot sign: who steals them can read the account and cancel its orders, no more.

The file says which host and which chain it is of, so that those of the exchange on loopback are
never sent to the venue, nor the venue's to anybody else.
"""

from __future__ import annotations

from contextlib import aclosing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import urlsplit

import msgspec

from clobstep.live.orders.private_files import KeysError, read_private, write_private
from clobstep.secret import Secret, redact
from clobstep.venue.signing.auth import Credentials, check_credentials, l1_headers
from clobstep.venue.signing.errors import SigningError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    import httpx

    from clobstep.venue.hosts import Hosts
    from clobstep.venue.signing.signer import Signer

DERIVE: Final = ("GET", "/auth/derive-api-key")
CREATE: Final = ("POST", "/auth/api-key")
LARGEST_REPLY: Final = 64 * 1024
NONE_YET: Final = (400, 404)  # what the venue answers when there is nothing to derive


class _File(msgspec.Struct, forbid_unknown_fields=True):
    clob: str
    chain_id: int
    address: str
    api_key: str
    secret: str
    passphrase: str


class _Reply(msgspec.Struct):
    apiKey: str  # noqa: N815 - the wire's name
    secret: str
    passphrase: str


class _Problem(msgspec.Struct):
    error: str = ""


def credentials_path(keystore: Path) -> Path:
    """Where the credentials of a keystore lie: key.json -> key.api.json."""
    return keystore.with_suffix(".api.json")


def owner(credentials: Credentials) -> str:
    """The API key as plain text, as the body of an order has to name it."""
    return credentials.api_key.reveal()


def write_credentials(path: Path, credentials: Credentials, hosts: Hosts, address: str) -> None:
    """Keep the credentials; those of an earlier time are replaced."""
    api_key, secret, passphrase = (part.reveal() for part in credentials)
    made = _File(_origin(hosts.clob), hosts.chain_id, address, api_key, secret, passphrase)
    write_private(path, msgspec.json.format(msgspec.json.encode(made)), replace=True)


def read_credentials(path: Path, hosts: Hosts) -> tuple[Credentials, str]:
    """(credentials, address of their key). KeysError if they are of another host or chain."""
    found = None
    if not path.exists():
        raise KeysError(f"{path}: No such file; API credentials are made by: clobstep keys derive")
    data = read_private(path)
    with suppress(ValueError, RecursionError):  # its words and frames may hold what is in the file
        found = msgspec.json.decode(data, type=_File)
    if found is None:
        raise KeysError(f"{path}: it holds no API credentials; clobstep keys derive makes it again")
    if (found.clob, found.chain_id) != (_origin(hosts.clob), hosts.chain_id):
        raise KeysError(
            f"{path}: these are for {found.clob}, chain {found.chain_id}, and not for "
            f"{_origin(hosts.clob)}, chain {hosts.chain_id}; derive those: clobstep keys derive"
        )
    return _made(found.api_key, found.secret, found.passphrase, str(path)), found.address


async def derive(
    client: httpx.AsyncClient, hosts: Hosts, signer: Signer, time_s: int, nonce: int = 0
) -> tuple[Credentials, bool]:
    """(credentials, whether they were made just now) of a key at a venue: L1, two requests at most.

    First those that there are, then new ones. KeysError for every other answer.
    """
    headers = l1_headers(signer, time_s, nonce, hosts.chain_id)
    status, body = await _ask(client, hosts, DERIVE, headers)
    created = status in NONE_YET
    if created:
        status, body = await _ask(client, hosts, CREATE, headers)
    if status not in (200, 201):
        raise KeysError(f"{hosts.clob}: {_told(status, body)}")
    reply = None
    with suppress(ValueError, RecursionError):
        reply = msgspec.json.decode(body, type=_Reply)
    if reply is None:
        raise KeysError(f"{hosts.clob}: the reply holds no apiKey, secret and passphrase")
    return _made(reply.apiKey, reply.secret, reply.passphrase, hosts.clob), created


async def _ask(
    client: httpx.AsyncClient, hosts: Hosts, what: tuple[str, str], headers: dict[str, str]
) -> tuple[int, bytes]:
    import httpx

    from clobstep.live.http import packing

    method, path = what
    body = b""
    url = hosts.clob.rstrip("/") + path
    try:
        async with client.stream(
            method,
            url,
            headers={**headers, "accept-encoding": "identity"},
            follow_redirects=False,
        ) as reply:
            if packed := packing(reply):
                raise KeysError(f"{hosts.clob}: a reply packed by {packed} is not read")
            made = cast("AsyncGenerator[bytes, None]", reply.aiter_bytes())
            async with aclosing(made) as parts:  # else trio finds it left open
                async for part in parts:
                    body += part
                    if len(body) > LARGEST_REPLY:
                        raise KeysError(f"{hosts.clob}: a reply of more than {LARGEST_REPLY} bytes")
            return reply.status_code, body
    except httpx.HTTPError as error:
        why = redact(str(error)) or type(error).__name__
        raise KeysError(f"{hosts.clob}: no answer to {method} {path}: {why}") from None


def _told(status: int, body: bytes) -> str:
    """What the venue says is wrong, bounded and cleaned, and what usually helps."""
    try:
        said = msgspec.json.decode(body, type=_Problem).error
    except (ValueError, RecursionError):
        said = ""
    text = f"it answered {status}" + (f", {redact(said)[:200]!r}" if said else "")
    if status == 401:
        text += "; is this machine's clock right, and is the chain id the venue's?"
    return text


def _made(api_key: str, secret: str, passphrase: str, where: str) -> Credentials:
    made = Credentials(Secret(api_key), Secret(secret), Secret(passphrase))
    try:
        check_credentials(made)
    except SigningError as error:
        raise KeysError(f"{where}: {error}") from None
    return made


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()
