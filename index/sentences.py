"""Where sentences begin and end."""

from __future__ import annotations

import re

# A sentence runs to its closing mark and the quotes and brackets that close with it, or to the
# end of the line. An ASCII "?" or "!" ends one too, but not before a letter (there it stands for a
# lost byte); "." only before a space, as in English, so that 2.8% and v1.2 stay whole.
_SENTENCE = re.compile(
    r"[^\n]*?(?:(?:[。！？…]|[!?](?![^\W\d_\u3400-\u9fff]))+[”’」』）)】》\"']*"
    r"|(?<=[A-Za-z0-9)])\.(?=\s)|\n|$)|\n",
    re.DOTALL,
)


def sentence_spans(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """Return the (start, end) offsets of the sentences in `text[start:end]`.

    The spans follow one another without gaps; white space and line ends belong to the sentence
    before them.
    """
    end = len(text) if end is None else end
    spans: list[tuple[int, int]] = []
    for match in _SENTENCE.finditer(text, start, end):
        if match.start() == match.end():
            continue
        if spans and not match.group().strip():
            spans[-1] = (spans[-1][0], match.end())
        else:
            spans.append(match.span())
    return spans


def strip_span(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the span without white space at its ends."""
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())
