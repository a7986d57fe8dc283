"""`python -m clobstep.cli`: the same as the command `clobstep`."""

from clobstep.cli import main

main(prog_name="clobstep")
