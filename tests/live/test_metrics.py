"""The metrics: what a scrape finds, who may ask, and what cannot be asked for."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import prometheus_client
import pytest
import trio
from prometheus_client.parser import text_string_to_metric_families

import builds
from clobstep.live.watch import metrics
from clobstep.live.watch.board import Board
from clobstep.live.watch.metrics import TABLE, Exporter, MetricsError
from clobstep.live.watch.status import Status
from clobstep.live.watch.watcher import Watcher
from clobstep.venue.notes import Note
from live import room
from live.statuses import SHARE, market, quote, status

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def samples(page: bytes) -> Samples:
    """(name, labels) -> value. AssertionError for a series that is there twice."""
    found: Samples = {}
    for family in text_string_to_metric_families(page.decode()):
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            assert key not in found
            found[key] = sample.value
    return found


def page_of(value: Status) -> Samples:
    return samples(Exporter(lambda: value).page())


def test_every_row_of_the_table_is_in_the_page() -> None:
    hold = market(holds=("unhedged",), quotes=(quote(),))
    value = status(markets=(hold,))
    names = {name for name, _ in page_of(value)}
    assert names == {row.name for row in TABLE}


def test_names_say_what_they_count() -> None:
    assert len({row.name for row in TABLE}) == len(TABLE)
    for row in TABLE:
        assert row.name.startswith("clobstep_")
        assert row.name.endswith("_total") == (row.kind == "counter")
        assert row.help.endswith(".")


def test_values_have_their_units() -> None:
    no = quote(order_id=2, token=1, side="SELL", size=5 * SHARE)
    found = page_of(status(markets=(market(quotes=(quote(), no)),)))
    of_market = (("market", "btc-updown-5m"), ("token", "0"))

    def value(name: str, **labels: str) -> float:
        return found[name, tuple(sorted(labels.items()))]

    assert value("clobstep_cash_pusd", part="spendable") == 950.0
    assert value("clobstep_profit_pusd", span="day") == -1.11
    assert value("clobstep_engine_seconds", what="commit", quantile="0.99") == 0.0035
    assert value("clobstep_engine_seconds_sum_total", what="commit") == 0.02
    assert value("clobstep_rejects_total", reason="POST_ONLY_CROSS") == 2
    assert value("clobstep_reconnects_total", channel="market") == 2
    assert value("clobstep_session_state", state="TRADING") == 1
    assert found["clobstep_market_data_age_seconds", of_market] == 0.4
    name = "clobstep_market_quoted_shares"
    told = {"market": "btc-updown-5m", "token": "0"}
    assert value(name, **told, outcome="yes", side="buy") == 100
    assert value(name, **told, outcome="no", side="sell") == 5
    assert value(name, **told, outcome="no", side="buy") == 0
    assert value("clobstep_market_best_pusd", **told, side="ask") == 0.53


@pytest.mark.parametrize("name", ['a"b\\c', "}\n# TYPE x", "{x='1'}", "漢字", "", "x" * 80])
def test_hostile_names_are_labels(name: str) -> None:
    value = status(markets=(market(name=name), market(token=2, name=name)))
    found = page_of(value)
    key = tuple(sorted({"market": name, "token": "2"}.items()))
    assert found["clobstep_market_exposure_pusd", key] == 52.5


def test_an_empty_book_has_no_best() -> None:
    value = status(markets=(market(bid_pips=0, bid_size=0, ask_pips=10_000, ask_size=0),))
    assert not [name for name, _ in page_of(value) if name == "clobstep_market_best_pusd"]


def test_no_global_registry_is_used() -> None:
    Exporter(status).page()
    Exporter(status).page()
    assert b"clobstep" not in prometheus_client.generate_latest()


def test_the_page_of_documentation_has_every_row() -> None:
    text = (builds.ROOT / "docs/monitoring.md").read_text(encoding="utf-8")
    section = text.partition("## Metrics")[2].partition("\n## ")[0]
    told = [line for line in section.splitlines() if line.startswith("| `clobstep_")]
    assert told == [
        f"| `{row.name}` | {row.kind} | {', '.join(row.labels) or '-'} | {row.help} |"
        for row in TABLE
    ]


def test_alerts_of_the_documentation_are_about_metrics_that_exist() -> None:
    text = (builds.ROOT / "docs/monitoring.md").read_text(encoding="utf-8")
    alerts = text.partition("## What should wake a person")[2]
    named = set(re.findall(r"clobstep_[a-z_]+", alerts.partition("## Logs")[0]))
    assert len(named) > 10
    assert named <= {row.name for row in TABLE}


# ---- the server


async def served(look: Callable[[], Status], ask: Callable[[str], Any], **given: Any) -> Exporter:
    """Ask a running exporter."""
    exporter = Exporter(look, **given)
    async with trio.open_nursery() as nursery:
        port = await nursery.start(exporter.run, 0)
        await ask(f"http://127.0.0.1:{port}")
        nursery.cancel_scope.cancel()
    return exporter


def test_who_asks_for_what() -> None:
    async def ask(url: str) -> None:
        async with httpx.AsyncClient(trust_env=False) as client:
            page = await client.get(f"{url}/metrics")
            assert page.status_code == 200
            assert page.headers["content-type"].startswith("text/plain; version=")
            assert ("clobstep_submits_total", ()) in samples(page.content)
            assert (await client.head(f"{url}/metrics")).content == b""
            assert (await client.get(f"{url}/metrics?x=1")).status_code == 200
            assert (await client.get(f"{url}/")).status_code == 404
            assert (await client.get(f"{url}/metrics/../x")).status_code == 404
            assert (await client.post(f"{url}/metrics")).status_code == 405
            lured = await client.get(f"{url}/metrics", headers={"host": "evil.example"})
            assert (lured.status_code, lured.content) == (403, b"only for loopback\n")
            for host in ("localhost:9", "[::1]:9", "127.0.0.1"):
                told = await client.get(f"{url}/metrics", headers={"host": host})
                assert told.status_code == 200

    exporter = trio.run(served, status, ask)
    assert exporter.scrapes == 6


def test_what_is_no_http_is_dropped_and_the_next_is_served() -> None:
    async def ask(url: str) -> None:
        port = int(url.rpartition(":")[2])
        for junk in (b"\x00\x01\r\n\r\n", b"GET " + b"a" * 20_000, b"", b"GET /metrics HTTP/9\r\n"):
            async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
                with suppress(trio.BrokenResourceError):  # it need not say goodbye
                    if junk:
                        await stream.send_all(junk)
                    await stream.send_eof()
                    assert await stream.receive_some(100) == b""
        async with httpx.AsyncClient(trust_env=False) as client:
            assert (await client.get(f"{url}/metrics")).status_code == 200

    trio.run(served, status, ask)


def test_a_fault_in_a_look_is_an_answer_and_a_note() -> None:
    notes: list[Note] = []

    def look() -> Status:
        raise KeyError("missing")

    async def ask(url: str) -> None:
        async with httpx.AsyncClient(trust_env=False) as client:
            assert (await client.get(f"{url}/metrics")).status_code == 500

    async def main() -> None:
        await served(look, ask, on_note=notes.append)

    trio.run(main)
    assert notes == [Note("metrics", "they could not be made: KeyError('missing')")]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.com", ""])
def test_other_addresses_are_refused(host: str) -> None:
    with pytest.raises(MetricsError, match="is no loopback address"):
        trio.run(Exporter(status).run, 0, host)


@pytest.mark.parametrize("port", [65_536, -1])
def test_a_port_that_is_none(port: int) -> None:
    with pytest.raises(MetricsError, match=r"is no port: set live\.metrics_port"):
        trio.run(Exporter(status).run, port)


def test_a_port_that_is_taken() -> None:
    async def main() -> None:
        async with trio.open_nursery() as nursery:
            port = await nursery.start(Exporter(status).run, 0)
            with pytest.raises(MetricsError, match=f"port {port} of 127.0.0.1 is not to be had"):
                await Exporter(status).run(port)
            nursery.cancel_scope.cancel()

    trio.run(main)


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in sys.modules if n.partition(".")[0] == "prometheus_client"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    monkeypatch.delitem(sys.modules, metrics.__name__)
    with pytest.raises(ImportError, match=r"pip install 'clobstep\[metrics\]'"):
        importlib.import_module("clobstep.live.watch.metrics")


# ---- a running trader


def test_a_running_trader_is_scraped(tmp_path: Path) -> None:
    async def main() -> None:
        async with room.venue() as running, room.trader(tmp_path, running.port) as desk:
            board = Board(desk.trader.clock)
            exporter = Exporter(Watcher(desk.trader, board, "live").look)
            async with trio.open_nursery() as nursery:
                port = await nursery.start(exporter.run, 0)
                nursery.start_soon(desk.trader.run)
                await room.until(lambda: desk.view.counters()["submits"])
                async with httpx.AsyncClient(trust_env=False) as client:
                    page = await client.get(f"http://127.0.0.1:{port}/metrics")
                desk.trader.stop()
                await room.until(lambda: desk.trader.proven, 60)
                nursery.cancel_scope.cancel()
            found = samples(page.content)
            assert found["clobstep_submits_total", ()] >= 1
            assert found["clobstep_session_state", (("state", "TRADING"),)] == 1
            assert found["clobstep_connections_up", (("channel", "user"),)] == 1
            assert found["clobstep_cash_pusd", (("part", "settled"),)] > 0
            assert found["clobstep_engine_rounds_total", (("what", "commit"),)] > 0
            markets = [labels for name, labels in found if name == "clobstep_market_feed_synced"]
            assert len(markets) == 2

    trio.run(main)
