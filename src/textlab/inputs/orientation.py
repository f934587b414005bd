"""The orientation that a camera wrote into a picture's EXIF data (CIPA DC-008, section 4.6.4)."""

import struct

ORIENTATION = 0x0112
SHORT = 3  # the type of a number of two bytes
UPRIGHT = 1


def orientation(exif: bytes) -> int:
    """Return how the stored picture is turned, from 1 (upright) to 8; 1 if the data does not say or cannot be read.

    Args:
        exif: TIFF data, as it stands behind "Exif" in a JPEG or in the chunk eXIf of a PNG.
    """
    order = {b"II*\x00": "<", b"MM\x00*": ">"}.get(exif[:4])
    if order is None:
        return UPRIGHT
    try:
        (directory,) = struct.unpack_from(f"{order}I", exif, 4)
        (entries,) = struct.unpack_from(f"{order}H", exif, directory)
        for entry in range(entries):
            tag, kind, count, value = struct.unpack_from(f"{order}HHIH", exif, directory + 2 + 12 * entry)
            if (tag, kind, count) == (ORIENTATION, SHORT, 1):
                return value if 1 <= value <= 8 else UPRIGHT
    except struct.error:
        pass
    return UPRIGHT
