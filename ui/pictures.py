"""Pages of PDF files as pictures, and where a passage stands on one; both are kept for a while."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from functools import lru_cache
from io import BytesIO

from index.load.pdf.boxes import Box
from index.types import Document
from ui.originals import Originals

# Pixels from side to side: a page that fills a wide screen; and the longest side of any page.
WIDTH, _LONGEST = 1400, 4200
_QUALITY = 82
# Pictures of about 150 kB, and boxes, for which a scanned page is read for seconds.
_PICTURES, _PLACES = 64, 256
# Characters of a passage that are looked for on a page.
_QUOTE = 2000


class Pictures:
    """The pages of the documents whose files are at hand."""

    def __init__(self, document: Callable[[str], Document], originals: Originals) -> None:
        """`document` returns the document with an id, as `Index.document` does."""
        self._document = document
        self._originals = originals
        self.page = lru_cache(_PICTURES)(self._page)
        self.boxes = lru_cache(_PLACES)(self._boxes)

    def has(self, document: Document) -> bool:
        """Return whether a document has pages to show."""
        is_pdf = document.path.lower().endswith(".pdf") and bool(document.pages)
        return is_pdf and self._originals.place(document.path) is not None

    def _page(self, document_id: str, number: int) -> bytes:
        """Return page `number`, from 1, as WebP. Raises KeyError where there is none."""
        from index.load.pdf.loader import PDFIUM, opened

        with opened(self._data(self._document(document_id))) as pdf:
            with PDFIUM:
                if not 1 <= number <= len(pdf):
                    raise KeyError(number)
                with closing(pdf[number - 1]) as page:
                    width, height = page.get_size()
                    scale = min(WIDTH / max(width, 1.0), _LONGEST / max(width, height, 1.0))
                    with closing(page.render(scale=scale, rev_byteorder=True)) as bitmap:
                        picture = bitmap.to_pil().convert("RGB")
            # Outside the lock: others may draw meanwhile.
            out = BytesIO()
            picture.save(out, "WEBP", quality=_QUALITY, method=2)
            return out.getvalue()

    def _boxes(self, document_id: str, number: int, start: int, end: int) -> tuple[Box, ...]:
        """Return where characters `start` to `end` of a document stand on a page: left, top, right
        and bottom as shares of its width and height. Raises KeyError where there is none."""
        document = self._document(document_id)
        data = self._data(document)
        quote = document.text[start : min(end, start + _QUOTE)]
        width, height = _size(data, number)
        if number in dict(document.scanned):
            from index.load.scan.boxes import scan_boxes

            found = scan_boxes(data, number, quote)
        else:
            from index.load.pdf.boxes import boxes

            found = boxes(data, number, quote)
        return tuple((x0 / width, y0 / height, x1 / width, y1 / height) for x0, y0, x1, y1 in found)

    def _data(self, document: Document) -> bytes:
        data = self._originals.data(document)
        if data is None:
            raise KeyError(document.id)
        return data


def _size(data: bytes, number: int) -> tuple[float, float]:
    """Return width and height of a page in points."""
    from index.load.pdf.loader import PDFIUM, opened

    with opened(data) as pdf, PDFIUM:
        if not 1 <= number <= len(pdf):
            raise KeyError(number)
        with closing(pdf[number - 1]) as page:
            return page.get_size()
