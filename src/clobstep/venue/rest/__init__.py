"""The venue's REST interface, sans-IO: what is wanted -> requests, replies -> events.

Owns no socket, clock or key: a request is a value that somebody else authenticates and sends.
"""
