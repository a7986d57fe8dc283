"""What a run earned and why: fills, markouts, tables, the HTML report.

Owns: the arithmetic of reports. Reads arrays of a run; changes nothing and decides nothing.
"""
