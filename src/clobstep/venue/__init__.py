"""Polymarket as facts, sans-IO: bytes of its channels and metadata in, event records out.

Owns: how the venue writes prices, sizes, ids and books, and which token is whose complement.
Touches no socket, clock or file. A decoder never raises on what the venue sends: what it does not
know becomes a note that keeps the text.
"""
