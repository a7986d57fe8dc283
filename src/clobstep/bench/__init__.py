"""What `clobstep bench` measures: the rows, their streams, and peers beside them.

Owns: timing. Rows run the functions that `Engine.step` calls, on the engine's own records. A figure
counts only beside a peer's from the same run on the same machine: without peers no ratio is given.
"""
