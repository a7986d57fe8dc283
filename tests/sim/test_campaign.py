"""Campaigns: workers, what is kept, what is refused, and what is left of a failure."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from clobstep.enums import EventKind
from clobstep_sim.fuzz import campaign, profile, scene, shrink
from clobstep_sim.fuzz.campaign import CampaignError
from clobstep_sim.fuzz.seed import run_seed

EVENTS = 1_000


def calm_and_busy() -> list[profile.Profile]:
    return [profile.load("calm"), profile.load("busy")]


def chains(tally: campaign.Tally) -> dict[tuple[str, int], str]:
    return {(row.profile, row.seed): row.chain for row in tally.rows}


def test_two_workers_find_what_one_finds() -> None:
    alone = campaign.run(calm_and_busy(), range(1, 7), EVENTS)
    both = campaign.run(calm_and_busy(), range(1, 7), EVENTS, workers=2)
    assert len(chains(alone)) == 12
    assert chains(alone) == chains(both)
    assert not alone.failed


def test_tasks_are_large_where_there_are_many_seeds() -> None:
    assert campaign.task_size(11, range(1, 161), 20_000, 2) == 32
    assert campaign.task_size(1, range(1, 401), 20_000, 2) == 25  # eight tasks a worker
    assert campaign.task_size(1, range(1, 101), 20_000, 2) == 8  # no smaller than 0.1 s
    assert campaign.task_size(1, iter(range(1, 161)), 20_000, 2) == 8
    assert campaign.task_size(1, range(1, 101), 5_000_000, 2) == 1


def test_an_interrupted_campaign_goes_on_where_it_stopped(tmp_path: Path) -> None:
    store = tmp_path / "c.jsonl"
    half = campaign.run(calm_and_busy(), range(1, 4), EVENTS, store=store)
    assert len(store.read_text().splitlines()) == 6
    whole = campaign.run(calm_and_busy(), range(1, 6), EVENTS, store=store)
    assert len(store.read_text().splitlines()) == 10  # only what was not there is run
    assert chains(half).items() <= chains(whole).items()
    assert chains(whole) == chains(campaign.run(calm_and_busy(), range(1, 6), EVENTS))


def test_ctrl_c_keeps_what_there_is() -> None:
    def seeds() -> Iterator[int]:
        yield from range(1, 200)
        raise KeyboardInterrupt

    tally = campaign.run([profile.load("calm")], seeds(), EVENTS)
    assert tally.stopped == "stopped by ctrl-C"
    assert tally.rows


def test_a_store_of_another_kind_is_not_gone_on_with(tmp_path: Path) -> None:
    store = tmp_path / "c.jsonl"
    campaign.run([profile.load("calm")], range(1, 2), EVENTS, store=store)
    with pytest.raises(CampaignError, match="name another --store"):
        campaign.run([profile.load("calm")], range(1, 2), EVENTS + 1, store=store)
    store.write_text("no json\n")
    with pytest.raises(CampaignError, match="line 1"):
        campaign.run([profile.load("calm")], range(1, 2), EVENTS, store=store)


def test_a_worker_of_another_build_refuses() -> None:
    with pytest.raises(CampaignError, match="install the same on every machine"):
        campaign.work(profile.load("calm"), range(1, 2), EVENTS, 0, ("0.0", 1, 2))


def test_marks_and_operations_that_were_never_reached() -> None:
    tally = campaign.run([profile.load("calm")], range(1, 3), EVENTS)
    assert "event RESTARTED" in tally.unhit()
    assert "event BOOK_DELTA" not in tally.unhit()
    assert tally.idle() == []  # two seeds prove nothing
    row = replace_counts(tally.rows[0])
    many = campaign.Tally()
    for k in range(campaign.MANY):
        many.add(row if k % 2 else tally.rows[1])
        many.rows[-1].profile = ("calm", "busy")[k % 2]
    assert EventKind.RESTARTED.name in many.idle()


def replace_counts(row: campaign.Row) -> campaign.Row:
    return campaign.Row(**{name: getattr(row, name) for name in row.__struct_fields__})


def test_what_is_left_of_a_failure() -> None:
    """The thief stays, other faults go, the journal gets short, and it still shows."""
    calm = profile.load("calm")
    knobs = {**calm.knobs, "theft_ppm": 3_000, "read_every": 10, "user_late_ppm": 10_000}
    thief = replace(calm, knobs=knobs, swarm=False)
    failed = run_seed(1, thief, 8_000)
    assert failed.said
    fewer, _ = shrink.fewer_faults(1, thief, 8_000, failed.number)
    assert fewer.faults() == ["theft_ppm"]
    length = shrink.fewer_events(1, fewer, 8_000, failed.number)
    assert length <= 8_000
    result = run_seed(1, fewer, length)
    left, what = shrink.shrunk(result.log, scene.make(1, fewer).config)
    assert what == "breaks"
    assert 3 < len(left) < 100
