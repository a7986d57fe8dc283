"""`clobstep markets`: from files and from a venue in memory, what it shows, saves and refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from click.testing import CliRunner

import recordings
from clobstep.cli import main
from clobstep.cli import markets as module
from clobstep.venue.markets import read_markets
from venue import gamma_made as made

AT = ("--at", "2026-05-17T12:00:00Z")


def call(*args: str | Path) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, ["markets", *(str(arg) for arg in args)])
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A saved page of markets of every kind."""
    path = tmp_path / "page.json"
    markets = [
        made.raw(1),
        made.raw(2, negRisk=True, orderPriceMinTickSize="0.001", secondsDelay=3,
                 events=[{"id": "9", "slug": "big-event", "negRisk": True,
                          "enableNegRisk": True, "negRiskAugmented": True}]),
        made.raw(3, closed=True, acceptingOrders=False),
        made.raw(4, endDate="2026-05-17T11:00:00Z", volumeNum=9, liquidityNum=...),
        made.raw(5, version="v7", question="Will it rain?", orderMinSize=...),
        made.raw(6, orderPriceMinTickSize="0.3"),
    ]  # fmt: skip
    path.write_bytes(msgspec.json.encode({"markets": markets}))
    return path


def shown(out: str) -> list[str]:
    return [line.split()[0] for line in out.splitlines() if line.startswith("market-")]


def test_the_table_says_what_each_market_is(page: Path) -> None:
    code, out, err = call("--file", page, *AT)
    assert (code, err) == (0, "")
    rows = {line.split()[0]: " ".join(line.split()) for line in out.splitlines()}
    assert rows["market-1"] == "market-1 open 0.01 5 0.05 - no v1"
    assert rows["market-2"] == "market-2 open 0.001 5 0.05 3 s augmented v1"
    assert rows["market-3"] == (
        "market-3 closed 0.01 5 0.05 - no v1 it is closed; it does not accept orders"
    )
    assert rows["market-4"] == "market-4 past end 0.01 5 0.05 - no v1"
    assert rows["market-5"].startswith("market-5 open 0.01 ? 0.05 - no v7 its protocol version")
    assert "5 of 5 markets shown, 5 read from page.json" in out
    assert "note: left out: page.json, markets 6, orderPriceMinTickSize: 0.3 is not a tick" in out
    assert f"next: clobstep import FILE... -o S.clob --markets {page}" in out


@pytest.mark.parametrize(
    "args, expected",
    [
        (["--tradable"], ["market-1", "market-2", "market-4"]),
        (["--neg-risk"], ["market-2"]),
        (["--no-neg-risk", "--tradable"], ["market-1", "market-4"]),
        (["--text", "RAIN"], ["market-5"]),
        (["--text", "big-ev"], ["market-2"]),
        (["--event", "big-event"], ["market-2"]),
        (["--end-before", "2026-06-01"], ["market-4"]),
        (["--min-volume", "1000"], ["market-1", "market-2", "market-3", "market-5"]),
        (["--min-liquidity", "20", "--limit", "2"], ["market-1", "market-2"]),
        (["--min-liquidity", "21"], []),
        (["--condition", "0xc4", "--condition", "0xc1"], ["market-1", "market-4"]),
        (["--closed"], ["market-3"]),
    ],
)
def test_filters(page: Path, args: list[str], expected: list[str]) -> None:
    code, out, _ = call("--file", page, *AT, *args)
    assert code == 0
    assert shown(out) == expected
    assert "next: clobstep " in out


def test_json_has_every_field(page: Path) -> None:
    code, out, _ = call("--file", page, *AT, "--json", "--limit", "3")
    told = json.loads(out)
    assert code == 0
    assert (told["read"], told["found"], len(told["markets"])) == (5, 5, 3)
    first = told["markets"][0]
    assert (first["yes"], first["version"], first["fee_ppm"]) == ("11", "v1", 50_000)
    assert (first["state"], first["tradable"], first["why_not"]) == ("open", True, [])
    assert first["state_why"] == "it accepts orders, end date in 30 d 12 h"
    assert first["left_ns"] > 0
    assert told["notes"][0]["kind"] == "market"


def test_the_sample_from_before_versions_says_what_to_do() -> None:
    path = recordings.data("gamma/gamma_markets_sample_by_kind.json")
    code, out, _ = call("--file", path, *AT)
    assert code == 0
    assert "25 of 87 markets shown" in out
    assert f"next: clobstep markets --file {path} --assume-version v1" in out
    code, out, _ = call("--file", path, "--assume-version", "v1", "--tradable", "--limit", "100")
    assert "57 of 57 markets shown, 87 read" in out


@pytest.mark.parametrize(
    "text, said",
    [
        ("<html>", "no JSON"),
        ("", "no JSON"),
        ('{"a": 1}', "it has no list of events or markets, but 'a'"),
        ('{"markets": []}\n<html>\n', "no JSON"),
    ],
)
def test_a_file_that_is_no_page(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    code, _, err = call("--file", path)
    assert code == 2
    assert said in err
    assert "give a page of Gamma" in err


def test_what_it_refuses(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for args, said in (
        (["--file", tmp_path / "none.json"], "No such file"),
        (["--file", page, "--save", tmp_path / "y.json"], "nothing new"),
        (["--save", page], "there already"),
        (["--save", "/nowhere/x.json"], "there is no folder /nowhere"),
        (["--venue", "gamma.example"], "is no address"),
        (["--venue", "http://gamma.example"], "is not encrypted"),
        (["--end-before", "soon"], "write 2026-12-01"),
        (["--limit", "0"], "--limit"),
        (["--condition", "../x"], "condition: '../x' is none"),
    ):
        code, _, err = call(*args)
        assert (code, said in err) == (2, True), err
    monkeypatch.setattr(module, "FILE_BYTES", 10)
    code, _, err = call("--file", page)
    assert (code, "save less at once" in err) == (2, True)


# ---- the venue


@pytest.fixture
def venue(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[httpx.URL]]:
    """Answers of Gamma in turn; what was asked."""

    def answers(*given: httpx.Response) -> list[httpx.URL]:
        asked: list[httpx.URL] = []
        left = list(given)

        def answer(request: httpx.Request) -> httpx.Response:
            asked.append(request.url)
            return left.pop(0)

        monkeypatch.setattr(
            "clobstep.live.gamma.new_client",
            lambda: httpx.AsyncClient(transport=httpx.MockTransport(answer)),
        )
        return asked

    return answers


def reply(value: Any, status: int = 200) -> httpx.Response:
    return httpx.Response(status, content=msgspec.json.encode(value))


def test_an_event_is_shown_saved_and_read_again(venue: Any, tmp_path: Path) -> None:
    event = made.fed_event()
    asked = venue(reply(event))
    kept = tmp_path / "fed.json"
    slug = "fed-decision-in-june-825"
    code, out, _ = call("--event", slug, "--save", kept, "--assume-version", "v1", *AT)
    assert code == 0
    assert str(asked[0]) == f"https://gamma-api.polymarket.com/events/slug/{slug}"
    assert "5 of 5 markets shown, 5 read from https://gamma-api.polymarket.com" in out
    assert f"next: clobstep import FILE... -o S.clob --markets {kept}" in out
    assert "fed-decision-in-june-825: 25 bps decrease " in out
    assert len(read_markets(kept)) == 5
    code, again, _ = call("--file", kept, "--assume-version", "v1", *AT)
    assert code == 0
    assert again.splitlines()[:6] == out.splitlines()[:6]


def test_the_venue_is_asked_with_what_it_can_sort_out(venue: Any, tmp_path: Path) -> None:
    pages = [{"markets": [made.raw(n)], "next_cursor": f"c{n}"} for n in (1, 2)]
    asked = venue(*(reply(p) for p in pages))
    kept = tmp_path / "two.json"
    code, out, _ = call(
        "--venue", "http://127.0.0.1:9", "--read", "2", "--min-volume", "5", "--min-liquidity",
        "7", "--end-before", "2026-07-01", "--save", kept, *AT,
    )  # fmt: skip
    assert code == 0
    assert asked[0].params["volume_num_min"] == "5"
    assert asked[0].params["liquidity_num_min"] == "7"
    assert asked[0].params["end_date_max"] == "2026-07-01T00:00:00Z"
    assert asked[0].params["closed"] == "false"
    assert asked[1].params["after_cursor"] == "c1"
    assert "2 of 2 markets shown, 2 read from http://127.0.0.1:9, there are more" in out
    assert len(kept.read_bytes().splitlines()) == 2
    assert call("--file", kept, *AT)[1].count("market-") == 2


def test_a_tag_is_asked_of_events(venue: Any) -> None:
    events = [made.event([made.raw(1), made.raw(2, conditionId=...)])]
    asked = venue(reply({"events": events}))
    code, out, _ = call("--tag", "crypto", *AT)
    assert code == 0
    assert (asked[0].path, asked[0].params["tag_slug"]) == ("/events/keyset", "crypto")
    assert "next: clobstep markets --event an-event --save markets.json" in out


def test_an_event_that_is_not_whole_is_said(venue: Any) -> None:
    venue(reply(made.event([made.raw(1), made.raw(2, conditionId=...)])))
    code, out, _ = call("--event", "an-event", *AT)
    assert code == 0
    assert "note: not every market of an-event could be read" in out


def test_conditions_are_looked_for_open_and_closed(venue: Any) -> None:
    one = made.raw(1, conditionId="0xc1")
    asked = venue(reply({"markets": []}), reply({"markets": [one | {"closed": True}]}))
    code, out, _ = call("--condition", "0xc1", *AT)
    assert code == 0
    assert [url.params["closed"] for url in asked] == ["false", "true"]
    assert shown(out) == ["market-1"]


def test_a_venue_that_does_not_know_it(venue: Any) -> None:
    venue(reply({"error": "no"}, 404))
    code, _, err = call("--event", "misspelt")
    assert code == 2
    assert "HTTP 404" in err
    assert "is the slug right?" in err
