"""The fetcher: rates, seeded pauses, what the venue asks for, and what is no answer."""

from __future__ import annotations

import itertools
import random
from typing import Any

import httpx
import pytest
import trio

from clobstep.live.gamma import Bucket, GammaError, Patience, new_client
from clobstep.venue.gamma_pages import Filters
from live.fake_gamma import FakeGamma, an_event, reply, run
from venue import gamma_made as made

CID = "0x" + "ab" * 32


def pages(*counts: int, cursor: str = "c") -> list[httpx.Response]:
    """Pages of so many markets; the last without a cursor."""
    made_pages = []
    number = 0
    for place, count in enumerate(counts):
        markets = [made.raw(number + n) for n in range(1, count + 1)]
        number += count
        more = {"next_cursor": f"{cursor}{place}"} if place < len(counts) - 1 else {}
        made_pages.append(reply({"markets": markets} | more))
    return made_pages


def test_pages_are_read_to_their_end_and_kept_as_they_came() -> None:
    async def main() -> None:
        fake, seen = FakeGamma(), list[int]()
        fake.next += pages(100, 100, 3)
        found = await fake.fetcher().markets(Filters(closed=False), progress=seen.append)
        assert (len(found.page.markets), found.whole, len(found.raw)) == (203, True, 3)
        assert seen == [100, 200, 203]
        cursors = [url.params.get("after_cursor") for _, url in fake.asked]
        assert cursors == [None, "c0", "c1"]
        assert {url.params["closed"] for _, url in fake.asked} == {"false"}

    run(main)


def test_no_more_than_asked_for() -> None:
    async def main() -> None:
        fake = FakeGamma()
        fake.next += pages(100, 100, 100)
        found = await fake.fetcher().markets(Filters(), most=150)
        assert (len(found.page.markets), found.whole, len(fake.asked)) == (150, False, 2)
        fake.next += [reply({"events": [an_event()]})]
        events = await fake.fetcher().events(Filters(tag_slug="x"), most=1)
        assert len(events.page.markets) == 1
        assert fake.asked[-1][1].params["limit"] == "1"

    run(main)


def test_cursors_without_end_end() -> None:
    async def main() -> None:
        fake = FakeGamma()
        fake.next += [reply({"markets": [made.raw(n)], "next_cursor": "same"}) for n in (1, 2)]
        found = await fake.fetcher().markets(Filters())
        assert len(found.page.markets) == 2
        assert not found.whole
        assert found.page.notes[-1].text == "a cursor came twice: the pages end here"
        fake.next += [reply({"markets": [], "next_cursor": f"n{n}"}) for n in range(1_001)]
        endless = await fake.fetcher().markets(Filters())
        assert endless.page.notes[-1].text.startswith("more than 1000 pages")
        assert len(fake.next) == 1

    run(main)


def test_closed_markets_are_found_too() -> None:
    async def main() -> None:
        fake = FakeGamma()
        fake.events["900"] = an_event(markets=3)
        fake.events["900"]["markets"][1]["closed"] = True
        found = await fake.fetcher().by_condition(["0xc1", "0xc2", "0xc3", "0xc9", "0xc1"])
        assert (found.whole, len(found.raw)) == (False, 2)
        assert {i.condition: i.closed for i in found.page.markets} == {
            "0xc1": False, "0xc3": False, "0xc2": True
        }  # fmt: skip
        asked = [(u.params["closed"], u.params.get_list("condition_ids")) for _, u in fake.asked]
        assert asked == [
            ("false", ["0xc1", "0xc2", "0xc3", "0xc9"]), ("true", ["0xc2", "0xc9"])
        ]  # fmt: skip
        await fake.fetcher().by_condition([f"0x{n:x}" for n in range(90)])
        assert len(fake.asked) == 2 + 2 * 3

    run(main)


@pytest.mark.parametrize(
    "failure",
    [
        reply(b"busy", 429), reply(b"", 500), reply(b"down", 503), reply(b"<html>", 200),
        reply(b'{"markets": [{"cond', 200), httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"), httpx.RemoteProtocolError("cut"), OSError("broken pipe"),
        reply(b"x" * 2_000, 200),
    ],
)  # fmt: skip
def test_a_failure_is_tried_again(failure: Any) -> None:
    async def main() -> None:
        fake = FakeGamma()
        fake.next += [failure, reply(an_event())]
        fetcher = fake.fetcher(max_bytes=1_900)
        page, raw = await fetcher.event("900")
        assert len(page.markets) == 2
        assert raw.startswith(b'{"id":"900"')
        assert dict(fetcher.counters) == {"requests": 2, "retries": 1, "waited_ms": 0, "notes": 0}
        assert 0.25 <= trio.current_time() - fake.asked[0][0] <= 0.5

    run(main)


@pytest.mark.parametrize(
    "failure, status, why",
    [
        (reply(b'{"error": "offset is refused"}', 422), 422, 'HTTP 422: \'{"error": "offset is'),
        (reply(b"", 301, location="http://elsewhere"), 301, "HTTP 301"),
        (reply("gone", 404), 404, "HTTP 404"),
        (reply(b"\x1b[31mred\xff", 403), 403, "\\x1b[31mred"),
    ],
)
def test_what_will_not_get_better_is_not_tried_again(
    failure: httpx.Response, status: int, why: str
) -> None:
    async def main() -> None:
        fake = FakeGamma()
        fake.next.append(failure)
        fetcher = fake.fetcher()
        with pytest.raises(GammaError) as caught:
            await fetcher.event("900")
        assert caught.value.status == status
        assert why in str(caught.value)
        assert "http://127.0.0.1:8080/events/900" in str(caught.value)
        assert (len(fake.asked), fetcher.counters["failures"]) == (1, 1)

    run(main)


def test_pauses_grow_are_seeded_and_end() -> None:
    async def main() -> None:
        gaps = []
        for _ in range(2):
            fake = FakeGamma()
            fake.next += [reply(b"", 503)] * 5
            with pytest.raises(GammaError, match=r"HTTP 503 \(try 5\)"):
                await fake.fetcher().event("900")
            times = [at for at, _ in fake.asked]
            gaps.append([round(b - a, 9) for a, b in itertools.pairwise(times)])
        rng = random.Random(3)
        expected = [round(0.5 * 2**n * (1 - rng.random() / 2), 9) for n in range(4)]
        assert gaps == [expected, expected]

    run(main)


@pytest.mark.parametrize(
    "headers, seconds",
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0"}, 0),
        ({"date": "Fri, 27 Nov 2026 16:00:00 GMT",
          "retry-after": "Fri, 27 Nov 2026 16:00:09 GMT"}, 9),
    ],
)  # fmt: skip
def test_the_pause_the_venue_asks_for_is_kept(headers: dict[str, str], seconds: int) -> None:
    async def main() -> None:
        fake = FakeGamma()
        fake.next += [reply(b"", 429, **headers), reply(an_event())]
        began = trio.current_time()
        await fake.fetcher().event("900")
        assert trio.current_time() - began == pytest.approx(seconds)

    run(main)


@pytest.mark.parametrize("text", ["soon", "-5", "Fri, 99 Nov", "²"])
def test_a_retry_after_that_is_none_is_our_own_pause(text: str) -> None:
    async def main() -> None:
        fake = FakeGamma()
        answer = httpx.Response(429, headers=[(b"retry-after", text.encode())])
        fake.next += [answer, reply(an_event())]
        began = trio.current_time()
        await fake.fetcher().event("900")
        assert 0.25 <= trio.current_time() - began <= 0.5

    run(main)


def test_a_pause_beyond_patience_is_a_failure_at_once() -> None:
    async def main() -> None:
        fake = FakeGamma()
        fake.next.append(reply(b"", 429, **{"retry-after": "3600"}))
        with pytest.raises(GammaError, match="HTTP 429"):
            await fake.fetcher().event("900")
        assert trio.current_time() - fake.asked[0][0] < 1

    run(main)


def test_an_answer_that_does_not_come_is_given_up() -> None:
    async def silent() -> httpx.Response:
        await trio.sleep_forever()
        raise AssertionError

    async def main() -> None:
        fake = FakeGamma()
        fake.next += [silent, silent]
        fetcher = fake.fetcher(patience=Patience(tries=2, answer_s=3))
        with pytest.raises(GammaError, match=r"no whole answer in 3 s \(try 2\)"):
            await fetcher.event("900")

    run(main)


def test_the_rates_of_the_venue_are_kept() -> None:
    async def main() -> None:
        bucket, times = Bucket(300), list[float]()
        for _ in range(700):
            await bucket.take()
            times.append(trio.current_time())
        assert times[29] == times[0]  # a tenth at once
        most = max(sum(at <= t < at + 10 for t in times) for at in times)
        assert 290 <= most <= 300

    run(main)


def test_each_path_has_its_rate() -> None:
    async def main() -> None:
        fake = FakeGamma()
        fake.events["900"] = an_event()
        fetcher = fake.fetcher()
        for _ in range(60):
            await fetcher.event("900")
        events_s = trio.current_time() - fake.asked[0][0]
        assert events_s == pytest.approx(10 * 10 / 450)  # 50 at once, then 45 a second
        await fetcher.by_condition(["0xc1"])
        assert trio.current_time() - fake.asked[0][0] == pytest.approx(events_s)
        assert fetcher.counters["waited_ms"] > 0

    run(main)


def test_the_clob_is_asked_at_its_own_host() -> None:
    async def main() -> None:
        fake = FakeGamma()
        tokens = [{"t": "1", "o": "Yes"}, {"t": "2", "o": "No"}]
        fake.clob[CID] = {"c": CID, "t": tokens, "mts": 1, "mos": 5}
        fake.next += [reply(fake.clob[CID])] * 5
        with pytest.raises(GammaError, match="mts"):
            await fake.fetcher().clob(CID)
        fake.clob[CID]["mts"] = "0.001"
        assert (await fake.fetcher().clob(CID)).tick_pips == 10
        with pytest.raises(ValueError, match="condition"):
            await fake.fetcher().clob("../x")

    run(main)


def test_our_own_client_follows_nothing() -> None:
    async def main() -> None:
        async with new_client() as client:
            assert (client.follow_redirects, client.trust_env) == (False, False)
            assert client.headers["user-agent"].startswith("clobstep/")

    run(main)


def test_a_slug_is_asked_for_by_its_path() -> None:
    async def main() -> None:
        fake = FakeGamma()
        fake.events["an-event"] = an_event()
        page, _ = await fake.fetcher().event_by_slug("an-event")
        assert len(page.markets) == 2
        assert fake.paths() == ["/events/slug/an-event"]

    run(main)
