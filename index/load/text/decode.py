"""Bytes to text, judged on the whole file; each damaged place becomes one U+FFFD."""

from __future__ import annotations

import codecs
import math
import re
from functools import lru_cache, partial

from index.errors import UnreadableFile
from index.repair.likelihood import log_likelihood, log_probability

REPLACEMENT = "\ufffd"

# The longer marks first: that of UTF-32 begins with that of UTF-16.
_MARKED = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What a file without a mark may be, by the codec that reads it. Of two that give the same text the
# first is named; cp950 is Big5 as Windows writes it.
_UNMARKED = {
    "utf-8": "utf-8",
    "gb18030": "gb18030",
    "cp950": "big5",
    "big5hkscs": "big5hkscs",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "cp1252": "cp1252",
}
# Any bytes are text in Windows-1252, so that it is undamaged tells nothing.
_CHINESE = [codec for codec in _UNMARKED if codec != "cp1252"]
_TWO_BYTE = {"gb18030", "cp950", "big5hkscs"}
_BINARY = re.compile("[\x00-\x08\x0e-\x19\x1c-\x1f]")
_DAMAGED = re.compile(f"{REPLACEMENT}+")
_ASCII = re.compile("[\x00-\x7f]+")
_WIDE = re.compile("[^\x00-\x7f]+")

# Below this mean log-likelihood of its characters beyond ASCII a reading is no text: that of
# Chinese is -6 to -8, of Latin letters -11, of other bytes read as Chinese -13.
_IMPLAUSIBLE = -12.0
# Pairs may be torn apart where the mean of a run of so many characters, or at its end of at least
# so many, is below this.
_JUDGED, _LEAST, _TORN = 8, 4, -10.5
# Below this many bytes, one that is damaged may hide what the whole file is.
_SHORT = 4096
# Fewer zeros at the end may be the second bytes of UTF-16.
_FILLING = 8
# What one, two or three damaged bytes cost: more than the rare characters that they may be.
_DAMAGE = (-24.0, -32.0, -40.0)


def decode(data: bytes) -> tuple[str, str]:
    """Return the text of `data` and the name of its encoding.

    UTF-8, UTF-16 and UTF-32 with a mark are read, and without one UTF-8, GB18030, Big5,
    Big5-HKSCS, UTF-16 and Windows-1252: where several fit, the one whose text is likeliest as
    Chinese. A place that cannot be decoded becomes one U+FFFD.

    Raises UnreadableFile where the bytes are no text or more than one character in a hundred is
    damaged.
    """
    for mark, encoding in _MARKED:
        if data.startswith(mark):
            text = _collapsed(data.decode(encoding, "replace"))
            if _is_damaged_through(text):
                message = f"标明是 {encoding}，但多处字节无法解码，文件可能已损坏，请重新导出后再试"
                raise UnreadableFile(message)
            return text, encoding
    data = _without_filling(data)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return _likeliest(data)
    return _likeliest(data) if _BINARY.search(text) else (text, "utf-8")


def _without_filling(data: bytes) -> bytes:
    """Return `data` without the zeros with which a disk fills what was not written in time. Those
    of UTF-16 do not stand at its end alone."""
    text = data.rstrip(b"\0")
    return data if b"\0" in text or len(data) - len(text) < _FILLING else text


def _likeliest(data: bytes) -> tuple[str, str]:
    """Return the likeliest text of `data` and its encoding, an undamaged one if it is plausible."""
    whole = {codec: text for codec in _CHINESE if (text := _strict(data, codec)) is not None}
    if whole:
        codec = max(whole, key=lambda codec: log_likelihood(whole[codec]))
        if _mean_likelihood(whole[codec]) > _TORN and not _is_binary(whole[codec]):
            return _collapsed(_read(data, codec)), _UNMARKED[codec]
    read = _read if len(data) < _SHORT else partial(bytes.decode, errors="replace")
    codec = max(_UNMARKED, key=lambda codec: log_likelihood(read(data, codec)))
    text = _collapsed(_read(data, codec))
    # Nearly any bytes are UTF-16: its text must read as Chinese.
    least = _TORN if codec.startswith("utf-16") else _IMPLAUSIBLE
    if not (_is_binary(text) or _is_damaged_through(text) or _mean_likelihood(text) < least):
        return text, _UNMARKED[codec]
    message = (
        "既不是 UTF-8 也不是 GB18030、Big5 或 UTF-16 编码的文本，或者损坏过多，"
        "请另存为 UTF-8 后重试"
    )
    if b"\0" in data or _is_binary(text):
        message = "不是文本文件（含有二进制数据）"
    raise UnreadableFile(message)


def _strict(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        return None


def _collapsed(text: str) -> str:
    """Return a text with one U+FFFD for each damaged place, however many bytes it has."""
    return _DAMAGED.sub(REPLACEMENT, text)


def _is_binary(text: str) -> bool:
    return len(_BINARY.findall(text)) * 100 > len(text)


def _mean_likelihood(text: str) -> float:
    """Return the mean log-likelihood of the characters beyond ASCII, 0 where there are none."""
    wide = _ASCII.sub("", text)
    return log_likelihood(wide) / max(1, len(wide))


def _read(data: bytes, codec: str) -> str:
    """Return the text of `data` with U+FFFD where it is damaged.

    Where characters are of two bytes, one byte lost or added tears apart all pairs behind it, up to
    the next character of one byte: lines that read as if this had happened are cut anew.
    """
    if codec not in _TWO_BYTE:
        return data.decode(codec, "replace")
    lines = data.split(b"\n")
    texts = [line.decode(codec, "replace") for line in lines]
    return "\n".join(
        _likeliest_cut(line, codec) if _is_out_of_step(text) else text
        for line, text in zip(lines, texts, strict=True)
    )


def _is_out_of_step(line: str) -> bool:
    pieces = (
        run[start : start + _JUDGED]
        for run in _WIDE.findall(line)
        for start in range(0, len(run) - _LEAST + 1, _JUDGED)
    )
    return REPLACEMENT in line or any(
        log_likelihood(piece) < _TORN * len(piece) for piece in pieces
    )


def _likeliest_cut(data: bytes, codec: str) -> str:
    """Return the likeliest text of a line, in which any bytes may be damaged.

    Viterbi's algorithm: `best[i]` is the likelihood of the likeliest text of `data[:i]`, and
    `last[i]` the place at which its last character begins, with the character.
    """
    best = [0.0] + [-math.inf] * len(data)
    last = [(0, "")] * (len(data) + 1)
    for start in range(len(data)):
        for length, char, likelihood in _characters(data[start : start + 4], codec):
            end = start + length
            if best[start] + likelihood > best[end]:
                best[end], last[end] = best[start] + likelihood, (start, char)
    chars, end = [], len(data)
    while end:
        end, char = last[end]
        chars.append(char)
    return "".join(reversed(chars))


@lru_cache(maxsize=2**16)
def _characters(data: bytes, codec: str) -> list[tuple[int, str, float]]:
    """Return what may stand at the start of `data`: length in bytes, character, log-likelihood."""
    if data[0] <= 0x7F:
        return [(1, chr(data[0]), log_probability(chr(data[0])))]
    found = [
        (length, REPLACEMENT, cost)
        for length, cost in enumerate(_DAMAGE, 1)
        if length <= len(data) and min(data[:length]) > 0x7F
    ]
    for length in (2, 4):
        piece = data[:length]
        char = piece.decode(codec, "replace")
        if len(piece) == length and len(char) == 1 and char != REPLACEMENT:
            found.append((length, char, log_probability(char)))
    return found


def _is_damaged_through(text: str) -> bool:
    places = text.count(REPLACEMENT)
    return places > 0 and (places > 1 + len(text) / 100 or places * 2 > len(text))
