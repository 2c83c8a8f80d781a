import jieba
from jieba import posseg

from index.dictionary import part_of_speech, usual


def test_parts_of_speech_and_frequencies_are_those_of_jieba() -> None:
    whole, tags = jieba.Tokenizer(), posseg.POSTokenizer()
    whole.initialize()
    tags.initialize()
    for word in sorted(tags.word_tag_tab)[::97]:
        assert part_of_speech(word) == tags.word_tag_tab[word]
        assert usual(word) == (whole.FREQ[word] >= 30)


def test_an_unknown_word_has_no_part_of_speech_and_is_not_usual() -> None:
    assert [(part_of_speech(word), usual(word)) for word in ("问据问据", "", "中华人")] == [
        ("", False)
    ] * 3
