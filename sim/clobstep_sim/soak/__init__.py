"""A strategy in a made market: the same report as on paper, and what paper makes of the same orders.

market.py runs it, rows.py makes a report's arrays of its journal, soak.py is a whole run, shadow.py puts
its orders into the paper venue, calibrate.py says how far off that is.
"""
