"""Running a session again: the engine bit for bit, a strategy intent by intent, the books.

Owns: finding the first event at which two runs part, and telling what differs.
"""
