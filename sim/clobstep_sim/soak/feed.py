"""The market feed of a made market in which nobody of ours trades, as a recording.

Owns: nothing. It is what the client of the world heard, so it can be traded against on paper.
"""

from __future__ import annotations

import numpy as np

from clobstep.config import EngineConfig
from clobstep.core import EVENT_DTYPE
from clobstep.enums import EventKind
from clobstep.session.manifest import Manifest
from clobstep_sim.fuzz.profile import Profile
from clobstep_sim.replayed.recording import Recording
from clobstep_sim.soak.market import Market
from clobstep_sim.soak.soak import HOLDS, named


def made_feed(profile: Profile, seed: int, seconds: int) -> Recording:
    """So many seconds of a seed's market: book changes, books, prints and metadata."""
    market = Market(seed, profile, None, EngineConfig(), 0)
    market.scene.world.rest()
    # as one slice: a build is trained on this, and two threads at once would miscount its branches
    parts = [piece.events for piece in market.run(seconds, max(1, seconds))]
    events = np.concatenate([np.zeros(0, EVENT_DTYPE), *parts])
    config = market.scene.config
    manifest = Manifest.of(
        "import",
        config,
        holds=HOLDS,
        markets=[
            {"token": token, **named(token // 2, 0, profile)}
            for token in range(0, config.tokens, 2)
        ],
        raw="dropped",
        settings={"made": profile.name, "seed": seed},
    )
    name = f"made {profile.name}, seed {seed}, {seconds} s"
    return Recording(name, events[events["kind"] <= EventKind.RETIRE], manifest)
