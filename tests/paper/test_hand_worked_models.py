"""Latency in its three forms, models that refuse a recording, and the naive model for what it is.
Times are milliseconds.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from clobstep.enums import EventKind
from clobstep.session.manifest import Holds
from clobstep_sim.replayed import models
from clobstep_sim.replayed.latency import Latency, LatencyError, Leg, read
from clobstep_sim.replayed.models import ModelError
from paper.desk import MS, SHARE, START, Outcome, Script, Tape, run


def market() -> Tape:
    """0.50 for 100, 0.52 for 80."""
    return Tape().book(1, [("0.50", "100")], [("0.52", "80")])


def orders_each_100(n: int) -> Script:
    script = Script()
    for k in range(n):
        script.order(100 + 100 * k, "BUY", "0.40", "5", name=f"o{k}")
    return script


def arrivals(outcome: Outcome) -> list[int]:
    """The venue's time of each ACCEPTED, in ns after the order was sent."""
    sent = {int(row["order_id"]): int(row["placed_ns"]) for row in outcome.orders}
    rows = outcome.events[outcome.events["kind"] == EventKind.ACCEPTED]
    return [int(row["venue_time_ns"]) - sent[int(row["order_id"])] for row in rows]


# --- latency --------------------------------------------------------------------------------------


def test_a_table_of_latencies_holds_from_row_to_row(tmp_path: Path) -> None:
    """30 ms until 1,000, then 5 ms. Sent at 950: at the venue at 980, with us at 1,010. Sent at
    1,000: 1,005 and 1,010. Before the first row the first holds."""
    rows = [f"{START + 500 * MS},{30 * MS}", f"{START + 1_000 * MS},{5 * MS}"]
    (tmp_path / "t.csv").write_text("time_ns,latency_ns\n" + "\n".join(rows))
    script = Script()
    for at in (100, 950, 1_000):
        script.order(at, "BUY", "0.40", "5", name=f"{at}")
    outcome = run(market(), script, fill="crossing", latency=f"table:{tmp_path / 't.csv'}")
    rows_in = outcome.events[outcome.events["kind"] == EventKind.ACCEPTED]
    told = [
        ((int(r["venue_time_ns"]) - START) // MS, (int(r["time_ns"]) - START) // MS)
        for r in rows_in
    ]
    assert told == [(130, 160), (980, 1_010), (1_005, 1_010)]


def test_each_way_has_its_own_latency() -> None:
    """Submit 40, cancel 5, answer 20. Sent at 100: at the venue at 140, answered at 160. The cancel
    that is wanted at 110 waits for that answer (one request an order): 165, 185."""
    script = Script().order(100, "BUY", "0.40", "5", name="a").cancel(110, "a")
    outcome = run(market(), script, fill="crossing", latency="submit=40ms,cancel=5ms,answer=20ms")
    rows = outcome.events[
        np.isin(outcome.events["kind"], [EventKind.ACCEPTED, EventKind.CANCEL_ACCEPTED])
    ]
    times = [(int(r["venue_time_ns"]) - START, int(r["time_ns"]) - START) for r in rows]
    assert times == [(140 * MS, 160 * MS), (165 * MS, 185 * MS)]


def test_drawn_latency_follows_from_the_seed_alone() -> None:
    """200 orders: equal twice, other with another seed; half below the median, 84 % below e^s."""
    spec = {"fill": "crossing", "latency": "lognormal:20ms:0.5"}
    one = run(market(), orders_each_100(200), seed=7, **spec)
    two = run(market(), orders_each_100(200), seed=7, **spec)
    other = run(market(), orders_each_100(200), seed=8, **spec)
    assert one.chain == two.chain
    assert arrivals(one) == arrivals(two)
    assert sorted(arrivals(one)) != sorted(arrivals(other))
    spans = sorted(arrivals(one))
    assert len(set(spans)) > 150
    # 3 sigma of 200 draws: 0.5 +- 0.106, 0.841 +- 0.078
    below = [sum(span <= limit for span in spans) / 200 for limit in (20 * MS, 32.974 * MS)]
    assert 0.394 <= below[0] <= 0.606
    assert 0.763 <= below[1] <= 0.919


def test_one_more_draw_in_one_stream_shifts_no_other() -> None:
    """A cancel more, early on: every order arrives when it did without it."""
    spec = {"fill": "crossing", "latency": "lognormal:20ms:0.5", "seed": 7}
    plain = run(market(), orders_each_100(50), **spec)
    script = orders_each_100(50)
    script.cancel(350, "o0")
    more = run(market(), script, **spec)
    assert "CANCEL_ACCEPTED" in more.words("o0")
    sent = {int(r["order_id"]): int(r["placed_ns"]) for r in plain.orders}
    assert sent == {int(r["order_id"]): int(r["placed_ns"]) for r in more.orders}

    def at_venue(outcome: Outcome) -> dict[int, int]:
        rows = outcome.events[outcome.events["kind"] == EventKind.ACCEPTED]
        return {int(row["order_id"]): int(row["venue_time_ns"]) for row in rows}

    assert at_venue(plain) == at_venue(more)


def test_each_stream_draws_for_itself() -> None:
    """A slow way there is no slow way back: of 100 orders not one in ten has both alike."""
    outcome = run(market(), orders_each_100(100), fill="crossing", latency="lognormal:20ms:0.5")
    rows = outcome.events[outcome.events["kind"] == EventKind.ACCEPTED]
    back = [int(row["time_ns"]) - int(row["venue_time_ns"]) for row in rows]
    alike = sum(there == again for there, again in zip(arrivals(outcome), back, strict=True))
    assert len(rows) == 100
    assert alike < 10


@pytest.mark.parametrize("text", ("0ms", "-5ms", "submit=0s", "lognormal:20ms:0", "fast", "x=5ms"))
def test_no_latency_is_zero(text: str) -> None:
    with pytest.raises(LatencyError):
        read(text)


def test_the_default_is_stated_and_not_zero() -> None:
    assert read(None).text == "50ms each way"
    assert read(None).submit.constant_ns == 50 * MS
    made = Latency(Leg("a", 1), Leg("b", 2), Leg("c", 3))
    assert made.text == "submit a, cancel b, answer c"


# --- what a recording can show --------------------------------------------------------------------


@pytest.mark.parametrize("model", models.MODELS, ids=lambda model: model.name)
@pytest.mark.parametrize("holds", ({"deltas": True}, {"prints": True}, {}))
def test_a_model_refuses_a_recording_without_its_evidence(
    model: models.Model, holds: dict[str, bool]
) -> None:
    recording = market().recording(**({"deltas": False, "prints": False} | holds))
    if model.name in ("crossing", "naive"):
        run(recording, Script(), fill=model.name)
        return
    with pytest.raises(ModelError, match=r"needs deltas and prints|needs deltas|needs prints"):
        run(recording, Script(), fill=model.name)
    assert models.band(recording.manifest.holds) == ()


def test_the_band_goes_from_the_pessimistic_to_the_optimistic_end() -> None:
    band = models.band(Holds(deltas=True, prints=True))
    assert (band[0], band[-1]) == ("trade-through", "front")
    assert "naive" not in band


@pytest.mark.parametrize("text", ("power:4", "front:2", "best", "", "power:x"))
def test_unknown_models_are_named(text: str) -> None:
    with pytest.raises(ModelError):
        models.read(text)


# --- naive ----------------------------------------------------------------------------------------


def minutes(n: int) -> Tape:
    """A book that says something each second and never changes."""
    tape = Tape().book(1, [("0.50", "100")], [("0.52", "80")])
    for second in range(1, n * 60):
        tape.delta(1_000 * second, "BUY", "0.40", str(second % 2 + 1))
    return tape


def test_naive_fills_whole_what_a_book_of_any_size_touches() -> None:
    """An ask of 0.50 for 7 fills the whole 50: that is what is naive about it."""
    tape = market().delta(500, "SELL", "0.50", "7")
    script = Script().order(100, "BUY", "0.50", "50", name="a")
    assert run(tape, script, fill="naive").got("size") == [(50 * SHARE,)]
    assert run(tape, script, fill="front").got("size") == [(7 * SHARE,)]


def test_naive_fills_by_chance_with_time_and_half_when_far_from_the_mid() -> None:
    """At 0.50, within 5 % of the mid 0.51, all 40 at once; at 0.45 half: 20, then 10, 5, ... No one
    traded in all that time: an honest model fills nothing."""
    script = Script().order(100, "BUY", "0.50", "40", name="near")
    script.order(110, "BUY", "0.45", "40", name="far")
    outcome = run(minutes(15), script, fill="naive", seed=3)
    near = [size for order, size in outcome.got("order_id", "size") if order == 1]
    far = [size for order, size in outcome.got("order_id", "size") if order == 2]
    assert near == [40 * SHARE]
    assert far[:3] == [20 * SHARE, 10 * SHARE, 5 * SHARE]
    assert run(minutes(15), script, fill="front").got("size") == []


def test_naive_follows_from_the_seed_alone() -> None:
    script = Script().order(100, "BUY", "0.50", "40", name="near")
    runs = [run(minutes(5), script, fill="naive", seed=seed) for seed in (3, 3, 4, 5, 6)]
    assert runs[0].chain == runs[1].chain
    assert len({run_.got("venue_time_ns")[0] for run_ in runs if len(run_.fills)}) > 1


def test_naive_says_what_it_is() -> None:
    model, _ = models.read("naive")
    assert not model.honest
    assert "not to be believed" in model.label
