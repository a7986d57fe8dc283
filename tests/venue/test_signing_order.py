"""Orders are signed byte for byte as the official clients do; what cannot be signed is refused."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

import recordings
from clobstep.enums import Tif
from clobstep.venue.signing import contracts
from clobstep.venue.signing.contracts import Domain, exchange_of
from clobstep.venue.signing.errors import SigningError
from clobstep.venue.signing.order import OrderFields, OrderFieldsV1, order_body, order_hash
from clobstep.venue.signing.signer import Signer, recover, signed_by
from venue import signing_official as official
from venue.signing_official import OURS

OWNER = "9180014b-33c8-9240-a14b-bdca11c0a465"
ZERO = "0x" + "0" * 64
DOMAINS = {
    "standard": exchange_of("v1", False),
    "neg risk": exchange_of("v1", True),
    "position id": exchange_of("v2", False),
    "amoy": exchange_of("v1", False, contracts.AMOY),
    "amoy position id": exchange_of("v2", True, contracts.AMOY),
}
DOMAINS_V1 = {
    "standard": exchange_of("v1", False, protocol="v1"),
    "neg risk": exchange_of("v1", True, protocol="v1"),
    "amoy": exchange_of("v1", False, contracts.AMOY, "v1"),
}
A = "0x" + "11" * 20
GOOD = OrderFields(1, OURS.address, OURS.address, 1234, 100, 50, 0, 0, 1_710_000_000_000)


@pytest.mark.parametrize("signature_type", range(4))
@pytest.mark.parametrize("name", DOMAINS)
def test_a_v2_order_is_the_official_one(name: str, signature_type: int) -> None:
    """Signature, hash and body of 100 orders each: 2,000 in all."""
    draw = random.Random(f"{name} {signature_type}")
    domain = DOMAINS[name]
    for _ in range(100):
        made = official.fields(draw, signature_type)
        signature, found = OURS.sign_order(domain, made, signature_type)
        tif = draw.randrange(4)
        expiration_s = draw.getrandbits(31) + 1 if tif == Tif.GTD else 0
        post_only, defer = tif < 2 and draw.random() < 0.5, draw.random() < 0.1
        order, expected = official.signed_v2(domain, made, expiration_s)
        assert (signature, found) == (order.signature, expected)
        body = order_body(made, signature, OWNER, tif, post_only, expiration_s, defer)
        assert body == official.body_v2(order, OWNER, official.TIFS[tif], post_only, defer)
        assert signed_by(domain, made, signature) == OURS.address


@pytest.mark.parametrize("signature_type", range(3))
@pytest.mark.parametrize("name", DOMAINS_V1)
def test_a_v1_order_is_the_official_one(name: str, signature_type: int) -> None:
    """100 orders each: 900 in all."""
    draw = random.Random(f"v1 {name} {signature_type}")
    domain = DOMAINS_V1[name]
    for _ in range(100):
        made = official.fields_v1(draw, signature_type)
        signature, found = OURS.sign_order(domain, made, signature_type)
        order = official.signed_v1(domain, made)
        assert (signature, found) == (order.signature, official.hash_v1(domain, order))
        tif = Tif.GTD if made.expiration_s else draw.choice((Tif.GTC, Tif.FOK, Tif.FAK))
        post_only = tif < Tif.FOK and draw.random() < 0.5
        body = order_body(made, signature, OWNER, tif, post_only, made.expiration_s)
        assert body == official.body_v1(order, OWNER, official.TIFS[tif], post_only)
        assert signed_by(domain, made, signature) == OURS.address


def vector_fields(version: str, said: dict[str, Any]) -> OrderFields | OrderFieldsV1:
    return (OrderFields if version == "v2" else OrderFieldsV1)(*said.values())


def test_the_vectors_of_the_official_clients() -> None:
    path = recordings.data("vectors/order_signatures_upstream_v1_v2.json")
    vectors = json.loads(path.read_text())
    assert {vector["version"] for vector in vectors} == {"v1", "v2"}
    for vector in vectors:
        said = vector["domain"]
        domain = contracts.domain(vector["exchange"], said["version"], vector["chain_id"])
        made = vector_fields(vector["version"], vector["message"])
        signature, found = OURS.sign_order(domain, made, made.signature_type)
        assert signature == vector["signature"] == vector["upstream_expected_signature"]
        assert found == vector["order_hash"]
        assert signed_by(domain, made, signature) == OURS.address


def test_the_session_vectors_of_a_deposit_wallet() -> None:
    path = recordings.data("vectors/session_signatures_v2_deposit_wallet.json")
    told = json.loads(path.read_text())
    said = told["order"]
    made = OrderFields(
        said["salt"], said["maker"], said["signer"], int(said["tokenId"]), int(said["makerAmount"]),
        int(said["takerAmount"]), 0, said["signatureType"], int(said["timestamp"]),
        said["metadata"], said["builder"],
    )  # fmt: skip
    keys = set()
    for vector in told["vectors"]:
        domain = exchange_of("v1", vector["neg_risk"], told["chain_id"])
        assert domain.contract == vector["exchange"]
        wrapped, _ = OURS.sign_order(domain, made, 3)
        # The session's own key is not told: both must at least be of one and the same.
        inner = vector["inner_65_byte_signature_hex"]
        keys.add(signed_by(domain, made, "0x" + inner + wrapped[2 + 130 :]))
    assert len(told["vectors"]) == 2
    assert len(keys) == 1


def test_a_hash_needs_no_key_and_is_what_the_signer_says() -> None:
    assert "0x" + order_hash(DOMAINS["standard"], GOOD).hex() == OURS.sign_order(
        DOMAINS["standard"], GOOD, 0
    )[1]  # fmt: skip


def test_a_word_may_be_given_as_its_32_bytes() -> None:
    big = (1 << 256) - 5
    as_bytes: Any = big.to_bytes(32)
    domain = DOMAINS["standard"]
    assert order_hash(domain, GOOD._replace(token_id=as_bytes)) == order_hash(
        domain, GOOD._replace(token_id=big)
    )  # fmt: skip


@pytest.mark.parametrize(
    "change, said",
    [
        ({"salt": 1 << 53}, r"salt: 9007199254740992 is not in 0\.\.2\^53-1"),
        ({"salt": -1}, "salt: -1 is not in"),
        ({"salt": 1 << 9000}, "salt: an integer of 9001 bits"),
        ({"salt": "7"}, "salt: '7' is not in"),
        ({"token_id": 1 << 256}, r"token_id: an integer of 257 bits is not in 0\.\.2\^256-1"),
        ({"token_id": "1234"}, "token_id: '1234' is no integer"),
        ({"token_id": -1}, "token_id: -1 is not"),
        ({"token_id": bytes(31)}, "token_id: .*31 long.* is no integer"),
        ({"maker_amount": 1.5}, "maker_amount: float is no integer"),
        ({"taker_amount": True}, "taker_amount: True is no integer"),
        ({"side": 2}, "side: 2 is not in"),
        ({"side": -1}, "side: -1 is not in"),
        ({"signature_type": 4}, "signature_type: 4 is not in"),
        ({"timestamp_ms": None}, "timestamp_ms: NoneType is no integer"),
        ({"maker": "0x11"}, "maker: '0x11' is no address; write 0x and 40"),
        ({"maker": "11" * 21}, "maker: .* is no address"),
        ({"maker": "0x" + "g1" * 20}, "maker: .* is no address"),
        ({"maker": "0x" + "\ud800é" * 20}, "maker: .* is no address"),
        ({"maker": None}, "maker: NoneType is no address"),
        ({"signer": OURS.address.replace("F", "f", 1)}, "signer: .*its checksum fails"),
        ({"metadata": "0x00"}, "metadata: '0x00' is not 32 bytes"),
        ({"builder": "0x" + "z" * 64}, "builder: .* is not 32 bytes"),
        ({"builder": bytes(33)}, "builder: .* is not 32 bytes"),
    ],
)
def test_what_cannot_be_hashed_is_named(change: dict[str, Any], said: str) -> None:
    with pytest.raises(SigningError, match=said):
        order_hash(DOMAINS["standard"], GOOD._replace(**change))
    with pytest.raises(SigningError):
        OURS.sign_order(DOMAINS["standard"], GOOD._replace(**change), 0)


def test_an_error_does_not_repeat_a_key_in_the_wrong_place() -> None:
    for field in ("maker", "signer", "metadata", "builder", "salt"):
        wrong: dict[str, Any] = {field: "0x" + official.KEY + "00"}
        with pytest.raises(SigningError) as caught:
            order_hash(DOMAINS["standard"], GOOD._replace(**wrong))
        assert official.KEY[4:12] not in str(caught.value)


@pytest.mark.parametrize(
    "made, signature_type, said",
    [
        (GOOD, 1, "the order has 0, the account 1"),
        (GOOD._replace(signer=A), 0, "signer: the order is of '0x1111'"),
        (GOOD._replace(maker=A), 0, "signature type 0 the key's own address has the funds"),
        (GOOD._replace(signature_type=2, signer=A), 2, "signer: the order is of"),
        (GOOD._replace(signature_type=3), 3, "are both the deposit wallet"),
        (GOOD._replace(signature_type=3, maker=A), 3, "are both the deposit wallet"),
    ],
)
def test_an_order_of_another_account_is_not_signed(
    made: OrderFields, signature_type: int, said: str
) -> None:
    with pytest.raises(SigningError, match=said):
        OURS.sign_order(DOMAINS["standard"], made, signature_type)


def test_kinds_of_orders_and_exchanges_do_not_mix() -> None:
    v1 = OrderFieldsV1.public(1, OURS.address, OURS.address, 1234, 100, 50, 0, 0)
    with pytest.raises(SigningError, match="a V1 order for an exchange of V2"):
        order_hash(DOMAINS["standard"], v1)
    with pytest.raises(SigningError, match="a V2 order for an exchange of V1"):
        order_hash(DOMAINS_V1["standard"], GOOD)
    with pytest.raises(SigningError, match="V1 knows no deposit wallets"):
        order_hash(DOMAINS_V1["standard"], v1._replace(signature_type=3))


@pytest.mark.parametrize(
    "tif, post_only, expiration_s, said",
    [
        (Tif.FAK, True, 0, "post_only: goes with GTC and GTD only"),
        (Tif.GTD, False, 0, "GTD needs one"),
        (Tif.GTC, False, 1_800_000_000, "all others have 0"),
        (Tif.GTD, False, -5, "GTD needs one"),
        (9, False, 0, "tif, side: 9, 0"),
    ],
)
def test_a_body_that_the_venue_refuses_is_not_made(
    tif: int, post_only: bool, expiration_s: int, said: str
) -> None:
    with pytest.raises(SigningError, match=said):
        order_body(GOOD, "0x", OWNER, tif, post_only, expiration_s)


def test_a_v1_body_says_the_time_that_was_signed() -> None:
    v1 = OrderFieldsV1.public(
        1, OURS.address, OURS.address, 1, 2, 3, 0, 0, expiration_s=1_800_000_000
    )
    with pytest.raises(SigningError, match="is not the 1800000000 that was signed"):
        order_body(v1, "0x", OWNER, Tif.GTD, False, 1_800_000_001)
    with pytest.raises(SigningError, match="V1 has no such flag"):
        order_body(v1, "0x", OWNER, Tif.GTD, False, 1_800_000_000, True)


# ---- which exchange


def test_the_exchange_is_chosen_by_the_market_itself() -> None:
    assert [(d.version, d.contract) for d in DOMAINS.values()] == [
        ("2", "0xE111180000d2663C0091e4f400237545B87B996B"),
        ("2", "0xe2222d279d744050d28e00520010520000310F59"),
        ("3", "0xe3333700cA9d93003F00f0F71f8515005F6c00Aa"),
        ("2", "0xE111180000d2663C0091e4f400237545B87B996B"),
        ("3", "0x9fE6e61422AdB6F610d8597F9684b16912D50C3D"),
    ]
    assert exchange_of("v2", True) == exchange_of("v2", False) == exchange_of("v2", None)
    assert [d.version for d in DOMAINS_V1.values()] == ["1", "1", "1"]


def test_addresses_are_those_of_the_official_clients() -> None:
    from py_clob_client.config import get_contract_config as config_v1
    from py_clob_client_v2.config import get_contract_config as config_v2

    for chain_id, known in contracts.CONTRACTS.items():
        config = config_v2(chain_id)
        assert known.exchange == config.exchange_v2
        assert known.neg_risk_exchange == config.neg_risk_exchange_v2
        assert known.exchange_v3 == config.exchange_v3
        assert known.exchange_v1 == config.exchange == config_v1(chain_id).exchange
        assert known.collateral == config.collateral
        assert known.conditional_tokens == config.conditional_tokens
        old, new = config_v1(chain_id, True).exchange, config.neg_risk_exchange
        assert known.neg_risk_exchange_v1 == (new if old == new else None)


@pytest.mark.parametrize(
    "args, said",
    [
        ((None, False), "does not say its version"),
        (("", False), "has the version ''"),
        (("v3", False), "has the version 'v3'"),
        (("2", False), "has the version '2'"),
        (("v1", None), "does not say whether it is one of neg risk"),
        (("v1", 0), "does not say whether"),
        (("v1", False, 1), "no contracts are known on chain 1; known: 137, 80002"),
        (("v1", False, 137, "v3"), "speaks v2 or v1, not 'v3'"),
        (("v2", False, 137, "v1"), "has no markets of version v2"),
        (("v1", True, 80002, "v1"), "neg_risk_exchange_v1: its address on chain 80002 is not"),
    ],
)
def test_an_exchange_that_is_not_known_is_refused(args: tuple[Any, ...], said: str) -> None:
    with pytest.raises(SigningError, match=said):
        exchange_of(*args)


def test_a_domain_of_an_address_found_elsewhere() -> None:
    made = contracts.domain(A, "2", 31337)
    assert isinstance(made, Domain)
    assert order_hash(made, GOOD) != order_hash(DOMAINS["standard"], GOOD)
    with pytest.raises(SigningError, match="no exchange has the domain version '4'"):
        contracts.domain(A, "4", 137)
    with pytest.raises(SigningError, match="contract: '0x12' is no address"):
        contracts.domain("0x12", "2", 137)


# ---- who signed


def test_a_changed_order_or_signature_is_not_ours() -> None:
    domain = DOMAINS["standard"]
    wallet = GOOD._replace(maker=A, signer=A, signature_type=3)
    plain, _ = OURS.sign_order(domain, GOOD, 0)
    wrapped, _ = OURS.sign_order(domain, wallet, 3)
    assert signed_by(domain, GOOD._replace(taker_amount=51), plain) != OURS.address
    assert signed_by(DOMAINS["neg risk"], GOOD, plain) != OURS.address
    with pytest.raises(SigningError, match="wraps another order, exchange or type"):
        signed_by(domain, wallet._replace(taker_amount=51), wrapped)
    with pytest.raises(SigningError, match="wraps another"):
        signed_by(DOMAINS["neg risk"], wallet, wrapped)
    with pytest.raises(SigningError, match="wraps another"):
        signed_by(domain, wallet, plain)


@pytest.mark.parametrize(
    "signature",
    ["", "0x", "zz", "0x" + "00" * 64 + "1b", "0x" + "ff" * 64 + "1c", "0x" + "11" * 65],
)
def test_what_is_no_signature_is_named(signature: str) -> None:
    with pytest.raises(SigningError, match="signature: "):
        signed_by(DOMAINS["standard"], GOOD, signature)


def test_only_hashes_are_signed() -> None:
    with pytest.raises(SigningError, match="digest: 31 bytes"):
        OURS.sign_digest(bytes(31))
    digest = bytes(range(32))
    signature = OURS.sign_digest(digest)
    assert signature == OURS.sign_digest(digest)
    assert recover(digest, signature) == OURS.address


@pytest.mark.parametrize(
    "text, said",
    [
        ("", "not 64 hexadecimal digits"),
        (official.KEY[:-1], "not 64 hexadecimal digits"),
        ("zz" * 32, "not 64 hexadecimal digits"),
        ("0" * 64, "outside of the curve's order"),
        ("f" * 64, "outside of the curve's order"),
    ],
)
def test_what_is_no_key_is_named_without_being_repeated(text: str, said: str) -> None:
    from clobstep.secret import Secret

    with pytest.raises(SigningError, match=said) as caught:
        Signer(Secret(text))
    assert not text or text[:8] not in str(caught.value)
