"""The recording that ships: two real, settled BTC 15-minute markets (see NOTICE).

Owns: where its files are. About a book a second, twenty levels a side; no deltas and no prints, so
only crossing can be seen in it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).resolve().parent
RECORDING: Final = FOLDER / "btc_15m_2026-09-28.jsonl.gz"
MARKETS: Final = FOLDER / "markets.toml"
