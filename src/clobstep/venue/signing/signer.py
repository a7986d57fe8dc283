"""The key: the only module that signs, and the only one that imports coincurve.

Owns the private key of one account. Signatures are deterministic (RFC 6979): the same order and the
same key give the same bytes, as the official clients do.
"""

from __future__ import annotations

from typing import Any, Final, NoReturn

from coincurve import PrivateKey, PublicKey

from clobstep.secret import Secret
from clobstep.venue.signing import _digest
from clobstep.venue.signing.contracts import Domain
from clobstep.venue.signing.errors import SigningError
from clobstep.venue.signing.order import DEPOSIT_WALLET, EOA, Fields, struct_hash

ORDER: Final = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141
SIGNATURE_BYTES: Final = 65
# A deposit wallet's signature ends with the order's type and how long that is.
_TYPE_TAIL: Final = _digest.ORDER_TYPE + len(_digest.ORDER_TYPE).to_bytes(2, "big")


def check_key(key: Secret) -> None:
    """SigningError if this is no private key; the text says nothing of it."""
    text = key.reveal().removeprefix("0x")
    if len(text) != 64 or set(text) - set("0123456789abcdefABCDEF"):
        raise SigningError("private key: it is not 64 hexadecimal digits, with or without 0x")
    if not 0 < int(text, 16) < ORDER:
        raise SigningError("private key: it is outside of the curve's order; make a new one")


class Signer:
    """Signs for one address. `address` has the checksum case."""

    __slots__ = ("_key", "_secret", "address")

    def __init__(self, key: Secret) -> None:
        check_key(key)
        self._secret = key  # alive as long as we are, so that logs are cleaned of it
        self._key = PrivateKey(bytes.fromhex(key.reveal().removeprefix("0x")))
        self.address: Final = _digest.address_of(self._key.public_key.format(compressed=False)[1:])

    def __repr__(self) -> str:
        return f"Signer({self.address})"

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("a signer is not pickled or copied; make it from its key where it is used")

    def sign_digest(self, digest: bytes) -> bytes:
        """r, s and v (27 or 28) of 32 bytes that were hashed already."""
        if len(digest) != 32:
            raise SigningError(f"digest: {len(digest)} bytes; sign the 32 of a hash")
        signature = self._key.sign_recoverable(digest, hasher=None)
        return signature[:64] + bytes((signature[64] + 27,))

    def sign_order(self, domain: Domain, fields: Fields, signature_type: int) -> tuple[str, str]:
        """(signature, order hash), each 0x and hexadecimal digits.

        `signature_type` is the account's, and must be that of the fields. A deposit wallet (3) gets
        the wrapped signature of ERC-7739. SigningError for an order that this key cannot sign.
        """
        contents = struct_hash(domain, fields)
        self._check(fields, signature_type)
        order_hash = _digest.typed_digest(domain.separator, contents)
        if signature_type != DEPOSIT_WALLET:
            return "0x" + self.sign_digest(order_hash).hex(), "0x" + order_hash.hex()
        struct = _digest.wallet_struct(contents, domain.chain_id, fields.signer)
        inner = self.sign_digest(_digest.typed_digest(domain.separator, struct))
        signature = inner + domain.separator + contents + _TYPE_TAIL
        return "0x" + signature.hex(), "0x" + order_hash.hex()

    def _check(self, fields: Fields, signature_type: int) -> None:
        if fields.signature_type != signature_type:
            raise SigningError(
                f"signature_type: the order has {fields.signature_type}, the account "
                f"{_digest.shown(signature_type)}"
            )
        own = fields.signer.lower() == self.address.lower()
        if signature_type == DEPOSIT_WALLET:
            if own or fields.signer.lower() != fields.maker.lower():
                raise SigningError(
                    "signer: with signature type 3 maker and signer are both the deposit wallet"
                )
        elif not own:
            raise SigningError(
                f"signer: the order is of {_digest.shown(fields.signer)}, the key of {self.address}"
            )
        elif signature_type == EOA and fields.maker.lower() != fields.signer.lower():
            raise SigningError(
                "maker: with signature type 0 the key's own address has the funds; a proxy wallet "
                "is type 1, a Safe 2, a deposit wallet 3"
            )


def recover(digest: bytes, signature: bytes) -> str:
    """The address that signed a digest. SigningError if it is no signature."""
    if len(digest) != 32 or len(signature) != SIGNATURE_BYTES or signature[64] not in (27, 28):
        raise SigningError("signature: not 65 bytes that end in 27 or 28, of a digest of 32")
    try:
        raw = signature[:64] + bytes((signature[64] - 27,))
        public = PublicKey.from_signature_and_message(raw, digest, hasher=None)
    except Exception:  # coincurve and the C library below raise a bare Exception
        raise SigningError("signature: no key can have made it") from None
    return _digest.address_of(public.format(compressed=False)[1:])


def signed_by(domain: Domain, fields: Fields, signature: str) -> str:
    """The address whose key signed an order, as the exchange would find it.

    With signature type 3 that is the key of the deposit wallet's owner. SigningError for a
    signature that is not one, or that wraps another order or another exchange.
    """
    try:
        raw = bytes.fromhex(signature.removeprefix("0x"))
    except ValueError:
        raise SigningError("signature: not 0x and hexadecimal digits") from None
    contents = struct_hash(domain, fields)
    if fields.signature_type != DEPOSIT_WALLET:
        return recover(_digest.typed_digest(domain.separator, contents), raw)
    inner, tail = raw[:SIGNATURE_BYTES], raw[SIGNATURE_BYTES:]
    if tail != domain.separator + contents + _TYPE_TAIL:
        raise SigningError("signature: it wraps another order, exchange or type")
    struct = _digest.wallet_struct(contents, domain.chain_id, fields.signer)
    return recover(_digest.typed_digest(domain.separator, struct), inner)
