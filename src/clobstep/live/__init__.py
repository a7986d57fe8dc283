"""Live under trio: the only place with a clock, sockets and a disk in the loop.

What is here needs no key: the clock, the inbox, market data, metadata, the engine's task. What
signs and sends orders is `clobstep.live.orders`, and only that imports the signer.
"""
