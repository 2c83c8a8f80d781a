"""Text decoded wrongly is decoded anew, and nothing else changes."""

from collections.abc import Callable

import pytest

from index.repair.mojibake import repair_mojibake

TEXTS = [
    "数字化改革",
    "2022年3月5日，全县生产总值增长7.2%，达到126.5亿元。",
    "“十四五”规划——《纲要》提出：坚持“两个毫不动摇”，推进A股、B股和ETF…",
    "加强基层治理，删繁就简。\n第二行：粮食总产30万吨。\n",
    "列奥纳多·达·芬奇的手稿（café）",
]
TRADITIONAL = "全縣生產總值增長百分之七，財政收入達十二億元。\n我們要繼續努力，把各項工作做好。"
# A character in pairs loses its last byte where a mark below U+0080 follows in UTF-8 read as GBK.
DAMAGED = [
    ("鏁板瓧鍖栨敼闈", "数字化改�"),
    ("鏁板瓧鍖栨敼闈?", "数字化改�"),
    ("2022骞?3鏈?5鏃ワ紝鍏ㄥ幙缁忔祹骞崇ǔ", "2022�3�5日，全县经济平稳"),
    ("è´¢æ”¿æ”¶å…¥è¾¾åˆ°å�äºŒäº¿å…ƒ", "财政收入达到�二亿元"),
    ("报告显示锟斤拷锟斤拷增长较快", "报告显示�增长较快"),
]


def windows_1252(data: bytes) -> str:
    """Decode as browsers do: the five bytes that Windows-1252 leaves out are controls."""
    return "".join(
        chr(byte) if byte in b"\x81\x8d\x8f\x90\x9d" else bytes([byte]).decode("cp1252")
        for byte in data
    )


def twice(text: str) -> str:
    return windows_1252(windows_1252(text.encode()).encode())


WRONG_WAYS: list[Callable[[str], str]] = [
    lambda text: windows_1252(text.encode()),
    lambda text: text.encode().decode("latin-1"),
    lambda text: text.encode().decode("latin-1").replace("\xa0", " "),
    twice,
    lambda text: windows_1252(text.encode("gb18030")),
    lambda text: text.encode("gb18030").decode("latin-1"),
]


@pytest.mark.parametrize("wrong", WRONG_WAYS)
@pytest.mark.parametrize("text", TEXTS)
def test_a_text_decoded_wrongly_comes_back(text: str, wrong: Callable[[str], str]) -> None:
    if "gb18030" in wrong.__code__.co_consts:
        text = text.replace("é", "e")
    repaired, count = repair_mojibake(wrong(text))
    assert repaired == text
    assert count >= 1


@pytest.mark.parametrize("encoding", ["utf-8", "big5", "gb18030"])
def test_traditional_text_comes_back(encoding: str) -> None:
    assert repair_mojibake(windows_1252(TRADITIONAL.encode(encoding)))[0] == TRADITIONAL


@pytest.mark.parametrize("text", ["政府工作报告", "全县财政收入", "经济平稳增长，民生改善"])
def test_utf_8_read_as_gbk_comes_back(text: str) -> None:
    wrong = text.encode().decode("gb18030", "replace")
    repaired, count = repair_mojibake(wrong)
    assert count == 1
    assert len(repaired) == len(text)
    lost = [place for place, char in enumerate(repaired) if char != text[place]]
    assert len(lost) == wrong.count("\ufffd") <= 1


@pytest.mark.parametrize(("wrong", "repaired"), DAMAGED)
def test_what_cannot_come_back_is_marked(wrong: str, repaired: str) -> None:
    assert repair_mojibake(wrong)[0] == repaired


@pytest.mark.parametrize(
    ("mixed", "repaired"),
    [
        ("前面是好的：鏁板瓧鍖栨敼闈╋紝后面也好。", "前面是好的：数字化改革，后面也好。"),
        ("前面“好”的æ•°å­—，后面是“好”的。", "前面“好”的数字，后面是“好”的。"),
        (
            "第一段正常。\n鍏ㄥ幙缁忔祹骞崇ǔ\n第三段正常。",
            "第一段正常。\n全县经济平稳\n第三段正常。",
        ),
        ("表1：ÊÕÈë 126.5 ÒÚÔª", "表1：收入 126.5 亿元"),
    ],
)
def test_only_what_is_wrong_changes(mixed: str, repaired: str) -> None:
    assert repair_mojibake(mixed)[0] == repaired


@pytest.mark.parametrize(
    "text",
    [
        *TEXTS,
        TRADITIONAL,
        "Café, naïve, São Paulo, Müller, Ångström, “Où” est-il ? été né à Noël «à Paris»",
        "AÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ",
        "Ægir og Þórðarson í Reykjavík",
        "温度25°C±0.5，面积×2，§3.1，±×÷，©®™，½¼¾，£¥",
        "锂电池产量增长，锂?恍惚间，完璧归赵，猕猴，纾解",
        "烫烫烫是未初始化的内存，“锟斤拷”是转码的结果",
        "濮阳、亳州、邕宁、泸州、漯河、衢州",
        "日本の人口は約1億2千万人、서울은 천만",
    ],
)
def test_sound_text_stays(text: str) -> None:
    assert repair_mojibake(text) == (text, 0)
