"""What goes to other programs and comes from them; FastAPI and MCP make their schemas of it.

Offsets count characters (code points) of the document's cleaned text, from 0.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from index.records import Entry
from index.types import Chunk, Document
from rag.filters import Filter
from rag.types import Answer, Citation, Hit, Kind, Turn, Verdict
from ui.api.errors import BadRequest
from ui.render import FIRST, LAST, NEAREST

# Longer than any question that makes sense, and short enough to be asked quickly.
LONGEST_QUESTION = 2000
# Characters of a document that are handed out at once.
LONGEST_PART = 20_000
MOST_PASSAGES, MOST_DOCUMENTS, MOST_TURNS = 100, 1000, 100


# Something other than white space.
_SOMETHING = r"\S"

Question = Annotated[
    str,
    Field(
        min_length=1,
        max_length=LONGEST_QUESTION,
        pattern=_SOMETHING,
        description="问题，例如：2019年的赤字率是多少",
    ),
]
TopK = Annotated[int, Field(ge=1, le=MOST_PASSAGES, description="最多返回几段")]
FirstYear = Annotated[
    int | None, Field(ge=FIRST, le=LAST, description="只用这一年起的报告（按报告的年份）")
]
LastYear = Annotated[int | None, Field(ge=FIRST, le=LAST, description="只用到这一年为止的报告")]
Titles = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=200, pattern=_SOMETHING)]],
    Field(max_length=100, description="只用标题里有其中一段文字的报告；空为不限"),
]
PathPattern = Annotated[
    str | None,
    Field(
        min_length=1,
        max_length=500,
        pattern=_SOMETHING,
        description="只用路径符合这个样式的报告，例如 gov/*",
    ),
]
DocumentId = Annotated[
    str, Field(min_length=1, max_length=200, description="document_id，取自来源、段落或文档列表")
]
Start = Annotated[int, Field(ge=0, le=2**53, description="从第几个字开始，从 0 数起")]
Length = Annotated[int, Field(ge=1, le=LONGEST_PART, description="最多多少字")]
Offset = Annotated[int, Field(ge=0, le=2**53, description="跳过前面几份")]
Limit = Annotated[int, Field(ge=1, le=MOST_DOCUMENTS, description="最多列出几份")]
TitlePart = Annotated[str, Field(max_length=200, description="只列标题里有这些字的；空为不限")]


class Record(BaseModel):
    """A record that is given out."""

    model_config = ConfigDict(frozen=True)


class Placed(Record):
    """Characters `start` to `end` of a document, and where in it they stand."""

    document_id: str
    path: str = Field(description="报告文件夹下的位置")
    title: str
    year: int | None
    heading: str
    page: int | None
    paragraph: int
    start: int
    end: int


class Passage(Placed):
    """A passage found; `text` is what stands there."""

    text: str
    score: float = Field(description="只在一次检索之内可比，越大越好")


class Source(Placed):
    """The evidence behind a mark; `quote` is what stands there."""

    number: int = Field(description="回答里的标号 [number]")
    quote: str
    verdict: Verdict = Field(
        description="verified：原句支持这句话；partial：部分；unverified：未核实"
    )


class Found(Record):
    """What a search found, best first; `notice` says why there is nothing."""

    question: str
    passages: list[Passage]
    notice: str


class Reply(Record):
    """An answer. `grounded` is false where the reports do not answer: `text` then says so and
    `nearest` are the passages that come nearest."""

    question: str = Field(description="补全后的问题")
    text: str = Field(description="回答，每句话后面有标号 [n]；所问的数在 ** 之间")
    grounded: bool
    confidence: float = Field(ge=0, le=1, description="找到的句子就是答案的可能性")
    kind: Kind = Field(description="extract：摘录原文；model：语言模型所写")
    notice: str
    sources: list[Source]
    nearest: list[Passage]


class DocumentEntry(Record):
    """A document as listed."""

    id: str
    path: str
    title: str
    year: int | None
    passages: int


class Listing(Record):
    """Some of the documents by path, and how many there are in all."""

    total: int
    documents: list[DocumentEntry]


class DocumentPart(Record):
    """Characters `start` to `end` of a document of `length` characters."""

    id: str
    path: str
    title: str
    year: int | None
    issuer: str
    published: str
    length: int
    start: int
    end: int
    page: int | None = Field(description="开头所在的页")
    text: str


class Request(BaseModel):
    """A record that is taken in; a field that it does not have is an error, not a wish unheard."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class PastTurn(Request):
    """A turn of the conversation before the question."""

    question: str = Field(max_length=LONGEST_QUESTION)
    answer: str = Field(max_length=20_000)


class SearchRequest(Request):
    """What to look for, and where."""

    question: Question
    top_k: TopK = 10
    first_year: FirstYear = None
    last_year: LastYear = None
    titles: Titles = []
    path: PathPattern = None


class AskRequest(Request):
    """What to answer, from which reports, and what was said before, oldest first."""

    question: Question
    history: list[PastTurn] = Field(default=[], max_length=MOST_TURNS)
    first_year: FirstYear = None
    last_year: LastYear = None
    titles: Titles = []
    path: PathPattern = None

    def turns(self) -> list[Turn]:
        """Return the history as the assistant takes it."""
        return [Turn(turn.question, turn.answer) for turn in self.history]


def conditions(
    first_year: int | None, last_year: int | None, titles: list[str], path: str | None
) -> Filter:
    """Return which reports to keep to. Raises BadRequest."""
    years = None
    if first_year is not None or last_year is not None:
        years = (
            FIRST if first_year is None else first_year,
            LAST if last_year is None else last_year,
        )
    try:
        return Filter(years, titles, path)
    except ValueError as error:
        raise BadRequest(str(error)) from error


def passage_of(hit: Hit) -> Passage:
    """Return a hit as it is given out."""
    chunk = hit.chunk
    return Passage(**_place(chunk), text=chunk.text, score=hit.score)


def reply_of(answer: Answer) -> Reply:
    """Return an answer as it is given out, its sources in the order of their marks."""
    ordered = sorted(answer.citations, key=lambda citation: citation.number)
    return Reply(
        question=answer.question,
        text=answer.text,
        grounded=answer.grounded,
        confidence=answer.confidence,
        kind=answer.kind,
        notice=answer.notice,
        sources=[
            Source(**_place(c), number=c.number, quote=c.quote, verdict=c.verdict) for c in ordered
        ],
        nearest=[] if answer.grounded else [passage_of(hit) for hit in answer.hits[:NEAREST]],
    )


def entry_of(entry: Entry) -> DocumentEntry:
    """Return a document as it is listed."""
    return DocumentEntry(
        id=entry.id, path=entry.path, title=entry.title, year=entry.year, passages=entry.chunks
    )


def part_of(document: Document, start: int, length: int) -> DocumentPart:
    """Return up to `length` characters of a document from `start`."""
    first = min(start, len(document.text))
    text = document.text[first : first + length]
    return DocumentPart(
        id=document.id,
        path=document.path,
        title=document.title,
        year=document.year,
        issuer=document.issuer,
        published=document.published,
        length=len(document.text),
        start=first,
        end=first + len(text),
        page=document.page(first),
        text=text,
    )


def _place(spot: Chunk | Citation) -> dict[str, object]:
    return {name: getattr(spot, name) for name in Placed.model_fields}
