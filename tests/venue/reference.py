"""A plain decoder of the market channel, to compare the scanner with: json and Decimal, no speed.

Written from docs/codec.md, object by object. It shares nothing with the scanner but the interning.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from clobstep.enums import MAX_SIZE, MAX_TIME_NS, EventKind, FeedSign, Flag
from clobstep.venue.interning import Interning, InterningError

Row = tuple[int, ...]
KNOWN = {
    "event_type", "market", "asset_id", "timestamp", "hash", "price", "size", "side", "best_bid",
    "best_ask", "new_tick_size", "winning_asset_id", "price_changes", "changes", "bids", "asks",
    "tick_size", "min_order_size", "neg_risk", "last_trade_price",
}  # fmt: skip
ORDER = (
    "order_id", "ref", "size", "amount", "token", "price_pips", "bid_pips", "ask_pips",
    "generation", "kind", "side", "code", "flags",
)  # fmt: skip
NAMED = {
    "book", "price_change", "last_trade_price", "tick_size_change", "best_bid_ask", "new_market",
    "market_resolved",
}  # fmt: skip
TICKS = {1, 10, 25, 50, 100, 1000}
DEPTH = 64


class Number(str):
    """A JSON number as it is written."""

    __slots__ = ()


class Pairs(list[tuple[str, Any]]):
    """A JSON object, its keys in order, repeated ones too."""

    def fields(self) -> dict[str, Any]:
        return {key: value for key, value in reversed(self) if key in KNOWN}  # the first counts

    def twice(self) -> bool:
        keys = [key for key, _ in self if key in KNOWN]
        return len(keys) != len(set(keys))


class BadError(Exception):
    """A value that cannot be taken."""


def reject(text: str) -> Any:
    raise ValueError(text)


READ = json.JSONDecoder(
    strict=False, parse_float=Number, parse_int=Number, parse_constant=reject,
    object_pairs_hook=Pairs,
)  # fmt: skip


def depth(value: Any) -> int:
    if isinstance(value, Pairs):
        return 1 + max((depth(v) for _, v in value), default=0)
    if isinstance(value, list):
        return 1 + max(map(depth, value), default=0)
    return 0


def decimal(value: Any, places: int, most: int) -> int:
    if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]*(\.[0-9]+)?", value):
        raise BadError(value)
    if not any(c.isdigit() for c in value) or value[0] == "-":
        raise BadError(value)
    whole, _, fraction = value.partition(".")
    fraction = fraction.rstrip("0")
    if len(fraction) > places:
        raise BadError(value)
    units = (
        int(Decimal(f"{whole or 0}.{fraction or 0}").scaleb(places)) if len(value) < 25 else None
    )
    if units is None:
        units = int((whole + fraction.ljust(places, "0")) or "0")
    if units > most:
        raise BadError(value)
    return units


def price(value: Any) -> int:
    return decimal(value, 4, 10_000)


def size(value: Any) -> int:
    return decimal(value, 6, MAX_SIZE)


def side(value: Any) -> int:
    if not is_text(value) or value not in ("BUY", "SELL"):
        raise BadError(value)
    return int(value == "SELL")


def best(value: Any, empty: int) -> int:
    pips = price(value) if value != "" or isinstance(value, Number) else 0
    return empty if pips in (0, 10_000) else pips


def is_text(value: Any) -> bool:
    return isinstance(value, str) and not isinstance(value, Number)


class Reference:
    """Decodes one message at a time; `notes` has the kinds of what was noted."""

    def __init__(self, names: Interning | None = None, assume_receive: int = 0) -> None:
        self.names = Interning() if names is None else names
        self.assume_receive = assume_receive
        self.notes: list[str] = []
        self._rows: list[Row] = []

    def decode(self, raw: bytes, time_ns: int) -> list[Row]:
        self._rows = []
        text = raw.decode("utf-8", "surrogateescape")
        if text.strip(" \t\n\r") in ("", "PING", "PONG"):
            return []
        try:
            self._frame(text, time_ns)
        except (ValueError, RecursionError):
            self.notes.append("not_json")
        return self._rows

    def _frame(self, text: str, time_ns: int) -> None:
        at = space(text, 0)
        if text[at] == "{":
            value, at = element(text, at)
            self._object(value, time_ns)
        elif text[at] == "[":
            at = space(text, at + 1)
            if text[at : at + 1] == "]":
                at += 1
            else:
                at = self._array(text, at, time_ns)
        else:
            raise ValueError(text)
        if space(text, at) != len(text):
            raise ValueError("tail")

    def _array(self, text: str, at: int, time_ns: int) -> int:
        while True:
            value, at = element(text, at)
            if isinstance(value, Pairs):
                self._object(value, time_ns)
            else:
                self.notes.append("malformed")
            at = space(text, at)
            if text[at : at + 1] == "]":
                return at + 1
            if text[at : at + 1] != ",":
                raise ValueError("comma")
            at = space(text, at + 1)

    # ---- one object

    def _object(self, value: Pairs, time_ns: int) -> None:
        f = value.fields()
        shape = shape_of(f)
        if shape in ("unknown", "new_market"):
            self.notes.append("new_market" if shape == "new_market" else "unknown_type")
            if shape == "new_market":
                self._announced(value)
            return
        twice = value.twice() or both_changes(value)
        if twice:
            self.notes.append("malformed")
        self.venue_time = 0
        try:
            self.venue_time = decimal(f.get("timestamp"), 0, (MAX_TIME_NS - 1) // 10**6) * 10**6
        except BadError:
            self.notes.append("malformed")
        self.time = time_ns if time_ns >= 0 else self.venue_time + self.assume_receive
        if time_ns < 0 and self.venue_time == 0:
            self.notes.append("malformed")
            return
        self.market = f["market"] if is_text(f.get("market")) else ""
        try:
            getattr(self, f"_{shape}")(f, twice)
        except BadError:
            self.notes.append("malformed")

    def _token(self, asset: Any) -> int:
        if not isinstance(asset, str) or asset == "":
            raise BadError(asset)
        try:
            return self.names.token(self.market, str(asset))
        except InterningError:
            self.notes.append("conflict")
            self.notes.append("no_token")
            raise LookupError(asset) from None

    def _put(self, kind: int, token: int, **fields: int) -> None:
        fields |= {"kind": kind, "token": token}
        self._rows.append((self.time, self.venue_time, *(fields.get(name, 0) for name in ORDER)))

    def _sign(self, token: int, sign: int) -> None:
        self._put(EventKind.FEED, token, code=sign)

    def _last_trade_price(self, f: dict[str, Any], twice: bool) -> None:
        values = (price(f.get("price")), size(f.get("size")), side(f.get("side")))
        if values[1] == 0:
            raise BadError("size")
        if not twice:
            with_token(
                self,
                f.get("asset_id"),
                lambda t: self._put(
                    EventKind.PRINT, t, price_pips=values[0], size=values[1], side=values[2]
                ),
            )

    def _tick_size_change(self, f: dict[str, Any], twice: bool) -> None:
        pips = price(f.get("new_tick_size"))
        if pips not in TICKS:
            raise BadError("tick")
        if not twice:
            with_token(
                self,
                f.get("asset_id"),
                lambda t: self._put(EventKind.TICK_CHANGE, t, price_pips=pips),
            )

    def _best_bid_ask(self, f: dict[str, Any], twice: bool) -> None:
        bid, ask = best(f.get("best_bid"), 0), best(f.get("best_ask"), 10_000)
        if not twice:
            with_token(
                self,
                f.get("asset_id"),
                lambda t: self._put(EventKind.BEST, t, bid_pips=bid, ask_pips=ask),
            )

    def _market_resolved(self, f: dict[str, Any], twice: bool) -> None:
        if not twice:
            with_token(
                self,
                f.get("winning_asset_id"),
                lambda t: self._put(EventKind.RESOLVED, t, price_pips=10_000),
            )

    def _book(self, f: dict[str, Any], twice: bool) -> None:
        ok = not twice
        levels: list[list[tuple[int, int]]] = [[], []]
        for k, key in enumerate(("bids", "asks")):
            given = f.get(key, "missing")
            if given is None:
                continue
            if not isinstance(given, list) or isinstance(given, Pairs):
                self.notes.append("malformed")
                ok = False
                continue
            for one in given:
                try:
                    if not isinstance(one, Pairs) or one.twice():
                        raise BadError(one)
                    g = one.fields()
                    levels[k].append((price(g.get("price")), size(g.get("size"))))
                except BadError:
                    self.notes.append("malformed")
                    ok = False
        give = self._snapshot if ok else lambda t, _: self._sign(t, FeedSign.GAP)
        with_token(self, f.get("asset_id"), lambda t: give(t, levels))

    def _snapshot(self, token: int, levels: list[list[tuple[int, int]]]) -> None:
        parts = [
            (s, some[k : k + 3]) for s, some in enumerate(levels) for k in range(0, len(some), 3)
        ] or [(0, [])]
        for n, (s, three) in enumerate(parts):
            (a, x), (b, y), (c, z) = (*three, (0, 0), (0, 0), (0, 0))[:3]
            flags = Flag.SNAP_FIRST * (n == 0) | Flag.SNAP_LAST * (n == len(parts) - 1)
            self._put(
                EventKind.BOOK_SNAPSHOT,
                token,
                side=s,
                code=len(three),
                price_pips=a,
                size=x,
                bid_pips=b,
                amount=y,
                ask_pips=c,
                order_id=z,
                flags=int(flags),
            )

    # ---- changes

    def _price_change(self, f: dict[str, Any], twice: bool) -> None:
        old = isinstance(f.get("changes"), list) and not isinstance(f["changes"], Pairs)
        new = isinstance(f.get("price_changes"), list) and not isinstance(f["price_changes"], Pairs)
        if not old and not new:
            raise BadError("changes")
        if old and new:  # the first counts, and nothing of it is taken
            old = list(f).index("changes") > list(f).index("price_changes")
            new = not old
        entries = [self._entry(one, old) for one in f["changes" if old else "price_changes"]]
        bad = twice or any(entry["bad"] for entry in entries)
        if old:
            with_token(self, f.get("asset_id"), lambda t: self._old(entries, t, twice, bad))
            return
        known = lambda e: self.names.find(e.get("asset", "")) is not None  # noqa: E731
        for entry in sorted(entries, key=known, reverse=True):  # stable: those known first
            if "asset" in entry:
                try:
                    entry["token"] = self._token(entry["asset"])
                except LookupError:
                    continue
        entries = [entry for entry in entries if "token" in entry]
        if not twice:
            self._pair_up(entries)
        if bad:
            for entry in {e["token"] >> 1: e for e in reversed(entries)}.values():
                entry["first"] = True
            for entry in entries:
                if "first" in entry:
                    self._sign(entry["token"], FeedSign.GAP)

    def _old(self, entries: list[dict[str, Any]], token: int, twice: bool, bad: bool) -> None:
        for entry in entries:
            if not entry["bad"] and not twice:
                self._delta(entry | {"token": token})
        if bad:
            self._sign(token, FeedSign.GAP)

    def _entry(self, one: Any, old: bool) -> dict[str, Any]:
        entry: dict[str, Any] = {"bad": False, "flags": 0, "bid": 0, "ask": 0}
        if not isinstance(one, Pairs):
            self.notes.append("malformed")
            return entry | {"bad": True}
        g = one.fields()
        if one.twice():
            self._bad(entry)
        if not old:
            if isinstance(g.get("asset_id"), str) and g["asset_id"] != "":
                entry["asset"] = g["asset_id"]
            else:
                self._bad(entry)
        for key, read in (("price", price), ("size", size), ("side", side)):
            try:
                entry[key] = read(g.get(key))
            except BadError:
                self._bad(entry)
        if "best_bid" in g or "best_ask" in g:
            try:
                entry["bid"] = best(g.get("best_bid"), 0)
                entry["ask"] = best(g.get("best_ask"), 10_000)
                entry["flags"] = int(Flag.BOOK_BEST)
            except BadError:
                self.notes.append("malformed")
                entry["bid"] = 0
        return entry

    def _bad(self, entry: dict[str, Any]) -> None:
        self.notes.append("malformed")
        entry["bad"] = True

    def _delta(self, e: dict[str, Any]) -> None:
        self._put(
            EventKind.BOOK_DELTA,
            e["token"],
            price_pips=e["price"],
            size=e["size"],
            side=e["side"],
            bid_pips=e["bid"],
            ask_pips=e["ask"],
            flags=e["flags"],
        )

    def _pair_up(self, entries: list[dict[str, Any]]) -> None:
        left = [entry for entry in entries if not entry["bad"]]
        while left:
            e = left.pop(0)
            twin = next((t for t in left if is_twin(e, t)), None)
            if twin is not None:
                left = [t for t in left if t is not twin]
                if says_the_same(e, twin):
                    self._delta(e)
                    continue
            if twin is not None or any(t["token"] == e["token"] ^ 1 for t in entries):
                self._sign(e["token"], FeedSign.MIRROR_MISMATCH)
            self._delta(e)
            if twin is not None:
                self._delta(twin)

    def _announced(self, value: Pairs) -> None:
        said = dict(value)
        try:
            market, (yes, no) = said["market"], said["assets_ids"]
            first = said.get("outcomes", ["Yes"])[0]
        except (KeyError, TypeError, ValueError, IndexError):
            return
        names = self.names
        if first not in ("Yes", "Up") or not all(isinstance(x, str) for x in (market, yes, no)):
            return
        if names.find_pair(market) is None and names.find(yes) is names.find(no) is None:
            return
        try:
            names.pair(market, yes, no, source="message")
        except InterningError:
            self.notes.append("conflict")


def with_token(reference: Reference, asset: Any, give: Any) -> None:
    with contextlib.suppress(LookupError):
        give(reference._token(asset))


def is_twin(a: dict[str, Any], b: dict[str, Any]) -> bool:
    mirrored = b["price"] == 10_000 - a["price"] and b["side"] != a["side"]
    return bool(b["token"] == a["token"] ^ 1 and mirrored)


def says_the_same(a: dict[str, Any], b: dict[str, Any]) -> bool:
    if a["flags"] and b["flags"] and (b["bid"], b["ask"]) != (10_000 - a["ask"], 10_000 - a["bid"]):
        return False
    return bool(a["size"] == b["size"])


def shape_of(f: dict[str, Any]) -> str:
    if "event_type" in f:
        said = f["event_type"]
        return said if is_text(said) and said in NAMED else "unknown"
    if "bids" in f or "asks" in f:
        return "book"
    if "price_changes" in f or "changes" in f:
        return "price_change"
    if "new_tick_size" in f:
        return "tick_size_change"
    if "winning_asset_id" in f:
        return "market_resolved"
    if {"price", "size", "side"} <= f.keys():
        return "last_trade_price"
    return "best_bid_ask" if {"best_bid", "best_ask"} <= f.keys() else "unknown"


def both_changes(value: Pairs) -> bool:
    arrays = [k for k, v in value if k in ("changes", "price_changes") and type(v) is list]
    names = [k for k, _ in value if k in ("changes", "price_changes")]
    return len(set(names)) == 2 and bool(arrays) and names.index(arrays[0]) < len(names) - 1


def space(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\n\r":
        at += 1
    return at


def element(text: str, at: int) -> tuple[Any, int]:
    """One value of a frame; ValueError if it is none, or nested too deep."""
    try:
        value, at = READ.raw_decode(text, at)
    except (StopIteration, IndexError):
        raise ValueError(text) from None
    if depth(value) > DEPTH:
        raise ValueError("depth")
    return value, at


def rows(events: Any) -> list[Row]:
    """Records of numpy as plain tuples."""
    return [tuple(map(int, event)) for event in events.tolist()]


def messages(path: Any) -> Iterator[bytes]:
    """Raw messages of a recording: lines whose `payload` is an object or the text of one."""
    for line in path.read_text().splitlines():
        said = json.loads(line)
        if said.get("source", "polymarket_clob") == "polymarket_clob":
            payload = said["payload"]
            text = (
                payload if isinstance(payload, str) else json.dumps(payload, separators=(",", ":"))
            )
            yield text.encode()
