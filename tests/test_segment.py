import random

import jieba
import pytest

from index.segment import Segmenter

RUNS = (
    "去年全县地区生产总值增长百分之四点二财政收入十二亿元",
    "新建农村公路一百五十六公里新增城镇就业三千二百人",
    "研究生命的起源和结婚的和尚未结婚的人",
    "中华人民共和国国务院办公厅关于加强防汛抗旱工作的通知",
    "龘䶮㐀〇二〇二四年",
    "县",
)


@pytest.fixture(scope="module")
def jiebas_own() -> jieba.Tokenizer:
    return jieba.Tokenizer()


@pytest.mark.parametrize("run", RUNS)
def test_runs_of_characters_are_cut_as_jieba_cuts_them(
    run: str, jiebas_own: jieba.Tokenizer
) -> None:
    assert list(Segmenter().cut_for_search(run)) == list(jiebas_own.cut_for_search(run, HMM=False))


def test_words_in_any_order_are_cut_as_jieba_cuts_them(jiebas_own: jieba.Tokenizer) -> None:
    jiebas_own.initialize()
    chance = random.Random(1)
    words = [word for word, count in jiebas_own.FREQ.items() if count and len(word) < 8]
    ours = Segmenter()
    for _ in range(2000):
        text = "".join(chance.choices(words, k=6))
        text = text[chance.randrange(3) : -chance.randrange(1, 3)]
        assert list(ours.cut_for_search(text)) == list(jiebas_own.cut_for_search(text, HMM=False))
