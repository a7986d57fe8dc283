"""What signing refuses. Owns nothing."""

from __future__ import annotations


class SigningError(ValueError):
    """A value that cannot be signed or hashed; names the field and the way out.

    The text never repeats more than the first characters of what was given: it may be a key that
    stands in the wrong place.
    """
