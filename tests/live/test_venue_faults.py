"""Each fault by its name: what a client sees of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from py_clob_client_v2.client import ClobClient
from py_clob_client_v2.clob_types import (
    BalanceAllowanceParams,
    OrderArgs,
    OrderPayload,
    PartialCreateOrderOptions,
    PostOrdersV2Args,
    RequestArgs,
)
from py_clob_client_v2.exceptions import PolyApiException
from py_clob_client_v2.headers.headers import create_level_2_headers
from py_clob_client_v2.order_utils.model.order_data_v2 import order_to_json_v2
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

import venue_runs
from clobstep.enums import Reject
from clobstep_sim.server import texts
from venue_runs import Run, hear, until

KEY = f"0x{5:064x}"
OPTIONS = PartialCreateOrderOptions(tick_size="0.01", neg_risk=False)


@pytest.fixture
def run() -> Iterator[Run]:
    """A venue ten times as fast as we are: its seconds pass while a test waits."""
    with venue_runs.venue(venue_runs.quick(crowd_gap_us=100_000), markets=2, speed=10.0) as found:
        yield found


@pytest.fixture
def c(run: Run) -> ClobClient:
    made = ClobClient(run.url, 137, KEY, use_server_time=True)
    made.set_api_creds(made.create_or_derive_api_key())
    return made


def signed(run: Run, c: ClobClient, price: float = 0.02) -> Any:
    args = OrderArgs(token_id=run.asset(0), price=price, size=10, side="BUY")
    return c.create_order(args, OPTIONS)


def refusal(post: Callable[[], Any]) -> tuple[int, str]:
    with pytest.raises(PolyApiException) as found:
        post()
    message = found.value.error_msg
    return found.value.status_code, message["error"] if isinstance(message, dict) else message


def rest(c: ClobClient) -> list[str]:
    return [row["id"] for row in c.get_open_orders()]


@pytest.mark.parametrize("reason", list(texts.PLAIN))
def test_a_storm_refuses_every_order_for_its_reason(
    run: Run, c: ClobClient, reason: Reject
) -> None:
    run.spell("storm_every", reason=reason.name, market=0, seconds=600)
    status, text = refusal(lambda: c.post_order(signed(run, c)))
    assert status == texts.PLAIN[reason][0]
    assert text.startswith(texts.PLAIN[reason][1])
    run.spell("storm_every", do="end")
    assert c.post_order(signed(run, c))["status"] == "live"


def test_restarting_then_two_minutes_post_only(run: Run, c: ClobClient) -> None:
    posted = c.post_order(signed(run, c))["orderID"]
    run.spell("restart", seconds=20)
    assert refusal(lambda: c.post_order(signed(run, c))) == (425, "service not ready")
    assert refusal(lambda: c.cancel_order(OrderPayload(posted))) == (425, "service not ready")
    until(lambda: run.call(run.venue.spells)["state"] == 1)
    assert c.cancel_order(OrderPayload(posted))["canceled"] == [posted]
    status, text = refusal(lambda: c.post_order(signed(run, c)))
    assert (status, text) == (503, texts.POST_ONLY)
    leg = c.post_orders([PostOrdersV2Args(order=signed(run, c))])[0]
    assert (leg["success"], leg["orderID"], leg["errorMsg"]) == (True, "", texts.POST_ONLY)
    assert c.post_order(signed(run, c), post_only=True)["status"] == "live"


@pytest.mark.parametrize(
    "state, text, cancels", [(2, texts.CANCEL_ONLY, True), (3, texts.DISABLED, False)]
)
def test_cancel_only_and_disabled(
    run: Run, c: ClobClient, state: int, text: str, cancels: bool
) -> None:
    posted = c.post_order(signed(run, c))["orderID"]
    run.spell("state", state=state)
    assert refusal(lambda: c.post_order(signed(run, c))) == (503, text)
    if cancels:
        assert c.cancel_order(OrderPayload(posted))["canceled"] == [posted]
    else:
        assert refusal(lambda: c.cancel_order(OrderPayload(posted))) == (503, text)


def test_a_revoked_key(run: Run, c: ClobClient) -> None:
    with user(run, c) as ws:
        run.spell("key_every", seconds=600)
        with pytest.raises(ConnectionClosed):
            ws.recv(timeout=10)
    assert refusal(c.get_open_orders) == (401, "Unauthorized/Invalid api key")
    assert c.get_order_book(run.asset(0))["bids"]
    run.spell("key_every", do="end")
    assert c.get_open_orders() == []


def test_throttled_with_and_without_retry_after(run: Run, c: ClobClient) -> None:
    run.spell("throttle_every", seconds=6000)
    answers = [httpx.get(f"{run.url}/time") for _ in range(20)]
    assert {a.status_code for a in answers} == {429}
    assert {"retry-after" in a.headers for a in answers} == {True, False}


def test_the_bucket_of_orders_runs_dry() -> None:
    with venue_runs.venue(venue_runs.quick(crowd_gap_us=10**9), markets=1) as run:
        c = ClobClient(run.url, 137, KEY)
        c.set_api_creds(c.create_or_derive_api_key())
        batch = [PostOrdersV2Args(order=signed(run, c)) for _ in range(15)]

        def is_dry() -> bool:
            """The same orders each time: charged though they are there already."""
            try:
                c.post_orders(batch)
            except PolyApiException as no:
                return bool(no.status_code == 429)
            return False

        until(is_dry)
        assert refusal(lambda: c.post_orders(batch)) == (429, "Too Many Requests")
        assert c.cancel_all()["canceled"]  # another bucket


class Raw:
    """One order ready to be sent, with an answer that can be looked at whole."""

    def __init__(self, run: Run, c: ClobClient) -> None:
        order = order_to_json_v2(signed(run, c), c.creds.api_key, "GTC")
        self._url = f"{run.url}/order"
        self._body = json.dumps(order, separators=(",", ":"))
        self._headers = headers(c, "POST", "/order", self._body)

    def post(self, timeout: float = 10.0) -> httpx.Response:
        return httpx.post(self._url, content=self._body, headers=self._headers, timeout=timeout)


def headers(c: ClobClient, method: str, path: str, body: str | None = None) -> dict[str, str]:
    args = RequestArgs(method, path, body, body)
    found = create_level_2_headers(c.signer, c.creds, args, timestamp=c.get_server_time())
    return {k: str(v) for k, v in found.items()}


def test_headers_tell_what_is_left(run: Run, c: ClobClient) -> None:
    answer = Raw(run, c).post()
    assert answer.headers["Poly-RateLimit-Tier"] == "Standard"
    assert 0 < int(answer.headers["Poly-RateLimit-Remaining"]) < 60
    assert int(answer.headers["Poly-RateLimit-Reset"]) > 0


def test_an_answer_that_never_comes_to_an_order_that_rests(run: Run, c: ClobClient) -> None:
    raw = Raw(run, c)
    run.spell("answer_drop_ppm")
    with pytest.raises(httpx.ReadTimeout):
        raw.post(timeout=0.5)
    assert len(rest(c)) == 1


def test_a_request_that_never_arrives(run: Run, c: ClobClient) -> None:
    raw = Raw(run, c)
    run.spell("ask_drop_ppm")
    with pytest.raises(httpx.ReadTimeout):
        raw.post(timeout=2.0)
    assert rest(c) == []
    assert raw.post().json()["status"] == "live"


def test_a_request_that_arrives_five_minutes_later() -> None:
    with venue_runs.venue(venue_runs.quick(crowd_gap_us=10**9), markets=1, speed=50.0) as run:
        c = ClobClient(run.url, 137, KEY, use_server_time=True)
        c.set_api_creds(c.create_or_derive_api_key())
        raw = Raw(run, c)
        run.spell("ask_very_late_ppm")
        with pytest.raises(httpx.ReadTimeout):
            raw.post(timeout=2.0)  # it must have come in before it is lost
        assert rest(c) == []
        until(lambda: rest(c))


def test_500_says_nothing_about_what_happened(run: Run, c: ClobClient) -> None:
    executed = set()

    def tried() -> bool:
        run.spell("error_ppm")
        before = len(rest(c))
        assert refusal(lambda: c.post_order(signed(run, c))) == (500, "could not insert order")
        executed.add(len(rest(c)) - before)
        return executed == {0, 1}

    until(tried)


def test_a_request_that_arrives_twice(run: Run, c: ClobClient) -> None:
    run.spell("ask_double_ppm")
    status, text = refusal(lambda: c.post_order(signed(run, c)))
    assert status == 400
    assert text.endswith("is invalid. Duplicated.")
    assert len(rest(c)) == 1


def test_unmatched_and_read_errors_and_a_lie(run: Run, c: ClobClient) -> None:
    run.spell("unmatched_ppm")
    assert c.post_order(signed(run, c))["status"] == "unmatched"
    run.spell("read_error_ppm", times=2)
    assert httpx.get(f"{run.url}/time").status_code == 500
    run.spell("read_error_ppm", do="end")
    run.spell("balance_lie_every", seconds=600)
    cash = BalanceAllowanceParams("COLLATERAL")
    assert c.get_balance_allowance(cash)["balance"] == "3000000000"
    run.spell("balance_lie_every", do="end")
    assert c.get_balance_allowance(cash)["balance"] == "1000000000"


def test_gamma_down_and_gamma_talking_nonsense(run: Run) -> None:
    run.spell("gamma_down_every", seconds=600)
    assert httpx.get(f"{run.url}/markets/keyset").status_code == 503
    run.spell("gamma_down_every", do="end")
    good = httpx.get(f"{run.url}/markets/keyset", params={"slug": "market-0-1"}).content
    run.spell("gamma_garbage_ppm")
    assert httpx.get(f"{run.url}/markets/keyset", params={"slug": "market-0-1"}).content != good


def test_the_dead_man_cancels_after_ten_to_fifteen_seconds(run: Run, c: ClobClient) -> None:
    c.post_order(signed(run, c))
    following = c.post_heartbeat("")["heartbeat_id"]
    assert len(rest(c)) == 1
    wrong = refusal_whole(lambda: c.post_heartbeat("x"))
    assert wrong == {"error_msg": "Invalid Heartbeat ID", "heartbeat_id": following}
    until(lambda: not rest(c))


def refusal_whole(post: Callable[[], Any]) -> Any:
    with pytest.raises(PolyApiException) as found:
        post()
    assert found.value.status_code == 400
    return found.value.error_msg


# ---- sockets


def market(run: Run) -> Any:
    return _Subscribed(f"{run.ws}/ws/market", {
        "assets_ids": [run.asset(t) for t in range(4)], "type": "market",
        "custom_feature_enabled": True,
    })  # fmt: skip


def user(run: Run, c: ClobClient) -> Any:
    k = c.creds
    auth = {"apiKey": k.api_key, "secret": k.api_secret, "passphrase": k.api_passphrase}
    return _Subscribed(f"{run.ws}/ws/user", {"auth": auth, "type": "user"})


class _Subscribed:
    """A connection that has subscribed and been heard."""

    def __init__(self, url: str, frame: dict[str, Any]) -> None:
        self._connect = connect(url, compression=None)
        self._frame = frame

    def __enter__(self) -> ClientConnection:
        ws = self._connect.__enter__()
        ws.send(json.dumps(self._frame))
        ws.send("PING")
        hear(ws, lambda m: m == "PONG")
        return ws

    def __exit__(self, *given: Any) -> None:
        self._connect.__exit__(*given)


def test_a_feed_that_breaks(run: Run) -> None:
    with market(run) as ws:
        run.spell("feed_lost_every")
        with pytest.raises(ConnectionClosed):
            hear(ws, lambda m: m == "nothing that is ever said")


def test_a_stalled_market_says_nothing_and_pongs_go_on(run: Run) -> None:
    with market(run) as ws:
        for number in range(2):
            run.spell("feed_stall_every", market=number, seconds=6000)
        ws.send("PING")
        hear(ws, lambda m: m == "PONG")
        with pytest.raises(TimeoutError):
            ws.recv(timeout=1)
        for _ in range(3):
            ws.send("PING")
            assert ws.recv(timeout=10) == "PONG"


def went_quiet(ws: ClientConnection) -> bool:
    try:
        assert ws.recv(timeout=1) != "PONG"
    except TimeoutError:
        return True
    return False


def test_half_open_says_nothing_at_all(run: Run, c: ClobClient) -> None:
    with market(run) as feed, user(run, c) as own:
        run.spell("half_open_every", seconds=6000)
        for ws in (feed, own):
            ws.send("PING")
        c.post_order(signed(run, c))
        with pytest.raises(TimeoutError):
            own.recv(timeout=1)
        while not went_quiet(feed):  # what was under way comes, and no PONG
            continue


def test_words_of_the_feed_dropped_doubled_and_made_of_garbage(run: Run) -> None:
    def is_garbage(message: Any) -> bool:
        return not isinstance(message, dict) or "timestamp" not in message

    seen: list[str] = []
    with market(run) as ws:
        run.spell("feed_double_ppm", times=50)
        hear(ws, lambda m: seen.append(json.dumps(m)) or len(seen) != len(set(seen)))
        run.spell("feed_garbage_ppm", times=1)
        assert is_garbage(hear(ws, is_garbage)[-1])
        for name in ("feed_drop_ppm", "feed_late_ppm", "feed_crossed_ppm"):
            run.spell(name, times=5)
            hear(ws, lambda _, name=name: run.running.faults.happened[name] == 5)  # type: ignore[misc]


def test_no_book_at_first(run: Run) -> None:
    run.spell("no_book_ppm", times=4)
    with connect(f"{run.ws}/ws/market", compression=None) as ws:
        ws.send(json.dumps({"assets_ids": [run.asset(0)], "type": "market"}))
        assert not str(ws.recv(timeout=10)).startswith("[")


def statuses(ws: ClientConnection, last: str) -> list[dict[str, Any]]:
    return hear(ws, lambda m: m.get("status") == last)


def take(run: Run, c: ClobClient) -> dict[str, Any]:
    told: dict[str, Any] = c.post_order(signed(run, c, 0.99), "FAK", defer_exec=True)
    return told


def test_a_trade_that_fails_after_it_was_matched(run: Run, c: ClobClient) -> None:
    with user(run, c) as ws:
        run.spell("unsent_ppm", times=1)
        take(run, c)
        run.spell("fail", last=100)
        heard = statuses(ws, "FAILED")
        said = [e["status"] for e in heard if e["event_type"] == "trade"]
    assert said[0] == "MATCHED_NOT_BROADCASTED"
    assert "MATCHED" in said
    assert c.get_balance_allowance(BalanceAllowanceParams("COLLATERAL"))["balance"] == "1000000000"


def test_the_user_channel_lies(run: Run, c: ClobClient) -> None:
    with user(run, c) as ws:
        run.spell("role_lie_ppm", times=1)
        run.spell("trade_garbled_ppm", times=1)
        run.spell("trade_disputed_ppm", times=1)
        take(run, c)
        heard = [e for e in statuses(ws, "CONFIRMED") if e["event_type"] == "trade"]
        assert {e["trader_side"] for e in heard} == {"MAKER", "TAKER"}
        sizes: dict[str, set[str]] = {}  # a take may meet several makers
        for e in heard:
            sizes.setdefault(e["id"], set()).add(e["size"])
        assert max(len(found) for found in sizes.values()) == 2
        statuses(ws, "FAILED")
        run.spell("late_reject_ppm")
        posted = c.post_order(signed(run, c))
        assert statuses(ws, "INVALID")[-1]["id"] == posted["orderID"]
        run.spell("user_double_ppm", times=1)
        c.cancel_all()
        for _ in range(2):
            assert statuses(ws, "CANCELED")[-1]["id"] == posted["orderID"]
        run.spell("user_drop_ppm", times=1)
        c.post_order(signed(run, c))
        c.cancel_all()
        assert json.loads(ws.recv(timeout=10))["type"] == "CANCELLATION"


def test_a_tick_that_changes_and_a_market_that_closes(run: Run, c: ClobClient) -> None:
    with market(run) as ws:
        run.spell("tick", market=0, pips=10)
        kinds: list[str] = []
        hear(ws, lambda m: kinds.append(m["event_type"]) or kinds.count("tick_size_change") == 4)
        assert httpx.get(f"{run.url}/tick-size", params={"token_id": run.asset(0)}).json() == {
            "minimum_tick_size": 0.001
        }
        run.spell("close", market=0)
        text = f"the orderbook {run.asset(0)} does not exist"
        assert refusal(lambda: c.post_order(signed(run, c))) == (400, text)
        run.spell("resolve", market=1, payout_pips=10_000)
        winner = run.asset(2)
        hear(ws, lambda m: m.get("winning_asset_id") == winner)


@pytest.mark.parametrize(
    "name",
    [
        "fee_every", "flag_every", "minimum_every", "game_every", "person_every", "money_every",
        "phantom_every", "twin_every",
    ],
)  # fmt: skip
def test_spells_of_the_world_begin_by_name(run: Run, name: str) -> None:
    run.spell(name)
    truth = run.truth()
    assert truth["spells"][name] == 1
    assert truth["check"] == ""


def test_calm_ends_all_of_it_and_what_is_no_fault_is_refused(run: Run, c: ClobClient) -> None:
    run.spell("storm_every", seconds=6000)
    run.spell("throttle_every", seconds=6000)
    assert httpx.post(f"{run.url}/control/calm").status_code == 200
    assert c.post_order(signed(run, c))["status"] == "live"
    answer = httpx.post(f"{run.url}/control/spell", json={"name": "rain"})
    assert answer.status_code == 400
    assert "storm_every" in answer.json()["error"]


# ---- the relayer


def relay(run: Run, c: ClobClient, **wanted: str) -> str:
    body = json.dumps(wanted)
    signed_by = headers(c, "POST", "/relayer/submit", body)
    answer = httpx.post(f"{run.url}/relayer/submit", content=body, headers=signed_by)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["transactionID"])


def state(run: Run, c: ClobClient, number: str) -> dict[str, Any]:
    signed_by = headers(c, "GET", "/relayer/transaction")
    url = f"{run.url}/relayer/transaction"
    found: dict[str, Any] = httpx.get(url, params={"id": number}, headers=signed_by).json()
    return found


def test_split_merge_and_redeem(run: Run, c: ClobClient) -> None:
    def done(wanted: str, **given: str) -> dict[str, Any]:
        number = relay(run, c, op=wanted, condition=run.condition(0), **given)
        assert state(run, c, number)["state"] == "STATE_NEW"
        until(lambda: state(run, c, number)["state"] in ("STATE_CONFIRMED", "STATE_FAILED"))
        return state(run, c, number)

    assert done("split", size="10000000")["state"] == "STATE_CONFIRMED"
    params = BalanceAllowanceParams(asset_type="CONDITIONAL", token_id=run.asset(1))
    assert c.get_balance_allowance(params)["balance"] == "10000000"
    assert done("merge", size="4000000")["state"] == "STATE_CONFIRMED"
    assert done("merge", size="7000000")["state"] == "STATE_FAILED"
    run.spell("convert_fails_ppm")
    assert done("split", size="1000000")["error"] == "execution reverted"
    run.spell("resolve", market=0, payout_pips=10_000)
    yes, asset = done("redeem", size="6000000", token=run.asset(0)), run.asset(1)
    assert (yes["state"], yes["paid"]) == ("STATE_CONFIRMED", "6000000")
    cash = c.get_balance_allowance(BalanceAllowanceParams("COLLATERAL"))["balance"]
    assert cash == "1000000000"
    until(lambda: run.asset(1) != asset)  # what pays nothing is still its owner's
    params = BalanceAllowanceParams(asset_type="CONDITIONAL", token_id=asset)
    assert c.get_balance_allowance(params)["balance"] == "6000000"
