"""Properties of code points, taken from the regular expressions of tokenizers, whose Unicode version is decisive."""

from functools import cache

import numpy as np

from textlab.text.tokenisers.code_points import CODE_POINTS, SURROGATES


@cache
def matching(pattern: str) -> np.ndarray:
    r"""Tell which code points a regular expression for one character, such as \p{L}, matches.

    Returns:
        bool (0x110000,), not writable; False for surrogates, which no text in UTF-8 contains.
    """
    from tokenizers import Regex
    from tokenizers.normalizers import Replace

    numbers = np.delete(np.arange(CODE_POINTS), SURROGATES)
    rest = Replace(Regex(pattern), "").normalize_str("".join(map(chr, numbers)))
    found = np.zeros(CODE_POINTS, bool)
    found[numbers] = True
    found[np.frombuffer(rest.encode("utf-32-le"), "<u4")] = False
    found.flags.writeable = False
    return found
