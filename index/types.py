"""The records that pass between reading, chunking, storing and searching."""

from __future__ import annotations

from bisect import bisect_right
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
    `path` is relative to the corpus root, with forward slashes; a file in an archive lies below it
    (`年报.zip/2023.pdf`). `year` is the one that the report is about; `published` is ISO 8601 as
    far as it is known (2023-02-28, 2023-02, 2023) and, like `issuer` and `encoding`, empty where
    nothing tells.
    `pages` holds the offset in `text` at which each page starts; empty where a format has no pages.
    `headings` are those that its format marks and those that are numbered, in order.
    `repairs` counts the places at which cleaning changed the text, by kind. `problems` says which
    parts could not be read. `scanned` gives the number of each page that was read by OCR with its
    mean confidence, 0 to 1.
    """

    id: str
    path: str
    title: str
    year: int | None
    text: str
    published: str = ""
    issuer: str = ""
    pages: tuple[int, ...] = ()
    headings: tuple[Heading, ...] = ()
    repairs: tuple[tuple[str, int], ...] = ()
    problems: tuple[str, ...] = ()
    encoding: str = ""
    scanned: tuple[tuple[int, float], ...] = ()

    def page(self, offset: int) -> int | None:
        """Return the number, from 1, of the page on which `text[offset]` stands; None where the
        format has no pages."""
        return bisect_right(self.pages, offset) or None


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
    """A file, or a part of one, that could not be read, and why, in words for the user."""

    path: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}：{self.reason}"


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did. Lists hold paths below the corpus root; `duplicates` maps a path that was
    left out to the path with the same bytes that stands for it, and `moved` the old path of a file
    to its new one: it counts neither as added nor as removed.

    Of all documents in the index, not only the new ones: `similar` maps a path to those of other
    documents that share most of its sentences, as draft and final do, the newer one to the older
    as far as their dates and names tell; `problems` are the parts
    that could not be read, `repairs` counts the places changed in cleaning by kind, `encodings`
    gives the encoding of each text file that is not UTF-8, and `scanned` the number of pages read
    by OCR and their mean confidence (0 to 1).
    """

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    moved: dict[str, str] = field(default_factory=dict)
    failed: list[Failure] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    duplicates: dict[str, str] = field(default_factory=dict)
    similar: dict[str, list[str]] = field(default_factory=dict)
    problems: list[Failure] = field(default_factory=list)
    repairs: dict[str, int] = field(default_factory=dict)
    encodings: dict[str, str] = field(default_factory=dict)
    scanned: dict[str, tuple[int, float]] = field(default_factory=dict)
    documents: int = 0
    chunks: int = 0
    embedded: int = 0
    seconds: float = 0.0
