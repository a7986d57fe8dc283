"""What the official clients sign, for comparison: py-clob-client (V1) and py-clob-client-v2.

The key is the public development key of the vectors: account 0 of "test test ... junk".
"""

from __future__ import annotations

import json
import random
from typing import Any

from py_clob_client.utilities import order_to_json
from py_clob_client_v2.order_utils import ExchangeOrderBuilderV2
from py_clob_client_v2.order_utils.model.order_data_v2 import (
    OrderDataV2,
    SignedOrderV2,
    order_to_json_v2,
)
from py_clob_client_v2.order_utils.model.side import Side as OfficialSide
from py_clob_client_v2.order_utils.model.signature_type_v2 import SignatureTypeV2
from py_clob_client_v2.signer import Signer as OfficialSigner
from py_order_utils.builders import OrderBuilder as BuilderV1
from py_order_utils.model import OrderData, SignedOrder
from py_order_utils.signer import Signer as SignerV1

from clobstep.secret import Secret
from clobstep.venue.signing import _digest
from clobstep.venue.signing.contracts import Domain
from clobstep.venue.signing.order import OrderFields, OrderFieldsV1
from clobstep.venue.signing.signer import Signer

KEY = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
SECRET = Secret(KEY)
OURS = Signer(SECRET)
TIFS = ("GTC", "GTD", "FOK", "FAK")


def address(draw: random.Random) -> str:
    return _digest.checksum_address("0x" + draw.randbytes(20).hex())


def uint256(draw: random.Random) -> int:
    """Small, ordinary and the largest ones."""
    return draw.choice((draw.getrandbits(draw.randrange(257)), (1 << 256) - 1, 0))


def fields(draw: random.Random, signature_type: int) -> OrderFields:
    """An order that the key can sign."""
    wallet = OURS.address if signature_type == 0 else address(draw)
    return OrderFields(
        salt=draw.getrandbits(53),
        maker=wallet,
        signer=wallet if signature_type == 3 else OURS.address,
        token_id=uint256(draw),
        maker_amount=uint256(draw),
        taker_amount=draw.getrandbits(40),
        side=draw.randrange(2),
        signature_type=signature_type,
        timestamp_ms=1_700_000_000_000 + draw.getrandbits(38),
        metadata="0x" + draw.choice((bytes(32), draw.randbytes(32))).hex(),
        builder="0x" + draw.choice((bytes(32), draw.randbytes(32))).hex(),
    )


def fields_v1(draw: random.Random, signature_type: int) -> OrderFieldsV1:
    return OrderFieldsV1(
        salt=draw.getrandbits(53),
        maker=OURS.address if signature_type == 0 else address(draw),
        signer=OURS.address,
        taker=draw.choice(("0x" + "0" * 40, address(draw))),
        token_id=uint256(draw),
        maker_amount=uint256(draw),
        taker_amount=draw.getrandbits(40),
        expiration_s=draw.choice((0, draw.getrandbits(31))),
        nonce=draw.getrandbits(20),
        fee_rate_bps=draw.randrange(1001),
        side=draw.randrange(2),
        signature_type=signature_type,
    )


def signed_v2(
    domain: Domain, made: OrderFields, expiration_s: int = 0
) -> tuple[SignedOrderV2, str]:
    """(the order that py-clob-client-v2 signs, its hash)."""
    builder = ExchangeOrderBuilderV2(
        domain.contract,
        domain.chain_id,
        OfficialSigner(KEY, domain.chain_id),
        generate_salt=lambda: str(made.salt),
        domain_version=domain.version,
    )
    order = builder.build_order(
        OrderDataV2(
            maker=made.maker,
            signer=made.signer,
            tokenId=str(made.token_id),
            makerAmount=str(made.maker_amount),
            takerAmount=str(made.taker_amount),
            side=OfficialSide(made.side),
            signatureType=SignatureTypeV2(made.signature_type),
            timestamp=str(made.timestamp_ms),
            metadata=made.metadata,
            builder=made.builder,
            expiration=str(expiration_s),
        )
    )
    typed = builder.build_order_typed_data(order)
    signature = builder.build_order_signature(typed)
    return SignedOrderV2(**{**vars(order), "signature": signature}), builder.build_order_hash(typed)


def signed_v1(domain: Domain, made: OrderFieldsV1) -> SignedOrder:
    """The order that py-clob-client signs; it computes no hash of it."""
    builder = BuilderV1(domain.contract, domain.chain_id, SignerV1(KEY), lambda: made.salt)
    return builder.build_signed_order(
        OrderData(
            maker=made.maker,
            signer=made.signer,
            taker=made.taker,
            tokenId=str(made.token_id),
            makerAmount=str(made.maker_amount),
            takerAmount=str(made.taker_amount),
            expiration=str(made.expiration_s),
            nonce=str(made.nonce),
            feeRateBps=str(made.fee_rate_bps),
            side=made.side,
            signatureType=made.signature_type,
        )
    )


def hash_v1(domain: Domain, order: SignedOrder) -> str:
    builder = BuilderV1(domain.contract, domain.chain_id, SignerV1(KEY), lambda: 0)
    return str(builder._create_struct_hash(order.order))


def body_v2(order: SignedOrderV2, owner: str, tif: str, post_only: bool, defer: bool) -> bytes:
    return sent(order_to_json_v2(order, owner, tif, post_only, defer))


def body_v1(order: SignedOrder, owner: str, tif: str, post_only: bool) -> bytes:
    return sent(order_to_json(order, owner, tif, post_only))


def sent(payload: Any) -> bytes:
    """The bytes that both clients make of a body."""
    return json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()
