"""Pictures of pages, read by OCR: PNG, JPEG, TIFF (of several pages too), BMP and WebP."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from index.errors import UnreadableFile
from index.load.content import Content
from index.load.layout.blocks import page_blocks, title_of
from index.load.layout.page import Page

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

    Pixels = NDArray[np.uint8]

# What PIL raises where a picture is damaged, found by damaging pictures at random.
_DAMAGE = (OSError, SyntaxError, ValueError, EOFError, TypeError, LookupError)
# Resolution where the file states none that makes a page: with a short side of so many inches.
# Cameras and screens state 72 whatever they show.
_DPI, _NARROWEST, _WIDEST = 150.0, 2.0, 20.0
# Tag and bit by which a TIFF marks a smaller picture of the page before.
_SUBFILE, _REDUCED = 254, 1


def load_image(data: bytes, pages_read: Callable[[int, int], None]) -> Content:
    """Return the text of a picture, page by page.

    `pages_read(done, total)` is called as pages are read. Raises UnreadableFile if it is damaged or
    too large to be a page.
    """
    from index.load.scan.ocr import doubts, in_one_width, read_page

    pages, scanned, problems = [], [], []
    for number, (total, picture) in enumerate(_pictures(data), 1):
        if picture is None:
            pages.append(Page(number, 0.0, 0.0, ()))
            problems.append(f"第 {number} 页已损坏，没有读出")
        else:
            page, confidence = read_page(picture[0], number, picture[1])
            pages.append(page)
            scanned.append((number, confidence))
            problems += doubts(page, confidence) if page.lines else [f"第 {number} 页没有读出文字"]
        pages_read(number, total)
    blocks = page_blocks(in_one_width(pages))
    return Content(
        tuple(blocks), title=title_of(blocks), problems=tuple(problems), scanned=tuple(scanned)
    )


def _pictures(data: bytes) -> Iterator[tuple[int, tuple[Pixels, float] | None]]:
    """Yield, for each page, how many there are, and its pixels and their number an inch; None for
    a damaged page among others."""
    from PIL import Image

    with _checked():
        file = Image.open(BytesIO(data))
    with file:
        with _checked():
            frames = _page_frames(file)
        for frame in frames:
            try:
                with _checked():
                    file.seek(frame)
                    picture = _pixels(file), _resolution(file)
            except UnreadableFile:
                if len(frames) == 1:
                    raise
                picture = None
            yield len(frames), picture


@contextmanager
def _checked() -> Iterator[None]:
    """Raise UnreadableFile for what PIL raises."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # damage that does not matter
            # PIL warns of a picture that is too large, and refuses one twice as large.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        message = "图片过大（超过 8900 万像素），请缩小或降低扫描分辨率后重试"
        raise UnreadableFile(message) from error
    except _DAMAGE as error:
        message = "图片已损坏或不完整，打不开；请重新扫描或另存后重试"
        raise UnreadableFile(message) from error


def _page_frames(file: Image) -> list[int]:
    """Return which pictures of a file are pages: all of a TIFF but reduced ones, else the first."""
    if file.format != "TIFF":
        return [0]
    frames = []
    for frame in range(file.n_frames):
        file.seek(frame)
        if not file.tag_v2.get(_SUBFILE, 0) & _REDUCED:
            frames.append(frame)
    return frames or [0]


def _pixels(picture: Image) -> Pixels:
    """Return the (height, width, 3) RGB pixels of a picture, the right way up; what is transparent
    becomes white."""
    from PIL import Image, ImageOps

    picture = ImageOps.exif_transpose(picture)
    if picture.mode[0] in "IF":  # more than 8 bits a pixel, which PIL would cut off at 255
        values = np.nan_to_num(np.asarray(picture, np.float32)).clip(0)
        picture = Image.fromarray((values * (255 / max(values.max(), 1e-9))).astype(np.uint8))
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    return np.asarray(picture.convert("RGB"))


def _resolution(picture: Image) -> float:
    """Return the pixels an inch that the file states, if that makes a page; else the usual ones."""
    stated = float(picture.info.get("dpi", (0.0,))[0])
    return stated if stated and _NARROWEST <= min(picture.size) / stated <= _WIDEST else _DPI
