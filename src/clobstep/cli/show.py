"""`clobstep show`: a file of event records as lines."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

import click

EPILOG = """\b
Examples:
  clobstep tour --save tour.bin && clobstep show tour.bin
  clobstep show tour.bin --json | head -3      one JSON object a line, every field
  clobstep show - < tour.bin                   from standard input
"""

RECORD_BYTES: Final = 64
_CHUNK: Final = 4096 * RECORD_BYTES


@click.command(name="show", epilog=EPILOG)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, with every field.")
def command(file: str, as_json: bool) -> None:
    """Print the event records of FILE, a line each.

    FILE holds 64-byte records one after the other, without a head; - is standard input. Any bytes
    are shown; whether the engine would take an event is not asked here.
    """
    from clobstep import events, show

    if file != "-":
        _whole(Path(file))
    with click.open_file(file, "rb") as stream:
        for number, record in enumerate(_records(stream, file)):
            line = show.event(record, time=not as_json)
            if as_json:
                fields = events.unpack(record)._asdict()
                line = json.dumps({"number": number, "line": line, **fields})
            click.echo(line)


def _whole(path: Path) -> None:
    """Refuse before the first line is out; standard input can only be refused at its end."""
    size = path.stat().st_size
    if path.is_file() and size % RECORD_BYTES:
        raise click.UsageError(_rest(str(path), size))


def _records(stream: IO[bytes], name: str) -> Iterator[bytes]:
    size, rest = 0, b""
    while block := stream.read(_CHUNK):
        size += len(block)
        block = rest + block
        whole = len(block) - len(block) % RECORD_BYTES
        rest = block[whole:]
        for start in range(0, whole, RECORD_BYTES):
            yield block[start : start + RECORD_BYTES]
    if rest:
        sys.stdout.flush()
        raise click.UsageError(_rest(name, size))


def _rest(name: str, size: int) -> str:
    where = "standard input" if name == "-" else name
    return (
        f"{where} has {size:,} bytes: {size // RECORD_BYTES:,} records of {RECORD_BYTES} and "
        f"{size % RECORD_BYTES} bytes over. It was cut off, or it is no file of event records; "
        "cut it to whole records to see the rest."
    )
