"""The document behind a card: all of its text, its headings and pages, and the quoted passages."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from index.types import Document, Heading
from ui.document import Cited, document_html, text_html
from ui.labels import EN, ZH
from ui.render import Place

TITLE, SECTION = "青川县2022年政府工作报告", "一、2021年工作回顾"
FIRST, SECOND = "全县财政收入13.9亿元。", "新增城镇就业3618人。"
TEXT = f"{TITLE}\n\n{SECTION}\n\n过去一年，{FIRST}{SECOND}\n\n最后一段。\n"
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)> </mark> &lt; \" ' {{v}} ${1} `x`"


class Shown(HTMLParser):
    """Each block with its tag and text, and the text of each highlighted piece by its places."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.blocks: list[tuple[str, str]] = []
        self.marks: list[tuple[str, str]] = []
        self.pages: list[str] = []
        self.attributes: dict[str, list[str]] = {}
        self.tags: set[str] = set()
        self.inside: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, []).append(value or "")
        if tag != "input":
            self.inside.append(tag)
        if re.fullmatch(r"p|h\d", tag):
            self.blocks.append((tag, ""))
        if tag == "mark":
            self.marks.append((found["data-places"] or "", ""))
        if "data-page" in found:
            self.pages.append(f"{found['data-page']}@{len(self.blocks)}")

    def handle_endtag(self, tag: str) -> None:
        assert self.inside.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.blocks:
            tag, text = self.blocks[-1]
            self.blocks[-1] = tag, text + data
        if "mark" in self.inside:
            places, text = self.marks[-1]
            self.marks[-1] = places, text + data


def document(text: str = TEXT, **changes: object) -> Document:
    headings = (
        Heading(0, len(TITLE), 1),
        Heading(text.find(SECTION), text.find(SECTION) + len(SECTION), 2),
    )
    values = {
        "id": "d", "path": "县府/2022.pdf", "title": TITLE, "year": 2022, "text": text,
        "headings": headings,
    }  # fmt: skip
    return Document(**{**values, **changes})


def place(number: int, quote: str, text: str = TEXT, document_id: str = "d") -> Place:
    start = text.index(quote)
    return Place(number, document_id, start, start + len(quote))


def test_a_document_is_shown_with_its_headings() -> None:
    shown = Shown(text_html(document(), [], ZH))
    assert shown.blocks == [
        ("h3", TITLE),
        ("h4", SECTION),
        ("p", f"过去一年，{FIRST}{SECOND}"),
        ("p", "最后一段。"),
    ]
    assert shown.marks == []


def test_a_heading_that_text_goes_on_behind_stands_as_text() -> None:
    article = Document(
        "d", "a", "b", None, "第三条 本办法自印发之日起施行。", headings=(Heading(0, 3, 1),)
    )
    assert Shown(text_html(article, [], ZH)).blocks == [("p", "第三条 本办法自印发之日起施行。")]


def test_deep_headings_have_a_tag_too() -> None:
    deep = Document("d", "a", "b", None, "甲\n乙", headings=(Heading(0, 1, 9),))
    assert Shown(text_html(deep, [], ZH)).blocks == [("h6", "甲"), ("p", "乙")]


def test_each_passage_is_highlighted_where_it_stands() -> None:
    elsewhere = place(3, "最后一段。", document_id="other")
    shown = Shown(text_html(document(), [place(1, SECOND), place(2, FIRST), elsewhere], ZH))
    assert shown.marks == [("2", FIRST), ("1", SECOND)]


def test_passages_may_overlap_and_run_over_lines() -> None:
    long = place(1, f"{SECTION}\n\n过去一年，{FIRST}")
    shown = Shown(text_html(document(), [long, place(2, FIRST)], ZH))
    assert shown.marks == [("1", SECTION), ("1", "过去一年，"), ("1 2", FIRST)]
    assert [text for _, text in shown.blocks] == [line for line in TEXT.split("\n") if line]


def test_pages_begin_where_they_do() -> None:
    pages = (0, TEXT.index(SECOND), TEXT.index("最后") - 1)
    shown = Shown(text_html(document(pages=pages), [place(1, FIRST + SECOND)], ZH))
    # Before the first block, within the third and before the fourth.
    assert shown.pages == ["第1页@0", "第2页@3", "第3页@3"]
    assert shown.blocks[2] == ("p", f"过去一年，{FIRST}{SECOND}")
    assert shown.marks == [("1", FIRST), ("1", SECOND)]


def test_the_head_says_what_the_document_is() -> None:
    known = document(issuer="青川县人民政府", published="2022-02-16")
    source = document_html(known, ZH, Cited([place(1, FIRST)], place(1, FIRST), 7))
    assert f'<h2 id="wj-doc-title">{TITLE}</h2>' in source
    assert "2022年 · 青川县人民政府 · 发布于 2022-02-16 · 县府/2022.pdf" in source
    bare = document_html(document(year=None), EN)
    assert "<p>县府/2022.pdf</p>" in bare


def test_the_script_is_told_which_passages_there_are() -> None:
    places = [place(1, FIRST), place(2, SECOND), place(3, "最后", document_id="other")]
    shown = Shown(document_html(document(), ZH, Cited(places, places[1], 7)))
    assert shown.attributes["data-turn"] == ["7"]
    assert shown.attributes["data-numbers"] == ["1 2 3"]
    assert shown.attributes["data-current"] == ["2"]
    assert shown.attributes["data-do"] == ["close", "previous", "next"]


def test_hostile_text_stays_text() -> None:
    text = f"{HOSTILE}\n甲{HOSTILE}乙\n"
    bad = Document("d", HOSTILE, HOSTILE, 2022, text, issuer=HOSTILE, published=HOSTILE)
    where = Place(1, "d", len(HOSTILE) + 2, 2 * len(HOSTILE) + 2)
    shown = Shown(document_html(bad, ZH, Cited([where], where, 1)))
    assert not {"script", "img"} & shown.tags
    assert not [name for name in shown.attributes if name.startswith("on") or name == "src"]
    assert shown.marks == [("1", HOSTILE)]
    assert shown.inside == []
    assert ("p", HOSTILE) in shown.blocks
    # Nor is anything left for the templates that Gradio fills.
    assert "${" not in document_html(bad, ZH, Cited([where], where, 1))


def test_nothing_of_a_long_document_is_left_out() -> None:
    lines = [f"第{n}段：青川县第{n}个项目完成投资{n}万元。" for n in range(3000)]
    text = "\n\n".join(lines)
    long = Document("d", "a", "b", None, text, pages=tuple(range(0, len(text), 700)))
    shown = Shown(text_html(long, [place(1, lines[2500], text)], ZH))
    assert [text for _, text in shown.blocks] == lines
    assert "".join(text for _, text in shown.marks) == lines[2500]
    assert len(shown.pages) == len(long.pages)
