"""Answers as a file to keep: Markdown or Word, with numbered references and the quoted evidence.

References are written in the manner of GB/T 7714—2015 for reports, as far as the parts are known:
`[1] 责任者. 题名[R]. (发布日期): 页码.`
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.store import Index
from index.types import Document
from rag.types import Answer, Citation

if TYPE_CHECKING:
    from docx.document import Document as WordDocument

REFERENCES = "参考文献"
_UNANSWERED = "（未作回答）"

_PIECE = re.compile(r"\*\*(?P<strong>.+?)\*\*|\[(?P<number>\d{1,4})\]")
# What is no character of XML, and so of no Word file.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# What Markdown, and HTML within it, may read as more than text.
_SIGNS = re.compile(r"[\\`*_\[\]<>#|~$&!]")
_LINE_SIGNS = re.compile(r"^([-+=]|\d{1,9}(?=[.)]))")
_FONTS = {"ascii": "Times New Roman", "hAnsi": "Times New Roman", "eastAsia": "宋体"}


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a line of an answer: plain text, text that is set off, or a mark."""

    text: str
    strong: bool = False
    number: int | None = None


def cited_documents(answers: Sequence[Answer], index: Index) -> dict[str, Document]:
    """Return the documents that answers cite, by id, without those the index no longer holds."""
    held = {entry.id for entry in index.documents}
    cited = {citation.document_id for answer in answers for citation in answer.citations}
    return {id_: index.document(id_) for id_ in sorted(cited & held)}


def reference(citation: Citation, document: Document | None = None) -> str:
    """Return the entry of a citation without its number; `document` tells who published it and
    when."""
    issuer = f"{document.issuer}. " if document and document.issuer else ""
    published = f". ({document.published})" if document and document.published else ""
    page = f": {citation.page}" if citation.page is not None else ""
    return f"{issuer}{citation.title}[R]{published}{page}."


def to_markdown(answers: Sequence[Answer], documents: Mapping[str, Document] | None = None) -> str:
    """Return questions and answers with their references as Markdown.

    `documents` are those cited, by id: their issuer and date stand in the references. Whatever
    comes from a report stands there as plain text, whatever signs it holds.
    """
    parts: list[str] = []
    for answer in answers:
        parts.append(f"## {_plain(answer.question)}")
        parts += [_at_line_start("".join(map(_markdown, line))) for line in _lines(answer)]
        if answer.citations:
            parts.append(f"### {REFERENCES}")
        for citation in _in_order(answer):
            entry = _plain(reference(citation, (documents or {}).get(citation.document_id)))
            parts.append(f"[{citation.number}] {entry}\n\n> {_plain(_evidence(citation))}")
    return "\n\n".join(parts) + "\n"


def to_docx(answers: Sequence[Answer], documents: Mapping[str, Document] | None = None) -> bytes:
    """Return questions and answers with their references as a Word file (DOCX).

    `documents` are those cited, by id, as for `to_markdown`.
    """
    # Imported here: only an export needs it.
    from docx import Document as new_document

    word = new_document()
    word.core_properties.author = ""
    word.core_properties.title = _xml(answers[0].question) if answers else ""
    _set_fonts(word)
    for answer in answers:
        word.add_heading(_xml(answer.question), level=1)
        for line in _lines(answer):
            paragraph = word.add_paragraph()
            for piece in line:
                run = paragraph.add_run(_xml(piece.text))
                run.bold = piece.strong or None
                run.font.superscript = True if piece.number is not None else None
        if answer.citations:
            word.add_heading(REFERENCES, level=2)
        for citation in _in_order(answer):
            entry = reference(citation, (documents or {}).get(citation.document_id))
            word.add_paragraph(_xml(f"[{citation.number}] {entry}"))
            word.add_paragraph(_xml(_evidence(citation)), style="Quote")
    file = io.BytesIO()
    word.save(file)
    return file.getvalue()


def _in_order(answer: Answer) -> list[Citation]:
    return sorted(answer.citations, key=lambda citation: citation.number)


def _lines(answer: Answer) -> list[list[_Piece]]:
    """Return the lines of an answer in pieces, and of a refusal that it is one."""
    known = {citation.number for citation in answer.citations}
    lines = [line for line in (answer.notice, *answer.text.splitlines()) if line.strip()]
    if not answer.grounded:
        lines.append(_UNANSWERED)
    return [list(_pieces(line.strip(), known)) for line in lines]


def _pieces(line: str, known: set[int]) -> Iterator[_Piece]:
    position = 0
    for match in _PIECE.finditer(line):
        number = int(match["number"]) if match["number"] else None
        if number is not None and number not in known:
            continue  # a bracket of the report's own
        yield _Piece(line[position : match.start()])
        if number is None:
            yield _Piece(match["strong"], strong=True)
        else:
            yield _Piece(match[0], number=number)
        position = match.end()
    yield _Piece(line[position:])


def _evidence(citation: Citation) -> str:
    """Return the quotation and where it stands, on one line."""
    place = [citation.heading.replace(" › ", "，"), f"第{citation.paragraph}段", citation.path]
    quote = " ".join(citation.quote.split())
    return f"“{quote}”（{'，'.join(filter(None, place))}）"


def _markdown(piece: _Piece) -> str:
    if piece.number is not None:
        return piece.text
    text = _SIGNS.sub(r"\\\g<0>", piece.text)
    if piece.strong:
        return f"**{text}**"
    # Directly behind a mark, these would make a link of it.
    return re.sub(r"^[(:]", r"\\\g<0>", text)


def _plain(text: str) -> str:
    """Return text as one line of Markdown that shows it as it is."""
    return _at_line_start(_SIGNS.sub(r"\\\g<0>", " ".join(text.split())))


def _at_line_start(line: str) -> str:
    """Return a line of Markdown that begins no list, heading or code."""
    # A backslash before a digit would be shown: what follows the number is escaped instead.
    return _LINE_SIGNS.sub(lambda m: f"{m[0]}\\" if m[0].isdecimal() else f"\\{m[0]}", line)


def _xml(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)


def _set_fonts(word: WordDocument) -> None:
    """Have Chinese text set in a Chinese face; the styles that come with the library name none."""
    from docx.oxml.ns import qn

    for style in word.styles:
        properties = getattr(style, "element", None)
        if properties is None or style.type is None or not hasattr(style, "font"):
            continue
        fonts = properties.get_or_add_rPr().get_or_add_rFonts()
        for script, face in _FONTS.items():
            fonts.set(qn(f"w:{script}"), face)
        for script in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{script}"), None)
