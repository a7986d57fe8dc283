"""paper() from Python: what it returns, what it refuses, what it writes down."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from clobstep import EngineConfig, events
from clobstep.core import EVENT_DTYPE
from clobstep.enums import EventKind, Side, Wake
from clobstep.replay.strategy import replay_strategy
from clobstep.replay.verify import replay
from clobstep.report.run import FILL_DTYPE
from clobstep.session.format import SessionError
from clobstep.session.manifest import Holds, Manifest
from clobstep.session.reader import Session
from clobstep.session.recorder import Recorder
from clobstep.session.writer import SessionWriter
from clobstep.strategy.maker import Maker, MakerSettings
from clobstep.strategy.noop import Noop
from clobstep.strategy.protocol import Plain, StrategyError, Turn
from clobstep_sim import PaperResult, PaperSettings, paper
from clobstep_sim.replayed.latency import LatencyError
from clobstep_sim.replayed.models import ModelError
from clobstep_sim.replayed.recording import Recording, RecordingError, load
from clobstep_sim.replayed.settings import SettingsError
from clobstep_sim.replayed.signals import SignalsError
from paper.desk import MS, START, Tape

SHARE = 1_000_000


def tape(payout: str | None = None) -> Tape:
    """0.48 / 0.52; somebody sells 10 YES at 0.47 after 2 s; the book goes up to 0.58 / 0.62."""
    made = Tape()
    made.book(0, [("0.48", "50")], [("0.52", "50")])
    made.trade(2_000, "SELL", "0.47", "10")
    for k in range(8):
        made.book(3_000 + 1_000 * k, [(f"0.{49 + k}", "50")], [(f"0.{53 + k}", "50")])
    made.book(15_000, [("0.58", "50")], [("0.62", "50")])
    if payout is not None:
        made.resolve(20_000, payout)
    return made


class Once(Plain):
    """Buys 10 YES at 0.48, post-only, and waits."""

    wakes = Wake.BBO
    engine = {"cooldown_ns": 0}  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__()
        self.sent = False

    def on_wake(self, turn: Turn) -> None:
        if not self.sent:
            turn.submit(0, Side.BUY, 4_800, 10 * SHARE, post_only=True)
        self.sent = True


def run(payout: str | None = None, **given: Any) -> PaperResult:
    settings = {"fill": "trade-through", "latency": "20ms"} | given
    return paper(tape(payout).recording(), Once(), **settings)


# ---- what it returns


def test_fills_are_an_array() -> None:
    result = run()
    assert result.fills.dtype == FILL_DTYPE
    (fill,) = result.fills
    assert (fill["price_pips"], fill["size"], fill["cash_micros"]) == (4_800, 10 * SHARE, 4_800_000)
    assert fill["venue_time_ns"] == START + 2_000 * MS
    assert fill["time_ns"] == START + 2_020 * MS


def test_pnl_is_an_array_that_ends_at_the_profit() -> None:
    """10 YES at 0.48; the mid is 0.50 when they are bought, 0.60 at the end."""
    result = run()
    assert result.pnl["pnl_micros"][0] in (0, 200_000)
    assert result.pnl["pnl_micros"][-1] == 1_200_000 == result.summary().total.profit
    assert np.all(np.diff(result.pnl["time_ns"]) > 0)
    assert 200_000 in result.pnl["pnl_micros"]


def test_markouts_are_arrays() -> None:
    """In half-pips: the mid 1 s later is 0.51, 5 s later 0.55, bought at 0.48."""
    found = run().markouts()
    assert found.a.shape == (len(found.names), 1)
    assert found.edge.tolist() == [2 * 200]
    assert found.a[found.row("1 s")].tolist() == [2 * 300]
    assert found.a[found.row("5 s")].tolist() == [2 * 700]


def test_it_says_what_it_is() -> None:
    result = run()
    assert repr(result) == (
        "<PaperResult: tests.traders.test_paper:Once on tape, fill model trade-through: 1 fills, "
        "P&L 1.20 pUSD>"
    ).replace("tests.traders.test_paper", Once.__module__)
    assert "Profit and loss, pUSD" in result.text()


@pytest.mark.parametrize(
    "payout, cash",
    [("1", 1_005_200_000), ("0", 995_200_000), ("0.5", 1_000_200_000)],
)
def test_a_resolution_pays(payout: str, cash: int) -> None:
    """10 YES for 4.80: 10.00, nothing, or 5.00 of them."""
    result = run(payout, redeem_delay="120s")
    assert result.totals["cash_end_micros"] == cash
    assert result.summary().total.profit == cash - 1_000_000_000
    assert result.summary().total.realised == cash - 1_000_000_000
    assert result.settlements["payout_pips"].tolist() == [round(float(payout) * 10_000)]
    (redeem,) = result.conversions
    assert redeem["time_ns"] == START + 20_000 * MS + 120_000 * MS
    assert result.summary().cash_unexplained == 0


def test_no_pays_what_yes_does_not() -> None:
    class OnceNo(Once):
        def on_wake(self, turn: Turn) -> None:
            if not self.sent:
                turn.submit(1, Side.BUY, 4_800, 10 * SHARE, post_only=True)
            self.sent = True

    made = tape("0")
    made.trade(2_500, "BUY", "0.53", "10")
    made.records.sort(key=lambda record: events.unpack(record).time_ns)
    result = paper(made.recording(), OnceNo(), fill="trade-through", latency="20ms")
    assert result.totals["cash_end_micros"] == 1_005_200_000


# ---- what is stated


def test_the_default_latency_is_stated_and_not_zero() -> None:
    header = paper(tape().recording(), Noop(), fill="front").header
    assert header["latency_model"] == "50ms each way; feed as received"
    late = tape().recording(receive_times=False)
    header = paper(late, Noop(), fill="front").header
    assert header["latency_model"] == "50ms each way; feed 50ms (no receive times recorded)"


def test_the_header_states_everything() -> None:
    header = run().header
    for name in ("session", "strategy", "fill_model", "fee_source", "code_version", "config_hash"):
        assert header[name]
    assert (header["seed"], header["fill_model"]) == (1, "trade-through")
    assert header["chain"] == f"{run().chain:016x}"


def test_equal_runs_are_equal_ten_times() -> None:
    chains = set()
    for _ in range(10):
        result = paper(
            tape("1").recording(), Maker(MakerSettings(width_pips=100)), fill="power:2",
            latency="lognormal:20ms:0.8", seed=7,
        )  # fmt: skip
        chains.add((result.chain, result.fills.tobytes(), result.header["config_hash"]))
    assert len(chains) == 1


def test_what_differs_has_another_hash(tmp_path: Path) -> None:
    """Also where it is a table of latency that keeps its name."""
    table = tmp_path / "latency.csv"
    hashes = set()
    for text in ("0,20ms", "0,30ms"):
        table.write_text(text)
        hashes.add(run(latency=f"table:{table}").header["config_hash"])
    for given in ({"cash": "999"}, {"seed": 2}, {"engine": {"loss_day_micros": 5}}):
        hashes.add(run(**given).header["config_hash"])
    assert len(hashes) == 5


# ---- signals


class Follows(Plain):
    """Bids at what the last signal says."""

    wakes = Wake.SIGNAL
    engine = {"cooldown_ns": 0}  # noqa: RUF012

    def on_wake(self, turn: Turn) -> None:
        said = events.unpack(turn.event)
        turn.submit(turn.token, Side.BUY, said.size, 10 * SHARE, post_only=True)


def test_signals_reach_the_strategy_and_are_recorded(tmp_path: Path) -> None:
    start = START // 10**9
    file = tmp_path / "signals.csv"
    file.write_text(
        "time,source,key,size,amount,token\n"
        f"{(start + 6) * 10**9},1,7,4500,0\n"  # of no market
        "# not in the order of their times\n"
        f"{(start + 1) * 10**9},1,7,4700,-3,0\n\n"
    )
    path = tmp_path / "run.clob"
    result = paper(
        tape().recording(), Follows(), signals=file, fill="front", latency="20ms", record=path
    )
    assert result.orders["price_pips"].tolist() == [4_700, 4_500]
    assert result.orders["placed_ns"].tolist() == [(start + 1) * 10**9, (start + 6) * 10**9]
    assert result.header["session"] == "tape, with 2 signals"
    with Session.open(path) as session:
        assert replay(session, verify=True).same
        assert session.manifest.settings["signals"] == 2
    with Session.open(path) as session:
        assert replay_strategy(session, Follows()).same


def test_signals_of_a_recording_stay_in_it(tmp_path: Path) -> None:
    path = tmp_path / "S.clob"
    rows = np.frombuffer(
        events.signal(source=1, key=1, first=4_700, token=0, at=START + 1_000 * MS), EVENT_DTYPE
    )
    made = tape().recording()
    write(path, np.insert(made.events, 4, rows), made.manifest)
    result = paper(path, Follows(), fill="front", latency="20ms")
    assert result.orders["price_pips"].tolist() == [4_700]


def test_signals_have_a_hash_of_their_own() -> None:
    one, two = (
        np.frombuffer(events.signal(source=1, key=1, first=k, at=START + MS), EVENT_DTYPE)
        for k in (1, 2)
    )
    made = tape().recording()
    names = {
        paper(made, Follows(), signals=rows, fill="front").header["data_hash"]
        for rows in (one, two)
    }
    assert len(names | {made.data_hash}) == 3


@pytest.mark.parametrize(
    "text, words",
    [
        ("1,2,3\n", "line 1: 3 fields, not `time,source,key,size,amount[,token]`"),
        ("# x\n1,2,3,4,x\n", "line 2: amount: 'x' is no whole number"),
        ("1,2,3,4.5,6\n", "line 1: size: '4.5' is no whole number"),
        ("1,-2,3,4,5\n", "line 1: source: -2 is not in 0.."),
        (f"1,2,{1 << 64},4,5\n", f"line 1: key: {1 << 64} is not in 0.."),
        (f"1,2,3,{1 << 63},5\n", "line 1: size: "),
        ("1,2,3,4,5,-1\n", "line 1: token: -1 is not in 0.."),
        ("yesterday,2,3,4,5\n", "line 1: time 'yesterday'"),
        ("-5,2,3,4,5\n", "line 1: time '-5'"),
        ("9223372036854775807,2,3,4,5\n", "line 1: time 9223372036854775807 ns is beyond"),
        ("2026-09-21T12:00:00+02:00,2,3,4,5\n", "only UTC is read"),
        ("", "no line `time,source,key,size,amount[,token]`"),
        (f"{START},2,3,4,5,8\n", "token 8 is not in tape; it has 0, 1"),
    ],
)  # fmt: skip
def test_a_wrong_line_of_signals_is_named(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "signals.csv"
    file.write_text(text)
    with pytest.raises(SignalsError) as error:
        paper(tape().recording(), Follows(), signals=file, fill="front")
    assert words in str(error.value)


def test_signals_that_are_no_text_or_not_there(tmp_path: Path) -> None:
    with pytest.raises(SignalsError, match="No such file"):
        paper(tape().recording(), Follows(), signals=tmp_path / "no.csv", fill="front")
    (tmp_path / "x.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SignalsError, match="is no text"):
        paper(tape().recording(), Follows(), signals=tmp_path / "x.csv", fill="front")


def test_signals_that_would_wake_nobody_are_refused(tmp_path: Path) -> None:
    rows = np.frombuffer(events.signal(source=1, key=1, at=START + MS), EVENT_DTYPE)
    with pytest.raises(StrategyError, match=r"Noop: signals were given and do not wake it"):
        paper(tape().recording(), Noop(), signals=rows, fill="front")


# ---- what it refuses


@pytest.mark.parametrize(
    "given, kind, words",
    [
        ({"fil": "front"}, TypeError, "no setting 'fil' (did you mean fill?); there are fill, "),
        ({"fill": "lucky"}, ModelError, "no fill model 'lucky'; there are crossing, trade-through"),
        ({"fill": "power:9"}, ModelError, "'power:9': only power takes a number, 1, 2 or 3"),
        ({"fill": "front:1"}, ModelError, "'front:1': only power takes a number"),
        ({"fill": "power:"}, ModelError, "'power:': only power takes a number"),
        ({"fill": None}, ModelError, "no fill model None"),
        ({"latency": "0ms"}, LatencyError, "latency 0ms: zero makes a result that nobody can have"),
        ({"latency": "soon"}, LatencyError, "latency: duration 'soon'"),
        ({"latency": 20}, LatencyError, "latency: 20 is no text; write 20ms"),
        ({"latency": "2h"}, LatencyError, "latency 2h: an hour is the most"),
        ({"cash": "-1"}, SettingsError, "cash: -1 pUSD is not in 0 to 900000000.00"),
        ({"cash": "1e9"}, SettingsError, "cash: "),
        ({"cash": "900000000.000001"}, SettingsError, "cash: 900000000.000001 pUSD is not in"),
        ({"cash": 1000}, SettingsError, "cash: "),
        ({"cash": 0.5}, SettingsError, "cash: "),
        ({"merge_cost": "-0.1"}, SettingsError, "merge_cost: -0.1 pUSD is not in 0 to"),
        ({"settle": "5"}, SettingsError, "settle: duration '5'"),
        ({"settle": None}, SettingsError, "settle: "),
        ({"merge_delay": "9000h"}, SettingsError, "merge_delay: 9000h is longer than 365 days"),
        ({"print_lag": "25h"}, SettingsError, "print_lag: 25h is longer than 1 days"),
        ({"feed_latency": "-1ms"}, SettingsError, "feed_latency: duration '-1ms'"),
        ({"redeem_delay": 5}, SettingsError, "redeem_delay: "),
        ({"seed": -1}, SettingsError, "seed: -1 is no whole number"),
        ({"seed": "1"}, SettingsError, "seed: '1' is no whole number"),
        ({"engine": {"speed": 1}}, SettingsError, "'speed' is no setting of the engine"),
        ({"engine": {"cooldown_ns": -1}}, SettingsError, "EngineConfig.cooldown_ns: "),
        ({"engine": {"cooldown_ns": "1"}}, SettingsError, "EngineConfig.cooldown_ns: "),
        ({"engine": {"tokens": 0}}, SettingsError, "tokens: 0 places are too few, the recording"),
        ({"engine": 5}, SettingsError, "engine: 5 does not map settings to numbers"),
        ({"settings": PaperSettings(), "cash": "5"}, TypeError, "give either `settings` or cash"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named(given: dict[str, Any], kind: type[Exception], words: str) -> None:
    with pytest.raises(kind) as error:
        paper(tape().recording(), Noop(), **given)
    assert words in str(error.value)


@pytest.mark.parametrize(
    "strategy, kind, words",
    [
        (Noop, StrategyError, "Noop: is a class; give a strategy made from it: Noop()"),
        ("makr", StrategyError, "no strategy 'makr'"),
        (None, StrategyError, "NoneType: has no method on_wake"),
        (object(), StrategyError, "object: has no method on_wake"),
    ],
)
def test_a_wrong_strategy_is_named(strategy: Any, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind) as error:
        paper(tape().recording(), strategy, fill="front")
    assert words in str(error.value)


def test_a_timer_that_is_too_fast_is_named() -> None:
    class Fast(Noop):
        wakes = Wake.TIMER
        timer_ns = 5

    with pytest.raises(SettingsError, match="timer_ns: 5 is neither 0"):
        paper(tape().recording(), Fast(), fill="front")


def test_a_wrong_session_is_named(tmp_path: Path) -> None:
    for wrong in (None, 5):
        with pytest.raises(TypeError, match=f"session: {wrong} is no session, and no name"):
            paper(wrong, Noop())  # type: ignore[arg-type]
    with pytest.raises(SessionError, match="nowhere"):
        paper(tmp_path / "nowhere.clob", Noop())
    empty = Recording("empty", tape().recording().events[:0], tape().recording().manifest)
    with pytest.raises(RecordingError, match="empty: no event in it"):
        paper(empty, Noop(), fill="front")


def test_a_model_that_needs_more_is_refused() -> None:
    bare = tape().recording(prints=False)
    with pytest.raises(ModelError, match="needs deltas and prints, and this recording holds no p"):
        paper(bare, Noop(), fill="risk-averse")
    assert paper(bare, Noop(), fill="crossing").header["band_allowed"] is False


# ---- what it writes


def test_a_recorded_run_verifies(tmp_path: Path) -> None:
    path = tmp_path / "run.clob"
    result = run("1", record=path)
    assert result.session == path
    assert [file.name for file in tmp_path.iterdir()] == ["run.clob"]
    with Session.open(path) as session:
        assert session.sealed
        assert session.manifest.kind == "paper"
        verdict = replay(session, verify=True)
        assert verdict.same
        assert verdict.chain == result.chain
    assert result.chain == run("1").chain


def test_a_file_that_is_there_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "run.clob"
    path.write_text("mine")
    with pytest.raises(SessionError, match="is there already"):
        run(record=path)
    assert path.read_text() == "mine"


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_a_run_that_breaks_off_leaves_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    class Breaks(Once):
        def on_wake(self, turn: Turn) -> None:
            if turn.now_ns > START + 5_000 * MS:
                raise error

    with pytest.raises(error):
        paper(
            tape().recording(), Breaks(), fill="front", latency="20ms", record=tmp_path / "x.clob"
        )
    assert list(tmp_path.iterdir()) == []


def test_settings_come_back_from_the_manifest(tmp_path: Path) -> None:
    path = tmp_path / "run.clob"
    run(record=path, latency="submit=20ms,cancel=30ms", seed=9, cash="50")
    with Session.open(path) as session:
        again = PaperSettings(**session.manifest.settings["paper"])
    assert (again.seed, again.cash, again.fill) == (9, "50", "trade-through")
    assert again.latencies().cancel.constant_ns == 30 * MS
    assert again.latencies().answer.constant_ns == 50 * MS


def write(path: Path, array: Any, manifest: Manifest) -> None:
    config = EngineConfig(tokens=4, stale_after_ns=1 << 50)
    head = Manifest.of("live", config, holds=manifest.holds, markets=manifest.markets)
    from clobstep import Engine

    with SessionWriter.create(path, head) as writer:
        Recorder(Engine(config), writer).step(array)
        writer.seal()


def test_private_events_of_a_live_session_are_left_out(tmp_path: Path) -> None:
    """Orders, answers, fills, balances and timers of then are not the market's words."""
    path = tmp_path / "live.clob"
    market = tape().recording()
    private = [
        events.opening(cash="77", at=START + 900 * MS),
        events.reconcile_begun(at=START + 900 * MS),
        events.reconciled(read_up_to=START, at=START + 900 * MS),
        events.submit(1, 0, "BUY", price="0.48", size="10", at=START + 950 * MS),
        events.accepted(1, at=START + 960 * MS),
        events.venue("CANCEL_ONLY", at=START + 980 * MS),
        events.timer(at=START + 990 * MS),
    ]
    rows = np.frombuffer(b"".join(private), EVENT_DTYPE)
    write(path, np.insert(market.events, 4, rows), market.manifest)
    loaded = load(path)
    assert loaded.events.tobytes() == market.events.tobytes()
    result = paper(path, Once(), fill="trade-through", latency="20ms")
    assert result.totals["cash_start_micros"] == 1_000_000_000
    assert len(result.fills) == 1


def test_a_session_without_a_market_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bare.clob"
    write(
        path,
        np.frombuffer(events.opening(cash="7", at=START), EVENT_DTYPE),
        Manifest.of("live", EngineConfig(), holds=Holds(deltas=True, prints=True)),
    )
    with pytest.raises(RecordingError, match="no market data in it; import a recording"):
        paper(path, Noop())


def test_a_paper_run_is_a_recording_too(tmp_path: Path) -> None:
    """Its times are delayed already: the feed is not delayed again."""
    path = tmp_path / "run.clob"
    late = tape("1").recording(receive_times=False)
    first = paper(late, Once(), fill="trade-through", latency="20ms", record=path)
    again = paper(path, Once(), fill="trade-through", latency="20ms")
    assert "feed as in the paper run" in again.header["latency_model"]
    assert again.fills.tobytes() == first.fills.tobytes()


def test_noop_costs_nothing() -> None:
    strategy = Noop()
    result = paper(tape("1").recording(), strategy, fill="front")
    assert strategy.turns == result.counts["wakes"] > 0
    assert result.counts["intents"] == len(result.orders) == 0
    assert result.pnl["pnl_micros"].tolist() in ([], [0])
    assert result.totals["cash_end_micros"] == result.totals["cash_start_micros"]


def test_a_recording_can_be_used_again() -> None:
    made = tape("1").recording()
    before = made.events.tobytes()
    assert paper(made, Once(), fill="front").chain == paper(made, Once(), fill="front").chain
    assert made.events.tobytes() == before
    assert EventKind.MARKET in made.events["kind"]
    strided = replace(made, events=np.repeat(made.events, 2)[::2])
    assert paper(strided, Once(), fill="front").chain == paper(made, Once(), fill="front").chain
