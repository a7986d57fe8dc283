"""Random orders of three accounts: the exchange's own check holds, and nothing is made or lost."""

from __future__ import annotations

import pytest

from clobstep.enums import Side, Tif
from clobstep_sim.exchange import Exchange
from clobstep_sim.kernel import Stream

SHARE = 1_000_000
ACCOUNTS, MARKETS = 3, 2
CASH, TOKENS = 500 * SHARE, 60 * SHARE


class Crowd:
    """Accounts that do what a stream says."""

    def __init__(self, seed: int) -> None:
        self.draw = Stream(seed, "crowd")
        self.x = self.exchange()
        self.splits = [[0] * MARKETS for _ in range(ACCOUNTS)]  # less merges
        for market in range(MARKETS):
            delay_ns = market * 3 * 10**9
            self.x.market(fee_ppm=50_000 * market, delay_ns=delay_ns, per_market_gate=market == 1)
        for _ in range(ACCOUNTS):
            who = self.x.account(cash=CASH)
            for token in range(2 * MARKETS):
                self.x.give(who, token, TOKENS)
        self.ids = 0
        self.answers = [0, 0, 0, 0]

    def exchange(self) -> Exchange:
        return Exchange()

    def submit(self) -> None:
        draw = self.draw
        self.ids += 1
        tif = (Tif.GTC, Tif.GTC, Tif.GTC, Tif.GTD, Tif.FOK, Tif.FAK)[draw.below(6)]
        side = Side(draw.below(2))
        resting = tif in (Tif.GTC, Tif.GTD)
        expire_s = self.x.now_ns // 10**9 + 181 + draw.below(60)  # whole, as the venue takes it
        expire_ns = expire_s * 10**9 if tif == Tif.GTD else 0
        answer = self.x.submit(
            draw.below(ACCOUNTS), self.ids, draw.below(2 * MARKETS), side,
            100 * (40 + draw.below(20)), 10_000 * (100 + draw.below(2_000)), tif,
            resting and draw.chance(200_000), expire_ns,
        )  # fmt: skip
        self.answers[answer[0]] += 1

    def act(self) -> None:
        what = self.draw.below(20)
        who = self.draw.below(ACCOUNTS)
        if what < 13:
            self.submit()
        elif what < 16 and self.ids:
            self.x.cancel(who, 1 + self.draw.below(self.ids))
        elif what == 16:
            market = self.draw.below(MARKETS)
            self.splits[who][market] += SHARE * self.x.split(who, market, SHARE)
        elif what == 17:
            market = self.draw.below(MARKETS)
            self.splits[who][market] -= SHARE * self.x.merge(who, market, SHARE)
        elif what == 18 and self.x.trades():
            last = len(self.x.trades()) - 1
            if self.x.trades()[last][5] < 4:
                self.x.fail(last)
        else:
            self.x.advance(self.x.now_ns + self.draw.exponential(10**9))


def settled(crowd: Crowd) -> tuple[int, list[int]]:
    """All cash, and all of each token; nothing may be on its way."""
    cash = 0
    held = [0] * (2 * MARKETS)
    for who in range(ACCOUNTS):
        money = crowd.x.money(who)
        assert (money["out"], money["coming"]) == (0, 0)
        cash += money["settled"]
        for token in range(2 * MARKETS):
            tokens = crowd.x.tokens(who, token)
            assert (tokens["out"], tokens["coming"]) == (0, 0)
            assert tokens["settled"] >= tokens["held"] >= 0
            held[token] += tokens["settled"]
    return cash, held


@pytest.mark.parametrize("seed", range(12))
def test_nothing_is_made_or_lost(seed: int) -> None:
    crowd = Crowd(seed)
    for _ in range(1_500):
        crowd.act()
        assert crowd.x.check() == ""
    crowd.x.advance(crowd.x.now_ns + 10 * 10**9)
    assert crowd.x.check() == ""
    assert min(crowd.answers[:2]) > 50, "a dull run"
    cash, held = settled(crowd)
    final = [row for row in crowd.x.trades() if row[5] == 4]
    assert {row[5] for row in crowd.x.trades()} <= {4, 6}
    fees = sum(row[4] for row in final)
    pairs = 0
    for market in range(MARKETS):
        yes, no = held[2 * market], held[2 * market + 1]
        assert yes == no, "pairs are made and unmade whole"
        pairs += yes - ACCOUNTS * TOKENS
    start = ACCOUNTS * CASH
    # a trade's two amounts are floored one by one: a micro-pUSD a trade may be between them
    assert -len(final) <= start - fees - pairs - cash <= len(final)


@pytest.mark.parametrize("seed", range(12))
def test_no_account_can_owe_what_it_does_not_have(seed: int) -> None:
    """What the strict gate let in can be paid for, whatever is confirmed or fails."""
    crowd = Crowd(seed)
    for _ in range(1_500):
        crowd.act()
        for who in range(ACCOUNTS):
            money = crowd.x.money(who)
            assert money["settled"] - money["out"] >= 0
            for token in range(2 * MARKETS):
                tokens = crowd.x.tokens(who, token)
                assert tokens["settled"] - tokens["out"] - tokens["held"] >= 0


def test_a_run_is_the_same_twice_and_another_seed_is_not() -> None:
    told = []
    for seed in (5, 5, 6):
        crowd = Crowd(seed)
        for _ in range(800):
            crowd.act()
        told.append((crowd.x.trades(), [crowd.x.book(t) for t in range(4)], crowd.x.now_ns))
    assert told[0] == told[1]
    assert told[0] != told[2]
