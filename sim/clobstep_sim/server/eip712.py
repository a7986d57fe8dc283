"""What a client of the venue signs, hashed and recovered by the venue's own hand.

Owns the types and domains of three messages: the login, orders of protocol 1, orders of protocol 2
and 3. Written from the protocol's facts and not from the product's signer, which it so checks.
"""

from __future__ import annotations

from typing import Final

import coincurve
from Crypto.Hash import keccak as _keccak

ORDER_V2: Final = (
    "Order(uint256 salt,address maker,address signer,uint256 tokenId,uint256 makerAmount,"
    "uint256 takerAmount,uint8 side,uint8 signatureType,uint256 timestamp,bytes32 metadata,"
    "bytes32 builder)"
)
ORDER_V1: Final = (
    "Order(uint256 salt,address maker,address signer,address taker,uint256 tokenId,"
    "uint256 makerAmount,uint256 takerAmount,uint256 expiration,uint256 nonce,uint256 feeRateBps,"
    "uint8 side,uint8 signatureType)"
)
LOGIN: Final = "ClobAuth(address address,string timestamp,uint256 nonce,string message)"
LOGIN_TEXT: Final = "This message attests that I control the given wallet"
WRAPPED: Final = (  # how a wallet contract signs what is meant for another contract
    "TypedDataSign(Order contents,string name,string version,uint256 chainId,"
    "address verifyingContract,bytes32 salt)" + ORDER_V2
)
DOMAIN: Final = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
EXCHANGE: Final = "Polymarket CTF Exchange"
# (protocol, negRisk) -> who verifies; protocol 3 has one for both
CONTRACTS: Final = {
    (1, False): "0x4bFb41d5B3570DeFd03C39a9A4D8dE6Bd8B8982E",
    (1, True): "0xC5d563A36AE78145C45a50134d48A1215220f80a",
    (2, False): "0xE111180000d2663C0091e4f400237545B87B996B",
    (2, True): "0xe2222d279d744050d28e00520010520000310F59",
    (3, False): "0xe3333700cA9d93003F00f0F71f8515005F6c00Aa",
    (3, True): "0xe3333700cA9d93003F00f0F71f8515005F6c00Aa",
}
SIGNATURE: Final = 65
LIMIT: Final = 1 << 256


class UnreadableError(ValueError):
    """A field that is no number, address or hash of its size."""


def keccak(data: bytes) -> bytes:
    return _keccak.new(digest_bits=256, data=data).digest()


def number(value: int | str) -> bytes:
    """A whole number as 32 bytes; of text only digits."""
    if isinstance(value, str) and not (value.isascii() and value.isdigit() and len(value) < 79):
        raise UnreadableError("no whole number")
    if not 0 <= int(value) < LIMIT:
        raise UnreadableError("a number of more than 256 bits")
    return int(value).to_bytes(32, "big")


def hexed(text: str, size: int) -> bytes:
    """0x and so many bytes, padded to 32 on the left."""
    if not text.startswith("0x") or len(text) != 2 + 2 * size:
        raise UnreadableError(f"not 0x and {2 * size} digits")
    try:
        return bytes.fromhex(text[2:]).rjust(32, b"\0")
    except ValueError:
        raise UnreadableError("no hexadecimal digits") from None


def address(text: str) -> bytes:
    return hexed(text, 20)


def domain(name: str, version: str, chain_id: int, contract: str) -> bytes:
    """The separator of a contract."""
    parts = (DOMAIN.encode(), name.encode(), version.encode())
    return keccak(b"".join(map(keccak, parts)) + number(chain_id) + address(contract))


def login_digest(chain_id: int, who: str, timestamp: str, nonce: int) -> bytes:
    """What is signed to get an API key."""
    kind = keccak(b"EIP712Domain(string name,string version,uint256 chainId)")
    separator = keccak(kind + keccak(b"ClobAuthDomain") + keccak(b"1") + number(chain_id))
    fields = keccak(timestamp.encode()) + number(nonce) + keccak(LOGIN_TEXT.encode())
    return typed(separator, keccak(keccak(LOGIN.encode()) + address(who) + fields))


def typed(separator: bytes, struct: bytes) -> bytes:
    return keccak(b"\x19\x01" + separator + struct)


def wrapped_digest(separator: bytes, contents: bytes, chain_id: int, wallet: str) -> bytes:
    """What the owner of a deposit wallet signs of an order."""
    names = keccak(b"DepositWallet") + keccak(b"1")
    fields = contents + names + number(chain_id) + address(wallet) + bytes(32)
    return typed(separator, keccak(keccak(WRAPPED.encode()) + fields))


def recover(digest: bytes, signature: bytes) -> str:
    """The address that signed, in lower case; "" if nobody can have."""
    if len(signature) != SIGNATURE or signature[64] not in (0, 1, 27, 28):
        return ""
    plain = signature[:64] + bytes([signature[64] % 27])
    try:
        key = coincurve.PublicKey.from_signature_and_message(plain, digest, hasher=None)
    except Exception:  # what cannot be a signature raises one of several kinds
        return ""
    return "0x" + keccak(key.format(compressed=False)[1:])[-20:].hex()
