"""The dashboard's picture: a Status as lines of text that fit a terminal.

Owns the wording and the layout: which lines come first when there is little room. Text from outside
is put in as text, never as markup; `board.plain` has taken control characters out of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.text import Text

from clobstep import units
from clobstep.enums import PIPS
from clobstep.live.clock import SECOND
from clobstep.live.watch.board import Said
from clobstep.live.watch.status import MarketStatus, Quote, Status, Timing

MS: Final = 1_000_000
GOOD, WARN, BAD, DIM, HEAD = "green", "yellow", "bold red", "dim", "bold"
LEAST_NOTES: Final = 3  # lines of the screen that notes get, if there are any
STATES: Final = {
    "TRADING": GOOD, "NORMAL": GOOD, "healthy": GOOD, "CLOSED": GOOD, "SYNCED": GOOD,
    "STARTING": WARN, "RECONCILING": WARN, "DRAINING": WARN, "POST_ONLY": WARN,
    "CANCEL_ONLY": WARN, "RESTARTING": WARN, "HALF_OPEN": WARN, "WARMING": WARN,
    "SYNCING": WARN, "SUSPECT": WARN, "none": DIM,
}  # fmt: skip

FEEDS: Final = {"WARMING": "WARM", "SYNCING": "SYNC", "SYNCED": "ok", "SUSPECT": "SUSP"}


class Column(NamedTuple):
    """Of the table of markets. `least`: the screen's width from which it is shown."""

    head: str
    width: int
    least: int = 0
    right: bool = False


# The name takes what is left.
COLUMNS: Final = (
    Column("feed", 10),
    Column("best", 11, right=True),
    Column("our bid", 12, 80, right=True),
    Column("our ask", 12, 80, right=True),
    Column("ahead", 9, 120, right=True),
    Column("age", 7, 120, right=True),
    Column("yes/no", 9, right=True),
    Column("exposure", 9, 100, right=True),
    Column("profit", 8, 132, right=True),
    Column("close", 8, 100, right=True),
)


class Screen:
    """Renders a Status into the whole of the console's options: width and height."""

    def __init__(self, status: Status) -> None:
        self.status = status

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        height = options.height or console.height
        lines = picture(self.status, options.max_width, height)
        for k, line in enumerate(lines):
            line.truncate(options.max_width, overflow="ellipsis")
            yield from line.render(console)
            if k < len(lines) - 1:
                yield Segment.line()


def picture(status: Status, width: int, height: int) -> list[Text]:
    """At most `height` lines: the head, as many markets as fit, the last notes."""
    head = head_lines(status, width)
    n_notes = min(LEAST_NOTES, len(status.notes))
    room = max(height - len(head) - n_notes - 2, 1)  # a head of the table, and one of the notes
    markets = market_lines(status, width, room)
    used = len(head) + len(markets)
    notes = note_lines(status.notes, height - used)
    return [*head, *markets, *notes][:height]


def head_lines(status: Status, width: int) -> list[Text]:
    """States, money, activity, speed."""
    s, e = status, status.engine
    lines = [
        join(
            Text(f"clobstep {s.kind}", HEAD),
            state(s.session),
            Text(f"FAULT {s.fault}", BAD) if s.fault != "NONE" else None,
            labelled("venue", state(s.venue_state), span(s.venue_ns) if s.venue_ns else ""),
            labelled("beat", state(s.venue.beat)) if s.venue.beat != "none" else None,
            labelled("breaker", state(s.breaker), span(s.breaker_ns))
            if s.breaker != "CLOSED"
            else None,
            Text(f"up {span(s.uptime_ns)}", DIM),
            Text(units.format_time(s.time_ns)[11:19] + "Z", DIM),
        ),
        join(
            Text(f"cash {cash(s.cash.settled)}"),
            Text(f"free {cash(s.cash.spendable)}", BAD if s.cash.spendable < 0 else ""),
            Text(f"reserved {cash(s.cash.reserved)}"),
            Text(f"exposure {cash(s.exposure)}"),
            Text(f"locked {cash(s.cash.locked)}") if s.cash.locked else None,
            Text(f"in {cash(s.cash.incoming)} out {cash(s.cash.outgoing)}"),
        ),
        join(
            Text("profit"), money(s.profit, "all"), money(s.profit_day, "day"),
            money(s.profit_session, "session"), Text(f"fees {cash(s.fees)}"),
            Text(f"{s.no_marks} without a mark", WARN) if s.no_marks else None,
            Text(f"{s.shortfalls} short", BAD) if s.shortfalls else None,
        ),
        join(
            Text(f"orders {s.orders}"),
            Text(f"UNKNOWN {s.unknown}", BAD) if s.unknown else None,
            Text(f"submits {s.submits} cancels {s.cancels} fills {s.fills}"),
            reasons("refused", s.refusals, ""),
            reasons("rejected", s.venue.rejects, WARN),
        ),
        join(
            Text(f"engine silent {span(e.idle_ns)}", BAD) if e.idle_ns > 2 * SECOND else None,
            Text(f"{s.messages_per_s} msg/s"),
            late("wait", e.lag, 50 * MS), late("commit", e.commit, 100 * MS),
            Text(f"conflated {e.conflated}", WARN) if e.conflated else None,
            late("step", e.work, 50 * MS), Text(f"{e.events_per_s} ev/s"),
            Text(f"queue {e.waiting}", WARN if e.waiting > 1_000 else ""),
        ),
        link_line(status),
    ]  # fmt: skip
    if width >= 80:
        j = s.journal
        lines.append(
            join(
                Text(f"journal {j.events:,} events, {j.size_bytes / 1e6:,.1f} MB"),
                Text(f"{j.events - j.durable} not durable", DIM),
                Text(j.path, DIM),
            )
        )
    return lines


def link_line(status: Status) -> Text:
    """Connections, reads of the account, clocks."""
    s, m, u = status, status.market_lines, status.user_lines
    ahead = s.venue.clock_ahead_ns
    return join(
        Text(f"market {m.up}/{m.wanted} up", GOOD if m.up == m.wanted else BAD),
        Text(f"user {u.up}/{u.wanted} up", GOOD if u.up == u.wanted else BAD) if u.wanted else None,
        Text(f"reconnects {m.reconnects + u.reconnects}"),
        Text(f"reads {s.venue.reads}", WARN if s.venue.reads_failed else ""),
        Text(f"({s.venue.reads_failed} failed)", WARN) if s.venue.reads_failed else None,
        Text(f"clock {-ahead / SECOND:+.1f} s", BAD if abs(ahead) > 5 * SECOND else ""),
        Text(f"wall {s.wall_drift_ns / SECOND:+.1f} s", WARN)
        if abs(s.wall_drift_ns) > SECOND
        else None,
    )


def market_lines(status: Status, width: int, room: int) -> list[Text]:
    """A head and a line a market; those with something of ours first when not all fit."""
    columns = [c for c in COLUMNS if width >= c.least]
    name_width = max(width - sum(c.width + 1 for c in columns), 8)
    head = Text("market".ljust(name_width), HEAD)
    for c in columns:
        head.append(" ").append(c.head.rjust(c.width) if c.right else c.head.ljust(c.width))
    shown: Sequence[MarketStatus] = status.markets
    if len(shown) > room:
        shown = sorted(shown, key=interest)[: max(room - 1, 1)]
    lines = [head, *(market_line(m, columns, name_width) for m in shown)]
    if hidden := len(status.markets) - len(shown):
        lines.append(Text(f"... and {hidden} more", DIM))
    return lines


def interest(market: MarketStatus) -> tuple[bool, bool, int]:
    """What a person wants to see first: trouble, then what is ours."""
    trouble = bool(market.holds) or market.breaker != "CLOSED"
    return (not trouble, not (market.quotes or market.yes or market.no), market.token)


def market_line(market: MarketStatus, columns: Sequence[Column], name_width: int) -> Text:
    """One market: its troubles stand before its name."""
    trouble = list(market.holds)
    if market.breaker != "CLOSED":
        paused = market.breaker == "OPEN"
        trouble.append(f"paused {span(market.breaker_ns)}" if paused else "probing")
    name = Text(f"[{', '.join(trouble)}] " if trouble else "", BAD)
    name.append(market.name, "" if trouble else HEAD)
    line = cell(name, name_width)
    cells = market_cells(market)
    for c in columns:
        line.append(" ").append(cell(cells[c.head], c.width, c.right))
    return line


def market_cells(market: MarketStatus) -> dict[str, Text]:
    """What stands under each head."""
    m = market
    sides = {True: best(m, True), False: best(m, False)}
    feed = state(m.feed, FEEDS.get(m.feed, m.feed))
    if m.data_age_ns >= 0:
        feed.append(f" {span(m.data_age_ns)}", DIM)
    ask = price(m.ask_pips) if m.ask_pips < PIPS else "-"
    both = [quote for quote in sides.values() if quote is not None]
    closing = Text(
        span(m.closing_ns) if m.closing_ns is not None else m.closing,
        "" if m.closing == "open" else WARN,
    )
    return {
        "feed": feed,
        "best": Text(f"{price(m.bid_pips) if m.bid_pips else '-'}/{ask}"),
        "our bid": shown(sides[True]),
        "our ask": shown(sides[False]),
        "ahead": Text("/".join(ahead(quote) for quote in both) or "-"),
        "age": Text("/".join(span(quote.age_ns) for quote in both) or "-"),
        "yes/no": Text(f"{whole(m.yes)}/{whole(m.no)}"),
        "exposure": Text(cash(m.exposure)),
        "profit": money(m.profit),
        "close": closing,
    }


def best(market: MarketStatus, bid: bool) -> Quote | None:
    """Our best quote of one side, told of YES: a bid for NO at 0.40 is an ask of YES at 0.60."""
    of_side = [of_yes(q) for q in market.quotes if is_bid(q) == bid]
    return max(of_side, key=lambda q: q.price_pips if bid else -q.price_pips, default=None)


def is_bid(quote: Quote) -> bool:
    """Whether it is one for YES."""
    return (quote.side == "BUY") == (quote.token % 2 == 0)


def of_yes(quote: Quote) -> Quote:
    """With YES's price."""
    return quote._replace(price_pips=PIPS - quote.price_pips) if quote.token % 2 else quote


def shown(quote: Quote | None) -> Text:
    """A quote in a cell."""
    if quote is None:
        return Text("-", DIM)
    style = GOOD if quote.state == "LIVE" else WARN
    mark = "" if quote.state == "LIVE" else quote.state[:1].lower()
    leaving = "x" if quote.is_leaving else ""
    return Text(f"{whole(quote.size)}@{price(quote.price_pips)}{mark}{leaving}", style)


def ahead(quote: Quote) -> str:
    """The estimate of what is before it."""
    return "?" if quote.ahead < 0 else whole(quote.ahead)


def note_lines(notes: Sequence[Said], room: int) -> list[Text]:
    """The last notes, the newest at the bottom."""
    if room < 2 or not notes:
        return []
    last = notes[-(room - 1) :]
    return [Text("notes", HEAD), *(note_line(said) for said in last)]


def note_line(said: Said) -> Text:
    """Time, kind, text."""
    line = Text(units.format_time(said.time_ns)[11:19] + " ", DIM)
    line.append(f"{said.kind} ", BAD if said.is_loud else DIM)
    return line.append(said.text)


def one_line(status: Status) -> str:
    """What is printed now and then where no screen is."""
    s, e = status, status.engine
    parts = [
        units.format_time(s.time_ns)[:19] + "Z",
        s.kind,
        s.session,
        f"venue {s.venue_state}",
        f"beat {s.venue.beat}",
        f"cash {cash(s.cash.settled)} free {cash(s.cash.spendable)}",
        f"day {cash(s.profit_day)}",
        f"orders {s.orders} unknown {s.unknown} fills {s.fills}",
        f"{s.messages_per_s} msg/s",
        f"wait {e.lag.p99_ns / MS:.1f} ms",
        f"commit {e.commit.p99_ns / MS:.1f} ms",
        f"market {s.market_lines.up}/{s.market_lines.wanted}",
        f"user {s.user_lines.up}/{s.user_lines.wanted}",
        f"durable {s.journal.durable}/{s.journal.events}",
    ]
    return ", ".join(parts)


# ---- words


def state(name: str, said: str = "") -> Text:
    """A state in its colour; one that is not known here is bad."""
    return Text(said or name, STATES.get(name, BAD))


def labelled(label: str, value: Text, more: str = "") -> Text:
    return Text(f"{label} ").append(value).append(f" {more}" if more else "")


def join(*parts: Text | None) -> Text:
    """Parts with two spaces between them."""
    return Text("  ").join([part for part in parts if part is not None])


def cell(text: Text, width: int, right: bool = False) -> Text:
    """Exactly so wide."""
    made = text.copy()
    made.truncate(width, overflow="ellipsis")
    missing = width - made.cell_len
    return Text(" " * missing).append(made) if right else made.append(" " * missing)


def money(micros: int, what: str = "") -> Text:
    """Profit: red below 0."""
    style = BAD if micros < 0 else GOOD if micros else ""
    return Text(f"{what} " if what else "").append(cash(micros), style)


def cash(micros: int) -> str:
    """pUSD with cents, towards less."""
    cents = micros // 10_000
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def price(pips: int) -> str:
    return units.format_price(pips)[1:]


def whole(microshares: int) -> str:
    """Shares without decimals that nobody can act on."""
    tenths = microshares // 100_000
    return str(tenths // 10) if tenths % 10 == 0 or abs(tenths) >= 1_000 else f"{tenths / 10:.1f}"


def span(ns: int) -> str:
    """A duration in at most four signs: 350ms, 12s, 5m, 3h, 2d."""
    if ns < 1_000 * MS:
        return f"{max(ns, 0) // MS}ms"
    seconds = ns // SECOND
    for unit, name in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds >= 2 * unit:
            return f"{seconds // unit}{name}"
    return f"{seconds}s"


def late(what: str, timing: Timing, limit_ns: int) -> Text:
    """Median and 99th percentile, in colour when the latter is long."""
    p50, p99 = timing.p50_ns / MS, timing.p99_ns / MS
    return Text(f"{what} {p50:.1f}/{p99:.1f} ms", BAD if timing.p99_ns > limit_ns else "")


def reasons(what: str, found: Iterable[tuple[str, int]], style: str) -> Text | None:
    """A sum, and the most frequent reasons."""
    most = sorted(found, key=lambda pair: -pair[1])
    if not most:
        return Text(f"{what} 0")
    named = ", ".join(f"{name} {n}" for name, n in most[:2])
    return Text(f"{what} {sum(n for _, n in most)} ({named})", style)
