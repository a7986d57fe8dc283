"""Fuzzing: worlds by seed, held to the invariants, and what is done when one does not hold."""
