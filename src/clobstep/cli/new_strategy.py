"""`clobstep new-strategy`: a working strategy with a test, to be changed."""

from __future__ import annotations

import keyword
from pathlib import Path

import click

from clobstep.cli.files import Unreadable, plain
from clobstep.cli.view import Printer

EPILOG = """\b
Examples:
  clobstep new-strategy drift
  clobstep new-strategy drift --into strategies && pytest strategies
  clobstep paper S.clob --strategy drift.py:Drift
"""

STRATEGY = '''"""{name}: buys YES at the best bid when it is cheap, one order at a time.

A strategy sees the engine through its turn and answers with what it wants. No clock, no randomness,
no I/O: a replay runs it again and compares every intent.
"""

from __future__ import annotations

from clobstep.enums import Side, Wake
from clobstep.strategy.protocol import Plain, Settings, Turn


class {kind}Settings(Settings, frozen=True, kw_only=True):
    """Prices in pips (0.0001), sizes in microshares (0.000001)."""

    size: int = 10_000_000
    below_pips: int = 5_000
    """Bid only below this price."""
    most: int = 100_000_000
    """Hold no more than this."""


class {kind}(Plain):
    """One post-only bid, moved along with the best bid."""

    Settings = {kind}Settings
    wakes = Wake.BBO | Wake.ORDER
    engine = {{"cooldown_ns": 0}}

    def on_wake(self, turn: Turn) -> None:
        """Called when the best bid or ask changed, or an order of ours did."""
        s = self.settings
        bid, ask = turn.best()
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

TEST = '''"""{name} bids when it may, and asks the same when it is run again."""

from __future__ import annotations

from pathlib import Path

import pytest
from {name} import {kind}, {kind}Settings

from clobstep import demo
from clobstep.imports.recording import Options
from clobstep.imports.run import import_files
from clobstep.replay.strategy import replay_strategy
from clobstep.session.reader import Session
from clobstep_sim import paper


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recording") / "S.clob"
    import_files([str(demo.RECORDING)], str(path), options=Options(), markets=(str(demo.MARKETS),))
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
    if not name.isidentifier() or keyword.iskeyword(name) or name != name.lower():
        raise click.UsageError(f"{name!r} is no name of a Python module; take one such as drift.")
    kind = "".join(part.capitalize() for part in name.split("_"))
    files = {into / f"{name}.py": STRATEGY, into / f"test_{name}.py": TEST}
    for path in files:
        if path.exists():
            raise click.UsageError(f"{path} is there already; take another name or --into.")
    try:
        into.mkdir(parents=True, exist_ok=True)
        for path, text in files.items():
            path.write_text(text.format(name=name, kind=kind))
    except OSError as error:
        raise Unreadable(f"{error.filename}: {error.strerror}") from None
    strategy, test = files
    if as_json:
        click.echo(
            plain({"strategy": str(strategy), "test": str(test), "name": f"{strategy}:{kind}"})
        )
        return
    out = Printer.make()
    out.line(f"{strategy}: class {kind}; {test}: its test (pytest {test})")
    out.line(f"next: clobstep paper S.clob --strategy {strategy}:{kind} --fill crossing")
