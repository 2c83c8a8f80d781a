"""The characters of a PDF page at their places, and the lines that they make."""

from __future__ import annotations

import ctypes
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from index.load.layout.page import TextLine

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pypdfium2 import PdfPage, PdfTextPage

# A line is cut where a gap is wider than the first, or goes back further than the second, in
# multiples of its size: the next column or the next cell may begin there.
_CUT, _BACK = 1.2, 1.5
# A space that PDFium adds is meant where the gap exceeds the usual one of its line by more than
# this: between Latin characters, one Latin and one Chinese, two Chinese ones.
_WORD_GAPS = (float("-inf"), 0.5, 0.15)
_CJK = 0x2E80
# A box narrower than this share of the size is that of the ink.
_INK = 0.9
_HYPHEN = 0x02  # PDFium's sign for the hyphen of a word that is parted at the end of a line

# Names of bold faces; 黑体 as it stands in files, in GBK and UTF-8.
_BOLD = re.compile(rb"(?i)bold|black|heavy|demi|simhei|\xba\xda\xcc\xe5|\xe9\xbb\x91\xe4\xbd\x93")
_FORCE_BOLD = 1 << 18  # font flag of PDF 32000-1, table 123
_FILL_AND_STROKE = 2  # text rendering mode, table 106: how bold is feigned

# Damaged files have letters without size; smaller than this, in points, none can be read.
_SMALLEST = 0.5
# The foot of the letters is so far above the lower edge of a line, in multiples of its size.
_DESCENT = 0.12


@dataclass(frozen=True, slots=True)
class Frame:
    """What PDF coordinates are on a page as it is read: `box` is the visible part of the page
    (left, bottom, right, top), `turn` how far it is turned clockwise, in degrees."""

    box: tuple[float, float, float, float]
    turn: int

    @property
    def width(self) -> float:
        return self._sides[self.turn % 180 != 0]

    @property
    def height(self) -> float:
        return self._sides[self.turn % 180 == 0]

    @property
    def _sides(self) -> tuple[float, float]:
        return self.box[2] - self.box[0], self.box[3] - self.box[1]

    def place(self, boxes: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return (n, 4) boxes, given as left, bottom, right, top in PDF coordinates, as left, top,
        right, bottom in points from the top left corner of the page."""
        x0, y0, x1, y1 = boxes.T
        left, bottom, right, top = self.box
        sides = {
            0: (x0 - left, top - y1, x1 - left, top - y0),
            90: (y0 - bottom, x0 - left, y1 - bottom, x1 - left),
            180: (right - x1, y0 - bottom, right - x0, y1 - bottom),
            270: (top - y1, right - x1, top - y0, right - x0),
        }
        return np.stack(sides[self.turn], axis=1)


@dataclass(frozen=True, slots=True)
class _Run:
    """The indexes of characters that PDFium takes for one line, their size in points and the angle
    at which they run, in degrees counterclockwise; `foot` is a point on their base line."""

    seen: NDArray[np.integer]
    size: float
    bold: bool
    angle: int
    foot: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Characters:
    """The characters of a page in PDFium's order.

    `codes` holds (n,) UTF-16 code units, `boxes` their (n, 4) boxes as `Frame.place` returns them.
    Spaces and line ends that PDFium adds have boxes without width.
    """

    codes: NDArray[np.uint16]
    boxes: NDArray[np.floating]
    frame: Frame
    runs: tuple[_Run, ...]


def raw_characters(text: PdfTextPage) -> tuple[NDArray[np.uint16], NDArray[np.floating]]:
    """Return (n,) UTF-16 code units and their (n, 4) boxes: left, bottom, right, top in PDF
    coordinates."""
    import pypdfium2.raw as pdfium

    count = text.count_chars()
    rects = (pdfium.FS_RECTF * count)()
    for i in range(count):
        pdfium.FPDFText_GetLooseCharBox(text.raw, i, rects[i])
    # FS_RECTF is left, top, right, bottom.
    boxes = np.frombuffer(rects, np.float32).reshape(-1, 4)[:, [0, 3, 2, 1]]
    return _codes(text, count), boxes.astype(np.float64)


def read_characters(page: PdfPage, text: PdfTextPage) -> Characters:
    """Return the characters of a page that is turned so that most of them stand upright."""
    codes, boxes = raw_characters(text)
    runs = [
        _run(text, straight)
        for seen in _pdfium_lines(codes)
        if len(straight := _straight(text, seen))
    ]
    angles = Counter[int]()
    for run in runs:
        angles[run.angle] += len(run.seen)
    upright = [angle for angle, _ in angles.most_common() if angle % 90 == 0]
    frame = Frame(page.get_bbox(), upright[0] if upright else page.get_rotation())
    # Watermarks run at another angle than the text.
    kept = tuple(run for run in runs if run.angle == frame.turn)
    placed = frame.place(boxes)
    _widen(text, kept, codes, placed, frame)
    return Characters(codes, placed, frame, kept)


def _widen(
    text: PdfTextPage,
    runs: Sequence[_Run],
    codes: NDArray[np.uint16],
    boxes: NDArray[np.floating],
    frame: Frame,
) -> None:
    """Give Chinese characters the whole square that they are set in: of some fonts PDFium knows
    only the ink, and then adds spaces between characters that stand side by side."""
    seen, sizes = _owned(runs, [run.size for run in runs])
    narrow = (codes[seen] >= _CJK) & (boxes[seen, 2] - boxes[seen, 0] < _INK * sizes)
    if narrow.any():
        feet = np.array([_origin(text, at) * 2 for at in seen[narrow]])
        lefts = frame.place(feet)[:, 0]
        boxes[seen[narrow], 0] = lefts
        boxes[seen[narrow], 2] = lefts + sizes[narrow]


def _owned(
    runs: Sequence[_Run], values: Sequence[float]
) -> tuple[NDArray[np.integer], NDArray[np.floating]]:
    """Return the indexes of the characters of all runs, and for each the value of its run."""
    seen = [run.seen for run in runs]
    lengths = [len(each) for each in seen]
    return np.concatenate([np.array([], int), *seen]), np.repeat(np.array(values), lengths)


def _origin(text: PdfTextPage, at: int) -> tuple[float, float]:
    import pypdfium2.raw as pdfium

    x, y = ctypes.c_double(), ctypes.c_double()
    pdfium.FPDFText_GetCharOrigin(text.raw, int(at), x, y)
    return x.value, y.value


def _codes(text: PdfTextPage, count: int) -> NDArray[np.uint16]:
    import pypdfium2.raw as pdfium

    buffer = (ctypes.c_ushort * (count + 1))()
    written = pdfium.FPDFText_GetText(text.raw, 0, count, buffer) if count else 1
    codes = np.frombuffer(buffer, np.uint16)[:-1].copy()
    if written != count + 1:
        # PDFium leaves out characters that it cannot name: ask for each.
        units = [pdfium.FPDFText_GetUnicode(text.raw, i) & 0xFFFF for i in range(count)]
        codes = np.array(units, np.uint16)
    codes[codes == 0xFFFE] = _HYPHEN  # as FPDFText_GetUnicode has it
    codes[codes == 0] = 0xFFFD
    return codes


def _pdfium_lines(codes: NDArray[np.uint16]) -> Iterator[NDArray[np.integer]]:
    """Yield the indexes of the visible characters of each line that PDFium found."""
    # Behind a hyphen PDFium leaves out the line end.
    ends = np.flatnonzero((codes == 10) | (codes == 13) | (np.roll(codes, 1) == _HYPHEN))
    visible = np.flatnonzero(~is_space(codes))
    for seen in np.split(visible, np.searchsorted(visible, ends)):
        if len(seen):
            yield seen


def is_space(codes: NDArray[np.uint16]) -> NDArray[np.bool_]:
    """(n,): True for white space and for control characters, which cannot be seen either."""
    return ((codes <= 0x20) & (codes != _HYPHEN)) | np.isin(codes, (0xA0, 0x3000, 0xFFFF))


def _straight(text: PdfTextPage, seen: NDArray[np.integer]) -> NDArray[np.integer]:
    """Return the characters of a line without those that each stand at an angle of their own, and
    what is upright between them: the ring of words of a seal."""
    angles = np.array([_angle(text, at) for at in seen])
    if (angles == angles[0]).all():
        return seen
    askew = angles % 90 != 0
    # The ends of a line need only one such neighbour.
    ringed = np.pad(askew, 1, mode="edge")
    return seen[~(askew | (ringed[:-2] & ringed[2:]))]


def _angle(text: PdfTextPage, at: int) -> int:
    """Return the angle at which a character stands, in degrees counterclockwise."""
    import pypdfium2.raw as pdfium

    angle = round(-math.degrees(pdfium.FPDFText_GetCharAngle(text.raw, int(at))))
    # Letters that lean a little, as in a scan with a text layer, are upright.
    straight = round(angle / 90) * 90
    return (straight if abs(angle - straight) <= 3 else angle) % 360


def _run(text: PdfTextPage, seen: NDArray[np.integer]) -> _Run:
    import pypdfium2.raw as pdfium

    # One character speaks for all: the first may be the mark of a list, the last one a note's.
    at = int(seen[len(seen) // 2])
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFText_GetMatrix(text.raw, at, matrix)
    size = pdfium.FPDFText_GetFontSize(text.raw, at) * math.hypot(matrix.c, matrix.d)
    size = max(size, _SMALLEST)
    return _Run(seen, size, _is_bold(text, at), _angle(text, at), _origin(text, at))


def _is_bold(text: PdfTextPage, at: int) -> bool:
    import pypdfium2.raw as pdfium

    name, flags = ctypes.create_string_buffer(128), ctypes.c_int()
    pdfium.FPDFText_GetFontInfo(text.raw, at, name, len(name), flags)
    if flags.value & _FORCE_BOLD or _BOLD.search(name.value):
        return True
    drawn = pdfium.FPDFText_GetTextObject(text.raw, at)
    return bool(drawn) and pdfium.FPDFTextObj_GetTextRenderMode(drawn) == _FILL_AND_STROKE


def text_lines(
    characters: Characters, cells: NDArray[np.integer]
) -> Iterator[tuple[int, TextLine]]:
    """Yield each line with the cell that it stands in; a line ends where a column or a cell ends.

    `cells` gives (n,) the cell of each character, -1 for none.
    """
    runs, boxes = characters.runs, characters.boxes
    if not runs:
        return
    seen, owner = _owned(runs, range(len(runs)))
    sizes = np.array([run.size for run in runs])[owner[1:]]
    gaps = boxes[seen[1:], 0] - boxes[seen[:-1], 2]
    cut = (gaps > _CUT * sizes) | (gaps < -_BACK * sizes)
    cut |= (np.diff(owner) > 0) | (np.diff(cells[seen]) != 0)
    starts = np.concatenate([[0], np.flatnonzero(cut) + 1])
    lefts = np.minimum.reduceat(boxes[seen, 0], starts).tolist()
    rights = np.maximum.reduceat(boxes[seen, 2], starts).tolist()
    feet = characters.frame.place(np.array([[*run.foot, *run.foot] for run in runs]))[:, 1]
    for at, part in enumerate(np.split(seen, starts[1:])):
        run = runs[owner[starts[at]]]
        bottom = float(feet[owner[starts[at]]]) + _DESCENT * run.size
        text = _text(characters, run.size, part)
        box = (lefts[at], bottom - run.size, rights[at], bottom)
        yield int(cells[part[0]]), TextLine(text, *box, run.size, run.bold)


def _text(characters: Characters, size: float, seen: NDArray[np.integer]) -> str:
    """Return the text of the visible characters `seen`, with the spaces that are meant."""
    codes, boxes = characters.codes, characters.boxes
    units = codes[seen[0] : seen[-1] + 1].copy()
    units[units == _HYPHEN] = ord("-")
    if len(units) > len(seen):
        gaps = (boxes[seen[1:], 0] - boxes[seen[:-1], 2]) / size
        usual = float(np.median(gaps))
        meant = np.ones(len(units), bool)
        for at in np.flatnonzero(np.diff(seen) > 1):
            before, after = seen[at], seen[at + 1]
            drawn = boxes[before + 1 : after, 2] > boxes[before + 1 : after, 0]
            if not drawn.any():
                # Chinese text that is justified is set loosely, and Latin words stand a little
                # apart from it.
                chinese = int(codes[before] >= _CJK) + int(codes[after] >= _CJK)
                drawn[0] = gaps[at] - usual > _WORD_GAPS[chinese]
            meant[before + 1 - seen[0] : after - seen[0]] = drawn
        units = units[meant]
    return units.tobytes().decode("utf-16-le", "replace")
