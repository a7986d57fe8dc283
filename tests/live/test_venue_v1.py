"""The official client of protocol 1 against the venue with that protocol, unchanged."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from py_clob_client.client import ClobClient
from py_clob_client.clob_types import (
    AssetType,
    BalanceAllowanceParams,
    OrderArgs,
    PostOrdersArgs,
)
from py_clob_client.exceptions import PolyApiException
from py_clob_client_v2.client import ClobClient as ClobClientV2
from py_clob_client_v2.clob_types import OrderArgs as OrderArgsV2
from py_clob_client_v2.clob_types import PartialCreateOrderOptions
from py_clob_client_v2.exceptions import PolyApiException as PolyApiExceptionV2

import venue_runs
from venue_runs import Run

KEY = f"0x{77:064x}"
WALLET = "0x00000000000000000000000000000000000A11CE"


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """A negRisk market and a plain one with a fee, without a crowd that acts."""
    profile = venue_runs.quick(scene={"fee_ppm": [30_000]}, crowd_gap_us=10**9)
    with venue_runs.venue(profile, markets=2, protocol="v1", neg_risk_markets=1) as found:
        yield found


def client(run: Run, signature_type: int = 0) -> ClobClient:
    funder = WALLET if signature_type else None
    c = ClobClient(run.url, 137, KEY, signature_type=signature_type, funder=funder)
    c.set_api_creds(c.create_or_derive_api_creds())
    return c


@pytest.mark.parametrize("signature_type", range(3))
@pytest.mark.parametrize("token", [0, 2])
def test_an_order_rests_and_is_cancelled(run: Run, signature_type: int, token: int) -> None:
    c = client(run, signature_type)
    signed = c.create_order(OrderArgs(run.asset(token), 0.02, 10, "BUY", fee_rate_bps=1000))
    posted = c.post_order(signed)
    assert (posted["status"], posted["success"]) == ("live", True)
    assert c.get_order(posted["orderID"])["status"] == "LIVE"
    assert [row["id"] for row in c.get_orders()] == [posted["orderID"]]
    assert c.cancel(posted["orderID"])["canceled"] == [posted["orderID"]]


def test_batch_lists_balance_and_heartbeat(run: Run) -> None:
    c = client(run)
    orders = [c.create_order(OrderArgs(run.asset(2), n / 100, 10, "BUY")) for n in (1, 2, 3)]
    posted = c.post_orders([PostOrdersArgs(order=o) for o in orders])
    ids = [leg["orderID"] for leg in posted]
    assert [row["id"] for row in c.get_orders()] == ids
    assert c.cancel_orders(ids[:1])["canceled"] == ids[:1]
    assert c.cancel_market_orders(asset_id=run.asset(2))["canceled"] == ids[1:]
    assert c.get_trades() == []
    params = BalanceAllowanceParams(asset_type=AssetType.COLLATERAL)
    assert c.get_balance_allowance(params)["balance"] == "1000000000"
    following = c.post_heartbeat(None)["heartbeat_id"]
    assert c.post_heartbeat(following)["heartbeat_id"] not in ("", following)


def test_the_old_fields_are_signed_too(run: Run) -> None:
    c = client(run)
    signed = c.create_order(OrderArgs(run.asset(2), 0.02, 10, "BUY"))
    signed.order["feeRateBps"] = 0
    with pytest.raises(PolyApiException) as found:
        c.post_order(signed)
    assert found.value.error_msg == {"error": "invalid signature"}


def test_an_order_of_protocol_2_has_the_wrong_version(run: Run) -> None:
    c = ClobClientV2(run.url, 137, KEY)
    c.set_api_creds(c.create_or_derive_api_key())
    assert c.get_version() == 1
    options = PartialCreateOrderOptions(tick_size="0.01", neg_risk=False, version=2)
    args = OrderArgsV2(token_id=run.asset(2), price=0.02, size=10, side="BUY")
    with pytest.raises(PolyApiExceptionV2) as found:
        c.post_order(c.create_order(args, options))
    assert found.value.error_msg == {"error": "order_version_mismatch"}
