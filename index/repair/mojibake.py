"""Text that was decoded with the wrong encoding on its way here, decoded anew.

What is repaired, with 数字 as it looks then: UTF-8 read as Windows-1252 (æ•°å­—), once or several
times; UTF-8 read as GBK (鏁板瓧); GBK or Big5 read as Windows-1252 (Êý×Ö, ¼Æ¦r).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from functools import cache
from itertools import accumulate, product

from index.repair.likelihood import log_likelihood

# The method: text is written as the bytes it was read from, each byte as the character of its
# number, and what is then valid in another encoding is decoded. By chance Chinese text hardly ever
# is valid UTF-8.
_UNDEFINED = b"\x81\x8d\x8f\x90\x9d"
_BYTE_OF = {
    ord(bytes([byte]).decode("cp1252")): byte
    for byte in range(0x80, 0xA0)
    if byte not in _UNDEFINED
}
_CHAR_OF = {byte: char for char, byte in _BYTE_OF.items()}

# Converters leave U+FFFD for a byte that they cannot decode: Windows-1252 has none for five, GBK
# none for 80 and for pairs that begin with certain others.
_LOST = "\ufffd"
_LOST_IN_GBK = bytes([0x80, *range(0xA1, 0xB0)])
# U+FFFD in UTF-8, read as GBK; within quotes a text speaks of it.
_LOST_TWICE = re.compile('(?<![“‘「『《"])(?:锟斤拷)+(?:锟斤?)?')
# A character in UTF-8: Chinese or of its punctuation, or of two bytes; one that lacks bytes; and
# bytes that lack their first one.
_WHOLE = (
    "(?:[\xe3-\xe9][\x80-\xbf]{2}|\xe2[\x80-\xbc][\x80-\xbf]|\xef[\xbc\xbd\xbf][\x80-\xbf]"
    "|[\xc2-\xd1][\x80-\xbf]|\xf0[\x9f-\xaf][\x80-\xbf]{2})"
)
_BROKEN = (
    rf"(?:[\xe2-\xef](?:[\x80-\xbf](?![\x80-\xbf]){_LOST}?|{_LOST}[\x80-\xbf]?|(?=[\xc2-\xef])|$))"
)
_ORPHAN = rf"[\x80-\xbf{_LOST}]{{1,3}}?"
_ASCII = r"[\x20-\x7e]{0,8}?"
_UTF8 = (
    f"(?:{_BROKEN}{_ASCII})*{_WHOLE}(?:(?:{_ORPHAN}|{_ASCII})(?:{_WHOLE}|{_BROKEN}))*"
    rf"(?:[\x80-\xbf{_LOST}](?![\x80-\xff]))?"
)
_IN_GBK = re.compile(_UTF8, re.MULTILINE)
# Bytes below A0 beside it may be quotes and dashes that are meant.
_IN_LATIN = re.compile(rf"(?<![\xa0-\xff])(?:{_UTF8})(?![\xa0-\xff])", re.MULTILINE)
# A character that lacks one of its three bytes, not before ASCII.
_GAP = re.compile(rf"[\xe2-\xef](?:[\x80-\xbf]{_LOST}(?=[\xc2-\xef])|{_LOST}[\x80-\xbf])")
_DAMAGED = re.compile("\ufffd+")
_CHINESE = re.compile("[\u2010-\u203b\u3001-\u301e\u3400-\u9fff\uff01-\uffe5]")
_HAN = re.compile("[\u4e00-\u9fff]")

_PAIRS_IN_LATIN = re.compile(
    r"(?:[\xb0-\xf7][\xa1-\xfe]){2}|(?:[\xa4-\xc6][\x40-\x7e\xa1-\xfe]){3}"
)
_PAIRS = re.compile(
    r"[\x81-\x84\x86-\x90\x98-\xfe][\x40-\x7e\x80-\xfe]"
    r"(?:[\xa1-\xfe][\x40-\x7e\x80-\xfe]|[\x81-\xa0](?:[\x80-\xfe]|[\x40-\x7e](?=[\x81-\xfe])))*"
)
_PAIR_CODECS = ("gb18030", "cp950")

# Mean log-likelihood above which a text, and within it a run, is taken for Chinese.
_PLAUSIBLE, _POSSIBLE = -9.5, -12.0
# By how much a reading must be likelier than what stands there, or than any other.
_MARGIN, _DECISIVE = 10.0, 4.0
# Bytes that begin a Chinese character or punctuation mark in UTF-8, and those that go on.
_LEAD, _NEXT = (*range(0xE2, 0xEA), 0xEF), range(0x80, 0xC0)
# How often UTF-8 may have been taken for Windows-1252.
_TIMES = 3


def repair_mojibake(text: str) -> tuple[str, int]:
    """Return a text with what was decoded wrongly decoded anew, and at how many places it was.

    A character that lacks bytes becomes U+FFFD, unless it can be only one.
    """
    # Each sign may call for the repair behind it; sound text seldom has one.
    repaired, count = text, 0
    for sign, repair in (
        *((_utf8_in_latin(), _utf8_from_latin),) * _TIMES,
        (_utf8_in_gbk(), _utf8_from_gbk),
        (_PAIRS_IN_LATIN, _pairs_from_latin),
    ):
        if sign.search(repaired):
            repaired, places = repair(repaired)
            count += places
    return repaired, count


@cache
def _utf8_in_latin() -> re.Pattern[str]:
    """Return the beginning of a character in UTF-8, read as Windows-1252."""
    return re.compile(f"[\xc2-\xef][\x80-\xbf{''.join(map(chr, _BYTE_OF))}]")


@cache
def _utf8_in_gbk() -> re.Pattern[str]:
    """Return a character in UTF-8 and the beginning of the next, or what the loss of its last byte
    left, read as GBK."""
    return re.compile(f"{_gbk(_LEAD, _NEXT)}(?:{_gbk(_NEXT, _LEAD)}|[?€{_LOST}])")


def _gbk(first: Iterable[int], second: Iterable[int]) -> str:
    """Return the class of the characters whose two bytes in GBK are among those given."""
    chars = (bytes(pair).decode("gb18030", "ignore") for pair in product(first, second))
    return "[" + re.escape("".join(sorted(char for char in chars if len(char) == 1))) + "]"


def _utf8_from_latin(text: str) -> tuple[str, int]:
    """Repair UTF-8 that was read as Windows-1252, in which every character is one byte."""
    raw = text.translate(_BYTE_OF)
    # The byte A0 is a no-break space, which is often replaced by a plain one.
    raw = re.sub("([\xe2-\xef]) (?=[\x80-\xbf])", "\\1\xa0", raw)
    raw = re.sub("([\xe2-\xef][\x80-\xbf]) ", "\\1\xa0", raw)
    count = 0

    def decode(match: re.Match[str]) -> str:
        nonlocal count
        decoded = _decoded(match[0], _UNDEFINED)
        if not _CHINESE.search(decoded) and not _utf8_from_latin(decoded)[1]:
            return match[0]
        count += 1
        return decoded

    repaired = _IN_LATIN.sub(decode, raw)
    return (repaired.translate(_CHAR_OF), count) if count else (text, 0)


def _decoded(raw: str, lost: bytes) -> str:
    """Return the text of UTF-8 bytes written as characters, with one U+FFFD for each damaged place
    where no byte of `lost` is by far the likeliest."""
    filled = _GAP.sub(lambda match: _filled(match[0], lost), raw)
    # The byte FF is never valid in UTF-8.
    return _DAMAGED.sub("\ufffd", _bytes(filled.replace(_LOST, "\xff")).decode("utf-8", "replace"))


def _filled(raw: str, lost: bytes) -> str:
    readings = [raw.replace(_LOST, chr(byte)) for byte in lost if byte in _NEXT]
    readings.sort(key=_likelihood, reverse=True)
    best, second = readings[:2]
    return best if _likelihood(best) > _likelihood(second) + _DECISIVE else raw


def _likelihood(raw: str) -> float:
    return log_likelihood(_bytes(raw).decode("utf-8", "replace"))


def _bytes(raw: str) -> bytes:
    return raw.encode("latin-1")


def _pairs_from_latin(text: str) -> tuple[str, int]:
    """Repair GBK or Big5 that was read as Windows-1252."""
    raw = text.translate(_BYTE_OF)
    runs = [_bytes(run) for run in _PAIRS.findall(raw)]
    readings = {
        codec: "".join(run.decode(codec, "replace") for run in runs) for codec in _PAIR_CODECS
    }
    codec = max(readings, key=lambda codec: log_likelihood(readings[codec]))
    if len(readings[codec]) < 2 or _mean(readings[codec]) < _PLAUSIBLE:
        return text, 0
    count = 0

    def decode(match: re.Match[str]) -> str:
        nonlocal count
        decoded = _bytes(match[0]).decode(codec, "replace")
        if _mean(decoded) < _POSSIBLE:
            return match[0]
        count += 1
        return decoded

    return _PAIRS.sub(decode, raw).translate(_CHAR_OF), count


def _mean(text: str) -> float:
    return log_likelihood(text) / len(text)


def _utf8_from_gbk(text: str) -> tuple[str, int]:
    """Repair UTF-8 that was read as GBK, in which every character is one or two bytes."""
    text, count = _reread_all(text, least=2)
    if count:
        # What is left are single characters, between figures or beside damaged ones.
        text, more = _reread_all(text, least=0)
        text = re.sub(f"{_gbk(_LEAD, _NEXT)}?[?{_LOST}]*{_LOST}[?{_LOST}]*", _LOST, text)
        count += more
    text, lost = _LOST_TWICE.subn(_LOST, text)
    return text, count + lost


def _reread_all(text: str, least: int) -> tuple[str, int]:
    """Return a text with runs of at least `least` ideographs reread, and how many there were."""
    lines, count = text.split("\n"), 0
    for number, line in enumerate(lines):
        if _utf8_in_gbk().search(line):
            lines[number], places = _reread(line, least)
            count += places
    return "\n".join(lines), count


def _reread(line: str, least: int) -> tuple[str, int]:
    pieces = [_gbk_bytes(char) for char in line]
    # Where each character begins in `raw`.
    begins = [0, *accumulate(map(len, pieces))]
    raw = re.sub(r"(?<=[\xe2-\xef])\?|(?<=[\xe2-\xef][\x80-\xbf])\?", _LOST, "".join(pieces))
    done = start = count = 0
    reread: list[str] = []
    while sign := _utf8_in_gbk().search(line, start):
        start = sign.start()
        run = _IN_GBK.match(raw, begins[start])
        end = bisect_left(begins, run.end()) if run else start
        decoded = _decoded(run[0], _LOST_IN_GBK) if run else ""
        if _is_better(decoded, line[start:end], least):
            reread += line[done:start], decoded
            done = end
            count += 1
        start = max(done, start + 1)
    return "".join([*reread, line[done:]]), count


def _is_better(decoded: str, line: str, least: int) -> bool:
    """Return whether the decoded text has so many ideographs and is likelier than what stands in
    the line."""
    han = len(_HAN.findall(decoded))
    if han < least or (least and han < decoded.count(_LOST)) or not _CHINESE.search(decoded):
        return False
    return log_likelihood(decoded) > log_likelihood(line) + _MARGIN


def _gbk_bytes(char: str) -> str:
    """Return the bytes of a character in GBK, each as a character; a line end, at which the
    reading stops, for one that has none."""
    if char == _LOST:
        return char
    # Windows reads the lone byte 80 as the euro sign.
    data = b"\x80" if char == "€" else char.encode("gb18030", "replace")
    return data.decode("latin-1") if len(data) < 3 else "\n"
