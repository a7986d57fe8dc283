"""What a profiled build (CLOBSTEP_BUILD=profiled) is trained on: a little of all that is run.

    PYTHONPATH=build/profiled/lib-cpython-311 python tools/training.py

setup.py runs it between the two passes of such a build. The compiler learns which branches are the
usual ones and which functions to put into which; what is computed stays the same. The streams are
made, from seeds no benchmark uses: what is measured later is not what was trained on.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from clobstep.bench import decode, journal, rows, streams
from clobstep.cli import main as clobstep
from clobstep.imports.recording import Options
from clobstep.imports.run import import_files
from clobstep.strategy._maker import CompiledMaker
from clobstep.strategy.maker import Maker
from clobstep.units import format_price, format_size
from clobstep_sim.replayed import bench

SEED = 1_009
DELTAS = 100_000
MESSAGES = 30_000
CONDITION = f"0x{SEED:064x}"
TOKENS = (str(7**90), str(3**160))


def backtests(stream: streams.Stream) -> None:
    for fill in ("risk-averse", "power", "front"):
        for settings in (bench.MOVED, bench.BOTH):
            bench.backtest(stream, lambda made=settings: CompiledMaker(made), 1, fill)
    bench.backtest(stream, lambda: Maker(bench.MOVED), 1, "risk-averse")


def market_data(stream: streams.Stream) -> None:
    rows.book_deltas(stream, 2)
    rows.step_batch(stream)
    rows.step_bytes(stream, n=10_000)


def change(token: int, side: int, tick: int, size: int, bid: int, ask: int) -> dict[str, str]:
    """An element of `price_changes`; that of the second token mirrors that of the first."""
    if token:
        side, tick, bid, ask = 1 - side, 100 - tick, 100 - ask, 100 - bid
    return {
        "asset_id": TOKENS[token],
        "price": format_price(100 * tick),
        "size": format_size(size),
        "side": ("BUY", "SELL")[side],
        "hash": f"{size * 0x9E3779B97F4A7C15 % (1 << 160):040x}",
        "best_bid": format_price(100 * bid),
        "best_ask": format_price(100 * ask),
    }


def messages(stream: streams.Stream, tokens: int) -> Iterator[dict[str, Any]]:
    """The stream as messages of the market channel, of one token or of both."""
    table = (stream.kind, stream.venue_time_ns, stream.side, stream.tick, stream.size)
    bests = (stream.best_bid, stream.best_ask)
    columns = zip(*(column.tolist() for column in (*table, *bests)), strict=True)
    for place, (kind, time_ns, *level) in enumerate(columns):
        end = {"timestamp": str(time_ns // 1_000_000)}
        both = [change(token, *level) for token in range(tokens)]
        if kind == 0:
            yield (
                {"market": CONDITION, "price_changes": both} | end | {"event_type": "price_change"}
            )
        elif kind == 1:
            kept = {name: both[0][name] for name in ("asset_id", "price", "size", "side")}
            yield {"market": CONDITION} | kept | end | {"event_type": "last_trade_price"}
        else:
            sides: tuple[list[Any], list[Any]] = ([], [])
            for _, side, tick, size in stream.snap[stream.snap[:, 0] == place].tolist():
                one = {"price": format_price(100 * tick), "size": format_size(size)}
                sides[side].append(one)
            book = {"bids": sides[0], "asks": sides[1][::-1], "event_type": "book"}
            yield {"market": CONDITION, "asset_id": TOKENS[0]} | end | {"hash": "0" * 40} | book


def decoding(stream: streams.Stream) -> None:
    for tokens in (1, 2):
        made = [json.dumps(m, separators=(",", ":")).encode() for m in messages(stream, tokens)]
        decode.decode(made[:MESSAGES])


def imports(stream: streams.Stream, folder: Path) -> None:
    """Lines as others record them: the message alone, or in an envelope with the time it came."""
    some = [dict(m) for _, m in zip(range(MESSAGES), messages(stream, 2), strict=False)]
    one = [dict(m) for _, m in zip(range(MESSAGES), messages(stream, 1), strict=False)]
    forms = (
        ("one", one),
        ("pair", some),
        ("bare", [{"payload": m} for m in some]),
        ("timed", [{"recv_wall_ts": int(m["timestamp"]) / 1e3, "payload": m} for m in some]),
    )
    for name, lines in forms:
        path = folder / f"{name}.jsonl"
        compact = [json.dumps(line, separators=(",", ":")) + "\n" for line in lines]
        path.write_text("".join(compact))
        import_files([path], path.with_suffix(".clob"), options=Options(hashes="never"))


def demo(folder: Path) -> None:
    """Import, paper trading, report and replay of the embedded markets."""
    done = CliRunner().invoke(clobstep, ["demo", "--json", "--report", str(folder / "page.html")])
    if done.exit_code:
        raise SystemExit(f"the demo ended with {done.exit_code}: {done.output}")


def main() -> None:
    stream = streams.make(SEED, DELTAS)
    backtests(stream)
    market_data(stream)
    rows.orders(rounds=2_000)
    journal.session(streams.whole(stream))
    decoding(stream)
    with tempfile.TemporaryDirectory() as folder:
        imports(stream, Path(folder))
        demo(Path(folder))


if __name__ == "__main__":
    main()
