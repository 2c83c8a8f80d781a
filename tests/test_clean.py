from pathlib import Path

import pytest

from index.clean import join_broken_lines, remove_invisible, remove_pinyin_notes, squeeze_blank


@pytest.mark.parametrize(
    ("noted", "plain", "count"),
    [
        ("強(qiáng)化", "強化", 1),
        ("強（qiáng）化", "強化", 1),
        ("個(gè)產(chǎn)業(yè)", "個產業", 3),
        ("轉(zhuǎn)女(nǚ)爭(zhēng)窗(chuāng)", "轉女爭窗", 4),
        ("GDP(gross)增长", "GDP(gross)增长", 0),
        ("公式(a)与(b)", "公式(a)与(b)", 0),
        ("国内生产总值(gdp)", "国内生产总值(gdp)", 0),
    ],
)
def test_pinyin_notes_are_taken_out(noted: str, plain: str, count: int) -> None:
    assert remove_pinyin_notes(noted) == (plain, count)


def test_a_line_broken_inside_brackets_is_joined() -> None:
    assert join_broken_lines("细颗粒物（PM\n2.5\n）浓度下降。") == (
        "细颗粒物（PM2.5）浓度下降。",
        2,
    )


def test_a_heading_is_not_joined_with_the_text_below_it() -> None:
    text = "一、工作回顾\n过去一年成绩很大。\n\n二、工作安排\n今年要继续努力。"
    assert join_broken_lines(text) == (text, 0)


def test_soft_breaks_of_a_spaced_text_are_joined() -> None:
    text = "我们聽了關於憲法草案\n的報告\n並進行了討論。\n\n第二段。\n\n第三段。\n\n第四段。"
    assert join_broken_lines(text)[0].startswith(
        "我们聽了關於憲法草案的報告並進行了討論。\n\n第二段"
    )


def test_invisible_characters_are_taken_out() -> None:
    assert remove_invisible("改\u200b革\ufeff\x07") == ("改革", 3)


def test_line_ends_are_made_one_kind() -> None:
    assert squeeze_blank("甲。\r\n\r\n\r\n\r\n　　乙。 \r丙") == "甲。\n\n乙。\n丙"


def test_real_reports_keep_every_visible_character(collections: Path) -> None:
    for path in sorted((collections / "news" / "docs").glob("*.txt"))[:200]:
        text = path.read_text(encoding="utf-8")
        cleaned, _ = remove_pinyin_notes(text)
        cleaned, _ = join_broken_lines(squeeze_blank(cleaned))
        assert "".join(cleaned.split()) == "".join(text.split()), path.name
