"""What is drawn on a PDF page beside its text: straight rules and images."""

from __future__ import annotations

from collections.abc import Iterator
from ctypes import c_float, c_int
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pypdfium2 import PdfMatrix, PdfPage
    from pypdfium2.raw import FPDF_PAGE, FPDF_PAGEOBJECT

# Forms may hold forms; deeper ones are not followed (nor does PDFium draw an endless chain).
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Drawn:
    """`rules` are straight lines and the edges of boxes, (n, 4) as left, bottom, right, top in PDF
    coordinates; `image` is the share of the page that images cover, 0 to 1; `shapes` counts
    everything but text."""

    rules: NDArray[np.floating]
    image: float
    shapes: int


def read_drawn(page: PdfPage) -> Drawn:
    """Return the rules and images of a page."""
    import pypdfium2.raw as pdfium

    rules: list[tuple[float, float, float, float]] = []
    covered, shapes = 0.0, 0
    left, bottom, right, top = page.get_bbox()
    for kind, raw, matrix in _objects(page):
        if kind == pdfium.FPDF_PAGEOBJ_PATH:
            rules += _rules(raw, matrix)
        elif kind == pdfium.FPDF_PAGEOBJ_IMAGE:
            x0, y0, x1, y1 = _bounds(raw, matrix)
            width = min(x1, right) - max(x0, left)
            covered += max(0.0, width) * max(0.0, min(y1, top) - max(y0, bottom))
        shapes += 1
    share = covered / max(1.0, (right - left) * (top - bottom))
    ends = np.array(rules, np.float64).reshape(-1, 2, 2)
    boxes = np.concatenate([ends.min(axis=1), ends.max(axis=1)], axis=1)
    return Drawn(boxes, min(1.0, share), shapes)


def _objects(page: PdfPage) -> Iterator[tuple[int, FPDF_PAGEOBJECT, PdfMatrix]]:
    """Yield kind, handle and matrix of the objects of a page but text; the matrix is that of the
    forms which an object stands in. Going through the handles themselves takes a third of the time
    of `PdfPage.get_objects`."""
    import pypdfium2.raw as pdfium
    from pypdfium2 import PdfMatrix

    def walk(
        parent: FPDF_PAGE | FPDF_PAGEOBJECT, matrix: PdfMatrix, depth: int
    ) -> Iterator[tuple[int, FPDF_PAGEOBJECT, PdfMatrix]]:
        form = depth > 0
        count = pdfium.FPDFFormObj_CountObjects if form else pdfium.FPDFPage_CountObjects
        get = pdfium.FPDFFormObj_GetObject if form else pdfium.FPDFPage_GetObject
        for i in range(count(parent)):
            raw = get(parent, i)
            kind = pdfium.FPDFPageObj_GetType(raw)
            if kind == pdfium.FPDF_PAGEOBJ_TEXT:
                continue
            if kind != pdfium.FPDF_PAGEOBJ_FORM:
                yield kind, raw, matrix
            elif depth < _DEEPEST:
                yield from walk(raw, _matrix(raw).multiply(matrix), depth + 1)

    return walk(page.raw, PdfMatrix(), 0)


def _matrix(raw: FPDF_PAGEOBJECT) -> PdfMatrix:
    import pypdfium2.raw as pdfium
    from pypdfium2 import PdfMatrix

    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFPageObj_GetMatrix(raw, matrix)
    return PdfMatrix.from_raw(matrix)


def _bounds(raw: FPDF_PAGEOBJECT, matrix: PdfMatrix) -> tuple[float, float, float, float]:
    import pypdfium2.raw as pdfium

    left, bottom, right, top = c_float(), c_float(), c_float(), c_float()
    pdfium.FPDFPageObj_GetBounds(raw, left, bottom, right, top)
    return matrix.on_rect(left.value, bottom.value, right.value, top.value)


def _rules(raw: FPDF_PAGEOBJECT, matrix: PdfMatrix) -> Iterator[tuple[float, float, float, float]]:
    """Yield the ends of the straight pieces of a path that is drawn."""
    import pypdfium2.raw as pdfium

    fill, stroke = c_int(), c_int()
    pdfium.FPDFPath_GetDrawMode(raw, fill, stroke)
    if not (fill.value or stroke.value):
        return
    matrix = _matrix(raw).multiply(matrix)
    x, y = c_float(), c_float()
    start = before = (0.0, 0.0)
    for i in range(pdfium.FPDFPath_CountSegments(raw)):
        segment = pdfium.FPDFPath_GetPathSegment(raw, i)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        at = matrix.on_point(x.value, y.value)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            start = at
        elif kind == pdfium.FPDF_SEGMENT_LINETO:
            yield (*before, *at)
        if pdfium.FPDFPathSegment_GetClose(segment):
            yield (*at, *start)
        before = at
