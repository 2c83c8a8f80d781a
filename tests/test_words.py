from pathlib import Path

import jieba
import pytest

from index.numerals import arabic
from index.segment import TOTAL, Segmenter
from index.words import tokens, words


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


def test_words_are_those_of_jieba(collections: Path) -> None:
    whole, ours = jieba.Tokenizer(), Segmenter()
    for path in sorted((collections / "gov" / "docs").glob("*.txt"))[::16]:
        for line in path.read_text(encoding="utf-8").split("\n"):
            assert list(ours.cut_for_search(line)) == list(whole.cut_for_search(line, HMM=False))


def test_the_sum_of_frequencies_is_that_of_the_dictionary() -> None:
    whole = jieba.Tokenizer()
    whole.initialize()
    assert whole.total == TOTAL
