import random
import re
from pathlib import Path, PurePosixPath

import pytest

from index.chunk import LIMIT, chunk
from index.headings import find_headings
from index.load import load
from index.types import Document, Heading


def document(text: str, marked: tuple[Heading, ...] = ()) -> Document:
    return Document("d", "d.txt", "报告", 2021, text, headings=find_headings(text, marked))


def test_chunks_in_order_give_back_the_text() -> None:
    rng = random.Random(1)
    marks = [
        "。",
        "，",
        "\n",
        "\n\n",
        "一、总则\n",
        "3.14",
        "（一）",
        "！”",
        " ",
        "字" * 50,
        "12,345.6万元",
        "a. b",
    ]
    for _ in range(300):
        text = "".join(rng.choice(marks) for _ in range(rng.randrange(1, 200))).strip("\n") or "空"
        for limit in (20, 100, LIMIT):
            chunks = chunk(document(text), limit=limit, short=limit // 3)
            assert "".join(c.text for c in chunks) == text
            assert all(text[c.start : c.end] == c.text for c in chunks)
            assert max(len(c.text) for c in chunks) <= limit


def test_a_sentence_within_the_limit_is_never_cut() -> None:
    sentences = [
        f"第{n}句话说的是某地某年完成投资{n}.{n}亿元，比上年增长{n}%。" for n in range(1, 60)
    ]
    chunks = chunk(document("".join(sentences)), limit=100)
    assert len(chunks) > 10
    assert all(c.text.endswith("。") for c in chunks)


def test_an_endless_sentence_is_never_cut_inside_a_number() -> None:
    text = "约" * 95 + "1234567.89万元" + "约" * 200
    pieces = [c.text for c in chunk(document(text), limit=100)]
    assert any("1234567.89" in piece for piece in pieces)


def test_numbered_headings_make_a_path() -> None:
    body = "这一段写得很长，" * 20 + "完。"
    text = f"第一章　总则\n{body}\n一、背景\n{body}\n（一）起因\n{body}\n1. 细节\n{body}\n二、做法\n{body}"
    paths = [c.heading for c in chunk(document(text))]
    assert "第一章　总则 › 一、背景 › （一）起因 › 1. 细节" in paths
    assert paths[-1] == "第一章　总则 › 二、做法"


def test_articles_are_named_by_their_number() -> None:
    body = "申报单位应当如实填写材料，" * 12 + "完。"
    chunks = chunk(document(f"第一条　{body}\n第二条　{body}\n第十三条　{body}"))
    assert [c.heading for c in chunks] == ["第一条", "第二条", "第十三条"]


def test_headings_that_the_format_marks_stand_above_numbered_ones() -> None:
    body = "正文内容比较长，" * 20 + "完。"
    text = f"总结\n{body}\n一、成绩\n{body}"
    chunks = chunk(document(text, (Heading(0, 2, 1),)))
    assert [c.heading for c in chunks] == ["总结", "总结 › 一、成绩"]


def test_a_numbered_sentence_is_no_heading() -> None:
    body = "正文内容比较长，" * 20 + "完。"
    chunks = chunk(document(f"一、要抓好落实。\n{body}\n2.8%的增速\n{body}"))
    assert {c.heading for c in chunks} == {""}


def test_short_sections_are_joined() -> None:
    text = "\n".join(f"{n}. 小标题\n只有一句话。" for n in range(1, 6))
    (only,) = chunk(document(text))
    assert only.heading == ""


def test_joined_sections_keep_the_heading_above_them_all() -> None:
    text = "一、工作安排\n（一）小标题\n只有一句话。\n（二）小标题\n只有一句话。"
    (only,) = chunk(document(text))
    assert only.heading == "一、工作安排"


def test_ids_depend_on_document_place_and_text() -> None:
    text = "同一句话。\n" * 200
    ids = [c.id for c in chunk(document(text))]
    assert len(set(ids)) == len(ids)
    assert ids == [c.id for c in chunk(document(text))]


@pytest.mark.parametrize("name", ["gov", "news", "seed"])
def test_real_reports_are_given_back_exactly(collections: Path, name: str) -> None:
    numbers = re.compile(r"\d[\d.,]*\d")
    for path in sorted((collections / name / "docs").glob("*.txt"))[:120]:
        read = load(PurePosixPath(path.name), path.read_bytes())
        chunks = chunk(read)
        assert "".join(c.text for c in chunks) == read.text
        cuts = {c.end for c in chunks}
        assert not any(
            m.start() < cut < m.end()
            for m in numbers.finditer(read.text)
            for cut in cuts & set(range(m.start() + 1, m.end()))
        )
