"""`clobstep seal`: end a session that was left open, so that it is one file and never changes."""

from __future__ import annotations

import click

from clobstep.cli.files import plain, told
from clobstep.cli.view import Printer

EPILOG = """\b
Examples:
  clobstep seal S.clob                  after a crash, or a kill, of what wrote it
  clobstep seal S.clob --json
"""


@click.command(name="seal", epilog=EPILOG)
@click.argument("session", type=click.Path(exists=True, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of the printout.")
def command(session: str, as_json: bool) -> None:
    """Recover SESSION to its last durable event and seal it.

    A sealed session is one file, opens where nothing can be written, and carries the digest of its
    whole content. One that is sealed already stays as it is; one that somebody is writing is
    refused. Everything in it is read and compared with its digests.
    """
    from clobstep.session.reader import Session
    from clobstep.session.seal import check, seal

    with told():
        with Session.open(session) as found:
            before = found.manifest.sealed
        seal(session)  # finishes as well what broke off at its end
        after = check(session)
    if as_json:
        click.echo(
            plain(
                {
                    "session": session,
                    "sealed_before": before is not None,
                    "events": after.events,
                    "effects": after.effects,
                    "chain": f"{after.chain:016x}",
                    "digest": after.digest,
                }
            )
        )
        return
    out = Printer.make()
    what = "was sealed already" if before is not None else "is sealed"
    out.line(f"{session} {what}: {after.events:,} events, chain {after.chain:016x}")
    out.line(f"digest {after.digest}")
    out.line(f"next: clobstep replay {session} --verify")
