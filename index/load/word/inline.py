"""The text inside a paragraph of a Word document, and what stands in it beside text."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from index.load.office.graphic import formula_text

if TYPE_CHECKING:
    from lxml.etree import _Element

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/"
_VML = "{urn:schemas-microsoft-com:vml}"

_OFF = {"0", "false", "off", "none"}
# What only stands around other elements: content controls, tracked insertions, links, fields.
_AROUND = {
    *(W + "sdt", W + "sdtContent", W + "customXml", W + "smartTag", W + "hyperlink"),
    *(W + "ins", W + "moveTo", W + "fldSimple", W + "dir", W + "bdo"),
}
# Text that is deleted, moved away or the reading of a character, the codes of fields, properties.
_LEFT_OUT = {
    *(W + "del", W + "moveFrom", W + "delText", W + "instrText", W + "rt"),
    *(W + "sdtPr", W + "sdtEndPr", W + "pPr", W + "rPr"),
}
_MARKS = {W + "cr": "\n", W + "tab": "\t", W + "ptab": "\t", W + "noBreakHyphen": "-"}
_NOTES = {W + "footnoteReference": "footnotes", W + "endnoteReference": "endnotes"}
_PICTURES = {_DRAWING + "main}blip", _VML + "imagedata"}
# The attribute that leads to the part of a chart or of a diagram's texts.
_GRAPHICS = {_DRAWING + "chart}chart": "id", _DRAWING + "diagram}relIds": "dm"}
# Boxes of forms in the fonts of signs, by the last two digits of their code.
_SIGNS = {
    "Wingdings": {"6F": "□", "A8": "□", "FC": "✓", "FD": "☒", "FE": "☑"},
    "Wingdings 2": {"2A": "□", "50": "✓", "51": "☒", "52": "☑", "53": "☒", "54": "☒", "A3": "□"},
}


@dataclass(slots=True)
class Inline:
    """What a paragraph holds: text, text boxes, relation ids of charts and diagrams, the notes
    that it refers to as (`footnotes`, id), and the number of pictures."""

    text: str = ""
    boxes: list[_Element] = field(default_factory=list)
    graphics: list[str] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    pictures: int = 0


def read_inline(paragraph: _Element, hidden: Collection[str]) -> Inline:
    """Return what a paragraph holds; `hidden` are the character styles whose text is not shown."""
    inline = Inline()
    inline.text = "".join(_texts(paragraph, inline, hidden)).rstrip().lstrip("\n")
    return inline


def children(element: _Element) -> Iterator[_Element]:
    """Yield the children of an element: in place of content controls, tracked insertions and links
    what these hold, and of alternatives the first one; without deleted text and properties."""
    for child in element:
        name = child.tag if isinstance(child.tag, str) else ""
        if name == _MC + "AlternateContent":
            yield from children(child[0]) if len(child) else ()
        elif name in _AROUND:
            yield from () if _is_prompt(child) else children(child)
        elif name and name not in _LEFT_OUT:
            yield child


def value(element: _Element | None, *path: str) -> str | None:
    """Return the value that a property of an element has, "" if it is there without one, and None
    if it is not there."""
    for name in path:
        element = None if element is None else element.find(W + name)
    return None if element is None else element.get(W + "val", "")


def is_on(element: _Element | None, *path: str) -> bool | None:
    """Return whether a property that is on or off is on; None if it is not there."""
    stated = value(element, *path)
    return None if stated is None else stated not in _OFF


def _is_prompt(control: _Element) -> bool:
    """True for a content control that nobody has filled in."""
    return bool(is_on(control, "sdtPr", "showingPlcHdr"))


def _texts(element: _Element, inline: Inline, hidden: Collection[str]) -> Iterator[str]:
    for child in children(element):
        name = child.tag
        if name == W + "t":
            yield child.text or ""
        elif name == W + "br":
            yield "" if child.get(W + "type") in {"page", "column"} else "\n"
        elif name in _MARKS:
            yield _MARKS[name]
        elif name == W + "sym":
            signs = _SIGNS.get(child.get(W + "font", ""), {})
            yield signs.get(child.get(W + "char", "")[-2:].upper(), "")
        elif name == _MATH + "oMath":
            yield formula_text(child)
        elif not (name == W + "r" and _is_hidden(child, hidden)) and not _took(child, inline):
            yield from _texts(child, inline, hidden)


def _is_hidden(run: _Element, hidden: Collection[str]) -> bool:
    own = is_on(run, "rPr", "vanish")
    return value(run, "rPr", "rStyle") in hidden if own is None else own


def _took(element: _Element, inline: Inline) -> bool:
    """True where the element is no text of the paragraph and was put beside it."""
    name = element.tag
    if name == W + "txbxContent":
        inline.boxes.append(element)
    elif name in _NOTES:
        inline.notes.append((_NOTES[name], element.get(W + "id", "")))
    elif name in _GRAPHICS:
        inline.graphics.append(element.get(_REL + _GRAPHICS[name], ""))
    elif name in _PICTURES:
        inline.pictures += 1
    else:
        return False
    return True
