"""Paper trading: a strategy against a recorded market, honestly.

    from clobstep_sim import paper
    result = paper("S.clob", "maker", fill="risk-averse", latency="20ms")
    result.fills, result.pnl, result.markouts(), result.summary()

Owns: the run from recording to result. The venue and the loop are compiled (`_paper`); everything
the engine is given goes, if wanted, into a session file that replays bit for bit.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from clobstep import Engine, __version__, events
from clobstep.core import EFFECT_DTYPE, EVENT_DTYPE
from clobstep.enums import Wake
from clobstep.report.run import SETTLEMENT_DTYPE
from clobstep.session.format import SessionError
from clobstep.session.manifest import Manifest
from clobstep.session.reader import Session
from clobstep.session.series import Series
from clobstep.session.writer import SessionWriter
from clobstep.strategy.protocol import StrategyError, check, describe
from clobstep.units import format_time
from clobstep_sim.replayed import bias, models, rows
from clobstep_sim.replayed._paper import PaperRun
from clobstep_sim.replayed.recording import Recording, RecordingError, load, with_signals
from clobstep_sim.replayed.result import PaperResult
from clobstep_sim.replayed.settings import PaperSettings, SettingsError, money
from clobstep_sim.replayed.signals import read_signals

Array = NDArray[np.void]
Sink: TypeAlias = Callable[[bytes, bytes, bytes, int, int], None]
R = TypeVar("R", bound=PaperRun)


def paper(
    session: Session | Series | Recording | Path | str,
    strategy: Any,
    *,
    signals: Path | str | Array | None = None,
    record: Path | str | None = None,
    settings: PaperSettings | None = None,
    **given: Any,
) -> PaperResult:
    """Trade `strategy` on paper against the market data of `session`.

    `strategy`: an object with `wakes` and `on_wake(turn)`, a CompiledStrategy, or the name of one
    (`maker`, `package.module:Name`). One that remembers serves one run. `signals`: a file of them
    (signals.py), or SIGNAL events. `given`: fields of PaperSettings, as `fill="risk-averse"`,
    `latency="20ms"`, `cash="1000"`. `record`: a file that the run is written to as a session; a run
    that does not come to its end leaves none. Errors: ModelError, LatencyError, SettingsError,
    RecordingError, SignalsError, SessionError, StrategyError; whatever the strategy raises.
    """
    if settings is None:
        settings = _settings(given)
    elif given:
        raise TypeError(f"paper: give either `settings` or {', '.join(given)}")
    recording = session if isinstance(session, Recording) else load(session)
    if signals is not None:
        found = read_signals(signals) if isinstance(signals, Path | str) else signals
        recording = with_signals(recording, found)
    if isinstance(strategy, str):
        from clobstep.strategy.load import load_strategy

        strategy = load_strategy(strategy)
    return Paper(recording, strategy, settings, Path(record) if record else None).run()


def _settings(given: dict[str, Any]) -> PaperSettings:
    known = [one.name for one in fields(PaperSettings)]
    for name in given:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f" (did you mean {near[0]}?)" if near else ""
            raise TypeError(f"paper: no setting {name!r}{hint}; there are {', '.join(known)}")
    return PaperSettings(**given)


class Paper:
    """One run: what is made before it, and what is read from it after.

    Of a feed that goes on `recording` is its beginning: that names its tokens and its first time.
    """

    def __init__(
        self, recording: Recording, strategy: Any, settings: PaperSettings, record: Path | None
    ) -> None:
        self.recording = recording
        self.strategy = strategy
        self.settings = settings
        self.record = record
        self.model, _ = settings.model()
        if len(recording.events) == 0:
            raise RecordingError(f"{recording.name}: no event in it")
        models.check(self.model, recording.manifest.holds)
        check(strategy)
        if recording.signals and not int(strategy.wakes) & Wake.SIGNAL:
            raise StrategyError(
                f"{type(strategy).__qualname__}: signals were given and do not wake it: its wakes "
                "lack Wake.SIGNAL"
            )
        self.config = settings.config(recording.manifest, strategy)
        self.engine = Engine(self.config)
        self.cash = money(settings.cash, "cash")

    def run(self) -> PaperResult:
        """Run to the end of the recording, and of all that is still on its way."""
        writer = SessionWriter.create(self.record, self.manifest()) if self.record else None
        try:
            run = self.made(PaperRun, sink(writer) if writer else None)
            run.run()
            if writer:
                writer.intern(list(self.recording.interning))
                writer.snapshot(self.engine.seq, self.engine.chain, self.engine.snapshot())
                writer.seal()
        except BaseException as error:
            if writer:
                writer.close()
                _discard(writer.path)
                if isinstance(error, SessionError):
                    why = error.__cause__ or error
                    raise SessionError(
                        f"{writer.path}: the run cannot be written: {why}; nothing of it is kept"
                    ) from error
            error.add_note(
                f"at event {self.engine.seq:,} of the run, {format_time(self.engine.view.now_ns)}"
            )
            raise
        return self.result(run)

    def made(self, kind: type[R], into: Sink | None) -> R:
        """A run that is ready to begin; what it steps goes `into`."""
        latency = self.settings.latencies()
        timer = int(getattr(self.strategy, "timer_ns", 0))
        compiled = self.settings.compiled(self.recording.manifest, self.config, timer)
        legs = [leg.spec for leg in (latency.submit, latency.cancel, latency.answer)]
        market = np.ascontiguousarray(self.recording.events)
        first = self.first(compiled["feed_ns"])
        try:
            return kind(self.engine, market, self.strategy, first, compiled, legs, into)
        except ValueError as error:
            raise SettingsError(str(error)) from None

    def first(self, feed_ns: int) -> bytes:
        """What stands before the market's first event: cash, a clean read, and what wakes us."""
        at = self.recording.begins_ns + feed_ns
        wakes = [wake for wake in Wake if int(self.strategy.wakes) & wake]
        return b"".join(
            [
                events.opening(cash=self.settings.cash, at=at),
                events.reconcile_begun(at=at),
                events.reconciled(read_up_to=at, at=at),
                *(events.wake_on(token, *wakes, at=at) for token in self.recording.tokens),
            ]
        )

    def manifest(self) -> Manifest:
        """Of the session that is written: whose data, which strategy, how it was filled."""
        of = self.recording.manifest
        return Manifest.of(
            "paper",
            self.config,
            created_ns=of.created_ns,
            sources=of.sources,
            holds=of.holds,
            markets=of.markets,
            assumed=of.assumed,
            raw="dropped",
            settings={
                "recording": self.recording.name,
                "data_hash": self.recording.data_hash,
                "strategy": describe(self.strategy),
                "paper": self.settings.as_dict(),
                "label": self.model.label,
                "signals": self.recording.signals,
            },
        )

    def _bias(self) -> str:
        """What is known of the fill model, where the recording holds what it was measured on."""
        if not models.band(self.recording.manifest.holds):
            return ""
        model, power = self.settings.model()
        name = f"power:{power}" if model.name == "power" else model.name
        return bias.line(name, self.settings.latencies().submit.median_ns / 1_000_000)

    def result(self, run: PaperRun) -> PaperResult:
        """Of a run that is over. Errors: ValueError when it cannot be true."""
        recording, settings = self.recording, self.settings
        fills = rows.fills(run.fills())
        bbo = rows.bests(run.bests())
        counts = run.counts()
        strategy = describe(self.strategy)
        manifest = recording.manifest
        cash = self.engine.view.cash
        header = {
            "session": recording.name
            + (f", with {recording.signals} signals" if recording.signals else ""),
            "strategy": strategy["name"],
            "params": strategy["settings"],
            "fill_model": settings.fill,
            "label": self.model.label,
            "band_allowed": bool(self.model.honest and models.band(manifest.holds)),
            "latency_model": f"{settings.latencies().text}; {settings.feed_text(manifest)}",
            "fee_source": _fee_source(manifest),
            "code_version": __version__,
            "config_hash": settings.hash(self.config, strategy),
            "data_hash": recording.data_hash,
            "bias": self._bias(),
            "seed": settings.seed,
            "gap_ns": rows.gap_ns(bbo),
            "chain": f"{self.engine.chain:016x}",
            "end_ns": counts["venue_ns"],
        }
        totals = {
            "cash_start_micros": self.cash,
            "cash_end_micros": cash.settled + cash.incoming - cash.outgoing,
            "refused": self.engine.view.refusals(),
        }
        result = PaperResult(
            fills=fills,
            bbo=bbo,
            settlements=np.array(run.settlements(), SETTLEMENT_DTYPE),
            orders=rows.orders(run.orders()),
            conversions=rows.conversions(run.conversions()),
            totals=totals,
            markets=_markets(recording),
            header=header,
            engine=self.engine,
            counts=counts,
            session=self.record,
        )
        result.check()
        return result


def _discard(path: Path) -> None:
    """Remove a session that did not come to its end, and the log beside it."""
    for end in ("", "-wal", "-shm"):
        with contextlib.suppress(OSError):
            path.with_name(path.name + end).unlink()


def sink(writer: SessionWriter) -> Sink:
    """Write what was stepped, in slices that end at a chain checkpoint."""

    def take(raw: bytes, raw_effects: bytes, marks: bytes, seq: int, chain: int) -> None:
        stepped = np.frombuffer(raw, EVENT_DTYPE)
        effects = np.frombuffer(raw_effects, EFFECT_DTYPE)
        ends = [(int(a), int(b)) for a, b in np.frombuffer(marks, np.uint64).reshape(-1, 2)]
        if not ends or ends[-1][0] != seq:
            ends.append((seq, chain))
        first, begun = seq - len(stepped), 0
        for end, end_chain in ends:
            split = int(np.searchsorted(effects["seq"], end, side="right"))
            writer.append(stepped[: end - first], effects[begun:split], end, end_chain)
            stepped, first, begun = stepped[end - first :], end, split

    return take


def _fee_source(manifest: Manifest) -> str:
    assumed = [name for name in manifest.assumed if "fee" in name]
    return "ASSUMED for " + ", ".join(assumed) if assumed else "the markets' own metadata"


def _markets(recording: Recording) -> list[dict[str, Any]]:
    """The manifest's markets, and a bare entry for tokens it does not know."""
    known = {int(one["token"]): dict(one) for one in recording.manifest.markets if "token" in one}
    for one in known.values():
        one.setdefault("event", one.get("cluster") or one.get("condition"))
    return [known.get(token, {"token": token}) for token in recording.tokens]
