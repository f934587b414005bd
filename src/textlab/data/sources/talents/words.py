"""Content words of a text, reduced to their stems, so that shared words can be ruled out."""

import re
from functools import lru_cache
from typing import Any

# Words that carry grammar rather than content. A request and a profile may share them.
_FUNCTION_WORDS = """
a about above after again against all along also although always am among an and another any anybody anyone anything
are aren around as at away be because been before behind being below beneath between both but by cannot could did do
does doing don done down during each either else enough ever every everybody everyone everything few for from further
had has hasn have having he her here hers herself him himself his how i if in inside instead into is isn it its itself
just least less let ll many may me might mine more most much must my myself near neither never no nobody none nor not
nothing now of off often on once one ones only onto or other others our ours ourselves out over own per quite rather
re s same shall she should since so some somebody someone something somewhere still such t than that the their theirs
them themselves then there these they this those though through to too towards under until up upon us ve very was we
well were what whatever when where wherever whether which while who whoever whom whose why will with within without
would yet you your yours yourself
"""
FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split())
_WORD = re.compile(r"[a-z0-9]+")


@lru_cache(maxsize=65536)
def content_stems(text: str) -> frozenset[str]:
    """Return the stems of the content words of a text (Porter's second English stemmer)."""
    words = [word for word in _WORD.findall(text.lower()) if word not in FUNCTION_WORDS]
    return frozenset(_stemmer().stemWords(words))


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")
