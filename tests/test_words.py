import random
import re
from pathlib import Path

import jieba
import pytest

from index.fold import fold
from index.numerals import arabic
from index.words import tokens, words


@pytest.fixture(scope="module")
def jiebas_own() -> jieba.Tokenizer:
    whole = jieba.Tokenizer()
    whole.initialize()
    return whole


@pytest.mark.parametrize(
    ("numeral", "digits"),
    [
        ("一百五十六", "156"),
        ("二〇一九", "2019"),
        ("一九五七", "1957"),
        ("三万五千一百", "35100"),
        ("十四亿零六百万", "1406000000"),
        ("两千三百四十五", "2345"),
        ("十", "10"),
        ("一百零八", "108"),
        ("万一", None),
        ("千万", None),
        ("百", None),
    ],
)
def test_chinese_numerals_are_read(numeral: str, digits: str | None) -> None:
    assert arabic(numeral) == digits


def test_a_decimal_number_is_one_token() -> None:
    assert "2.8" in tokens("赤字率拟按2.8%安排")
    assert "2" not in tokens("赤字率拟按2.8%安排")


def test_digits_find_chinese_numerals() -> None:
    assert "156" in tokens("建设一百五十六项重点工程")
    assert "1500" in tokens("一千五百万元")


def test_thousands_separators_do_not_hide_a_number() -> None:
    assert "80147.68" in tokens("募集资金80,147.68万元")


def test_question_and_report_share_tokens_across_scripts() -> None:
    assert set(tokens("養豬戶")) == set(tokens("养猪户"))


def test_punctuation_is_no_word() -> None:
    assert words("，。！？……“”") == []


def test_every_pair_of_characters_can_be_found() -> None:
    assert {"浙里", "里医", "医保"} <= set(tokens("浙里医保"))


def test_words_are_those_of_jieba(jiebas_own: jieba.Tokenizer, collections: Path) -> None:
    for path in sorted((collections / "gov" / "docs").glob("*.txt"))[::16]:
        for run in re.findall("[\u4e00-\u9fff]+", path.read_text(encoding="utf-8")):
            run = fold(run)
            assert words(run) == list(jiebas_own.cut_for_search(run, HMM=False))


@pytest.mark.parametrize(
    "run",
    [
        "去年全县地区生产总值增长百分之四点二财政收入十二亿元",
        "新建农村公路一百五十六公里新增城镇就业三千二百人",
        "研究生命的起源和结婚的和尚未结婚的人",
        "中华人民共和国国务院办公厅关于加强防汛抗旱工作的通知",
        "龘䶮㐀〇二〇二四年",
        "县",
    ],
)
def test_runs_of_characters_are_cut_as_jieba_cuts_them(
    run: str, jiebas_own: jieba.Tokenizer
) -> None:
    assert words(run) == list(jiebas_own.cut_for_search(run, HMM=False))


def test_words_in_any_order_are_cut_as_jieba_cuts_them(jiebas_own: jieba.Tokenizer) -> None:
    chance = random.Random(1)
    known = [word for word, count in jiebas_own.FREQ.items() if count and len(word) < 8]
    known = [word for word in known if re.fullmatch("[\u4e00-\u9fd5]+", word)]
    for _ in range(2000):
        text = "".join(chance.choices(known, k=6))
        text = fold(text[chance.randrange(3) : -chance.randrange(1, 3)])
        assert words(text) == list(jiebas_own.cut_for_search(text, HMM=False))
