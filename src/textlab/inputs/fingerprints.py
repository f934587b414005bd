"""Perceptual hashes of pictures: bits that hardly change if a picture is scaled or encoded again.

The hash says where the lowest frequencies of the brightness lie above their median (Zauner, "Implementation and
Benchmarking of Perceptual Image Hash Functions", 2010, section 3.2).
"""

import numpy as np

from .opened_pictures import on_white, opened

SIDE = 16  # frequencies a side, so the hash has 256 bits
DECODED = 256  # pixels of a side that a JPEG is decoded to at least
UNIFORM = 4.0  # standard deviation of the brightness, from 0 to 255: below it, the hash is noise


def fingerprint(content: bytes) -> bytes:
    """Return the hash of a PNG or JPEG picture, 32 bytes; b"" if it is of nearly one brightness.

    Args:
        content: a picture that `pictures.checked` let pass.
    """
    import imagehash

    gray = on_white(opened(content, least_side=DECODED).image).convert("L")
    if np.asarray(gray).std() < UNIFORM:
        return b""
    return np.packbits(imagehash.phash(gray, hash_size=SIDE).hash).tobytes()
