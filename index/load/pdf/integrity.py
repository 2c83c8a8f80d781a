"""Whether the compressed parts of a PDF, its text and the maps of its fonts, are as written."""

from __future__ import annotations

import re
import zlib

_STREAM = re.compile(rb"\bstream\r?\n")
_OBJECT = re.compile(rb"\d\s+obj\b")
# Dictionaries of streams are shorter, but for those of a few images.
_DICTIONARY = 4096
# What is packed in another way as well, or tells nothing of the text.
_OTHERS = re.compile(rb"/(?:ASCII|LZW|RunLength|Crypt|DCT)|/Subtype\s*/(?:Image|XML)\b")
_STEP, _MOST = 2**16, 2**30  # bytes


def damaged_streams(data: bytes) -> int:
    """Return how many compressed streams of a PDF other than images do not match their checksum.

    PDFium reads on over such damage and takes what comes out for text. None is counted in an
    encrypted file, nor behind the first gigabyte of unpacked bytes.
    """
    if b"/Encrypt" in data:
        return 0
    damaged = unpacked = 0
    for match in _STREAM.finditer(data):
        before = data[max(0, match.start() - _DICTIONARY) : match.start()]
        starts = [start.end() for start in _OBJECT.finditer(before)]
        dictionary = before[starts[-1] if starts else 0 :]
        if b"/FlateDecode" not in dictionary or _OTHERS.search(dictionary):
            continue
        end = data.find(b"endstream", match.end())
        size = _unpacked_size(data[match.end() : end if end >= 0 else len(data)], _MOST - unpacked)
        if size is None:
            damaged += 1
        else:
            unpacked += size
    return damaged


def _unpacked_size(packed: bytes, most: int) -> int | None:
    """Return the size of a stream when unpacked, at most a little more than `most`; None where it
    is damaged."""
    unpacking = zlib.decompressobj()
    size = 0
    try:
        while packed and not unpacking.eof and size < most:
            size += len(unpacking.decompress(packed, _STEP))
            packed = unpacking.unconsumed_tail
    except zlib.error:
        return None
    return size if unpacking.eof or size >= most else None
