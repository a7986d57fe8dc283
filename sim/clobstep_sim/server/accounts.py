"""Who may ask: keys made from a signed login, requests signed with a key.

Owns the table of API keys and of which account at the exchange each address has: the first address
that logs in gets the first one.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from clobstep_sim.exchange.names import digest, uuid
from clobstep_sim.server import eip712
from clobstep_sim.server.names import VenueNames
from clobstep_sim.server.orders import RefusedError

WINDOW_S: Final = 60  # how far the time of a signature may lie from the venue's (chosen)
FIRST: Final = 1  # account 0 is the crowd
BAD_LOGIN: Final = "Invalid L1 Request headers"
BAD_KEY: Final = "Unauthorized/Invalid api key"


@dataclass(frozen=True)
class Key:
    """An API key. Its secrets do not show in its text."""

    api_key: str
    address: str
    account: int
    secret: str
    passphrase: str

    def __repr__(self) -> str:
        return f"Key({self.api_key!r}, account={self.account})"


class Accounts:
    """Logs in, and looks at each signed request. `places`: accounts that are there to be given."""

    def __init__(self, names: VenueNames, seed: int, places: int, chain_id: int) -> None:
        self._names = names
        self._seed = seed
        self._places = places
        self._chain_id = chain_id
        self._keys: dict[str, Key] = {}
        self._addresses: dict[str, int] = {}

    def is_taken(self, account: int) -> bool:
        """Whether somebody has logged in to it."""
        return account in self._addresses.values()

    def key_of(self, account: int) -> str:
        return self._names.owner(account)

    def log_in(self, headers: Mapping[str, str], now_s: int) -> Key:
        """The key of a signed login: the same login, the same key."""
        address = headers.get("poly_address", "").lower()
        timestamp, nonce = headers.get("poly_timestamp", ""), headers.get("poly_nonce") or "0"
        if not is_recent(timestamp, now_s) or not (nonce.isascii() and nonce.isdigit()):
            raise RefusedError(BAD_LOGIN, 401)
        try:
            signed = eip712.login_digest(self._chain_id, address, timestamp, int(nonce))
            signature = bytes.fromhex(headers.get("poly_signature", "").removeprefix("0x"))
        except ValueError:
            raise RefusedError(BAD_LOGIN, 401) from None
        if eip712.recover(signed, signature) != address:
            raise RefusedError(BAD_LOGIN, 401)
        return self._give(address, int(nonce))

    def _give(self, address: str, nonce: int) -> Key:
        account = self._addresses.get(address)
        if account is None:
            if len(self._addresses) >= self._places:
                raise RefusedError(f"all {self._places} accounts of this venue are taken; start it "
                              "with more: --accounts")  # fmt: skip
            account = self._addresses[address] = FIRST + len(self._addresses)
            self._names.funders[account] = address
        parts = (self._seed, address, nonce)
        api_key = uuid(digest("api key", *parts))
        secret = base64.urlsafe_b64encode(bytes.fromhex(digest("secret", *parts))).decode()
        key = Key(api_key, address, account, secret, digest("passphrase", *parts))
        self._keys[api_key] = key
        self._names.keys.setdefault(account, api_key)
        return key

    def keys(self, account: int) -> list[str]:
        return [key.api_key for key in self._keys.values() if key.account == account]

    def revoke(self, key: Key) -> None:
        self._keys.pop(key.api_key, None)

    def check(
        self, headers: Mapping[str, str], method: str, path: str, body: bytes, now_s: int
    ) -> Key:
        """Whose request this is. `path` has no query; `body` is what came, byte for byte."""
        key = self._keys.get(headers.get("poly_api_key", ""))
        timestamp = headers.get("poly_timestamp", "")
        if key is None or headers.get("poly_address", "").lower() != key.address:
            raise RefusedError(BAD_KEY, 401)
        said = f"{timestamp}{method}{path}".encode() + body
        mac = hmac.new(base64.urlsafe_b64decode(key.secret), said, hashlib.sha256).digest()
        signature = headers.get("poly_signature", "").encode()
        good = hmac.compare_digest(base64.urlsafe_b64encode(mac), signature)
        passphrase = headers.get("poly_passphrase", "").encode()
        if not (good and hmac.compare_digest(passphrase, key.passphrase.encode())):
            raise RefusedError(BAD_KEY, 401)
        if not is_recent(timestamp, now_s):
            raise RefusedError(BAD_KEY, 401)
        return key

    def socket(self, auth: object) -> Key | None:
        """Whose user channel the first frame opens; None if nobody's."""
        if not isinstance(auth, dict):
            return None
        key = self._keys.get(str(auth.get("apiKey")))
        if key is None:
            return None
        given = f"{auth.get('secret')} {auth.get('passphrase')}".encode()
        known = f"{key.secret} {key.passphrase}".encode()
        return key if hmac.compare_digest(given, known) else None


def is_recent(timestamp: str, now_s: int) -> bool:
    """Whether a request's time, in seconds, is about now."""
    plain = timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 12
    return plain and abs(int(timestamp) - now_s) <= WINDOW_S
