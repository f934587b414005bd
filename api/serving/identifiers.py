"""The ids of predictions and searches, which feedback refers to."""

import os
import re
import time

ID_BYTES = 12
IDENTIFIER = re.compile("[0-9a-f]{36}")


def new_identifiers(count: int) -> list[str]:
    """Random ids that cannot be guessed. They begin with the time, so that the store's index grows only at its end."""
    moment = f"{time.time_ns() // 1_000_000:012x}"
    digits = os.urandom(ID_BYTES * count).hex()
    return [moment + digits[start : start + 2 * ID_BYTES] for start in range(0, len(digits), 2 * ID_BYTES)]
