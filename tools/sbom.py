"""Prints a bill of materials, CycloneDX 1.5, of every locked package with its hashes.

From requirements/test.txt, which holds all that any extra installs; needs nothing but Python.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)")
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def packages(text: str) -> list[dict[str, Any]]:
    """A component for each package of a lock file. ValueError for one without a hash."""
    found: list[dict[str, Any]] = []
    for line in text.splitlines():
        if hit := LOCKED.match(line):
            name, version = hit[1].lower(), hit[2]
            purl = f"pkg:pypi/{name}@{version}"
            found.append({"type": "library", "bom-ref": purl, "name": name, "version": version,
                          "purl": purl, "hashes": []})  # fmt: skip
        for digest in HASH.findall(line):
            found[-1]["hashes"].append({"alg": "SHA-256", "content": digest})
    if bare := [one["name"] for one in found if not one["hashes"]]:
        raise ValueError(f"without a hash: {', '.join(bare)}; run make lock")
    return found


def bill(text: str) -> dict[str, Any]:
    """The whole document."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "clobstep"}},
        "components": packages(text),
    }


if __name__ == "__main__":
    json.dump(bill((ROOT / "requirements" / "test.txt").read_text()), sys.stdout, indent=1)
