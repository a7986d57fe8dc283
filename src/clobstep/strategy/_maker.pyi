"""Types of the compiled maker."""

from typing import ClassVar

from clobstep.strategy._turn import CompiledStrategy
from clobstep.strategy.maker import MakerSettings

class CompiledMaker(CompiledStrategy):
    Settings: ClassVar[type[MakerSettings]]
    engine: ClassVar[dict[str, int]]
    @property
    def settings(self) -> MakerSettings: ...
    def __new__(
        cls, settings: MakerSettings | None = None, tokens: int = 65536, wakes: int | None = None
    ) -> CompiledMaker: ...
