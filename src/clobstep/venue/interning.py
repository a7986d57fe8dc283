"""Names of the venue as dense integers: conditions and assets, events, order hashes, trade ids.

Owns the only table that says which token index an asset has. A condition owns the even place 2k and
the odd one 2k + 1, so that the complement of a token is `token ^ 1`; a place once given is never
given again or moved, because records already carry it. What is known is an append-only list of
rows, which a session stores and from which the same table is made again.
Touches nothing else: no clock, no file, no engine.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, TypeAlias, cast

Source: TypeAlias = Literal["file", "message", "mirror", "none"]
Row: TypeAlias = tuple[str, int, str, str]

FIRST_FOREIGN_ORDER: Final = 1 << 63  # ids of hashes that are not ours; our own rise from 1
TOKEN_LIMIT: Final = 65_536  # EngineConfig.tokens: no engine holds a higher index


class InterningError(ValueError):
    """A name that contradicts what was said before; nothing was changed."""


class Interning:
    """Dense ids of what the venue names by text. The same calls in the same order, the same ids.

    `generation` is that of every token slot: slots are not reused inside a session.
    `conflicts` says in words what could not be honoured, such as a pair named too late.
    """

    generation: Final = 0

    def __init__(self) -> None:
        self.conflicts: list[str] = []
        self._rows: list[Row] = []
        self._pairs: dict[str, int] = {}  # condition -> even token
        self._tokens: dict[str, int] = {}  # asset id -> token
        self._assets: list[str | None] = []  # token -> asset id
        self._conditions: list[str] = []  # token // 2 -> condition, "" if not known
        self._sources: list[Source] = []  # token // 2 -> who said that the two belong together
        self._orders: dict[str, int] = {}
        self._hashes: dict[int, str] = {}  # order id -> hash
        self._foreign_orders = 0
        self._trades: dict[str, int] = {}
        self._clusters: dict[str, int] = {}

    # ---- tokens

    def pair(
        self,
        condition: str,
        yes: str | None = None,
        no: str | None = None,
        *,
        source: Source = "file",
    ) -> int:
        """Give a condition its two places and return the even one.

        `yes` and `no` are asset ids where known; `condition` may be "" if two assets are. Repeating
        it is harmless. What came too late is kept as it was and told in `conflicts`: an asset that
        has its place already (if `no` came first it stays at the even one), or two assets that have
        places of different pairs. Raises InterningError for a third asset of a condition, and when
        neither a condition nor an asset is named.
        """
        even = self._place(condition, yes, no)
        self._check_room(even, condition, yes, no)
        self._name(even, condition)
        for asset, place in ((yes, even), (no, even + 1)):
            if asset is not None:
                self._settle(asset, even, place)
        self._told(even, source)
        return even

    def token(self, condition: str, asset_id: str) -> int:
        """The token of an asset; a new one takes the first free place of its condition.

        With condition "" (not known) it takes an even place and leaves the odd one free until
        `pair`, or a message with the condition, names its partner. Raises InterningError for a
        third asset of a condition and when there is no room.
        """
        known = self._tokens.get(asset_id)
        if known is not None:
            if condition and self._conditions[known >> 1] != condition:
                self._late_condition(known, condition)
            return known
        if not asset_id:
            raise InterningError("an asset without an id has no token")
        even = self._pairs.get(condition) if condition else None
        if even is None:
            even = self._new_pair()
            self._name(even, condition)
        place = even if self._assets[even] is None else even + 1
        if self._assets[place] is not None:
            raise InterningError(
                f"asset {asset_id} is the third of condition {condition}: "
                f"it has {self._assets[even]} and {self._assets[even + 1]}"
            )
        self._give(asset_id, place)
        self._told(even, "message")
        return place

    def find(self, asset_id: str) -> int | None:
        """The token of an asset, or None; nothing is given out."""
        return self._tokens.get(asset_id)

    def find_pair(self, condition: str) -> int | None:
        """The even token of a condition, or None; nothing is given out."""
        return self._pairs.get(condition)

    def asset(self, token: int) -> str | None:
        """The asset id at a place, None while it is free. IndexError beyond the places given."""
        return self._assets[token]

    def condition(self, token: int) -> str:
        """The condition of a token, "" if no message or file has named it."""
        return self._conditions[token >> 1]

    def pairs_known_from(self, token: int) -> Source:
        """Who said which token is the complement of this one; "none" while its place is free."""
        return self._sources[token >> 1]

    @property
    def n_tokens(self) -> int:
        """Places given out, free ones included: one more than the highest index, always even."""
        return len(self._assets)

    # ---- orders and trades

    def order(self, order_hash: str) -> int:
        """The id of an order hash: our own if bound, else from 1 << 63 up in the order seen."""
        known = self._orders.get(order_hash)
        if known is None:
            known = FIRST_FOREIGN_ORDER + self._foreign_orders
            self._foreign_orders += 1
            self._know_order(known, order_hash)
        return known

    def order_hash(self, order_id: int) -> str | None:
        """The hash of an order, own or foreign; None if nobody has named it."""
        return self._hashes.get(order_id)

    def find_order(self, order_hash: str) -> int | None:
        """The id of an order hash, or None; nothing is given out."""
        return self._orders.get(order_hash)

    def bind_order(self, order_hash: str, order_id: int) -> None:
        """Say that this hash is our own order. Raises InterningError if it has another id."""
        if not 0 < order_id < FIRST_FOREIGN_ORDER:
            raise InterningError(f"{order_id} is no id of an own order: 1 to 2^63 - 1")
        known = self._orders.get(order_hash)
        if known is None:
            self._know_order(order_id, order_hash)
        elif known != order_id:
            raise InterningError(f"order {order_hash} has the id {known}, not {order_id}")

    def trade(self, trade_id: str) -> int:
        """The id of a trade, from 1 in the order seen."""
        known = self._trades.get(trade_id)
        if known is None:
            known = self._trades[trade_id] = len(self._trades) + 1
            self._row("trade", known, trade_id)
        return known

    def cluster(self, name: str) -> int:
        """The number of an event that several markets share, from 1 in the order seen."""
        known = self._clusters.get(name)
        if known is None:
            if not name:
                raise InterningError("an event without a name has no number")
            known = self._clusters[name] = len(self._clusters) + 1
            self._row("cluster", known, name)
        return known

    # ---- storing

    def rows(self, first: int = 0) -> list[Row]:
        """(kind, id, text, extra) of all that is known, oldest first, from row `first` on.

        Rows are only ever added, so a writer asks for those after the ones it has. Kinds: "pair"
        (even token, condition, source), "token" (token, asset id, ""), "order" (id, hash, ""),
        "trade" (id, text, ""), "cluster" (number, name, ""); a later row of the same kind and id
        replaces the earlier. Ids are signed 64 bits, as databases take them: an order id of 2^63 is
        written as -2^63.
        """
        return self._rows[first:]

    @classmethod
    def from_rows(cls, rows: Iterable[Row]) -> Interning:
        """The table that gave these rows. Raises InterningError for rows that no table gave."""
        made = cls()
        for kind, number, text, extra in rows:
            made._load(kind, number, text, extra)
        return made

    # ---- inside

    def _row(self, kind: str, number: int, text: str, extra: str = "") -> None:
        signed = number - (1 << 64) if number >= 1 << 63 else number
        self._rows.append((kind, signed, text, extra))

    def _know_order(self, order_id: int, order_hash: str) -> None:
        self._orders[order_hash] = order_id
        self._hashes[order_id] = order_hash
        self._row("order", order_id, order_hash)

    def _new_pair(self) -> int:
        even = len(self._assets)
        if even >= TOKEN_LIMIT:
            raise InterningError(f"no more than {TOKEN_LIMIT} tokens fit into a session")
        self._assets += [None, None]
        self._conditions.append("")
        self._sources.append("none")
        return even

    def _place(self, condition: str, yes: str | None, no: str | None) -> int:
        """The pair that is meant: by its condition, else by an asset that has a place, else new."""
        if not condition and not (yes and no):
            raise InterningError("a pair is named by its condition or by both of its assets")
        if (yes is not None and yes == no) or yes == "" or no == "":
            raise InterningError(f"condition {condition or '(unknown)'}: two different assets")
        if condition in self._pairs:
            return self._pairs[condition]
        for asset in (yes, no):
            known = self._tokens.get(asset or "")
            if known is None:
                continue
            other = self._conditions[known >> 1]
            if condition and other:
                raise InterningError(f"asset {asset} is of condition {other}, not of {condition}")
            return known & ~1
        return self._new_pair()

    def _check_room(self, even: int, condition: str, yes: str | None, no: str | None) -> None:
        new = [a for a in (yes, no) if a is not None and a not in self._tokens]
        held = [a for a in self._assets[even : even + 2] if a is not None]
        if len(new) + len(held) > 2:
            named = condition or self._conditions[even >> 1] or "(unknown)"
            raise InterningError(f"condition {named} has {held}: no room for {new}")

    def _name(self, even: int, condition: str) -> None:
        if condition and condition not in self._pairs:
            self._pairs[condition] = even
            self._conditions[even >> 1] = condition
            self._row("pair", even, condition, self._sources[even >> 1])

    def _give(self, asset_id: str, place: int) -> None:
        self._tokens[asset_id] = place
        self._assets[place] = asset_id
        self._row("token", place, asset_id)

    def _settle(self, asset: str, even: int, wanted: int) -> None:
        """Give an asset its place in a pair, or say why it is not the one wanted."""
        known = self._tokens.get(asset)
        if known is None:
            known = wanted if self._assets[wanted] is None else wanted ^ 1
            self._give(asset, known)
        if known == wanted:
            return
        named = self._conditions[even >> 1] or "(unknown)"
        if known & ~1 == even:
            self._conflict(f"condition {named}: asset {asset} keeps place {known}, given before")
        else:
            self._conflict(
                f"condition {named}: asset {asset} has token {known} of another pair, "
                f"so it is not the complement of its partner"
            )

    def _late_condition(self, token: int, condition: str) -> None:
        """A message names the condition of an asset that has its place already."""
        named = self._conditions[token >> 1]
        if named or condition in self._pairs:
            at = named or f"none, while that condition has the places from {self._pairs[condition]}"
            self._conflict(f"asset {self._assets[token]} is said to be of {condition}; it has {at}")
        else:
            self._name(token & ~1, condition)

    def _told(self, even: int, source: Source) -> None:
        """Keep who made two assets a pair, once both have their places."""
        full = self._assets[even] is not None and self._assets[even + 1] is not None
        if full and self._sources[even >> 1] == "none" and source != "none":
            self._sources[even >> 1] = source
            self._row("pair", even, self._conditions[even >> 1], source)

    def _conflict(self, text: str) -> None:
        if text not in self.conflicts:
            self.conflicts.append(text)

    def _load(self, kind: str, number: int, text: str, extra: str) -> None:
        if kind == "order" and text not in self._orders:
            order_id = number % (1 << 64)
            self._orders[text] = order_id
            self._hashes[order_id] = text
            self._foreign_orders += order_id >= FIRST_FOREIGN_ORDER
        elif kind == "trade" and number == len(self._trades) + 1:
            self._trades[text] = number
        elif kind == "cluster" and text and number == len(self._clusters) + 1:
            self._clusters[text] = number
        elif kind == "pair" and number % 2 == 0 and self._reach(number):
            if text:
                self._pairs[text] = number
                self._conditions[number >> 1] = text
            if extra in ("file", "message", "mirror"):
                self._sources[number >> 1] = cast(Source, extra)
        elif kind == "token" and self._reach(number) and self._assets[number] is None:
            self._tokens[text] = number
            self._assets[number] = text
        else:
            raise InterningError(f"row {(kind, number, text, extra)} does not follow those before")
        self._row(kind, number % (1 << 64), text, extra)

    def _reach(self, place: int) -> bool:
        """Whether a row may name this place: one given before, or the next even one."""
        if place == len(self._assets):
            self._new_pair()
        return 0 <= place < len(self._assets)
