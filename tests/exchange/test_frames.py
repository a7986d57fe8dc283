"""The venue's bytes, through the product's own codecs, say what the exchange's words said."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from clobstep import Engine, EngineConfig, events
from clobstep.enums import CancelReason, EventKind, Side, Tif, TradeStatus
from clobstep.events import Event
from clobstep_sim.exchange import Exchange
from clobstep_sim.exchange.frames import EVERYBODY, Ear, Frame, Frames
from clobstep_sim.exchange.names import Names
from exchange.test_stateful import ACCOUNTS, CASH, MARKETS, TOKENS, Crowd

START = 1_790_000_000 * 10**9 + 123_456_789
S = 10**9
SHARE = 1_000_000
Words = list[tuple[int, bytes]]


class Spoken(Crowd):
    """A crowd, some of it without accounts that hear, and what everybody hears by both ways."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.nobody = self.x.account(unlimited=True)
        self.frames = Frames(self.x)
        self.ears = [Ear(self.x, who) for who in range(ACCOUNTS)]
        self.kinds: Counter[str] = Counter()

    def exchange(self) -> Exchange:
        return Exchange(publishing=True, start_ns=START)

    def submit(self) -> None:
        for ear in self.ears:
            ear.owns(self.ids + 1)
        super().submit()

    def act(self) -> None:
        super().act()
        if self.draw.chance(100_000):
            self.x.submit(
                self.nobody, 1, self.draw.below(2 * MARKETS), self.draw.below(2),
                100 * (40 + self.draw.below(20)), SHARE * (5 + self.draw.below(9)), Tif.GTC,
            )  # fmt: skip
        if self.draw.chance(10_000):
            self.x.set_tick(self.draw.below(MARKETS), (10, 100)[self.draw.below(2)])
        if self.draw.chance(20_000):
            self.x.cancel_all(self.draw.below(ACCOUNTS))
        if self.draw.chance(10_000):
            self.x.advance(self.x.now_ns + 30 * S)
        if self.draw.chance(10_000):
            self.x.snapshot(self.draw.below(MARKETS))

    def hear(self) -> list[tuple[list[bytes], list[bytes]]]:
        """What was said since the last time: to each account, as words and as heard."""
        words = self.x.words()
        frames = self.frames.say(words)
        told = []
        for who, ear in enumerate(self.ears):
            said = [data for to, data in words if to in (EVERYBODY, who)]
            heard = [e for f in frames if f.account in (EVERYBODY, who) for e in ear.hear(f)]
            told.append((said, heard))
            self.kinds.update(kind_of(record) for record in said)
            assert ear.take_notes() == []
        return told


def kind_of(record: bytes) -> str:
    """A kind, with what of it has a form of its own on the wire."""
    e = events.unpack(record)
    kind = EventKind(e.kind)
    if kind == EventKind.CANCELED:
        return f"{kind.name} {CancelReason(e.code).name}"
    if kind == EventKind.TRADE:
        return f"{kind.name} {TradeStatus(e.code).name} {e.flags}"
    if kind in (EventKind.PLACED, EventKind.MATCHED):
        return f"{kind.name} {Tif(e.code).name} {'sized' if e.flags else 'unsized'}"
    return kind.name


def fields(records: list[bytes]) -> list[Event]:
    return [events.unpack(record) for record in records]


@pytest.mark.parametrize("seed", range(4))
def test_every_word_comes_back_field_for_field(seed: int) -> None:
    crowd = Spoken(seed)
    for market in range(MARKETS):
        crowd.x.snapshot(market)
    for _ in range(900):
        crowd.act()
        for said, heard in crowd.hear():
            assert fields(heard) == fields(said)
    crowd.x.resolve(0, 0)
    crowd.x.resolve(1, 10_000)
    crowd.x.advance(crowd.x.now_ns + 10 * S)
    for said, heard in crowd.hear():
        assert heard == said
    assert set(crowd.kinds) >= ALWAYS


ALWAYS = {
    "BOOK_DELTA", "BOOK_SNAPSHOT", "BEST", "PRINT", "RESOLVED", "TICK_CHANGE",
    "PLACED GTC sized", "PLACED GTD sized", "MATCHED GTC sized", "MATCHED GTD sized",
    "MATCHED FAK sized", "MATCHED FAK unsized", "MATCHED FOK sized",
    "CANCELED USER", "CANCELED RESOLVED", "CANCELED KILLED",
    *(f"TRADE {word} {role}" for word in ("MATCHED", "MINED", "CONFIRMED", "FAILED")
      for role in (2, 5, 10)),
}  # fmt: skip


class Holder:
    """An account's engine: it knows none of the orders as its own, and books every fill."""

    def __init__(self) -> None:
        self.engine = Engine(EngineConfig(tokens=2 * MARKETS, orders=1024, fills=4096))
        self.step(events.opening(cash=str(CASH // SHARE), at=START))
        for market in range(MARKETS):
            rate = f"0.0{5 * market}"
            self.step(
                events.market(2 * market, tick="0.01", min_size="5", fee_rate=rate, at=START),
                events.feed("CONNECTED", token=2 * market, at=START),
            )
        for token in range(2 * MARKETS):
            size = str(TOKENS // SHARE)
            self.step(events.opening(token=token, size=size, cost="30", at=START))

    def step(self, *records: bytes) -> None:
        for record in records:
            self.engine.step(record)

    def looks(self) -> tuple[Any, ...]:
        view = self.engine.view
        tokens = range(2 * MARKETS)
        return (
            self.engine.chain, view.cash, view.counters(), view.refusals(),
            [view.order(k) for k in view.orders()],
            [(view.token(k), view.market(k), view.book(k)) for k in tokens],
            [view.levels(k, side) for k in tokens for side in Side],
        )  # fmt: skip


@pytest.mark.parametrize("seed", range(20, 23))
def test_an_engine_that_hears_bytes_is_the_one_that_hears_words(seed: int) -> None:
    """The same chain after every act; and in the end it holds what the exchange says it holds."""
    crowd = Spoken(seed)
    pairs = [(Holder(), Holder()) for _ in range(ACCOUNTS)]
    splits = [[0] * MARKETS for _ in range(ACCOUNTS)]
    for market in range(MARKETS):
        crowd.x.snapshot(market)
    for _ in range(700):
        crowd.act()
        for who, (said, heard) in enumerate(crowd.hear()):
            made = conversions(crowd, who, splits[who])
            by_words, by_bytes = pairs[who]
            by_words.step(*said, *made)
            by_bytes.step(*heard, *made)
            assert by_words.engine.chain == by_bytes.engine.chain
    crowd.x.advance(crowd.x.now_ns + 10 * S)
    for who, (said, heard) in enumerate(crowd.hear()):
        by_words, by_bytes = pairs[who]
        by_words.step(*said)
        by_bytes.step(*heard)
        assert by_words.looks() == by_bytes.looks()
        assert by_bytes.engine.check() == 0
        view = by_bytes.engine.view
        assert set(view.refusals()) <= {"ORDER_UNKNOWN"}, "the end of a FAK that it did not send"
        assert view.cash.settled == crowd.x.money(who)["settled"]
        for token in range(2 * MARKETS):
            assert view.token(token).settled == crowd.x.tokens(who, token)["settled"]
            book = (view.levels(token, Side.BUY), view.levels(token, Side.SELL))
            assert book == crowd.x.book(token)


def conversions(crowd: Spoken, who: int, before: list[int]) -> list[bytes]:
    """What an account split and merged since: its engine hears of it from the chain, not here."""
    made = []
    for market in range(MARKETS):
        change = crowd.splits[who][market] - before[market]
        before[market] += change
        if change:
            tell = events.split if change > 0 else events.merge
            made.append(tell(2 * market, size=str(abs(change) // SHARE), at=crowd.x.now_ns))
    return made


class Scene:
    """One market, or two, whose messages are looked at one by one."""

    def __init__(self, **market: int) -> None:
        self.x = Exchange(publishing=True, start_ns=START)
        self.x.market(fee_ppm=50_000, **market)
        self.x.market(fee_ppm=0, **market)
        self.accounts = [self.x.account(cash=10 * SHARE) for _ in range(2)]
        self.ears = [Ear(self.x, who) for who in self.accounts]
        self.frames = Frames(self.x)

    def submit(self, account: int, order_id: int, *order: int) -> tuple[int, int, int]:
        self.ears[account].owns(order_id)
        return self.x.submit(account, order_id, *order)

    def said(self, account: int = EVERYBODY) -> list[dict[str, Any]]:
        """What an account hears now; it says what the words say."""
        words = self.x.words()
        frames = [f for f in self.frames.say(words) if f.account == account]
        ear = self.ears[max(account, 0)]
        heard = [e for frame in frames for e in ear.hear(frame)]
        assert fields(heard) == fields([data for to, data in words if to == account])
        assert ear.take_notes() == []
        return [json.loads(frame.data) for frame in frames]


def picked(messages: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(message[name] for name in names) for message in messages]


def test_each_end_of_an_order_has_its_status() -> None:
    s = Scene(per_market_gate=1)
    gtd = START // S * S + 200 * S
    s.submit(0, 1, 0, Side.BUY, 4_000, 10 * SHARE, Tif.GTD, False, gtd)
    s.submit(0, 2, 2, Side.BUY, 4_000, 20 * SHARE)
    s.submit(0, 3, 0, Side.BUY, 5_000, 10 * SHARE)
    s.x.advance(gtd - 60 * S - 1)
    assert s.said(0)[-1]["status"] == "LIVE"
    s.x.advance(gtd - 60 * S)
    s.submit(1, 1, 1, Side.BUY, 5_000, 10 * SHARE)  # order 2 counted on this cash too
    ends = [message for message in s.said(0) if message.get("type") == "CANCELLATION"]
    assert picked(ends, "id", "status", "expiration") == [
        (Names().order(0, 1), "CANCELED", str(gtd // S)),
        (Names().order(0, 2), "CANCELED_NOT_ENOUGH_BALANCE", "0"),
    ]


def test_a_waiting_order_that_ends_was_never_told_of_before() -> None:
    s = Scene(delay_ns=3 * S)
    s.submit(0, 1, 0, Side.BUY, 4_000, 5 * SHARE)
    assert s.submit(1, 1, 1, Side.BUY, 6_000, 2 * SHARE, Tif.FAK)[0] == 2
    s.x.resolve(0, 10_000)
    (end,) = s.said(1)
    assert (end["type"], end["status"]) == ("CANCELLATION", "CANCELED_MARKET_RESOLVED")
    assert (end["price"], end["original_size"], end["side"]) == ("0.6", "2", "BUY")


def test_a_mint_is_told_to_both_with_the_takers_head() -> None:
    s = Scene()
    s.submit(0, 7, 0, Side.BUY, 4_000, 10 * SHARE)
    s.submit(1, 8, 1, Side.BUY, 6_100, 6 * SHARE)
    words = s.x.words()
    frames = s.frames.say(words)
    names = Names()
    heads = []
    for who in s.accounts:
        (trade,) = (
            message
            for message in (json.loads(f.data) for f in frames if f.account == who)
            if message["event_type"] == "trade"
        )
        heads.append(trade.pop("trader_side"))
        assert trade["taker_order_id"] == names.order(1, 8)
        assert (trade["asset_id"], trade["side"], trade["price"], trade["size"]) == (
            names.asset(1), "BUY", "0.6", "6",
        )  # fmt: skip
        (maker,) = trade["maker_orders"]
        assert (maker["order_id"], maker["owner"]) == (names.order(0, 7), names.owner(0))
        assert (maker["asset_id"], maker["side"], maker["price"], maker["matched_amount"]) == (
            names.asset(0), "BUY", "0.4", "6",
        )  # fmt: skip
    assert heads == ["MAKER", "TAKER"]


def test_a_change_is_told_for_both_tokens_and_a_book_best_last() -> None:
    s = Scene()
    s.submit(0, 1, 1, Side.BUY, 4_000, 7_500_000)
    s.submit(0, 2, 1, Side.BUY, 4_100, 5 * SHARE)
    (_, change) = s.said()
    asset = Names().asset
    level = ("asset_id", "side", "price", "size", "best_bid", "best_ask")
    assert picked(change["price_changes"], *level) == [
        (asset(1), "BUY", "0.41", "5", "0.41", "1"),
        (asset(0), "SELL", "0.59", "5", "0", "0.59"),
    ]
    s.x.snapshot(0)
    yes, no = s.said()
    assert yes["bids"] == no["asks"] == []
    assert yes["asks"] == [{"price": "0.6", "size": "7.5"}, {"price": "0.59", "size": "5"}]
    assert no["bids"] == [{"price": "0.4", "size": "7.5"}, {"price": "0.41", "size": "5"}]
    s.x.set_tick(0, 10)
    assert picked(s.said(), "asset_id", "old_tick_size", "new_tick_size") == [
        (asset(0), "0.01", "0.001"), (asset(1), "0.01", "0.001"),
        (asset(0), "0.001", "0.001"), (asset(1), "0.001", "0.001"),
    ]  # fmt: skip


def test_a_draw_has_no_winner_and_no_message() -> None:
    s = Scene()
    s.x.resolve(0, 5_000)
    words = s.x.words()
    assert [events.unpack(data).kind for _, data in words] == [EventKind.RESOLVED]
    assert s.frames.say(words) == []


# As recorded, in the order recorded where a recording has it (the first four).
MARKET_KEYS = {
    "price_change": "market price_changes timestamp event_type",
    "book": "market asset_id bids asks hash timestamp event_type",
    "last_trade_price": "market asset_id price size fee_rate_bps side timestamp event_type "
    "transaction_hash",
    "best_bid_ask": "market asset_id best_bid best_ask spread timestamp event_type",
    "tick_size_change": "market asset_id old_tick_size new_tick_size timestamp event_type",
    "market_resolved": "event_type id market assets_ids winning_asset_id winning_outcome timestamp "
    "tags",
}
ENTRY_KEYS = "asset_id price size side hash best_bid best_ask"
ORDER_KEYS = (
    "asset_id associate_trades created_at event_type expiration id maker_address market "
    "order_owner order_type original_size outcome owner price side size_matched status "
    "timestamp type"
)
TRADE_KEYS = (
    "asset_id bucket_index event_type fee_rate_bps id last_update maker_address maker_orders "
    "market match_time outcome owner price side size status taker_order_id timestamp trade_owner "
    "trader_side transaction_hash type"
)
MAKER_KEYS = (
    "asset_id fee_rate_bps maker_address matched_amount order_id outcome outcome_index owner price "
    "side"
)


def test_messages_have_the_keys_of_recorded_ones() -> None:
    s = Scene()
    s.submit(0, 1, 0, Side.BUY, 4_000, 10 * SHARE)
    s.submit(1, 1, 1, Side.BUY, 6_100, 6 * SHARE)
    s.x.advance(START + 9 * S)
    s.x.cancel(0, 1)
    s.x.set_tick(0, 10)
    s.x.resolve(0, 0)
    seen = set()
    for frame in s.frames.say(s.x.words()):
        message = json.loads(frame.data)
        kind = message["event_type"]
        seen.add(message.get("type", kind))
        if frame.account == EVERYBODY:
            assert list(message) == MARKET_KEYS[kind].split()
            for entry in message.get("price_changes", []):
                assert list(entry) == ENTRY_KEYS.split()
        else:
            keys = ORDER_KEYS if kind == "order" else TRADE_KEYS
            assert sorted(message) == keys.split()
            for maker in message.get("maker_orders", []):
                assert sorted(maker) == MAKER_KEYS.split()
        told = [message, *message.get("price_changes", []), *message.get("maker_orders", [])]
        for key in ("price", "size", "timestamp", "best_bid", "original_size", "matched_amount"):
            assert all(isinstance(one.get(key, ""), str) for one in told), "numbers are text"
    assert seen == {*MARKET_KEYS, "PLACEMENT", "UPDATE", "CANCELLATION", "TRADE"}


def test_a_world_may_name_orders_itself() -> None:
    class Signed(Names):
        def order(self, account: int, order_id: int) -> str:
            return f"0x{account:032x}{order_id:032x}"

    s = Scene()
    names = Signed()
    ear = Ear(s.x, 0, names)
    ear.owns(9)
    s.x.submit(0, 9, 0, Side.BUY, 4_000, 10 * SHARE)
    (frame,) = (f for f in Frames(s.x, names).say(s.x.words()) if f.account == 0)
    assert json.loads(frame.data)["id"] == "0x" + "0" * 63 + "9"
    (event,) = ear.hear(frame, START + S)
    assert events.unpack(event)[:3] == (START + S, START // 10**6 * 10**6, 9)
    assert frame == Frame(0, START, frame.data)
