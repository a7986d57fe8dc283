"""The core beside the auditor over long runs: seeded ones, and ones that hypothesis makes.

After every event both must show the same readings and have emitted the same effects, `check()`
must be 0, and invariants 21 to 26 of docs/invariants.md must hold (see beside.py).
"""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from clobstep.config import EngineConfig
from clobstep.enums import Alert, EffectKind, OrderState, Refusal
from core.beside import Beside
from core.drive import CONFIGS, Driver

SEEDS = 30
EVENTS = 1_500
DRAWS = st.randoms(use_true_random=False)  # hypothesis makes each draw, and can shrink it


@pytest.mark.parametrize("seed", range(SEEDS))
def test_driven_run(seed: int) -> None:
    beside = Beside(CONFIGS[seed % len(CONFIGS)])
    driver = Driver(random.Random(seed), beside.auditor)
    for _ in range(EVENTS):
        beside.step(driver.next())
    beside.finish()


def test_runs_reach_deep_states() -> None:
    """The driver is worth its name: the auditor alone meets every refusal, effect and state."""
    refusals: set[int] = set()
    effects: set[int] = set()
    alerts: set[int] = set()
    states: set[int] = set()
    counted: dict[str, int] = {}
    for seed in range(24):
        driver = Driver.alone(seed)
        for _ in range(EVENTS):
            made = driver.step_alone()
            effects.update(effect.kind for effect in made)
            alerts.update(e.code for e in made if e.kind == EffectKind.ALERT)
            orders = [e for e in made if e.kind == EffectKind.ORDER]
            states.update(e.code for e in orders)
            refusals.update(e.flags for e in orders)  # why a queued order was dropped
        refusals.update(code for code, n in enumerate(driver.st.refusals) if n)
        for name, value in driver.st.counters.items():
            counted[name] = counted.get(name, 0) + value
    assert effects == set(EffectKind)
    assert states == set(OrderState) - {OrderState.NONE}
    assert alerts == set(Alert)
    assert refusals == set(Refusal)
    rare = ("risen", "adopted", "fills_late", "fills_over", "disputes", "stale_facts")
    assert all(counted[name] > 5 for name in rare), counted


class Coupled(RuleBasedStateMachine):
    """Hypothesis chooses what is said next and every number in it."""

    @initialize(config=st.sampled_from(CONFIGS), draws=DRAWS)
    def start(self, config: EngineConfig, draws: random.Random) -> None:
        self.beside = Beside(config)
        self.driver = Driver(draws, self.beside.auditor)
        while self.driver.queue:
            self.say(draws)

    def say(self, draws: random.Random) -> None:
        self.driver.rng = draws
        self.beside.step(self.driver.next())

    def say_of(self, draws: random.Random, maker: str) -> None:
        self.driver.rng = draws
        if not self.driver.queue:
            self.driver.queue.append(getattr(self.driver, maker)())
        self.beside.step(self.driver.next())

    @rule(draws=DRAWS)
    def book(self, draws: random.Random) -> None:
        self.say_of(draws, "book")

    @rule(draws=DRAWS)
    def intent(self, draws: random.Random) -> None:
        self.say_of(draws, "intent")

    @rule(draws=DRAWS)
    def answer(self, draws: random.Random) -> None:
        self.say_of(draws, "answer")

    @rule(draws=DRAWS)
    def fill(self, draws: random.Random) -> None:
        self.say_of(draws, "fill")

    @rule(draws=DRAWS)
    def settle(self, draws: random.Random) -> None:
        self.say_of(draws, "settle")

    @rule(draws=DRAWS)
    def dead(self, draws: random.Random) -> None:
        self.say_of(draws, "dead")

    @rule(draws=DRAWS)
    def cancel(self, draws: random.Random) -> None:
        self.say_of(draws, "cancel")

    @rule(draws=DRAWS)
    def money(self, draws: random.Random) -> None:
        self.say_of(draws, "money")

    @rule(draws=DRAWS)
    def session_word(self, draws: random.Random) -> None:
        self.say_of(draws, "session_word")

    @rule(draws=DRAWS)
    def market_word(self, draws: random.Random) -> None:
        self.say_of(draws, "market_word")

    @rule(draws=DRAWS)
    def ghost(self, draws: random.Random) -> None:
        self.say_of(draws, "ghost")

    @rule(draws=DRAWS)
    def nonsense(self, draws: random.Random) -> None:
        self.say_of(draws, "nonsense")

    @rule(draws=DRAWS, mood=st.sampled_from(("silent", "storm", "calm")))
    def whatever(self, draws: random.Random, mood: str) -> None:
        self.driver.mood = mood
        self.say(draws)

    def teardown(self) -> None:
        if hasattr(self, "beside"):
            self.beside.finish()


Coupled.TestCase.settings = settings(
    max_examples=40,
    stateful_step_count=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
TestCoupled = Coupled.TestCase
