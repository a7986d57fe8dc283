"""Prometheus metrics of a live process: GET /metrics on loopback, made when they are asked for.

Needs the extra `metrics`. Owns the names of the metrics, each with its unit, and the small HTTP
server that gives them out. A scrape looks at the process in the task that serves it: no thread, no
global registry, and nothing is counted while nobody asks.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

import h11
import trio

from clobstep.enums import FeedState
from clobstep.live.clock import SECOND
from clobstep.live.watch.status import MarketStatus, Status, Timing
from clobstep.live.wire_socket import ignore
from clobstep.venue.notes import Note

try:
    from prometheus_client import CollectorRegistry, generate_latest
    from prometheus_client.core import (
        CounterMetricFamily,
        GaugeMetricFamily,
        Metric,
    )
    from prometheus_client.exposition import CONTENT_TYPE_LATEST
    from prometheus_client.registry import Collector
except ImportError as error:
    raise ImportError(
        "metrics need prometheus-client, which is not installed: pip install 'clobstep[metrics]', "
        "or set live.metrics_port to 0"
    ) from error

MICRO: Final = 1_000_000
PIPS: Final = 10_000
MOST_AT_ONCE: Final = 4  # connections; more wait
REQUEST_S: Final = 5.0
MOST_PORT: Final = 65_535
HOST: Final = "127.0.0.1"


class MetricsError(ValueError):
    """They cannot be served so; says why and the way out."""


Rows = Iterable[tuple[tuple[str, ...], float]]


class Row(NamedTuple):
    """A metric: `kind` is gauge or counter, `read` gives (values of the labels, value)."""

    name: str
    kind: str
    labels: tuple[str, ...]
    help: str
    read: Callable[[Status], Rows]


def one(read: Callable[[Status], float]) -> Callable[[Status], Rows]:
    """Of a metric without labels."""
    return lambda status: [((), read(status))]


def by_name(read: Callable[[Status], Iterable[tuple[str, int]]]) -> Callable[[Status], Rows]:
    """Of a count by name."""
    return lambda status: [((name,), n) for name, n in read(status)]


def of_markets(read: Callable[[MarketStatus], float]) -> Callable[[Status], Rows]:
    """Of a figure of each market. The token makes it unique: two markets may have one name."""
    return lambda status: [((str(m.token), m.name), read(m)) for m in status.markets]


def timings(read: Callable[[Timing], float]) -> Callable[[Status], Rows]:
    """Of the three things that are timed."""
    return lambda s: [
        (("wait",), read(s.engine.lag)),
        (("step",), read(s.engine.work)),
        (("commit",), read(s.engine.commit)),
    ]


def quantiles(status: Status) -> Rows:
    engine = status.engine
    for name, of in (("wait", engine.lag), ("step", engine.work), ("commit", engine.commit)):
        yield (name, "0.5"), of.p50_ns / SECOND
        yield (name, "0.99"), of.p99_ns / SECOND


def lines(read: str) -> Callable[[Status], Rows]:
    """Of both kinds of connections."""
    return lambda s: [
        (("market",), getattr(s.market_lines, read)),
        (("user",), getattr(s.user_lines, read)),
    ]


def quotes(status: Status) -> Rows:
    for m in status.markets:
        for side in ("BUY", "SELL"):
            for k, outcome in enumerate(("yes", "no")):
                of = [q for q in m.quotes if q.side == side and q.token & 1 == k]
                yield (str(m.token), m.name, outcome, side.lower()), sum(q.size for q in of) / MICRO


MARKET: Final = ("token", "market")
TABLE: Final = (
    Row("clobstep_up_seconds", "gauge", (), "Since the process was first watched.",
        one(lambda s: s.uptime_ns / SECOND)),
    Row("clobstep_session_state", "gauge", ("state",), "1 for the state of the session.",
        lambda s: [((s.session,), 1)]),
    Row("clobstep_venue_state", "gauge", ("state",), "1 for the state of the venue.",
        lambda s: [((s.venue_state,), 1)]),
    Row("clobstep_halted", "gauge", (), "1 when the session is halted.",
        one(lambda s: s.session == "HALTED")),
    Row("clobstep_heartbeat_lost", "gauge", (), "1 when the venue does not hear our heartbeat.",
        one(lambda s: s.venue.beat == "lost")),
    Row("clobstep_global_breaker_open", "gauge", (), "1 when everything is paused by rejects.",
        one(lambda s: s.breaker != "CLOSED")),
    Row("clobstep_cash_pusd", "gauge", ("part",),
        "Cash: settled, incoming, outgoing, reserved, locked, spendable.",
        lambda s: [((k,), n / MICRO) for k, n in s.cash._asdict().items()]),
    Row("clobstep_exposure_pusd", "gauge", (), "What positions cost and orders hold.",
        one(lambda s: s.exposure / MICRO)),
    Row("clobstep_profit_pusd", "gauge", ("span",),
        "Profit at the last valuation: all, of the UTC day, of the session.",
        lambda s: [(("all",), s.profit / MICRO), (("day",), s.profit_day / MICRO),
                   (("session",), s.profit_session / MICRO)]),
    Row("clobstep_fees_pusd", "gauge", (), "Fees paid in the markets followed.",
        one(lambda s: s.fees / MICRO)),
    Row("clobstep_positions_without_mark", "gauge", (), "Positions that cannot be valued.",
        one(lambda s: s.no_marks)),
    Row("clobstep_shortfalls", "gauge", (), "Accounts with less than nothing free.",
        one(lambda s: s.shortfalls)),
    Row("clobstep_open_orders", "gauge", (), "Orders that are open with us.",
        one(lambda s: s.orders)),
    Row("clobstep_unknown_orders", "gauge", (), "Orders of which nobody knows what they are.",
        one(lambda s: s.unknown)),
    Row("clobstep_submits_total", "counter", (), "Orders sent.", one(lambda s: s.submits)),
    Row("clobstep_cancels_total", "counter", (), "Cancels sent.", one(lambda s: s.cancels)),
    Row("clobstep_fills_total", "counter", (), "Fills booked.", one(lambda s: s.fills)),
    Row("clobstep_refusals_total", "counter", ("reason",), "Refused by our own guard.",
        by_name(lambda s: s.refusals)),
    Row("clobstep_rejects_total", "counter", ("reason",), "Rejected by the venue, or not sent.",
        by_name(lambda s: s.venue.rejects)),
    Row("clobstep_requests_total", "counter", ("answer",), "Requests by lane and answer.",
        by_name(lambda s: s.venue.requests)),
    Row("clobstep_heartbeats_total", "counter", (), "Heartbeats sent.",
        one(lambda s: s.venue.beats)),
    Row("clobstep_heartbeats_withheld_total", "counter", (), "Heartbeats not sent: not well.",
        one(lambda s: s.venue.beats_withheld)),
    Row("clobstep_account_reads_total", "counter", (), "Reads of the account.",
        one(lambda s: s.venue.reads)),
    Row("clobstep_account_read_failures_total", "counter", (), "Reads of the account that failed.",
        one(lambda s: s.venue.reads_failed)),
    Row("clobstep_venue_clock_ahead_seconds", "gauge", (), "The venue's clock less ours.",
        one(lambda s: s.venue.clock_ahead_ns / SECOND)),
    Row("clobstep_wall_drift_seconds", "gauge", (), "The wall clock less ours.",
        one(lambda s: s.wall_drift_ns / SECOND)),
    Row("clobstep_connections_wanted", "gauge", ("channel",), "Connections that should be up.",
        lines("wanted")),
    Row("clobstep_connections_up", "gauge", ("channel",), "Connections that are up.", lines("up")),
    Row("clobstep_reconnects_total", "counter", ("channel",), "Connections made again.",
        lines("reconnects")),
    Row("clobstep_connect_failures_total", "counter", ("channel",), "Connections not made.",
        lines("failures")),
    Row("clobstep_messages_total", "counter", ("channel",), "Messages heard.", lines("messages")),
    Row("clobstep_events_total", "counter", (), "Events stepped, of the whole session.",
        one(lambda s: s.engine.events)),
    Row("clobstep_turns_total", "counter", (), "Turns of the strategy.",
        one(lambda s: s.engine.turns)),
    Row("clobstep_conflated_events_total", "counter", (), "Events left out under pressure.",
        one(lambda s: s.engine.conflated)),
    Row("clobstep_waiting_events", "gauge", (), "Events that wait for the engine.",
        one(lambda s: s.engine.waiting)),
    Row("clobstep_waiting_oldest_seconds", "gauge", (), "Age of what waits longest.",
        one(lambda s: s.engine.oldest_ns / SECOND)),
    Row("clobstep_engine_silent_seconds", "gauge", (), "Since the engine's task last moved.",
        one(lambda s: s.engine.idle_ns / SECOND)),
    Row("clobstep_engine_seconds", "gauge", ("what", "quantile"),
        "Of the last 1,024: wait in the inbox, step of what waited, commit.", quantiles),
    Row("clobstep_engine_seconds_sum_total", "counter", ("what",), "Sum of those, of all so far.",
        timings(lambda t: t.total_ns / SECOND)),
    Row("clobstep_engine_rounds_total", "counter", ("what",), "How many of those.",
        timings(lambda t: t.n)),
    Row("clobstep_journal_durable_events_total", "counter", (), "Events that are on disk.",
        one(lambda s: s.journal.durable)),
    Row("clobstep_journal_bytes", "gauge", (), "Size of the journal's file of now.",
        one(lambda s: s.journal.size_bytes)),
    Row("clobstep_notes_total", "counter", ("kind",), "Notes and alerts.",
        by_name(lambda s: s.note_kinds)),
    Row("clobstep_market_best_pusd", "gauge", (*MARKET, "side"), "Best prices of YES.",
        lambda s: [((str(m.token), m.name, side), pips / PIPS) for m in s.markets
                   for side, pips, size in (("bid", m.bid_pips, m.bid_size),
                                            ("ask", m.ask_pips, m.ask_size)) if size]),
    Row("clobstep_market_quoted_shares", "gauge", (*MARKET, "outcome", "side"),
        "What is left of our open orders.", quotes),
    Row("clobstep_market_position_shares", "gauge", (*MARKET, "outcome"),
        "Inventory, with what is not settled yet.",
        lambda s: [((str(m.token), m.name, outcome), n / MICRO) for m in s.markets
                   for outcome, n in (("yes", m.yes), ("no", m.no))]),
    Row("clobstep_market_exposure_pusd", "gauge", MARKET, "Exposure.",
        of_markets(lambda m: m.exposure / MICRO)),
    Row("clobstep_market_reserved_pusd", "gauge", MARKET, "Cash that its orders hold.",
        of_markets(lambda m: m.reserved / MICRO)),
    Row("clobstep_market_profit_pusd", "gauge", MARKET, "Profit at the last valuation.",
        of_markets(lambda m: m.profit / MICRO)),
    Row("clobstep_market_feed_synced", "gauge", MARKET, "1 when its book is believed.",
        of_markets(lambda m: m.feed == FeedState.SYNCED.name)),
    Row("clobstep_market_data_age_seconds", "gauge", MARKET, "Since its last data; -1 never.",
        of_markets(lambda m: m.data_age_ns / SECOND if m.data_age_ns >= 0 else -1)),
    Row("clobstep_market_cooldown_seconds", "gauge", MARKET, "Left until its next turn.",
        of_markets(lambda m: m.cooldown_ns / SECOND)),
    Row("clobstep_market_breaker_open", "gauge", MARKET, "1 when it is paused by rejects.",
        of_markets(lambda m: m.breaker != "CLOSED")),
    Row("clobstep_market_hold", "gauge", (*MARKET, "hold"), "1 for each thing that holds it.",
        lambda s: [((str(m.token), m.name, hold), 1) for m in s.markets for hold in m.holds]),
    Row("clobstep_market_closes_in_seconds", "gauge", MARKET, "To the next date that may end it.",
        lambda s: [((str(m.token), m.name), m.closing_ns / SECOND) for m in s.markets
                   if m.closing_ns is not None]),
)  # fmt: skip


class StatusCollector(Collector):
    """All of TABLE from one look."""

    def __init__(self, look: Callable[[], Status]) -> None:
        self._look = look

    def collect(self) -> Iterator[Metric]:
        """One family a row of TABLE, those without a value too."""
        status = self._look()
        for row in TABLE:
            family: GaugeMetricFamily | CounterMetricFamily
            if row.kind == "counter":
                family = CounterMetricFamily(row.name, row.help, labels=row.labels)
            else:
                family = GaugeMetricFamily(row.name, row.help, labels=row.labels)
            for labels, value in row.read(status):
                family.add_metric(labels, float(value))
            yield family


class Exporter:
    """Serves the metrics of one process. Errors of a look are an answer 500 and a note."""

    def __init__(
        self, look: Callable[[], Status], *, on_note: Callable[[Note], None] = ignore
    ) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(StatusCollector(look))
        self._on_note = on_note
        self._limiter = trio.CapacityLimiter(MOST_AT_ONCE)
        self.port = 0
        self.scrapes = 0

    async def run(
        self,
        port: int,
        host: str = HOST,
        *,
        task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """Until cancelled; `port` 0 takes a free one, and `started` is told which.

        Errors: MetricsError for an address that others can reach, or a port that is taken.
        """
        check_loopback(host)
        way_out = "set live.metrics_port to another one, or to 0"
        if not 0 <= port <= MOST_PORT:
            raise MetricsError(f"metrics: {port} is no port: {way_out}")
        try:
            listeners = await trio.open_tcp_listeners(port, host=host)
        except OSError as error:
            raise MetricsError(
                f"metrics: port {port} of {host} is not to be had: {error}; {way_out}"
            ) from None
        self.port = listeners[0].socket.getsockname()[1]
        task_status.started(self.port)
        await trio.serve_listeners(self._serve, listeners)

    def page(self) -> bytes:
        """The metrics of now, as Prometheus reads them."""
        return generate_latest(self._registry)

    async def _serve(self, stream: trio.SocketStream) -> None:
        with trio.move_on_after(REQUEST_S):
            async with self._limiter, stream:
                try:
                    await self._answer(stream)
                except (trio.BrokenResourceError, trio.ClosedResourceError, h11.ProtocolError):
                    return

    async def _answer(self, stream: trio.SocketStream) -> None:
        line = h11.Connection(h11.SERVER, max_incomplete_event_size=8_192)
        while (event := line.next_event()) is h11.NEED_DATA:
            line.receive_data(await stream.receive_some(8_192))
        if not isinstance(event, h11.Request):
            return
        status, body = self._said(event)
        head = [
            ("content-type", CONTENT_TYPE_LATEST if status == 200 else "text/plain"),
            ("content-length", str(len(body))),
            ("connection", "close"),
        ]
        out = line.send(h11.Response(status_code=status, headers=head)) or b""
        if event.method != b"HEAD":
            out += line.send(h11.Data(body)) or b""
        await stream.send_all(out)

    def _said(self, request: h11.Request) -> tuple[int, bytes]:
        """The answer to a request: a page that a browser was lured to is none of ours."""
        hosts = [value for name, value in request.headers if name == b"host"]
        if any(not is_loopback(host_of(value)) for value in hosts):
            return 403, b"only for loopback\n"
        if request.target.partition(b"?")[0] != b"/metrics":
            return 404, b"GET /metrics\n"
        if request.method not in (b"GET", b"HEAD"):
            return 405, b"GET /metrics\n"
        try:
            body = self.page()
        except Exception as error:
            self._on_note(Note("metrics", f"they could not be made: {error!r}"))
            return 500, b"the metrics could not be made; see the log\n"
        self.scrapes += 1
        return 200, body


def check_loopback(host: str) -> None:
    """Errors: MetricsError for an address that others can reach."""
    if not is_loopback(host):
        raise MetricsError(
            f"metrics: {host!r} is no loopback address; they show what the account holds, so they "
            f"are served on {HOST} only: let a proxy with a password fetch them there"
        )


def is_loopback(host: str) -> bool:
    """Whether it names this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def host_of(value: bytes) -> str:
    """The host of a Host header, without its port."""
    text = value.decode("latin-1")
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0]
