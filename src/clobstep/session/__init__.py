"""A session: one SQLite file of events, effects, raw messages, chain checkpoints and snapshots.

Owns: the file's format, its durability and its recovery. Knows events only as 64-byte records and
the engine only through `Engine`; reads no venue format and runs no strategy.
"""
