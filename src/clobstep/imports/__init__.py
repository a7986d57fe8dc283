"""Recordings made by others, turned into sessions: JSON lines, Parquet rows, book snapshots.

Owns: their shapes and what each of them lacks. Nothing is skipped in silence: every line that is
not taken is counted, and shown with its number.
"""
