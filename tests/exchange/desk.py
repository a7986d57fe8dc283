"""Plays a hand-worked case of the exchange: a text file, a line for what happens or must hold.

market tick=0.01 min=5 fee=0.05          a condition: tokens yes and no (second: market m2)
account A cash=100 yes=50 rate=40 burst=60
at 10s                                   what is due until then happens first
a1: A buy yes 10 @ 0.40 gtc => live      or: matched N, delayed, rejected REASON;
                                         more: post, expires=300s
a2: A buy yes $5 @ 0.60 fak => matched 8.333333
batch / end                              the orders between arrive as one request
cancel a1 => canceled                    or: refused REASON;   cancel-all A => canceled a1 a2
trades: b1<a1 4 @ 0.40 fee 0.048 | ...   since the last such line: taker<maker, taker's price
fail b1<a1                               it will end FAILED
book yes: bids 0.40x6 0.39x10 asks -     best first
order a1: open filled 4 leaves 6         delayed, filled, canceled REASON, rejected REASON
money A: cash 98.4 yes 4 no 0            settled
beat A | tick 0.001 | close | resolve yes | redeem A yes 10 => 10 | split A 10 => done
restart 90s | state CANCEL_ONLY
"""

from __future__ import annotations

import re
from decimal import Decimal

from clobstep.enums import CancelReason, Reject, Side, Tif, VenueState
from clobstep.units import parse_duration
from clobstep_sim.exchange import Exchange

ANSWERS = ("live", "matched", "delayed", "rejected")
STATES = ("new", "delayed", "open", "filled", "canceled", "rejected")
ORDER = re.compile(
    r"(?P<name>\w+): (?P<who>\w+) (?P<side>buy|sell) (?P<token>[\w.]+) \$?(?P<amount>[\d.]+)"
    r" @ (?P<price>[\d.]+) (?P<tif>gtc|gtd|fok|fak)(?P<post> post)?(?: expires=(?P<expires>\w+))?"
)
MILLION = 1_000_000


class CaseError(AssertionError):
    """A line of a case that does not hold, or cannot be read."""


def micro(text: str) -> int:
    """Shares or pUSD as an integer of millionths."""
    value = Decimal(text) * MILLION
    if value != int(value):
        raise CaseError(f"{text} has more than 6 decimals")
    return int(value)


def pips(text: str) -> int:
    value = Decimal(text) * 10_000
    if value != int(value):
        raise CaseError(f"{text} has more than 4 decimals")
    return int(value)


def plain(value: int, unit: int = MILLION) -> str:
    text = f"{Decimal(value) / unit:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def tidy(text: str) -> str:
    """One space between words, no zeros at the end of decimals: 0.40 is 0.4."""
    return re.sub(r"\.(?!\d)|(\.\d*?)0+(?!\d)", r"\1", " ".join(text.split()))


class Desk:
    """One case on one exchange."""

    def __init__(self) -> None:
        self.exchange = Exchange()
        self.markets: list[str] = []
        self.waiting: list[dict[str, str]] = []  # markets are made before accounts
        self.accounts: dict[str, int] = {}
        self.orders: dict[str, tuple[int, int]] = {}  # name -> account, id
        self.seen = 0
        self.batch: list[tuple[str, str]] | None = None

    def play(self, text: str) -> int:
        """All lines; how many of them checked something."""
        checks = 0
        for number, raw in enumerate(text.splitlines(), 1):
            line = raw.partition("#")[0].strip()
            if not line:
                continue
            try:
                checks += self.line(line)
            except CaseError as error:
                raise CaseError(f"line {number}: {line}\n  {error}") from None
            if wrong := self.exchange.check():
                raise CaseError(f"line {number}: {line}\n  {wrong}")
        return checks

    def line(self, line: str) -> int:
        """Whether it checks something."""
        done, arrow, wanted = (part.strip() for part in line.partition("=>"))
        word = done.split()[0]
        if ORDER.match(done) and self.batch is not None:
            self.batch.append((done, wanted))
            return 1
        if ORDER.match(done):
            self.submit([(done, wanted)])
            return 1
        if word.endswith(":") or word in ("trades:", "book", "order", "money"):
            wanted = done.partition(":")[2].strip()
            found = str(getattr(self, "look_" + word.rstrip(":"))(done))
            if word == "order":  # as much of it as the case says
                found = " ".join(found.split()[: len(wanted.split())])
            self.same(found, wanted)
            return 1
        act = getattr(self, "do_" + word.replace("-", "_"), None)
        if act is None:
            raise CaseError("no such line")
        answer = act(*done.split()[1:])
        if bool(arrow) != (answer is not None):
            raise CaseError(f"it answers {answer}")
        if answer is not None:
            self.same(answer, wanted)
        return int(bool(arrow))

    @staticmethod
    def same(found: str, wanted: str) -> None:
        if tidy(found) != tidy(wanted):
            raise CaseError(f"found: {tidy(found)}")

    # --- names ------------------------------------------------------------------------------------

    def token(self, name: str) -> int:
        market, _, outcome = name.rpartition(".")
        return 2 * self.markets.index(market) + ("yes", "no").index(outcome)

    def name_of(self, order_id: int) -> str:
        return next(name for name, (_, known) in self.orders.items() if known == order_id)

    def trade_of(self, pair: str) -> int:
        rows = self.exchange.trades()
        names = [f"{self.name_of(row[0])}<{self.name_of(row[1])}" for row in rows]
        return len(names) - 1 - names[::-1].index(pair)

    # --- what happens -----------------------------------------------------------------------------

    def do_market(self, *words: str) -> None:
        name = "" if not words or "=" in words[0] else words[0]
        given = dict(word.split("=") for word in words if "=" in word)
        self.markets.append(name)
        self.exchange.market(
            tick_pips=pips(given.get("tick", "0.01")),
            min_size=micro(given.get("min", "5")),
            fee_ppm=micro(given.get("fee", "0")),
            delay_ns=int(parse_duration(given.get("delay", "0s"))),
            per_market_gate=given.get("gate") == "market",
        )

    def do_account(self, name: str, *words: str) -> None:
        given = dict(word.split("=") for word in words)
        who = self.exchange.account(
            cash=micro(given.pop("cash", "0")),
            rate=int(given.pop("rate", "0")),
            burst=int(given.pop("burst", "0")),
        )
        self.accounts[name] = who
        for token, size in given.items():
            self.exchange.give(who, self.token(token), micro(size))

    def do_at(self, time: str) -> None:
        self.exchange.advance(int(parse_duration(time)))

    def do_batch(self) -> None:
        self.batch = []

    def do_end(self) -> None:
        asked, self.batch = self.batch or [], None
        self.submit(asked)

    def submit(self, asked: list[tuple[str, str]]) -> None:
        rows = []
        who = 0
        for line, _ in asked:
            found = ORDER.fullmatch(line)
            if found is None:
                raise CaseError("an order cannot be read")
            who = self.accounts[found["who"]]
            known = self.orders.get(found["name"])
            order_id = known[1] if known else 1 + len(self.orders)
            self.orders[found["name"]] = (who, order_id)
            expires = found["expires"]
            now = self.exchange.now_ns
            rows.append((
                order_id, self.token(found["token"]), int(Side[found["side"].upper()]),
                pips(found["price"]), micro(found["amount"]), int(Tif[found["tif"].upper()]),
                bool(found["post"]),
                now + int(parse_duration(expires)) if expires else 0,
            ))  # fmt: skip
        for (line, wanted), (answer, reason, matched) in zip(
            asked, self.exchange.submit_batch(who, rows), strict=True
        ):
            told = {1: f" {plain(matched)}", 3: f" {Reject(reason).name}"}.get(answer, "")
            try:
                self.same(ANSWERS[answer] + told, wanted)
            except CaseError as error:
                raise CaseError(f"{line}: {error}") from None

    def do_cancel(self, name: str) -> str:
        reason = self.exchange.cancel(*self.orders.get(name, (0, 1 << 40)))
        return "canceled" if reason == -1 else f"refused {CancelReason(reason).name}"

    def do_cancel_all(self, name: str) -> str:
        gone = [self.name_of(one) for one in self.exchange.cancel_all(self.accounts[name])]
        return " ".join(["canceled", *gone]) if gone else "none"

    def do_fail(self, pair: str) -> None:
        self.exchange.fail(self.trade_of(pair))

    def do_beat(self, name: str) -> None:
        self.exchange.beat(self.accounts[name])

    def do_tick(self, tick: str, market: str = "") -> None:
        self.exchange.set_tick(self.markets.index(market), pips(tick))

    def do_close(self, market: str = "") -> None:
        self.exchange.close(self.markets.index(market))

    def do_resolve(self, outcome: str, market: str = "") -> None:
        paid = {"yes": 10_000, "no": 0, "half": 5_000}[outcome]
        self.exchange.resolve(self.markets.index(market), paid)

    def do_redeem(self, name: str, token: str, size: str) -> str:
        paid = self.exchange.redeem(self.accounts[name], self.token(token), micro(size))
        return "refused" if paid < 0 else plain(paid)

    def do_split(self, name: str, size: str, market: str = "") -> str:
        where = self.markets.index(market)
        return "done" if self.exchange.split(self.accounts[name], where, micro(size)) else "refused"

    def do_merge(self, name: str, size: str, market: str = "") -> str:
        where = self.markets.index(market)
        return "done" if self.exchange.merge(self.accounts[name], where, micro(size)) else "refused"

    def do_restart(self, lasts: str) -> None:
        self.exchange.restart(int(parse_duration(lasts)))

    def do_state(self, name: str) -> None:
        self.exchange.set_state(int(VenueState[name]))

    # --- what must hold ---------------------------------------------------------------------------

    def look_trades(self, _: str) -> str:
        rows = self.exchange.trades(self.seen)
        self.seen += len(rows)
        told = [
            f"{self.name_of(row[0])}<{self.name_of(row[1])} {plain(row[2])} @ {row[3] / 1e4:.4f}"
            f" fee {plain(row[4])}"
            for row in rows
        ]
        return " | ".join(told) if told else "none"

    def look_book(self, line: str) -> str:
        sides = self.exchange.book(self.token(line.split()[1].rstrip(":")))
        told = [" ".join(f"{p / 1e4:.4f}x{plain(q)}" for p, q in side) or "-" for side in sides]
        return f"bids {told[0]} asks {told[1]}"

    def look_order(self, line: str) -> str:
        found = self.exchange.order(*self.orders[line.split()[1].rstrip(":")])
        if found is None:
            return "unknown"
        state = STATES[found["state"]]
        if state == "canceled":
            state += f" {CancelReason(found['reason']).name}"
        elif state == "rejected":
            return f"{state} {Reject(found['reason']).name}"
        cash = found["side"] == Side.BUY and found["original"] != found["shares"] + found["leaves"]
        filled = found["cash"] if cash else found["shares"]
        return f"{state} filled {plain(filled)} leaves {plain(found['leaves'])}"

    def look_money(self, line: str) -> str:
        who = self.accounts[line.split()[1].rstrip(":")]
        told = []
        for name in line.partition(":")[2].split()[::2]:
            if name == "cash":
                held = self.exchange.money(who)["settled"]
            else:
                held = self.exchange.tokens(who, self.token(name))["settled"]
            told.append(f"{name} {plain(held)}")
        return " ".join(told)
