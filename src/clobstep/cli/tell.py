"""`clobstep tell`: a person's word to a running `clobstep live`, and what became of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from clobstep.cli.files import Unreadable, plain
from clobstep.cli.keys import json_option, told_errors

if TYPE_CHECKING:
    from clobstep.live.operator import Answer

EPILOG: Final = """\b
Words:
  status                        session, cash, open orders
  drain                         no new orders, cancel all; the process goes on
  resume                        end a drain, or the stop of a day's or session's loss
  cancel-all                    cancel every open order; quoting goes on
  halt                          stop; only a new start ends it
  deposit AMOUNT                so much pUSD came into the account, by hand
  withdrawal AMOUNT             so much pUSD left it
  found AMOUNT                  more is there than the session says, nobody knows why
  missing AMOUNT                less is there; with --market M --outcome YES: shares, of both words
  lift-hold [--market M]        end a negRisk hold, or all of them
  reset-breaker [--market M]    close a market's breaker, or the one of all
  lift-loss-stop --market M     end a market's loss stop
  clear-unhedged --market M     a market was made level by hand
\b
Examples:
  clobstep tell -c clobstep.toml status
  clobstep tell -c clobstep.toml deposit 250.00
  clobstep tell -c clobstep.toml lift-hold --market btc-updown-5m-1782753300 --json
"""


@click.command(name="tell", epilog=EPILOG)
@click.option(
    "-c", "--config", "path", required=True, type=click.Path(dir_okay=False, path_type=Path),
    help="The TOML file that the process was started with; of it session.path is used.",
)  # fmt: skip
@click.argument("word")
@click.argument("amount", required=False, default="")
@click.option("--market", default="", metavar="SLUG", help="One market; a condition will do.")
@click.option("--outcome", default="", metavar="NAME", help="YES or NO, or its name: shares of it.")
@json_option
def command(path: Path, word: str, amount: str, market: str, outcome: str, as_json: bool) -> None:
    """Say a word to the `clobstep live` that runs with this configuration.

    It needs no key; the process listens to the user who started it. Exit code 0: it was taken; 1:
    it was refused, or nobody knows; 2: it is no such word, or nobody listens.
    """
    with told_errors():
        from clobstep.live.config import read
        from clobstep.live.operator import Said, TellError, ask, control_path, wrong_with

        said = Said(word, amount, market, outcome)
        if why := wrong_with(said):
            raise Unreadable(why)
        session = Path(read(path).session.path).expanduser()
        try:
            answer = ask(control_path(session), word, amount, market, outcome)
        except TellError as error:
            raise Unreadable(str(error)) from None
    _show(said, path, session, answer, as_json=as_json)
    if not answer.ok:
        raise SystemExit(1 if answer.usable else 2)


def _show(said: Any, path: Path, session: Path, answer: Answer, *, as_json: bool) -> None:
    if as_json:
        told = {
            "word": said.word,
            "amount": said.amount,
            "market": said.market,
            "outcome": said.outcome,
        }
        click.echo(plain(told | {"ok": answer.ok, "said": answer.said}))
    elif not answer.ok:
        click.echo(f"Error: {said}: {answer.said}", err=True)
    else:
        click.echo(f"{said}: {answer.said}")
        tell = f"clobstep tell -c {path}"
        after = {
            "status": f"clobstep inspect {session}",
            "drain": f"{tell} resume   (when it shall quote again)",
            "halt": "ctrl-C ends it; a new start goes on with the session",
        }
        click.echo(f"next: {after.get(said.word, f'{tell} status')}")
