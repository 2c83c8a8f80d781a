import pytest

from index.sentences import sentence_spans, strip_span


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("增长2.8%。“好！”他说。", ["增长2.8%。", "“好！”", "他说。"]),
        (
            "第一行\n\n第二行 v1.2 is out. Next one?\n",
            ["第一行\n\n", "第二行 v1.2 is out.", " Next one?\n"],
        ),
        ("真的吗?真的!好", ["真的吗?", "真的!", "好"]),
        ("落地?cái)?shù)字社会。", ["落地?cái)?shù)字社会。"]),
        ("他说……然后走了。", ["他说……", "然后走了。"]),
        ("", []),
    ],
)
def test_a_text_is_cut_at_the_ends_of_sentences(text: str, sentences: list[str]) -> None:
    spans = sentence_spans(text)
    assert [text[start:end] for start, end in spans] == sentences
    assert "".join(text[start:end] for start, end in spans) == text


def test_a_part_of_a_text_is_cut_where_it_stands() -> None:
    text = "甲。乙。丙。"
    assert sentence_spans(text, 2, 6) == [(2, 4), (4, 6)]
    assert strip_span(" 甲。\n", 0, 4) == (1, 3)
