"""Bytes to text, judged on the whole file and decoded strictly."""

from __future__ import annotations

import codecs

from index.errors import UnreadableFile

# Most frequent characters of modern Chinese text, Simplified and Traditional: a wrong decoding
# of Chinese bytes gives rare characters instead.
_COMMON = set(
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过"
    "子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体"
    "制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内"
    "數這為時來們會對發動產種後經進實電裡現點從業應開還與關線內體當機學過國個說"
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode(data: bytes) -> tuple[str, str]:
    """Return the text of `data` and the name of its encoding.

    UTF-8 and UTF-16 with a mark, UTF-8 without, and GB18030 are read. Raises UnreadableFile, with
    the place, where the bytes are none of these.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _strict(data, encoding), encoding
    if b"\0" in data:
        message = "不是文本文件（含有二进制数据）"
        raise UnreadableFile(message)
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        text = _gb18030(data)
        if text is None:
            message = (
                f"既不是 UTF-8 也不是 GB18030 编码的中文文本"
                f"（第 {error.start + 1} 字节处无法解码），"
                "请另存为 UTF-8 后重试"
            )
            raise UnreadableFile(message) from error
        return text, "gb18030"


def _gb18030(data: bytes) -> str | None:
    """Return the text if the bytes are GB18030 and read as Chinese, else None."""
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        return None
    wide = [char for char in text if ord(char) > 0x7F]
    common = sum(char in _COMMON or char in "，。、；：“”！？（）《》—…·％" for char in wide)
    # Of real text a third or more is common characters; of other bytes read as GB18030 a tenth.
    return text if common >= len(wide) * 0.15 else None


def _strict(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        message = f"标明是 {encoding}，但第 {error.start + 1} 字节处无法解码，文件可能已损坏"
        raise UnreadableFile(message) from error
