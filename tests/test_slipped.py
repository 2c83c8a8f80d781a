import re
from pathlib import Path

import pytest

from index.repair.slipped import repair_slipped_bytes

REPORT = """青川縣推進數字化改革，全縣上下聯動。
各鄉鎮持續迭代升級。“一網通辦”應用上線，群眾辦事更加方便。
縣裏從制度層面推進改革，檢驗結果實時校驗，應用系統運行平穩。
"""


def slip(text: str, at: int) -> str:
    """Return the text with the first byte of `text[at]` lost: what follows is read one byte off,
    up to a byte that stands alone, and full-width marks are folded."""
    before = text[:at] + "?"
    rest = text[at:].encode("gbk")[1:]
    read = ""
    while rest:
        pair = rest[:2] if rest[0] > 0x7F else rest[:1]
        if len(pair) == 1:
            return before + read + rest.decode("gbk")
        char = pair.decode("gbk")
        read += chr(pair[1] - 0x80) if pair[0] == 0xA3 else char
        rest = rest[2:]
    return before + read


def test_what_was_read_one_byte_off_is_put_right() -> None:
    damaged = slip(REPORT, REPORT.index("。“一網"))
    assert damaged != REPORT
    assert "?!" in damaged
    assert repair_slipped_bytes(damaged) == (REPORT, 1)


@pytest.mark.parametrize(
    ("right", "damaged"),
    [
        # The second byte of one character and the first of the next are a character with a reading.
        ("制度層面推進改革", "制度?céng)用嫱七M(jìn)改革"),
        # The reading took the first byte of the character behind it along, twice.
        ("推進數字化改革", "推進?cái)?shù)字化改革"),
        ("檢驗結果實時校驗", "檢驗結果?qū)崟r(shí)校驗"),
    ],
)
def test_a_reading_between_the_bytes_of_a_character_is_seen_through(
    right: str, damaged: str
) -> None:
    assert right in REPORT
    repaired, count = repair_slipped_bytes(REPORT + damaged)
    assert (re.sub(r"\([^)]+\)", "", repaired), count) == (REPORT + right, 1)


@pytest.mark.parametrize(
    "text",
    [
        "這是什麼?我們再看一看。",
        "GDP增速是多少?答案見附件!謝謝?",
        "What is this?! 沒有什麼。",
        "價格：??元",
        "?" * 200 + "數字",
        "一個讀者問:“改革?怎麼改?”",
    ],
)
def test_a_question_mark_is_no_damage(text: str) -> None:
    assert repair_slipped_bytes(text) == (text, 0)


def test_what_cannot_be_told_is_left_or_marked() -> None:
    damaged = "縣裏的?,還有鴎?〇。"
    repaired, _ = repair_slipped_bytes(damaged)
    assert repaired == damaged


def test_real_text_is_not_changed(collections: Path) -> None:
    changed = [
        path.name
        for folder in ("gov", "news")
        for path in (collections / folder / "docs").iterdir()
        if repair_slipped_bytes(path.read_text(encoding="utf-8"))[1]
    ]
    assert changed == []
