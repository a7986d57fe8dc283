"""A venue made of a recorded session: our orders against a feed that does not know of them.

Owns: latency both ways, queue models, own liquidity consumed once, settlement and resolution. It
says of every run what its recording can show, and refuses a model that needs more.
"""
