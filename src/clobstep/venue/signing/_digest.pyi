"""Types of the compiled hashes. An address or bytes32 is 0x and hexadecimal digits."""

from typing import Final, TypeAlias

ORDER_TYPE: Final[bytes]
ORDER_TYPE_V1: Final[bytes]
WALLET_TYPE: Final[bytes]
LOGIN_TYPE: Final[bytes]
LOGIN_TEXT: Final[bytes]
DOMAIN_TYPE: Final[bytes]
DOMAIN_TYPE_NO_CONTRACT: Final[bytes]

_Uint: TypeAlias = int | bytes  # bytes: the 32 of a big-endian word
_Word: TypeAlias = str | bytes

def keccak256(data: bytes | bytearray | memoryview) -> bytes: ...
def shown(value: object) -> str: ...
def checksum_address(text: str, name: str = ...) -> str: ...
def address_of(public_key: bytes) -> str: ...
def domain_separator(
    name: str, version: str, chain_id: _Uint, contract: str | None = None
) -> bytes: ...
def order_struct(
    salt: _Uint,
    maker: str,
    signer: str,
    token_id: _Uint,
    maker_amount: _Uint,
    taker_amount: _Uint,
    side: int,
    signature_type: int,
    timestamp_ms: _Uint,
    metadata: _Word,
    builder: _Word,
) -> bytes: ...
def order_struct_v1(
    salt: _Uint,
    maker: str,
    signer: str,
    taker: str,
    token_id: _Uint,
    maker_amount: _Uint,
    taker_amount: _Uint,
    expiration_s: _Uint,
    nonce: _Uint,
    fee_rate_bps: _Uint,
    side: int,
    signature_type: int,
) -> bytes: ...
def wallet_struct(contents: _Word, chain_id: _Uint, wallet: str) -> bytes: ...
def login_struct(address: str, timestamp_s: int, nonce: _Uint) -> bytes: ...
def typed_digest(separator: _Word, struct: _Word) -> bytes: ...
