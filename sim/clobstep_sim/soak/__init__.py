"""A strategy in a made market: paper's report of it, and what paper makes of the same orders.

market.py runs it, rows.py makes a report's arrays of its journal, soak.py is a whole run, feed.py a
market without us, shadow.py puts its orders into the paper venue, calibrate.py says how far off
that is.
"""
