"""What looks at a live process: its status as values, and the dashboard, metrics and log of it.

Nothing in here can stop what it watches. No key, and no import of what sends orders.
"""
