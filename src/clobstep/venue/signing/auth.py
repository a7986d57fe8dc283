"""What authenticates a request: L1 by the private key, L2 by the API credentials.

Owns the headers' names and what is signed (PROTOCOL facts, section 1.5). L1 makes and derives
credentials and nothing else; L2 goes with every private request.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from clobstep.secret import Secret
from clobstep.venue.signing import _digest
from clobstep.venue.signing.errors import SigningError

if TYPE_CHECKING:
    from clobstep.venue.signing.signer import Signer

LOGIN_NAME: Final = "ClobAuthDomain"
LOGIN_VERSION: Final = "1"


class Credentials(NamedTuple):
    """API credentials of one signer. `api_key` is also the `owner` of an order's body."""

    api_key: Secret
    secret: Secret
    passphrase: Secret


@lru_cache(maxsize=8)
def _login_separator(chain_id: int) -> bytes:
    return _digest.domain_separator(LOGIN_NAME, LOGIN_VERSION, chain_id)


def l1_headers(signer: Signer, timestamp_s: int, nonce: int, chain_id: int) -> dict[str, str]:
    """Headers of GET /auth/derive-api-key and POST /auth/api-key.

    `nonce` tells the credentials of one key apart.
    """
    struct = _digest.login_struct(signer.address, timestamp_s, nonce)
    digest = _digest.typed_digest(_login_separator(chain_id), struct)
    return {
        "POLY_ADDRESS": signer.address,
        "POLY_SIGNATURE": "0x" + signer.sign_digest(digest).hex(),
        "POLY_TIMESTAMP": str(timestamp_s),
        "POLY_NONCE": str(nonce),
    }


def l2_headers(
    credentials: Credentials,
    address: str,
    timestamp_s: int,
    method: str,
    path: str,
    body: bytes = b"",
) -> dict[str, str]:
    """Headers of a private request. `path` is without a query; `body` the exact bytes sent.

    `address` is the key's own, whatever wallet has the funds.
    """
    if "?" in path or not path.startswith("/"):
        raise SigningError(f"path: {path.partition('?')[0]!r} is signed from its / to before its ?")
    mac = _mac(credentials.secret).copy()
    mac.update(f"{timestamp_s}{method}{path}".encode() + body)
    return {
        "POLY_ADDRESS": address,
        "POLY_SIGNATURE": base64.urlsafe_b64encode(mac.digest()).decode(),
        "POLY_TIMESTAMP": str(timestamp_s),
        "POLY_API_KEY": credentials.api_key.reveal(),
        "POLY_PASSPHRASE": credentials.passphrase.reveal(),
    }


def user_subscription(credentials: Credentials, markets: tuple[str, ...] = ()) -> bytes:
    """The first frame of the user channel. `markets` are condition ids; none of them means all."""
    auth = {
        "apiKey": credentials.api_key.reveal(),
        "secret": credentials.secret.reveal(),
        "passphrase": credentials.passphrase.reveal(),
    }
    frame: dict[str, object] = {"auth": auth, "type": "user"}
    if markets:
        frame["markets"] = list(markets)
    return msgspec.json.encode(frame)


def check_credentials(credentials: Credentials) -> None:
    """SigningError if these cannot be sent or cannot sign; the text says nothing of them."""
    for name, value in zip(Credentials._fields, credentials, strict=True):
        text = value.reveal()
        if not text or not text.isascii() or not text.isprintable() or " " in text:
            raise SigningError(f"{name}: it is empty or has characters that no header can have")
    _hmac_key(credentials.secret)


@lru_cache(maxsize=8)
def _mac(secret: Secret) -> hmac.HMAC:
    """It has read its key already, and is copied for each request."""
    return hmac.new(_hmac_key(secret), digestmod="sha256")


def _hmac_key(secret: Secret) -> bytes:
    """The bytes of a secret: base64 in either alphabet, its padding in place."""
    try:
        return base64.b64decode(secret.reveal().translate(_STANDARD), validate=True)
    except (binascii.Error, ValueError):
        raise SigningError(
            "secret: it is not base64; derive the API credentials again (clobstep keys derive)"
        ) from None


_STANDARD: Final = str.maketrans("-_", "+/")
