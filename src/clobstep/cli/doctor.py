"""`clobstep doctor`: is this machine, this network and this account fit for live trading?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from clobstep.cli import checking

if TYPE_CHECKING:
    from clobstep.live.checks.result import Result

EPILOG: Final = """\b
Examples:
  clobstep doctor                                   the venue's own hosts, no key
  clobstep doctor --config live.toml
  clobstep doctor --config live.toml --venue http://127.0.0.1:8137 --json
"""


@click.command(name="doctor", epilog=EPILOG)
@checking.options
def command(**given: Any) -> None:
    """Check what live trading needs, one thing after the other, and say the way out.

    Python and packages, the disk, each host, the clock, geoblock, the markets, both sockets, the
    key file, the API credentials, the wallet, its money and allowances. No passphrase is asked for,
    nothing is signed, nothing changes. What needs a key is SKIPPED where there is none.

    Exit code 1 if a check failed.
    """
    with checking.errors():
        from clobstep.live.orders.checks.lists import DOCTOR

        config = checking.configured(given)
        results = checking.run(config, given, DOCTOR)
    checking.finish(given, results, _next(given, results))


def _next(given: dict[str, Any], results: list[Result]) -> str:
    words = {result.name: result.verdict.value for result in results}
    if "FAIL" in words.values():
        return f"mend what failed, then {checking.again('doctor', given)}"
    for name in ("key file", "credentials"):
        if words[name] == "SKIPPED":
            return next(result.fix for result in results if result.name == name)
    return checking.again("live-check", given)
