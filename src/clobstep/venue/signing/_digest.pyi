"""Types of the compiled hashes. An address or bytes32 is 0x and hexadecimal digits."""

from typing import Final

ORDER_TYPE: Final[bytes]
ORDER_TYPE_V1: Final[bytes]
WALLET_TYPE: Final[bytes]
LOGIN_TYPE: Final[bytes]
LOGIN_TEXT: Final[bytes]
DOMAIN_TYPE: Final[bytes]
DOMAIN_TYPE_NO_CONTRACT: Final[bytes]

Uint = int | bytes  # bytes: the 32 of a big-endian word
Word = str | bytes

def keccak256(data: bytes | bytearray | memoryview) -> bytes: ...
def shown(value: object) -> str: ...
def checksum_address(text: str, name: str = ...) -> str: ...
def address_of(public_key: bytes) -> str: ...
def domain_separator(
    name: str, version: str, chain_id: Uint, contract: str | None = None
) -> bytes: ...
def order_struct(
    salt: Uint,
    maker: str,
    signer: str,
    token_id: Uint,
    maker_amount: Uint,
    taker_amount: Uint,
    side: int,
    signature_type: int,
    timestamp_ms: Uint,
    metadata: Word,
    builder: Word,
) -> bytes: ...
def order_struct_v1(
    salt: Uint,
    maker: str,
    signer: str,
    taker: str,
    token_id: Uint,
    maker_amount: Uint,
    taker_amount: Uint,
    expiration_s: Uint,
    nonce: Uint,
    fee_rate_bps: Uint,
    side: int,
    signature_type: int,
) -> bytes: ...
def wallet_struct(contents: Word, chain_id: Uint, wallet: str) -> bytes: ...
def login_struct(address: str, timestamp_s: int, nonce: Uint) -> bytes: ...
def typed_digest(separator: Word, struct: Word) -> bytes: ...
