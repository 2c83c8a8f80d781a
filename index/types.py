"""The records that pass between reading, chunking, storing and searching."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a document: `text[start:end]` at depth `level`, 1 the highest."""

    start: int
    end: int
    level: int


@dataclass(frozen=True, slots=True)
class Document:
    """A source file, read and cleaned.

    `id` is a hash of the file's bytes, so the same file has the same id wherever it lies.
    `path` is relative to the corpus root, with forward slashes.
    `pages` holds the offset in `text` at which each page starts; empty where a format has no pages.
    `headings` are those that its format marks and those that are numbered, in order.
    `repairs` counts the places at which cleaning changed the text, by kind.
    """

    id: str
    path: str
    title: str
    year: int | None
    text: str
    pages: tuple[int, ...] = ()
    headings: tuple[Heading, ...] = ()
    repairs: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Chunk:
    """The stored retrieval unit: `text == document.text[start:end]`, offsets in characters.

    `heading` is the path of headings above the chunk, outermost first, joined by " › ".
    `page` and `paragraph` count from 1; `page` is None where the format has no pages.
    """

    id: str
    document_id: str
    path: str
    title: str
    year: int | None
    heading: str
    page: int | None
    paragraph: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be read, and why, in words for the user."""

    path: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}：{self.reason}"


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did. Lists hold paths below the corpus root; `duplicates` maps a path that was
    left out to the path with the same bytes that stands for it."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    duplicates: dict[str, str] = field(default_factory=dict)
    repairs: dict[str, int] = field(default_factory=dict)
    documents: int = 0
    chunks: int = 0
    embedded: int = 0
    seconds: float = 0.0
