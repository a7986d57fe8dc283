"""`clobstep bench --peers`: figures are read from what the scripts print, and none is lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from clobstep.bench import peers
from clobstep.cli import bench

# as printed by the scripts
HFT = """\
module 2.4.4
cent HashMap MM risk_adverse lat20ms                           max  1.822 M ev/s  median  1.813 M ev/s  first(with JIT) 4.23s
cent ROIVector wait_next_feed, no strategy                     max  7.069 M ev/s  median  7.031 M ev/s  first(with JIT) 1.1s
cent ROIVector MM risk_adverse lat20ms                         max  1.942 M ev/s  median  1.932 M ev/s  first(with JIT) 9.45s
"""  # noqa: E501 - their lines
DECODE = """\
cent msgspec typed Struct union (gc=False), decode, results dropped         max      587 k msg/s  median      580 k msg/s     220 MB/s
cent nautilus msgspec Decoder(MARKET_WS_MESSAGE), decode only               max      233 k msg/s  median      232 k msg/s      87 MB/s
cent nautilus decode + parse_to_deltas/trade (internal events)              max       58 k msg/s  median       57 k msg/s      22 MB/s
"""  # noqa: E501


def peers_that_print(monkeypatch: pytest.MonkeyPatch, text: str) -> peers.Peers:
    monkeypatch.setattr(peers, "_run", lambda *_: text)
    return peers.Peers(Path(), "python", lambda _: None)


def test_the_faster_depth_of_hftbacktest_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    found = peers_that_print(monkeypatch, HFT).hftbacktest()
    assert found["hftbacktest"]["best_m_per_s"] == 7.069
    assert found["hftbacktest_maker"] == {
        "row": "cent ROIVector MM risk_adverse lat20ms",
        "best_m_per_s": 1.942,
        "median_m_per_s": 1.932,
    }


def test_the_whole_path_of_nautilus_counts_and_is_printed_in_thousands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = peers_that_print(monkeypatch, DECODE).nautilus("python")
    assert found == {
        "row": "cent nautilus decode + parse_to_deltas/trade (internal events)",
        "best_m_per_s": 0.058,
        "median_m_per_s": 0.057,
    }


def test_a_peer_that_prints_nothing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(peers.PeersError, match=r"bench_hbt\.py printed no row"):
        peers_that_print(monkeypatch, DECODE).hftbacktest()


class Fails:
    """Peers of which one cannot be measured."""

    def __init__(self, *_: object) -> None:
        pass

    def stream_file(self) -> Path:
        return Path()

    def messages_file(self) -> Path:
        return Path()

    def ceiling(self) -> dict[str, Any]:
        return {"row": "c", "best_m_per_s": 100.0, "median_m_per_s": 100.0}

    def hftbacktest(self) -> dict[str, dict[str, Any]]:
        raise peers.PeersError("bench_hbt.py failed")

    def close(self) -> None:
        pass


def test_what_was_measured_is_printed_though_a_peer_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = iter((60.0, 66.0))

    def measure() -> dict[str, float]:
        return {"best_m_per_s": (best := next(rounds)), "median_m_per_s": best - 10}

    monkeypatch.setattr(peers, "Peers", Fails)
    monkeypatch.setattr("clobstep.bench.streams.read_peers", lambda *_: None)
    monkeypatch.setattr(bench, "_plan", lambda *_: {"book_deltas_1_token": measure})
    done = CliRunner().invoke(bench.command, ["--json", "--peers", "."])
    assert done.exit_code == 1
    assert "bench_hbt.py failed" in done.stderr
    printed = json.loads(done.stdout)
    twice = {"best_m_per_s": 66.0, "median_m_per_s": 56.0, "other_median_m_per_s": 50.0}
    assert printed["rows"] == {"book_deltas_1_token": twice}
    assert printed["ratios"]["book_deltas_1_token / c_ceiling"]["best"] == 0.66
    assert printed["not_measured"] == ["bench_hbt.py failed"]


@pytest.mark.parametrize(("build", "kind"), [("profiled", "reach"), ("release", "goal")])
def test_the_backtest_is_claimed_of_the_build_that_wheels_hold(build: str, kind: str) -> None:
    row = {"best_m_per_s": 6.0, "median_m_per_s": 5.0}
    peer = {"best_m_per_s": 2.0, "median_m_per_s": 2.0}
    name = "backtest_maker_moved_quotes / hftbacktest"
    found = bench._ratios({
        "machine": {"build": build},
        "rows": {"backtest_maker_moved_quotes": row, "backtest_maker_both_quotes": row},
        "peers": {"hftbacktest_maker": peer},
    })  # fmt: skip
    assert found[name] == {"best": 3.0, "median": 2.5, kind: 3.0}
    assert "goal" in found["backtest_maker_both_quotes / hftbacktest"]
    assert len(found) == 2
