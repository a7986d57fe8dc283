"""Who may ask: logins and requests with one thing wrong are refused, in the venue's words."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from py_clob_client_v2.client import ClobClient
from py_clob_client_v2.clob_types import ApiCreds, RequestArgs
from py_clob_client_v2.headers.headers import create_level_1_headers, create_level_2_headers
from py_clob_client_v2.signer import Signer

import venue_runs
from venue_runs import Run

BAD_KEY = {"error": "Unauthorized/Invalid api key"}
BAD_LOGIN = {"error": "Invalid L1 Request headers"}
CHAIN = 137


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    with venue_runs.venue(venue_runs.quick(crowd_gap_us=10**9), markets=1, accounts=2) as found:
        yield found


@pytest.fixture(scope="module")
def signer() -> Signer:
    return Signer(f"0x{7:064x}", CHAIN)


@pytest.fixture(scope="module")
def creds(run: Run, signer: Signer) -> ApiCreds:
    return ClobClient(run.url, CHAIN, signer.private_key).create_or_derive_api_key()


def signed(
    signer: Signer, creds: ApiCreds, method: str, path: str, body: str = "", **given: Any
) -> dict[str, str]:
    args = RequestArgs(method, path, body or None, body or None)
    return {k: str(v) for k, v in create_level_2_headers(signer, creds, args, **given).items()}


def test_a_login_gives_the_same_key_each_time_and_another_a_nonce(run: Run) -> None:
    c = ClobClient(run.url, CHAIN, f"0x{7:064x}")
    first, again, other = c.create_api_key(), c.derive_api_key(), c.create_api_key(nonce=1)
    assert first == again
    assert other.api_key != first.api_key


@pytest.mark.parametrize(
    "change",
    [
        {"POLY_SIGNATURE": "0x" + "11" * 65},
        {"POLY_SIGNATURE": "0x12"},
        {"POLY_SIGNATURE": "nothing"},
        {"POLY_ADDRESS": "0x" + "22" * 20},
        {"POLY_ADDRESS": "me"},
        {"POLY_NONCE": "1"},
        {"POLY_NONCE": "-1"},
        {"POLY_TIMESTAMP": "0"},
        {"POLY_TIMESTAMP": "now"},
    ],
    ids=str,
)
def test_a_login_with_one_thing_wrong(run: Run, signer: Signer, change: dict[str, str]) -> None:
    headers = {k: str(v) for k, v in create_level_1_headers(signer).items()} | change
    answer = httpx.post(f"{run.url}/auth/api-key", headers=headers)
    assert (answer.status_code, answer.json()) == (401, BAD_LOGIN)


def test_an_old_login(run: Run, signer: Signer) -> None:
    headers = create_level_1_headers(signer, timestamp=int(time.time()) - 120)
    answer = httpx.get(
        f"{run.url}/auth/derive-api-key", headers={k: str(v) for k, v in headers.items()}
    )
    assert (answer.status_code, answer.json()) == (401, BAD_LOGIN)


def test_a_signed_request_and_its_query_is_not_signed(
    run: Run, signer: Signer, creds: ApiCreds
) -> None:
    headers = signed(signer, creds, "GET", "/data/orders")
    answer = httpx.get(f"{run.url}/data/orders?next_cursor=MA==", headers=headers)
    assert answer.status_code == 200
    assert answer.json()["data"] == []
    headers = signed(signer, creds, "GET", "/data/orders?next_cursor=MA==")
    answer = httpx.get(f"{run.url}/data/orders?next_cursor=MA==", headers=headers)
    assert (answer.status_code, answer.json()) == (401, BAD_KEY)


@pytest.mark.parametrize(
    "change",
    [
        {"POLY_SIGNATURE": "AAAA"},
        {"POLY_ADDRESS": "0x" + "22" * 20},
        {"POLY_API_KEY": "00000000-0000-0000-0000-000000000000"},
        {"POLY_PASSPHRASE": "open sesame"},
        {"POLY_TIMESTAMP": "1"},
    ],
    ids=str,
)
def test_a_request_with_one_thing_wrong(
    run: Run, signer: Signer, creds: ApiCreds, change: dict[str, str]
) -> None:
    headers = signed(signer, creds, "GET", "/data/orders") | change
    answer = httpx.get(f"{run.url}/data/orders", headers=headers)
    assert (answer.status_code, answer.json()) == (401, BAD_KEY)


def test_an_old_request_and_one_for_another_path(run: Run, signer: Signer, creds: ApiCreds) -> None:
    old = signed(signer, creds, "GET", "/data/orders", timestamp=int(time.time()) - 120)
    other = signed(signer, creds, "GET", "/data/trades")
    deleting = signed(signer, creds, "DELETE", "/data/orders")
    for headers in (old, other, deleting):
        answer = httpx.get(f"{run.url}/data/orders", headers=headers)
        assert (answer.status_code, answer.json()) == (401, BAD_KEY)


def test_the_body_is_signed_byte_for_byte(run: Run, signer: Signer, creds: ApiCreds) -> None:
    body = json.dumps({"orderID": "0x12"}, separators=(",", ":"))
    headers = signed(signer, creds, "DELETE", "/order", body)
    url = f"{run.url}/order"
    answer = httpx.request("DELETE", url, headers=headers, content=body)
    assert answer.json()["not_canceled"] == {"0x12": "Order not found or already canceled"}
    spaced = httpx.request("DELETE", url, headers=headers, content=body.replace(":", ": "))
    assert (spaced.status_code, spaced.json()) == (401, BAD_KEY)


def test_a_key_that_was_deleted_and_no_account_left(run: Run) -> None:
    c = ClobClient(run.url, CHAIN, f"0x{8:064x}")
    c.set_api_creds(c.create_api_key())
    assert c.get_api_keys()["apiKeys"] == [c.creds.api_key]
    headers = signed(c.signer, c.creds, "GET", "/auth/api-keys")
    assert c.delete_api_key() == "OK"
    answer = httpx.get(f"{run.url}/auth/api-keys", headers=headers)
    assert (answer.status_code, answer.json()) == (401, BAD_KEY)
    third = create_level_1_headers(Signer(f"0x{9:064x}", CHAIN))
    answer = httpx.post(f"{run.url}/auth/api-key", headers={k: str(v) for k, v in third.items()})
    assert answer.status_code == 400
    assert "--accounts" in answer.json()["error"]


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"order":5}', "[" * 5000, '{"order":{"salt":"x"}}', "\xff"]
)
def test_what_is_no_order(run: Run, signer: Signer, creds: ApiCreds, body: str) -> None:
    headers = signed(signer, creds, "POST", "/order", body)
    answer = httpx.post(f"{run.url}/order", headers=headers, content=body.encode())
    assert (answer.status_code, answer.json()) == (400, {"error": "Invalid order payload"})


def test_secrets_do_not_show(run: Run, creds: ApiCreds) -> None:
    known = run.venue.accounts.socket(
        {"apiKey": creds.api_key, "secret": creds.api_secret, "passphrase": creds.api_passphrase}
    )
    assert known is not None
    assert creds.api_secret not in repr(known)
    assert creds.api_passphrase not in f"{known}"
    wrong = {"apiKey": creds.api_key, "secret": "x", "passphrase": creds.api_passphrase}
    assert run.venue.accounts.socket(wrong) is None
