"""`python -m clobstep`: the same as the command `clobstep`."""

from clobstep.cli import main

if __name__ == "__main__":
    main(prog_name="clobstep")
