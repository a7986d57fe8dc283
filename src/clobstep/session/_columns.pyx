# cython: language_level=3
"""First form: records transposed to byte planes, one zstd frame."""
import numpy as np
import zstandard

from clobstep.core import EFFECT_DTYPE, EVENT_DTYPE

CODEC = 1


def _pack(records, int width):
    planes = np.ascontiguousarray(records).view(np.uint8).reshape(-1, width).T.tobytes()
    return zstandard.ZstdCompressor(level=3).compress(planes)


def _unpack(bytes data, out, int width):
    planes = np.frombuffer(zstandard.ZstdDecompressor().decompress(data), np.uint8)
    n = len(planes) // width
    if n > len(out):
        raise ValueError(f"{n} records, room for {len(out)}")
    out[:n] = np.ascontiguousarray(planes.reshape(width, n).T).reshape(-1).view(out.dtype)
    return n


def pack_events(events):
    return _pack(events, 64)


def unpack_events(data, out):
    return _unpack(data, out, 64)


def pack_effects(effects):
    return _pack(effects, 72)


def unpack_effects(data, out):
    return _unpack(data, out, 72)
