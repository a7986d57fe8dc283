"""Profiles: what ships can be read; what is wrong with one is said with the nearest name."""

from pathlib import Path

import pytest

from clobstep_sim.fuzz import profile
from clobstep_sim.fuzz.profile import ProfileError
from clobstep_sim.world import KNOBS


def test_every_shipped_profile_is_read_and_has_faults_but_calm() -> None:
    loaded = {name: profile.load(name) for name in profile.names()}
    assert set(loaded) >= {
        "calm", "busy", "reject-storm", "restart-day", "settlement-hell", "feed-hell",
        "negrisk-flip", "everything",
    }  # fmt: skip
    for name, one in loaded.items():
        assert one.about
        assert set(one.knobs) == set(KNOBS)
        assert bool(one.faults()) is (name != "calm" and not name.endswith("-market")), name
    assert len(loaded["everything"].faults()) == max(len(p.faults()) for p in loaded.values())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[knobs]\nfeed_dorp_ppm = 1\n", "did you mean 'feed_drop_ppm'"),
        ("[knobs]\nfeed_drop_ppm = 1000001\n", "no integer from 0 to 1000000"),
        ("[knobs]\nfeed_drop_ppm = -1\n", "no integer from 0 to 1000000"),
        ("[knobs]\nfeed_drop_ppm = 0.5\n", "no integer from 0 to 1000000"),
        ("[knobs]\ncrowd_gap_us = 0\n", "no integer from 1"),
        ("[scene]\nmarkts = [1]\n", "did you mean 'markets'"),
        ("[scene]\nmarkets = 3\n", "a list of integers"),
        ("[scene]\nmarkets = []\n", "a list of integers"),
        ("[engine]\nordrs = [16]\n", "did you mean 'orders'"),
        ("[engine]\norders = [1]\n", "within 4 and"),
        ("[engine]\norders = [true]\n", "a list of integers"),
        ("knobz = 1\n", "did you mean 'knobs'"),
        ("knobs = 3\n", "a table of names and values"),
        ("[knobs\n", "mine.toml"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(ProfileError, match=said):
        profile.load(str(path))


def test_an_unknown_name_and_a_file_that_is_not_there() -> None:
    with pytest.raises(ProfileError, match="did you mean 'everything'"):
        profile.load("evrything")
    with pytest.raises(ProfileError, match="No such file"):
        profile.load("nowhere.toml")


def test_a_swarm_leaves_out_half_of_the_faults_and_never_the_market() -> None:
    everything = profile.load("everything")
    on = dict.fromkeys(everything.faults(), 0)
    for seed in range(200):
        drawn = everything.for_seed(seed)
        assert drawn.knobs["crowd_gap_us"] == everything.knobs["crowd_gap_us"]
        for fault in drawn.faults():
            on[fault] += 1
    # 200 fair coins lie within 60 and 140 but for one chance in ten million
    assert all(60 < times < 140 for times in on.values()), on
    assert everything.for_seed(7) == everything.for_seed(7)
