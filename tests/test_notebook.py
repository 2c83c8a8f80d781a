"""An answer and a passage as a notebook shows them: whatever a report holds stays text."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from index import Index
from index.types import Chunk
from rag import Answer, Assistant, Citation, Hit, Retriever

HOSTILE = (
    "</div><script>alert(1)</script><img src=x onerror=alert(2)>\" onclick='x' & &lt; "
    "[1](javascript:alert(3)) **<b>粗</b>** $\\href{http://evil.example}{x}$ \u202e\x00"
)
TAGS = {"div", "p", "b", "sup", "span", "br"}


class Read(HTMLParser):
    """The tags, attributes and text of a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.depth = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.depth += tag != "br"

    def handle_endtag(self, tag: str) -> None:
        self.depth -= 1

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def hostile() -> Answer:
    place = {
        "document_id": "d", "path": HOSTILE, "title": HOSTILE, "year": 2021, "heading": HOSTILE,
        "page": 3, "paragraph": 2, "start": 0, "end": 1,
    }  # fmt: skip
    chunk = Chunk(id="c", text=f"{HOSTILE}\n{HOSTILE}", **place)
    citation = Citation(number=1, quote=HOSTILE, verdict="partial", **place)
    text = f"{HOSTILE}[1]\n{HOSTILE}[7]"
    return Answer(HOSTILE, text, (citation,), (Hit(chunk, 0.5),), True, notice=HOSTILE)


def test_an_answer_shows_its_marks_and_sources(index: Index) -> None:
    answer = Assistant(index).ask("青川县2021年财政收入是多少？")
    shown = Read(answer._repr_html_())
    assert "<b>13.9亿元</b>" in answer._repr_html_()
    assert "<sup>[1]</sup>" in answer._repr_html_()
    for citation in answer.citations:
        for part in (citation.title, citation.path, f"第{citation.paragraph}段"):
            assert part in shown.text
        assert " ".join(citation.quote.split()) in shown.text


def test_a_refusal_shows_the_nearest_passages(index: Index) -> None:
    answer = Assistant(index).ask("火星有几颗卫星？")
    shown = Read(answer._repr_html_()).text
    assert answer.text in shown
    assert all(hit.chunk.title in shown for hit in answer.hits[:3])


def test_a_passage_shows_where_it_stands(index: Index) -> None:
    hit = Retriever(index).search("好评率", 1)[0]
    shown = Read(hit._repr_html_()).text
    assert "99.89%" in shown
    assert hit.chunk.path in shown
    assert f"{hit.score:.3f}" in shown


@pytest.mark.parametrize("grounded", [True, False])
def test_hostile_text_stays_text(hostile: Answer, grounded: bool) -> None:
    answer = replace(hostile, grounded=grounded)
    for html in (answer._repr_html_(), answer.hits[0]._repr_html_()):
        shown = Read(html)
        assert shown.tags <= TAGS
        assert shown.attributes == {"style"}
        assert shown.depth == 0
        assert "$" not in html
        assert "<script>alert(1)</script>" in shown.text
    # A bracket that is no mark of the answer's own.
    assert "<sup>[7]</sup>" not in answer._repr_html_()


def test_the_record_has_no_further_field(index: Index) -> None:
    hit = Retriever(index).search("好评率", 1)[0]
    assert hit == replace(hit)
    assert not hasattr(hit, "__dict__")
