"""Orders at the venue: the only part that holds a key, signs, and sends."""
