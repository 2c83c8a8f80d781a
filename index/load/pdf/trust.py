"""Whether a page's text layer says what the page shows, and whether OCR says it better."""

from __future__ import annotations

import re
from collections import Counter
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np

from index.load.layout.page import Page
from index.load.pdf.characters import is_space
from index.repair.likelihood import log_likelihood

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from index.load.pdf.drawn import Drawn

# A text layer of so few characters over a picture of this share of the page is a watermark or a
# stamp on a scan; a page without text is worth reading by OCR with so many drawn shapes.
_FEW, _PICTURE, _SHAPES = 60, 0.5, 30
# A text layer is garbage with more than these shares of characters that no font names, and that
# mean nothing, or, where Chinese stands beside them, of Latin letters with accents; or if the mean
# log-likelihood of its Chinese, of so many characters at least, is below the last: that of text is
# -6 to -8, of rare names -10, of characters at random -11 to -15.
_UNNAMED, _GARBAGE, _ACCENTED = 0.05, 0.3, 0.05
_JUDGED, _SENSELESS = 60, -10.5
_LATIN_SIGNS = [ord(sign) for sign in "£¥§©®°±²³·¹º×÷"]
# OCR of a page that is drawn as written finds so much of its Chinese characters and digits again.
_AGREED = 0.99
_TOLD = re.compile("[\u4e00-\u9fff0-9]")


class Layer(Enum):
    """What the text layer of a page is worth: all that is shown, less than a picture shows, or
    nothing, as other characters than those shown."""

    WHOLE = "whole"
    PARTIAL = "partial"
    GARBAGE = "garbage"


def judge(codes: NDArray[np.uint16], drawn: Drawn) -> Layer:
    """Return what the text layer of a page is worth, from its (n,) UTF-16 code units."""
    codes = codes[~is_space(codes)]
    if not len(codes):
        return Layer.PARTIAL if drawn.image > 0 or drawn.shapes >= _SHAPES else Layer.WHOLE
    if drawn.image >= _PICTURE and len(codes) < _FEW:
        return Layer.PARTIAL
    return Layer.GARBAGE if _is_garbage(codes) else Layer.WHOLE


def is_garbage(page: Page) -> bool:
    """True where the text of a page cannot be what a page says."""
    text = "".join(_texts(page)).encode("utf-16-le", "surrogatepass")
    codes = np.frombuffer(text, np.uint16)
    codes = codes[~is_space(codes)]
    return len(codes) > 0 and _is_garbage(codes)


def _is_garbage(codes: NDArray[np.uint16]) -> bool:
    # Private use but for the bullets of symbol fonts, no character at all, and Chinese in a
    # single-byte encoding.
    symbols = (codes >= 0xF000) & (codes <= 0xF0FF)
    private = (codes >= 0xE000) & (codes <= 0xF8FF)
    unnamed = (private & ~symbols) | (codes == 0xFFFD)
    latin = (codes >= 0x80) & (codes <= 0x17F) & ~np.isin(codes, _LATIN_SIGNS)
    chinese = (codes >= 0x4E00) & (codes <= 0x9FFF)
    return (
        float(unnamed.mean()) > _UNNAMED
        or float((private | unnamed | latin).mean()) > _GARBAGE
        or (float(latin.mean()) > _ACCENTED and float(chinese.mean()) > _ACCENTED)
        or _is_scrambled(codes[chinese])
    )


def _is_scrambled(chinese: NDArray[np.uint16]) -> bool:
    """True where Chinese characters make no sense: their fonts name others than they show."""
    if len(chinese) < _JUDGED:
        return False
    return log_likelihood("".join(map(chr, chinese))) < _SENSELESS * len(chinese)


def better(layer: Page, scan: Page) -> Page:
    """Return which of two readings of a page in a damaged file tells more of it: the text layer
    where OCR agrees with it, else the one with more that makes sense."""
    first, second = _told(layer), _told(scan)
    shared = (first & second).total()
    if shared >= _AGREED * max(first.total(), second.total()):
        return layer
    return layer if _sense(first) > _sense(second) else scan


def _sense(told: Counter[str]) -> float:
    return log_likelihood("".join(told.elements())) - _SENSELESS * told.total()


def _told(page: Page) -> Counter[str]:
    return Counter(_TOLD.findall("".join(_texts(page))))


def _texts(page: Page) -> list[str]:
    lines = [line.text for line in page.lines]
    return lines + [cell for table in page.tables for row in table.rows for cell in row]
