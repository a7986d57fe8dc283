"""Metadata of markets: from the files of others and our own TOML to MARKET and CLUSTER events.

Which token is YES, and on which grid, with which minimum and fee a market trades, stands in no book
message; it comes from files (docs/markets.md says which). What no file says is assumed, by name.
Owns: which shape a file has, what is assumed, and the number of a cluster. Reads files, writes
none; touches no clock and no socket.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from clobstep import events
from clobstep.enums import FALLBACK_FEE_PPM, FALLBACK_TICK, EventKind, Flag
from clobstep.venue import clob_metadata, gamma, markets_toml, wire
from clobstep.venue.market_info import Fields, MarketInfo, MarketsError

__all__ = [
    "DEFAULTS", "MarketInfo", "MarketsError", "cluster_number", "market_events", "merge",
    "read_markets", "with_defaults",
]  # fmt: skip

# What is assumed of a field that no file says. A fee above every published rate: a strategy that
# earns under it earns under the true one.
DEFAULTS: Final[dict[str, int | bool]] = {
    "tick_pips": FALLBACK_TICK,
    "min_size": 5_000_000,  # microshares: "5" on practically all markets
    "fee_ppm": FALLBACK_FEE_PPM,
    "accepting": True,
    "neg_risk": False,
    "augmented": False,
}
_SHAPES: Final[tuple[tuple[tuple[str, ...], Callable[[Fields], MarketInfo]], ...]] = (
    (("conditionId", "upTokenId", "downTokenId"), clob_metadata.up_or_down),
    (("conditionId",), gamma.market),
    (("c", "t"), clob_metadata.short),
    (("condition_id", "tokens"), clob_metadata.long),
    (("condition_id", "outcomes"), clob_metadata.recorded),
)
_PAGES: Final = ("events", "markets", "data")  # what holds a list of objects in an answer
_NAMED: Final = ("current", "next", "previous")  # what a recorder calls the markets it watches
_UNKNOWN: Final = (
    "no shape that is known: a Gamma market or event, a CLOB market, or a recorder's own"
)


def read_markets(path: str | Path, *more: str | Path) -> list[MarketInfo]:
    """Read one or more files of metadata, one entry a condition, in the order they come.

    `.toml` is our own form; everything else is JSON: an object, a list, a page of an answer, or an
    object a line, of any shape docs/markets.md names. What is said of a condition again, in the
    same file or a later one, replaces what was said before, field by field.
    Raises MarketsError, naming file, place and field, for what cannot be read; OSError for a file
    that cannot be opened.
    """
    return merge(info for file in (path, *more) for info in _read_all(Path(file)))


def with_defaults(info: MarketInfo) -> MarketInfo:
    """Assume what no file said (DEFAULTS), and list the names of those fields in `assumed`.

    A market that is not negRisk cannot be augmented: that is not an assumption.
    """
    missing = {name: DEFAULTS[name] for name in DEFAULTS if getattr(info, name) is None}
    assumed = [n for n in missing if n != "augmented" or info.neg_risk]
    if not missing:
        return info
    return msgspec.structs.replace(info, **missing, assumed=(*info.assumed, *assumed))


def market_events(info: MarketInfo, token: int, at_ns: int) -> bytes:
    """The CLUSTER record (if the event is known) and the MARKET record of a condition.

    `token` is the even token of its pair, `at_ns` our time. What is not said is assumed as by
    `with_defaults`; with anything assumed the MARKET carries META_ASSUMED.
    """
    if token & 1:
        raise ValueError(f"token: {token} is odd; give the even token of the pair")
    full = with_defaults(info)
    assert full.tick_pips is not None
    assert full.min_size is not None
    assert full.fee_ppm is not None
    risk = (Flag.META_NEG_RISK if full.neg_risk else 0) | (
        Flag.META_AUGMENTED if full.augmented else 0
    )
    flags = risk | (Flag.META_OPEN if open_at(full, at_ns) else 0)
    flags |= Flag.META_ASSUMED if full.assumed else 0
    cluster = cluster_number(full.cluster) if full.cluster else 0
    market = events.raw(
        EventKind.MARKET,
        at=at_ns,
        token=token,
        price_pips=full.tick_pips,
        size=full.min_size,
        amount=full.fee_ppm,
        order_id=cluster,
        ref=full.close_out_ns or 0,
        flags=flags,
    )
    if not cluster:
        return market
    return events.raw(EventKind.CLUSTER, at=at_ns, order_id=cluster, flags=risk) + market


def open_at(info: MarketInfo, at_ns: int) -> bool:
    """Whether the market took orders at that time.

    A file that was written after the end says closed; but before `closed_ns`, or of a market that
    was paid out before `end_ns` where that is not known, it was open.
    """
    if info.accepting is not False:
        return True
    over_ns = info.closed_ns
    if over_ns is None and info.payout_yes_pips is not None:
        over_ns = info.end_ns
    return over_ns is not None and at_ns < over_ns


def cluster_number(name: str) -> int:
    """The number an event goes by: its id if that is a number, else 8 bytes of its SHA-256.

    Stable from run to run and never 0, which means no cluster.
    """
    if name.isascii() and name.isdigit() and name[0] != "0" and len(name) <= 19:
        return int(name)
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") or 1


def merge(infos: Iterable[MarketInfo]) -> list[MarketInfo]:
    """One entry a condition; what comes later replaces, field by field, what was said before.

    Raises MarketsError when two entries name different tokens of a condition, or one token in two.
    """
    found: dict[str, MarketInfo] = {}
    owners: dict[str, str] = {}
    for info in infos:
        before = found.get(info.condition)
        if before is not None:
            info = _replaced(before, info)  # noqa: PLW2901  the entry so far
        found[info.condition] = info
        for asset in filter(None, (info.yes, info.no)):
            if owners.setdefault(asset, info.condition) != info.condition:
                raise MarketsError(
                    f"{info.source}: token {asset} is of condition {owners[asset]} already; "
                    f"correct one of the two"
                )
    return list(found.values())


def _replaced(before: MarketInfo, after: MarketInfo) -> MarketInfo:
    said = {
        name: value
        for name in MarketInfo.__struct_fields__
        if (value := getattr(after, name)) not in (None, "", ())
    }
    for name in ("yes", "no"):
        held, given = getattr(before, name), getattr(after, name)
        if held and given and held != given:
            raise MarketsError(
                f"{after.source}, {name}: {given}, but {before.source} says {held}; "
                f"remove the wrong one"
            )
    if after.fee_ppm is not None:  # what could not be used of the fee said before is settled
        said["remarks"] = after.remarks
    return msgspec.structs.replace(before, **said)


# ---- Files


def _read_all(path: Path) -> list[MarketInfo]:
    found = list(_read(path))
    if not found:
        raise MarketsError(f"{path.name}: no market in it; give a file with at least one")
    return found


def _read(path: Path) -> Iterator[MarketInfo]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MarketsError(
            f"{path.name}: no UTF-8 at byte {error.start}; give a file of JSON or TOML"
        ) from None
    if path.suffix.lower() == ".toml":
        yield from markets_toml.markets(text, path.name)
        return
    for place, value in _values(text, path.name):
        yield from _walk(value, path.name, place, None)


def _values(text: str, file: str) -> Iterator[tuple[str, Any]]:
    """The JSON values of a file: one in all, or one a line."""
    lines = [(n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip()]
    if not lines:
        raise MarketsError(f"{file}: it is empty; give a file with at least one market")
    try:
        whole = wire.decode(text)
    except wire.WireError as error:
        if len(lines) == 1 or not _is_json(lines[0][1]):
            raise MarketsError(
                f"{file}{_line(text, str(error))}: no JSON: {error}; correct it there, or name "
                f"the file .toml if it is our own form"
            ) from None
    else:
        yield "the file", whole
        return
    for number, line in lines:
        try:
            value = wire.decode(line)
        except wire.WireError as error:
            raise MarketsError(
                f"{file}, line {number}: no JSON: {error}; correct it or remove the line"
            ) from None
        yield f"line {number}", value


def _line(text: str, error: str) -> str:
    """The line a JSON error speaks of, by the byte that it names."""
    byte = re.search(r"\(byte ([0-9]+)\)", error)
    before = text.encode()[: int(byte[1])] if byte else b""
    line = before.count(b"\n") + 1
    return f", line {line}" if byte else ""


def _is_json(line: str) -> bool:
    try:
        wire.decode(line)
    except wire.WireError:
        return False
    return True


def _walk(value: Any, file: str, place: str, event: gamma.Event | None) -> Iterator[MarketInfo]:
    """Every market in a value: the value itself, or what its lists and pages hold."""
    if isinstance(value, list):
        for number, item in enumerate(value, 1):
            yield from _walk(item, file, f"{place}, number {number}", event)
        return
    if not isinstance(value, dict):
        raise MarketsError(f"{file}, {place}: {wire.show(value)} is no object; remove it")
    f = Fields(value, file, place)
    for names, read in _SHAPES:
        if f.has(*names):
            yield gamma.market(f, event) if read is gamma.market else read(f)
            return
    inside = [name for name in (*_PAGES, *_NAMED) if f.has(name)]
    if not inside:
        raise MarketsError(f"{file}, {place}: {_UNKNOWN}; remove it, or write TOML")
    if f.has("id", "markets"):
        event = gamma.event(f)
    for name in inside:
        yield from _walk(value[name], file, f"{place}, {name}", event)
