"""How likely a text is as Chinese, by how often each of its characters occurs: which of several
readings of the same bytes is the right one."""

from __future__ import annotations

import math
import re
from functools import cache

from index.fold import simplify
from index.repair.dictionary import characters

# Natural logarithm of the probability of one character that is no ideograph; the first class that
# holds it counts. These are rough: the right reading of a sentence is likelier by hundreds.
_CLASSES = tuple(
    (re.compile(pattern), value)
    for pattern, value in (
        ("[，。、\n]", -4.0),
        (r"[\t\r\f\x20-\x7e\u3000]", -4.5),
        ("[；：？！“”‘’（）《》〈〉「」『』【】〔〕…—·％]", -6.0),
        ("[\uff01-\uff5e\u2460-\u2473\u2160-\u216b～]", -8.0),
        ("[\xa1-\u017f\u0391-\u045f\u2010-\u2642\u3001-\u30ff]", -11.0),
        ("\ufffd", -25.0),
        ("[\x00-\x1f\x7f-\xa0\ue000-\uf8ff\ufff0-\uffff]", -22.0),
    )
)
_OTHER = -17.0
# From this many characters on it is quicker to count them first.
_LONG = 20_000


def log_likelihood(text: str) -> float:
    """Return the natural logarithm of the probability of a text, its characters taken as
    independent. Of two readings of the same bytes the likelier has the greater value."""
    if len(text) < _LONG:
        return sum(map(log_probability, text))
    import numpy as np

    counts = np.bincount(np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32))
    return sum(int(counts[code]) * log_probability(chr(code)) for code in np.flatnonzero(counts))


@cache
def log_probability(char: str) -> float:
    """Return the natural logarithm of the probability of a character; a Traditional one counts as
    its Simplified one."""
    if not "\u3400" <= char <= "\u9fff":
        return next((value for pattern, value in _CLASSES if pattern.match(char)), _OTHER)
    counts, total = characters()
    return math.log((counts.get(simplify(char), 0) + 0.5) / total)
