"""The simulator: a second import package of the same distribution; imports clobstep, never the reverse."""
