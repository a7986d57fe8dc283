"""A world whose words go through the venue's bytes and the product's codecs is the same world."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from clobstep import events
from clobstep.enums import Side, Tif
from clobstep_sim.exchange import Exchange
from clobstep_sim.fuzz import profile, scene
from clobstep_sim.fuzz.seed import Result, run_seed
from clobstep_sim.fuzz.wire import Wire, Words
from clobstep_sim.world import WorldError

EVENTS = 3_000
SECOND = 10**9


def both(seed: int, name: str) -> tuple[Result, Result]:
    chosen = profile.load(name)
    return run_seed(seed, chosen, EVENTS), run_seed(seed, chosen, EVENTS, wired=True)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", profile.names())
def test_the_chain_is_the_same_by_bytes(name: str, seed: int) -> None:
    direct, wired = both(seed, name)
    assert (wired.chain, wired.counts, wired.said) == (direct.chain, direct.counts, direct.said)
    assert direct.wire == {}
    assert list(wired.wire) == ["messages"], (
        "nothing went on directly, and the codecs noted nothing"
    )
    assert wired.wire["messages"] > 1_000


@pytest.mark.parametrize(("before_ns", "way"), [(SECOND, "messages"), (1, "direct CANCELED")])
def test_a_cancel_that_would_read_as_an_expiry_goes_on_directly(before_ns: int, way: str) -> None:
    """A GTD order's expiry is written in whole seconds: its last fraction cannot be told."""
    start = scene.START_NS
    exchange = Exchange(publishing=True, start_ns=start)
    exchange.market()
    us = exchange.account(cash=10**8)
    wire = Wire(exchange, us)
    expiry = start + 200 * SECOND + SECOND // 2
    exchange.submit(us, 1, 0, Side.BUY, 4_000, 5_000_000, Tif.GTD, False, expiry)
    placed = exchange.words()
    assert wire(placed) == placed
    wire.counts.clear()
    exchange.advance(expiry - 60 * SECOND - before_ns)
    exchange.cancel(us, 1)
    words = exchange.words()
    assert wire(words) == words
    assert [k for k in wire.counts if k.startswith("direct")] == [way] * (way != "messages")


def test_a_wire_that_loses_a_word_makes_another_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    class Lossy(Wire):
        def __call__(self, words: Words) -> Words:
            return super().__call__(words)[: len(words) - 1]

    monkeypatch.setattr(scene, "Wire", Lossy)
    direct, wired = both(0, "calm")
    assert wired.chain != direct.chain


def test_a_wire_may_give_back_more_words(monkeypatch: pytest.MonkeyPatch) -> None:
    class Loud(Wire):
        def __call__(self, words: Words) -> Words:
            return super().__call__(words) * 12

    monkeypatch.setattr(scene, "Wire", Loud)
    assert both(0, "calm")[1].passed


@pytest.mark.parametrize(
    ("says", "error"),
    [
        (lambda _: 1 // 0, ZeroDivisionError),
        (lambda _: [(0, b"short")], WorldError),
        (lambda _: [(-1, events.feed("LOST", token=2_000_000, at=0))], WorldError),
        (lambda _: [(1 << 40, bytes(64))], OverflowError),
        (lambda _: [b"no pair"], ValueError),
        (lambda _: None, TypeError),
    ],
)
def test_what_a_wire_raises_is_raised_by_the_run(
    monkeypatch: pytest.MonkeyPatch, says: Callable[[Words], Words], error: type[Exception]
) -> None:
    class Broken(Wire):
        left = 50

        def __call__(self, words: Words) -> Words:
            self.left -= 1
            return words if self.left else says(words)

    monkeypatch.setattr(scene, "Wire", Broken)
    with pytest.raises(error):
        run_seed(0, profile.load("calm"), EVENTS, wired=True)
