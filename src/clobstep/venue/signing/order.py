"""An order as it is signed, its hash, and the body that carries it.

Owns the fields' order and the JSON that the official clients send, byte for byte. The hash of an
order is its id at the venue, known before it is sent.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec

from clobstep.enums import Side, Tif
from clobstep.venue.signing import _digest
from clobstep.venue.signing.contracts import ZERO_32, ZERO_ADDRESS, Domain
from clobstep.venue.signing.errors import SigningError

SALT_LIMIT: Final = (1 << 53) - 1  # it is a JSON number: more would lose its last bits
EOA: Final = 0
PROXY: Final = 1
SAFE: Final = 2
DEPOSIT_WALLET: Final = 3  # POLY_1271: a contract signs, wrapped as ERC-7739 has it


class OrderFields(NamedTuple):
    """A V2 order: the 11 fields that are signed, in the order in which they are.

    `maker` has the funds. `signer` is the key's own address, or with signature type 3 the deposit
    wallet's. Amounts are what the maker gives and gets, in 1e-6.
    """

    salt: int
    maker: str
    signer: str
    token_id: int  # or position id
    maker_amount: int
    taker_amount: int
    side: int
    signature_type: int
    timestamp_ms: int
    metadata: str = ZERO_32
    builder: str = ZERO_32


class OrderFieldsV1(NamedTuple):
    """A V1 order: 12 fields, in the order in which they are signed."""

    salt: int
    maker: str
    signer: str
    taker: str
    token_id: int
    maker_amount: int
    taker_amount: int
    expiration_s: int
    nonce: int
    fee_rate_bps: int
    side: int
    signature_type: int

    @classmethod
    def public(
        cls,
        salt: int,
        maker: str,
        signer: str,
        token_id: int,
        maker_amount: int,
        taker_amount: int,
        side: int,
        signature_type: int,
        *,
        expiration_s: int = 0,
        fee_rate_bps: int = 0,
        nonce: int = 0,
    ) -> OrderFieldsV1:
        """One that anybody may take, as all are on the book."""
        return cls(
            salt, maker, signer, ZERO_ADDRESS, token_id, maker_amount, taker_amount,
            expiration_s, nonce, fee_rate_bps, side, signature_type,
        )  # fmt: skip


Fields = OrderFields | OrderFieldsV1


def struct_hash(domain: Domain, fields: Fields) -> bytes:
    """The struct hash of an order, once its fields are of the domain's kind."""
    salt = fields.salt
    if not isinstance(salt, int) or not 0 <= salt <= SALT_LIMIT:
        raise SigningError(
            f"salt: {_digest.shown(salt)} is not in 0..2^53-1; it travels as a JSON number, which "
            "would lose the last bits of more"
        )
    if isinstance(fields, OrderFields):
        if domain.version not in ("2", "3"):
            raise SigningError("fields: a V2 order for an exchange of V1; use OrderFieldsV1")
        return _digest.order_struct(*fields)
    if domain.version != "1":
        raise SigningError("fields: a V1 order for an exchange of V2; use OrderFields")
    if fields.signature_type == DEPOSIT_WALLET:
        raise SigningError("signature_type: V1 knows no deposit wallets (3); use 0, 1 or 2")
    return _digest.order_struct_v1(*fields)


def order_hash(domain: Domain, fields: Fields) -> bytes:
    """The order's id at the venue: 32 bytes; 0x and their hexadecimal digits on the wire."""
    return _digest.typed_digest(domain.separator, struct_hash(domain, fields))


class _OrderV2(msgspec.Struct):
    salt: int
    maker: str
    signer: str
    tokenId: str  # noqa: N815 - the wire's names, here and below
    makerAmount: str  # noqa: N815
    takerAmount: str  # noqa: N815
    side: str
    expiration: str
    signatureType: int  # noqa: N815
    timestamp: str
    metadata: str
    builder: str
    signature: str


class _OrderV1(msgspec.Struct):
    salt: int
    maker: str
    signer: str
    taker: str
    tokenId: str  # noqa: N815
    makerAmount: str  # noqa: N815
    takerAmount: str  # noqa: N815
    expiration: str
    nonce: str
    feeRateBps: str  # noqa: N815
    side: str
    signatureType: int  # noqa: N815
    signature: str


class _Body(msgspec.Struct):
    order: _OrderV2
    owner: str
    orderType: str  # noqa: N815
    deferExec: bool  # noqa: N815
    postOnly: bool  # noqa: N815


class _BodyV1(msgspec.Struct):
    order: _OrderV1
    owner: str
    orderType: str  # noqa: N815
    postOnly: bool  # noqa: N815


_ENCODER: Final = msgspec.json.Encoder()
_SIDES: Final = {int(side): side.name for side in Side}
_TIFS: Final = {int(tif): tif.name for tif in Tif}


def order_body(
    fields: Fields,
    signature: str,
    owner: str,
    tif: int,
    post_only: bool,
    expiration_s: int,
    defer_exec: bool = False,
) -> bytes:
    """The body of POST /order, and one entry of POST /orders: these exact bytes are authenticated.

    `owner` is the API key. `expiration_s` is the GTD time in Unix seconds, 0 for all others; V1
    signs it, so there it must be that of the fields.
    """
    if tif not in _TIFS or fields.side not in _SIDES:
        raise SigningError(f"tif, side: {tif}, {fields.side} are not of Tif and Side")
    if post_only and tif in (Tif.FOK, Tif.FAK):
        raise SigningError("post_only: goes with GTC and GTD only")
    if (tif == Tif.GTD) != (expiration_s > 0):
        raise SigningError(f"expiration_s: {expiration_s}; GTD needs one, all others have 0")
    side, kind = _SIDES[fields.side], _TIFS[tif]
    if isinstance(fields, OrderFields):
        v2 = _OrderV2(
            fields.salt, fields.maker, fields.signer, _decimal(fields.token_id),
            _decimal(fields.maker_amount), _decimal(fields.taker_amount), side, str(expiration_s),
            fields.signature_type, _decimal(fields.timestamp_ms), fields.metadata, fields.builder,
            signature,
        )  # fmt: skip
        return _ENCODER.encode(_Body(v2, owner, kind, defer_exec, post_only))
    if fields.expiration_s != expiration_s:
        raise SigningError(
            f"expiration_s: {expiration_s} is not the {fields.expiration_s} that was signed"
        )
    if defer_exec:
        raise SigningError("defer_exec: V1 has no such flag; leave it out")
    maker, signer, taker = map(
        _digest.checksum_address, (fields.maker, fields.signer, fields.taker)
    )
    v1 = _OrderV1(
        fields.salt, maker, signer, taker, _decimal(fields.token_id),
        _decimal(fields.maker_amount), _decimal(fields.taker_amount), str(expiration_s),
        _decimal(fields.nonce), _decimal(fields.fee_rate_bps), side, fields.signature_type,
        signature,
    )  # fmt: skip
    return _ENCODER.encode(_BodyV1(v1, owner, kind, post_only))


def _decimal(value: int | bytes) -> str:
    """A uint256 as the wire has it: decimal text."""
    return str(int.from_bytes(value) if isinstance(value, bytes) else value)
