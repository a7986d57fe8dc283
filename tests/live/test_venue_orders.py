"""The official client of protocol 2 against the venue, unchanged: orders, cancels, lists, money."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from py_clob_client_v2.client import ClobClient
from py_clob_client_v2.clob_types import (
    BalanceAllowanceParams,
    MarketOrderArgs,
    OpenOrderParams,
    OrderArgs,
    OrderMarketCancelParams,
    OrderPayload,
    OrderScoringParams,
    PartialCreateOrderOptions,
    PostOrdersV2Args,
    TradeParams,
)
from py_clob_client_v2.exceptions import PolyApiException

import venue_runs
from venue_runs import Run, until

CHAIN = 137
WALLET = "0x00000000000000000000000000000000000A11CE"


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """A negRisk market, a plain one, one with position ids. Nobody else acts in them."""
    profile = venue_runs.quick(crowd_gap_us=10**9)
    with venue_runs.venue(profile, markets=3, neg_risk_markets=1, v3_markets=1) as found:
        yield found


def key(number: int) -> str:
    return f"0x{number:064x}"


def client(run: Run, number: int, **given: Any) -> ClobClient:
    """One that has logged in."""
    made = ClobClient(run.url, CHAIN, key(number), **given)
    made.set_api_creds(made.create_or_derive_api_key())
    return made


def best(run: Run, token: int) -> tuple[float, float]:
    bids, asks = run.call(run.venue.exchange.book, token)
    return bids[0][0] / 10_000, asks[0][0] / 10_000


def low(run: Run, token: int, price: float = 0.02, size: float = 10.0) -> dict[str, Any]:
    """An order that rests far below; as the market's names say."""
    named = {"position_id": run.asset(token)} if token >= 4 else {"token_id": run.asset(token)}
    return {"price": price, "size": size, "side": "BUY", **named}


def refusal(post: Any) -> tuple[int, str]:
    with pytest.raises(PolyApiException) as found:
        post()
    return found.value.status_code, found.value.error_msg["error"]


@pytest.mark.parametrize("signature_type", range(4))
@pytest.mark.parametrize("token", [0, 2, 4])
def test_an_order_of_each_kind_rests_and_is_cancelled(
    run: Run, signature_type: int, token: int
) -> None:
    funder = None if signature_type == 0 else WALLET
    c = client(run, 1, signature_type=signature_type, funder=funder)
    posted = c.create_and_post_order(OrderArgs(**low(run, token)), post_only=True)
    assert (posted["success"], posted["status"], posted["errorMsg"]) == (True, "live", "")
    order = c.get_order(posted["orderID"])
    assert order["status"] == "LIVE"
    assert order["maker_address"] == (funder or c.get_address())
    assert (order["price"], order["original_size"], order["size_matched"]) == ("0.02", "10", "0")
    assert c.cancel_order(OrderPayload(posted["orderID"])) == {
        "canceled": [posted["orderID"]], "not_canceled": {},
    }  # fmt: skip
    assert c.get_order(posted["orderID"])["status"] == "CANCELED"


def test_the_order_id_is_the_hash_that_the_client_knows(run: Run) -> None:
    from py_clob_client_v2.config import get_contract_config
    from py_clob_client_v2.order_utils import ExchangeOrderBuilderV2

    c = client(run, 1)
    signed = c.create_order(OrderArgs(**low(run, 2)))
    contract = get_contract_config(CHAIN).exchange_v2
    builder = ExchangeOrderBuilderV2(contract, CHAIN, c.signer)
    expected = builder.build_order_hash(builder.build_order_typed_data(signed))
    assert c.post_order(signed)["orderID"] == expected
    c.cancel_all()


def test_a_batch_and_all_ways_to_cancel_it(run: Run) -> None:
    c = client(run, 2)
    args = [OrderArgs(**low(run, 2 if n % 2 else 0, 0.01 + n / 100)) for n in range(15)]
    posted = c.post_orders([PostOrdersV2Args(order=c.create_order(a)) for a in args])
    assert [leg["status"] for leg in posted] == ["live"] * 15
    ids = [leg["orderID"] for leg in posted]
    assert [row["id"] for row in c.get_open_orders()] == ids
    in_second = c.get_open_orders(OpenOrderParams(market=run.condition(1)))
    assert [row["id"] for row in in_second] == ids[1::2]
    assert c.get_open_orders(OpenOrderParams(id=ids[3]))[0]["id"] == ids[3]
    assert c.cancel_orders([ids[0], ids[0], "0xdead"]) == {
        "canceled": [ids[0]], "not_canceled": {"0xdead": "Order not found or already canceled"},
    }  # fmt: skip
    again = c.cancel_order(OrderPayload(ids[0]))["not_canceled"]
    assert again == {ids[0]: "Order already canceled"}
    gone = c.cancel_market_orders(OrderMarketCancelParams(market=run.condition(0)))
    assert gone["canceled"] == ids[2::2]
    assert c.cancel_all()["canceled"] == ids[1::2]
    assert c.get_open_orders() == []


def test_sixteen_are_too_many(run: Run) -> None:
    c = client(run, 2)
    many = [PostOrdersV2Args(order=c.create_order(OrderArgs(**low(run, 2)))) for _ in range(16)]
    text = "Too many orders in payload: 16, max allowed: 15"
    assert refusal(lambda: c.post_orders(many)) == (400, text)


def test_a_batch_says_of_each_order_what_became_of_it(run: Run) -> None:
    c = client(run, 2)
    orders = [OrderArgs(**low(run, 2)), OrderArgs(**low(run, 2, size=1.0))]
    told = c.post_orders([PostOrdersV2Args(order=c.create_order(o)) for o in orders])
    assert [leg["success"] for leg in told] == [True, False]
    assert told[1]["errorMsg"].endswith("Size (1) lower than the minimum: 5")
    assert (told[1]["orderID"], told[1]["status"]) == ("", "")
    c.cancel_all()


def test_a_taker_gets_decimals_trade_ids_and_in_the_end_the_tokens(run: Run) -> None:
    c = client(run, 3)
    _, ask = best(run, 2)
    args = MarketOrderArgs(token_id=run.asset(2), amount=5, side="BUY", price=ask)
    told = c.post_order(c.create_market_order(args), "FAK", defer_exec=True)
    assert told["status"] == "matched"
    assert float(told["makingAmount"]) == pytest.approx(5, abs=0.01)
    shares = float(told["takingAmount"])
    assert shares == pytest.approx(5 / ask, rel=0.01)
    mine = [t for n in told["tradeIDs"] for t in c.get_trades(TradeParams(id=n))]
    assert sum(float(t["size"]) for t in mine) == pytest.approx(shares)
    assert {t["trader_side"] for t in mine} == {"TAKER"}

    def settled() -> bool:
        rows = c.get_trades(TradeParams(id=told["tradeIDs"][0]))
        return bool(rows[0]["status"] == "TRADE_STATUS_CONFIRMED" and rows[0]["transaction_hash"])

    until(settled)
    params = BalanceAllowanceParams(asset_type="CONDITIONAL", token_id=run.asset(2))
    assert int(c.get_balance_allowance(params)["balance"]) == round(shares * 1e6)
    cash = int(c.get_balance_allowance(BalanceAllowanceParams("COLLATERAL"))["balance"])
    assert cash == 1_000_000_000 - round(float(told["makingAmount"]) * 1e6)


def test_two_makers_trade_with_each_other_and_each_sees_its_side(run: Run) -> None:
    """BUY NO meets BUY YES: of the maker's row the head is the taker's, its own part the other."""
    maker, taker = client(run, 4), client(run, 5)
    price = best(run, 0)[1]
    sweep = MarketOrderArgs(token_id=run.asset(0), amount=200, side="BUY", price=price)
    sweeper = client(run, 8)
    sweeper.post_order(sweeper.create_market_order(sweep), "FAK", defer_exec=True)
    assert price < best(run, 0)[1], "the best price is free"
    rests = maker.create_and_post_order(OrderArgs(**low(run, 0, price)), post_only=True)
    args = OrderArgs(token_id=run.asset(1), price=round(1 - price, 2), size=10, side="BUY")
    took = taker.post_order(taker.create_order(args), "GTC", defer_exec=True)
    assert took["status"] == "matched"
    row = maker.get_trades()[0]
    assert (row["trader_side"], row["asset_id"]) == ("MAKER", run.asset(1))
    assert row["taker_order_id"] == took["orderID"]
    own = row["maker_orders"][0]
    assert (own["order_id"], own["asset_id"]) == (rests["orderID"], run.asset(0))
    assert (own["side"], own["owner"]) == ("BUY", maker.creds.api_key)
    assert maker.get_trades(TradeParams(asset_id=run.asset(0))) == []  # filters see takers only
    assert maker.get_trades(TradeParams(market=run.condition(0)))[0]["id"] == row["id"]
    assert taker.get_trades(TradeParams(after=int(time.time()) + 60)) == []
    assert maker.get_order(rests["orderID"])["status"] == "MATCHED"
    until(lambda: maker.get_trades()[0]["status"] == "TRADE_STATUS_CONFIRMED")


def test_what_the_venue_refuses_and_in_which_words(run: Run) -> None:
    c = client(run, 6)
    _, ask = best(run, 2)
    fine = PartialCreateOrderOptions(tick_size="0.01", neg_risk=False)

    def post(post_only: bool = False, kind: str = "GTC", **given: Any) -> tuple[int, str]:
        args = OrderArgs(**(low(run, 2) | given))
        return refusal(lambda: c.post_order(c.create_order(args, fine), kind, post_only))

    assert post(size=4.99)[1].endswith("Size (4.99) lower than the minimum: 5")
    assert post(post_only=True, price=ask) == (
        400, "invalid post-only order: order crosses book",
    )  # fmt: skip
    assert post(price=0.9, size=5000.0)[1].startswith(
        "not enough balance / allowance: the balance is not enough -> balance: 1000000000, "
    )
    assert post(kind="GTD", expiration=int(time.time()) + 60) == (400, "invalid expiration")
    assert post(kind="GTC", expiration=int(time.time()) + 900) == (400, "invalid expiration")
    assert post(kind="FOK", size=0.5)[0] == 400
    far = MarketOrderArgs(token_id=run.asset(2), amount=5, side="BUY", price=0.01)
    killed = refusal(lambda: c.post_order(c.create_market_order(far), "FAK"))[1]
    assert killed.startswith("no orders found to match with FAK order")
    killed = refusal(lambda: c.post_order(c.create_market_order(far), "FOK"))[1]
    assert killed.startswith("order couldn't be fully filled")
    c._ClobClient__tick_sizes[run.asset(2)] = "0.001"  # as a client whose tick is not of today
    args = OrderArgs(**low(run, 2, price=0.015))
    options = PartialCreateOrderOptions(tick_size="0.001", neg_risk=False)
    off = refusal(lambda: c.post_order(c.create_order(args, options)))[1]
    assert off.endswith("is invalid. Price (0.015) breaks minimum tick size rule: 0.01")
    assert c.get_open_orders() == []


def test_the_same_order_twice_and_a_gtd_that_rests(run: Run) -> None:
    c = client(run, 6)
    expires = int(time.time()) + 400
    signed = c.create_order(OrderArgs(**low(run, 2), expiration=expires))
    posted = c.post_order(signed, "GTD")
    again = refusal(lambda: c.post_order(signed, "GTD"))
    assert again == (400, f"order {posted['orderID']} is invalid. Duplicated.")
    row = c.get_order(posted["orderID"])
    assert (row["order_type"], row["expiration"]) == ("GTD", str(expires))
    assert c.is_order_scoring(OrderScoringParams(posted["orderID"])) == {"scoring": True}
    c.cancel_all()


def test_signed_for_the_wrong_exchange_or_by_another_version(run: Run) -> None:
    c = client(run, 6)
    wrong = PartialCreateOrderOptions(tick_size="0.01", neg_risk=True)
    signed = c.create_order(OrderArgs(**low(run, 2)), wrong)
    assert refusal(lambda: c.post_order(signed)) == (400, "invalid signature")
    as_token = OrderArgs(**(low(run, 2) | {"token_id": run.asset(4)}))
    signed = c.create_order(as_token, PartialCreateOrderOptions(tick_size="0.01", neg_risk=False))
    assert refusal(lambda: c.post_order(signed)) == (400, "invalid signature")
    old = PartialCreateOrderOptions(tick_size="0.01", neg_risk=False, version=1)
    signed = c.create_order(OrderArgs(**low(run, 2)), old)
    assert refusal(lambda: c.post_order(signed)) == (400, "order_version_mismatch")


def test_an_order_of_somebody_else(run: Run) -> None:
    c, other = client(run, 6), client(run, 7)
    signed = c.create_order(OrderArgs(**low(run, 2)))
    text = "the order signer address has to be the address of the API KEY"
    assert refusal(lambda: other.post_order(signed)) == (400, text)
    posted = c.post_order(signed)
    assert refusal(lambda: other.get_order(posted["orderID"])) == (404, "Order not found")
    left = other.cancel_order(OrderPayload(posted["orderID"]))["not_canceled"]
    assert list(left) == [posted["orderID"]]
    c.cancel_all()


def test_pages(run: Run) -> None:
    c = client(run, 7)
    args = [OrderArgs(**low(run, 2, 0.01 + n / 100)) for n in range(5)]
    posted = c.post_orders([PostOrdersV2Args(order=c.create_order(a)) for a in args])
    ids = [leg["orderID"] for leg in posted]
    settings = run.venue.settings
    object.__setattr__(settings, "page", 2)
    try:
        assert [row["id"] for row in c.get_open_orders()] == ids
        assert len(c.get_open_orders(only_first_page=True)) == 2
    finally:
        object.__setattr__(settings, "page", 500)
        c.cancel_all()


def test_public_data_as_the_official_client_reads_it(run: Run) -> None:
    c = ClobClient(run.url, CHAIN)
    book = c.get_order_book(run.asset(2))
    assert c.get_order_book_hash(dict(book)) == book["hash"]
    assert float(book["bids"][0]["price"]) < float(book["bids"][-1]["price"])
    assert float(book["asks"][0]["price"]) > float(book["asks"][-1]["price"])
    assert [b["asset_id"] for b in c.get_order_books([{"token_id": run.asset(2)}])] == [
        run.asset(2)
    ]
    assert c.get_tick_size(run.asset(2)) == "0.01"
    assert (c.get_neg_risk(run.asset(0)), c.get_neg_risk(run.asset(2))) == (True, False)
    assert c.get_clob_market_info(run.condition(1))["t"][1] == {"t": run.asset(3), "o": "No"}
    assert abs(c.get_server_time() - time.time()) < 5
    assert (c.get_version(), c.get_ok()) == (2, "OK")
    position = int(run.asset(5))
    assert position & (((1 << 64) - 1) << 40) == 0
    assert (position >> 248, position & 255) == (1, 1)
