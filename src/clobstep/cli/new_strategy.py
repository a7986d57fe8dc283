"""`clobstep new-strategy`: a working strategy with a test, to be changed."""

from __future__ import annotations

import keyword
import sys
from importlib.metadata import packages_distributions
from pathlib import Path
from shlex import quote
from typing import Final

import click

from clobstep.cli.files import Unreadable, plain
from clobstep.cli.view import Printer

EPILOG = """\b
Examples:
  clobstep new-strategy drift
  clobstep new-strategy drift --into strategies && pytest strategies
  clobstep paper S.clob --strategy drift.py:Drift
"""

# Names that the two files below use themselves.
TAKEN: Final = ("Test", "ClassVar", "Side", "Wake", "Plain", "Settings", "Turn", "Path", "Session")

STRATEGY: Final = '''"""{name}: buys YES at the best bid when it is cheap, one order at a time.

A strategy sees the engine through its turn and answers with what it wants. No clock,
no randomness, no I/O: a replay runs it again and compares every intent.
"""

from __future__ import annotations

from typing import ClassVar

from clobstep.enums import Side, Wake
from clobstep.strategy.protocol import Plain, Settings, Turn


class {kind}Settings(Settings, frozen=True, kw_only=True):
    """Prices in pips (0.0001), sizes in microshares (0.000001)."""

    size: int = 10_000_000
    """Of each bid: --set size=10.0 are 10 shares, as are 10000000."""
    below_pips: int = 5_000
    """Bid only below this price."""
    most: int = 100_000_000
    """Hold no more than this."""


class {kind}(Plain):
    """One post-only bid, moved along with the best bid."""

    Settings = {kind}Settings
    settings: {kind}Settings
    wakes = Wake.BBO | Wake.ORDER
    engine: ClassVar[dict[str, int]] = {{"cooldown_ns": 0}}  # bids follow the book

    def on_wake(self, turn: Turn) -> None:
        """Called when the best bid or ask changed, or an order of ours did."""
        s = self.settings
        bid, ask = turn.best()  # of YES, the token of the market that woke us
        orders = [turn.view.order(order_id) for order_id in turn.orders()]
        standing = [o for o in orders if o is not None and not o.cancel_wanted]
        wanted = 0 < bid < min(ask, s.below_pips)
        if turn.position() + s.size > s.most:
            wanted = False
        for order in standing:
            if not wanted or order.price_pips != bid:
                turn.cancel(order.order_id)
        if wanted and not orders:
            turn.submit(turn.token, Side.BUY, bid, s.size, post_only=True)
'''

TEST: Final = '''"""{name} bids when it may, and asks the same when it is run again."""

from __future__ import annotations

from pathlib import Path

import pytest
from clobstep import demo
from clobstep.imports.run import import_files
from clobstep.replay.strategy import replay_strategy
from clobstep.session.reader import Session
from clobstep_sim import paper

from {name} import {kind}, {kind}Settings


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two real markets that ship with clobstep; put a recording of yours here."""
    path = tmp_path_factory.mktemp("recording") / "S.clob"
    import_files([demo.RECORDING], path, markets=[demo.MARKETS])
    return path


def test_it_bids_below_its_limit_only(recording: Path) -> None:
    result = paper(recording, {kind}(), fill="crossing")
    assert len(result.orders) > 0
    assert int(result.orders["price_pips"].max()) < {kind}Settings().below_pips


def test_it_asks_the_same_again(recording: Path, tmp_path: Path) -> None:
    run = tmp_path / "run.clob"
    paper(recording, {kind}(), fill="crossing", record=run)
    with Session.open(run) as session:
        assert replay_strategy(session, {kind}()).same
'''


@click.command(name="new-strategy", epilog=EPILOG)
@click.argument("name")
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    show_default="this folder",
    help="Folder to write to; made if it is not there.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of the printout.")
def command(name: str, into: Path, as_json: bool) -> None:
    """Write NAME.py and test_NAME.py: a strategy that works, with a test that holds it.

    NAME is a Python name such as `drift`. Files that are there are never overwritten.
    """
    kind = "".join(part.capitalize() for part in name.split("_"))
    why = _unfit(name, kind)
    if why:
        raise click.UsageError(f"{name!r} {why}; take one such as drift.")
    files = {into / f"{name}.py": STRATEGY, into / f"test_{name}.py": TEST}
    for path in files:
        if path.exists():
            raise click.UsageError(f"{path} is there already; take another name or --into.")
    try:
        into.mkdir(parents=True, exist_ok=True)
        for path, text in files.items():
            with path.open("x") as file:
                file.write(text.format(name=name, kind=kind))
    except OSError as error:
        raise Unreadable(f"{error.filename or into}: {error.strerror}") from None
    strategy, test = files
    if as_json:
        click.echo(
            plain({"strategy": str(strategy), "test": str(test), "name": f"{strategy}:{kind}"})
        )
        return
    out = Printer.make()
    out.line(f"{strategy}: class {kind}; {test}: its test (pytest {test})")
    out.line("a recording to try it on: clobstep demo -o S.clob, or your own by clobstep import")
    out.line(f"next: clobstep paper S.clob --strategy {quote(f'{strategy}:{kind}')}")


def _unfit(name: str, kind: str) -> str:
    """Why a name will not do for a module beside others; empty when it will."""
    if not name.isidentifier() or not name[0].isalpha() or name != name.lower():
        return "is no name of a Python module in lower case"
    if keyword.iskeyword(name) or keyword.iskeyword(kind) or kind in TAKEN:
        return "is a word that the strategy or its test uses itself"
    if name in sys.stdlib_module_names or name in packages_distributions():
        return "is a module that is installed, and would be hidden by this one"
    return ""
