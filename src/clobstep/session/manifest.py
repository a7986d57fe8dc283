"""The manifest: what a session is, where it came from and what it holds. One JSON object.

Owns: its fields. Whoever makes a session fills them; `seal` adds the totals. Nothing here is needed
to step an event: the events carry their own metadata.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, Literal

import msgspec

from clobstep import EngineConfig
from clobstep.core import LAYOUT_HASH, RULES_VERSION
from clobstep.session.format import FORMAT, SessionError

Kind = Literal["import", "record", "paper", "live", "fuzz"]


class Source(msgspec.Struct, kw_only=True):
    """A file that a session was imported from."""

    name: str
    sha256: str
    bytes: int
    lines: int = 0
    """Lines or rows taken."""
    skipped: dict[str, int] = {}
    """Lines or rows not taken, counted by reason."""


class Holds(msgspec.Struct, kw_only=True):
    """What a recording holds; a model that needs what it lacks must refuse it."""

    deltas: bool = False
    prints: bool = False
    snapshots: bool = False
    hashes: bool = False
    carried_best: bool = False
    """Deltas carry the venue's own best bid and ask."""
    receive_times: bool = False
    """`time_ns` was taken when the message came in, not copied from the venue's time."""
    cadence_ns: int = 0
    """Median time between book events; 0 if there are none."""


class Previous(msgspec.Struct, kw_only=True):
    """The part before this one in a rolled series."""

    name: str
    seq: int
    chain: int
    digest: str
    """Of the whole sealed part, as its own manifest says."""


class Sealed(msgspec.Struct, kw_only=True):
    """Totals written when nothing is added any more."""

    events: int
    effects: int
    last_seq: int
    chain: int
    tables: dict[str, tuple[int, str]]
    """Rows and SHA-256 of each table."""
    digest: str
    """SHA-256 over all of them: the name of this content."""


class Manifest(msgspec.Struct, kw_only=True):
    """What a session says of itself."""

    kind: Kind
    config: dict[str, int]
    """Fields of the EngineConfig; `engine_config()` makes it."""
    created_ns: int = 0
    format: int = FORMAT
    rules_version: int = RULES_VERSION
    layout_hash: int = LAYOUT_HASH
    begins_at: int = 0
    """Events before the first of this file: 0 but in later parts of a series."""
    begin_chain: int = 0
    """Chain of the engine before the first event of this file."""
    sources: list[Source] = []
    holds: Holds = msgspec.field(default_factory=Holds)
    markets: list[dict[str, Any]] = []
    """Metadata as builtins, with the even `token` of each."""
    assumed: list[str] = []
    """Metadata that neither file nor option gave, for every report's header."""
    settings: dict[str, Any] = {}
    """How it was made: strategy, parameters, fill model, latency, seed, import options."""
    raw: Literal["kept", "sampled", "dropped"] = "kept"
    raw_every: int = 1
    """Of sampled raw messages one in so many is kept."""
    part: int = 0
    """Number in a rolled series, from 0."""
    previous: Previous | None = None
    notes: dict[str, int] = {}
    """Notes by kind; the writer counts them."""
    sealed: Sealed | None = None

    @classmethod
    def of(cls, kind: Kind, config: EngineConfig, **fields: Any) -> Manifest:
        """A manifest for an engine of this config; `fields` are those of Manifest."""
        return cls(kind=kind, config=dataclasses.asdict(config), **fields)

    def engine_config(self) -> EngineConfig:
        """The EngineConfig the session was made with. Errors: SessionError naming the field."""
        try:
            return EngineConfig(**self.config)
        except (TypeError, ValueError) as error:
            raise SessionError(
                f"the manifest's config: {error}; read the session with the version that made it"
            ) from None


def encode(content: Manifest) -> str:
    """As JSON text."""
    return msgspec.json.encode(content).decode()


def decode(text: str | bytes, path: Path) -> Manifest:
    """From JSON text of a file. Errors: SessionError naming the field that does not fit."""
    try:
        return msgspec.json.decode(text, type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise SessionError(
            f"{path}: manifest: {error}; read it with the version that made it"
        ) from None
