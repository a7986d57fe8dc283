"""The command `clobstep`: one group, one module a sub-command.

Owns: what a person types and reads. A sub-command is imported when it is asked for, and numpy,
rich and the compiled core only by what needs them, so that `clobstep --help` is immediate.

Exit codes of every sub-command: 0 it worked, 1 a check that it made failed, 2 it was called
wrongly or given what it cannot read.
"""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from importlib.util import find_spec
from typing import Final

import click

COMMANDS: Final = (  # in the order of the help page
    "demo", "import", "record", "paper", "replay", "fuzz", "soak", "venue", "calibrate", "books",
    "inspect", "new-strategy", "markets", "keys", "doctor", "live-check", "live", "tell",
    "cancel-all", "export", "seal", "tour", "show", "explain", "bench",
)  # fmt: skip
MODULES: Final = {  # where they differ
    "import": "import_", "new-strategy": "new_strategy", "cancel-all": "cancel_all",
    "live-check": "live_check",
}  # fmt: skip

EPILOG: Final = """\b
Examples:
  clobstep demo                               two real markets, paper-traded and replayed
  clobstep import FILE... -o S.clob --sort    a recording of the market channel
  clobstep paper S.clob --strategy maker      a strategy against it
  clobstep explain OFF_TICK                   what a refusal, alert, event or setting means
"""


class LazyGroup(click.Group):
    """A group whose commands live in modules of their own, imported when they are named."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Name the commands whose module is there."""
        return [
            name
            for name in COMMANDS
            if find_spec(f"{__name__}.{MODULES.get(name, name)}") is not None
        ]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of that name and give its `command`; None if there is no such one."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command = import_module(f"{__name__}.{MODULES.get(cmd_name, cmd_name)}").command
        if not isinstance(command, click.Command):
            raise TypeError(f"{__name__}.{cmd_name}.command is no click command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, but say which commands there are when one is misspelt."""
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            known = ", ".join(self.list_commands(ctx))
            near = get_close_matches(name, self.list_commands(ctx), 1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise click.UsageError(f"no command {name!r}; {hint}The commands are {known}.", ctx)
        return super().resolve_command(ctx, args)


def _print_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if not wanted or ctx.resilient_parsing:
        return
    from clobstep import __version__
    from clobstep.enums import LAYOUT_HASH, RULES_VERSION

    click.echo(f"clobstep {__version__} (rules {RULES_VERSION}, layout {LAYOUT_HASH:016x})")
    ctx.exit()


@click.group(
    cls=LazyGroup,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Print the version, the rules version and the layout hash.",
)
def main() -> None:
    """A trading engine for Polymarket whose core is a pure step function."""
