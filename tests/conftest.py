"""For every test: Python's own recursion limit.

A package below eth_account and eth_keyfile (py_ecc) sets it to 100,000 as it is imported. With that
a test of deeply nested JSON would overflow the C stack, depending on which tests ran before it.
"""

import sys

LIMIT = sys.getrecursionlimit()


def pytest_runtest_setup() -> None:
    sys.setrecursionlimit(LIMIT)
