"""coverage.py plugin: lines of .pyx and .pxi files, from the trace build.

Cython's own plugin looks for the generated C beside the .pyx, and nothing generated belongs there.
This one tells it where the trace build keeps it, before the first line is traced, so that included
files are known from the start. Run from the top of the project, as `make coverage` does: the C
names its sources relative to it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from Cython.Coverage import Plugin as CythonPlugin

if TYPE_CHECKING:
    from coverage.plugin_support import Plugins

COPIED = Path("build/trace/c")  # Cython copies the sources to where it puts the C


class Plugin(CythonPlugin):  # type: ignore[misc]
    _loaded = False

    def _load(self) -> None:
        if self._loaded:
            return
        generated = sorted(COPIED.rglob("*.c"))
        if not generated:
            raise FileNotFoundError(f"{COPIED} holds no C: run `make coverage`")
        self._loaded = True
        for c_file in generated:
            self._read_source_lines(str(c_file), "")
        for name, (c_file, _, code) in list(self._c_files_map.items()):
            path = Path(name)
            if path.is_relative_to(COPIED.resolve()):
                path = Path(path.relative_to(COPIED.resolve())).resolve()
            if path.is_relative_to(Path.cwd()):
                self._c_files_map[str(path)] = (c_file, str(path.relative_to(Path.cwd())), code)

    def file_tracer(self, filename: str) -> Any:
        if not filename.endswith((".pyx", ".pxi", ".pxd")):
            return None
        self._load()
        return super().file_tracer(filename)

    def file_reporter(self, filename: str) -> Any:
        self._load()
        return super().file_reporter(filename)

    def find_executable_files(self, src_dir: str) -> list[str]:
        """Name parts that no test entered as well: they count as not covered."""
        self._load()
        folder = Path(src_dir).resolve()
        return [name for name in self._c_files_map if Path(name).is_relative_to(folder)]


def coverage_init(registry: Plugins, _options: dict[str, str]) -> None:
    plugin = Plugin()
    registry.add_configurer(plugin)
    registry.add_file_tracer(plugin)
