"""Headers are those of the official clients, and what cannot authenticate is refused."""

from __future__ import annotations

import base64
import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from py_clob_client.signer import Signer as SignerV1
from py_clob_client.signing.eip712 import sign_clob_auth_message as login_v1
from py_clob_client_v2.clob_types import ApiCreds, RequestArgs
from py_clob_client_v2.headers.headers import create_level_1_headers, create_level_2_headers
from py_clob_client_v2.signer import Signer as OfficialSigner
from py_clob_client_v2.signing.hmac import build_hmac_signature

from clobstep.secret import Secret
from clobstep.venue.signing.auth import (
    Credentials,
    check_credentials,
    l1_headers,
    l2_headers,
    user_subscription,
)
from clobstep.venue.signing.errors import SigningError
from venue.signing_official import KEY, OURS

RAW = base64.urlsafe_b64encode(b"\xfb\xff\xfe" * 10 + b"\x01\x02").decode()  # with - and _
CREDENTIALS = Credentials(Secret("a-key"), Secret(RAW), Secret("a-passphrase"))


@pytest.mark.parametrize("chain_id", [137, 80002])
def test_l1_is_the_official_one(chain_id: int) -> None:
    draw = random.Random(chain_id)
    theirs = OfficialSigner(KEY, chain_id)
    for _ in range(50):
        time_s, nonce = draw.getrandbits(31), draw.choice((0, draw.getrandbits(60)))
        assert l1_headers(OURS, time_s, nonce, chain_id) == create_level_1_headers(
            theirs, nonce, time_s
        )
    old = login_v1(SignerV1(KEY, chain_id), time_s, nonce)
    assert l1_headers(OURS, time_s, nonce, chain_id)["POLY_SIGNATURE"] == old


@given(
    st.integers(0, 1 << 40),
    st.sampled_from(["GET", "POST", "DELETE"]),
    st.sampled_from(["/order", "/orders", "/data/orders", "/v1/heartbeats"]),
    st.text(st.characters(exclude_characters="'", exclude_categories=["Cs"])),
    st.binary(min_size=1, max_size=60),
)
def test_l2_is_the_official_one(
    time_s: int, method: str, path: str, body: str, secret: bytes
) -> None:
    text = base64.urlsafe_b64encode(secret).decode()
    credentials = CREDENTIALS._replace(secret=Secret(text))
    theirs = create_level_2_headers(
        OfficialSigner(KEY, 137),
        ApiCreds("a-key", text, "a-passphrase"),
        RequestArgs(method, path, body, body),
        time_s,
    )
    assert l2_headers(credentials, OURS.address, time_s, method, path, body.encode()) == theirs


def test_an_apostrophe_is_signed_as_it_is_sent() -> None:
    """The official client signs a quotation mark in its place, and sends the apostrophe."""
    body = json.dumps({"a": "it's"}, separators=(",", ":"))
    ours = l2_headers(CREDENTIALS, OURS.address, 1, "POST", "/x", body.encode())["POLY_SIGNATURE"]
    assert ours != build_hmac_signature(RAW, "1", "POST", "/x", body)
    changed = l2_headers(
        CREDENTIALS, OURS.address, 1, "POST", "/x", body.replace("'", '"').encode()
    )
    assert changed["POLY_SIGNATURE"] == build_hmac_signature(RAW, "1", "POST", "/x", body)


def test_the_padding_of_a_signature_is_kept() -> None:
    signature = l2_headers(CREDENTIALS, OURS.address, 1, "GET", "/x")["POLY_SIGNATURE"]
    assert len(signature) == 44
    assert signature.endswith("=")


def test_a_secret_is_read_in_either_alphabet() -> None:
    other = CREDENTIALS._replace(secret=Secret(RAW.replace("-", "+").replace("_", "/")))
    args = (OURS.address, 5, "GET", "/data/orders")
    assert l2_headers(other, *args) == l2_headers(CREDENTIALS, *args)


@pytest.mark.parametrize("path", ["/data/orders?market=0x1", "data/orders", ""])
def test_a_query_is_not_signed(path: str) -> None:
    with pytest.raises(SigningError, match="path: "):
        l2_headers(CREDENTIALS, OURS.address, 5, "GET", path)


@pytest.mark.parametrize("secret", ["no base64!", RAW[:-1], "é" * 8, "*" * 44])
def test_a_secret_that_cannot_sign_is_told_but_not_shown(secret: str) -> None:
    wrong = CREDENTIALS._replace(secret=Secret(secret))
    for call in (
        lambda: l2_headers(wrong, OURS.address, 5, "GET", "/x"),
        lambda: check_credentials(wrong),
    ):
        with pytest.raises(SigningError, match=r"secret: .*(not base64|no header)") as caught:
            call()
        assert secret not in str(caught.value)


@pytest.mark.parametrize("wrong", ["", "a b", "a\r\nX: 1", "é", "\x00"])
@pytest.mark.parametrize("field", ["api_key", "passphrase"])
def test_credentials_that_no_header_can_hold(field: str, wrong: str) -> None:
    check_credentials(CREDENTIALS)
    with pytest.raises(SigningError, match=f"{field}: it is empty or has"):
        check_credentials(CREDENTIALS._replace(**{field: Secret(wrong)}))


@pytest.mark.parametrize("time_s", [-1, 1 << 63])
def test_a_time_that_cannot_be_is_refused(time_s: int) -> None:
    with pytest.raises(SigningError, match="timestamp_s: "):
        l1_headers(OURS, time_s, 0, 137)


def test_the_first_frame_of_the_user_channel() -> None:
    auth = {"apiKey": "a-key", "secret": RAW, "passphrase": "a-passphrase"}
    assert json.loads(user_subscription(CREDENTIALS)) == {"auth": auth, "type": "user"}
    assert json.loads(user_subscription(CREDENTIALS, ("0xc",)))["markets"] == ["0xc"]
