"""Our own orders and trades: bytes of the user channel, and rows of REST pages, in, events out.

**Orders.** PLACEMENT is PLACED, UPDATE is MATCHED, CANCELLATION is CANCELED; so is any message
whose status says CANCELED or INVALID, and one whose status says MATCHED is MATCHED. An order of
ours whose status is DELAYED is in the venue's taker delay: ACCEPTED DELAYED, because it cannot be
cancelled yet. A GTD that expires comes as a CANCELLATION.

**Amounts** are in the order's unit: shares, but pUSD for a FAK or FOK BUY. Its `original_size` is
the signed makerAmount, so pUSD already: a recorded FOK BUY at 0.01 says 1.01 (as shares it would
have been an order for one cent), and nautilus_trader reports 1 for 100 shares at 0.01. In what unit
its `size_matched` counts is not known (no message with one has been seen; nautilus reads shares).
So for these orders only 0, and the whole of the original, are taken; anything else is left out (no
SIZE_KNOWN, counted as matched_unit_unknown), and the trades say what was bought. "" is not said.

**Trades.** Ours are: the head of a TAKER trade, and every maker entry with our API key or our
funder. The key of a fill is (trade id, order); a bucket_index other than 0 is folded into the id as
"id#1". A taker who met several prices fills one part a price ("id@5200x7000000": pips and
microshares, see user_trades). Which parts a trade has is decided by its first message and kept, so
that a later word, or one without the makers, is about the same fills. `venue_time_ns` is the match
time, 0 if it cannot be read.

**REST** tells the same trades and orders without a type: `trade` and `found` read them by the same
rules, so that a fill has the same key whichever tells it first. Both must therefore be asked of one
codec. REST sizes are decimal shares in every answer seen, but millionths on the OpenAPI page: where
we know what we ordered, that decides, and what was once found holds for orders that we do not know.

What is unknown or malformed is a note that keeps the raw text; nothing that the venue sends raises.
Owns: the parts of the trades it has seen. Touches no clock and no socket.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from clobstep import units
from clobstep.enums import AcceptStatus, CancelReason, EventKind, Flag, Side, Tif
from clobstep.events import Event
from clobstep.venue import user_trades, user_words, wire
from clobstep.venue.interning import FIRST_FOREIGN_ORDER, Interning, InterningError
from clobstep.venue.notes import Note
from clobstep.venue.user_trades import Part, Slice, needed, text

Reader: TypeAlias = Callable[[dict[str, Any], int], list[Event]]

MILLION: Final = 1_000_000
MATCH_DUST: Final = 10_000  # microshares or micro-pUSD that a match may exceed the order by
_ORDER_TYPES: Final = ("PLACEMENT", "UPDATE", "CANCELLATION")
_OWNERS: Final = ("owner", "order_owner", "trade_owner")
_EXPIRY_EARLY_NS: Final = 60_000_000_000  # the venue ends a GTD this long before what was asked
_RAW_LIMIT: Final = 2_000  # bytes of a message that a note keeps
_PART: Final = re.compile(r"(.*)@([0-9]{1,5})x([0-9]{1,18})", re.S)


class UserCodec:
    """Decodes the user channel of one account.

    `owner` is the API key, `funder` the address that holds the money; one of them at least, or
    ValueError. `interning` names tokens, orders and trades; our own orders are those bound to their
    hash by `Interning.bind_order`, every other hash becomes a foreign order. A table that was
    loaded from a session brings the trades that were seen with it.
    `counters` counts frames, messages, events, and notes by their kind; `lost` are those of them
    about a fact that is therefore in no event.
    """

    def __init__(self, interning: Interning, *, owner: str = "", funder: str = "") -> None:
        if not owner and not funder:
            raise ValueError("owner: give the API key (owner) or the funder's address, or both")
        self.counters: Counter[str] = Counter()
        self._interning = interning
        self._owner = owner
        self._funder = funder.lower()
        self._notes: list[Note] = []
        self._raw = b""  # the message that is being read
        self._in_millionths = False  # sizes of REST orders, once one of ours has shown it
        self._parts: dict[str, tuple[Part, ...]] = {}  # trade key -> parts, () where it is whole
        for kind, _, name, _ in interning.rows():
            if kind == "trade":
                self._remember(name)

    def decode(self, raw: bytes | str, time_ns: int) -> bytes:
        """The events of one frame, a JSON object or a list of them, at our time: 64 bytes each."""
        frame = raw.encode(errors="replace") if isinstance(raw, str) else raw
        self.counters["frames"] += 1
        if frame.strip() in (b"PONG", b"PING"):
            self.counters["pings"] += 1
            return b""
        try:
            messages = wire.messages(frame)
        except wire.WireError as error:
            self._raw = frame
            self._lose("malformed", f"no JSON: {error}")
            return b""
        found = [event.pack() for one in messages for event in self._message(one, time_ns)]
        self.counters["events"] += len(found)
        return b"".join(found)

    def trade(self, raw: bytes, time_ns: int) -> list[Event]:
        """The TRADE events of one row of GET /data/trades."""
        return self._message(raw, time_ns, self._trade)

    def found(
        self, raw: bytes, time_ns: int, ordered: Callable[[int], int | None] | None = None
    ) -> list[Event]:
        """The FOUND event of one order of GET /data/orders or /data/order.

        `ordered`: order id -> what we ordered, in the order's unit, None where it is not known.
        """
        return self._message(raw, time_ns, lambda data, at: self._found(data, at, ordered))

    def take_notes(self) -> list[Note]:
        """What was met since the last call: unknown, malformed, not-ours, rounded, conflict."""
        notes, self._notes = self._notes, []
        return notes

    # ---- messages

    def _message(self, raw: bytes, time_ns: int, read: Reader | None = None) -> list[Event]:
        self.counters["messages"] += 1
        self._raw = raw
        try:
            data = wire.decode(raw)
            if isinstance(data, dict):
                return (read or self._read)(data, time_ns)
            self._lose("unknown", "a message that is no object")
        except wire.WireError as error:
            self._lose("malformed", str(error))
        except InterningError as error:
            self._lose("conflict", str(error))
        return []

    def _read(self, data: dict[str, Any], time_ns: int) -> list[Event]:
        kind, form = text(data, "event_type").lower(), text(data, "type").upper()
        if kind == "trade" or (not kind and form == "TRADE"):
            return self._trade(data, time_ns)
        if kind in ("order", "") and form in _ORDER_TYPES:
            return self._order(data, form, time_ns)
        self._note("unknown", f"event_type {wire.show(kind)}, type {wire.show(form)}")
        return []

    def _time(self, data: dict[str, Any], field: str) -> int:
        """A time of the venue's, 0 when it cannot be read: no word is lost for its time."""
        try:
            return wire.time_ns(data.get(field))
        except wire.WireError as error:
            self._note("malformed", f"{field}: {error}")
            return 0

    def _note(self, kind: str, why: str) -> None:
        self.counters[kind] += 1
        raw = self._raw[:_RAW_LIMIT].decode(errors="backslashreplace")
        cut = f" ... {len(self._raw)} bytes" if len(self._raw) > _RAW_LIMIT else ""
        self._notes.append(Note(kind, f"{why}: {raw}{cut}"))

    def _lose(self, kind: str, why: str) -> None:
        """A note about a fact that is in no event."""
        self.counters["lost"] += 1
        self._note(kind, why)

    # ---- whose

    def _is_ours(self, data: dict[str, Any]) -> bool:
        """Whether a message or a maker entry names our API key or our funder."""
        if self._owner and self._owner in [text(data, name) for name in _OWNERS]:
            return True
        return bool(self._funder) and text(data, "maker_address").lower() == self._funder

    def _may_be_ours(self, data: dict[str, Any]) -> bool:
        """As `_is_ours`, or it names nobody that we could compare with: the channel is our own."""
        if self._is_ours(data):
            return True
        named = [text(data, name) for name in _OWNERS] if self._owner else []
        named += [text(data, "maker_address")] if self._funder else []
        return not any(named)

    # ---- orders

    def _order(self, data: dict[str, Any], form: str, time_ns: int) -> list[Event]:
        order_hash = needed(data, "id")
        if not self._may_be_ours(data):
            self._note("not-ours", "an order of another owner")
            return []
        status = text(data, "status")
        venue_time_ns = self._time(data, "timestamp")
        tif = self._tif(data)
        if form == "CANCELLATION" or user_words.is_over(status):
            reason = self._reason(data, status, tif, venue_time_ns)
            found = Event(kind=EventKind.CANCELED, code=reason)
        else:
            found = self._shown(data, form, status, tif)
        order_id = self._interning.order(order_hash)
        size, known = self._matched(data, tif)
        delayed = user_words.plain(status) == "DELAYED" and not size
        if delayed and found.kind != EventKind.CANCELED and order_id < FIRST_FOREIGN_ORDER:
            found = Event(kind=EventKind.ACCEPTED, code=AcceptStatus.DELAYED)
        return [
            found._replace(
                time_ns=time_ns,
                venue_time_ns=venue_time_ns,
                order_id=order_id,
                size=size,
                flags=known,
            )
        ]

    def _shown(self, data: dict[str, Any], form: str, status: str, tif: Tif) -> Event:
        """PLACED or MATCHED, without its matched size."""
        matched = form == "UPDATE" or user_words.plain(status) == "MATCHED"
        side = user_trades.side_of(data)
        price, exact = wire.price_near(data.get("price"), up=side is Side.BUY)
        original = wire.size(data.get("original_size"))
        token = self._interning.token(text(data, "market"), needed(data, "asset_id"))
        if not exact:
            self._note("rounded", f"price {wire.show(data['price'])} taken as {price} pips")
        return Event(
            kind=EventKind.MATCHED if matched else EventKind.PLACED,
            token=token,
            generation=self._interning.generation,
            side=side,
            price_pips=price,
            amount=original,
            code=tif,
        )

    def _matched(self, data: dict[str, Any], tif: Tif) -> tuple[int, int]:
        """The matched size in the order's unit and SIZE_KNOWN, or two zeros: not said."""
        value = data.get("size_matched")
        if value is None or value == "":
            return 0, 0
        try:
            matched = wire.size(value)
            by_cash = tif in (Tif.FOK, Tif.FAK) and text(data, "side") != "SELL"
            if by_cash and matched and matched != wire.size(data.get("original_size")):
                self.counters["matched_unit_unknown"] += 1
                return 0, 0
        except wire.WireError as error:
            self._note("malformed", f"size_matched: {error}")
            return 0, 0
        return matched, int(Flag.SIZE_KNOWN)

    def _tif(self, data: dict[str, Any]) -> Tif:
        """The time in force; GTC, as of an order that is looked up, when it is not known."""
        word = text(data, "order_type").upper()
        tif = user_words.TIFS.get(word)
        if tif is None:
            self._note("unknown", f"order_type {wire.show(word)} taken as GTC")
            return Tif.GTC
        return tif

    def _reason(
        self, data: dict[str, Any], status: str, tif: Tif, venue_time_ns: int
    ) -> CancelReason:
        expiry_ns = self._time(data, "expiration") if tif is Tif.GTD else 0
        expired = 0 < expiry_ns <= venue_time_ns + _EXPIRY_EARLY_NS
        reason, known = user_words.cancel_reason(status, tif, expired)
        if not known:
            self._note("unknown", f"status {wire.show(status)}")
        return reason

    # ---- orders of REST

    def _found(
        self, data: dict[str, Any], time_ns: int, ordered: Callable[[int], int | None] | None
    ) -> list[Event]:
        if not self._may_be_ours(data):
            self._note("not-ours", "an order of another owner")
            return []
        order_id = self._interning.order(needed(data, "id"))
        tif, status = self._tif(data), needed(data, "status")
        shown = self._shown(self._scaled(data, ordered(order_id) if ordered else None), "", "", tif)
        size, known = self._matched(data, tif)
        if size > shown.amount + MATCH_DUST:
            self._note("conflict", "more is matched than was ordered")
            size = known = 0
        expiry_ns = self._time(data, "expiration") if tif is Tif.GTD else 0
        expired = 0 < expiry_ns <= time_ns + _EXPIRY_EARLY_NS
        code, is_known = user_words.found_status(status, tif, expired)
        if not is_known:
            self._note("unknown", f"status {wire.show(status)}")
        return [
            shown._replace(
                kind=EventKind.FOUND,
                time_ns=time_ns,
                order_id=order_id,
                code=code,
                size=size,
                flags=known,
            )
        ]

    def _scaled(self, data: dict[str, Any], ordered: int | None) -> dict[str, Any]:
        """Write both sizes as decimals, if they are millionths; what we ordered tells which."""
        original = wire.whole(data.get("original_size"))
        if ordered is not None and original == ordered:
            self._in_millionths = True
        elif ordered is not None and wire.size(data.get("original_size")) != ordered:
            self._note("conflict", f"{ordered} millionths were ordered")
        is_decimal = original is not None and original * MILLION == ordered
        if self._in_millionths and original is not None and not is_decimal:
            for name in ("original_size", "size_matched"):
                micros = wire.whole(data.get(name))
                data[name] = data.get(name) if micros is None else units.format_size(micros)
        return data

    # ---- trades

    def _trade(self, data: dict[str, Any], time_ns: int) -> list[Event]:
        word = needed(data, "status")
        status = user_words.trade_status(word)
        if status is None:
            self._lose("unknown", f"trade status {wire.show(word)}: not booked")
            return []
        name, bucket = needed(data, "id"), text(data, "bucket_index")
        key = name if bucket in ("", "0") else f"{name}#{bucket}"
        base = Event(
            kind=EventKind.TRADE,
            time_ns=time_ns,
            venue_time_ns=self._time(data, "match_time"),
            generation=self._interning.generation,
            code=status,
        )
        condition = text(data, "market")
        return [e for one in self._slices(data) for e in self._fills(one, key, condition, base)]

    def _slices(self, data: dict[str, Any]) -> list[Slice]:
        """What of a trade is ours: the head of a TAKER trade, and maker entries of ours."""
        role = text(data, "trader_side").upper()
        flags = {"TAKER": Flag.WS_TAKER, "MAKER": Flag.WS_MAKER}.get(role, 0)
        # An own maker entry in a TAKER trade is no contradiction: the word is about the head.
        maker_flags = flags if role == "MAKER" else 0
        found, problems = user_trades.makers(data, maker_flags, self._is_ours)
        if not flags:
            self._note("unknown", f"trader_side {wire.show(role)}: told by the owners instead")
            role = "TAKER" if not found and self._is_ours(data) else "MAKER"
        if role == "TAKER" and self._may_be_ours(data):
            try:
                found.append(user_trades.taker(data, flags))
            except wire.WireError as error:
                problems.append(str(error))
        for problem in problems:
            self._lose("malformed", problem)
        if not found and not problems:
            self._note("not-ours", "a trade without an order of ours")
        return found

    def _fills(self, one: Slice, key: str, condition: str, base: Event) -> list[Event]:
        """One TRADE event a part of a slice."""
        try:
            token = self._interning.token(condition, one.asset_id)
        except InterningError as error:
            self._lose("conflict", str(error))
            return []
        if one.rounded:
            self._note("rounded", f"price taken as {one.parts[0].price_pips} pips")
        order_id = self._interning.order(one.order_hash)
        return [
            base._replace(
                order_id=order_id,
                ref=self._interning.trade(name),
                token=token,
                side=one.side,
                price_pips=part.price_pips,
                size=part.size,
                flags=one.flags,
            )
            for name, part in self._named_parts(one, key)
        ]

    def _named_parts(self, one: Slice, key: str) -> list[tuple[str, Part]]:
        """The parts in which this trade was first told, each with the id it goes by."""
        if not one.flags & Flag.ROLE_TAKER:
            return [(key, one.parts[0])]
        held = self._parts.setdefault(key, one.parts if len(one.parts) > 1 else ())
        if not held:
            return [(key, one.parts[0] if len(one.parts) == 1 else one.head)]
        if sum(part.size for part in held) != one.head.size:
            self._note("conflict", f"trade {key} was told first with another size")
        return [(f"{key}@{part.price_pips}x{part.size}", part) for part in held]

    def _remember(self, name: str) -> None:
        """Take a trade id that a session holds for what it says of the trade's parts."""
        found = _PART.fullmatch(name)
        if found is None:
            self._parts.setdefault(name, ())
        else:
            held = self._parts.get(found[1], ())
            self._parts[found[1]] = (*held, Part(int(found[2]), int(found[3])))
