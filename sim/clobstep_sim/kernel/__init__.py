"""What every simulation stands on: random streams by name, in integers, and what is due when."""

from clobstep_sim.kernel._kernel import Agenda, Stream, log2_of, number_of

__all__ = ["Agenda", "Stream", "log2_of", "number_of"]
