"""The rows of a live process measure what they say."""

from __future__ import annotations

from pathlib import Path

import pytest

from clobstep.live.orders import bench_reconnect, bench_tick


@pytest.mark.parametrize("strategy", ["maker", "maker-compiled"])
def test_each_message_makes_one_signed_order(
    strategy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(bench_tick, "WARM", 2)
    row = bench_tick.tick_to_order(20, strategy)
    assert row["messages"] == 20
    assert row["p50_us"] > row["without_commit_p50_us"] > 0
    assert row["bare_commit_p50_us"] > 0
    assert list(tmp_path.iterdir()) == []


def test_a_request_has_the_order_and_its_headers(tmp_path: Path) -> None:
    import trio

    from clobstep.venue.rest.request import Lane

    async def main() -> None:
        bench = bench_tick.Bench(tmp_path / "s.clob", "maker-compiled")
        bench.now_ns += bench_tick.STEP_NS
        bench.message(bench_tick._move(0, bench.now_ns // 1_000_000))
        lanes = {mail.request.lane: (mail.request, headers) for mail, headers in bench.post.out}
        assert set(lanes) == {Lane.SUBMIT, Lane.CANCEL}
        request, headers = lanes[Lane.SUBMIT]
        assert b'"signature":"0x' in request.body
        assert headers["POLY_SIGNATURE"]
        assert bench.core.uncommitted == 0

    trio.run(main)


def test_a_trader_that_lost_both_lines_knows_all_again() -> None:
    row = bench_reconnect.reconnect(times=1)
    assert (row["tokens"], row["open_orders"]) == (50, 100)
    assert 0 < row["books_median_ms"] < row["median_ms"]
