"""`clobstep bench`: the measured rows, as a table or as JSON; peers beside them when asked.

Owns: which rows run, the ratios, how they are printed. The measuring is `clobstep.bench`.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from clobstep.bench.peers import Peers

EXAMPLE = """\b
Examples:
  clobstep bench                        our rows, on a made stream
  clobstep bench --json                 the same, as JSON
  clobstep bench --live                 a live process: from tick to order, and reconnecting
  clobstep bench --peers DIR            the peers' scripts beside ours, with ratios
"""

# name -> our row, the peer's, what it must reach (docs/performance.md)
RATIOS = {
    "book_deltas_1_token / c_ceiling": ("book_deltas_1_token", "c_ceiling", 0.55),
    "step_batch / hftbacktest": ("step_batch", "hftbacktest", 3.5),
    "backtest_maker_moved_quotes / hftbacktest": (
        "backtest_maker_moved_quotes", "hftbacktest_maker", 3.0,
    ),
    "decode_stream / nautilus": ("decode_stream", "nautilus", 10.0),
}  # fmt: skip
# claimed of a profiled build, which wheels are; of any other it is shown, and fails nothing
OF_PROFILED = ("backtest_maker_moved_quotes / hftbacktest",)
# what is aimed at and not claimed: a figure below is shown, and fails nothing
GOALS = {
    "backtest_maker_both_quotes / hftbacktest": (
        "backtest_maker_both_quotes", "hftbacktest_maker", 3.0,
    ),
}  # fmt: skip
# measured twice, like the two peers they stand against and in turns with them
TWICE = (
    "book_deltas_1_token", "step_batch",
    "backtest_maker_both_quotes", "backtest_maker_moved_quotes",
)  # fmt: skip


def _say(text: str) -> None:
    click.echo(text, err=True)


def _machine() -> dict[str, Any]:
    from clobstep.core import BUILD_MODE

    return {
        "python": platform.python_version(),
        "system": platform.system(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "build": BUILD_MODE,
    }


def _live() -> dict[str, Any]:
    """The rows of a live process: they need what `clobstep[live,venue]` brings."""
    try:
        from clobstep.live.orders import bench

        return {**bench.rows(), **bench.live()}
    except ModuleNotFoundError as error:
        raise click.ClickException(
            f"{error.name} is missing: pip install 'clobstep[live,venue]'"
        ) from None


def _measure_live(progress: Callable[[str], None]) -> dict[str, Any]:
    out: dict[str, Any] = {
        "machine": _machine(), "rows": {}, "peers": {}, "ratios": {}, "not_measured": [],
    }  # fmt: skip
    for name, run in _live().items():
        progress(name)
        out["rows"][name] = run()
    return out


def _plan(stream: Any, messages: Path | None, recording: Path | None) -> dict[str, Any]:
    """Row -> how it is measured; `session` gives several."""
    from clobstep.bench import decode, journal, rows, streams
    from clobstep_sim.fuzz import bench as worlds
    from clobstep_sim.replayed import bench as paper

    plan: dict[str, Callable[[], Any]] = {
        "book_deltas_1_token": lambda: rows.book_deltas(stream, 2),
        "book_deltas_256_tokens": lambda: rows.book_deltas(stream, 256),
        "step_batch": lambda: rows.step_batch(stream),
        "step_bytes": lambda: rows.step_bytes(stream),
        "order_lifecycle": rows.orders,
        "memory": rows.memory,
        "constant_memory": rows.constant_memory,
        "import": rows.import_time,
        "session": lambda: journal.session(streams.whole(stream)),
        **paper.rows(stream),
        **worlds.rows(),
    }
    try:
        from clobstep.live.orders import bench as signing
    except ModuleNotFoundError as error:
        if error.name != "coincurve":  # without the extra `live` nothing signs
            raise
    else:
        plan.update(signing.rows())
    if messages:
        plan["decode_stream"] = lambda: decode.decode(decode.stream_messages(messages))
    if recording:
        plan["decode_recording"] = lambda: decode.decode(decode.recorded_messages(recording), 20)
    return plan | _feed(recording)


def _feed(recording: Path | None) -> dict[str, Any]:
    """The rows of a live feed, which need what `clobstep[data]` brings."""
    try:
        from clobstep.bench import sockets
    except ModuleNotFoundError as error:
        _say(f"no rows of a live feed: {error}; pip install 'clobstep[data]'")
        return {}
    from clobstep.bench import decode

    plan = {
        "feed": lambda: sockets.feed(sockets.made()),
        "feed_hashes_each_100th": lambda: sockets.feed(sockets.made(), hashes=100, repeat=10),
    }
    if recording:
        plan["feed_recording"] = lambda: sockets.feed(decode.recorded_messages(recording))
    return plan


def _better(first: dict[str, Any], again: dict[str, Any]) -> dict[str, Any]:
    """Of two measurements of one row the faster, with the median of the other beside it."""
    one, other = sorted((first, again), key=lambda row: -float(row["best_m_per_s"]))
    return {**one, "other_median_m_per_s": other["median_m_per_s"]}


def _measure_peers(group: Peers, nautilus: str | None, out: dict[str, Any]) -> None:
    """A round of the peers into `out`; what was measured until one fails is not lost."""
    from clobstep.bench.peers import PeersError

    measures = [lambda: {"c_ceiling": group.ceiling()}, group.hftbacktest]
    if nautilus:
        measures.append(lambda: {"nautilus": group.nautilus(nautilus)})
    for measure in measures:
        try:
            found = measure()
        except PeersError as error:
            if str(error) not in out["not_measured"]:
                out["not_measured"].append(str(error))
            continue
        for name, row in found.items():
            known = out["peers"].get(name)
            out["peers"][name] = _better(known, row) if known else row


def _ratios(out: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Ours over the peer's where both were measured; `reach` is claimed, `goal` is not."""
    found = {}
    for name, (row, peer, least) in {**RATIOS, **GOALS}.items():
        if peer not in out["peers"]:
            continue
        ours, theirs = out["rows"][row], out["peers"][peer]
        is_goal = name in GOALS or (name in OF_PROFILED and out["machine"]["build"] != "profiled")
        found[name] = {
            "best": round(ours["best_m_per_s"] / theirs["best_m_per_s"], 3),
            "median": round(ours["median_m_per_s"] / theirs["median_m_per_s"], 3),
            "goal" if is_goal else "reach": least,
        }
    return found


def _measure(
    peers: Path | None, python: str, nautilus: str | None, recording: Path | None,
    progress: Callable[[str], None],
) -> dict[str, Any]:  # fmt: skip
    """Peers and ours in turns, two rounds of what is compared: the speed of a machine with other
    guests changes within minutes, and that must favour nobody."""
    from clobstep.bench import streams
    from clobstep.bench.peers import CHECKSUM_CENT, Peers

    out: dict[str, Any] = {
        "machine": _machine(), "rows": {}, "peers": {}, "ratios": {}, "not_measured": [],
    }  # fmt: skip
    group = Peers(peers, python, progress) if peers else None
    try:
        if group:
            stream = streams.read_peers(group.stream_file(), CHECKSUM_CENT)
            _measure_peers(group, nautilus, out)
        else:
            stream = streams.make()
        plan = _plan(stream, group.messages_file() if group else None, recording)
        for name, run in plan.items():
            progress(name)
            found = run()
            out["rows"].update(found if name == "session" else {name: found})
        if group:
            _measure_peers(group, None, out)
            for name in [name for name in plan if name in TWICE]:
                progress(f"{name} again")
                out["rows"][name] = _better(out["rows"][name], plan[name]())
    finally:
        if group:
            group.close()
    out["ratios"] = _ratios(out)
    return out


def _print(result: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title="clobstep bench", title_justify="left")
    table.add_column("row")
    table.add_column("figures")
    for group in ("rows", "peers", "ratios"):
        for name, row in result[group].items():
            if name == "memory":
                for config, figures in row.items():
                    table.add_row(f"memory, {config}", _figures(figures))
            else:
                table.add_row(name, _figures(row))
        table.add_section()
    Console().print(table)
    if not result["ratios"]:
        click.echo("Next: clobstep bench --peers DIR  (ratios count, figures alone do not)")


def _figures(row: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in row.items())


@click.command(epilog=EXAMPLE)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
@click.option(
    "--peers",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the peers' scripts; without it no ratio is given.",
)
@click.option(
    "--peer-python",
    default=sys.executable,
    show_default="this Python",
    help="Python that has hftbacktest, numpy and pyarrow.",
)
@click.option("--nautilus-python", help="Python that has nautilus_trader, msgspec and orjson.")
@click.option(
    "--recording",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="JSON lines `{payload: message}` to decode beside the stream.",
)
@click.option(
    "--live", is_flag=True,
    help="Only what a live process does: signing, tick to order, reconnecting; two minutes.",
)  # fmt: skip
def command(
    as_json: bool, peers: Path | None, peer_python: str, nautilus_python: str | None,
    recording: Path | None, live: bool,
) -> None:  # fmt: skip
    """Measure core, decoding, sessions, backtests, worlds and signing: speed, size, memory, import.

    Rates are millions of events a second, best and median of several passes. Exit code 1 when a
    peer could not be measured or a ratio falls short.
    """
    from clobstep.bench.peers import PeersError

    if live and (peers or recording):
        raise click.UsageError("--live stands alone: neither --peers nor --recording goes with it.")
    try:
        result = (
            _measure_live(_say)
            if live
            else _measure(peers, peer_python, nautilus_python, recording, _say)
        )
    except PeersError as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps(result, indent=2))
    else:
        _print(result)
    short = [n for n, r in result["ratios"].items() if r["best"] < r.get("reach", 0)]
    if short:
        result["not_measured"].append("below what it should reach: " + ", ".join(short))
    if result["not_measured"]:
        raise click.ClickException("; ".join(result["not_measured"]))
